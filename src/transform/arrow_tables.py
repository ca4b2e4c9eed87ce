"""Rows and Arrow tables: collect rows, sort by key, select and take rows.

Rows come in as dicts, `{"task_id": "harbour-2021/t01", "level": 1, …}`; tables go out as `pyarrow.Table` with the
columns of `transform.schema`. Rows that stay from the previous release are slices of its tables and not copies, so
memory follows what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transform.schema import TABLES, TableSpec, build_arrow_schema

Row = dict[str, Any]
Tables = Mapping[str, pa.Table]

TEXT = pa.string()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Rows are converted to Arrow in batches of this size: as Python objects they take ten times the memory.
BATCH_SIZE = 20_000
# Rows are copied, and not sliced, if there are more runs of neighbours than this, or shorter ones on average.
MOST_RUNS, SHORTEST_RUN = 2_000, 200


def to_table(name: str, rows: Sequence[Row]) -> pa.Table:
    """Rows as a table of the schema, in the order given; what a row does not have is null."""
    schema = build_arrow_schema(TABLES[name])
    columns = [to_array([row.get(field.name) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def to_array(values: Iterable[Any], kind: pa.DataType = TEXT) -> pa.Array:
    """Values or None as an Arrow array of a type, which is read from their text.

    `pa.array` and `pa.scalar` load pandas, which takes as long as all else that a run without news loads. Raises
    pa.ArrowInvalid if a value is not of the type.
    """
    builder = pa.lib.StringBuilder()
    builder.append_values([value if value is None else str(value) for value in values])
    texts = builder.finish()
    return texts if kind == TEXT else texts.cast(kind)


def match_values(column: pa.ChunkedArray, values: Iterable[Any]) -> pa.ChunkedArray:
    """A mask: true if a cell is one of these values, false if it is another or null."""
    return pc.is_in(column, value_set=to_array(values, column.type))


class RowCollector:
    """Collects rows by table, and converts them to Arrow in batches."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Row]] = {}
        self._batches: dict[str, list[pa.Table]] = {}

    def add(self, name: str, row: Row) -> None:
        """Add a row to a table."""
        waiting = self._waiting.setdefault(name, [])
        waiting.append(row)
        if len(waiting) >= BATCH_SIZE:
            self._convert_waiting(name)

    def build_table(self, name: str) -> pa.Table:
        """All rows of a table, sorted by key."""
        self._convert_waiting(name)
        return sort_by_key(pa.concat_tables([to_table(name, []), *self._batches.get(name, ())]), TABLES[name])

    def _convert_waiting(self, name: str) -> None:
        if rows := self._waiting.pop(name, []):
            self._batches.setdefault(name, []).append(to_table(name, rows))


def align_columns(name: str, table: pa.Table | None) -> pa.Table:
    """A table of an earlier release with today's columns: missing ones are empty, dropped ones are left out.

    None gives an empty table.
    """
    schema = build_arrow_schema(TABLES[name])
    if table is None:
        return to_table(name, [])
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def sort_by_key(table: pa.Table, spec: TableSpec) -> pa.Table:
    """The rows sorted by their key, in code point order; rows with the same key stay in their order."""
    if table.num_rows < 2:
        return table
    return take_rows(table, pc.sort_indices(table, sort_keys=[(part, "ascending") for part in spec.key]))


def is_sorted(table: pa.Table, spec: TableSpec) -> bool:
    """Whether each row's key is greater than that of the row before: sorted, and no key twice."""
    above, below = table.slice(0, max(0, table.num_rows - 1)), table.slice(1)
    *first, last = spec.key
    is_greater = pc.less(above[last], below[last])
    for part in reversed(first):
        is_equal = pc.equal(above[part], below[part])
        is_greater = pc.or_(pc.less(above[part], below[part]), pc.and_(is_equal, is_greater))
    return bool(pc.all(is_greater, skip_nulls=False, min_count=0).as_py())


def select_rows(table: pa.Table, mask: pa.ChunkedArray) -> pa.Table:
    """The rows of a table where the mask is true; as slices if they form few runs of neighbours."""
    import numpy as np  # takes a tenth of a second to load, and is not needed without rows

    edges = np.flatnonzero(np.diff(to_numpy(mask), prepend=0, append=0)).tolist()
    if _is_scattered(len(edges) // 2, table.num_rows):
        return table.filter(mask)
    runs = [table.slice(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return pa.concat_tables(runs) if runs else table.slice(0, 0)


def take_rows(table: pa.Table, positions: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The rows at these positions, in this order; as slices if they form few runs of neighbours."""
    import numpy as np

    indexes = to_numpy(positions)
    if not len(indexes):
        return table.slice(0, 0)
    breaks = np.flatnonzero(np.diff(indexes) != 1) + 1
    if _is_scattered(len(breaks), len(indexes)):
        return table.take(positions)
    edges = [0, *breaks.tolist(), len(indexes)]
    return pa.concat_tables([table.slice(int(indexes[start]), end - start) for start, end in pairwise(edges)])


def _is_scattered(run_count: int, row_count: int) -> bool:
    return run_count > MOST_RUNS or run_count * SHORTEST_RUN > row_count > SHORTEST_RUN


def to_numpy(column: pa.Array | pa.ChunkedArray) -> Any:
    """Whole numbers, or a mask, without nulls as a NumPy array of int64; Arrow's own `to_numpy` loads pandas."""
    import numpy as np

    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return np.concatenate([np.empty(0, np.int64), *(np.from_dlpack(chunk.cast(pa.int64())) for chunk in chunks)])


def to_rows(table: pa.Table) -> list[Row]:
    """The rows as dicts: `to_pylist`, which loads pandas if there are times, without it."""
    times = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
    rows: list[Row] = table.drop_columns(times).to_pylist()
    for name in times:
        millis = table[name].cast(pa.timestamp("ms", "UTC")).cast(pa.int64()).to_pylist()
        for row, since in zip(rows, millis, strict=True):
            row[name] = since if since is None else EPOCH + timedelta(milliseconds=since)
    return rows


def drop_empty_chunks(table: pa.Table) -> pa.Table:
    """The table without empty chunks: pyarrow's CSV writer writes the chunk before an empty one twice."""
    return pa.Table.from_batches([batch for batch in table.to_batches() if batch.num_rows], schema=table.schema)


def build_row_ids(table: pa.Table, spec: TableSpec) -> pa.ChunkedArray:
    """The id of each row across versions: its identity columns, joined by a space."""
    parts = [table[name].cast(pa.string()) for name in spec.identity]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, to_array([" "])[0])
