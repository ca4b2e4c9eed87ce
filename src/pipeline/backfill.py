"""A dataset's history, published version by version in the order of time.

In: a folder or a WARC file of pages that somebody kept. They are archived; then each day on which something was
captured gives the version that a run of that day would have published. `created` of such a version is when it was made;
of which day it is, its captures say. What is published is never changed: a day that is not younger than the newest
version gives none, and the same history given again adds nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from collect.archive import EARLIEST, ArchiveError, Capture
from collect.history import import_history
from collect.warc import Imported
from config.models import Dataset
from config.text import format_count
from extract.reading import choose_media_type
from pipeline.configuration import read_configuration
from pipeline.errors import NoPlanError, ReleaseRefusedError
from pipeline.run import RunResult, run_dataset
from pipeline.select import read_sources
from pipeline.sources import CollectedSource, list_readable_sources
from pipeline.steps import (
    Step,
    collect_sources,
    draft_tables,
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
    """What was archived, the versions by their day, and a line that says why some captures gave none."""

    dataset_id: str
    taken: Imported
    versions: tuple[tuple[date, str], ...]
    too_old: str | None
    run_result: RunResult


def backfill_history(
    workspace: Workspace, dataset_id: str, given: Path, *, step: Step[Any] = run_directly
) -> BackfillResult:
    """Archive the pages in a folder or a WARC file, and publish them day by day.

    Raises PolicyTasksError; the days before the one at which it stopped are published then.
    """
    dataset = read_configuration(workspace, dataset_id)
    newest, published_until = _find_newest(workspace, dataset_id)
    taken: Imported = step(take_pages)(workspace, dataset, given)
    collected: list[CollectedSource] = step(collect_sources)(workspace, dataset, offline=True)
    for source in collected:
        if source.is_stopped and source.failure:  # its part of the history would be missing for good
            raise ArchiveError(source.failure)
    moments = [moment for moment in list_moments(collected) if moment > published_until]
    versions = []
    for index, moment in enumerate(moments):
        log.info("%s: day %d of %d, %s", dataset_id, index + 1, len(moments), moment.date())
        version = step(publish_day)(workspace, dataset, omit_later_captures(collected, moment), moment.date())
        versions += [(moment.date(), version)] if version else []
    # This run updates the files beside the versions.
    run_result = run_dataset(workspace, dataset_id, offline=True, step=step)
    if run_result.status == "published":
        versions.append((datetime.now(UTC).date(), run_result.version))
    old_captures = [capture for capture in taken.new if capture.fetched_at <= published_until]
    too_old = _describe_too_old(old_captures, newest, published_until)
    return BackfillResult(dataset_id, taken, tuple(versions), too_old, run_result)


def take_pages(workspace: Workspace, dataset: Dataset, given: Path) -> Imported:
    """Archive the pages that somebody kept. Raises ArchiveError."""
    addresses = {
        source.id: source.address
        for source, _, _, same_as in list_readable_sources(dataset, workspace.raw)
        if source.discover is None and same_as is None
    }
    taken = import_history(workspace.raw, given, addresses, choose_media_type)
    log.info("%s: %d new captures", dataset.id, len(taken.new))
    return taken


def list_moments(collected: Iterable[CollectedSource]) -> list[datetime]:
    """The moment of the last capture of each day that has one, oldest first."""
    moments = sorted(capture.fetched_at for source in collected for capture in source.captures)
    return list({moment.date(): moment for moment in moments}.values())


def omit_later_captures(collected: Iterable[CollectedSource], moment: datetime) -> list[CollectedSource]:
    """Sources with their captures up to `moment`; sources without any are omitted."""
    restricted = []
    for source in collected:
        captures = tuple(capture for capture in source.captures if capture.fetched_at <= moment)
        if captures:
            newest = max(capture.fetched_at for capture in captures)
            status = replace(
                source.status,
                state="active",
                why=f"as captured until {moment:%Y-%m-%d}",
                outcome=None,
                last_checked=None,
                last_changed=newest,
                last_good=newest,
            )
            restricted.append(replace(source, captures=captures, status=status, check=None, failure=None))
    return restricted


def publish_day(workspace: Workspace, dataset: Dataset, collected: Sequence[CollectedSource], day: date) -> str | None:
    """Publish the sources as captured up to a day, and return the version; None if nothing is new, or no plan.

    Raises ArchiveError, ReleaseRefusedError and ShelfError.
    """
    try:
        # A capture that cannot be read ends the backfill: its rows would be missing from this version for good.
        with workspace.executor as executor:
            extracted = read_sources(workspace.raw, collected, executor)
    except NoPlanError as error:
        log.warning("%s as of %s: no version (%s)", dataset.id, day, error)
        return None
    with lock_dataset(workspace.shelf, dataset.id) as releases:
        try:
            draft = draft_tables(workspace, dataset, extracted, releases)
            if draft.version is None:
                return None
            refuse_if_broken(dataset, draft)
        except ReleaseRefusedError as error:
            note = f"this is the version of {day}; earlier days are published; run the same command again to continue"
            raise ReleaseRefusedError(f"{error} ({note})", check=error.check) from error
        publish_draft(dataset, draft, extracted, releases)
        return draft.version


def _find_newest(workspace: Workspace, dataset_id: str) -> tuple[str | None, datetime]:
    """The newest version, and the moment of the youngest capture that it was made from; EARLIEST without one."""
    newest = read_releases(workspace.shelf, dataset_id).find_newest()
    if newest is None:
        return None, EARLIEST
    moments = read_tables(newest, {"captures": ["fetched_at"]})["captures"]["fetched_at"].to_pylist()
    return newest.version, max((moment.astimezone(UTC) for moment in moments), default=EARLIEST)


def _describe_too_old(captures: Sequence[Capture], newest: str | None, published_until: datetime) -> str | None:
    if not captures:
        return None
    first, last = captures[0].fetched_at.date(), captures[-1].fetched_at.date()
    when = f"of {first}" if first == last else f"of {first} to {last}"
    what = f"{format_count(len(captures), 'capture')} {when} made no version"
    why = f"{newest} has captures until {published_until:%Y-%m-%d}, and no version is inserted before a published one"
    return f"{what}: {why}; they are kept in the archive"
