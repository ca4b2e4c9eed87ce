"""Records that only grow: files of one JSON object a line, each line a typed record.

A line is added under the file's lock, so two runs at once do no harm; a last line without its line end
is what a killed run leaves: it is passed over by readers and dropped by the next writer.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from config.errors import PolicyTasksError

Record = TypeVar("Record")

MANY = 4
SYNC_FILE_SYSTEM = getattr(ctypes.CDLL(None), "syncfs", None)


class ArchiveError(PolicyTasksError):
    """A capture that is missing or no longer what its record says, or an archive that cannot be used."""


def read_records(raw: Path, name: str, kind: TypeAdapter[Record], *, tail: int | None = None) -> list[Record]:
    """The records of a file of the archive, named by its place there, oldest first; none where there is no such file.

    `tail`: only those in its last bytes. Raises ArchiveError where the file or a line of it cannot be read.
    """
    try:
        content, first = _read_tail(f"{raw}/{name}", tail)
        lines = content.decode("utf-8").split("\n")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(
            f"{display_path(raw, raw / name)}: cannot be read ({_cause_of(error)}); check its permissions"
        ) from None
    return [
        _parse_line(kind, line, raw, name, first + number) for number, line in enumerate(lines[:-1]) if line.strip()
    ]


def add_record(path: Path, kind: TypeAdapter[Record], record: Record, *, sync: bool = True) -> None:
    """Add a line to a file, which is made where there is none. Where `sync`, it is on the disk when this returns."""
    with hold_file(path) as file:
        file.add(kind, record, sync=sync)


class RecordFile:
    """A file of records that nobody else adds to meanwhile.

    `new`: its folder has just been made, for it, and nothing is in there. `touched`: something was put there since.
    """

    def __init__(self, descriptor: int, *, new: bool) -> None:
        self.descriptor, self.new, self.touched = descriptor, new, False

    def add(self, kind: TypeAdapter[Record], record: Record, *, sync: bool = True) -> None:
        """Add a line. Where `sync`, it is on the disk when this returns."""
        line = kind.dump_json(record, by_alias=True) + b"\n"
        size = 0 if self.new else os.fstat(self.descriptor).st_size
        if size and os.pread(self.descriptor, 1, size - 1) != b"\n":
            self._drop_half_line(size)
        write_all(self.descriptor, line)
        if sync:
            os.fsync(self.descriptor)

    def _drop_half_line(self, size: int) -> None:
        """Cut off half a record that a killed run left: what it was about is recorded anew."""
        end, step = size, 64 * 1024
        while end > 0:
            begin = max(0, end - step)
            found = os.pread(self.descriptor, end - begin, begin).rfind(b"\n")
            if found >= 0:
                os.ftruncate(self.descriptor, begin + found + 1)
                return
            end = begin
        os.ftruncate(self.descriptor, 0)


@contextmanager
def hold_file(path: Path) -> Iterator[RecordFile]:
    """Hold a file of records while the block runs; the lock is the system's own and ends with the process."""
    flags, new = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, False
    try:
        descriptor = os.open(path, flags, 0o644)
    except FileNotFoundError:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.parent.mkdir()
            new = True
        descriptor = os.open(path, flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield RecordFile(descriptor, new=new)
    finally:
        os.close(descriptor)


def flush_to_disk(descriptors: Sequence[int]) -> None:
    """Wait until what was written to these files is on the disk.

    Of many files, by one call for each file system where there is such a call (Linux): each file's own call
    would wait for the disk anew.
    """
    if len(descriptors) > MANY and SYNC_FILE_SYSTEM is not None:
        one_each = {os.fstat(descriptor).st_dev: descriptor for descriptor in descriptors}
        if not any(map(SYNC_FILE_SYSTEM, one_each.values())):
            return
    for descriptor in descriptors:
        os.fsync(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all bytes, also where the system takes them in pieces."""
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, content[written:])


def display_path(raw: Path, path: Path) -> str:
    """A path in the archive as people know it: `data/raw/…`."""
    return f"{raw.parent.name}/{raw.name}/{path.relative_to(raw)}"


def _read_tail(path: str, tail: int | None) -> tuple[bytes, int]:
    """The whole lines at a file's end, and the number of the first of them (0 where it is not known)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        begin = max(0, size - tail) if tail is not None else 0
        parts, at = [], begin
        while at < size and (part := os.pread(descriptor, size - at, at)):
            parts.append(part)
            at += len(part)
        content = b"".join(parts)
    finally:
        os.close(descriptor)
    return (content, 1) if begin == 0 else (content.partition(b"\n")[2], -size)


def _parse_line(kind: TypeAdapter[Record], line: str, raw: Path, name: str, number: int) -> Record:
    try:
        return kind.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"
        path = display_path(raw, raw / name)
        place = f"{path}:{number}" if number > 0 else f"{path}: near its end"
        raise ArchiveError(
            f"{place}: is no record of its kind ({reason}); restore the line, for example with git checkout"
        ) from None


def _cause_of(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
