"""A source's own mistakes, corrected for as long as the source makes them.

A correction names a cell, what the source says there, and what is right. Where the source says anything else by now,
nothing is corrected, and that is said: a correction never outlives the mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from config.models import Correction
from extract.sentences import heading_of, unwrap_lines
from transform.bodies import language_of_name
from transform.schema import TABLES, Column
from transform.sheets import Row

# What follows from other cells.
COUNTED = ("area_count", "task_count", "found", "holds")
# What is made from a cell that is corrected, and so is made anew.
FOLLOWS: dict[tuple[str, str], dict[str, Callable[[str], str]]] = {
    ("tasks", "text"): {"title": lambda words: heading_of(unwrap_lines(words)) or words},
    ("bodies", "name"): {"language": language_of_name},
}


def correctable(table: str) -> tuple[str, ...]:
    """The columns of a table that can be corrected: those that hold what a source says."""
    if table not in TABLES or not TABLES[table].compared or table in ("captures", "mentions"):
        return ()
    of = TABLES[table]
    fixed = {*of.key, *(reference.column for reference in of.foreign_keys), "source_id", "url", *COUNTED}
    return tuple(name for name in of.content if name not in fixed)


def misplaced(corrections: Sequence[Correction]) -> Iterator[tuple[int, str, str]]:
    """The corrections that can correct nothing: index, key and what is wrong with it."""
    for index, one in enumerate(corrections):
        known = correctable(one.table)
        if not known:
            tables = ", ".join(name for name in TABLES if correctable(name))
            yield index, "table", f"{one.table!r} is no table that can be corrected; those are {tables}"
        elif one.column not in known:
            yield index, "column", f"{one.column!r} cannot be corrected in {one.table}; {', '.join(known)} can"
        elif any(
            (other.table, other.row, other.column) == (one.table, one.row, one.column) for other in corrections[:index]
        ):
            yield index, "column", f"{one.column} of {one.row} is corrected twice; take one of the two out"
        else:
            for key, value in (("expect", one.expect), ("correct", one.correct)):
                if wrong := _no_value(one, value):
                    yield index, key, wrong


def _no_value(one: Correction, value: object) -> str | None:
    """What is wrong with a value that its column cannot hold."""
    column = _column(one.table, one.column)
    if value is None:
        return None if column.nullable else f"{one.table}.{one.column} cannot be empty"
    if column.type == "string" and not isinstance(value, str):
        return f"{value!r} is no text; put it in quotes"
    if str(value).strip() == "" or (column.enum and value not in column.enum) or _typed(column, value) is None:
        allowed = f"; those are {', '.join(column.enum)}" if column.enum else ""
        return f"{value!r} is no value of {one.table}.{one.column}{allowed}"
    return None


class Corrector:
    """Corrects rows while they are made, and keeps what it did and what it found nothing to do for."""

    def __init__(self, corrections: Sequence[Correction]) -> None:
        self._by_row: dict[tuple[str, str], list[tuple[int, Correction]]] = defaultdict(list)
        for index, one in enumerate(corrections):
            self._by_row[one.table, one.row].append((index, one))
        self._met: set[int] = set()
        self.rows: list[Row] = []
        self._notes: list[str] = []
        self._all = tuple(enumerate(corrections))

    def correct(self, table: str, row: Row) -> None:
        """Correct a row where it is to be."""
        if not self._by_row:
            return
        row_id = " ".join(str(row[part]) for part in TABLES[table].identity)
        for index, one in self._by_row.get((table, row_id), ()):
            self._met.add(index)
            stated = row[one.column]
            if _text(stated) != _text(one.expect):
                says = "says nothing" if stated is None else f"says “{stated}”"
                self._notes.append(
                    f"corrections[{index}]: the source {says} of {one.column} of {one.row} now, and not "
                    f"“{_text(one.expect)}”; nothing was corrected, take the correction out or mend it"
                )
                continue
            for name, follows in FOLLOWS.get((table, one.column), {}).items():
                row[name] = follows(str(one.correct))
            row[one.column] = _typed(_column(table, one.column), one.correct)
            self.rows.append(
                {
                    "table_name": table,
                    "row_id": row_id,
                    "column_name": one.column,
                    "stated": _text(stated),
                    "corrected": _text(one.correct),
                    "reason": one.reason,
                    "tell": one.tell,
                }
            )
        if table == "claims" and row["found"] is not None:
            row["holds"] = row["stated"] == row["found"]

    def notes(self) -> list[str]:
        """A line for each correction that has nothing to correct any more."""
        unmet = [
            f"corrections[{index}]: {one.table} has no row {one.row}; take the correction out or mend it"
            for index, one in self._all
            if index not in self._met
        ]
        return [*self._notes, *unmet]


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _column(table: str, name: str) -> Column:
    return next(column for column in TABLES[table].columns if column.name == name)


def _typed(column: Column, value: object) -> Any:
    """A value as its column holds it; None where it cannot."""
    words = _text(value)
    if words is None or column.type == "string":
        return words
    try:
        return date.fromisoformat(words) if column.type == "date" else int(words) if column.type == "integer" else None
    except ValueError:
        return None
