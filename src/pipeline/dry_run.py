"""The preview of a run: which sources it would fetch, what it would read, and which rows would change.

Comes in: a draft of which nothing was written. Goes out: what an operator needs to decide whether to publish it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.select import Extracted
from pipeline.sources import CollectedSource
from transform.changes import ADDED, ALTERED, REMOVED, Change, iterate_changes
from transform.models import Draft
from transform.schema import TABLES

KINDS = (ADDED, REMOVED, ALTERED)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do, as lines.

    `fetched` are the sources that would be fetched, `read` the captures whose rows would be made again, `tables` those
    that would change, with some `examples` of each kind of change.
    """

    fetched: tuple[str, ...]
    read: tuple[str, ...]
    tables: tuple[str, ...]
    examples: tuple[Change, ...]


def make_preview(collected: Sequence[CollectedSource], extracted: Extracted, draft: Draft, *, offline: bool) -> Preview:
    """What publishing a draft would do; if `offline`, no source would be fetched."""
    fetched = [] if offline else [source for source in collected if not source.is_stopped]
    active = [source.source for source in fetched if not source.source.retired]
    read = [document for document in extracted.announced if document.source_id in draft.read_problems]
    changes = draft.tables["changes"] if draft.version else None  # a draft with nothing new may have no tables
    return Preview(
        fetched=tuple(f"{source.id}: {source.address}" for source in active),
        read=tuple(f"{item.source_id}: {item.capture_id[:12]}… of {item.fetched_at:%Y-%m-%d}" for item in read),
        tables=tuple(_count_changes(draft)) if changes is not None else (),
        examples=tuple(_select_examples(changes)) if changes is not None else (),
    )


def _count_changes(draft: Draft) -> Iterator[str]:
    """The tables that change; for a first version all tables that have rows."""
    changes = draft.tables["changes"]
    for name, table in TABLES.items():
        if table.compared and draft.previous_version is None and draft.tables[name].num_rows:
            yield f"{name}: {draft.tables[name].num_rows:,} added, 0 removed, 0 altered"
        own = changes.filter(pc.equal(changes["table_name"], name))
        if own.num_rows:
            counts = own.group_by("change").aggregate([("row_id", "count_distinct")])
            rows = {row["change"]: row["row_id_count_distinct"] for row in counts.to_pylist()}
            yield f"{name}: " + ", ".join(f"{rows.get(kind, 0):,} {kind}" for kind in KINDS)


def _select_examples(changes: pa.Table) -> Iterator[Change]:
    """The first three changes of each kind in each table."""
    for name in TABLES:
        own = changes.filter(pc.equal(changes["table_name"], name))
        for kind in KINDS:
            yield from iterate_changes(own.filter(pc.equal(own["change"], kind)).slice(0, 3))
