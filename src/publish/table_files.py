"""A table as a CSV or a Parquet file, and whether both have the same rows.

CSV after RFC 4180: commas, CRLF, every value in quotes. A cell without a value is empty; `""` does not occur, so the
two cannot be confused. The file begins with a byte-order mark: without one, spreadsheets read Chinese text in a Western
encoding, and a person who opens a file by double click cannot choose another; pandas, R's readr, DuckDB and pyarrow
skip the mark.

A text that a spreadsheet would run as a formula has an apostrophe before it, in CSV only. So has a text that begins
with apostrophes and continues like a formula: whoever removes one apostrophe from every text that matches `FORMULA` has
the exact texts again.

Parquet is zstd, sorted by key, in row groups with statistics and a page index, without pandas' own metadata block, with
the description of each column in its field.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from publish.storage.backend import compute_digest
from transform.arrow_tables import to_array
from transform.content import as_text
from transform.schema import TABLES

# The characters with which a formula begins for a spreadsheet, full width forms and white space included, and the
# pattern of a text that has to be guarded, or was (OWASP, "CSV Injection").
FORMULA_CHARACTERS = "=+-@\t\r\n＝＋－＠"
FORMULA = "^'*[=+\\-@\t\r\n＝＋－＠]"
# A guarded text, and the same without the guard.
GUARDED, EXACT = f"^'({FORMULA.removeprefix('^')})", r"\1"
FIRST_CHARACTERS = to_array(["'", *FORMULA_CHARACTERS])
CSV = pa_csv.WriteOptions(include_header=True, eol="\r\n", quoting_style="all_valid")
BATCH_ROWS, ROW_GROUP_ROWS = 32_768, 131_072

# Size in bytes and SHA-256 of a file.
FileDigest = tuple[int, str]


def write_tables(tables: Mapping[str, pa.Table], folder: Path, metadata: Mapping[str, str]) -> dict[str, FileDigest]:
    """Write tables of the schema as CSV and as Parquet, two files at a time; gives size and SHA-256 by file name.

    `metadata` goes into each Parquet file's key-value metadata. Raises OSError if a file cannot be written.
    """
    with ThreadPoolExecutor(2) as pool:  # pyarrow does the work outside of Python's lock
        waiting = {}
        for name, table in sorted(tables.items(), key=lambda item: -item[1].nbytes):
            named = {"table": name, **metadata}
            csv, parquet = (folder / f"{name}.{ending}" for ending in ("csv", "parquet"))
            waiting[parquet.name] = pool.submit(write_parquet, table, parquet, named, TABLES[name].key)
            waiting[csv.name] = pool.submit(write_csv, table, csv)
    return {name: done.result() for name, done in sorted(waiting.items())}


def write_csv(table: pa.Table, path: Path) -> FileDigest:
    """Write a table as CSV. Raises OSError if the file cannot be written."""
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(index, field.name, as_text(table.column(index)))
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)
        with pa_csv.CSVWriter(file, table.schema, write_options=CSV) as writer:
            for start in range(0, table.num_rows, BATCH_ROWS):
                (batch,) = table.slice(start, BATCH_ROWS).combine_chunks().to_batches()
                columns = map(_guard_formulas, batch.columns)
                writer.write_batch(pa.RecordBatch.from_arrays(list(columns), schema=table.schema))
    return measure_file(path)


def write_parquet(table: pa.Table, path: Path, metadata: Mapping[str, str], key: Sequence[str]) -> FileDigest:
    """Write a table, which is sorted by `key`, as Parquet, with `metadata` in the file's key-value metadata.

    Raises OSError if the file cannot be written.
    """
    described = table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata})
    with path.open("wb") as file:
        pq.write_table(
            described,
            file,
            compression="zstd",
            compression_level=3,
            coerce_timestamps="ms",
            row_group_size=ROW_GROUP_ROWS,
            sorting_columns=pq.SortingColumn.from_ordering(table.schema, [(part, "ascending") for part in key]),
            write_page_index=True,
        )
    return measure_file(path)


def holds_same_rows(path: Path, table: pa.Table) -> bool:
    """Whether a CSV has the columns and the cells of a table. Raises pa.ArrowException if it is not a CSV.

    All cells are compared as text, so that nothing depends on how a reader guesses their types.
    """
    names = table.column_names
    texts = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    read = pa_csv.read_csv(
        path,
        pa_csv.ReadOptions(use_threads=False, block_size=16 * 2**20),
        pa_csv.ParseOptions(newlines_in_values=True),
        texts,
    )
    if read.column_names != names or read.num_rows != table.num_rows:
        return False
    return all(_strip_guard(read[name], table[name].type).equals(as_text(table[name])) for name in names)


def measure_file(path: Path) -> FileDigest:
    """Size and SHA-256 of a file. Raises OSError."""
    return path.stat().st_size, compute_digest(path)


def _guard_formulas(column: pa.Array) -> pa.Array:
    """The texts, guarded if they have to be; in most columns the first character of each shows that none has to."""
    if not pa.types.is_string(column.type):
        return column
    if not pc.any(pc.is_in(pc.utf8_slice_codeunits(column, 0, 1), FIRST_CHARACTERS)).as_py():
        return column
    return pc.replace_substring_regex(column, pattern=f"({FORMULA})", replacement=r"'\1")


def _strip_guard(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """The cells of a CSV without the guards, which a column of the type `kind` has if it is of texts."""
    if not pa.types.is_string(kind):
        return column
    return pc.replace_substring_regex(column, pattern=GUARDED, replacement=EXACT)
