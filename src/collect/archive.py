"""The archive: bytes as they were served, and a record of every check of a source.

    data/raw/<source id>/
      <sha256>.<extension>    the bytes of one capture, as served (content coding undone), stored once;
                              the extension follows from the media type: 9f86d081…0a08.html, 60303ae2…a3fe.pdf
      captures.jsonl          one line for each capture, a `Capture`:
                              {"capture_id": "9f86d081…", "source_id": "towns", "url": "https://…", "fetched_at": …}
      checks.jsonl            one line for each check, a `Check`: when, what the server answered, the outcome and why:
                              {"checked_at": "2021-03-04T06:00:00Z", …, "came": "page", "outcome": "content", …}
      articles.jsonl          one line for each article that an index page, feed or sitemap led to: `DiscoveredArticle`
      removed.jsonl           one line for each capture whose bytes a person removed, a `Removal` with the reason

Example: data/raw/towns/captures.jsonl and data/raw/towns/9f86d081884c7d65…0f00a08.html. The folder of an article that
was discovered is named by the article's id, such as data/raw/towns-plan-2021/.

Raw is append-only: lines are only ever added (`records.py`), and bytes go only if a person removes them. Bytes are
written before their record, and each file appears whole or not at all. So a run that is killed at any moment loses no
recorded capture, and records none that is missing. `<name>.partial` is what such a run may leave; the next writer
deletes it.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter

from collect.records import (
    LOCK_SECONDS,
    ArchiveError,
    RecordError,
    add_record,
    check_record,
    display_path,
    flush_to_disk,
    hold_file,
    parse_line,
    read_lines,
    read_records,
)
from config.text import shorten

__all__ = ["ArchiveError", "Capture", "Check", "DiscoveredArticle", "Removal"]

CAPTURES, CHECKS, ARTICLES, REMOVALS = "captures.jsonl", "checks.jsonl", "articles.jsonl", "removed.jsonl"
PARTIAL = ".partial"
# Characters of the note of a capture.
LONGEST_NOTE = 2_000
# Spaces that Python does not count among what can be printed.
WIDE_SPACES = str.maketrans("\u3000\u00a0", "  ")
# Files that are written at once before the disk is waited for; a process may often open only a thousand.
OPEN_FILES = 200
RESTORE_FILE = "restore the file, for example with git checkout"

# A capture cannot be older than the web.
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
# In Python's own UTC: a process that frees an instance of pydantic's, made in Rust, at its very end crashes.
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST), AfterValidator(lambda moment: moment.astimezone(UTC))]

# The kinds of answer, as on record: a page; not modified since the last one; another HTTP status; forbidden by
# robots.txt; a page that a person removed from the archive; a private address; an answer that broke off, was too slow,
# too large or not HTTP; a wait that is not over; no connection at all.
AnswerKind = Literal[
    "page", "not modified", "status", "robots", "removed", "private", "broken off", "too early", "unreachable"
]
# The outcomes of a check, as on record; `pipeline/assess/rules.py` says when each applies ("furniture": only
# boilerplate around the article changed).
Outcome = Literal["unchanged", "furniture", "content", "moved", "gone", "blocked", "failed", "broken"]


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture; a line of `captures.jsonl`.

    `fetched_at` is UTC. `encoding` is the one that the server declared, None if it declared none. `method` is `http`
    for a fetched page, `by hand` for one that a person provided, `warc` for one from another archive. `status` is the
    HTTP status.
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
        """The name of the file with the bytes; its extension lets a browser open it."""
        return f"{self.capture_id}{EXTENSIONS.get(self.media_type, '.bin')}"


@dataclass(frozen=True, slots=True)
class Carried:
    """What each check carries on from the ones before it.

    `etag` and `last_modified` are the validators of the newest capture, and `validated` is the address that they are
    of. `whole_at` is when the page last came whole, `changed_at` when its content last changed, `good_at` when it last
    held what it should.
    """

    etag: str | None = None
    last_modified: str | None = None
    validated: str | None = None
    whole_at: Moment | None = None
    changed_at: Moment | None = None
    good_at: Moment | None = None


NOTHING_CARRIED = Carried()


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a source; a line of `checks.jsonl`, in which `answer_kind` is called came, `found_count` found.

    `url` was requested, `landed` is where redirects led (`hops` has their statuses and addresses). `headers` are those
    of the answer that matter, `transferred` is the size of its body in bytes. `capture_id` is the capture that the
    answer brought or confirmed, None without one. `outcome` follows from the rest by `pipeline/assess/rules.py`, and
    `why` says so in words. `same_article` tells whether the capture differs from the last good one in boilerplate
    only. `found_count` is the number of tasks in it, or of articles that it leads to; `kept` is the share of the last
    good capture's tasks that are still in it. `carried` is carried on from check to check.
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
class DiscoveredArticle:
    """An article that a source led to; a line of `articles.jsonl`. Its `id` is minted once and never reused."""

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
ARTICLE, REMOVAL = TypeAdapter(DiscoveredArticle), TypeAdapter(Removal)

# How a line of checks begins as it is written, with its address and outcome; and the field that has its capture.
CHECK_START = re.compile(
    rb'\{"checked_at":"[^"\\]+","url":"([^"\\]+)","landed":"[^"\\]+","came":"[a-z ]+","outcome":"([a-z]+)","why":'
)
CAPTURE_FIELD, LINE_START = b',"capture_id":', b'{"checked_at":'


def read_captures(raw: Path, source_id: str) -> list[Capture]:
    """All captures of a source, oldest first; captures whose bytes were removed are omitted.

    Raises ArchiveError if a line of the record cannot be read.
    """
    removed = {removal.capture_id for removal in read_removals(raw, source_id)}
    name = f"{source_id}/{CAPTURES}"
    captures = []
    for number, line in read_lines(raw, name):
        capture = parse_line(raw, name, CAPTURE, number, line)
        if capture.source_id != source_id:  # it would lead to the files of another source, or out of the archive
            where, fix = f"{display_path(raw, raw / name)}:{number}", "restore the line, for example with git checkout"
            raise RecordError(f"is a line of another source ({shorten(capture.source_id, 60)!r})", where, fix)
        if capture.capture_id not in removed:
            captures.append(capture)
    return sorted(captures, key=lambda capture: capture.fetched_at)


def read_checks(raw: Path, source_id: str) -> list[Check]:
    """All checks of a source, oldest first. Raises ArchiveError where one is not valid."""
    return read_records(raw, f"{source_id}/{CHECKS}", CHECK)


def read_last_checks(raw: Path, source_id: str) -> list[Check]:
    """The checks that the state of a source follows from, oldest first: the last of each address, outcome and capture.

    However long the record is, it is looked through from its end to its beginning; the lines that say what a later one
    says too are not parsed. Raises ArchiveError where a check is not valid.
    """
    name, keys, checks = f"{source_id}/{CHECKS}", set[object](), list[Check]()
    for number, line in reversed(read_lines(raw, name)):
        key = _find_check_key(line)
        if key is None or key not in keys:
            checks.append(parse_line(raw, name, CHECK, number, line))
            keys.add(key)
    return checks[::-1]


def _find_check_key(line: bytes) -> tuple[bytes, ...] | None:
    """The address, outcome and capture in a line of checks, as written; None where it has to be parsed to be known.

    No text within the line is mistaken for a field: quotation marks in a text have backslashes before them.
    """
    start = CHECK_START.match(line)
    if start is None or line[-2:] != b"}}" or line.count(LINE_START) > 1 or b"\0" in line or not _is_text(line):
        return None
    capture = line.find(CAPTURE_FIELD) + len(CAPTURE_FIELD)
    return (*start.groups(), line[capture : capture + 66])  # a SHA-256 with its quotation marks


def _is_text(line: bytes) -> bool:
    if line.isascii():
        return True
    try:
        return bool(line.decode())
    except UnicodeDecodeError:
        return False


def read_articles(raw: Path, source_id: str) -> list[DiscoveredArticle]:
    """The articles that a source has led to, in the order in which they were found. Raises ArchiveError."""
    return read_records(raw, f"{source_id}/{ARTICLES}", ARTICLE)


def read_removals(raw: Path, source_id: str) -> list[Removal]:
    """The captures of a source whose bytes a person removed. Raises ArchiveError."""
    return read_records(raw, f"{source_id}/{REMOVALS}", REMOVAL)


@dataclass(frozen=True, slots=True)
class History:
    """What is on record of a source: its captures, and the checks that its state follows from, both oldest first."""

    captures: list[Capture]
    checks: list[Check]


def read_history(raw: Path, source_id: str) -> History:
    """What is on record of a source, see `read_last_checks`. Raises ArchiveError."""
    return History(read_captures(raw, source_id), read_last_checks(raw, source_id))


def has_bytes(raw: Path, capture: Capture) -> bool:
    """Whether the file with a capture's bytes exists; `read_bytes` checks what is in it."""
    return (raw / capture.source_id / capture.file_name).is_file()


def read_bytes(raw: Path, capture: Capture) -> bytes:
    """The bytes of a capture, checked against their SHA-256. Raises ArchiveError if they are missing or altered."""
    path = raw / capture.source_id / capture.file_name
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ArchiveError("the raw capture is missing", display_path(raw, path), RESTORE_FILE) from error
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise ArchiveError(what, display_path(raw, path), "check its permissions") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != capture.capture_id:
        digests = f"its SHA-256 is {digest[:12]}…, on record is {capture.capture_id[:12]}…"
        raise ArchiveError(f"the raw capture was altered ({digests})", display_path(raw, path), RESTORE_FILE)
    if len(content) != capture.byte_count:
        sizes = f"it has {len(content):,} bytes, on record are {capture.byte_count:,}"
        where, fix = display_path(raw, path.with_name(CAPTURES)), "restore its line, for example with git checkout"
        raise ArchiveError(f"the record of {capture.capture_id[:12]}… was altered ({sizes})", where, fix)
    return content


def is_note(text: str) -> bool:
    """Whether a capture may have this note: one line, without characters that control a terminal."""
    return len(text) <= LONGEST_NOTE and text.translate(WIDE_SPACES).isprintable()


def make_capture(content: bytes, **facts: Any) -> Capture:
    """The capture of some bytes; `facts` are the fields that do not follow from them."""
    return Capture(capture_id=hashlib.sha256(content).hexdigest(), byte_count=len(content), **facts)


def store_capture(raw: Path, content: bytes, **facts: Any) -> Capture:
    """Store and record one capture, as `store_captures` does; `facts` as in `make_capture`."""
    return store_captures(raw, [(make_capture(content, **facts), content)])[0]


def store_captures(raw: Path, arrivals: Sequence[tuple[Capture, bytes | None]]) -> list[Capture]:
    """Store bytes and record them, unless the capture just before in time has the same bytes.

    None in place of the bytes: their file is there already, or is made by an earlier one of the arrivals. Returns the
    captures on record, which are on the disk by then; a new one is the very object that was given. The disk is waited
    for once for all records and once for OPEN_FILES files, and each record is read once, which makes many captures
    cheap. Raises ArchiveError if one cannot be recorded or was removed, before any bytes are written, and if the
    archive cannot be written to.
    """
    for capture, _ in arrivals:
        check_record(CAPTURE, capture)
    with ExitStack() as stack:
        # In the same order everywhere, so that two runs never wait for each other.
        source_ids = sorted({capture.source_id for capture, _ in arrivals})
        files = {source_id: stack.enter_context(_hold_records(raw, source_id, CAPTURES)) for source_id in source_ids}
        for source_id in source_ids:
            for path in (raw / source_id).glob(f"*{PARTIAL}"):
                path.unlink()  # left by a killed run: no other run writes here while this one holds the record
        removals = {source_id: read_removals(raw, source_id) for source_id in source_ids}
        recorded = {source_id: read_captures(raw, source_id) for source_id in source_ids}
        for capture, _ in arrivals:
            _refuse_removed(raw, capture, removals[capture.source_id])
        contents = ((raw / capture.source_id / capture.file_name, content) for capture, content in arrivals)
        _write_files({path: content for path, content in contents if content is not None})
        on_record = [
            _record_capture(capture, recorded[capture.source_id], files[capture.source_id]) for capture, _ in arrivals
        ]
        new = (capture for (capture, _), recorded in zip(arrivals, on_record, strict=True) if recorded is capture)
        flush_to_disk([files[capture.source_id] for capture in new])
    return on_record


def add_check(raw: Path, source_id: str, check: Check) -> None:
    """Record a check. Raises ArchiveError if the archive cannot be written to."""
    with _hold_records(raw, source_id, CHECKS) as records:
        add_record(records, CHECK, check)


def add_articles(raw: Path, source_id: str, articles: list[DiscoveredArticle]) -> list[DiscoveredArticle]:
    """Record the articles whose address is not on record yet; returns those. Raises ArchiveError."""
    with _hold_records(raw, source_id, ARTICLES) as records:
        urls = {article.url for article in read_articles(raw, source_id)}
        new = [article for article in articles if article.url not in urls]
        for article in new:
            add_record(records, ARTICLE, article)
        flush_to_disk([records])
    return new


def remove_bytes(raw: Path, capture: Capture, reason: str, at: datetime) -> None:
    """Remove the bytes of a capture; the reason and the capture's own line stay on record. Raises ArchiveError.

    The same bytes have several files where they came as several media types.
    """
    source_id = capture.source_id
    with _hold_records(raw, source_id, CAPTURES), _hold_records(raw, source_id, REMOVALS) as removals:
        if capture.capture_id not in {removal.capture_id for removal in read_removals(raw, source_id)}:
            add_record(removals, REMOVAL, Removal(capture.capture_id, at, reason))
            flush_to_disk([removals])
        delete_files(raw, source_id, capture.capture_id)


def delete_files(raw: Path, source_id: str, capture_id: str) -> int:
    """Delete every file with the bytes of a capture, also what a killed run left of one, and return their number."""
    folder = raw / source_id
    files = [*folder.glob(f"{capture_id}.*"), *folder.glob(f".{capture_id}.*")]
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)


@contextmanager
def _hold_records(raw: Path, source_id: str, name: str) -> Iterator[int]:
    """Hold one of a source's records; a writer of bytes holds the record of the captures. Raises ArchiveError."""
    path = raw / source_id / name
    try:
        with hold_file(path) as records:
            yield records
    except TimeoutError as error:
        what = f"another run has been writing here for {LOCK_SECONDS:.0f} s"
        raise ArchiveError(what, display_path(raw, path), "wait for that run, or end it") from error
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise ArchiveError(what, display_path(raw, path.parent), "check its permissions and the free space") from error


def _refuse_removed(raw: Path, capture: Capture, removals: Sequence[Removal]) -> None:
    """Raise ArchiveError if a person removed these very bytes."""
    for removal in removals:
        if removal.capture_id == capture.capture_id:
            raise ArchiveError(
                f"what was served was removed here ({removal.reason})",
                display_path(raw, raw / capture.source_id),
                f"retire {capture.source_id} in its dataset's file",
            )


def _write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files, except those that hold these bytes already; they get their names when they are on the disk."""
    missing = [path for path, content in contents.items() if not path.is_file() or path.read_bytes() != content]
    for start in range(0, len(missing), OPEN_FILES):
        with ExitStack() as stack:
            files: dict[Path, BinaryIO] = {}
            for path in missing[start : start + OPEN_FILES]:
                partial = path.with_name(f".{path.name}{PARTIAL}")
                stack.callback(partial.unlink, missing_ok=True)
                files[path] = stack.enter_context(partial.open("wb"))
                files[path].write(contents[path])
                files[path].flush()
            flush_to_disk([file.fileno() for file in files.values()])
            for path, file in files.items():
                Path(file.name).replace(path)


def _record_capture(capture: Capture, recorded: list[Capture], records: int) -> Capture:
    """Record a capture, unless the one just before it in time is the same; returns the capture on record.

    `recorded` has the captures on record, oldest first; a new one is put in its place there.
    """
    place = bisect_right(recorded, capture.fetched_at, key=attrgetter("fetched_at"))
    facts = attrgetter("capture_id", "url", "media_type", "encoding")  # and not when and how it was obtained
    if place and facts(recorded[place - 1]) == facts(capture):
        return recorded[place - 1]
    add_record(records, CAPTURE, capture)
    recorded.insert(place, capture)
    return capture
