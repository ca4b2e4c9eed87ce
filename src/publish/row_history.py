"""What happened to one row over the versions of its dataset: their `changes` and `id_history` in, a state each out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from transform.arrow_tables import Row, match_values
from transform.changes import ADDED, REMOVED


@dataclass(frozen=True, slots=True)
class RowState:
    """A row in one version: whether the version has it, how it changed, and what happened to its id."""

    version: str
    created: str
    is_present: bool
    changes: tuple[Row, ...]
    events: tuple[Row, ...]

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing happened to the row in this version."""
        return not self.changes and not self.events


def follow_row(row_id: str, versions: Iterable[tuple[str, str, pa.Table, pa.Table, bool]]) -> Iterator[RowState]:
    """The states of a row in the versions that have it, or in which something happened to its id, in their order.

    Each version is given as its number, its time, its `changes`, its `id_history`, and whether it is the first version
    and has the row: the `changes` of the first version are empty.
    """
    there = False
    for version, created, changes, history, first_has_it in versions:
        mine = changes.filter(match_values(changes["row_id"], [row_id])).to_pylist()
        now = history.filter(match_values(history["version"], [version]))
        events = now.filter(
            pc.or_(match_values(now["old_id"], [row_id]), match_values(now["new_id"], [row_id]))
        ).to_pylist()
        kinds = {row["change"] for row in mine}
        there = first_has_it or (there and REMOVED not in kinds) or ADDED in kinds
        if there or mine or events:
            yield RowState(version, created, there, tuple(mine), tuple(events))
