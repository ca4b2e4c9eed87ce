"""Drafting and publishing: from the plans to the tables of the next version, and onto the shelf.

What is here is wanted only where something may be new: it loads all that tables are made and written with.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from collect.archive import read_captures, read_removals
from config.models import Dataset
from pipeline.errors import ReleaseRefusedError
from pipeline.select import Extracted
from pipeline.workspace import Workspace
from publish import shelf
from publish.datapackage import dataset_properties_in, dataset_properties_of
from publish.release import publish_release
from transform.draft import PreviousRelease, WithdrawnId, draft_release
from transform.models import Draft


def make_draft(home: Workspace, dataset: Dataset, extracted: Extracted) -> Draft:
    """The draft of a dataset's next version. Raises RefusedReleaseError where something was lost."""
    previous = read_previous(home, dataset.id)
    if previous:
        _refuse_if_lost(dataset, extracted, previous)
        _refuse_if_older(home, dataset, extracted, previous)
    return draft_release(dataset, extracted.announced, previous, dataset_properties_of(dataset))


def read_previous(home: Workspace, dataset_id: str) -> PreviousRelease | None:
    """What a draft is compared with: the newest version that stands; None where there never was one."""
    storage = home.shelf
    highest, last = shelf.highest(storage, dataset_id), shelf.newest(storage, dataset_id)
    if highest is None:
        return None
    withdrawn = tuple(
        WithdrawnId(**row, version=notice.version, reason=notice.reason)
        for notice in shelf.notices(storage, dataset_id)
        for row in notice.ids
    )
    if last is None:
        return PreviousRelease(None, {}, {}, highest=highest, withdrawn=withdrawn)
    return PreviousRelease(
        version=last.version,
        tables=shelf.read_tables(last),
        metadata=dataset_properties_in(last.descriptor),
        schema_version=last.descriptor["schemaVersion"],
        upcoming=tuple(last.descriptor.get("schemaChangesAhead", ())),
        reading_ids=shelf.read_provenance(last).get("readings", {}),
        highest=highest,
        withdrawn=withdrawn,
    )


def put_on_shelf(home: Workspace, dataset: Dataset, draft: Draft, extracted: Extracted) -> str:
    """Put a draft on the shelf; the version that it is now."""
    now = datetime.now(UTC).replace(microsecond=0)
    problems = gather_problems(home, dataset.id, draft)
    return publish_release(
        home.shelf, dataset, draft, now, problems=problems, statuses=extracted.source_statuses
    ).version


def gather_problems(home: Workspace, dataset_id: str, draft: Draft) -> dict[str, list[dict[str, Any]]]:
    """The problems of all readings: of those documents that were not read anew, as the last version tells them."""
    last = shelf.newest(home.shelf, dataset_id)
    before = shelf.read_checks(last).get("problems", {}) if last else {}
    read = {document_id: [asdict(one) for one in problems] for document_id, problems in draft.read_problems.items()}
    return {one: read.get(one, before.get(one, [])) for one in sorted(draft.reading_ids)}


def _refuse_if_lost(dataset: Dataset, extracted: Extracted, previous: PreviousRelease) -> None:
    """A source that was published, and of which nothing can be read any more, must not vanish from the data."""
    published = set(previous.tables["documents"]["source_id"].to_pylist() if previous.tables else ())
    lost_ids = published - {one.source_id for one in extracted.announced}
    lost = next((one for one in extracted.source_statuses if one.source_id in lost_ids), None)
    if lost is not None:
        why = next((line for line in extracted.failures if line.startswith(f"{lost.source_id}:")), lost.why)
        mend = f"restore its captures, or take it out of datasets/{dataset.id}.yaml"
        what = f"{lost.source_id} is in {previous.version} and cannot be read now ({why})"
        raise ReleaseRefusedError(f"{dataset.id}: not published, {what}; {mend}", "sources-stay")


def _refuse_if_older(home: Workspace, dataset: Dataset, extracted: Extracted, previous: PreviousRelease) -> None:
    """A record that lost its end must not lead back to what a source said before.

    What a person removed from the archive is no loss.
    """
    made_from = {row["source_id"]: row for row in previous.tables["captures"].to_pylist()} if previous.tables else {}
    for one in extracted.announced:
        then = made_from.get(one.source_id)
        if then is None or then["capture_id"] == one.capture_id or then["fetched_at"] <= one.fetched_at:
            continue
        known = {capture.capture_id for capture in read_captures(home.raw, one.source_id)}
        known |= {removal.capture_id for removal in read_removals(home.raw, one.source_id)}
        if then["capture_id"] not in known:
            when = f"{then['fetched_at']:%Y-%m-%d %H:%M} UTC"
            raise ReleaseRefusedError(
                f"{dataset.id}: not published, {previous.version} was made from a capture of {when} that "
                f"data/raw/{one.source_id}/ has no more on record; restore it, for example with git checkout",
                "captures-stay",
            )
