"""What became of one row over all versions of its dataset: told from the versions' own `changes` and `id_history`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from transform.arrow_tables import Row
from transform.changes import ADDED, REMOVED


@dataclass(frozen=True, slots=True)
class RowState:
    """What one version says of a row: whether it is in it, how it changed, and what became of its id."""

    version: str
    created: str
    is_present: bool
    changes: tuple[Row, ...]
    events: tuple[Row, ...]

    @property
    def is_unchanged(self) -> bool:
        """Whether the version says nothing new of the row."""
        return not self.changes and not self.events


def follow_row(row_id: str, versions: Iterable[tuple[str, str, pa.Table, pa.Table, bool]]) -> Iterator[RowState]:
    """The versions in which a row is there, or something happened to its id, in their order.

    Each version comes as its number, its time, its `changes`, its `id_history`, and whether it is the first one,
    of whose rows `changes` says nothing: then the last item says whether the row is in it.
    """
    there = False
    for version, created, changes, history, first_has_it in versions:
        mine = changes.filter(pc.equal(changes["row_id"], row_id)).to_pylist()
        now = history.filter(pc.equal(history["version"], version))
        events = now.filter(pc.or_kleene(pc.equal(now["old_id"], row_id), pc.equal(now["new_id"], row_id))).to_pylist()
        kinds = {row["change"] for row in mine}
        there = first_has_it or (there and REMOVED not in kinds) or ADDED in kinds
        if there or mine or events:
            yield RowState(version, created, there, tuple(mine), tuple(events))
