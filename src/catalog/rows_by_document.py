"""Which rows of a table belong to which document: a table in, the row ranges of each document out.

A release's tables are sorted by key, so that the rows of a document are adjacent. Their ranges are computed on whole
columns, and no row becomes a Python object before it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transform.arrow_tables import to_numpy, to_rows

Tables = Mapping[str, pa.Table]
# The first row of a range, and its number of rows.
Stretch = tuple[int, int]


def _as_given(ids: Any, _: Tables) -> Any:
    return ids


def _look_up_documents(ids: Any, tables: Tables) -> Any:
    tasks = tables["tasks"]
    return tasks["document_id"].take(pc.index_in(ids, value_set=tasks["task_id"]))


def _extract_document_ids(ids: Any, _: Tables) -> Any:
    return pc.replace_substring_regex(ids, "[/ ].*", "")


# The tables without a document_id: the column that says to whom a row belongs, and how to compute the owners from it.
# A capture is its own owner; the id of a changed row begins with the id of its document.
OWNERS: Mapping[str, tuple[str, Callable[[Any, Tables], Any]]] = {
    "assignments": ("task_id", _look_up_documents),
    "captures": ("capture_id", _as_given),
    "changes": ("row_id", _extract_document_ids),
}


@dataclass(frozen=True, slots=True)
class RowsByDocument:
    """A table, and the ranges of its rows by owner, in the table's order."""

    table: pa.Table
    stretches: Mapping[str, tuple[Stretch, ...]]

    def list_rows(self, owner: str) -> list[dict[str, Any]]:
        """The rows of an owner, in the table's order."""
        stretches = self.stretches.get(owner, ())
        return [row for start, number in stretches for row in to_rows(self.table.slice(start, number))]


def index_rows(name: str, tables: Tables) -> RowsByDocument:
    """The rows of a table by owner: a document, or for `captures` the capture."""
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
    """The values that differ from the one before them, and their starts."""
    before = pa.chunked_array([pa.nulls(1, values.type), *values.slice(0, len(values) - 1).chunks])
    is_same = pc.equal(values, before)
    first = pc.indices_nonzero(pc.or_kleene(is_same.is_null(), pc.invert(is_same)))
    return values.take(first), starts[to_numpy(first)]


def find_changed_owners(rows: RowsByDocument, others: RowsByDocument) -> set[str]:
    """The owners whose rows differ, or who are only in one of the two."""
    changed = rows.stretches.keys() ^ others.stretches.keys()
    alike = []
    for owner in rows.stretches.keys() & others.stretches.keys():
        mine, theirs = rows.stretches[owner], others.stretches[owner]
        if [number for _, number in mine] != [number for _, number in theirs]:
            changed.add(owner)
        else:
            alike += [(start, number, at, owner) for (start, number), (at, _) in zip(mine, theirs, strict=True)]
    for block in _group_neighbours(sorted(alike)):
        changed.update(_find_changed_owners(block, rows.table, others.table))
    return changed


# Rows of an owner in two tables: the first row in one, their number, the first row in the other, and the owner.
_Pair = tuple[int, int, int, str]


def _group_neighbours(pairs: list[_Pair]) -> Iterator[list[_Pair]]:
    """The pairs in blocks that are adjacent in both tables, so that a block can be compared at once."""
    block: list[_Pair] = []
    for pair in pairs:
        if block and (block[-1][0] + block[-1][1], block[-1][2] + block[-1][1]) != (pair[0], pair[2]):
            yield block
            block = []
        block.append(pair)
    if block:
        yield block


def _find_changed_owners(block: list[_Pair], table: pa.Table, other: pa.Table) -> Iterator[str]:
    """The owners whose rows differ; a block that differs is halved until each half is one owner or the same."""
    start, _, at, owner = block[0]
    number = block[-1][0] + block[-1][1] - start
    if table.slice(start, number).equals(other.slice(at, number)):
        return
    if len(block) == 1:
        yield owner
        return
    middle = len(block) // 2
    yield from _find_changed_owners(block[:middle], table, other)
    yield from _find_changed_owners(block[middle:], table, other)
