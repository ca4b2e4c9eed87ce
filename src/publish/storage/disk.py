"""A shelf in a folder of a disk.

A version is made in a hidden folder beside the others and appears by one rename; `latest/`, and a version that is
withdrawn, change by a swap of two folders. All that needs space is written before anything can be seen, so that a full
disk leaves the shelf as it was. What a killed run left hidden is removed by the next.
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

STAGED = ".staged-"
PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Disk:
    """The place that is a folder."""

    root: Path

    @property
    def has_atomic_folders(self) -> bool:
        """A folder appears by one rename."""
        return True

    @property
    def repair_hint(self) -> str:
        """What to do about a damaged file."""
        return "restore it, for example with git checkout"

    def describe(self, name: str = "") -> str:
        """The path, from `data` on where the shelf is a home's own."""
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
            kind = MissingError if isinstance(error, FileNotFoundError | NotADirectoryError) else ShelfError
            raise kind(f"{self.describe(name)}: cannot be read ({error.strerror}); {self.repair_hint}") from None

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.root / name).is_file()

    def hash_file(self, name: str) -> str:
        """The SHA-256 of a file. Raises ShelfError."""
        try:
            return digest_of(self.root / name)
        except OSError as error:
            raise ShelfError(f"{self.describe(name)}: cannot be read ({error.strerror}); {self.repair_hint}") from None

    @contextmanager
    def open_local(self, name: str) -> Iterator[Path]:
        """The file itself. Raises ShelfError where there is none."""
        path = self.root / name
        if not path.is_file():
            raise MissingError(f"{self.describe(name)}: cannot be read (No such file or directory); {self.repair_hint}")
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
        """The names of the folders in a folder, hidden ones apart."""
        top = self.root / folder
        return [path.name for path in top.iterdir() if path.is_dir() and path.name[0] != "."] if top.is_dir() else []

    def replace(self, name: str, content: bytes) -> None:
        """Make a file say something, in one step. Raises ShelfError."""
        path = self.root / name
        with self._translate_errors(path.parent, leaving=f"{STAGED}{path.name}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            staged = _stage_file(path, content)
            if staged is not None:
                _put_in_place(staged, path)
                _sync(path.parent)

    def put_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Let each appear by one rename; one wait for the disk at the end, whatever their number. Raises ShelfError."""
        for name, content in files:
            path = self.root / name
            hidden = path.with_name(f"{STAGED}{path.name}")
            with self._translate_errors(path.parent, leaving=hidden.name):
                path.parent.mkdir(parents=True, exist_ok=True)
                _remove(hidden)
                hidden.write_bytes(content)
                hidden.replace(path)
        os.sync()

    def remove(self, name: str) -> None:
        """Remove a file, and its folder where that is empty then. Raises ShelfError."""
        path = self.root / name
        with self._translate_errors(path.parent):
            path.unlink(missing_ok=True)
            with suppress(OSError):  # it holds something, or went already
                path.parent.rmdir()

    @contextmanager
    def lock(self, folder: str, *, wait: float = 0) -> Iterator[None]:
        """Hold a folder by the system's own lock, which ends with the process. Raises ShelfError."""
        path = self.root / folder
        descriptor = self._lock(path, time.monotonic() + wait)
        try:
            yield
        finally:
            if folder:
                with suppress(OSError):  # it holds something, which is the rule
                    path.rmdir()
            os.close(descriptor)

    def remove_unfinished(self, dataset_id: str, published: Collection[str]) -> None:  # noqa: ARG002 (folders are the truth here)
        """Remove what is hidden. Raises ShelfError."""
        folder = self.root / dataset_id
        with self._translate_errors(folder):
            for left in folder.glob(f"{STAGED}*"):
                version = folder / left.name.removeprefix(STAGED)
                if VERSION.fullmatch(version.name) and not version.exists() and (left / NOTICE).exists():
                    left.rename(version)  # the system had no swap, and the run was killed between its two halves
                else:
                    _remove(left)

    @contextmanager
    def open_staging(self, dataset_id: str, version: str) -> Iterator[Path]:
        """A hidden folder beside the versions, on the same file system. Raises ShelfError."""
        folder = self.root / dataset_id
        staged = folder / f"{STAGED}{version}"
        with self._translate_errors(folder):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                _remove(staged)
                staged.mkdir()
                yield staged
            finally:
                _remove(staged)

    def apply(self, dataset_id: str, change: ShelfChange) -> None:
        """Stage everything, then let it appear. Raises ShelfError."""
        folder = self.root / dataset_id
        new = change.new or change.withdrawn
        with self._translate_errors(folder, leaving=f"{STAGED}*"):
            version = _stage_version(folder, new.folder, new.version) if new else None
            latest = _stage_latest(folder, change, version)
            listing = _stage_file(folder / RELEASE_INDEX, change.index)
            # From here on nothing needs space, and whatever is cut short is finished by the next run.
            if version is not None and change.new:
                version.rename(folder / change.new.version)
            elif version is not None and change.withdrawn:
                (folder / change.withdrawn.version).mkdir(exist_ok=True)  # where somebody had removed it
                _swap_folders(version, folder / change.withdrawn.version)
                _remove(version)
            if listing is not None:
                _put_in_place(listing, folder / RELEASE_INDEX)
            if not change.latest_is_current:
                _place_latest(latest, folder / LATEST)
            if version or listing or not change.latest_is_current:
                _sync(folder)

    @contextmanager
    def _translate_errors(self, folder: Path, leaving: str = "") -> Iterator[None]:
        """Tell in one line what could not be written, and remove what matches `leaving`."""
        try:
            yield
        except OSError as error:
            with suppress(OSError):
                for left in folder.glob(leaving) if leaving else ():
                    _remove(left)
            raise ShelfError(
                f"{self.describe(folder.relative_to(self.root).as_posix())}: cannot be written "
                f"({error.strerror or error}); check its permissions and the free space"
            ) from None

    def _lock(self, path: Path, end: float) -> int:
        """The descriptor by which a folder is locked; a folder that was removed meanwhile is made anew."""
        while True:
            with self._translate_errors(path):
                path.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                if time.monotonic() >= end:
                    raise self._report_busy(path) from None
                time.sleep(PAUSE)
                continue
            with suppress(FileNotFoundError):
                if os.path.samestat(path.stat(), os.fstat(descriptor)):
                    return descriptor
            os.close(descriptor)

    def _report_busy(self, path: Path) -> BusyError:
        name = path.relative_to(self.root).as_posix()
        what = "writing there" if name == "." else f"publishing {name}"
        return BusyError(f"{self.describe(name)}: another run is {what}; try again when it is done")


def _stage_version(folder: Path, made: Path, version: str) -> Path:
    """The version's files in their hidden folder, safe on the disk."""
    staged = folder / f"{STAGED}{version}"
    if made != staged:
        return _copy_folder(made, staged)
    for path in staged.iterdir():
        _sync(path)
    _sync(staged)
    return staged


def _stage_latest(folder: Path, change: ShelfChange, version: Path | None) -> Path | None:
    if change.latest_is_current or change.latest is None:
        return None
    source = version if version is not None and change.new and change.latest == change.new.version else None
    return _copy_folder(source or folder / change.latest, folder / f"{STAGED}{LATEST}")


def _copy_folder(source: Path, staged: Path) -> Path:
    """A copy that is safe on the disk; the checksums last, so that no file is younger than they are."""
    _remove(staged)
    staged.mkdir()
    for path in sorted(source.iterdir(), key=lambda path: path.name == CHECKSUMS):
        if path.is_file():
            shutil.copyfile(path, staged / path.name)
            _sync(staged / path.name)
    _sync(staged)
    return staged


def _stage_file(path: Path, content: bytes) -> Path | None:
    """A hidden folder with a file of that name and content; None where the file is so already."""
    if path.is_file() and path.read_bytes() == content:
        return None
    staged = path.with_name(f"{STAGED}{path.name}")
    _remove(staged)
    staged.mkdir()
    with (staged / path.name).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return staged


def _put_in_place(staged: Path, path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        _remove(path)
    (staged / path.name).replace(path)
    staged.rmdir()


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
    """Swap two folders in one step where the system can (Linux), so that no reader ever finds one missing."""
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
