"""What one worker does with a batch of captures: their ids in, what they hold out, as an Arrow table.

A worker, whether a thread, a process or another machine, takes the bytes from the archive itself; so nothing large is
sent to it, and what comes back are the rows of the memory of readings. What cannot be read here is left out: whoever
asked meets it again, and says what is wrong with it.
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
    """A capture to be read; where its article's words have the hash `known`, its plan is known and only looked at."""

    source: Source
    capture: Capture
    known_article: str | None = None


@cache
def hash_reading_rules() -> str:
    """What the rules of reading are, as a hash: of the reading room's code and of the libraries that it stands on."""
    return hash_code(extract, libraries=LIBRARIES)


def key_of(source: Source, capture: Capture) -> str:
    """The key of a reading: a hash over the capture, its source's settings and the rules, from which it follows."""
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
    """All that there is to be known of a capture whose plan was read."""
    return CachedReading(opened.inspect(capture.url), count_tasks(plan), plan, opened.reading.text)


def count_tasks(plan: Plan) -> int:
    """How many tasks a plan has, those within tasks apart."""
    return sum(task.level == 1 for task in plan.tasks)


def read_batch(raw: Path, captures: Sequence[CaptureToRead]) -> pa.Table:
    """Read a batch of captures: a row each, with the columns of `memory.Row`. Raises nothing for what is unreadable."""
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
    look = opened.inspect(item.capture.url)
    reading = (
        CachedReading(look)
        if look.article == item.known_article
        else to_cached_reading(opened, extract_plan(opened), item.capture)
    )
    return to_row(key_of(item.source, item.capture), reading)
