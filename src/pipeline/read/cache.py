"""Earlier readings and decisions, in an SQLite file outside the workspace that may be deleted at any time.

A row is a reading, or a decision, under its key. If the file cannot be used, one line is logged and everything is
read again.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter

from config.paths import locate_cache_folder
from extract.plan import Inspection, Plan

log = logging.getLogger(__name__)

# The number of tasks has an index, since it is looked up far more often than the rest of a row, which is large. The
# table `readings` is of an earlier version; it is dropped, so that its space is used again.
SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = normal;
drop table if exists readings;
create table if not exists captures_read (
    key text primary key, look text not null, found integer, plan blob, words blob
) without rowid;
create index if not exists captures_found on captures_read (key, found);
create table if not exists verdicts (key text primary key, words text not null) without rowid;
"""
# A file that is larger than this is deleted: readings can be made again at any time.
MAX_BYTES = 2_000_000_000
# Words of SQLite for what is wrong with the disk, and not with the file.
TRANSIENT_ERRORS = ("locked", "unable to open", "readonly", "disk")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CachedReading:
    """What was read of a capture: its inspection and, once its plan was read, the number of tasks, plan and text.

    For a page that leads to articles `count` is the number of articles. `plan` and `text` are None if they were not
    asked for.
    """

    inspection: Inspection
    count: int | None = None
    plan: Plan | None = None
    text: str | None = None


@cache
def build_adapter(kind: type[T]) -> TypeAdapter[T]:
    """The serialiser of inspections or plans, which takes a moment to build."""
    return TypeAdapter(kind)


class Row(NamedTuple):
    """A reading as the table has it: inspection and plan as JSON, plan and text compressed."""

    key: str
    inspection: str
    task_count: int | None
    plan: bytes | None
    text: bytes | None


def to_row(key: str, reading: CachedReading) -> Row:
    """A reading as a row of the table."""
    plan = zlib.compress(build_adapter(Plan).dump_json(reading.plan), 1) if reading.plan else None
    text = zlib.compress(reading.text.encode("utf-8", "surrogatepass"), 1) if reading.text is not None else None
    return Row(key, build_adapter(Inspection).dump_json(reading.inspection).decode(), reading.count, plan, text)


def _to_reading(inspection: str, count: int | None, plan: bytes | None = None) -> CachedReading:
    return CachedReading(
        build_adapter(Inspection).validate_json(inspection),
        count,
        build_adapter(Plan).validate_json(zlib.decompress(plan)) if plan else None,
    )


def _to_text(compressed: bytes | None) -> str | None:
    return zlib.decompress(compressed).decode("utf-8", "surrogatepass") if compressed is not None else None


class ReadingCache:
    """The file of readings and decisions, which is opened when it is first used.

    Nothing here raises: a file that cannot be used is as good as an empty one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or locate_cache_folder() / "readings.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._usable = True

    def get(self, key: str, *, with_plan: bool = False) -> CachedReading | None:
        """The reading under a key, with its plan only if `with_plan`; None if there is none."""
        columns = "look, found, plan" if with_plan else "look, found"
        statement = f"select {columns} from captures_read where key = ?"  # noqa: S608 (constants)
        return self._select(statement, key, _to_reading)

    def get_count(self, key: str) -> int | None:
        """Number of tasks, or articles, of a capture; None if that is not known."""
        statement = "select found from captures_read indexed by captures_found where key = ?"
        return self._select(statement, key, lambda count: count)

    def get_text(self, key: str) -> str | None:
        """The text of a capture whose plan was read; None if it is not known."""
        return self._select("select words from captures_read where key = ?", key, _to_text)

    def get_decision(self, key: str) -> str | None:
        """The decision about a draft; None if there is none."""
        return self._select("select words from verdicts where key = ?", key, str)

    def put(self, key: str, reading: CachedReading) -> None:
        """Store a reading."""
        self.put_all([to_row(key, reading)])

    def put_all(self, rows: Iterable[Row]) -> None:
        """Store many readings at once."""
        self._write("insert or replace into captures_read values (?, ?, ?, ?, ?)", rows)

    def put_decision(self, key: str, decision: str) -> None:
        """Store the decision about a draft."""
        self._write("insert or replace into verdicts values (?, ?)", [(key, decision)])

    def _select(self, statement: str, key: str, convert: Callable[..., T | None]) -> T | None:
        """What `convert` makes of the row under a key; None if there is none, or none that can be used."""
        try:
            connection = self._connect()
            row = connection.execute(statement, [key]).fetchone() if connection else None
            return convert(*row) if row else None
        except (sqlite3.Error, ValueError, zlib.error) as error:
            self._stop_using(error)
            return None

    def _write(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        try:
            if connection := self._connect():
                with connection:
                    connection.execute("begin")
                    connection.executemany(statement, rows)
        except (sqlite3.Error, ValueError) as error:
            self._stop_using(error)

    def _connect(self) -> sqlite3.Connection | None:
        if self._connection is None and self._usable:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                if self._path.exists() and self._path.stat().st_size > MAX_BYTES:
                    self._path.unlink()
            except OSError as error:
                self._stop_using(error)
                return None
            self._connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            self._connection.executescript(SCHEMA)
        return self._connection

    def _stop_using(self, error: Exception) -> None:
        """Go on without the file; one that SQLite cannot read is deleted, so that the next run has a new one."""
        if self._usable:
            reason = str(error).splitlines()[0][:80]
            log.info("the reading cache cannot be used (%s: %s); reading everything again", self._path, reason)
        self._usable, self._connection = False, None
        is_transient = isinstance(error, sqlite3.OperationalError) and any(
            word in str(error) for word in TRANSIENT_ERRORS
        )
        if not is_transient and not isinstance(error, OSError):
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
