"""Is what lies in a dataset's folder what was published? Releases in; entries, damage, and the plan of an update out.

Files are read again where it is worth it: at each run those of the newest version that were touched since it was
published or have another size; all of a version's tables before the next one is based on them (`tables.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from publish.records import MissingFileError, ReleaseEntry, find_newest, make_entry, parse_version, write_index
from publish.releases import DatasetReleases, Release, read_notice
from publish.storage.backend import (
    CHECKSUMS,
    LATEST,
    VERSION,
    FileStat,
    ShelfChange,
    ShelfError,
    StagedRelease,
    Storage,
)

# The files of a dataset by their path in its folder, with size and time.
Tree = Mapping[str, FileStat]
# The folders of a dataset that hold what is published; the others hold its pages.
RELEASE_FOLDERS = re.compile(rf"{VERSION.pattern}|{LATEST}")


@dataclass(frozen=True, slots=True)
class ShelfState:
    """All that a change of a dataset is planned from. A value: no plan reads anything.

    `entries` are its versions in any order; `copied_version` is the one that `latest/` is a whole copy of, None where
    it is a copy of none of them, and `has_latest` says whether there is such a folder. `damage` has, by version, the
    first file that is not as it was published.
    """

    dataset_id: str
    title: str
    entries: tuple[ReleaseEntry, ...]
    copied_version: str | None
    has_latest: bool
    damage: Mapping[str, str] = field(default_factory=dict)


def plan_update(state: ShelfState) -> ShelfChange:
    """The change after which the index and `latest/` follow the published versions."""
    return _plan(state, state.title, state.entries)


def plan_publication(state: ShelfState, entry: ReleaseEntry, title: str, staged: StagedRelease) -> ShelfChange:
    """The change that publishes a version; `title` is the dataset's in it."""
    entries = (*state.entries, entry)
    newest = find_newest(entries)
    is_newest = newest is not None and newest.version == entry.version
    return _plan(state, title if is_newest else state.title, entries, new=staged)


def plan_withdrawal(state: ShelfState, entry: ReleaseEntry, staged: StagedRelease, repair_hint: str) -> ShelfChange:
    """The change that withdraws a version; `entry` is that of its notice.

    Raises ShelfError where a damaged version would become the newest by it. One that is the newest already keeps the
    copy in `latest/` that was made when it was whole.
    """
    entries = (*(other for other in state.entries if other.version != entry.version), entry)
    newest = find_newest(entries)
    damaged = state.damage.get(newest.version) if newest else None
    if newest is None or damaged is None:
        return _plan(state, state.title, entries, withdrawn=staged)
    if parse_version(newest.version) < parse_version(entry.version):
        raise ShelfError(
            f"is not as it was published, and {newest.version} would be the newest",
            damaged,
            f"{repair_hint}, or withdraw {newest.version} first",
        )
    index = write_index(state.dataset_id, state.title, entries)
    return ShelfChange(index, newest.version, latest_is_current=True, withdrawn=staged)


def _plan(
    state: ShelfState,
    title: str,
    entries: Sequence[ReleaseEntry],
    *,
    new: StagedRelease | None = None,
    withdrawn: StagedRelease | None = None,
) -> ShelfChange:
    newest = find_newest(entries)
    latest = newest.version if newest else None
    is_current = not state.has_latest if latest is None else latest == state.copied_version
    index = write_index(state.dataset_id, title, entries)
    return ShelfChange(index, latest, latest_is_current=is_current, new=new, withdrawn=withdrawn)


def list_release_files(storage: Storage, dataset_id: str) -> Tree:
    """The files of a dataset's versions and of `latest/`, and those beside them, without its pages."""
    return storage.list_files(dataset_id, RELEASE_FOLDERS)


def read_entry(release: Release, tree: Tree) -> ReleaseEntry:
    """A version's entry as its folder has it now; `tree` has the files of the dataset. Raises ShelfError."""
    prefix = f"{release.version}/"
    sizes = {name.removeprefix(prefix): stat.size for name, stat in tree.items() if name.startswith(prefix)}
    try:
        return make_entry(release.descriptor, release.read_file(CHECKSUMS), sizes)
    except MissingFileError as error:
        raise make_damage_error(release.storage, f"{release.folder}/{error}") from error
    except UnicodeDecodeError as error:
        raise make_damage_error(release.storage, f"{release.folder}/{CHECKSUMS}") from error


def read_trusted_entry(releases: DatasetReleases, version: str, tree: Tree) -> ReleaseEntry:
    """A version's entry as its folder has it; as listed where the folder is not what was published.

    Raises ShelfError where the version is damaged and not listed.
    """
    listed = releases.entries.get(version)
    try:
        present = read_entry(releases.read(version), tree)
    except ShelfError:
        if listed is None:
            raise
        return listed
    return present if listed is None or is_as_listed(releases, listed, present) else listed


def is_as_listed(releases: DatasetReleases, listed: ReleaseEntry, present: ReleaseEntry) -> bool:
    """Whether a version has the files that it is listed with, or was withdrawn by a run that could not write the index.

    Raises ShelfError.
    """
    if listed.has_same_files(present):
        return True
    if listed.withdrawn or not present.withdrawn:
        return False
    kept = read_notice(releases.storage, f"{releases.dataset_id}/{present.version}").sha256
    return all(kept.get(name) == digest for name, digest in listed.checksums.items() if name != CHECKSUMS)


def read_state(releases: DatasetReleases, entries: Sequence[ReleaseEntry], tree: Tree) -> ShelfState:
    """What a change is planned from, with `entries` for its versions; no damage is looked for. Raises ShelfError."""
    return ShelfState(
        releases.dataset_id,
        releases.read_title(),
        tuple(entries),
        _find_copied_version(releases, entries, tree),
        LATEST in releases.storage.list_folders(releases.dataset_id),
    )


def list_altered_files(
    storage: Storage, dataset_id: str, folder: str, checksums: Mapping[str, str], tree: Tree
) -> Iterator[str]:
    """The files of a folder that are missing or have another checksum; all are read. Raises ShelfError."""
    for name, digest in checksums.items():
        if f"{folder}/{name}" not in tree or storage.hash_file(f"{dataset_id}/{folder}/{name}") != digest:
            yield name


def find_damage(releases: DatasetReleases, folder: str, entry: ReleaseEntry, tree: Tree) -> str | None:
    """The first file that is missing, has another size, or was touched after the checksums and has other bytes.

    The checksums are written as the last file of a version, so an intact file is not read again at each run.
    """
    sealed = tree.get(f"{folder}/{CHECKSUMS}")
    for file in entry.files:
        stat = tree.get(f"{folder}/{file.name}")
        path = f"{releases.dataset_id}/{folder}/{file.name}"
        if stat is None or sealed is None or stat.size != file.bytes:
            return path
        must_read = file.name == CHECKSUMS or _is_touched_since(stat, sealed)
        if must_read and releases.storage.hash_file(path) != file.sha256:
            return path
    return None


def make_damage_error(storage: Storage, name: str) -> ShelfError:
    """The error that a file is not as it was published."""
    return ShelfError("is not as it was published", storage.describe(name), storage.repair_hint)


def _is_touched_since(stat: FileStat, sealed: FileStat) -> bool:
    return stat.touched is not None and sealed.touched is not None and stat.touched >= sealed.touched


def _find_copied_version(releases: DatasetReleases, entries: Sequence[ReleaseEntry], tree: Tree) -> str | None:
    """The version that `latest/` is a complete copy of; None where there is no such version."""
    name = f"{LATEST}/{CHECKSUMS}"
    if name not in tree:
        return None
    digest = hashlib.sha256(releases.storage.read(f"{releases.dataset_id}/{name}")).hexdigest()
    entry = next((entry for entry in entries if entry.checksums.get(CHECKSUMS) == digest), None)
    present = {path.removeprefix(f"{LATEST}/") for path in tree if path.startswith(f"{LATEST}/")}
    if entry is None or present != {*entry.checksums}:
        return None
    return entry.version if find_damage(releases, LATEST, entry, tree) is None else None
