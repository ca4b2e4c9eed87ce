"""Which rows of a table belong to which document: tables in, each document's stretches of rows out.

A release's tables are sorted by key, so that the rows of a document lie side by side: where one's begin and another's
end is found without looking at each row in Python, and its rows are a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Tables = Mapping[str, pa.Table]
# The first row, and how many there are.
Stretch = tuple[int, int]


def _as_given(ids: Any, _: Tables) -> Any:
    return ids


def _documents_of_tasks(ids: Any, tables: Tables) -> Any:
    tasks = tables["tasks"]
    return tasks["document_id"].take(pc.index_in(ids, value_set=tasks["task_id"]))


def _documents_of_rows(ids: Any, _: Tables) -> Any:
    return pc.replace_substring_regex(ids, "[/ ].*", "")


# By which column a table's rows belong to something where it has no document's id, and how that is told from the
# column. A capture belongs to itself; an id of a row begins with its document's.
OWNERS: Mapping[str, tuple[str, Callable[[Any, Tables], Any]]] = {
    "assignments": ("task_id", _documents_of_tasks),
    "captures": ("capture_id", _as_given),
    "changes": ("row_id", _documents_of_rows),
}


@dataclass(frozen=True, slots=True)
class RowsByDocument:
    """A table, and the stretches of its rows by the document that they belong to, in the table's order."""

    table: pa.Table
    stretches: Mapping[str, tuple[Stretch, ...]]

    def rows_of(self, owner: str) -> list[dict[str, Any]]:
        """The rows of a document, in their order."""
        return [row for start, number in self.stretches.get(owner, ()) for row in self._slice(start, number)]

    def _slice(self, start: int, number: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.table.slice(start, number).to_pylist()
        return rows


def index_rows(name: str, tables: Tables) -> RowsByDocument:
    """A table's rows by owner: a document, of `captures` the capture."""
    table = tables[name]
    if not table.num_rows:
        return RowsByDocument(table, {})
    column, owners_of = OWNERS.get(name, ("document_id", _as_given))
    ids, starts = _find_runs(table[column], np.arange(table.num_rows))
    owners, starts = _find_runs(owners_of(ids, tables), starts)
    stretches: dict[str, tuple[Stretch, ...]] = {}
    ends = [*starts[1:].tolist(), table.num_rows]
    for owner, start, end in zip(owners.to_pylist(), starts.tolist(), ends, strict=True):
        stretches[owner] = (*stretches.get(owner, ()), (start, end - start))
    return RowsByDocument(table, stretches)


def _find_runs(values: Any, starts: Any) -> tuple[Any, Any]:
    """Of values, and where each begins, those that are not as the one before."""
    others = pc.indices_nonzero(pc.not_equal(values.slice(1), values.slice(0, len(values) - 1)))
    first = np.concatenate([[0], others.to_numpy() + 1]).astype(np.int64)
    return values.take(pa.array(first)), starts[first]


def find_changed_owners(rows: RowsByDocument, others: RowsByDocument) -> set[str]:
    """Whose rows are not the same in both, or are in one alone."""
    changed = rows.stretches.keys() ^ others.stretches.keys()
    alike = []
    for owner in rows.stretches.keys() & others.stretches.keys():
        mine, theirs = rows.stretches[owner], others.stretches[owner]
        if [number for _, number in mine] != [number for _, number in theirs]:
            changed.add(owner)
        else:
            alike += [(start, number, at, owner) for (start, number), (at, _) in zip(mine, theirs, strict=True)]
    for block in _group_neighbours(sorted(alike)):
        changed.update(_find_changed_in(block, rows.table, others.table))
    return changed


# Rows of an owner: where they begin in one table, how many they are, and where they begin in the other.
_Pair = tuple[int, int, int, str]


def _group_neighbours(pairs: list[_Pair]) -> Iterator[list[_Pair]]:
    """Those together that lie side by side in both tables, so that they can be compared at once."""
    block: list[_Pair] = []
    for pair in pairs:
        if block and (block[-1][0] + block[-1][1], block[-1][2] + block[-1][1]) != (pair[0], pair[2]):
            yield block
            block = []
        block.append(pair)
    if block:
        yield block


def _find_changed_in(block: list[_Pair], one: pa.Table, other: pa.Table) -> Iterator[str]:
    """Whose rows differ: a block that is not the same in both is looked at in halves."""
    start, _, at, owner = block[0]
    number = block[-1][0] + block[-1][1] - start
    if one.slice(start, number).equals(other.slice(at, number)):
        return
    if len(block) == 1:
        yield owner
        return
    middle = len(block) // 2
    yield from _find_changed_in(block[:middle], one, other)
    yield from _find_changed_in(block[middle:], one, other)
