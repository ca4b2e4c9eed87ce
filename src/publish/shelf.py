"""The shelf: where releases lie, and how one gets there.

    data/published/<dataset>/
      releases.json        every version, newest first, with counts, sizes and checksums
      sources.json         how each source is doing now; the one file that changes without a new version
      latest/              a copy of the newest version
      1.0.0/               an immutable version
        datapackage.json  SHA256SUMS  checks.json  CHANGES.md
        csv-metadata.json  croissant.json  CITATION.cff  CITATION.bib
        <table>.csv  <table>.parquet

A version is staged in a hidden folder beside the others and appears by one rename, whole or not at all. The folders
of versions are the truth; `releases.json` and `latest/` follow from them, and are made anew by the next run where a
run was killed before it had written them. A published version is never written to again.
"""

from __future__ import annotations

import csv
import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
LISTING = "releases.json"
SOURCES = "sources.json"
LATEST = "latest"
STAGED = ".staged-"
CHECKSUMS = "SHA256SUMS"
# What this module reads of a version's descriptor.
DESCRIBED = ("name", "title", "created", "schemaVersion", "changeSummary", "contentHash", "rowCounts", "resources")


class ShelfError(RuntimeError):
    """A shelf that cannot be written to or read, or that another run is writing to; the message is one line."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version on the shelf: its folder and its descriptor (`datapackage.json`)."""

    version: str
    folder: Path
    descriptor: dict[str, Any]


def newest(shelf: Path, dataset_id: str) -> Published | None:
    """The newest version of a dataset, or None where there is none."""
    versions = _versions(shelf / dataset_id)
    return _published(versions[-1]) if versions else None


def datasets(shelf: Path) -> list[str]:
    """The ids of all datasets that have a version on the shelf."""
    return sorted(path.name for path in shelf.iterdir() if _versions(path)) if shelf.is_dir() else []


def versions(shelf: Path, dataset_id: str) -> list[Published]:
    """All versions of a dataset that were not withdrawn, oldest first."""
    return [_published(folder) for folder in _versions(shelf / dataset_id)]


def version(shelf: Path, dataset_id: str, name: str) -> Published:
    """One version. Raises ShelfError where it is not there."""
    found = {one.version: one for one in versions(shelf, dataset_id)}
    if name not in found:
        known = ", ".join(found) or "none"
        raise ShelfError(f"data/published/{dataset_id}/: holds no version {name}; those are {known}")
    return found[name]


def read_tables(published: Published, only: Collection[str] = ()) -> dict[str, pa.Table]:
    """All tables of a version, or those named, from its Parquet files.

    Raises ShelfError where a file is missing or is not the one that the version was published with.
    """
    import pyarrow as pa  # costs half a second, which those who read no tables need not pay
    import pyarrow.parquet as pq

    from transform.schema import TABLES

    sums = _checksums(published.folder)
    tables = {}
    for name in only or TABLES:
        path = published.folder / f"{name}.parquet"
        if not path.exists() and path.name not in sums:
            continue
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ShelfError(
                f"{_where(path)}: cannot be read ({error.strerror}); restore it, for example with git checkout"
            ) from None
        if hashlib.sha256(content).hexdigest() != sums.get(path.name):
            raise ShelfError(
                f"{_where(path)}: was altered after it was published; restore it, for example with git checkout"
            )
        # In one thread and without the dataset layer: that one imports pandas where it is there (2 s), and its threads
        # abort about one process in fifty that ends right after reading.
        tables[name] = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False).read(use_threads=False)
    return tables


def read_checks(published: Published) -> dict[str, Any]:
    """What was checked before a version was published (`checks.json`). Raises ShelfError where it cannot be read."""
    return _json_of(published.folder / "checks.json", ("checks", "claims"))


def checksums(published: Published) -> dict[str, str]:
    """The SHA-256 of every file of a version, by name, as it was published. Raises ShelfError."""
    return _checksums(published.folder)


def troubles_of(published: Published) -> Iterator[str]:
    """A line for each file of a version that is missing, altered, or none of its own; all are read."""
    listed = checksums(published)
    for name, digest in listed.items():
        path = published.folder / name
        if not path.is_file():
            yield f"{name} is missing"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield f"{name} was altered"
    for path in sorted(published.folder.iterdir()):
        if path.name not in (*listed, CHECKSUMS):
            yield f"{path.name} is none of its files"


def read_provenance(published: Published) -> dict[str, Any]:
    """What a version was made from and with; empty for one of before this was told. Raises ShelfError."""
    path = published.folder / "provenance.json"
    return _json_of(path, ("readings", "order")) if path.name in _checksums(published.folder) else {}


def claims_of(shelf: Path, dataset_id: str) -> dict[str, list[bool]]:
    """Whether each claim holds in the newest version, by document; claims that could not be counted are left out."""
    published = newest(shelf, dataset_id)
    held: dict[str, list[bool]] = {}
    for claim in read_checks(published)["claims"] if published else ():
        if claim["holds"] is not None:
            held.setdefault(claim["claim_id"].rpartition("/")[0], []).append(claim["holds"])
    return held


def captures_in_use(shelf: Path, dataset_id: str) -> dict[str, list[str]]:
    """The captures that versions were made from: the versions by SHA-256, oldest first. Raises ShelfError."""
    used: dict[str, list[str]] = {}
    for version in _versions(shelf / dataset_id):
        path = version / "captures.csv"
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ShelfError(f"{_where(path)}: cannot be read ({error}); restore it") from None
        for row in csv.DictReader(lines):
            used.setdefault(row["capture_id"], []).append(version.name)
    return used


@contextmanager
def locked(shelf: Path, dataset_id: str) -> Iterator[None]:
    """Hold a dataset's place on the shelf; whoever else wants it is told so by a ShelfError.

    Tidies up what a killed run left there. The lock is the system's own and ends with the process.
    """
    folder = shelf / dataset_id
    created = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ShelfError(
            f"{_where(folder)}: another run is publishing {dataset_id}; try again when it is done"
        ) from None
    try:
        _tidy(folder)
        yield
    finally:
        if created and not any(folder.iterdir()):
            folder.rmdir()
        os.close(descriptor)


def put(shelf: Path, dataset_id: str, version: str, files: Mapping[str, bytes]) -> Published:
    """Put a version on the shelf; call it with the dataset `locked`.

    `files` holds everything but SHA256SUMS, which is made here. All that needs space is written before anything
    appears. Raises ShelfError where the shelf cannot be written, and leaves it as it was.
    """
    folder = shelf / dataset_id
    target = folder / version
    if target.exists():
        raise ShelfError(
            f"{_where(target)}: is published already and never changes; remove nothing, publish a new version"
        )
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    staged = folder / f"{STAGED}{version}"
    try:
        for place in (staged, folder / f"{STAGED}{LATEST}"):
            _write_folder(place, {**files, CHECKSUMS: sums.encode()})
        staged.rename(target)
        _sync(folder)
        _follow(folder)
    except OSError as error:
        for left in folder.glob(f"{STAGED}*"):
            _remove(left)
        raise _unwritable(folder, error) from None
    return _published(target)


def put_sources(shelf: Path, dataset_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Say how a dataset's sources are doing, beside its versions; call it with the dataset `locked`.

    Untouched where it says so already, or where nothing is published yet. Raises ShelfError.
    """
    folder = shelf / dataset_id
    if not _versions(folder):
        return
    try:
        _replace_file(folder / SOURCES, _as_json({"dataset": dataset_id, "sources": list(rows)}))
    except OSError as error:
        raise _unwritable(folder, error) from None


def file_facts(files: Mapping[str, bytes]) -> dict[str, tuple[int, str]]:
    """Size in bytes and SHA-256 of each file."""
    return {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}


def _versions(folder: Path) -> list[Path]:
    """The folders of all versions, oldest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if VERSION.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=lambda path: tuple(map(int, path.name.split("."))))


def _published(folder: Path) -> Published:
    return Published(folder.name, folder, _json_of(folder / "datapackage.json", DESCRIBED))


def _json_of(path: Path, needed: tuple[str, ...]) -> dict[str, Any]:
    mend = "restore it, for example with git checkout"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ShelfError(f"{_where(path)}: cannot be read ({error.strerror}); {mend}") from None
    except ValueError as error:
        raise ShelfError(f"{_where(path)}: is no JSON ({error}); {mend}") from None
    if not isinstance(found, dict) or not found.keys() >= set(needed):
        raise ShelfError(f"{_where(path)}: does not hold {', '.join(needed)}; {mend}")
    return found


def _checksums(folder: Path) -> dict[str, str]:
    path = folder / CHECKSUMS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ShelfError(
            f"{_where(path)}: cannot be read ({error}); restore it, for example with git checkout"
        ) from None
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _tidy(folder: Path) -> None:
    """Remove what a killed run staged, and bring the listing and `latest/` up to the versions that are there."""
    try:
        for left in folder.glob(f"{STAGED}*"):
            _remove(left)
        gone = _listed(folder / LISTING) - {path.name for path in _versions(folder)}
        if gone:
            where = _where(folder / min(gone))
            raise ShelfError(f"{where}/: is listed but no longer there; restore it, for example with git checkout")
        if _versions(folder):
            _follow(folder)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _follow(folder: Path) -> None:
    """Make `latest/` and `releases.json` say what the folders of versions say; untouched where they already do."""
    versions = [_published(path) for path in _versions(folder)]
    last = versions[-1]
    if damaged := _damaged(last.folder):
        raise ShelfError(f"{_where(damaged)}: is not as it was published; restore it, for example with git checkout")
    latest, staged = folder / LATEST, folder / f"{STAGED}{LATEST}"
    if not _is_copy(latest, last.folder):
        if not staged.exists():
            names = (*_checksums(last.folder), CHECKSUMS)
            _write_folder(staged, {name: (last.folder / name).read_bytes() for name in names})
        if latest.is_dir() and not latest.is_symlink():
            _exchange(staged, latest)
            _remove(staged)
        else:
            latest.unlink(missing_ok=True)
            staged.rename(latest)
    _replace_file(folder / LISTING, _as_json(_listing(versions)))
    _sync(folder)


def _replace_file(path: Path, content: bytes) -> None:
    """Make a file say something, in one step; untouched where it says so already."""
    if path.is_file() and path.read_bytes() == content:
        return
    if path.is_dir():
        _remove(path)
    staged = path.with_name(f"{STAGED}{path.name}")
    _remove(staged)
    _write_folder(staged, {path.name: content})
    (staged / path.name).replace(path)
    staged.rmdir()


def _as_json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _damaged(folder: Path) -> Path | None:
    """The first file of a version that is missing or not the one that was published."""
    for name, digest in _checksums(folder).items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return path
    return None


def _is_copy(latest: Path, version: Path) -> bool:
    """Whether `latest/` holds the files of a version, whole."""
    if latest.is_symlink() or not (latest / CHECKSUMS).is_file():
        return False
    return (latest / CHECKSUMS).read_bytes() == (version / CHECKSUMS).read_bytes() and _damaged(latest) is None


def _listed(listing: Path) -> set[str]:
    """The versions that the listing names; none where it is missing or cannot be understood, since it is made anew."""
    try:
        return {str(one["version"]) for one in json.loads(listing.read_text(encoding="utf-8"))["releases"]}
    except (OSError, ValueError, TypeError, KeyError):
        return set()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _listing(versions: list[Published]) -> dict[str, Any]:
    last = versions[-1].descriptor
    return {
        "dataset": last["name"],
        "title": last["title"],
        "latest": versions[-1].version,
        "releases": [
            {
                "version": one.version,
                "published_at": one.descriptor["created"],
                "previous_version": one.descriptor.get("previousVersion"),
                "schema_version": one.descriptor["schemaVersion"],
                "summary": one.descriptor["changeSummary"],
                "content_hash": one.descriptor["contentHash"],
                "rows": one.descriptor["rowCounts"],
                "files": [
                    {
                        "path": f"{one.version}/{resource['path']}",
                        "bytes": resource["bytes"],
                        "sha256": resource["hash"].removeprefix("sha256:"),
                    }
                    for table in one.descriptor["resources"]
                    for resource in (table, *table["alternates"])
                ],
            }
            for one in reversed(versions)
        ],
    }


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _exchange(staged: Path, current: Path) -> None:
    """Swap two folders in one step where the system can (Linux), so that no reader ever finds `latest/` missing."""
    at_current_folder, exchange = -100, 2
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if (
        rename
        and rename(at_current_folder, os.fsencode(staged), at_current_folder, os.fsencode(current), exchange) == 0
    ):
        return
    aside = staged.with_name(f"{STAGED}old")
    current.rename(aside)
    staged.rename(current)
    aside.rename(staged)


def _unwritable(folder: Path, error: OSError) -> ShelfError:
    return ShelfError(
        f"{_where(folder)}: cannot be written ({error.strerror or error}); check its permissions and the free space"
    )


def _where(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[parts.index("published") - 1 :]) if "published" in parts[1:] else str(path)
