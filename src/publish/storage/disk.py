"""A shelf in a folder of a disk.

A version is made in a hidden folder beside the others and appears by one rename; `latest/`, and a version that is
withdrawn, change by a swap of two folders. All that needs space is written before anything can be seen, so that a full
disk leaves the shelf as it was. What a killed run left hidden, the next one removes.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

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

STAGED = ".staged-"
# How long a wait for a lock sleeps between two attempts, and for how long the folder may be removed by one holder after
# the other until an attempt is given up, in seconds.
PAUSE_SECONDS, RACE_SECONDS = 0.05, 30.0


@dataclass(frozen=True, slots=True)
class Disk:
    """The storage that is a folder."""

    has_atomic_folders: ClassVar[bool] = True
    repair_hint: ClassVar[str] = "restore it, for example with git checkout"

    root: Path

    def describe(self, name: str = "") -> str:
        """The path, from `data` on if the shelf is that of a workspace."""
        path = self.root / name
        parts = path.parts
        return "/".join(parts[parts.index("published") - 1 :]) if "published" in parts[1:] else str(path)

    def address_of(self, name: str = "") -> str:
        """The path."""
        return str(self.root / name)

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises MissingError and ShelfError."""
        try:
            return (self.root / name).read_bytes()
        except OSError as error:
            raise self._make_read_error(error, name) from error

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.root / name).is_file()

    def hash_file(self, name: str) -> str:
        """The SHA-256 of a file. Raises MissingError and ShelfError."""
        try:
            return compute_digest(self.root / name)
        except OSError as error:
            raise self._make_read_error(error, name) from error

    @contextmanager
    def open_local(self, name: str) -> Iterator[Path]:
        """The file itself. Raises MissingError if there is none."""
        path = self.root / name
        if not path.is_file():
            raise MissingError("is not there", self.describe(name), self.repair_hint)
        yield path

    def list_files(self, folder: str, only: re.Pattern[str] | None = None) -> dict[str, FileStat]:
        """Size, and time of the last change of content, owner or mode, of every file below a folder."""
        top = os.path.join(self.root, folder, "")  # noqa: PTH118 (there may be a hundred thousand files)
        stats, to_do = {}, [""]
        while to_do:
            below = to_do.pop()
            with suppress(OSError), os.scandir(top + below) as entries:  # gone meanwhile, or never there
                for entry in entries:
                    name = below + entry.name
                    if not entry.is_dir():
                        with suppress(OSError):  # gone meanwhile, or a link to nowhere
                            about = entry.stat()
                            stats[name] = FileStat(about.st_size, about.st_ctime_ns)
                    elif not entry.is_symlink() and (below or only is None or only.fullmatch(name)):
                        to_do.append(f"{name}/")
        return stats

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder; hidden ones are omitted."""
        top = self.root / folder
        return [path.name for path in top.iterdir() if path.is_dir() and path.name[0] != "."] if top.is_dir() else []

    def replace(self, name: str, content: bytes) -> None:
        """Write a file in one step; untouched if it has this content already. Raises ShelfError."""
        path = self.root / name
        with self._clean_up(path.parent, f"{STAGED}{path.name}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            if staged := _stage_file(path, content):
                _put_in_place(staged, path)
                _sync(path.parent)

    def put_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write files, each by one rename; the disk is waited for once, at the end. Raises ShelfError."""
        for name, content in files:
            path = self.root / name
            hidden = path.with_name(f"{STAGED}{path.name}")
            with self._clean_up(path.parent, hidden.name):
                path.parent.mkdir(parents=True, exist_ok=True)
                _remove(hidden)
                hidden.write_bytes(content)
                hidden.replace(path)
        os.sync()

    def remove(self, name: str) -> None:
        """Remove a file, and its folder if that is empty then. Raises ShelfError."""
        path = self.root / name
        with self._translate_errors(path.parent):
            path.unlink(missing_ok=True)
            with suppress(OSError):  # it is not empty, or was removed already
                path.parent.rmdir()

    @contextmanager
    def lock(self, folder: str, *, wait: float = 0) -> Iterator[None]:
        """Hold a folder by the system's own lock, which ends with the process. Raises BusyError and ShelfError."""
        path = self.root / folder
        descriptor = self._take_lock(path, wait)
        try:
            yield
        finally:
            if folder:
                with suppress(OSError):  # it is not empty, as a rule
                    path.rmdir()
            os.close(descriptor)

    def remove_unfinished(self, dataset_id: str, published: Collection[str]) -> None:  # noqa: ARG002 (folders are the truth here)
        """Remove what is hidden. Raises ShelfError."""
        folder = self.root / dataset_id
        with self._translate_errors(folder):
            for leftover in folder.glob(f"{STAGED}*"):
                version = folder / leftover.name.removeprefix(STAGED)
                if VERSION.fullmatch(version.name) and not version.exists() and (leftover / NOTICE).exists():
                    leftover.rename(version)  # the system had no swap, and the run was killed between its two halves
                else:
                    _remove(leftover)

    @contextmanager
    def open_staging(self, dataset_id: str, version: str) -> Iterator[Path]:
        """A hidden folder beside the versions, on the same file system. Raises ShelfError."""
        folder = self.root / dataset_id
        staged = folder / f"{STAGED}{version}"
        with self._translate_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _remove(staged)
            staged.mkdir()
            try:
                yield staged
            finally:
                _remove(staged)

    def apply(self, dataset_id: str, change: ShelfChange) -> None:
        """Stage everything, then let it appear. Raises ShelfError."""
        folder, version = self.root / dataset_id, change.new or change.withdrawn
        with self._clean_up(folder, f"{STAGED}*"):
            if version:
                for path in (*version.folder.iterdir(), version.folder):
                    _sync(path)
            latest = _stage_latest(folder, change)
            index = _stage_file(folder / RELEASE_INDEX, change.index)
            # From here on nothing needs space, and whatever is cut short is finished by the next run.
            if change.new:
                change.new.folder.rename(folder / change.new.version)
            elif change.withdrawn:
                notices, files = change.withdrawn.folder, folder / change.withdrawn.version
                files.mkdir(exist_ok=True)  # somebody may have removed it
                _swap_folders(notices, files)
                _remove(notices)
            if index:
                _put_in_place(index, folder / RELEASE_INDEX)
            if not change.latest_is_current:
                _place_latest(latest, folder / LATEST)
            if version or index or not change.latest_is_current:
                _sync(folder)

    @contextmanager
    def _translate_errors(self, folder: Path) -> Iterator[None]:
        """Raise ShelfError if a folder cannot be written."""
        try:
            yield
        except OSError as error:
            what = f"cannot be written ({error.strerror or error})"
            where = self.describe(folder.relative_to(self.root).as_posix())
            raise ShelfError(what, where, "check its permissions and the free space") from error

    @contextmanager
    def _clean_up(self, folder: Path, pattern: str) -> Iterator[None]:
        """Raise ShelfError if a folder cannot be written, and remove what matches the pattern in it."""
        with self._translate_errors(folder):
            try:
                yield
            except OSError:
                with suppress(OSError):
                    for leftover in folder.glob(pattern):
                        _remove(leftover)
                raise

    def _make_read_error(self, error: OSError, name: str) -> ShelfError:
        kind = MissingError if isinstance(error, FileNotFoundError | NotADirectoryError) else ShelfError
        return kind(f"cannot be read ({error.strerror})", self.describe(name), self.repair_hint)

    def _take_lock(self, path: Path, wait: float) -> int:
        """The descriptor by which a folder is locked; a folder that its last holder removed is made again."""
        start = time.monotonic()
        while True:
            with self._translate_errors(path):
                path.mkdir(parents=True, exist_ok=True)
                try:
                    return _open_locked(path)
                except BlockingIOError:
                    limit = wait
                except FileNotFoundError:
                    limit = wait + RACE_SECONDS
            if time.monotonic() - start >= limit:
                name = path.relative_to(self.root).as_posix()
                what = "another run is writing there" if name == "." else f"another run is publishing {name}"
                raise BusyError(what, self.describe(name), "try again when it is done")
            time.sleep(PAUSE_SECONDS)


def _open_locked(path: Path) -> int:
    """A descriptor of a folder, which is locked by it.

    Raises BlockingIOError if another process has the lock, and FileNotFoundError if the folder was removed.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(path.stat(), os.fstat(descriptor)):
            raise FileNotFoundError(path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _stage_latest(folder: Path, change: ShelfChange) -> Path | None:
    """The hidden folder that becomes `latest/`; None if that stays as it is, or is removed.

    It is a copy that is safe on the disk; the checksums are written last, so that no file is younger.
    """
    if change.latest_is_current or change.latest is None:
        return None
    new = change.new
    source = new.folder if new and new.version == change.latest else folder / change.latest
    staged = folder / f"{STAGED}{LATEST}"
    _remove(staged)
    staged.mkdir()
    for path in sorted(source.iterdir(), key=lambda path: path.name == CHECKSUMS):
        if path.is_file():
            shutil.copyfile(path, staged / path.name)
            _sync(staged / path.name)
    _sync(staged)
    return staged


def _stage_file(path: Path, content: bytes) -> Path | None:
    """A hidden file of that content beside another, safe on the disk; None if that one has the content already."""
    if path.is_file() and path.read_bytes() == content:
        return None
    staged = path.with_name(f"{STAGED}{path.name}")
    _remove(staged)
    staged.write_bytes(content)
    _sync(staged)
    return staged


def _put_in_place(staged: Path, path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        _remove(path)
    staged.replace(path)


def _place_latest(staged: Path | None, latest: Path) -> None:
    if staged is None:
        _remove(latest)
    elif latest.is_dir() and not latest.is_symlink():
        _swap_folders(staged, latest)
        _remove(staged)
    else:
        latest.unlink(missing_ok=True)
        staged.rename(latest)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap_folders(staged: Path, current: Path) -> None:
    """Swap two folders, on Linux in one step, so that no reader finds one of them missing."""
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
