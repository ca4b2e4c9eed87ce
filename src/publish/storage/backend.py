"""What a shelf needs of its storage, and the values in which both speak.

There are two kinds. A disk (`disk.py`) makes a whole folder appear, or swaps it, in one step; so there the folders of
versions say what is published. An object store (`object_store.py`) writes one object at a time; so there a version is
published when the release index names it, and not before. What is to be there is planned as a `ShelfChange`
(`publish.consistency`); the storage applies it in the order in which no reader meets half of it.

Names are paths below the shelf's root with forward slashes, such as `towns/1.0.0/tasks.csv`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from config.errors import PolicyTasksError

CHECKSUMS = "SHA256SUMS"
DESCRIPTOR = "datapackage.json"
RELEASE_INDEX = "releases.json"
LATEST = "latest"
NOTICE = "withdrawn.json"
VERSION = re.compile(r"\d+\.\d+\.\d+")


class ShelfError(PolicyTasksError):
    """A shelf that cannot be written or read, or that is not as it was published."""


class BusyError(ShelfError):
    """A folder of the shelf that another run holds just now; that ends by itself."""


class MissingError(ShelfError):
    """A file that is not on the shelf."""


class FileStat(NamedTuple):
    """What is known of a file without reading it: its size in bytes, and when it was last touched.

    `touched` is in nanoseconds, and None if the storage cannot tell.
    """

    size: int
    touched: int | None = None


@dataclass(frozen=True, slots=True)
class StagedRelease:
    """The files of a version, whole and with their checksums, in the folder that `open_staging` gave."""

    version: str
    folder: Path


@dataclass(frozen=True, slots=True)
class ShelfChange:
    """What a dataset's folder shall hold once the change is applied.

    `index` is the content of `releases.json`; `latest` the version that `latest/` is a copy of, None for no such
    folder; `latest_is_current` says that it is so already. `new` is a version that is published, `withdrawn` one whose
    files are replaced by notices.
    """

    index: bytes
    latest: str | None
    latest_is_current: bool
    new: StagedRelease | None = None
    withdrawn: StagedRelease | None = None


class Storage(Protocol):
    """Where a shelf lies. Whatever goes wrong is a ShelfError."""

    @property
    def has_atomic_folders(self) -> bool:
        """Whether a folder appears whole or not at all: then a version is published when its folder is there."""

    @property
    def repair_hint(self) -> str:
        """What to do about a damaged file: the fix of an error."""

    def describe(self, name: str = "") -> str:
        """A name as messages state it."""

    def address_of(self, name: str = "") -> str:
        """A name as programs open it: a path or a URL."""

    def read(self, name: str) -> bytes:
        """The bytes of a small file. Raises MissingError if there is none."""

    def has(self, name: str) -> bool:
        """Whether there is such a file."""

    def hash_file(self, name: str) -> str:
        """The SHA-256 of a file of any size."""

    def open_local(self, name: str) -> AbstractContextManager[Path]:
        """A file as one of this machine, for as long as the block lasts."""

    def list_files(self, folder: str, only: re.Pattern[str] | None = None) -> dict[str, FileStat]:
        """Every file below a folder, by its path from there; none if there is no such folder.

        `only`: omit the folders in it whose name does not match.
        """

    def list_folders(self, folder: str) -> list[str]:
        """The names of the folders in a folder; those that begin with a full stop are omitted."""

    def replace(self, name: str, content: bytes) -> None:
        """Write a file in one step; untouched if it has this content already."""

    def put_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write many files that can be made again, each whole or not at all; they are safe when this returns."""

    def remove(self, name: str) -> None:
        """Remove a file that can be made again, if there is one."""

    def lock(self, folder: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Hold a folder (the root if empty) against other runs; waits `wait` seconds if another one has it."""

    def remove_unfinished(self, dataset_id: str, published: Collection[str]) -> None:
        """Remove what a killed run left unfinished; `published` are the versions that stay."""

    def open_staging(self, dataset_id: str, version: str) -> AbstractContextManager[Path]:
        """An empty folder of this machine to make a version in; it is gone after the block.

        An OSError in the block becomes the ShelfError that the folder cannot be written.
        """

    def apply(self, dataset_id: str, change: ShelfChange) -> None:
        """Make a change; if that fails before readers can see it, everything is as it was."""


def compute_digest(path: Path) -> str:
    """The SHA-256 of a file of this machine, read in blocks. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def format_checksums(checksums: Mapping[str, str]) -> bytes:
    """`SHA256SUMS` as `sha256sum -c` reads it, from the checksums by file name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(checksums.items())).encode()


def parse_checksums(document: bytes) -> dict[str, str]:
    """The checksums by file name that a `SHA256SUMS` states. Raises UnicodeDecodeError."""
    lines = (line.partition("  ") for line in document.decode().splitlines())
    return {name: digest for digest, _, name in lines}
