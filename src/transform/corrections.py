"""Corrects mistakes of a source, for as long as the source makes them.

A correction from the dataset's file names a cell, what the source states there, and what is right. It is applied to
the row while that is made, and is a row of the table `corrections`. If the source states anything else, nothing is
corrected, and a note says so: a correction never outlives the mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any

from config.errors import ConfigurationError
from config.models import Correction
from extract.sentences import shorten_to_heading, unwrap_lines
from transform.arrow_tables import Row
from transform.bodies import detect_language
from transform.schema import TABLES, Column

# The largest number of a column of integers, which have 64 bits.
LARGEST_INTEGER = 2**63 - 1
# Columns that say where a row is from, and columns whose values are computed from other cells.
FIXED_COLUMNS = ("source_id", "url", "area_count", "task_count", "found", "holds")
# Columns that are derived from one cell, and are derived again when it is corrected.
DERIVED_COLUMNS: dict[tuple[str, str], dict[str, Callable[[str], str]]] = {
    ("tasks", "text"): {"title": lambda words: shorten_to_heading(unwrap_lines(words)) or words},
    ("bodies", "name"): {"language": detect_language},
}


def list_correctable_columns(table: str) -> tuple[str, ...]:
    """The columns of a table that can be corrected: those that hold what a source states."""
    if table not in TABLES or not TABLES[table].compared or table in ("captures", "mentions"):
        return ()
    spec = TABLES[table]
    fixed_columns = {*spec.key, *FIXED_COLUMNS}
    return tuple(
        column.name
        for column in spec.columns
        if column.compared and not column.refers_to and column.name not in fixed_columns
    )


def check_corrections(corrections: Sequence[Correction], where: str) -> None:
    """Raise ConfigurationError for the first correction that can never apply. `where` names the dataset's file."""
    seen = set()
    for index, correction in enumerate(corrections):
        table, column, entry = correction.table, correction.column, f"{where}: corrections[{index}]"
        columns = list_correctable_columns(table)
        if not columns:
            tables = ", ".join(name for name in TABLES if list_correctable_columns(name))
            raise ConfigurationError(f"{table!r} cannot be corrected", f"{entry}.table", f"write one of {tables}")
        if column not in columns:
            fix = f"write one of {', '.join(columns)}"
            raise ConfigurationError(f"{column!r} of {table} cannot be corrected", f"{entry}.column", fix)
        if (table, correction.row, column) in seen:
            what = f"{column} of {correction.row} is corrected twice"
            raise ConfigurationError(what, f"{entry}.column", "keep one of the two")
        seen.add((table, correction.row, column))
        for key, value in (("expect", correction.expect), ("correct", correction.correct)):
            _check_value(correction, value, f"{entry}.{key}")


def _check_value(correction: Correction, value: object, where: str) -> None:
    """Raise ConfigurationError if the corrected column cannot hold the value."""
    column = _get_column(correction.table, correction.column)
    name = f"{correction.table}.{correction.column}"
    if value is None:
        if not column.nullable:
            raise ConfigurationError(f"{name} cannot be empty", where, "write a value")
    elif column.type == "string" and not isinstance(value, str):
        raise ConfigurationError(f"{value!r} is not text", where, "put it in quotes")
    elif column.enum and value not in column.enum:
        raise ConfigurationError(f"{value!r} is not a value of {name}", where, f"write one of {', '.join(column.enum)}")
    elif str(value).strip() == "" or _convert_value(column, value) is None:
        raise ConfigurationError(f"{value!r} is not a value of {name}", where, f"write one of type {column.type}")


class Corrector:
    """Corrects rows while they are made; collects the rows of `corrections`, and notes on those that do not apply.

    `kept_ids` are those of rows that are not made again: what was corrected in them stays so.
    """

    def __init__(self, corrections: Sequence[Correction], kept_ids: Collection[str] = ()) -> None:
        self._kept_ids = kept_ids
        self._by_row: dict[tuple[str, str], list[tuple[int, Correction]]] = defaultdict(list)
        for index, correction in enumerate(corrections):
            self._by_row[correction.table, correction.row].append((index, correction))
        self._matched: set[int] = set()
        self.rows: list[Row] = []
        self._notes: list[str] = []
        self._corrections = tuple(enumerate(corrections))

    def correct(self, table: str, row: Row) -> None:
        """Correct the cells of a row, in place, and record each in `rows`."""
        if not self._by_row:
            return
        row_id = " ".join(str(row[part]) for part in TABLES[table].identity)
        for index, correction in self._by_row.get((table, row_id), ()):
            self._matched.add(index)
            stated = row[correction.column]
            if _to_text(stated) != _to_text(correction.expect):
                statement = "says nothing" if stated is None else f"says “{stated}”"
                self._notes.append(
                    f"corrections[{index}]: the source {statement} of {correction.column} of {correction.row} now, and "
                    f"not “{_to_text(correction.expect)}”; nothing was corrected, take the correction out or mend it"
                )
                continue
            for name, derive in DERIVED_COLUMNS.get((table, correction.column), {}).items():
                row[name] = derive(str(correction.correct))
            row[correction.column] = _convert_value(_get_column(table, correction.column), correction.correct)
            self.rows.append(
                {
                    "table_name": table,
                    "row_id": row_id,
                    "column_name": correction.column,
                    "stated": _to_text(stated),
                    "corrected": _to_text(correction.correct),
                    "reason": correction.reason,
                    "tell": correction.tell,
                }
            )
        if table == "claims" and row["found"] is not None:
            row["holds"] = row["stated"] == row["found"]

    def keep_rows(self, rows: Iterable[Row]) -> None:
        """Add the rows of `corrections` in the previous release that are about rows that are not made again."""
        self.rows += [row for row in rows if self._is_kept(row["row_id"])]

    def _is_kept(self, row_id: str) -> bool:
        return row_id.partition(" ")[0] in self._kept_ids

    def list_notes(self) -> list[str]:
        """A line for each correction that does not apply any more."""
        unmatched = [
            f"corrections[{index}]: {correction.table} has no row {correction.row}; take the correction out or mend it"
            for index, correction in self._corrections
            if index not in self._matched and not self._is_kept(correction.row)
        ]
        return [*self._notes, *unmatched]


def _to_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _get_column(table: str, name: str) -> Column:
    return next(column for column in TABLES[table].columns if column.name == name)


def _convert_value(column: Column, value: object) -> Any:
    """A value as its column holds it; None if it cannot."""
    text = _to_text(value)
    if text is None or column.type == "string":
        return text
    try:
        if column.type == "date":
            return date.fromisoformat(text)
        number = int(text) if column.type == "integer" else None
    except ValueError:
        return None
    return number if number is not None and abs(number) <= LARGEST_INTEGER else None
