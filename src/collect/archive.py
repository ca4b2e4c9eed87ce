"""The archive: bytes as they were served, and the record of each, under `data/raw/<source>/`.

    data/raw/<source>/<sha256>.<txt|html|…>   the bytes of one capture, exactly as served, stored once
    data/raw/<source>/captures.jsonl          one line a capture, oldest first; lines are only ever added

This keeps the promise that raw is append-only: nothing here changes or deletes what is stored. The bytes are
written before their record, and each appears whole or not at all, so that a run killed at any moment loses no
recorded capture and records none that is not there.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

RECORDS = "captures.jsonl"

# Days that a capture can be from: those of the web.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
}


class ArchiveError(RuntimeError):
    """A capture that is missing or no longer what its record says, or an archive that cannot be used."""


@dataclass(frozen=True, slots=True)
class Capture:
    """What is known about one raw capture; a line of `captures.jsonl`.

    `fetched_at` is UTC; `encoding` is the one declared by the server, None where it declared none;
    `method` is `http` for a fetched page and `by hand` for one that a person provided; `status` is HTTP's.
    """

    capture_id: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    source_id: str
    url: str
    fetched_at: Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
    method: str
    media_type: str
    byte_count: Annotated[int, Field(ge=0, lt=2**31)]
    encoding: str | None = None
    status: int | None = None
    note: str | None = None

    @property
    def file_name(self) -> str:
        """The name of the file that holds the bytes; its extension lets a browser open it."""
        return f"{self.capture_id}{EXTENSIONS.get(self.media_type, '.bin')}"


RECORD = TypeAdapter(Capture)


def captures_of(raw: Path, source_id: str) -> list[Capture]:
    """All captures on record for a source, oldest first; empty where there is none.

    Raises ArchiveError where a line of the record cannot be read. A last line without its line end is what a
    killed run leaves, and is passed over.
    """
    path = raw / source_id / RECORDS
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{_where(raw, path)}: cannot be read ({_cause(error)}); check its permissions") from None
    return [_from_line(line, _where(raw, path), number) for number, line in enumerate(lines[:-1], 1) if line.strip()]


def read_bytes(raw: Path, capture: Capture) -> bytes:
    """The bytes of a capture, checked against their SHA-256.

    Raises ArchiveError where they are missing or altered.
    """
    path = raw / capture.source_id / capture.file_name
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArchiveError(
            f"{_where(raw, path)}: the raw capture is missing; restore the file, for example with git checkout"
        ) from None
    except OSError as error:
        raise ArchiveError(f"{_where(raw, path)}: cannot be read ({error.strerror}); check its permissions") from None
    found = hashlib.sha256(content).hexdigest()
    if found != capture.capture_id:
        raise ArchiveError(
            f"{_where(raw, path)}: the raw capture was altered (its SHA-256 is {found[:12]}…, "
            f"on record is {capture.capture_id[:12]}…); restore the file, for example with git checkout"
        )
    return content


def keep(
    raw: Path,
    content: bytes,
    *,
    source_id: str,
    url: str,
    fetched_at: datetime,
    method: str,
    media_type: str,
    encoding: str | None = None,
    status: int | None = None,
    note: str | None = None,
) -> Capture:
    """Store bytes and record them, unless the newest capture of this source already is these bytes.

    Returns the capture on record. Raises ArchiveError where the archive cannot be written to.
    """
    capture = Capture(
        capture_id=hashlib.sha256(content).hexdigest(),
        source_id=source_id,
        url=url,
        fetched_at=fetched_at.astimezone(UTC),
        method=method,
        media_type=media_type,
        byte_count=len(content),
        encoding=encoding,
        status=status,
        note=note,
    )
    folder = raw / source_id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            _write_once(folder / capture.file_name, content)
            newest = next(reversed(captures_of(raw, source_id)), None)
            if newest is not None and _says_the_same(newest, capture):
                return newest
            _append_line(folder / RECORDS, _to_line(capture))
    except OSError as error:
        raise ArchiveError(
            f"{_where(raw, folder)}: cannot be written ({error.strerror}); check its permissions and the free space"
        ) from None
    return capture


def _says_the_same(one: Capture, other: Capture) -> bool:
    """Whether two captures differ in nothing but when and how they were obtained."""
    return all(getattr(one, name) == getattr(other, name) for name in ("capture_id", "url", "media_type", "encoding"))


def _where(raw: Path, path: Path) -> str:
    return f"{raw.parent.name}/{raw.name}/{path.relative_to(raw)}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_once(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _append_line(path: Path, line: str) -> None:
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":  # a killed run left half a record: drop it, its capture is recorded anew
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def _to_line(capture: Capture) -> str:
    record = asdict(capture)
    record["fetched_at"] = capture.fetched_at.isoformat().replace("+00:00", "Z")
    return json.dumps(record, ensure_ascii=False) + "\n"


def _from_line(line: str, where: str, number: int) -> Capture:
    try:
        return RECORD.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"
        mend = "restore the line, for example with git checkout"
        raise ArchiveError(f"{where}:{number}: is no capture record ({reason}); {mend}") from None


def _cause(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
