"""What a page shows of the `changes` of a version: by table, with the words that differ marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publish.change_summary import Stretch, quote_row, split_stretches
from transform.arrow_tables import match_values
from transform.changes import Change, iterate_changes
from transform.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change as a page shows it: the values before and after, in `parts` where both are texts; `words` of a row."""

    row_id: str
    document_id: str
    change: str
    column: str
    words: str
    parts: tuple[Stretch, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The first changes of one table, and how many more there are."""

    table: str
    shown: tuple[ShownChange, ...]
    more: int


def group_changes(changes: pa.Table) -> list[ChangeGroup]:
    """The changes by table, tasks and areas first; of each table at most `MAX_SHOWN`."""
    groups = []
    for table in ("tasks", "areas", *(name for name in TABLES if name not in ("tasks", "areas"))):
        mine = changes.filter(match_values(changes["table_name"], [table]))
        if mine.num_rows:
            shown = tuple(map(describe_change, iterate_changes(mine.slice(0, MAX_SHOWN))))
            groups.append(ChangeGroup(table, shown, mine.num_rows - len(shown)))
    return groups


def describe_change(change: Change) -> ShownChange:
    """A change as a page shows it."""
    both = change.before is not None and change.after is not None and change.column_name != "*"
    return ShownChange(
        change.row_id,
        change.row_id.partition("/")[0].partition(" ")[0],
        change.change,
        change.column_name,
        quote_row(change) if change.column_name == "*" else "",
        tuple(split_stretches(change.before or "", change.after or "")) if both else (),
        change.before,
        change.after,
    )
