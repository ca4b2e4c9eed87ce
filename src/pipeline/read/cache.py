"""Earlier readings and decisions, in an SQLite file outside the workspace that may be deleted at any time.

What is stored here can be made again, so nothing of it is trusted. Each entry has a checksum over its table, its key
and its content. An entry that does not have its checksum or its shape is discarded with one line, and is made again;
so is a file that is not what this program wrote. Where the file cannot be used at all, one line is logged, and what is
read is kept in the memory of this process. Nothing here raises.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import stat
import threading
import time
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import TypeAdapter

from config.paths import locate_cache_folder, rename_aside
from extract.plan import Inspection, Plan
from pipeline.read.workers import ReadingError

log = logging.getLogger(__name__)

# Inspections, with the number of tasks, are looked up far more often than plans and texts, and are small: each kind has
# a table of its own.
INSPECTIONS, PLANS, TEXTS, DECISIONS = TABLES = ("inspections", "plans", "texts", "decisions")
COLUMNS = "(key text primary key, content blob not null, checksum blob not null)"
# The tables of earlier versions of this program, which are dropped so that their space is used again.
FORMER_TABLES = ("readings", "captures_read", "verdicts")
SETTINGS = "pragma trusted_schema = off; pragma journal_mode = wal; pragma synchronous = normal;"
# A file that is larger than this is deleted: readings can be made again at any time.
MAX_BYTES = 2_000_000_000
# The most bytes of one entry, compressed or not: what is read of a document may have no more, and no more is taken
# out. A plan of 10,000 tasks has some 8 million bytes. It bounds the memory that a document, or a damaged entry, takes.
MAX_ENTRY_BYTES = 64_000_000
# The most bytes that are kept in memory of entries that the file did not take; the oldest ones are dropped.
MAX_KEPT_BYTES = 200_000_000
# Seconds that one access waits for another process that has locked the file: each writes for milliseconds.
LOCK_SECONDS = 10.0
# A file that cannot be used is not tried again for so many seconds: each try may wait for a lock.
UNUSABLE_SECONDS = 300.0
# Errors of SQLite that are of the disk, its permissions or another process, and not of what the file holds.
TRANSIENT_ERRORS = frozenset(
    [
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    ]
)

T = TypeVar("T")

# Files that could not be used, with the moment (`time.monotonic`) from which they are tried again.
UNUSABLE_FILES: dict[Path, float] = {}

# What SQLite keeps beside a file.
ENDINGS = ("-wal", "-shm", "-journal")


class DamagedEntryError(ValueError):
    """An entry that does not have its checksum or its shape."""


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


@dataclass(frozen=True, slots=True)
class _Summary:
    """The small part of a reading, as it is stored."""

    inspection: Inspection
    count: int | None


@cache
def build_adapter(kind: type[T]) -> TypeAdapter[T]:
    """The serialiser of inspections, plans or decisions, which takes a moment to build."""
    return TypeAdapter(kind)


class Row(NamedTuple):
    """A reading as it comes from a worker: inspection and plan as JSON, plan and text compressed."""

    key: str
    inspection: str
    task_count: int | None
    plan: bytes | None
    text: bytes | None


def to_row(key: str, reading: CachedReading) -> Row:
    """A reading as a row. Raises ReadingError where its plan or text is larger than an entry may be."""
    plan = _compress(build_adapter(Plan).dump_json(reading.plan)) if reading.plan else None
    text = _compress(reading.text.encode("utf-8", "surrogatepass")) if reading.text is not None else None
    return Row(key, build_adapter(Inspection).dump_json(reading.inspection).decode(), reading.count, plan, text)


def to_reading(row: Row) -> CachedReading:
    """The reading of a row, without its text."""
    inspection = build_adapter(Inspection).validate_json(row.inspection)
    return CachedReading(inspection, row.task_count, _to_plan(row.plan) if row.plan else None)


class _KeptEntries:
    """Entries that a file did not take, in memory; each is found by file, table and key."""

    def __init__(self) -> None:
        self._contents: dict[tuple[Path, str, str], bytes] = {}
        self._size = 0
        self._lock = threading.Lock()

    def get(self, place: tuple[Path, str, str]) -> bytes | None:
        """The content of an entry; None if it is not kept."""
        return self._contents.get(place)

    def add(self, place: tuple[Path, str, str], content: bytes) -> None:
        """Keep an entry."""
        with self._lock:
            self._size += len(content) - len(self._contents.pop(place, b""))
            self._contents[place] = content
            while self._size > MAX_KEPT_BYTES:
                self._size -= len(self._contents.pop(next(iter(self._contents))))

    def remove_all(self) -> None:
        """Keep nothing."""
        self._contents.clear()
        self._size = 0


KEPT = _KeptEntries()


class ReadingCache:
    """The file of readings and decisions, which is opened when it is first used."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or locate_cache_folder() / "readings.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._renewed = False
        self._removed = 0

    def get(self, key: str, *, with_plan: bool = False) -> CachedReading | None:
        """The reading under a key, with its plan only where `with_plan`; None if there is none."""
        summary = self._get(INSPECTIONS, key, _to_summary)
        if summary is None:
            return None
        plan = self._get(PLANS, key, _to_plan) if with_plan else None
        return CachedReading(summary.inspection, summary.count, plan)

    def get_count(self, key: str) -> int | None:
        """Number of tasks, or articles, of a capture; None if that is not known."""
        summary = self._get(INSPECTIONS, key, _to_summary)
        return summary.count if summary else None

    def get_text(self, key: str) -> str | None:
        """The text of a capture whose plan was read; None if it is not known."""
        return self._get(TEXTS, key, _to_text)

    def get_decision(self, key: str, shape: TypeAdapter[T]) -> T | None:
        """The decision under a key, in the shape in which it was stored; None if there is none."""
        return self._get(DECISIONS, key, shape.validate_json)

    def put(self, key: str, reading: CachedReading) -> None:
        """Store a reading."""
        self.put_all([to_row(key, reading)])

    def put_all(self, rows: Iterable[Row]) -> None:
        """Store many readings at once."""
        self._put([entry for row in rows for entry in _to_entries(row)])

    def put_decision(self, key: str, shape: TypeAdapter[T], decision: T) -> None:
        """Store a decision."""
        self._put([(DECISIONS, key, shape.dump_json(decision))])

    def remove_all(self) -> None:
        """Forget all readings: a person has removed bytes, of whose text nothing may stay."""
        KEPT.remove_all()
        self._rename_others()
        self._remove_file()

    def _get(self, table: str, key: str, convert: Callable[[bytes], T]) -> T | None:
        """What `convert` makes of an entry; None if there is none, or none that can be used."""
        statement = f"select content, checksum from {table} where key = ? and length(content) <= ?"  # noqa: S608 (constants)
        row = self._run_action(lambda connection: connection.execute(statement, [key, MAX_ENTRY_BYTES]).fetchone())
        if row is None:
            kept = KEPT.get((self._path, table, key))
            return None if kept is None else convert(kept)
        content, checksum = row
        try:
            if not isinstance(content, bytes) or checksum != make_checksum(table, key, content):
                raise DamagedEntryError("not as it was stored")
            return convert(content)
        except (ValueError, zlib.error) as error:
            self._remove_entry(table, key, error)
            return None

    def _put(self, entries: Sequence[tuple[str, str, bytes]]) -> None:
        """Store entries, each of a table, a key and a content; what the file does not take is kept in memory."""

        def write(connection: sqlite3.Connection) -> bool:
            with connection:
                connection.execute("begin")
                for table, key, content in entries:
                    if len(content) <= MAX_ENTRY_BYTES:
                        statement = f"insert or replace into {table} values (?, ?, ?)"  # noqa: S608 (constants)
                        connection.execute(statement, [key, content, make_checksum(table, key, content)])
            return True

        if not self._run_action(write):
            for table, key, content in entries:
                KEPT.add((self._path, table, key), content)

    def _remove_entry(self, table: str, key: str, error: Exception) -> None:
        """Delete an entry that is damaged; the first one is a line for everybody."""
        self._removed += 1
        log.log(
            logging.INFO if self._removed == 1 else logging.DEBUG,
            "an entry of the reading cache is damaged (%s, %s: %s); it and others like it are made again",
            self._path,
            table,
            _shorten_error(error),
        )

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute(f"delete from {table} where key = ?", [key])  # noqa: S608 (constants)

        self._run_action(delete)

    def _run_action(self, action: Callable[[sqlite3.Connection], T]) -> T | None:
        """What an action gives, tried again where the file was made anew; None where the file cannot be used."""
        while True:
            try:
                connection = self._connect()
                return action(connection) if connection else None
            except (sqlite3.Error, OSError, ValueError, OverflowError) as error:
                self._connection = None
                if not self._renew(error):
                    return None

    def _connect(self) -> sqlite3.Connection | None:
        """A connection to the file, which is made where there is none; None while the file is not to be tried."""
        if self._connection is not None:
            return self._connection
        if time.monotonic() < UNUSABLE_FILES.get(self._path, 0.0):
            return None
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._rename_others()
        if self._path.is_file() and self._path.stat().st_size > MAX_BYTES:
            self._remove_file()
        connection = sqlite3.connect(self._path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, connection.close)  # else it stays open until the next collection of cycles
        connection.text_factory = bytes  # bytes that are no text are a damaged entry, not a damaged file
        connection.executescript(SETTINGS)
        _make_tables(connection)
        self._connection = connection
        return connection

    def _list_files(self) -> list[Path]:
        """The file, and those that SQLite keeps beside it."""
        return [self._path, *(self._path.with_name(f"{self._path.name}{ending}") for ending in ENDINGS)]

    def _rename_others(self) -> None:
        """Rename what has the name of a file and is none: SQLite would follow a link, and wait for a pipe."""
        for path in self._list_files():
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(path.lstat().st_mode):
                    rename_aside(path)

    def _renew(self, error: Exception) -> bool:
        """Remove a file, once, that is not what this program wrote; else stop using it, and return False."""
        code = getattr(error, "sqlite_errorcode", None)
        is_transient = isinstance(error, OSError) or (code is not None and code & 0xFF in TRANSIENT_ERRORS)
        reason = _shorten_error(error)
        if not is_transient and not self._renewed and self._remove_file():
            self._renewed = True
            log.info(
                "the reading cache is damaged (%s: %s) and made anew; reading everything again", self._path, reason
            )
            return True
        UNUSABLE_FILES[self._path] = time.monotonic() + UNUSABLE_SECONDS
        log.info(
            "the reading cache cannot be used (%s: %s); reading everything again, for this run alone",
            self._path,
            reason,
        )
        return False

    def _remove_file(self) -> bool:
        """Remove the file with what SQLite keeps beside it; whether that is done."""
        try:
            for path in self._list_files():
                path.unlink(missing_ok=True)
        except OSError:
            return False
        return True


def _make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables that are missing. Raises DamagedEntryError where one of them is not as this program makes it."""
    for table in FORMER_TABLES:
        connection.execute(f"drop table if exists {table}")
    for table in TABLES:
        connection.execute(f"create table if not exists {table} {COLUMNS}")
    rows = connection.execute("select tbl_name, sql from sqlite_schema where sql is not null")
    expected = {(table.encode(), f"CREATE TABLE {table} {COLUMNS}".encode()) for table in TABLES}
    names = {name for name, _ in expected}
    if {row for row in rows if row[0] in names} != expected:
        raise DamagedEntryError("other tables than this program makes")


def _to_entries(row: Row) -> Iterator[tuple[str, str, bytes]]:
    """The entries of a reading, each of a table, a key and a content."""
    summary = f'{{"inspection": {row.inspection}, "count": {json.dumps(row.task_count)}}}'
    yield INSPECTIONS, row.key, summary.encode()
    if row.plan is not None:
        yield PLANS, row.key, row.plan
    if row.text is not None:
        yield TEXTS, row.key, row.text


def make_checksum(table: str, key: str, content: bytes) -> bytes:
    """The SHA-256 of an entry with its table and key, so that it is not taken for another one."""
    return hashlib.sha256(f"{table} {key}\n".encode() + content).digest()


def _compress(document: bytes) -> bytes:
    """Compressed content. Raises ReadingError where it is larger than an entry may be."""
    if len(document) > MAX_ENTRY_BYTES:
        raise ReadingError(f"what is read of it has more than {MAX_ENTRY_BYTES // 1_000_000} MB")
    return zlib.compress(document, 1)


def _to_summary(content: bytes) -> _Summary:
    summary: _Summary = build_adapter(_Summary).validate_json(content)
    return summary


def _to_plan(content: bytes) -> Plan:
    plan: Plan = build_adapter(Plan).validate_json(_read_compressed(content))
    return plan


def _to_text(content: bytes) -> str:
    return _read_compressed(content).decode("utf-8", "surrogatepass")


def _read_compressed(content: bytes) -> bytes:
    """Decompressed content. Raises DamagedEntryError where it is longer than an entry may be, or has no end."""
    decompressor = zlib.decompressobj()
    document = decompressor.decompress(content, MAX_ENTRY_BYTES)
    if not decompressor.eof:
        raise DamagedEntryError(f"more than {MAX_ENTRY_BYTES:,} bytes, or without an end")
    return document


def _shorten_error(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:80]
