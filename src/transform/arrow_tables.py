"""Tables of rows in one order: by key.

New rows are gathered as they come and turned into Arrow in batches; rows that stay are taken from the previous release
as they are, without a copy. So the work and the memory of a release follow what changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transform.schema import TABLES, TableSpec, build_arrow_schema

Row = dict[str, Any]
Tables = Mapping[str, pa.Table]

# Rows are turned into Arrow when so many have come: as Python objects they are ten times as large.
BATCH = 20_000
# Rows in more pieces than this, or in shorter ones on average, are copied: that is cheaper then than slices.
MOST_RUNS, SHORTEST_RUN = 2_000, 200
# So many times as many rows have to stay as there are new ones, for these to be put between those one by one.
FEW = 8


def to_table(name: str, rows: Sequence[Row]) -> pa.Table:
    """Rows as a table of the schema, in the order given."""
    return pa.Table.from_pylist(list(rows), schema=build_arrow_schema(TABLES[name]))


class RowCollector:
    """Gathers rows by table."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Row]] = {}
        self._batches: dict[str, list[pa.Table]] = {}

    def add(self, name: str, row: Row) -> None:
        """Put down a row of a table."""
        waiting = self._waiting.setdefault(name, [])
        waiting.append(row)
        if len(waiting) >= BATCH:
            self._convert_waiting(name)

    def build_table(self, name: str) -> pa.Table:
        """All rows of a table, in the order in which they came."""
        self._convert_waiting(name)
        return pa.concat_tables(self._batches[name]) if self._batches.get(name) else to_table(name, [])

    def _convert_waiting(self, name: str) -> None:
        if rows := self._waiting.pop(name, []):
            self._batches.setdefault(name, []).append(to_table(name, rows))


def align_columns(name: str, table: pa.Table | None) -> pa.Table:
    """A table of an earlier release in today's columns: those that it lacks are empty, those that went are left out."""
    schema = build_arrow_schema(TABLES[name])
    if table is None:
        return schema.empty_table()
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def sort_by_key(table: pa.Table, spec: TableSpec) -> pa.Table:
    """The rows sorted by their key, in code point order."""
    if table.num_rows < 2:
        return table
    return take_rows(table, pc.sort_indices(table, sort_keys=[(part, "ascending") for part in spec.key]))


def is_sorted(table: pa.Table, spec: TableSpec) -> bool:
    """Whether each row's key comes after that of the row before, as in a table that is sorted and has no key twice."""
    above, below = table.slice(0, max(0, table.num_rows - 1)), table.slice(1)
    *first, last = spec.key
    rising = pc.less(above[last], below[last])
    for part in reversed(first):
        same = pc.equal(above[part], below[part])
        rising = pc.or_(pc.less(above[part], below[part]), pc.and_(same, rising))
    return bool(pc.all(rising, skip_nulls=False, min_count=0).as_py())


def merge_sorted(kept: pa.Table, added: pa.Table, spec: TableSpec) -> pa.Table:
    """The rows of two tables, each sorted by key, in the order of their keys; as slices of both where that is cheap."""
    pieces: list[pa.Table] = []
    done, since = 0, 0
    keys = list(zip(*(added[part].to_pylist() for part in spec.key), strict=True)) if _are_few(added, kept) else []
    columns = [kept[part] for part in spec.key]
    while since < len(keys):
        if len(pieces) > MOST_RUNS:
            break
        here = bisect_left(range(kept.num_rows), keys[since], lo=done, key=lambda row: _get_key(columns, row))
        until = bisect_left(keys, _get_key(columns, here), lo=since) if here < kept.num_rows else len(keys)
        pieces += [kept.slice(done, here - done), added.slice(since, until - since)]
        done, since = here, until
    if since < added.num_rows:
        return sort_by_key(pa.concat_tables([kept, added]), spec)
    return pa.concat_tables([piece for piece in (*pieces, kept.slice(done)) if piece.num_rows] or [kept])


def _are_few(added: pa.Table, kept: pa.Table) -> bool:
    return bool(added.num_rows * FEW <= kept.num_rows)


def _get_key(columns: Sequence[pa.ChunkedArray], row: int) -> tuple[Any, ...]:
    return tuple(column[row].as_py() for column in columns)


def select_rows(table: pa.Table, mask: pa.ChunkedArray) -> pa.Table:
    """The rows of a table where the mask is true; as slices, without a copy, where they are few runs of neighbours."""
    import numpy as np

    edges = np.flatnonzero(np.diff(mask.to_numpy(), prepend=False, append=False)).tolist()
    if _is_scattered(len(edges) // 2, table.num_rows):
        return table.filter(mask)
    runs = [table.slice(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return pa.concat_tables(runs) if runs else table.slice(0, 0)


def take_rows(table: pa.Table, positions: pa.Array) -> pa.Table:
    """The rows at these places; as slices, without a copy, where they are few runs of neighbours."""
    import numpy as np  # a tenth of a second, which only those pay who have rows

    indexes = positions.to_numpy().astype(np.int64)
    if not len(indexes):
        return table.slice(0, 0)
    breaks = np.flatnonzero(np.diff(indexes) != 1) + 1
    if _is_scattered(len(breaks), len(indexes)):
        return table.take(positions)
    ends = [*breaks.tolist(), len(indexes)]
    return pa.concat_tables([table.slice(int(indexes[start]), end - start) for start, end in pairwise([0, *ends])])


def _is_scattered(runs: int, rows: int) -> bool:
    return runs > MOST_RUNS or runs * SHORTEST_RUN > rows > SHORTEST_RUN


def drop_empty_chunks(table: pa.Table) -> pa.Table:
    """The table without empty chunks: pyarrow's CSV writer would write the chunk before such a one a second time."""
    return pa.Table.from_batches([batch for batch in table.to_batches() if batch.num_rows], schema=table.schema)


def build_row_ids(table: pa.Table, spec: TableSpec) -> pa.ChunkedArray:
    """By what each row is recognised in another version: its key, parts joined by a space."""
    parts = [table[name].cast(pa.string()) for name in spec.identity]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")
