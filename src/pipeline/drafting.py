"""Drafts the next version of a dataset and publishes it.

Comes in: the announced documents and the newest version. Goes out: a draft, or a version on the shelf. Import this
module only where something may be new: it loads all that tables are made and written with.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from collect.archive import read_captures, read_removals
from config.models import Dataset
from config.timestamps import read_clock
from pipeline.errors import ReleaseRefusedError
from pipeline.select import Extracted
from pipeline.workspace import Workspace
from publish.datapackage import list_dataset_properties, read_dataset_properties
from publish.release import publish_release
from publish.releases import read_releases
from publish.tables import read_tables
from transform.draft import PreviousRelease, WithdrawnId, draft_release
from transform.models import Draft

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def make_draft(workspace: Workspace, dataset: Dataset, extracted: Extracted) -> Draft:
    """The draft of a dataset's next version. Raises ReleaseRefusedError where something was lost."""
    previous = read_previous(workspace, dataset.id)
    if previous:
        _refuse_if_lost(dataset, extracted, previous)
        _refuse_if_older(workspace, dataset, extracted, previous)
    return draft_release(dataset, extracted.announced, previous, list_dataset_properties(dataset))


def read_previous(workspace: Workspace, dataset_id: str) -> PreviousRelease | None:
    """The release that a draft is compared with: the newest that is not withdrawn; None where there never was one."""
    storage = workspace.shelf
    releases = read_releases(storage, dataset_id)
    highest, last = releases.highest, releases.find_newest()
    if highest is None:
        return None
    withdrawn = tuple(
        WithdrawnId(minted.table_name, minted.row_id, minted.fingerprint, notice.version, notice.reason)
        for notice in releases.read_notices()
        for minted in notice.ids
    )
    if last is None:
        return PreviousRelease(None, {}, {}, highest=highest, withdrawn=withdrawn)
    provenance = last.read_provenance()
    return PreviousRelease(
        version=last.version,
        tables=read_tables(last),
        metadata=read_dataset_properties(last.descriptor.record),
        schema_version=last.descriptor.schema_version,
        upcoming=tuple(last.descriptor.schema_changes_ahead),
        reading_ids=provenance.readings if provenance else {},
        highest=highest,
        withdrawn=withdrawn,
    )


def publish_version(workspace: Workspace, dataset: Dataset, draft: Draft, extracted: Extracted) -> str:
    """Publish a draft; returns the number of its version."""
    now = read_clock()
    problems = gather_problems(workspace, dataset.id, draft)
    release = publish_release(
        workspace.shelf, dataset, draft, now, problems=problems, statuses=extracted.source_statuses
    )
    return release.version


def gather_problems(workspace: Workspace, dataset_id: str, draft: Draft) -> dict[str, list[dict[str, Any]]]:
    """The problems of readings by document id; documents that were not read again keep those of the last version."""
    last = read_releases(workspace.shelf, dataset_id).find_newest()
    before = last.read_checks().problems if last else {}
    read = {
        document_id: [asdict(problem) for problem in problems] for document_id, problems in draft.read_problems.items()
    }
    return {
        document_id: read[document_id]
        if document_id in read
        else [problem.record for problem in before.get(document_id, ())]
        for document_id in sorted(draft.reading_ids)
    }


def _refuse_if_lost(dataset: Dataset, extracted: Extracted, previous: PreviousRelease) -> None:
    """Raise ReleaseRefusedError where a source is in the newest version and nothing of it can be read any more."""
    published = set(previous.tables["documents"]["source_id"].to_pylist() if previous.tables else ())
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


def _list_captures(previous: PreviousRelease) -> dict[str, dict[str, Any]]:
    """Capture id and time of fetching by source.

    Times are taken as numbers: to make datetimes of them pyarrow would import pandas, 0.3 s also where nothing is new.
    """
    captures = previous.tables["captures"]
    micros = captures["fetched_at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
    return {
        source_id: {"capture_id": capture_id, "fetched_at": EPOCH + timedelta(microseconds=since)}
        for source_id, capture_id, since in zip(
            captures["source_id"].to_pylist(), captures["capture_id"].to_pylist(), micros, strict=True
        )
    }


def _refuse_if_older(workspace: Workspace, dataset: Dataset, extracted: Extracted, previous: PreviousRelease) -> None:
    """Raise ReleaseRefusedError where the newest version has a younger capture, and the archive has no record of it.

    So a damaged record cannot lead back to an older text. A capture that a person removed is not missed.
    """
    made_from = _list_captures(previous) if previous.tables else {}
    for document in extracted.announced:
        row = made_from.get(document.source_id)
        if row is None or row["capture_id"] == document.capture_id or row["fetched_at"] <= document.fetched_at:
            continue
        on_record = {capture.capture_id for capture in read_captures(workspace.raw, document.source_id)}
        on_record |= {removal.capture_id for removal in read_removals(workspace.raw, document.source_id)}
        if row["capture_id"] not in on_record:
            raise ReleaseRefusedError(
                f"not published, {previous.version} was made from a capture of {row['fetched_at']:%Y-%m-%d %H:%M} UTC "
                f"that data/raw/{document.source_id}/ has no more on record",
                where=dataset.id,
                fix="restore it, for example with git checkout",
                check="captures-stay",
            )
