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
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import extract
from collect.archive import ArchiveError, Capture, read_bytes
from config.models import Source
from extract.plan import Plan
from pipeline.read.cache import Known, Row, row_of

if TYPE_CHECKING:
    import pyarrow as pa

    from extract.reader import OpenedCapture

# The libraries whose versions can change what is read.
LIBRARIES = ("lxml", "beautifulsoup4", "pdfplumber", "python-docx")


class Wanted(NamedTuple):
    """A capture to be read; where its article's words have the hash `known`, its plan is known and only looked at."""

    source: Source
    capture: Capture
    known: str | None = None


@cache
def rules_version() -> str:
    """What the rules of reading are, as a hash: of the reading room's code and of the libraries that it stands on."""
    return code_of(extract, LIBRARIES)


def code_of(room: ModuleType, libraries: Sequence[str]) -> str:
    """A hash over a room's code and the versions of libraries."""
    digest = hashlib.sha256(json.dumps({name: version(name) for name in libraries}).encode())
    folder = Path(str(room.__file__)).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def key_of(source: Source, capture: Capture) -> str:
    """The key of a reading: a hash over the capture, its source's settings and the rules, from which it follows."""
    discover = source.discover.model_dump(mode="json") if source.discover else None
    parts = (
        rules_version(),
        capture.capture_id,
        capture.media_type,
        capture.encoding,
        capture.url,
        source.address,
        *(source.selector, source.tasks, source.language, discover),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def opened(raw: Path, source: Source, capture: Capture) -> OpenedCapture:
    """A capture of the archive with its article found. Raises ArchiveError."""
    from extract.reader import Overrides, open_capture  # the rules take a moment to be made ready

    return open_capture(
        read_bytes(raw, capture),
        capture.media_type,
        source.address,
        encoding=capture.encoding,
        overrides=Overrides(source.selector, source.tasks, source.language),
    )


def known_of(found: OpenedCapture, plan: Plan, capture: Capture) -> Known:
    """All that there is to be known of a capture whose plan was read."""
    return Known(found.inspect(capture.url), tasks_in(plan), plan, found.reading.text)


def tasks_in(plan: Plan) -> int:
    """How many tasks a plan has, those within tasks apart."""
    return sum(task.level == 1 for task in plan.tasks)


def read_batch(raw: Path, wanted: Sequence[Wanted]) -> pa.Table:
    """Read a batch of captures: a row each, with the columns of `memory.Row`. Raises nothing for what is unreadable."""
    import pyarrow as pa

    rows = []
    for one in wanted:
        with contextlib.suppress(ArchiveError):
            rows.append(_row(raw, one))
    kinds = (pa.string(), pa.large_string(), pa.int64(), pa.large_binary(), pa.large_binary())
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return pa.table(
        {name: pa.array(column, kind) for name, column, kind in zip(Row._fields, columns, kinds, strict=True)}
    )


def _row(raw: Path, one: Wanted) -> Row:
    from extract.reader import extract_plan

    found = opened(raw, one.source, one.capture)
    look = found.inspect(one.capture.url)
    known = Known(look) if look.article == one.known else known_of(found, extract_plan(found), one.capture)
    return row_of(key_of(one.source, one.capture), known)
