"""What a page shows of the `changes` of a version: by table, with the words that differ marked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from publish.change_summary import quote_row, split_stretches
from transform.arrow_tables import match_values
from transform.changes import WHOLE_ROW, Change, iterate_changes
from transform.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

MAX_SHOWN = 200
# The tables in the order of a version's summary.
TABLE_ORDER = ("tasks", "areas", *(name for name in TABLES if name not in ("tasks", "areas")))


# A change as a page shows it: the fields of a `Change`, the `words` of a whole row, and the `parts` of two texts.
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The first changes of one table, and how many more there are."""

    table: str
    shown: tuple[Shown, ...]
    more: int


def group_changes(changes: pa.Table) -> list[ChangeGroup]:
    """The changes by table, tasks and areas first; of each table at most `MAX_SHOWN`."""
    groups = []
    for table in TABLE_ORDER:
        mine = changes.filter(match_values(changes["table_name"], [table]))
        if mine.num_rows:
            shown = tuple(map(describe_change, iterate_changes(mine.slice(0, MAX_SHOWN))))
            groups.append(ChangeGroup(table, shown, mine.num_rows - len(shown)))
    return groups


def describe_change(change: Change) -> Shown:
    """A change as a page shows it."""
    whole_row = change.column_name == WHOLE_ROW
    both = change.before is not None and change.after is not None and not whole_row
    return {
        **asdict(change),
        "words": quote_row(change) if whole_row else "",
        "parts": list(split_stretches(change.before or "", change.after or "")) if both else [],
    }
