"""Makes the files of a release and publishes them on the shelf: a draft in, a published version out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from config.models import Dataset
from publish.change_notes import write_changes_document
from publish.citation import to_bibtex, to_cff
from publish.consistency import ShelfState, plan_publication, read_staged_entry
from publish.croissant import describe_as_croissant
from publish.csvw import describe_as_csvw
from publish.datapackage import describe_as_datapackage
from publish.metadata import ReleaseMetadata, collect_metadata
from publish.records import find_newest, to_json, write_index
from publish.releases import DatasetReleases, read_releases
from publish.source_status import SourceStatus, list_stale, to_rows
from publish.storage.backend import CHECKSUMS, RELEASE_INDEX, ShelfError, StagedRelease, format_checksums
from publish.table_files import FileDigest, measure_file, write_tables
from publish.toolchain import list_versions
from transform.models import Draft

# Settings of a dataset that nobody needs who makes its tables again.
UNPUBLISHED_SETTINGS = {"contact", "delay", "allow_hosts", "notify"}
# The files that describe a release, by name, and what makes each.
METADATA_FILES: dict[str, Callable[[ReleaseMetadata], dict[str, Any] | str]] = {
    "datapackage.json": describe_as_datapackage,
    "csv-metadata.json": describe_as_csvw,
    "croissant.json": describe_as_croissant,
    "CITATION.cff": to_cff,
    "CITATION.bib": to_bibtex,
}


def write_release(
    folder: Path,
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    *,
    problems: Mapping[str, list[dict[str, Any]]],
    statuses: Sequence[SourceStatus] = (),
) -> dict[str, FileDigest]:
    """Write every file of a release into an empty folder, SHA256SUMS last; gives size and SHA-256 of all others.

    The same draft, time and libraries give the same bytes. `created` is UTC; `problems` are those of the reading, by
    document; `statuses` are those of the sources. Raises OSError.
    """
    origin = {"dataset": dataset.id, "version": str(draft.version), "content_hash": f"sha256:{draft.content_hash}"}
    digests: dict[str, FileDigest] = {**write_tables(draft.tables, folder, origin)}
    metadata = collect_metadata(dataset, draft, created, dict(digests), list_versions())
    documents: dict[str, Any] = {name: describe(metadata) for name, describe in METADATA_FILES.items()}
    documents["checks.json"] = _collect_checks(dataset, draft, problems, statuses)
    documents["provenance.json"] = {
        "dataset": dataset.id,
        "version": draft.version,
        "order": dataset.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=UNPUBLISHED_SETTINGS),
        "readings": dict(sorted(draft.reading_ids.items())),
    }
    documents["CHANGES.md"] = write_changes_document(dataset, draft, list_stale(statuses))
    for name, content in documents.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else to_json(content))
        digests[name] = measure_file(folder / name)
    (folder / CHECKSUMS).write_bytes(format_checksums({name: sha256 for name, (_, sha256) in digests.items()}))
    return digests


@contextmanager
def stage_release(releases: DatasetReleases, version: str) -> Iterator[Path]:
    """A folder to write a version in, which is published when the block ends well; nothing is left of it otherwise.

    It has to hold every file of the version then, SHA256SUMS too. Call it with the dataset locked. Later reading needs
    a new snapshot. Raises ShelfError.
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


def publish_release(
    releases: DatasetReleases,
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    *,
    problems: Mapping[str, list[dict[str, Any]]],
    statuses: Sequence[SourceStatus] = (),
) -> DatasetReleases:
    """Publish a draft; call it with the dataset locked. Returns the releases with it. Raises ShelfError."""
    with stage_release(releases, str(draft.version)) as folder:
        write_release(folder, dataset, draft, created, problems=problems, statuses=statuses)
    return read_releases(releases.storage, dataset.id)


def _collect_checks(
    dataset: Dataset, draft: Draft, problems: Mapping[str, list[dict[str, Any]]], statuses: Sequence[SourceStatus]
) -> dict[str, Any]:
    """The content of `checks.json`: what was checked before publishing, and what is uncertain."""
    return {
        "dataset": dataset.id,
        "version": draft.version,
        "checks": [asdict(check) for check in draft.checks],
        "claims": [
            {key: row[key] for key in ("claim_id", "quote", "counted", "stated", "found", "holds")}
            for row in draft.tables["claims"].to_pylist()
        ],
        "uncertain_matches": [asdict(match) for match in draft.uncertain],
        "problems": problems,
        "notes": list(draft.notes),
        "sources": to_rows(statuses),
    }
