"""Which rows of a table belong to which document: a table in, the row ranges of each document out.

A release's tables are sorted by key, so that the rows of a document are adjacent. Their ranges are computed on whole
columns, and no row becomes a Python object before it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transform.arrow_tables import to_rows

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class RowsByDocument:
    """A table, and the ranges of its rows by owner, each the first row and the number of rows, in the table's order."""

    table: pa.Table
    stretches: Mapping[str, list[tuple[int, int]]]

    def select(self, owner: str) -> pa.Table:
        """The rows of an owner, in the table's order."""
        parts = [self.table.slice(start, number) for start, number in self.stretches.get(owner, ())]
        return pa.concat_tables(parts) if parts else self.table.slice(0, 0)

    def list_rows(self, owner: str) -> list[dict[str, Any]]:
        """The rows of an owner as Python objects."""
        return to_rows(self.select(owner))


def index_rows(name: str, tables: Tables) -> RowsByDocument:
    """The rows of a table by owner: a document, or for `captures` the capture."""
    table = tables[name]
    stretches: dict[str, list[tuple[int, int]]] = {}
    if not table.num_rows:
        return RowsByDocument(table, stretches)
    owners = pc.run_end_encode(_list_owners(name, tables).combine_chunks())
    start = 0
    for owner, end in zip(owners.values.to_pylist(), owners.run_ends.to_pylist(), strict=True):
        stretches.setdefault(owner, []).append((start, end - start))
        start = end
    return RowsByDocument(table, stretches)


def _list_owners(name: str, tables: Tables) -> pa.ChunkedArray:
    """The owner of each row of a table: a capture is its own; the id of a changed row begins with its document's id."""
    table = tables[name]
    if name == "assignments":
        tasks = tables["tasks"]
        return tasks["document_id"].take(pc.index_in(table["task_id"], value_set=tasks["task_id"]))
    if name == "captures":
        return table["capture_id"]
    if name == "changes":
        return pc.replace_substring_regex(table["row_id"], "[/ ].*", "")
    return table["document_id"]


def find_changed_owners(rows: RowsByDocument, others: RowsByDocument) -> set[str]:
    """The owners whose rows differ, or who are only in one of the two."""
    if rows.table.equals(others.table):
        return set()
    owners = rows.stretches.keys() | others.stretches.keys()
    return {owner for owner in owners if not rows.select(owner).equals(others.select(owner))}
