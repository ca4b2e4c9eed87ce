"""A table as the bytes of a CSV or a Parquet file.

CSV begins with a byte-order mark: without one, spreadsheets read Chinese text as a Western encoding, and a person who
opens a file by double click has no place to say otherwise; pandas, R's readr, DuckDB and pyarrow skip the mark.
Parquet is zstd, without pandas' own metadata block, with the description of each column in its field.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

ISO_DATETIME = "%Y-%m-%dT%H:%M:%SZ"


def to_csv(table: pa.Table) -> bytes:
    """The table as CSV: UTF-8 with a byte-order mark, header line, ISO dates, an empty cell for nothing."""
    sink = io.BytesIO()
    sink.write(codecs.BOM_UTF8)
    pa_csv.write_csv(_with_iso_datetimes(table), sink, pa_csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def to_parquet(table: pa.Table, about: Mapping[str, str]) -> bytes:
    """The table as Parquet, with `about` in the file's key-value metadata."""
    sink = io.BytesIO()
    described = table.replace_schema_metadata({**(table.schema.metadata or {}), **about})
    pq.write_table(described, sink, compression="zstd", compression_level=3, coerce_timestamps="ms")
    return sink.getvalue()


def _with_iso_datetimes(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            whole_seconds = table.column(index).cast(pa.timestamp("s", tz="UTC"))
            table = table.set_column(index, field.name, pc.strftime(whole_seconds, format=ISO_DATETIME))
    return table
