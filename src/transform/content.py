"""The content of tables, which is what versions are compared by: as text, and as one hash.

The hash is a SHA-256 over canonical rows, so equal content has an equal hash whatever libraries wrote the files. Of
each compared table, in the schema's order, come a line with the table's name and its content columns, then the rows
sorted by row id:

    "areas","area_id","document_id","ordinal","label","title","kind"
    "harbour-2021/a01","harbour-2021","1","(I)","Sharing Ferries","core"

This is CSV after RFC 4180 with every value in quotes, an empty field without quotes for null, and LF line ends. Text
is written as it is, numbers in decimal, booleans as true or false, dates and times in ISO 8601.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from transform.arrow_tables import Tables, build_row_ids, drop_empty_chunks
from transform.schema import TABLES, TableSpec

CANONICAL = pa_csv.WriteOptions(include_header=False, quoting_style="all_valid", eol="\n", batch_size=8192)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column's cells as text, as CSV files write them; null stays null."""
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column.cast(pa.timestamp("s", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ")
    return column.cast(pa.string())


def get_cells(table: pa.Table, name: str) -> pa.ChunkedArray:
    """A column of a table; all null if the table does not have it."""
    if name in table.column_names:
        return table[name]
    return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])


def select_content(table: pa.Table, spec: TableSpec) -> pa.Table:
    """The compared columns of a table as text; all null if the table does not have one."""
    return pa.table({name: as_text(get_cells(table, name)) for name in spec.content})


def hash_content(tables: Tables) -> str:
    """The SHA-256, in hexadecimal, over the canonical rows of all compared tables."""
    digest = hashlib.sha256()
    for spec in TABLES.values():
        if spec.compared:
            digest.update(",".join(f'"{name}"' for name in (spec.name, *spec.content)).encode() + b"\n")
            content = select_content(tables[spec.name], spec)
            if spec.identity != spec.key:
                content = content.take(pc.sort_indices(build_row_ids(tables[spec.name], spec)))
            pa_csv.write_csv(drop_empty_chunks(content), _Digest(digest.update), CANONICAL)
    return digest.hexdigest()


class _Digest(io.RawIOBase):
    """A file object that adds to a hash what is written to it; pyarrow's CSV writer needs a file."""

    def __init__(self, add: Callable[[Any], None]) -> None:
        super().__init__()
        self._add = add

    def writable(self) -> bool:
        """True: pyarrow asks before it writes."""
        return True

    def write(self, content: Any) -> int:
        """Add a buffer to the hash."""
        self._add(content)
        return len(content)
