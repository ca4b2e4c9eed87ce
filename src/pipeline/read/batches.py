"""What one worker does with a batch of captures: captures in, their readings out, as an Arrow table.

A worker, whether a thread, a process or another machine, reads the bytes from the archive itself, so that nothing large
is sent to it. Its rows are those of the reading cache. A capture that cannot be read is omitted: whoever needs it reads
it again, and gets the error.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import extract
from collect.archive import ArchiveError, Capture, read_bytes
from config.models import Source
from extract.plan import Plan
from pipeline.read.cache import CachedReading, Row, to_row
from publish.toolchain import hash_code

if TYPE_CHECKING:
    import pyarrow as pa

    from extract.reader import OpenedCapture

# The libraries whose versions can change what is read.
LIBRARIES = ("lxml", "beautifulsoup4", "pdfplumber", "python-docx")


class CaptureToRead(NamedTuple):
    """A capture to be read; where its article has the hash `known_article`, its plan is known and is not read again."""

    source: Source
    capture: Capture
    known_article: str | None = None


@cache
def hash_reading_rules() -> str:
    """A hash of the rules of reading: the code of `extract`, and the versions of the libraries that it uses."""
    return hash_code(extract, libraries=LIBRARIES)


def hash_inputs(source: Source, capture: Capture) -> str:
    """The key of a reading: a hash over what it follows from, the capture, its source's settings and the rules."""
    discover = source.discover.model_dump(mode="json") if source.discover else None
    parts = (
        hash_reading_rules(),
        capture.capture_id,
        capture.media_type,
        capture.encoding,
        capture.url,
        source.address,
        *(source.selector, source.tasks, source.language, discover),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def open_article(raw: Path, source: Source, capture: Capture) -> OpenedCapture:
    """A capture of the archive with its article found. Raises ArchiveError."""
    from extract.reader import Overrides, open_capture  # the rules take a moment to be made ready

    return open_capture(
        read_bytes(raw, capture),
        capture.media_type,
        source.address,
        encoding=capture.encoding,
        overrides=Overrides(source.selector, source.tasks, source.language),
    )


def to_cached_reading(opened: OpenedCapture, plan: Plan, capture: Capture) -> CachedReading:
    """The reading of a capture whose plan was read."""
    return CachedReading(opened.inspect(capture.url), count_tasks(plan), plan, opened.reading.text)


def count_tasks(plan: Plan) -> int:
    """Number of top-level tasks; sub-tasks are not counted."""
    return sum(task.level == 1 for task in plan.tasks)


def read_batch(raw: Path, captures: Sequence[CaptureToRead]) -> pa.Table:
    """A row for each capture, with the columns of `cache.Row`; captures that cannot be read are omitted."""
    import pyarrow as pa

    rows = []
    for capture in captures:
        with contextlib.suppress(ArchiveError):
            rows.append(_read_row(raw, capture))
    types = (pa.string(), pa.large_string(), pa.int64(), pa.large_binary(), pa.large_binary())
    columns = zip(*rows, strict=True) if rows else [()] * len(types)
    return pa.table(
        {name: pa.array(column, kind) for name, column, kind in zip(Row._fields, columns, types, strict=True)}
    )


def _read_row(raw: Path, item: CaptureToRead) -> Row:
    from extract.reader import extract_plan

    opened = open_article(raw, item.source, item.capture)
    inspection = opened.inspect(item.capture.url)
    reading = (
        CachedReading(inspection)
        if inspection.article == item.known_article
        else to_cached_reading(opened, extract_plan(opened), item.capture)
    )
    return to_row(hash_inputs(item.source, item.capture), reading)
