"""A shelf in an object store, or in whatever else fsspec opens by a URL: S3, Google's and Azure's stores, and more.

One object appears there in one step, and nothing larger does. So the order of writing keeps a reader from meeting half
a release:

- a new version: its files, then `releases.json`, which makes it published, then `latest/`;
- `latest/`: its SHA256SUMS is removed first and written last, so that without it `latest/` is being renewed;
- a withdrawal: `withdrawn.json`, from which another run can finish it, then the notices, `latest/`, the release index.

What a killed upload left is not named by the index; the next run removes it, and its folder on this machine. (Parts of
a large file that was being uploaded are invisible, and S3 keeps them; a lifecycle rule of the bucket for incomplete
uploads removes them.)

Endpoint, region and credentials come from the environment as the store's own client reads them. Two runs are kept apart
as well as the store's exclusive creation is; `lease.py` refuses a store that has none.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from config.text import omit_credentials, summarise_message
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
    compute_digest,
)
from publish.storage.lease import Lease, identify_process, read_process_start

BLOCK = 8 * 2**20
BATCH_SIZE = 100
# Options of a store's client, by protocol. A call to S3 ends within five minutes: s3fs tries it 5 times, botocore each
# of those twice, with 5 seconds to connect and 30 seconds without an answer. (Other clients have bounds of their own.)
CLIENT_OPTIONS: dict[str, dict[str, Any]] = {
    "s3": {"config_kwargs": {"connect_timeout": 5, "read_timeout": 30, "retries": {"total_max_attempts": 2}}}
}
# What keeps an upload from holding much of a file in memory, by protocol; the others send small blocks anyway.
UPLOAD_OPTIONS: dict[str, dict[str, Any]] = {"s3": {"chunksize": BLOCK, "max_concurrency": 4}}
# What a store answers if two created one object in the same moment.
CREATED_ELSEWHERE = {"ConditionalRequestConflict", "PreconditionFailed", "OperationAborted"}
# What a defect of this program raises, also within a call of a client: never a failing store.
DEFECTS = (TypeError, AttributeError, NameError, AssertionError, NotImplementedError)
# What says that this machine's folder for temporary files cannot take more.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
SETTING_HINT = "POLICYTASKS_SHELF is a path, or a URL such as s3://bucket/x"

# The leases that this process holds, by the URL of their folder: `apply` has to see that its lease still holds.
_HELD: dict[str, Lease] = {}


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """The storage that a URL names: `system` is its file system, `root` the path of the shelf there."""

    has_atomic_folders: ClassVar[bool] = False
    repair_hint: ClassVar[str] = "restore it from a copy"

    url: str
    root: str
    system: Any = field(repr=False)

    def describe(self, name: str = "") -> str:
        """The URL."""
        return f"{self.url}/{name}" if name else self.url

    def address_of(self, name: str = "") -> str:
        """The URL."""
        return self.describe(name)

    def read(self, name: str) -> bytes:
        """The bytes of an object. Raises MissingError and ShelfError."""
        content: bytes = self._call(name, "cat_file", self._to_path(name))
        return content

    def has(self, name: str) -> bool:
        """Whether there is such an object. Raises ShelfError."""
        return bool(self._call(name, "exists", self._to_path(name)))

    def hash_file(self, name: str) -> str:
        """The SHA-256 of an object. Raises MissingError and ShelfError."""
        with self.open_local(name) as path:
            return compute_digest(path)

    @contextmanager
    def open_local(self, name: str) -> Iterator[Path]:
        """A copy of an object in a temporary folder. Raises MissingError and ShelfError."""
        with _create_temporary_folder() as folder:
            path = folder / name.rpartition("/")[2]
            self._call(name, "get_file", self._to_path(name), str(path))
            yield path

    def list_files(self, folder: str, only: re.Pattern[str] | None = None) -> dict[str, FileStat]:
        """The size of every object below a folder. Raises ShelfError."""
        try:
            objects: dict[str, dict[str, Any]] = self._call(folder, "find", self._to_path(folder), detail=True)
        except MissingError:
            return {}
        start = len(self._to_path(folder)) + 1
        stats = {path[start:]: FileStat(int(about["size"])) for path, about in objects.items() if path[start:]}
        return {
            name: stat
            for name, stat in stats.items()
            if only is None or "/" not in name or only.fullmatch(name.partition("/")[0])
        }

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder; hidden ones are omitted. Raises ShelfError."""
        try:
            children = self._call(folder, "ls", self._to_path(folder), detail=True)
        except MissingError:
            return []
        paths = (str(child["name"]).rstrip("/") for child in children if child["type"] == "directory")
        names = (path.rpartition("/")[2] for path in paths if path != self._to_path(folder))
        return sorted(name for name in names if name and name[0] != ".")

    def replace(self, name: str, content: bytes) -> None:
        """Write an object; untouched if it has this content already. Raises ShelfError."""
        with suppress(MissingError):
            if self.read(name) == content:
                return
        with _create_temporary_folder() as folder:
            self._upload(_write_temporary(folder, name, content), name)

    def put_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write objects, many at a time. Raises ShelfError."""
        rest = iter(files)
        while batch := list(islice(rest, BATCH_SIZE)):
            with _create_temporary_folder() as folder:
                paths = [
                    str(_write_temporary(folder / str(number), name, content))
                    for number, (name, content) in enumerate(batch)
                ]
                self._call(batch[0][0], "put", paths, [self._to_path(name) for name, _ in batch])

    def create(self, name: str, content: bytes) -> bool:
        """Create an object; False if there is one already. Raises ShelfError."""
        try:
            self._call(name, "pipe_file", self._to_path(name), content, mode="create")
        except _ExistsError:
            return False
        return True

    def write(self, name: str, content: bytes) -> None:
        """Write an object. Raises ShelfError."""
        self._call(name, "pipe_file", self._to_path(name), content)

    def remove(self, name: str) -> None:
        """Remove an object, if it is there. Raises ShelfError."""
        with suppress(MissingError):
            self._call(name, "rm_file", self._to_path(name))

    @contextmanager
    def lock(self, folder: str, *, wait: float = 0) -> Iterator[None]:
        """Hold a folder by a lease. Raises BusyError and ShelfError."""
        held = lease.take(self, folder, wait=wait)
        _HELD[self.describe(folder)] = held
        try:
            yield
        finally:
            if _HELD.get(self.describe(folder)) is held:
                del _HELD[self.describe(folder)]
            with suppress(ShelfError):  # it ends by itself
                held.release()

    def remove_unfinished(self, dataset_id: str, published: Collection[str]) -> None:
        """Remove what versions that are not published left, there and on this machine. Raises ShelfError."""
        for leftover in Path(tempfile.gettempdir()).glob(f"{_make_prefix('*', '*')}*"):
            pid, started = leftover.name.split("-")[3:5]
            if read_process_start(int(pid)) != started:
                shutil.rmtree(leftover, ignore_errors=True)
        for name in self.list_folders(dataset_id):
            if VERSION.fullmatch(name) and name not in published:
                self._get_lease(dataset_id).check(ask_store=True)
                self._remove_folder(f"{dataset_id}/{name}")

    @contextmanager
    def open_staging(self, dataset_id: str, version: str) -> Iterator[Path]:  # noqa: ARG002 (any folder will do)
        """A temporary folder. Raises ShelfError if it cannot be written."""
        with _create_temporary_folder() as folder:
            try:
                yield folder
            except OSError as error:
                raise _make_temporary_error(error) from error

    def apply(self, dataset_id: str, change: ShelfChange) -> None:
        """Write objects in an order in which no reader meets half a change. Raises ShelfError."""
        held = self._get_lease(dataset_id)
        index = f"{dataset_id}/{RELEASE_INDEX}"
        if change.withdrawn:
            self._put_notices(f"{dataset_id}/{change.withdrawn.version}", change.withdrawn.folder, held)
            self._renew_latest(dataset_id, change, held)
            held.check(ask_store=True)
            self.replace(index, change.index)
            return
        if change.new:
            self._put_version(f"{dataset_id}/{change.new.version}", change.new.folder, held)
        held.check()
        self.replace(index, change.index)
        self._renew_latest(dataset_id, change, held)

    def _put_version(self, target: str, folder: Path, held: Lease) -> None:
        """Upload a version; if that fails, nothing is left of it."""
        try:
            for path in _sort_for_upload(folder):
                held.check()
                self._upload_new(path, f"{target}/{path.name}")
            held.check(ask_store=True)
        except ShelfError:
            with suppress(ShelfError):
                held.check(ask_store=True)  # else they may be its successor's
                self._remove_folder(target)
            raise

    def _put_notices(self, target: str, folder: Path, held: Lease) -> None:
        for path in _sort_for_upload(folder):
            held.check()
            self._upload(path, f"{target}/{path.name}")
            if path.name == NOTICE:
                self.remove(f"{target}/{CHECKSUMS}")

    def _renew_latest(self, dataset_id: str, change: ShelfChange, held: Lease) -> None:
        if change.latest_is_current:
            return
        latest, source = f"{dataset_id}/{LATEST}", f"{dataset_id}/{change.latest}"
        names = sorted(self.list_files(source), key=lambda name: name == CHECKSUMS) if change.latest else []
        held.check(ask_store=True)
        self.remove(f"{latest}/{CHECKSUMS}")
        for name in self.list_files(latest).keys() - set(names):
            self.remove(f"{latest}/{name}")
        for name in names:
            held.check()
            target = f"{latest}/{name}"
            self._call(target, "cp_file", self._to_path(f"{source}/{name}"), self._to_path(target))

    def _upload(self, path: Path, name: str, *, mode: str = "overwrite") -> None:
        """Send a file, over what is there. Raises _ExistsError if something is, and the `mode` is "create"."""
        options = UPLOAD_OPTIONS.get(self.url.partition(":")[0], {})
        self._call(name, "put_file", str(path), self._to_path(name), mode=mode, **options)

    def _upload_new(self, path: Path, name: str) -> None:
        """Send a file if none is. Raises BusyError if another one is."""
        try:
            self._upload(path, name, mode="create")
        except _ExistsError as error:
            if self.hash_file(name) != compute_digest(path):
                what = "another run is putting files there"
                raise BusyError(what, self.describe(name.rpartition("/")[0]), "run again when it is done") from error

    def _remove_folder(self, folder: str) -> None:
        for name in self.list_files(folder):
            self.remove(f"{folder}/{name}")

    def _get_lease(self, dataset_id: str) -> Lease:
        return _HELD[self.describe(dataset_id)]

    def _to_path(self, name: str) -> str:
        return f"{self.root}/{name}" if name else self.root

    def _call(self, name: str, method: str, *arguments: Any, **options: Any) -> Any:
        """The answer of the store's client to one call, from no cache. Raises a kind of ShelfError."""
        try:
            self.system.invalidate_cache()
            return getattr(self.system, method)(*arguments, **options)
        except DEFECTS:
            raise
        except FileNotFoundError as error:
            if _find_error_code(error) == "NoSuchBucket":
                raise ShelfError(
                    "there is no such bucket", self.url, "make it, or correct POLICYTASKS_SHELF"
                ) from error
            raise MissingError("is not there", self.describe(name), self.repair_hint) from error
        except OSError as error:
            if isinstance(error, FileExistsError) or _find_error_code(error) in CREATED_ELSEWHERE:
                raise _ExistsError("is there already", self.describe(name)) from error
            if error.errno in FULL:
                raise _make_temporary_error(error) from error
            raise make_store_error(self.describe(name), error) from error
        except Exception as error:  # each store's client has errors of its own kind
            raise make_store_error(self.describe(name), error) from error


class _ExistsError(ShelfError):
    """An object that was to be created and is there already."""


def open_store(url: str) -> ObjectStore:
    """The storage that a URL names. Raises ShelfError if the URL is of no known kind or a package is missing."""
    from fsspec.core import url_to_fs

    shown, scheme = omit_credentials(url).rstrip("/"), url.partition(":")[0]
    try:
        system, root = url_to_fs(url, **CLIENT_OPTIONS.get(scheme, {}))
    except DEFECTS:
        raise
    except ImportError as error:
        fix = "pip install 'policytasks[s3]'" if scheme in {"s3", "s3a"} else "install it"
        raise ShelfError(f"needs a package that is not here ({summarise_message(error)})", shown, fix) from error
    except Exception as error:  # each store's client has errors of its own kind
        failure = make_store_error(shown, error)
        raise ShelfError(failure.what, shown, f"{failure.fix}; {SETTING_HINT}") from error
    root = root.rstrip("/")
    if not root:
        raise ShelfError("names no bucket", shown, "write POLICYTASKS_SHELF as s3://bucket/prefix")
    return ObjectStore(shown, root, system)


def make_store_error(where: str, error: Exception) -> ShelfError:
    """The error that a store's client failed."""
    refused = isinstance(error, PermissionError) or "credentials" in str(error).casefold()
    fix = "check the credentials in the environment" if refused else "check the address and the network"
    return ShelfError(f"the store does not answer as it should ({summarise_message(error)})", where, fix)


def _find_error_code(error: OSError) -> str | None:
    """The code that S3 gave for an error, if it came from there."""
    response = getattr(error.__cause__, "response", None) or {}
    code: str | None = response.get("Error", {}).get("Code")
    return code


def _sort_for_upload(folder: Path) -> list[Path]:
    """The files of a version: the notice first if it is withdrawn, the checksums last."""
    return sorted(folder.iterdir(), key=lambda path: (path.name != NOTICE, path.name == CHECKSUMS, path.name))


@contextmanager
def _create_temporary_folder() -> Iterator[Path]:
    """A folder of this machine, named after the process, for as long as the block lasts. Raises ShelfError."""
    process = identify_process()
    prefix = _make_prefix(str(process.pid), str(process.begun))
    try:
        folder = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
    except OSError as error:
        raise _make_temporary_error(error) from error
    with folder as path:
        yield Path(path)


def _write_temporary(folder: Path, name: str, content: bytes) -> Path:
    """A file in a temporary folder, called as the object will be: by the name the client knows the media type."""
    path = folder / name.rpartition("/")[2]
    try:
        folder.mkdir(exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise _make_temporary_error(error) from error
    return path


def _make_temporary_error(error: OSError) -> ShelfError:
    """The error that the folder for temporary files cannot be written."""
    what = f"cannot be written ({error.strerror or error})"
    return ShelfError(what, tempfile.gettempdir(), "check the free space, or name another folder in TMPDIR")


def _make_prefix(pid: str, started: str) -> str:
    """How temporary folders of a process are named, so that another process of this machine sees that it is gone."""
    here = identify_process()
    machine = hashlib.sha256(f"{here.host} {here.machine}".encode()).hexdigest()[:12]
    return f"policytasks-shelf-{machine}-{pid}-{started}-"
