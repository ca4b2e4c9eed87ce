"""What was read and decided before: tables on the disk, outside the checkout, that may be deleted at any time.

A row is a reading, or a decision, under its key. Where they cannot be had, everything is read anew, which is said in
one line.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from collect.fetch import state_folder
from extract.plan import Inspection, Plan

log = logging.getLogger(__name__)

# What a former edition of this table is called goes, so that its space is used again.
FORMER = "readings"
TABLE = """
create table if not exists captures_read (
    key text primary key, look text not null, found integer, plan blob, words blob
) without rowid
"""
# How many tasks a capture holds is asked far more often than all else, and the rows are large.
FOUND = "create index if not exists captures_found on captures_read (key, found)"
VERDICTS = "create table if not exists verdicts (key text primary key, words text not null) without rowid"
# Readings can be made again at any time: a memory that is larger than this is begun anew.
MOST_BYTES = 2_000_000_000
# What is wrong with the place, and not with what lies there.
PASSING = ("locked", "unable to open", "readonly", "disk")
LOOK = TypeAdapter(Inspection)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a capture: its first look; once its plan was read, how much it `found`, and the plan's text.

    `plan` and `text` are None where they were not asked for.
    """

    look: Inspection
    found: int | None = None
    plan: Plan | None = None
    text: str | None = None


@cache
def plans() -> TypeAdapter[Plan]:
    """How plans are written; made where one is wanted, since that takes a moment."""
    return TypeAdapter(Plan)


class Row(NamedTuple):
    """A reading as the table has it: the look as JSON, the plan as JSON and the text packed."""

    key: str
    look: str
    found: int | None
    plan: bytes | None
    words: bytes | None


def row_of(key: str, known: Known) -> Row:
    """A reading as a row."""
    plan = zlib.compress(plans().dump_json(known.plan), 1) if known.plan else None
    words = zlib.compress(known.text.encode("utf-8", "surrogatepass"), 1) if known.text is not None else None
    return Row(key, LOOK.dump_json(known.look).decode(), known.found, plan, words)


class Memory:
    """A table of readings on the disk."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or state_folder() / "readings.sqlite"
        self._table: sqlite3.Connection | None = None
        self._works = True

    def recall(self, key: str, *, whole: bool = False) -> Known | None:
        """What is known under a key; with the plan only where `whole`."""
        try:
            row = self._row("look, found, plan" if whole else "look, found, null", key)
            if not row:
                return None
            return Known(LOOK.validate_json(row[0]), row[1], row[2] and plans().validate_json(zlib.decompress(row[2])))
        except (sqlite3.Error, ValueError, zlib.error) as error:
            self._give_up(error)
            return None

    def recall_found(self, key: str) -> int | None:
        """How many tasks, or articles, a capture holds; None where that is not known."""
        try:
            row = self._row("found", key, "captures_read indexed by captures_found")
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        return row[0] if row else None

    def recall_text(self, key: str) -> str | None:
        """The text of a capture whose plan was read; None where none is known."""
        try:
            row = self._row("words", key)
            return zlib.decompress(row[0]).decode("utf-8", "surrogatepass") if row and row[0] is not None else None
        except (sqlite3.Error, ValueError, zlib.error) as error:
            self._give_up(error)
            return None

    def remember(self, key: str, known: Known) -> None:
        """Put a reading down."""
        self.remember_all([row_of(key, known)])

    def remember_all(self, rows: Iterable[Row]) -> None:
        """Put many readings down at once."""
        try:
            if table := self._open():
                with table:
                    table.execute("begin")
                    table.executemany("insert or replace into captures_read values (?, ?, ?, ?, ?)", rows)
        except (sqlite3.Error, ValueError) as error:
            self._give_up(error)

    def recall_verdict(self, key: str) -> str | None:
        """What was decided of a draft."""
        try:
            table = self._open()
            row = table.execute("select words from verdicts where key = ?", [key]).fetchone() if table else None
            return str(row[0]) if row else None
        except sqlite3.Error as error:
            self._give_up(error)
            return None

    def remember_verdict(self, key: str, words: str) -> None:
        """Put down what was decided of a draft."""
        try:
            if table := self._open():
                table.execute("insert or replace into verdicts values (?, ?)", [key, words])
        except sqlite3.Error as error:
            self._give_up(error)

    def _row(self, columns: str, key: str, table_name: str = "captures_read") -> tuple[Any, ...] | None:
        table = self._open()
        if table is None:
            return None
        found = table.execute(f"select {columns} from {table_name} where key = ?", [key])  # noqa: S608 (constants)
        row: tuple[Any, ...] | None = found.fetchone()
        return row

    def _open(self) -> sqlite3.Connection | None:
        if self._table is None and self._works:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
                    self._path.unlink()
            except OSError as error:
                self._give_up(error)
                return None
            self._table = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            self._table.execute("pragma journal_mode = wal")
            self._table.execute("pragma synchronous = normal")
            self._table.execute(f"drop table if exists {FORMER}")
            self._table.execute(TABLE)
            self._table.execute(FOUND)
            self._table.execute(VERDICTS)
        return self._table

    def _give_up(self, error: Exception) -> None:
        """Go on without; a file that is no table any more is removed, so that the next run has one again."""
        if self._works:
            said = str(error).splitlines()[0][:80]
            log.info("what was read before cannot be looked up (%s: %s); reading everything anew", self._path, said)
        self._works, self._table = False, None
        unusable = isinstance(error, sqlite3.OperationalError) and any(word in str(error) for word in PASSING)
        if not unusable and not isinstance(error, OSError):
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
