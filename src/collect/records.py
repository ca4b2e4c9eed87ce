"""Records that only grow: files with one JSON object a line, each line a typed record.

    captures.jsonl    {"capture_id": "9f86d081…", "source_id": "towns", …}

A line is added under the file's lock, so that two runs at once do no harm. A killed run may leave half a line at the
end: a last line without its line end is skipped by readers and dropped by the next writer.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from config.errors import PolicyTasksError

Record = TypeVar("Record")

# How long a writer waits for another one; a run holds a record for as long as it takes to write some captures.
LOCK_SECONDS = 60.0
# The longest pause between two tries to lock a file, in seconds.
LONGEST_PAUSE = 0.1
# Number of files from which on one call for the whole file system is cheaper than one call for each.
MANY_FILES = 4
SYNC_FILE_SYSTEM = getattr(ctypes.CDLL(None), "syncfs", None)


class ArchiveError(PolicyTasksError):
    """A capture that is missing or altered, or an archive that cannot be read or written."""


class RecordError(ArchiveError):
    """A damaged line in a record of the archive: it stops the source that the record is of, and no other."""


def read_records(raw: Path, name: str, kind: TypeAdapter[Record]) -> list[Record]:
    """The records of a file of the archive, oldest first; none where the file does not exist.

    `name` is relative to `raw`, such as `towns/checks.jsonl`. Raises ArchiveError where the file or a line of it cannot
    be read.
    """
    return [parse_line(raw, name, kind, number, line) for number, line in read_lines(raw, name)]


def read_lines(raw: Path, name: str) -> list[tuple[int, bytes]]:
    """The lines of a file of the archive, each with its number; none where the file does not exist.

    Empty lines, and half a line at the end, are omitted. Raises ArchiveError where the file cannot be read.
    """
    try:
        lines = _read_file(f"{raw}/{name}").split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise ArchiveError(what, display_path(raw, raw / name), "check its permissions") from error
    return [(number, line) for number, line in enumerate(lines[:-1], 1) if line.strip()]


def parse_line(raw: Path, name: str, kind: TypeAdapter[Record], number: int, line: bytes) -> Record:
    """The record in a line. Raises RecordError where the line is not a valid record."""
    try:
        return kind.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"
        where, fix = f"{display_path(raw, raw / name)}:{number}", "restore the line, for example with git checkout"
        raise RecordError(f"is not a valid record ({reason})", where, fix) from error


def add_record(descriptor: int, kind: TypeAdapter[Record], record: Record) -> None:
    """Add a line to a file that `hold_file` holds, after half a line that a killed run left is dropped."""
    _drop_half_line(descriptor)
    line = kind.dump_json(record, by_alias=True) + b"\n"
    written = os.write(descriptor, line)
    while written < len(line):
        written += os.write(descriptor, line[written:])


def _drop_half_line(descriptor: int) -> None:
    """Cut off half a record at the end: what it was about is recorded again."""
    end, step = os.fstat(descriptor).st_size, 1
    while end > 0:
        begin = max(0, end - step)
        line_end = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if line_end >= 0:
            end = begin + line_end + 1
            break
        end, step = begin, 64 * 1024
    os.ftruncate(descriptor, end)


@contextmanager
def hold_file(path: Path) -> Iterator[int]:
    """The descriptor of a file of records that nobody else adds to while the block runs; it is made if missing.

    Raises TimeoutError if another run holds it for LOCK_SECONDS.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        lock_file(descriptor, LOCK_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def lock_file(descriptor: int, seconds: float) -> None:
    """Lock an open file until it is closed; the system's own lock, which ends with the process as well.

    Raise TimeoutError if another process has held it for `seconds`.
    """
    end, pause = time.monotonic() + seconds, 0.001
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise TimeoutError(
                    f"the file has been locked for {seconds:.0f} s"
                ) from None  # not an error of the file
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            return


def flush_to_disk(descriptors: Sequence[int]) -> None:
    """Wait until what was written to these files is on the disk.

    For many files, by one call for each file system if the system has such a call (Linux): the call for a single
    file would wait for the disk each time.
    """
    if len(descriptors) > MANY_FILES and SYNC_FILE_SYSTEM is not None:
        by_file_system = {os.fstat(descriptor).st_dev: descriptor for descriptor in descriptors}
        if not any(map(SYNC_FILE_SYSTEM, by_file_system.values())):
            return
    for descriptor in descriptors:
        os.fsync(descriptor)


def display_path(raw: Path, path: Path) -> str:
    """A path of the archive as it is shown to people: `data/raw/…`."""
    return f"{raw.parent.name}/{raw.name}/{path.relative_to(raw)}"


def _read_file(path: str) -> bytes:
    """The bytes of a file; a run reads thousands of them, which `pathlib` takes twice as long for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(descriptor, os.fstat(descriptor).st_size + 1):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)
