"""Records that only grow: files of one JSON object a line, each line a typed record.

A line is added under the folder's lock in one write, so two runs at once do no harm; a last line without its line end
is what a killed run leaves: it is passed over by readers and dropped by the next writer.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

Record = TypeVar("Record")


class ArchiveError(RuntimeError):
    """A capture that is missing or no longer what its record says, or an archive that cannot be used."""


def read_records(raw: Path, path: Path, kind: TypeAdapter[Record], *, tail: int | None = None) -> list[Record]:
    """The records of a file, oldest first; none where there is no such file. `tail`: only those in its last bytes.

    Raises ArchiveError where the file or a line of it cannot be read.
    """
    try:
        content, first = _content(path, tail)
        lines = content.decode("utf-8").split("\n")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{where(raw, path)}: cannot be read ({_cause(error)}); check its permissions") from None
    return [_parsed(kind, line, raw, path, first + number) for number, line in enumerate(lines[:-1]) if line.strip()]


def add_record(path: Path, kind: TypeAdapter[Record], record: Record, *, sync: bool = True) -> None:
    """Add a line; call it with the folder `locked`. Where `sync`, it is on the disk when this returns."""
    line = kind.dump_json(record, exclude_none=False) + b"\n"
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":  # a killed run left half a record: what it was about is recorded anew
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
        file.write(line)
        file.flush()
        if sync:
            os.fsync(file.fileno())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder while the block runs; the lock is the system's own and ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def where(raw: Path, path: Path) -> str:
    """A path in the archive as people know it: `data/raw/…`."""
    return f"{raw.parent.name}/{raw.name}/{path.relative_to(raw)}"


def _content(path: Path, tail: int | None) -> tuple[bytes, int]:
    """The whole lines at a file's end, and the number of the first of them (0 where it is not known)."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        begin = max(0, size - tail) if tail is not None else 0
        file.seek(begin)
        content = file.read()
    return (content, 1) if begin == 0 else (content.partition(b"\n")[2], -size)


def _parsed(kind: TypeAdapter[Record], line: str, raw: Path, path: Path, number: int) -> Record:
    try:
        return kind.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"
        place = f"{where(raw, path)}:{number}" if number > 0 else f"{where(raw, path)}: near its end"
        raise ArchiveError(
            f"{place}: is no record of its kind ({reason}); restore the line, for example with git checkout"
        ) from None


def _cause(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
