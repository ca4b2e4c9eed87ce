"""Lock a dataset to write to it: what a killed run left half-done is finished or removed first.

A version is checked against the release index before anything is built on it: a version that is not as it was published
stops every run but a withdrawal, which may be of that version.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from publish.consistency import (
    Tree,
    find_damage,
    is_as_listed,
    list_release_files,
    make_damage_error,
    plan_update,
    read_entry,
    read_state,
)
from publish.records import ReleaseEntry, ReleaseIndex, find_newest, parse_record, parse_version
from publish.releases import DatasetReleases, list_version_folders, read_releases, to_releases
from publish.storage.backend import CHECKSUMS, NOTICE, ShelfError, Storage
from publish.withdrawal import replace_by_notice

# For how long one waits for another run that writes at the shelf's root, in seconds.
ROOT_WAIT_SECONDS = 60.0


@contextmanager
def lock_dataset(storage: Storage, dataset_id: str, *, to_withdraw: bool = False) -> Iterator[DatasetReleases]:
    """Lock a dataset against other runs, and yield its releases. The lock ends with the process.

    Raises BusyError if another run holds the lock, and ShelfError if a version is not as it was published; with
    `to_withdraw`, a damaged version is no error, since it may be the one to withdraw.
    """
    with storage.lock(dataset_id):
        yield _finish_interrupted(storage, dataset_id, to_withdraw=to_withdraw)


def lock_root(storage: Storage) -> AbstractContextManager[None]:
    """Hold the shelf's root for a moment, to read and replace a file there; waits up to a minute for another run.

    Raises BusyError if another run holds it for longer.
    """
    return storage.lock("", wait=ROOT_WAIT_SECONDS)


def _finish_interrupted(storage: Storage, dataset_id: str, *, to_withdraw: bool) -> DatasetReleases:
    """Finish or remove what a killed run left, and bring the index and `latest/` up to what is published."""
    releases = read_releases(storage, dataset_id)
    storage.remove_unfinished(dataset_id, releases.entries.keys())
    releases = to_releases(storage, dataset_id, releases.index)
    if to_withdraw:
        return _finish_withdrawals(releases)
    folders = list_version_folders(storage, dataset_id)
    if missing := sorted(releases.entries.keys() - set(folders), key=parse_version):
        where = f"{releases.describe(missing[0])}/"
        raise ShelfError("is listed but no longer there", where, storage.repair_hint)
    releases = _finish_withdrawals(releases)
    return _update_derived_files(releases) if releases.versions else releases


def _finish_withdrawals(releases: DatasetReleases) -> DatasetReleases:
    """Finish the withdrawals that were cut short; on a disk the swap of two folders leaves none."""
    storage = releases.storage
    if storage.has_atomic_folders:
        return releases
    tree = list_release_files(storage, releases.dataset_id)
    for version, entry in releases.entries.items():
        if not entry.withdrawn and NOTICE in tree.get(version, {}):
            release = releases.read(version)
            replace_by_notice(releases, release.descriptor, release.read_notice())
            return _finish_withdrawals(read_releases(storage, releases.dataset_id))
    return releases


def _update_derived_files(releases: DatasetReleases) -> DatasetReleases:
    """Update `latest/` and the index to what is published, unless they are; returns the releases after it."""
    storage, dataset_id = releases.storage, releases.dataset_id
    tree = list_release_files(storage, dataset_id)
    entries = _read_checked_entries(releases, tree)
    change = plan_update(read_state(releases, entries, tree))
    storage.apply(dataset_id, change)
    return to_releases(storage, dataset_id, parse_record(ReleaseIndex, change.index))


def _read_checked_entries(releases: DatasetReleases, tree: Tree) -> list[ReleaseEntry]:
    """The entry of each version, read from its folder if the storage has atomic folders.

    Raises ShelfError if a version has other files than those listed, or the newest has a damaged file.
    """
    if releases.storage.has_atomic_folders:
        entries = [read_entry(release, tree) for release in releases.read_all()]
    else:
        entries = list(releases.entries.values())
    for entry in entries:
        listed = releases.entries.get(entry.version)
        if listed is not None and not is_as_listed(releases, listed, entry):
            raise make_damage_error(releases.storage, f"{releases.dataset_id}/{entry.version}/{CHECKSUMS}")
    newest = find_newest(entries)
    if newest and (damaged := find_damage(releases, newest.version, newest, tree)):
        raise make_damage_error(releases.storage, damaged)
    return entries
