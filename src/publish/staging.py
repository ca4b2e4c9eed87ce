"""A version that is made on this machine: a folder in, a published version out.

The folder holds every file of the version, SHA256SUMS too. Whoever reads the shelf meets the version whole or not at
all; where anything fails, the shelf is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publish.consistency import ShelfState, plan_publication
from publish.records import Descriptor, ReleaseEntry, find_newest, make_entry, parse_record, write_index
from publish.releases import DatasetReleases
from publish.storage.backend import CHECKSUMS, DESCRIPTOR, RELEASE_INDEX, ShelfError, StagedRelease


@contextmanager
def stage_release(releases: DatasetReleases, version: str) -> Iterator[Path]:
    """A folder to write a version in, which is published when the block ends well; nothing is left of it otherwise.

    Call it with the dataset locked. Later reading needs a new snapshot. Raises ShelfError.
    """
    storage, dataset_id = releases.storage, releases.dataset_id
    if version in releases.versions:
        what = "is published already and never changes"
        raise ShelfError(what, releases.describe(version), "remove nothing, publish a new version")
    with storage.open_staging(dataset_id, version) as folder:
        yield folder
        descriptor, entry = read_staged_entry(folder)
        if not storage.has_atomic_folders and not releases.versions:
            # From here on a missing index means that it was lost, and never that nothing was published yet.
            storage.replace(f"{dataset_id}/{RELEASE_INDEX}", write_index(dataset_id, descriptor.title, ()))
        # Locking the dataset made the index and `latest/` follow what is published.
        listed = tuple(releases.entries.values())
        newest, title = find_newest(listed), releases.index.title if releases.index else ""
        state = ShelfState(dataset_id, title, listed, newest.version if newest else None, newest is not None)
        change = plan_publication(state, entry, descriptor.title, StagedRelease(version, folder))
        storage.apply(dataset_id, change)


def read_staged_entry(folder: Path) -> tuple[Descriptor, ReleaseEntry]:
    """Descriptor and entry of the version that a folder of this machine holds. Raises OSError and ValueError."""
    descriptor = parse_record(Descriptor, (folder / DESCRIPTOR).read_bytes())
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return descriptor, make_entry(descriptor, (folder / CHECKSUMS).read_bytes(), sizes)
