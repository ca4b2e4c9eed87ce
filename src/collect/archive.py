"""The archive: bytes as they were served, and the record of every look at a source, under `data/raw/<source>/`.

    data/raw/<source>/
      <sha256>.<html|pdf|…>   the bytes of one capture, exactly as served (content coding undone), stored once
      captures.jsonl          one line a capture: what the source has been
      checks.jsonl            one line a check: when it was asked, what the server said, what came of it
      articles.jsonl          one line an article that the source led to, where it is one that leads to articles
      removed.jsonl           one line a capture whose bytes a person removed, with the reason

This keeps the promise that raw is append-only: lines are only ever added, and bytes go only where a person says so.
Bytes are written before their record, and each appears whole or not at all, so that a run killed at any moment loses
no recorded capture and records none that is not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter

from collect.records import (
    ArchiveError,
    RecordFile,
    add_record,
    display_path,
    flush_to_disk,
    hold_file,
    read_records,
    write_all,
)
from collect.transfer import AnswerKind

__all__ = ["ArchiveError", "Article", "Capture", "Check", "Removal"]

CAPTURES, CHECKS, ARTICLES, REMOVALS = "captures.jsonl", "checks.jsonl", "articles.jsonl", "removed.jsonl"
PARTIAL = ".partial"
# Each check carries on what the next one needs, so that only the end of the record is read, however long it is.
CHECKS_TAIL = 64 * 1024

# Days that a capture can be from: those of the web.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/rss+xml": ".xml",
    "application/atom+xml": ".xml",
    "application/json": ".json",
}

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
# In Python's own zone: pydantic's is made in Rust, and a process in whose last moments one is freed ends with a crash.
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST), AfterValidator(lambda moment: moment.astimezone(UTC))]

# What can come of a check; `verdict.py` says when.
Outcome = Literal["unchanged", "furniture", "content", "moved", "gone", "blocked", "failed", "broken"]


@dataclass(frozen=True, slots=True)
class Capture:
    """What is known about one raw capture; a line of `captures.jsonl`.

    `fetched_at` is UTC; `encoding` is the one declared by the server, None where it declared none; `method` is `http`
    for a fetched page, `by hand` for one that a person provided, `warc` for one from another archive; `status` is
    HTTP's.
    """

    capture_id: Sha256
    source_id: str
    url: str
    fetched_at: Moment
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


@dataclass(frozen=True, slots=True)
class Carried:
    """What each check carries on from the ones before it.

    The validators of the newest capture and the address that they are of (`validated`), when the page last came whole,
    when it last changed in content, when it last held what it should.
    """

    etag: str | None = None
    last_modified: str | None = None
    validated: str | None = None
    whole_at: Moment | None = None
    changed_at: Moment | None = None
    good_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One look at a source, and what came of it; a line of `checks.jsonl`.

    `url` was asked, `landed` is where redirects led (`hops` with their statuses), `came` how the answer came out.
    `headers` are the answer's that matter, `transferred` the bytes of its body. `capture_id` is the capture that the
    answer brought or confirmed, None where it brought none. `outcome` follows from the rest by the rules of
    `verdict.py`, `why` says so in words; `same_article` tells whether the capture differs from the last good one in
    furniture only, `found` how many tasks (or, of a place that leads to articles, how many articles) it holds, `kept`
    the share of the former tasks that are still among them.
    `carried` is carried on from check to check.
    """

    checked_at: Moment
    url: str
    landed: str
    answer_kind: Annotated[AnswerKind, Field(alias="came")]
    outcome: Outcome
    why: str
    status: int | None = None
    hops: tuple[tuple[int, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    transferred: int = 0
    seconds: float = 0.0
    capture_id: Sha256 | None = None
    same_article: bool | None = None
    found_count: Annotated[int | None, Field(alias="found")] = None
    kept: float | None = None
    canonical: str | None = None
    carried: Carried = field(default_factory=Carried)


@dataclass(frozen=True, slots=True)
class Article:
    """An article that a source led to; a line of `articles.jsonl`. `id` is minted once and never reused."""

    id: str
    url: str
    title: str
    found_at: Moment
    found_on: str


@dataclass(frozen=True, slots=True)
class Removal:
    """The bytes of a capture that a person removed; a line of `removed.jsonl`."""

    capture_id: Sha256
    removed_at: Moment
    reason: str


CAPTURE, CHECK = TypeAdapter(Capture), TypeAdapter(Check)
ARTICLE, REMOVAL = TypeAdapter(Article), TypeAdapter(Removal)


def read_captures(raw: Path, source_id: str) -> list[Capture]:
    """All captures on record for a source, oldest first, those apart whose bytes were removed.

    Raises ArchiveError where a line of the record cannot be read.
    """
    removed = {one.capture_id for one in read_removals(raw, source_id)}
    found = read_records(raw, f"{source_id}/{CAPTURES}", CAPTURE)
    return sorted((one for one in found if one.capture_id not in removed), key=lambda one: one.fetched_at)


def read_checks(raw: Path, source_id: str) -> list[Check]:
    """The last checks of a source, oldest first. Raises ArchiveError where one of them cannot be read."""
    return read_records(raw, f"{source_id}/{CHECKS}", CHECK, tail=CHECKS_TAIL)


def read_all_checks(raw: Path, source_id: str) -> list[Check]:
    """All checks of a source, oldest first. Raises ArchiveError where one of them cannot be read."""
    return read_records(raw, f"{source_id}/{CHECKS}", CHECK)


def read_articles(raw: Path, source_id: str) -> list[Article]:
    """The articles that a source has led to, in the order in which they were found."""
    return read_records(raw, f"{source_id}/{ARTICLES}", ARTICLE)


def read_removals(raw: Path, source_id: str) -> list[Removal]:
    """What a person removed of a source."""
    return read_records(raw, f"{source_id}/{REMOVALS}", REMOVAL)


@dataclass(frozen=True, slots=True)
class History:
    """What is on record of a source: its captures, and its last checks; both oldest first."""

    captures: list[Capture]
    checks: list[Check]


def read_history(raw: Path, source_id: str, *, whole: bool = False) -> History:
    """What is on record of a source; where `whole`, with all of its checks.

    Raises ArchiveError where it cannot be read.
    """
    checks = read_all_checks(raw, source_id) if whole else read_checks(raw, source_id)
    return History(read_captures(raw, source_id), checks)


def has_bytes(raw: Path, capture: Capture) -> bool:
    """Whether the bytes of a capture are there; `read_bytes` tells whether they are the right ones."""
    return (raw / capture.source_id / capture.file_name).is_file()


def read_bytes(raw: Path, capture: Capture) -> bytes:
    """The bytes of a capture, checked against their SHA-256.

    Raises ArchiveError where they are missing or altered.
    """
    path = raw / capture.source_id / capture.file_name
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArchiveError(
            f"{display_path(raw, path)}: the raw capture is missing; restore the file, for example with git checkout"
        ) from None
    except OSError as error:
        raise ArchiveError(
            f"{display_path(raw, path)}: cannot be read ({error.strerror}); check its permissions"
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != capture.capture_id:
        raise ArchiveError(
            f"{display_path(raw, path)}: the raw capture was altered (its SHA-256 is {found[:12]}…, "
            f"on record is {capture.capture_id[:12]}…); restore the file, for example with git checkout"
        )
    return content


def store_capture(
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
    """Store bytes and record them, unless the capture before this one in time already is these bytes.

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
    (kept,) = store_captures(raw, [(capture, content)])
    return kept


def store_captures(raw: Path, arrivals: Sequence[tuple[Capture, bytes]]) -> list[Capture]:
    """Store and record many captures with their bytes, as `keep` does one; what is on record is on the disk.

    Waiting for the disk once for all of them is what makes many cheap. Raises ArchiveError.
    """
    with ExitStack() as stack:
        # In one order everywhere, so that two runs never wait for each other.
        sources = sorted({capture.source_id for capture, _ in arrivals})
        files = {source_id: stack.enter_context(_hold_records(raw, source_id, CAPTURES)) for source_id in sources}
        staged = [
            stack.enter_context(_stage_bytes(raw, capture, content, files[capture.source_id]))
            for capture, content in arrivals
        ]
        flush_to_disk([descriptor for one in staged for descriptor in one.descriptors])
        kept = [
            _record_staged(raw, capture, files[capture.source_id], one)
            for (capture, _), one in zip(arrivals, staged, strict=True)
        ]
        flush_to_disk(
            [
                files[capture.source_id].descriptor
                for (capture, _), one in zip(arrivals, kept, strict=True)
                if one is capture
            ]
        )
    return kept


def add_check(raw: Path, source_id: str, check: Check) -> None:
    """Record a check. Raises ArchiveError where the archive cannot be written to."""
    with _hold_records(raw, source_id, CHECKS) as records:
        records.add(CHECK, check, sync=False)


def add_articles(raw: Path, source_id: str, articles: list[Article]) -> list[Article]:
    """Record the articles that are not on record yet, by address; returns those. Raises ArchiveError."""
    with _hold_records(raw, source_id, ARTICLES) as records:
        known = {one.url for one in read_articles(raw, source_id)}
        new = [one for one in articles if one.url not in known]
        for one in new:
            records.add(ARTICLE, one)
    return new


def remove_bytes(raw: Path, capture: Capture, reason: str, at: datetime) -> None:
    """Remove the bytes of a capture, for a reason that stays on record as the capture's own line does."""
    with _hold_records(raw, capture.source_id, CAPTURES):
        folder = raw / capture.source_id
        add_record(folder / REMOVALS, REMOVAL, Removal(capture.capture_id, at, reason))
        (folder / capture.file_name).unlink(missing_ok=True)


def _is_same_capture(one: Capture, other: Capture) -> bool:
    """Whether two captures differ in nothing but when and how they were obtained."""
    return all(getattr(one, name) == getattr(other, name) for name in ("capture_id", "url", "media_type", "encoding"))


@contextmanager
def _hold_records(raw: Path, source_id: str, name: str) -> Iterator[RecordFile]:
    """Hold one of a source's records; who writes bytes holds that of the captures."""
    path = raw / source_id / name
    try:
        with hold_file(path) as records:
            yield records
    except OSError as error:
        place, said = display_path(raw, path.parent), error.strerror
        raise ArchiveError(f"{place}: cannot be written ({said}); check its permissions and the free space") from None


def _refuse_removed(raw: Path, capture: Capture) -> None:
    for removal in read_removals(raw, capture.source_id):
        if removal.capture_id == capture.capture_id:
            place, mend = (
                display_path(raw, raw / capture.source_id),
                f"retire {capture.source_id} in its dataset's file",
            )
            raise ArchiveError(f"{place}: what was served was removed here ({removal.reason}); {mend}")


@dataclass(slots=True)
class _Staged:
    """Bytes that are written and do not have their name yet; none (no more) where `partial` is empty."""

    descriptors: tuple[int, ...] = ()
    partial: str = ""
    path: str = ""


@contextmanager
def _stage_bytes(raw: Path, capture: Capture, content: bytes, records: RecordFile) -> Iterator[_Staged]:
    """Write bytes beside where they will lie; whatever happens, nothing of that is left when the block ends."""
    folder = f"{raw}/{capture.source_id}"
    there = [] if records.new else os.listdir(folder)  # noqa: PTH208 (names are wanted)
    if REMOVALS in there:
        _refuse_removed(raw, capture)
    for name in there:
        if name.endswith(PARTIAL) and not records.touched:  # by a killed run: whoever writes holds the records
            os.unlink(f"{folder}/{name}")  # noqa: PTH108
    records.touched = True
    path, partial = f"{folder}/{capture.file_name}", f"{folder}/.{capture.file_name}{PARTIAL}"
    if capture.file_name in there and Path(path).read_bytes() == content:
        yield _Staged()
        return
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    staged = _Staged((descriptor,), partial, path)
    try:
        write_all(descriptor, content)
        yield staged
    finally:
        os.close(descriptor)
        if staged.partial:
            with contextlib.suppress(OSError):
                os.unlink(partial)  # noqa: PTH108


def _record_staged(raw: Path, capture: Capture, records: RecordFile, staged: _Staged) -> Capture:
    """Give staged bytes their name and put them on record; returns the capture on record."""
    if staged.partial:
        os.replace(staged.partial, staged.path)  # noqa: PTH105
        staged.partial = ""
    earlier = [] if records.new else read_captures(raw, capture.source_id)
    before = [one for one in earlier if one.fetched_at <= capture.fetched_at]
    if before and _is_same_capture(before[-1], capture):
        return before[-1]
    records.add(CAPTURE, capture, sync=False)
    records.new = False
    return capture
