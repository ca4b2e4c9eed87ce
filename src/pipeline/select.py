"""From what the archive holds of each source to the plan that feeds the release, and what is to be said about it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from collect.archive import Capture
from pipeline.assess.rules import GOOD
from pipeline.collecting import CollectedSource, log_level_of
from pipeline.errors import NoPlanError
from pipeline.progress import report_progress
from pipeline.read.cache import ReadingCache
from pipeline.read.executors import IN_PROCESS, BatchExecutor
from pipeline.read.reader import CaptureReader
from publish.source_status import SourceStatus
from transform.models import AnnouncedDocument

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Extracted:
    """The plans of a dataset's sources, how each source is doing, and what failed."""

    announced: tuple[AnnouncedDocument, ...]
    source_statuses: tuple[SourceStatus, ...]
    failures: tuple[str, ...]


def read_sources(raw: Path, collected: Sequence[CollectedSource], workers: BatchExecutor = IN_PROCESS) -> Extracted:
    """Read the plan of every source from the first of its captures that holds one."""
    readings = CaptureReader(raw, ReadingCache(), workers)
    readings.read_ahead((one.source, one.captures[0], None) for one in collected if one.captures)
    articles = [one for one in collected if one.source.discover is None]
    results = []
    for number, one in enumerate(articles, 1):
        results.append((one, *_find_plan(readings, one)))
        report_progress("read", number, len(articles), "sources")
    failures = [line for one, found, reasons in results if (line := _describe_failure(one, found, reasons))]
    failures += [one.failure for one in collected if one.source.discover is not None and one.failure]
    for line in failures:
        log.warning("%s", line)
    notes = (_describe_fallback(one, found) for one, found, _ in results if found is not None and one.failure is None)
    for number, note in enumerate(filter(None, notes), 1):
        log.log(log_level_of(number), "%s", note)
    if not any(found for _, found, _ in results):
        raise NoPlanError(failures[0] if failures else f"{collected[0].source.id}: leads to no plan; check its match:")
    return Extracted(
        tuple(_announce(readings, one, found) for one, found, _ in results if found),
        (
            *(_complete_status(one, found) for one, found, _ in results if found or not one.optional),
            *(_complete_status(one, None) for one in collected if one.source.discover is not None),
        ),
        tuple(failures),
    )


def _find_plan(readings: CaptureReader, one: CollectedSource) -> tuple[Capture | None, list[str]]:
    """The first capture that holds a plan; and of each one passed over, why it was."""
    reasons: list[str] = []
    for capture in one.captures:
        if readings.count(one.source, capture):
            return capture, reasons
        problems = "; ".join(problem.message for problem in readings.read_plan(one.source, capture).problems)
        reasons.append(f"data/raw/{one.source.id}/{capture.file_name}: {problems}")
    return None, reasons


def _describe_failure(one: CollectedSource, found: Capture | None, reasons: Sequence[str]) -> str | None:
    """A line, where somebody has to see to a source: what, where, and what is used instead or how to mend it."""
    if one.optional and one.failure is None and not (one.status.last_good and reasons):
        return None
    trouble = one.failure or one.note or (f"{one.source.id}: {reasons[0]}" if reasons else None)
    if found is not None:
        passed_over = one.failure or (reasons and not one.note)
        return f"{trouble}; using the capture of {found.fetched_at.date()} instead" if passed_over else None
    if one.captures:
        return f"{trouble or one.source.id}; check that {one.source.address} still announces the plan"
    if trouble:
        return f"{trouble}, and {_archive_of(one)} holds no capture; check the address"
    return f"{_archive_of(one)}: holds no capture; run once without --offline to fetch {one.source.address}"


def _describe_fallback(one: CollectedSource, capture: Capture) -> str | None:
    """A line, where nothing could be asked and the archive answers instead."""
    if one.check is None:
        how = "retired" if one.source.retired else "offline"
        return f"{one.source.id}: {how}; using the archived capture of {capture.fetched_at.date()}"
    return f"{one.note}; using the archived capture of {capture.fetched_at.date()}" if one.note else None


def _archive_of(one: CollectedSource) -> str:
    return f"data/raw/{one.source.id}/"


def _complete_status(one: CollectedSource, found: Capture | None) -> SourceStatus:
    confirmed = one.check is None or one.check.outcome in GOOD
    return replace(
        one.status,
        capture_id=found.capture_id if found else None,
        captured_at=found.fetched_at if found else None,
        stale=one.status.state in ("stale", "broken") or not confirmed,
    )


def _announce(readings: CaptureReader, one: CollectedSource, capture: Capture) -> AnnouncedDocument:
    return AnnouncedDocument(
        source_id=one.source.id,
        url=one.address,
        capture_url=capture.url,
        capture_id=capture.capture_id,
        fetched_at=capture.fetched_at,
        media_type=capture.media_type,
        encoding=capture.encoding,
        byte_count=capture.byte_count,
        reading_id=readings.id_of(one.source, capture),
        read=partial(readings.read_plan, one.source, capture),
        place=one.source.place,
    )
