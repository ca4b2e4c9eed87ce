"""Records that only grow: files with one JSON object a line, each line a typed record.

    captures.jsonl    {"capture_id": "9f86d081…", "source_id": "towns", …}

A line is added under the file's lock, so that two runs at once do no harm. A killed run may leave half a line at the
end, which readers skip and the next writer drops. A whole last line whose line end is missing, as editors and merges
leave it, is a line as any other.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from config.errors import PolicyTasksError
from config.text import shorten

Record = TypeVar("Record")

# How long a writer waits for another one; a run holds a record for as long as it takes to write some captures.
LOCK_SECONDS = 60.0
# The longest pause between two tries to lock a file, in seconds.
LONGEST_PAUSE = 0.1
# Bytes of a file of records; a source that is checked each hour for ten years has a fifth of it.
MOST_BYTES = 500_000_000
# Characters of a reason that a library gives.
REASON_LENGTH = 300
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
    if not is_whole(lines[-1]):
        del lines[-1]
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def is_whole(line: bytes) -> bool:
    """Whether a line without its line end is a JSON object, of which nothing is missing."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def parse_line(raw: Path, name: str, kind: TypeAdapter[Record], number: int, line: bytes) -> Record:
    """The record in a line. Raises RecordError where the line is not a valid record."""
    try:
        return kind.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"
        where, fix = f"{display_path(raw, raw / name)}:{number}", "restore the line, for example with git checkout"
        raise RecordError(f"is not a valid record ({reason})", where, fix) from error


def check_record(kind: TypeAdapter[Record], record: Record) -> None:
    """Raise RecordError where a record would not be read again: nothing is written that stops its source."""
    try:
        kind.validate_json(kind.dump_json(record, by_alias=True))
    except (ValidationError, PydanticSerializationError) as error:
        reason = str(error)
        fix = ""
        if isinstance(error, ValidationError):
            first = error.errors(include_url=False)[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            fix = "check the clock of this machine" if str(first["loc"][-1]).endswith("_at") else ""
        raise RecordError(f"cannot be recorded ({shorten(reason, REASON_LENGTH)})", fix=fix) from error


def add_record(descriptor: int, kind: TypeAdapter[Record], record: Record) -> None:
    """Add a line to a file that `hold_file` holds, after half a line that a killed run left is dropped.

    Raises RecordError where the line would not be read again.
    """
    check_record(kind, record)
    _end_last_line(descriptor)
    _write_all(descriptor, kind.dump_json(record, by_alias=True) + b"\n")


def _write_all(descriptor: int, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])


def _end_last_line(descriptor: int) -> None:
    """Cut off half a record at the end, which is recorded again; end a whole one that has no line end."""
    size = os.fstat(descriptor).st_size
    end, step = size, 1
    while end > 0:
        begin = max(0, end - step)
        line_end = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if line_end >= 0:
            end = begin + line_end + 1
            break
        end, step = begin, 64 * 1024
    if end == size:
        return
    if is_whole(os.pread(descriptor, size - end, end)):
        _write_all(descriptor, b"\n")
    else:
        os.ftruncate(descriptor, end)


@contextmanager
def hold_file(path: Path) -> Iterator[int]:
    """The descriptor of a file of records that nobody else adds to while the block runs; it is made if missing.

    Raises TimeoutError if another run holds it for LOCK_SECONDS, and OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
    try:
        _refuse_other_files(descriptor)
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
    """The bytes of a file; a run reads thousands of them, which `pathlib` takes twice as long for. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _refuse_other_files(descriptor)
        parts = []
        while part := os.read(descriptor, os.fstat(descriptor).st_size + 1):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def _refuse_other_files(descriptor: int) -> None:
    """Raise OSError for what is no plain file, such as a pipe, and for one that no run has written."""
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "it is no plain file")
    if facts.st_size > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it has more than {MOST_BYTES // 1_000_000} MB")
