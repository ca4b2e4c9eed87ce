"""Is what lies in a dataset's folder what was published? Releases in; entries, damage, and the plan of an update out.

Files are read again only if it is worth it: at each run those of the newest version that were touched since it was
published or have another size; all of a version's tables before the next one is based on them (`tables.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from publish.records import Descriptor, ReleaseEntry, find_newest, make_entry, parse_record, parse_version, write_index
from publish.releases import DatasetReleases, Release
from publish.storage.backend import (
    CHECKSUMS,
    DESCRIPTOR,
    LATEST,
    VERSION,
    FileStat,
    ShelfChange,
    ShelfError,
    StagedRelease,
    Storage,
)

# The files of a dataset's versions and of `latest/`, with size and time, by folder and by their path from there.
Tree = Mapping[str, Mapping[str, FileStat]]
# The folders of a dataset that hold what is published; the others hold its pages.
RELEASE_FOLDERS = re.compile(rf"{VERSION.pattern}|{LATEST}")


@dataclass(frozen=True, slots=True)
class ShelfState:
    """What a change of a dataset is planned from. It is complete: planning reads nothing else.

    `entries` are its versions in any order; `copied_version` is the version that `latest/` is a complete copy of, or
    None. `has_latest` is whether there is a folder `latest/`.
    """

    dataset_id: str
    title: str
    entries: tuple[ReleaseEntry, ...]
    copied_version: str | None
    has_latest: bool


def plan_update(
    state: ShelfState, *, new: StagedRelease | None = None, withdrawn: StagedRelease | None = None
) -> ShelfChange:
    """The change that brings the index and `latest/` up to date; at most one version is new or withdrawn by it."""
    newest = find_newest(state.entries)
    latest = newest.version if newest else None
    is_current = not state.has_latest if latest is None else latest == state.copied_version
    index = write_index(state.dataset_id, state.title, state.entries)
    return ShelfChange(index, latest, latest_is_current=is_current, new=new, withdrawn=withdrawn)


def plan_publication(state: ShelfState, entry: ReleaseEntry, title: str, staged: StagedRelease) -> ShelfChange:
    """The change that publishes a version; `title` is the title of the dataset in this version."""
    entries = (*state.entries, entry)
    title = title if find_newest(entries) is entry else state.title
    return plan_update(replace(state, title=title, entries=entries), new=staged)


def plan_withdrawal(
    state: ShelfState, entry: ReleaseEntry, staged: StagedRelease, *, damage: str | None, repair_hint: str
) -> ShelfChange:
    """The change that withdraws a version; `entry` is that of its notice.

    `damage` is a file of the newest of the other versions that is not as it was published. Raises ShelfError if that
    one would become the newest by the change. If it is the newest already, it keeps the copy in `latest/` that was made
    when it was whole.
    """
    state = replace(state, entries=(*(other for other in state.entries if other.version != entry.version), entry))
    newest = find_newest(state.entries)
    if newest and damage:
        if parse_version(newest.version) < parse_version(entry.version):
            raise ShelfError(
                f"is not as it was published, and {newest.version} would be the newest",
                damage,
                f"{repair_hint}, or withdraw {newest.version} first",
            )
        state = replace(state, copied_version=newest.version)
    return plan_update(state, withdrawn=staged)


def list_release_files(storage: Storage, dataset_id: str) -> Tree:
    """The files of a dataset's versions and of `latest/`, without its pages and what else is beside them."""
    tree: dict[str, dict[str, FileStat]] = {}
    for path, stat in storage.list_files(dataset_id, RELEASE_FOLDERS).items():
        folder, slash, name = path.partition("/")
        if slash:
            tree.setdefault(folder, {})[name] = stat
    return tree


def read_entry(release: Release, tree: Tree) -> ReleaseEntry:
    """A version's entry as its folder has it now; `tree` has the files of the dataset. Raises ShelfError."""
    sizes = {name: stat.size for name, stat in tree.get(release.version, {}).items()}
    try:
        return make_entry(release.descriptor, release.read_file(CHECKSUMS), sizes)
    except KeyError as error:
        raise make_damage_error(release.storage, f"{release.folder}/{error.args[0]}") from error
    except UnicodeDecodeError as error:
        raise make_damage_error(release.storage, f"{release.folder}/{CHECKSUMS}") from error


def read_staged_entry(folder: Path) -> tuple[Descriptor, ReleaseEntry]:
    """Descriptor and entry of the version that a folder of this machine holds. Raises OSError and ValueError."""
    descriptor = parse_record(Descriptor, (folder / DESCRIPTOR).read_bytes())
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return descriptor, make_entry(descriptor, (folder / CHECKSUMS).read_bytes(), sizes)


def read_trusted_entry(releases: DatasetReleases, version: str, tree: Tree) -> ReleaseEntry:
    """A version's entry as its folder has it; as listed if the folder is not what was published.

    Raises ShelfError if the version is damaged and not listed.
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
    kept = releases.read(present.version).read_notice().sha256
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
    storage: Storage, folder: str, checksums: Mapping[str, str], files: Collection[str]
) -> Iterator[str]:
    """The files of a folder that are missing or have another checksum; all are read. Raises ShelfError.

    `folder` is its path from the shelf's root, `files` are the names of those that are there.
    """
    for name, digest in checksums.items():
        if name not in files or storage.hash_file(f"{folder}/{name}") != digest:
            yield name


def find_damage(releases: DatasetReleases, folder: str, entry: ReleaseEntry, tree: Tree) -> str | None:
    """The first file that is missing, has another size, or was touched after the checksums and has other bytes.

    The checksums are written as the last file of a version, so an intact file is not read again at each run.
    """
    stats = tree.get(folder, {})
    sealed = stats.get(CHECKSUMS)
    for file in entry.files:
        stat = stats.get(file.name)
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
    """The version that `latest/` is a complete copy of; None if there is no such version."""
    files = tree.get(LATEST, {})
    if CHECKSUMS not in files:
        return None
    digest = hashlib.sha256(releases.storage.read(f"{releases.dataset_id}/{LATEST}/{CHECKSUMS}")).hexdigest()
    entry = next((entry for entry in entries if entry.checksums.get(CHECKSUMS) == digest), None)
    if entry is None or files.keys() != entry.checksums.keys():
        return None
    return entry.version if find_damage(releases, LATEST, entry, tree) is None else None
