"""Does a CSV of a release have the rows of its Parquet? A file and a table in, yes or no out.

The apostrophe that keeps a spreadsheet from running a text is removed as `table_files.py` says. Then all cells are
compared as text, so that nothing depends on how a reader guesses their types.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from publish.table_files import FORMULA
from transform.content import as_text

# A guarded text, and the same without the guard.
GUARDED, EXACT = f"^'({FORMULA.removeprefix('^')})", r"\1"
BLOCK = 16 * 2**20


def holds_same_rows(path: Path, table: pa.Table) -> bool:
    """Whether a CSV has the columns and the cells of a table. Raises pa.ArrowException where it is not a CSV."""
    names = table.column_names
    texts = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    read = pa_csv.read_csv(
        path,
        pa_csv.ReadOptions(use_threads=False, block_size=BLOCK),
        pa_csv.ParseOptions(newlines_in_values=True),
        texts,
    )
    if read.column_names != names or read.num_rows != table.num_rows:
        return False
    return all(
        _strip_guard(read[name], guarded=pa.types.is_string(table[name].type)).equals(as_text(table[name]))
        for name in names
    )


def _strip_guard(column: pa.ChunkedArray, *, guarded: bool) -> pa.ChunkedArray:
    return pc.replace_substring_regex(column, pattern=GUARDED, replacement=EXACT) if guarded else column
