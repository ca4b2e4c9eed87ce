"""Selects the capture of each source that a release is made from: the first that holds a plan.

Comes in: the collected sources. Goes out: the announced documents, the completed status of each source, and a line for
each source that needs attention, with what is used instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from collect.archive import Capture
from config.defects import explain_error
from config.interruption import check_interruption
from config.models import Source
from pipeline.assess.rules import GOOD
from pipeline.errors import NoPlanError
from pipeline.progress import choose_log_level, report_progress
from pipeline.read.cache import ReadingCache
from pipeline.read.executors import IN_PROCESS, BatchExecutor
from pipeline.read.reader import CaptureReader
from pipeline.sources import CollectedSource, stop_source
from publish.source_status import SourceStatus
from transform.models import AnnouncedDocument

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Extracted:
    """The documents that a dataset's sources announce, the status of each source, and a line for each failure."""

    announced: tuple[AnnouncedDocument, ...]
    source_statuses: tuple[SourceStatus, ...]
    failures: tuple[str, ...]


# Gives a stopped source the capture that the newest version was made from, if there is one.
Restorer = Callable[[CollectedSource], CollectedSource]


class _Selection(NamedTuple):
    """A source and its capture that holds a plan, None without one; `reasons` say why captures were passed over."""

    source: CollectedSource
    capture: Capture | None
    reasons: tuple[str, ...]


def read_sources(
    raw: Path,
    collected: Sequence[CollectedSource],
    executor: BatchExecutor = IN_PROCESS,
    restore: Restorer | None = None,
) -> Extracted:
    """Read the plan of every source from the first of its captures that holds one.

    A source whose captures cannot be read is stopped, and its rows stay as they are published: `restore` finds what is.
    Raises NoPlanError if no source has a plan; without `restore` also ArchiveError if a capture cannot be read.
    """
    reader = CaptureReader(raw, ReadingCache(), executor)
    reader.read_ahead((source.source, source.captures[0], None) for source in collected if source.captures)
    articles = [source for source in collected if source.source.discover is None]
    indexes = [source for source in collected if source.source.discover is not None]
    selections = []
    for number, source in enumerate(articles, 1):
        check_interruption()
        selections.append(_select_or_restore(reader, source, restore) if restore else _select_capture(reader, source))
        report_progress("read", number, len(articles), "sources")
    failures = [line for selection in selections if (line := _describe_failure(selection))]
    failures += [source.failure for source in indexes if source.failure]
    for line in failures:
        log.warning("%s", line)
    notes = (_describe_fallback(selection) for selection in selections if selection.source.failure is None)
    for number, note in enumerate(filter(None, notes), 1):
        log.log(choose_log_level(number), "%s", note)
    if not any(selection.capture for selection in selections):
        if failures:
            raise NoPlanError(failures[0])
        raise NoPlanError(
            "no article with a plan was found", where=collected[0].source.id, fix="check `match` under `discover`"
        )
    return Extracted(
        announced=tuple(
            announce(
                reader,
                selection.source.source,
                selection.source.address,
                selection.capture,
                is_kept=selection.source.is_kept,
            )
            for selection in selections
            if selection.capture
        ),
        source_statuses=(
            *(
                _complete_status(selection.source, selection.capture)
                for selection in selections
                if selection.capture or not selection.source.optional
            ),
            *(_complete_status(source, None) for source in indexes),
        ),
        failures=tuple(failures),
    )


def _select_or_restore(reader: CaptureReader, source: CollectedSource, restore: Restorer) -> _Selection:
    """As `_select_capture`; if a capture cannot be read, with the one that is published, or the rows made from it."""
    try:
        return _select_capture(reader, source)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is this source's, and the others go on)
        stopped = restore(stop_source(source, explain_error(error, source.source.id)))
    try:
        return _select_capture(reader, stopped)
    except Exception:  # noqa: BLE001 (it is stopped already, and has its reason)
        return _select_capture(reader, replace(stopped, is_kept=True))


def _select_capture(reader: CaptureReader, source: CollectedSource) -> _Selection:
    """The first capture that holds a plan, and why each one before it was passed over; what is kept is not read."""
    if source.is_kept:
        return _Selection(source, source.captures[0], ())
    reasons: list[str] = []
    for capture in source.captures:
        if reader.count(source.source, capture):
            return _Selection(source, capture, tuple(reasons))
        problems = "; ".join(problem.message for problem in reader.read_plan(source.source, capture).problems)
        reasons.append(f"{_to_folder(source)}{capture.file_name}: {problems}")
    return _Selection(source, None, tuple(reasons))


def _describe_failure(selection: _Selection) -> str | None:
    """A line if a source needs attention: what, where, and what is used instead or how to fix it."""
    source, capture, reasons = selection
    if source.optional and source.failure is None and not (source.status.last_good and reasons):
        return None
    problem = source.failure or source.note or (f"{source.source.id}: {reasons[0]}" if reasons else None)
    if source.is_kept:
        return f"{problem}; its rows stay as they are published" if source.failure else None
    if capture is not None:
        needs_attention = source.failure or (reasons and not source.note)
        return f"{problem}; using the capture of {capture.fetched_at.date()} instead" if needs_attention else None
    if source.captures:
        return f"{problem or source.source.id}; check that {source.source.address} still announces the plan"
    if source.is_stopped:
        return problem
    if problem:
        return f"{problem}, and {_to_folder(source)} holds no capture; check the address and the network"
    return f"{_to_folder(source)}: holds no capture; run once without --offline to fetch {source.source.address}"


def _describe_fallback(selection: _Selection) -> str | None:
    """A line if a source could not be fetched, and an archived capture is used instead."""
    source, capture, _ = selection
    if capture is None:
        return None
    if source.is_kept:
        return f"{source.source.id}: {source.status.why}; its rows stay as they are published"
    fallback = f"using the archived capture of {capture.fetched_at.date()}"
    if source.check is None:
        return f"{source.source.id}: {'retired' if source.source.retired else 'offline'}; {fallback}"
    return f"{source.note}; {fallback}" if source.note else None


def _to_folder(source: CollectedSource) -> str:
    return f"data/raw/{source.source.id}/"


def _complete_status(source: CollectedSource, capture: Capture | None) -> SourceStatus:
    """The status of a source with the capture that is in the data, and whether this run could confirm it."""
    is_confirmed = source.check is None or source.check.outcome in GOOD
    return replace(
        source.status,
        capture_id=capture.capture_id if capture else None,
        captured_at=capture.fetched_at if capture else None,
        stale=source.status.state in ("stale", "broken") or source.is_stopped or not is_confirmed,
    )


def announce(
    reader: CaptureReader, source: Source, url: str, capture: Capture, *, is_kept: bool = False
) -> AnnouncedDocument:
    """A capture as the document of a source; `url` is the article's address. If `is_kept`, it cannot be read again."""
    return AnnouncedDocument(
        source_id=source.id,
        url=url,
        capture_url=capture.url,
        capture_id=capture.capture_id,
        fetched_at=capture.fetched_at,
        media_type=capture.media_type,
        encoding=capture.encoding,
        byte_count=capture.byte_count,
        reading_id="" if is_kept else reader.hash_inputs(source, capture),
        read=partial(reader.read_plan, source, capture),
        place=source.place,
        is_kept=is_kept,
    )
