"""What a run would do, before it does: whom it would ask, what it would read, and what would change by it.

A draft comes in, of which nothing was written; what goes out is what people need to decide whether to go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.collecting import CollectedSource
from pipeline.select import Extracted
from transform.changes import ADDED, ALTERED, REMOVED, Change, iterate_changes
from transform.models import Draft
from transform.schema import TABLES

# Of each kind of change in each table, so many are shown.
EXAMPLES = 3
KINDS = (ADDED, REMOVED, ALTERED)


@dataclass(frozen=True, slots=True)
class TableChanges:
    """How many rows of a table would be added, removed and altered."""

    table_name: str
    added: int
    removed: int
    altered: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do.

    `asked` are the sources that would be asked, `read` the captures whose rows would be made anew, both as lines;
    `tables` are those that would change, with some `examples` of each kind of change.
    """

    previous_version: str | None
    fetched: tuple[str, ...]
    read: tuple[str, ...]
    tables: tuple[TableChanges, ...]
    examples: tuple[Change, ...]


def make_preview(collected: Sequence[CollectedSource], extracted: Extracted, draft: Draft, *, offline: bool) -> Preview:
    """What publishing a draft would do; `offline` where nobody would be asked."""
    asked = [one for one in collected if not one.source.retired and not offline]
    read = [one for one in extracted.announced if one.source_id in draft.read_problems]
    changes = draft.tables["changes"] if draft.version else None  # a draft of nothing new need not have tables
    return Preview(
        previous_version=draft.previous_version,
        fetched=tuple(f"{one.source.id}: {one.source.address}" for one in asked),
        read=tuple(f"{one.source_id}: {one.capture_id[:12]}… of {one.fetched_at:%Y-%m-%d}" for one in read),
        tables=tuple(_count_changes(draft)) if changes is not None else (),
        examples=tuple(one for found in _split_changes(changes) for one in iterate_changes(found.slice(0, EXAMPLES)))
        if changes is not None
        else (),
    )


def _count_changes(draft: Draft) -> Iterator[TableChanges]:
    """The tables that change; of a first version all that have rows."""
    changes = draft.tables["changes"]
    for name, table in TABLES.items():
        if table.compared and draft.previous_version is None and draft.tables[name].num_rows:
            yield TableChanges(name, draft.tables[name].num_rows, 0, 0)
        found = changes.filter(pc.equal(changes["table_name"], name))
        if found.num_rows:
            rows = {kind: _count_rows(found, kind) for kind in KINDS}
            yield TableChanges(name, rows[ADDED], rows[REMOVED], rows[ALTERED])


def _count_rows(changes: pa.Table, kind: str) -> int:
    count: int = pc.count_distinct(changes.filter(pc.equal(changes["change"], kind))["row_id"]).as_py()
    return count


def _split_changes(changes: pa.Table) -> Iterator[pa.Table]:
    """The changes of each table by their kind."""
    for name in TABLES:
        found = changes.filter(pc.equal(changes["table_name"], name))
        for kind in KINDS:
            yield found.filter(pc.equal(found["change"], kind))
