"""A shelf in an object store, or in whatever else fsspec knows by a URL: S3, Google's and Azure's stores, and more.

Nothing but one object appears there in one step. So the order is what keeps a reader from meeting half a release:

- a new version: its files, then `releases.json`, which makes it published, then `latest/`;
- `latest/`: its SHA256SUMS is removed first and written last, so that without one it is just being renewed;
- a withdrawal: `withdrawn.json`, from which another run can finish it, then the notices, `latest/`, the listing.

What a killed upload left is named by no listing, and the next run removes it, and its folder on this machine. (Parts of
a large file that was being uploaded are invisible and S3 keeps them; a lifecycle rule of the bucket for incomplete
uploads clears them.)

Endpoint, region and credentials come from the environment as the store's own client reads them. Whether two runs are
kept apart is as good as the store's exclusive creation; `lease.py` refuses a store that has none.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from publish.storage import lease
from publish.storage.backend import (
    CHECKSUMS,
    LATEST,
    NOTICE,
    RELEASE_INDEX,
    VERSION,
    BusyError,
    FileStat,
    MissingError,
    ShelfChange,
    ShelfError,
    digest_of,
)
from publish.storage.lease import Lease

BLOCK = 8 * 2**20
AT_ONCE = 100
# What keeps an upload from holding much of a file in memory, by protocol; the others send small blocks anyway.
UPLOAD: dict[str, dict[str, Any]] = {"s3": {"chunksize": BLOCK, "max_concurrency": 4}}
# What a store answers where two created one object in the same moment.
CREATED_ELSEWHERE = {"ConditionalRequestConflict", "PreconditionFailed", "OperationAborted"}
MOST_SAID = 160

# The locks that this process holds, by the URL of what they lock.
_HELD: dict[str, Lease] = {}


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """The place that a URL names: `system` is its file system, `root` the path of the shelf there."""

    url: str
    root: str
    system: Any = field(repr=False)

    @property
    def has_atomic_folders(self) -> bool:
        """A folder appears file by file."""
        return False

    @property
    def repair_hint(self) -> str:
        """What to do about a damaged file."""
        return "restore it from a copy"

    def describe(self, name: str = "") -> str:
        """The URL."""
        return f"{self.url}/{name}" if name else self.url

    def address_of(self, name: str = "") -> str:
        """The URL."""
        return self.describe(name)

    def read(self, name: str) -> bytes:
        """The bytes of an object. Raises MissingError and ShelfError."""
        with self._call_store(name) as store:
            content: bytes = store.cat_file(self._path_of(name))
        return content

    def has(self, name: str) -> bool:
        """Whether there is such an object. Raises ShelfError."""
        with self._call_store(name) as store:
            return bool(store.exists(self._path_of(name)))

    def hash_file(self, name: str) -> str:
        """The SHA-256 of an object. Raises ShelfError."""
        with self.open_local(name) as path:
            return digest_of(path)

    @contextmanager
    def open_local(self, name: str) -> Iterator[Path]:
        """A copy of an object in a temporary folder. Raises ShelfError."""
        with _create_temporary_folder() as folder:
            path = folder / name.rpartition("/")[2]
            with self._call_store(name) as store:
                store.get_file(self._path_of(name), str(path))
            yield path

    def list_files(self, folder: str, only: re.Pattern[str] | None = None) -> dict[str, FileStat]:
        """The size of every object below a folder."""
        try:
            with self._call_store(folder) as store:
                found: dict[str, dict[str, Any]] = store.find(self._path_of(folder), detail=True)
        except MissingError:
            return {}
        start = len(self._path_of(folder)) + 1
        names = {path: path[start:] for path in found if path[start:]}
        wanted = (
            (path, name)
            for path, name in names.items()
            if only is None or "/" not in name or only.fullmatch(name.partition("/")[0])
        )
        return {name: FileStat(int(found[path]["size"])) for path, name in wanted}

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder, hidden ones apart."""
        return [name for name, kind in self._list_children(folder) if kind == "directory" and name[0] != "."]

    def list_names(self, folder: str) -> list[str]:
        """The names of the objects in a folder."""
        return [name for name, kind in self._list_children(folder) if kind == "file"]

    def replace(self, name: str, content: bytes) -> None:
        """Make an object say something; untouched where it says so already. Raises ShelfError."""
        try:
            if self.read(name) == content:
                return
        except MissingError:
            pass
        with _create_temporary_folder() as folder:
            path = folder / name.rpartition("/")[2]  # by its name the client tells the media type
            path.write_bytes(content)
            self._upload(path, name)

    def put_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put objects many at a time. Raises ShelfError."""
        rest = iter(files)
        while batch := list(islice(rest, AT_ONCE)):
            with _create_temporary_folder() as folder:
                paths = []
                for number, (name, content) in enumerate(batch):
                    path = folder / str(number) / name.rpartition("/")[2]  # by its name the client tells the media type
                    path.parent.mkdir()
                    path.write_bytes(content)
                    paths.append(str(path))
                with self._call_store(batch[0][0]) as store:
                    store.put(paths, [self._path_of(name) for name, _ in batch])

    def create(self, name: str, content: bytes) -> bool:
        """Create an object; False where there is one already. Raises ShelfError."""
        with self._call_store(name) as store:
            try:
                store.pipe_file(self._path_of(name), content, mode="create")
            except OSError as error:
                if isinstance(error, FileExistsError) or _code_of(error) in CREATED_ELSEWHERE:
                    return False
                raise
        return True

    def write(self, name: str, content: bytes) -> None:
        """Write an object. Raises ShelfError."""
        with self._call_store(name) as store:
            store.pipe_file(self._path_of(name), content)

    def remove(self, name: str) -> None:
        """Remove an object, if it is there. Raises ShelfError."""
        with suppress(MissingError), self._call_store(name) as store:
            store.rm_file(self._path_of(name))

    @contextmanager
    def lock(self, folder: str, *, wait: float = 0) -> Iterator[None]:
        """Hold a folder by a lock object. Raises ShelfError."""
        taken = lease.take(self, folder, wait=wait)
        _HELD[self.describe(folder)] = taken
        try:
            yield
        finally:
            if _HELD.get(self.describe(folder)) is taken:
                del _HELD[self.describe(folder)]
            with suppress(ShelfError):  # it ends by itself
                taken.release()

    def remove_unfinished(self, dataset_id: str, published: Collection[str]) -> None:
        """Remove what versions that are not published left, there and on this machine. Raises ShelfError."""
        for left in Path(tempfile.gettempdir()).glob(f"{_temporary_name_of('*', '*')}*"):
            pid, begun = left.name.split("-")[3:5]
            if lease.read_process_start(int(pid)) != begun:
                shutil.rmtree(left, ignore_errors=True)
        for name in self.list_folders(dataset_id):
            if VERSION.fullmatch(name) and name not in published:
                self._lease_of(dataset_id).check(whole=True)
                self._remove_folder(f"{dataset_id}/{name}")

    @contextmanager
    def open_staging(self, dataset_id: str, version: str) -> Iterator[Path]:  # noqa: ARG002 (any folder will do)
        """A temporary folder. Raises ShelfError where it cannot be written."""
        with _create_temporary_folder() as folder:
            yield folder

    def apply(self, dataset_id: str, change: ShelfChange) -> None:
        """Put objects in an order in which no reader meets half. Raises ShelfError."""
        held = self._lease_of(dataset_id)
        listing = f"{dataset_id}/{RELEASE_INDEX}"
        if change.withdrawn:
            self._put_notices(f"{dataset_id}/{change.withdrawn.version}", change.withdrawn.folder, held)
            self._renew_latest(dataset_id, change, held)
            held.check(whole=True)
            self.replace(listing, change.index)
            return
        if change.new:
            target = f"{dataset_id}/{change.new.version}"
            try:
                self._put_version(target, change.new.folder, held)
                held.check(whole=True)
            except ShelfError:
                with suppress(ShelfError):
                    held.check(whole=True)  # else they may be its successor's
                    self._remove_folder(target)
                raise
        held.check()
        self.replace(listing, change.index)
        self._renew_latest(dataset_id, change, held)

    def _put_version(self, target: str, folder: Path, held: Lease) -> None:
        for path in _sort_checksums_last(folder):
            held.check()
            name = f"{target}/{path.name}"
            created = self._upload(path, name, mode="create")
            if not created and self.hash_file(name) != digest_of(path):
                raise BusyError(
                    f"{self.describe(target)}: another run is putting files there; run again when it is done"
                )

    def _put_notices(self, target: str, folder: Path, held: Lease) -> None:
        for path in [folder / NOTICE, *(path for path in _sort_checksums_last(folder) if path.name != NOTICE)]:
            held.check()
            self._upload(path, f"{target}/{path.name}")
            if path.name == NOTICE:
                self.remove(f"{target}/{CHECKSUMS}")

    def _renew_latest(self, dataset_id: str, change: ShelfChange, held: Lease) -> None:
        if change.latest_is_current:
            return
        latest, source = f"{dataset_id}/{LATEST}", f"{dataset_id}/{change.latest}"
        names = sorted(self.list_files(source), key=lambda name: name == CHECKSUMS) if change.latest else []
        held.check(whole=True)
        self.remove(f"{latest}/{CHECKSUMS}")
        for name in self.list_files(latest).keys() - set(names):
            self.remove(f"{latest}/{name}")
        for name in names:
            held.check()
            with self._call_store(f"{latest}/{name}") as store:
                store.cp_file(self._path_of(f"{source}/{name}"), self._path_of(f"{latest}/{name}"))

    def _upload(self, path: Path, name: str, mode: str = "overwrite") -> bool:
        """Send a file; False where `mode` is `create` and it is there already."""
        options = UPLOAD.get(self.url.partition(":")[0], {})
        with self._call_store(name) as store:
            try:
                store.put_file(str(path), self._path_of(name), mode=mode, **options)
            except OSError as error:
                if not isinstance(error, FileExistsError) and _code_of(error) not in CREATED_ELSEWHERE:
                    raise
                return False
        return True

    def _remove_folder(self, folder: str) -> None:
        for name in self.list_files(folder):
            self.remove(f"{folder}/{name}")

    def _list_children(self, folder: str) -> list[tuple[str, str]]:
        try:
            with self._call_store(folder) as store:
                found = store.ls(self._path_of(folder), detail=True)
        except MissingError:
            return []
        named = ((str(one["name"]).rstrip("/").rpartition("/")[2], str(one["type"])) for one in found)
        return sorted((name, kind) for name, kind in named if name and name != folder.rpartition("/")[2])

    def _lease_of(self, dataset_id: str) -> Lease:
        return _HELD[self.describe(dataset_id)]

    def _path_of(self, name: str) -> str:
        return f"{self.root}/{name}" if name else self.root

    @contextmanager
    def _call_store(self, name: str) -> Iterator[Any]:
        """The store's file system, without what it remembers of listings; what it raises is told in one line."""
        try:
            self.system.invalidate_cache()
            yield self.system
        except FileNotFoundError as error:
            if _code_of(error) == "NoSuchBucket":
                raise ShelfError(f"{self.url}: there is no such bucket; make it, or mend POLICYTASKS_SHELF") from None
            raise MissingError(f"{self.describe(name)}: is not there; {self.repair_hint}") from None
        except Exception as error:  # noqa: BLE001 (each store's client has errors of its own kind)
            raise ShelfError(describe_failure(self.describe(name), error)) from None


def open_store(url: str) -> ObjectStore:
    """The place that a URL names. Raises ShelfError where nobody knows such URLs or a package is missing."""
    from fsspec.core import url_to_fs

    shown = re.sub(r"://[^/]*@", "://", url).rstrip("/")
    try:
        store, root = url_to_fs(url)
    except ImportError as error:
        scheme = url.partition(":")[0]
        extra = "pip install 'policytasks[s3]'" if scheme in {"s3", "s3a"} else "install it"
        raise ShelfError(f"{shown}: needs a package that is not here ({_line(error)}); {extra}") from None
    except Exception as error:  # noqa: BLE001 (each store's client has errors of its own kind)
        raise ShelfError(
            f"{describe_failure(shown, error)}; POLICYTASKS_SHELF is a path, or a URL such as s3://bucket/x"
        ) from None
    root = root.rstrip("/")
    if not root:
        raise ShelfError(f"{shown}: names no bucket; write POLICYTASKS_SHELF as s3://bucket/prefix")
    return ObjectStore(shown, root, store)


def describe_failure(where: str, error: Exception) -> str:
    """One line of what a store's client raised."""
    refused = isinstance(error, PermissionError) or "credentials" in str(error).casefold()
    mend = "check the credentials in the environment" if refused else "check the address and the network"
    return f"{where}: the store does not answer as it should ({_line(error)}); {mend}"


def _line(error: Exception) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…"


def _code_of(error: OSError) -> str | None:
    """The code that S3 gave for an error, where it came from there."""
    response = getattr(error.__cause__, "response", None) or {}
    code: str | None = response.get("Error", {}).get("Code")
    return code


def _sort_checksums_last(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=lambda path: (path.name == CHECKSUMS, path.name))


def _temporary_name_of(pid: str, begun: str) -> str:
    """How temporary folders of a process are named, so that another one of this machine can tell that it is gone."""
    here = lease.identify_process()
    machine = hashlib.sha256(f"{here['host']} {here['machine']}".encode()).hexdigest()[:12]
    return f"policytasks-shelf-{machine}-{pid}-{begun}-"


@contextmanager
def _create_temporary_folder() -> Iterator[Path]:
    """A folder of this machine for as long as the block lasts. Raises ShelfError where it cannot be written."""
    where = tempfile.gettempdir()
    try:
        pid = os.getpid()
        folder = Path(tempfile.mkdtemp(prefix=_temporary_name_of(str(pid), str(lease.read_process_start(pid)))))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise ShelfError(
            f"{where}: cannot be written ({error.strerror or error}); check the free space, or name another in TMPDIR"
        ) from None
