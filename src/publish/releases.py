"""The releases of a dataset, as read at one moment: a storage and a dataset's id in, a snapshot out.

    <shelf>/<dataset>/
      releases.json        every version, newest first, with counts, and size and checksum of every file
      latest/              a copy of the newest version that is not withdrawn
      1.0.0/               an immutable version
        datapackage.json  csv-metadata.json  croissant.json  CITATION.cff  CITATION.bib
        SHA256SUMS  checks.json  provenance.json  CHANGES.md
        <table>.csv  <table>.parquet
      1.0.1/               a version that was withdrawn: the same names with a notice in each
        withdrawn.json  …

Which versions are published, their folders say if a folder appears whole or not at all (a disk), else the release
index. `read_releases` reads that list once. The descriptor of a version is read once too, when it is first asked for: a
dataset may have hundreds of versions, most runs need one of them, and a damaged one must not be in anybody's way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publish.records import (
    Descriptor,
    Notice,
    Provenance,
    R,
    ReleaseChecks,
    ReleaseEntry,
    ReleaseIndex,
    make_descriptor,
    parse_record,
    parse_version,
)
from publish.storage.backend import (
    CHECKSUMS,
    DESCRIPTOR,
    NOTICE,
    RELEASE_INDEX,
    VERSION,
    MissingError,
    ShelfError,
    Storage,
    parse_checksums,
)

CHECKS, PROVENANCE = "checks.json", "provenance.json"


@dataclass(frozen=True, slots=True)
class Release:
    """A published version: where it is, and its descriptor."""

    storage: Storage
    dataset_id: str
    version: str
    descriptor: Descriptor

    @property
    def folder(self) -> str:
        """The version's folder on the shelf."""
        return f"{self.dataset_id}/{self.version}"

    @property
    def is_withdrawn(self) -> bool:
        """Whether notices stand in place of its files."""
        return self.descriptor.withdrawn is not None

    def describe(self, name: str) -> str:
        """A file, as messages state it."""
        return self.storage.describe(f"{self.folder}/{name}")

    def read_file(self, name: str) -> bytes:
        """The bytes of a file. Raises ShelfError."""
        return self.storage.read(f"{self.folder}/{name}")

    def read_checksums(self) -> dict[str, str]:
        """The SHA-256 of every file by its name, as SHA256SUMS states them. Raises ShelfError."""
        return read_checksums(self.storage, self.folder)

    def read_notice(self) -> Notice:
        """The notice of a withdrawn version. Raises ShelfError."""
        return read_record(self.storage, f"{self.folder}/{NOTICE}", Notice)

    def read_checks(self) -> ReleaseChecks:
        """What was checked before it was published. Raises ShelfError."""
        return read_record(self.storage, f"{self.folder}/{CHECKS}", ReleaseChecks)

    def read_provenance(self) -> Provenance | None:
        """What it was made from and with; None for a version that is older than this record. Raises ShelfError."""
        if PROVENANCE not in self.read_checksums():
            return None
        return read_record(self.storage, f"{self.folder}/{PROVENANCE}", Provenance)


@dataclass(frozen=True, slots=True)
class DatasetReleases:
    """All releases of a dataset: `versions` are those published, withdrawn ones too, oldest first.

    `index` is None if there is no release index, and on a disk if it cannot be understood: it is written anew
    there. Every method raises ShelfError if what it reads is damaged.
    """

    storage: Storage
    dataset_id: str
    index: ReleaseIndex | None
    versions: tuple[str, ...]
    _releases: dict[str, Release] = field(default_factory=dict, repr=False, compare=False)

    @property
    def entries(self) -> Mapping[str, ReleaseEntry]:
        """The entries of the index by version."""
        return self.index.entries if self.index else {}

    @property
    def expected_versions(self) -> list[str]:
        """Every version that is published, or that is listed and ought to be there, oldest first."""
        return sorted({*self.versions, *self.entries}, key=parse_version)

    @property
    def highest(self) -> str | None:
        """The highest number ever given, also to a version that was withdrawn; the next one counts from it."""
        return self.versions[-1] if self.versions else None

    def describe(self, version: str = "") -> str:
        """The dataset's folder or a version's, as messages state it."""
        return self.storage.describe(f"{self.dataset_id}/{version}" if version else self.dataset_id)

    def read(self, version: str) -> Release:
        """A version, withdrawn or not. Raises ShelfError if there is none."""
        if version not in self.versions:
            raise ShelfError(f"not a version of {self.dataset_id}", self.describe(version), self._name_versions())
        if version not in self._releases:
            self._releases[version] = self._read_release(version)
        return self._releases[version]

    def read_available(self, version: str) -> Release:
        """A version that is not withdrawn. Raises ShelfError if there is none."""
        release = self.read(version)
        if withdrawal := release.descriptor.withdrawn:
            what = f"was withdrawn {withdrawal.at} ({withdrawal.reason})"
            raise ShelfError(what, self.describe(version), self._name_versions())
        return release

    def read_all(self) -> list[Release]:
        """Every version, oldest first."""
        return [self.read(version) for version in self.versions]

    def list_available(self) -> list[Release]:
        """Every version that is not withdrawn, oldest first."""
        return [release for release in self.read_all() if not release.is_withdrawn]

    def find_newest(self) -> Release | None:
        """The newest version that is not withdrawn."""
        releases = (self.read(version) for version in reversed(self.versions))
        return next((release for release in releases if not release.is_withdrawn), None)

    def read_notices(self) -> list[Notice]:
        """The notices of all withdrawn versions, oldest first."""
        return [release.read_notice() for release in self.read_all() if release.is_withdrawn]

    def read_title(self) -> str:
        """The dataset's title in its newest version; if that one is damaged, in the index."""
        try:
            release = self.find_newest() or (self.read(self.versions[-1]) if self.versions else None)
        except ShelfError:
            if self.index is None:
                raise
            return self.index.title
        return release.descriptor.title if release else self.dataset_id

    def describe_version(self, version: str) -> Descriptor:
        """A version's descriptor, or if that one is damaged, what the index says of it."""
        entry = self.entries.get(version)
        if entry is None:
            return self.read(version).descriptor
        try:
            descriptor = self.read(version).descriptor
            listed = entry.checksums.get(DESCRIPTOR)
            name = f"{self.dataset_id}/{version}/{DESCRIPTOR}"
            if listed is None or descriptor.withdrawn or self.storage.hash_file(name) == listed:
                return descriptor
        except ShelfError:
            pass  # damaged, or gone
        return make_descriptor(entry, self.dataset_id, self.read_title())

    def read_listed_checksums(self, version: str) -> Mapping[str, str]:
        """The checksums that a version was published with: as listed, and if they are not listed, its own."""
        entry = self.entries.get(version)
        listed = entry.checksums if entry else {}
        if CHECKSUMS in listed:
            return listed
        try:
            return {**read_checksums(self.storage, f"{self.dataset_id}/{version}"), **listed}
        except ShelfError:
            if not listed:
                raise
            return listed

    def _name_versions(self) -> str:
        return f"its versions are {', '.join(self.versions)}" if self.versions else "it has no version"

    def _read_release(self, version: str) -> Release:
        folder, storage = f"{self.dataset_id}/{version}", self.storage
        try:
            descriptor = read_record(storage, f"{folder}/{DESCRIPTOR}", Descriptor)
        except MissingError as error:
            if version in self.entries:
                raise
            what = f"is not a version, because it has no {DESCRIPTOR}"
            raise ShelfError(what, f"{storage.describe(folder)}/", "remove it") from error
        if (descriptor.name, descriptor.version) != (self.dataset_id, version):
            what = f"describes {descriptor.name} {descriptor.version}, not {self.dataset_id} {version}"
            fix = storage.repair_hint if version in self.entries else "remove the folder, if it is a copy"
            raise ShelfError(what, storage.describe(f"{folder}/{DESCRIPTOR}"), fix)
        return Release(storage, self.dataset_id, version, descriptor)


def read_releases(storage: Storage, dataset_id: str) -> DatasetReleases:
    """The releases of a dataset as they are now. Raises ShelfError."""
    return to_releases(storage, dataset_id, read_index(storage, dataset_id))


def to_releases(storage: Storage, dataset_id: str, index: ReleaseIndex | None) -> DatasetReleases:
    """The releases of a dataset whose index was read. Raises ShelfError."""
    if storage.has_atomic_folders:
        published = list_version_folders(storage, dataset_id)
    elif index is None and list_version_folders(storage, dataset_id):
        what = "is missing, so it is unknown which versions are published"
        raise ShelfError(what, storage.describe(f"{dataset_id}/{RELEASE_INDEX}"), storage.repair_hint)
    else:
        published = list(index.entries) if index else []
    return DatasetReleases(storage, dataset_id, index, tuple(sorted(published, key=parse_version)))


def read_index(storage: Storage, dataset_id: str) -> ReleaseIndex | None:
    """The release index; None if there is none.

    If folders tell what is published, an index that cannot be read is None too: it is written anew. Else it is a
    ShelfError.
    """
    name = f"{dataset_id}/{RELEASE_INDEX}"
    try:
        return parse_record(ReleaseIndex, storage.read(name))
    except MissingError:
        return None
    except (ShelfError, ValueError) as error:
        if storage.has_atomic_folders:
            return None
        if isinstance(error, ShelfError):
            raise
        raise ShelfError(f"is not a release index ({error})", storage.describe(name), storage.repair_hint) from error


def list_datasets(storage: Storage) -> list[str]:
    """The ids of all datasets that have a version on the shelf, or had one. Raises ShelfError."""
    return sorted(
        name
        for name in storage.list_folders("")
        if storage.has(f"{name}/{RELEASE_INDEX}") or list_version_folders(storage, name)
    )


def list_version_folders(storage: Storage, dataset_id: str) -> list[str]:
    """The folders of a dataset that are named as a version is. Raises ShelfError."""
    return [name for name in storage.list_folders(dataset_id) if VERSION.fullmatch(name)]


def read_checksums(storage: Storage, folder: str) -> dict[str, str]:
    """The checksums that a folder's SHA256SUMS states, by file name. Raises ShelfError."""
    name = f"{folder}/{CHECKSUMS}"
    try:
        return parse_checksums(storage.read(name))
    except UnicodeDecodeError as error:
        raise ShelfError(f"cannot be read ({error})", storage.describe(name), storage.repair_hint) from error


def read_record(storage: Storage, name: str, model: type[R]) -> R:
    """The record that a file holds. Raises ShelfError."""
    try:
        return parse_record(model, storage.read(name))
    except ValueError as error:
        raise ShelfError(f"cannot be understood ({error})", storage.describe(name), storage.repair_hint) from error
