"""A dataset's history, published version by version in the order of time.

What somebody kept is taken into the archive; then each day on which something was captured gives the version that a
run of that day would have given: from what the sources had said until then. When it was made, a version says as it is;
of which day it is, its captures say. What is published is never touched: a day that is not younger than the newest
version makes none, and the same history given again adds nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from collect.archive import EARLIEST, Capture
from collect.history import ImportedHistory, import_history
from config.models import Dataset
from extract.reading import media_type_of
from pipeline.configuration import read_configuration
from pipeline.errors import NoPlanError, ReleaseRefusedError
from pipeline.run import Outcome, run_dataset
from pipeline.sources import CollectedSource, list_sources
from pipeline.steps import (
    Step,
    collect_sources,
    draft_tables,
    extract_plans,
    publish_draft,
    refuse_if_broken,
    run_directly,
)
from pipeline.workspace import Workspace
from publish.locking import lock_dataset
from publish.releases import read_releases
from publish.tables import read_tables

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """What came of a history: what was taken, the versions by their day, and why some captures gave none (a line)."""

    dataset_id: str
    taken: ImportedHistory
    versions: tuple[tuple[date, str], ...]
    too_old: str | None
    outcome: Outcome


def backfill_history(
    home: Workspace, dataset_id: str, given: Path, *, step: Step[Any] = run_directly
) -> BackfillResult:
    """Take a folder or a WARC of history, and publish it day by day.

    Raises one of PolicyTasksError; the days before the one at which it ended are published then.
    """
    dataset = read_configuration(home, dataset_id)
    newest, published_until = _find_newest(home, dataset_id)
    taken: ImportedHistory = step(take_pages)(home, dataset, given)
    collected: list[CollectedSource] = step(collect_sources)(home, dataset, offline=True)
    moments = [one for one in moments_of(collected) if one > published_until]
    versions = []
    for index, moment in enumerate(moments):
        log.info("%s: day %d of %d, %s", dataset_id, index + 1, len(moments), moment.date())
        version = step(publish_as_of)(home, dataset, restrict_to(collected, moment), moment.date())
        versions += [(moment.date(), version)] if version else []
    outcome = run_dataset(
        home, dataset_id, offline=True, step=step
    )  # which brings what stands beside the versions up to date
    if outcome.status == "published":
        versions.append((datetime.now(UTC).date(), outcome.version))
    old_captures = [one for one in taken.new if one.fetched_at <= published_until]
    return BackfillResult(
        dataset_id, taken, tuple(versions), _describe_too_old(old_captures, newest, published_until), outcome
    )


def take_pages(home: Workspace, dataset: Dataset, given: Path) -> ImportedHistory:
    """Take what somebody kept into the archive. Raises ArchiveError."""
    articles = (source for source, _ in list_sources(dataset, home.raw) if source.discover is None)
    taken = import_history(home.raw, given, {source.id: source.address for source in articles}, media_type_of)
    log.info("%s: %d new captures", dataset.id, len(taken.new))
    return taken


def moments_of(collected: Iterable[CollectedSource]) -> list[datetime]:
    """For each day on which something was captured, the last moment of it at which something was; oldest first."""
    last: dict[date, datetime] = {}
    for moment in sorted(capture.fetched_at for one in collected for capture in one.captures):
        last[moment.date()] = moment
    return sorted(last.values())


def restrict_to(collected: Iterable[CollectedSource], moment: datetime) -> list[CollectedSource]:
    """The sources as they had been captured until a moment; those apart of which there was nothing yet."""
    restricted = []
    for source in collected:
        captures = tuple(capture for capture in source.captures if capture.fetched_at <= moment)
        if captures:
            newest = max(capture.fetched_at for capture in captures)
            life = replace(
                source.status,
                state="active",
                why=f"as captured until {moment:%Y-%m-%d}",
                outcome=None,
                last_checked=None,
                last_changed=newest,
                last_good=newest,
            )
            restricted.append(replace(source, captures=captures, status=life, check=None, failure=None))
    return restricted


def publish_as_of(home: Workspace, dataset: Dataset, collected: Sequence[CollectedSource], day: date) -> str | None:
    """Publish what the sources had said until a day; None where that is nothing new, or no plan.

    Raises RefusedReleaseError and ShelfError.
    """
    try:
        extracted = extract_plans(home, collected)
    except NoPlanError as error:
        log.warning("%s as of %s: no version (%s)", dataset.id, day, error)
        return None
    with lock_dataset(home.shelf, dataset.id):
        try:
            draft = draft_tables(home, dataset, extracted)
            if draft.version is None:
                return None
            refuse_if_broken(dataset, draft)
        except ReleaseRefusedError as error:
            line = f"{error} (this is of {day}; the days before it are published, and the same again goes on from here)"
            raise ReleaseRefusedError(line, check=error.check) from error
        publish_draft(home, dataset, draft, extracted)
        return draft.version


def _find_newest(home: Workspace, dataset_id: str) -> tuple[str | None, datetime]:
    """The newest version, and the moment of the youngest capture that it was made from."""
    newest = read_releases(home.shelf, dataset_id).find_newest()
    if newest is None:
        return None, EARLIEST
    moments = read_tables(newest, {"captures": ["fetched_at"]})["captures"]["fetched_at"].to_pylist()
    return newest.version, max((moment.astimezone(UTC) for moment in moments), default=EARLIEST)


def _describe_too_old(captures: Sequence[Capture], newest: str | None, published_until: datetime) -> str | None:
    if not captures:
        return None
    first, last = captures[0].fetched_at.date(), captures[-1].fetched_at.date()
    when = f"of {first}" if first == last else f"of {first} to {last}"
    what = f"{len(captures)} capture{'' if len(captures) == 1 else 's'} {when} made no version"
    why = f"{newest} is of {published_until:%Y-%m-%d} already, and nothing is put before what is published"
    return f"{what}: {why}; they are kept in the archive"
