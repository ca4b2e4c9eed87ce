"""Drafts the next version of a dataset.

Comes in: the announced documents and the releases so far. Goes out: a draft, and the documents with those that stay as
they were. Import this module only if something may be new: it loads all that tables are made with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from collect.archive import read_captures, read_removals
from config.models import Dataset
from pipeline.errors import ReleaseRefusedError
from pipeline.select import Extracted
from publish.datapackage import list_dataset_properties, read_dataset_properties
from publish.records import Notice
from publish.releases import DatasetReleases, Release
from publish.source_status import SourceStatus
from publish.tables import read_tables
from transform.arrow_tables import to_rows
from transform.draft import draft_release
from transform.models import AnnouncedDocument, Draft, PreviousRelease, WithdrawnId


def make_draft(raw: Path, dataset: Dataset, extracted: Extracted, releases: DatasetReleases) -> Draft:
    """The draft of a dataset's next version. Raises ReleaseRefusedError if something was lost."""
    newest = releases.find_newest()
    previous = to_previous(newest, releases.highest or "", releases.read_notices())
    if newest:
        _refuse_if_lost(dataset, extracted, previous)
        _refuse_if_older(raw, dataset, extracted, previous)
        provenance = newest.read_provenance()
        previous = replace(previous, reading_ids=provenance.readings if provenance else {})
    return draft_release(dataset, extracted.announced, previous, list_dataset_properties(dataset))


def to_previous(release: Release | None, highest: str, notices: Iterable[Notice]) -> PreviousRelease:
    """What a draft is compared with: `release`, None if all are withdrawn, without the ids of its readings.

    `highest` is the highest number ever given, `notices` are those of the withdrawn versions. Raises ShelfError.
    """
    withdrawn = tuple(
        WithdrawnId(minted.table_name, minted.row_id, minted.fingerprint, notice.version, notice.reason)
        for notice in notices
        for minted in notice.ids
    )
    if release is None:
        return PreviousRelease(highest=highest, withdrawn=withdrawn)
    return PreviousRelease(
        version=release.version,
        tables=read_tables(release),
        metadata=read_dataset_properties(release.descriptor.record),
        schema_version=release.descriptor.schema_version,
        upcoming=tuple(release.descriptor.schema_changes_ahead),
        highest=highest,
        withdrawn=withdrawn,
    )


def keep_published(extracted: Extracted, releases: DatasetReleases, kept_ids: Collection[str]) -> Extracted:
    """The documents of a dataset, of which some stay as they are in the newest release."""
    newest = releases.find_newest()
    if newest is None:
        return extracted
    tables = read_tables(newest, {"documents": ["source_id", "capture_id", "url"], "captures": None})
    captures = {row["capture_id"]: row for row in to_rows(tables["captures"])}
    published = {row["source_id"]: (row["url"], captures[row["capture_id"]]) for row in to_rows(tables["documents"])}
    if not set(kept_ids) <= published.keys():  # a source has another id than in the newest release
        return extracted

    def keep(document: AnnouncedDocument) -> AnnouncedDocument:
        if document.source_id not in kept_ids:
            return document
        url, capture = published[document.source_id]
        names = ("capture_id", "fetched_at", "media_type", "encoding", "byte_count")
        of_capture = {name: capture[name] for name in names}
        return replace(document, url=url, capture_url=capture["url"], reading_id="", is_kept=True, **of_capture)

    def describe(status: SourceStatus) -> SourceStatus:
        if status.source_id not in kept_ids:
            return status
        _, capture = published[status.source_id]
        return replace(status, capture_id=capture["capture_id"], captured_at=capture["fetched_at"], stale=True)

    return replace(
        extracted,
        announced=tuple(map(keep, extracted.announced)),
        source_statuses=tuple(map(describe, extracted.source_statuses)),
    )


def gather_problems(draft: Draft, releases: DatasetReleases) -> dict[str, list[dict[str, Any]]]:
    """The problems of readings by document id; documents that were not read again keep those of the last version."""
    last = releases.find_newest()
    before = last.read_checks().problems if last else {}
    problems = {
        document_id: [problem.record for problem in before.get(document_id, ())] for document_id in draft.reading_ids
    }
    for document_id, read in draft.read_problems.items():
        problems[document_id] = [asdict(problem) for problem in read]
    return dict(sorted(problems.items()))


def _refuse_if_lost(dataset: Dataset, extracted: Extracted, previous: PreviousRelease) -> None:
    """Raise ReleaseRefusedError if a source is in the newest version and nothing of it can be read any more."""
    published = set(previous.tables["documents"]["source_id"].to_pylist())
    lost_ids = published - {document.source_id for document in extracted.announced}
    lost = next((status for status in extracted.source_statuses if status.source_id in lost_ids), None)
    if lost is not None:
        why = next((line for line in extracted.failures if line.startswith(f"{lost.source_id}:")), lost.why)
        raise ReleaseRefusedError(
            f"not published, {lost.source_id} is in {previous.version} and cannot be read now ({why})",
            where=dataset.id,
            fix=f"restore its captures, or take it out of datasets/{dataset.id}.yaml",
            check="sources-stay",
        )


def _refuse_if_older(raw: Path, dataset: Dataset, extracted: Extracted, previous: PreviousRelease) -> None:
    """Raise ReleaseRefusedError if the newest version has a younger capture, and the archive has no record of it.

    So a damaged record cannot lead back to an older text. A capture that a person removed is not missed.
    """
    made_from = {row["source_id"]: row for row in to_rows(previous.tables["captures"])}
    for document in extracted.announced:
        row = made_from.get(document.source_id)
        if row is None or row["capture_id"] == document.capture_id or row["fetched_at"] <= document.fetched_at:
            continue
        on_record = {capture.capture_id for capture in read_captures(raw, document.source_id)}
        on_record |= {removal.capture_id for removal in read_removals(raw, document.source_id)}
        if row["capture_id"] not in on_record:
            raise ReleaseRefusedError(
                f"not published, {previous.version} was made from a capture of {row['fetched_at']:%Y-%m-%d %H:%M} UTC "
                f"that data/raw/{document.source_id}/ has no more on record",
                where=dataset.id,
                fix="restore it, for example with git checkout",
                check="captures-stay",
            )
