"""The difference of two versions: their Parquet files in, a `changes` table out; no file is held in memory whole.

The tables of a release are sorted by key. So both versions of a table are read side by side, one group of rows after
the other, and rows are compared with all rows of the same keys. Two threads take half of the keys each.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from transform.arrow_tables import sort_by_key, to_table
from transform.changes import find_changes
from transform.schema import TABLES, TableSpec

BATCH_ROWS = 32_768
# A text column that takes fewer bytes a row than this is stored as references to a dictionary.
CODED_BYTES = 4

GREATEST = "\U0010ffff"


class _Half(NamedTuple):
    """A table in both versions, and the keys to compare: those whose first part is in `[since, until)`."""

    spec: TableSpec
    old: Path
    new: Path
    since: str = ""
    until: str | None = None


def compare_files(old: Mapping[str, Path], new: Mapping[str, Path]) -> pa.Table:
    """The `changes` table, sorted by key, that leads from the content of one version to another's.

    Each version is given as its Parquet files by table, sorted by key as releases are; a table that one of them lacks
    is empty there. Raises OSError and ArrowException if one cannot be read.
    """
    names = [spec.name for spec in TABLES.values() if spec.compared and spec.name in {*old, *new}]
    split = [name for name in names if name in old and name in new and TABLES[name].identity == TABLES[name].key]
    halves = [half for name in split for half in _split_halves(TABLES[name], old[name], new[name])]
    with ThreadPoolExecutor(2) as pool:
        changes = list(pool.map(_compare_half, halves))
    changes += [_compare_whole(name, old.get(name), new.get(name)) for name in names if name not in split]
    return sort_by_key(pa.concat_tables([to_table("changes", []), *changes]), TABLES["changes"])


def _compare_whole(name: str, old: Path | None, new: Path | None) -> pa.Table:
    before, after = ({name: _read_whole(path)} if path else {} for path in (old, new))
    return find_changes(before, after or {name: before[name].slice(0, 0)})


def _split_halves(spec: TableSpec, old: Path, new: Path) -> list[_Half]:
    with _open_file(new) as file:
        middle = _read_bounds(file, file.num_row_groups // 2, spec)[0] if file.num_row_groups > 1 else ""
    if not middle:
        return [_Half(spec, old, new)]
    return [_Half(spec, old, new, until=middle), _Half(spec, old, new, since=middle)]


def _compare_half(half: _Half) -> pa.Table:
    name = half.spec.name
    with _open_file(half.old) as old, _open_file(half.new) as new:
        pairs = _read_side_by_side(half, _read_groups(half, old), _read_groups(half, new))
        changes = [find_changes({name: before}, {name: after}) for before, after in pairs]
    return pa.concat_tables([to_table("changes", []), *changes])


def _read_groups(half: _Half, file: pq.ParquetFile) -> Iterator[pa.Table]:
    """The rows of the half in a file, one row group after the other, in the columns that are compared."""
    columns = [name for name in half.spec.content if name in file.schema_arrow.names]
    bounds = (_read_bounds(file, number, half.spec) for number in range(file.num_row_groups))
    groups = [
        number
        for number, (least, most) in enumerate(bounds)
        if most >= half.since and (half.until is None or least < half.until)
    ]
    # In this thread: those of pyarrow's own abort about one process in fifty that ends right after reading.
    for batch in file.iter_batches(BATCH_ROWS, row_groups=groups, columns=columns, use_threads=False):
        table = pa.Table.from_batches([batch])
        start = _find_row(half, table, half.since)
        end = table.num_rows if half.until is None else _find_row(half, table, half.until)
        if start < end:
            yield table.slice(start, end - start)


def _read_side_by_side(
    half: _Half, old: Iterator[pa.Table], new: Iterator[pa.Table]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """All rows of both, in pairs of tables that hold the same keys."""
    streams = (old, new)
    pending = [list(islice(stream, 1)) for stream in streams]
    more = all(pending)
    while more:
        tables = [pa.concat_tables(parts) for parts in pending]
        lasts = [table[half.spec.key[0]][-1].as_py() for table in tables]
        ends = [_find_row(half, table, min(lasts)) for table in tables]
        yield tables[0].slice(0, ends[0]), tables[1].slice(0, ends[1])
        pending = [[table.slice(end)] for table, end in zip(tables, ends, strict=True)]
        for side, stream in enumerate(streams):
            if lasts[side] == min(lasts):  # the rows of its last key may go on in its next group
                following = list(islice(stream, 1))
                pending[side] += following
                more = more and bool(following)
    remaining = [[*parts, *stream] for parts, stream in zip(pending, streams, strict=True)]
    if any(remaining):
        empty = next(table for parts in remaining for table in parts).slice(0, 0)
        yield pa.concat_tables(remaining[0] or [empty]), pa.concat_tables(remaining[1] or [empty])


def _find_row(half: _Half, table: pa.Table, key: str) -> int:
    """The index of the first row whose key is `key` or later."""
    column = table[half.spec.key[0]]
    return bisect_left(range(table.num_rows), key, key=lambda row: column[row].as_py())


def _read_bounds(file: pq.ParquetFile, group: int, spec: TableSpec) -> tuple[str, str]:
    """The least and the greatest first part of a key in a row group; if the file does not say, no limits."""
    statistics = file.metadata.row_group(group).column(file.schema_arrow.get_field_index(spec.key[0])).statistics
    return (statistics.min, statistics.max) if statistics else ("", GREATEST)


def _open_file(path: Path) -> pq.ParquetFile:
    """An open file, in which columns with few distinct values stay references to a dictionary."""
    metadata = pq.read_metadata(path)
    coded = []
    for group in map(metadata.row_group, range(min(1, metadata.num_row_groups))):
        columns = map(group.column, range(group.num_columns))
        texts = [column for column in columns if column.physical_type == "BYTE_ARRAY"]
        coded = [text.path_in_schema for text in texts if text.total_uncompressed_size < CODED_BYTES * group.num_rows]
    return pq.ParquetFile(path, metadata=metadata, read_dictionary=coded, pre_buffer=False)


def _read_whole(path: Path) -> pa.Table:
    with _open_file(path) as file:
        return file.read(use_threads=False)
