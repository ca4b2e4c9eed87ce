"""Exports and imports captures as WARC 1.1 (ISO 28500), the format of web archives, with Webrecorder's library.

An export has the history of sources in the form that other archives' tools open. Before each page comes a metadata
record with the archive's own record of the page as JSON, so that an import gives the same captures again. A WARC of any
crawler can be imported: its pages become captures of the sources whose addresses they have.

Whoever made a WARC may write anything into it. So the archive's own record counts only where it says what the page and
its record say, and no import claims that this program fetched a page: the method of what it adds is `warc`.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from pydantic import TypeAdapter
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collect.archive import (
    CAPTURE,
    EARLIEST,
    LONGEST_NOTE,
    ArchiveError,
    Capture,
    is_note,
    read_bytes,
    read_captures,
    read_removals,
    store_captures,
)
from collect.fetch import Answer
from collect.records import RecordError
from collect.transfer import LONGEST_HEADER, describe_status
from collect.warc_records import (
    BLOCK_BYTES,
    HEAD_BYTES,
    PageError,
    Record,
    WarcFile,
    check_record,
    decode_body,
    parse_http,
    read_records,
)
from config.models import Address
from config.text import omit_credentials, shorten
from config.timestamps import format_timestamp

ABOUT = (
    "Captures of public plans. Bodies are as served, with transfer and content coding undone. HTTP headers are made "
    "anew from what is on record: status, media type, declared encoding and length. Before each page a metadata record "
    "holds the archive's own record of it as JSON."
)
OURS = "application/vnd.policytasks.capture+json"
METHOD = "warc"
# Types of records that can hold a page.
PAGES = frozenset(["response", "resource", "revisit"])
ADDRESS: TypeAdapter[str] = TypeAdapter(Address)
# Characters that an address keeps in a WARC; all others are written with percent signs.
ASCII = "".join(map(chr, range(0x21, 0x7F)))
# Characters of an address in a line on a skipped page.
SHOWN_LENGTH = 200
# Captures are stored together, up to so many bytes; each counts for its bytes and for those of its line on record.
BATCH_BYTES, LINE_BYTES = 50_000_000, 1_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A page from a WARC, without transfer and content coding.

    `content` is None if the page is not wanted, or if the record refers to an earlier one with the same `digest`.
    `capture` has a source only if the WARC has the archive's own record of the page, and an id only with content.
    """

    capture: Capture
    content: bytes | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class Imported:
    """New captures, the number of pages of no source, lines on skipped pages, the number of pages archived before."""

    new: tuple[Capture, ...]
    unmatched: int
    skipped: tuple[str, ...]
    already_archived: int = 0


def write_warc(
    raw: Path,
    source_ids: Sequence[str],
    to: BinaryIO,
    *,
    software: str,
    compress: bool = True,
    skipped: list[str] | None = None,
) -> tuple[int, int]:
    """Write the captures of sources, source by source and oldest first; returns the numbers of captures and of sources.

    The same archive gives the same bytes. A source with a damaged record, and a capture that is missing or altered,
    are omitted, and add a line to `skipped`; without it they raise ArchiveError, and the caller must discard what was
    written.
    """
    writer = WARCWriter(to, gzip=compress, warc_version="1.1")
    captures, readable_count = list[Capture](), 0
    for source_id in source_ids:
        try:
            captures += read_captures(raw, source_id)
            readable_count += 1
        except RecordError as error:
            if skipped is None:
                raise
            skipped.append(str(error))
    newest = max((capture.fetched_at for capture in captures), default=EARLIEST)
    info = writer.create_warcinfo_record(
        "", {"software": software, "format": "WARC File Format 1.1", "description": ABOUT}
    )
    # With the date of the newest capture: with the time of the export, no two exports would be the same.
    for name, value in {
        "WARC-Date": format_timestamp(newest),
        "WARC-Record-ID": _make_record_id("info", *source_ids),
    }.items():
        info.rec_headers.replace_header(name, value)
    writer.write_record(info)
    written_count = 0
    for capture in captures:
        try:
            content = read_bytes(raw, capture)
        except ArchiveError as error:
            if skipped is None:
                raise
            skipped.append(str(error))
            continue
        for record in _make_records(writer, capture, content):
            writer.write_record(record)
        written_count += 1
    return written_count, readable_count


def read_warc(
    file: BinaryIO, skipped: list[str] | None = None, is_wanted: Callable[[str, str], bool] = lambda *_: True
) -> Iterator[Arrival]:
    """The pages of a WARC or ARC, compressed or not, in its order: answers with status 200, and resources.

    `is_wanted` is called with the address of a page and the source that the archive's own record names ("" without
    one); a page that is not wanted comes without content, unchecked. A page that cannot be used adds a line to
    `skipped`. Raises ArchiveError if the file is not a WARC, breaks off or reaches a limit, after the whole pages
    before that were given.
    """
    problems = skipped if skipped is not None else []
    own = Record("", StatusAndHeaders("", []), b"", 0, ends_well=True)

    def choose_length(record: Any) -> int:
        if record.rec_type == "metadata":
            return HEAD_BYTES if record.content_type == OURS else 0
        if record.rec_type not in PAGES:
            return 0
        source_id = _name_source(_find_own_record(own, record.rec_headers))
        return (
            BLOCK_BYTES if is_wanted(str(record.rec_headers.get_header("WARC-Target-URI")), source_id) else HEAD_BYTES
        )

    warc = WarcFile(file)
    for record in read_records(warc, choose_length):
        if record.kind == "metadata" and record.get_field("Content-Type") == OURS:
            own = record
        elif record.kind in PAGES:
            own_record = _find_own_record(own, record.fields)
            is_needed = is_wanted(record.get_field("WARC-Target-URI"), _name_source(own_record))
            arrival = _read_page(warc, record, own_record if is_needed else None, problems, is_needed=is_needed)
            if arrival is not None:
                yield arrival


def _read_page(
    warc: WarcFile, record: Record, own_record: bytes | None, problems: list[str], *, is_needed: bool
) -> Arrival | None:
    """The page in a record, or None if there is none, or none that can be used: that adds a line to `problems`."""
    where = shorten(omit_credentials(record.get_field("WARC-Target-URI")), SHOWN_LENGTH)
    try:
        arrival = _parse_arrival(warc, record, is_needed=is_needed)
    except PageError as error:
        problems.append(f"{where}: {error}")
        return None
    if arrival is None or own_record is None or arrival.content is None:
        return arrival
    try:
        return replace(arrival, capture=_restore_capture(arrival.capture, own_record))
    except PageError as error:
        problems.append(f"{where}: the archive's own record of it {error}")
        return arrival


def _find_own_record(own: Record, fields: StatusAndHeaders) -> bytes | None:
    """The archive's own record of the page with these fields, if the last one that came is of it."""
    page = own.get_field("WARC-Refers-To")
    return own.block if page and page == fields.get_header("WARC-Record-ID") else None


def _name_source(own_record: bytes | None) -> str:
    """The source that the archive's own record of a page names, "" if there is none."""
    try:
        return CAPTURE.validate_json(own_record).source_id if own_record else ""
    except ValueError:
        return ""


@dataclass
class _Batch:
    """Captures that are to be stored, by their sources; and what became of those before."""

    raw: Path
    skipped: list[str]
    new: list[Capture] = field(default_factory=list)
    already_archived: int = 0
    _pending: dict[str, list[tuple[Capture, bytes | None]]] = field(default_factory=dict)
    _byte_count: int = 0
    _files: set[tuple[str, str]] = field(default_factory=set)
    _damaged: set[str] = field(default_factory=set)

    def add(self, capture: Capture, content: bytes) -> None:
        """Take a capture; the batch is stored when it is large enough."""
        self._files.add((capture.source_id, capture.file_name))
        self._add(capture, content)

    def add_again(self, capture: Capture, earlier: Capture) -> None:
        """Take a capture with the bytes of an earlier one. Raises ArchiveError if those are not in the archive."""
        if (capture.source_id, capture.file_name) in self._files:
            self._add(capture, None)
        else:
            self.store()
            self.add(capture, read_bytes(self.raw, earlier))

    def _add(self, capture: Capture, content: bytes | None) -> None:
        self._pending.setdefault(capture.source_id, []).append((capture, content))
        self._byte_count += len(content or b"") + LINE_BYTES
        if self._byte_count >= BATCH_BYTES:
            self.store()

    def store(self) -> None:
        """Store what was taken. A source with a damaged record, and bytes that a person removed, are skipped."""
        pending, self._pending, self._byte_count = self._pending, {}, 0
        for source_id, arrivals in pending.items():
            if source_id in self._damaged:
                continue
            try:
                kept = self._omit_removed(source_id, arrivals)
                on_record = store_captures(self.raw, kept)
            except RecordError as error:
                self._damaged.add(source_id)
                self.skipped.append(str(error))
                continue
            new = [capture for (capture, _), recorded in zip(kept, on_record, strict=True) if recorded is capture]
            self.new += new
            self.already_archived += len(kept) - len(new)

    def _omit_removed(
        self, source_id: str, arrivals: list[tuple[Capture, bytes | None]]
    ) -> list[tuple[Capture, bytes | None]]:
        removed = {removal.capture_id: removal.reason for removal in read_removals(self.raw, source_id)}
        self.skipped += [
            f"{capture.url}: was removed from the archive ({removed[capture.capture_id]})"
            for capture, _ in arrivals
            if capture.capture_id in removed
        ]
        return [(capture, content) for capture, content in arrivals if capture.capture_id not in removed]


def import_warc(raw: Path, file: BinaryIO, owners: Mapping[str, str], *, source_id: str | None = None) -> Imported:
    """Import the pages of a WARC into the archive; importing it again adds nothing.

    `owners` has the source of each address. All pages are of `source_id` if it is given; else a page is of the source
    that the archive's own record names, if that is among the owners, else of the source with the page's address, if
    scheme, `www.`, fragment and a last slash do not matter. The pages of a source with a damaged record are skipped.
    Raises ArchiveError if the file is not a WARC, breaks off or reaches a limit, after the whole pages before that were
    imported; and if the archive cannot be used.
    """
    by_address = {_normalise_url(url): owner for url, owner in owners.items()}
    source_ids = set(owners.values())

    def find_owner(url: str, recorded: str) -> str | None:
        return source_id or (recorded if recorded in source_ids else None) or by_address.get(_normalise_url(url))

    captures: dict[str, Capture] = {}
    skipped: list[str] = []
    unmatched = 0
    batch = _Batch(raw, skipped)
    try:
        for arrival in read_warc(file, skipped, lambda url, recorded: find_owner(url, recorded) is not None):
            owner = find_owner(arrival.capture.url, arrival.capture.source_id)
            earlier = captures.get(arrival.digest or "")
            if owner is None or (arrival.content is None and earlier is None):
                unmatched += 1
                continue
            capture = replace(arrival.capture, source_id=owner)
            if arrival.content is not None:
                batch.add(capture, arrival.content)
            elif earlier is not None:
                capture = replace(capture, capture_id=earlier.capture_id, byte_count=earlier.byte_count)
                try:
                    batch.add_again(capture, earlier)
                except ArchiveError as error:
                    skipped.append(f"{capture.url}: {error}")
                    continue
            if arrival.digest:
                captures[arrival.digest] = capture
    finally:
        batch.store()
    return Imported(tuple(batch.new), unmatched, tuple(skipped), batch.already_archived)


def _make_records(writer: Any, capture: Capture, content: bytes) -> Iterator[Any]:
    """The WARC records of a capture: the archive's own record, and the page (a resource if no server sent it)."""
    own = CAPTURE.dump_json(capture)
    page = _make_record_id("page", own.decode())
    declared = f"{capture.media_type}; charset={capture.encoding}" if capture.encoding else capture.media_type

    def make(kind: str, payload: bytes, content_type: str, about: dict[str, str], http: Any = None) -> Any:
        return writer.create_warc_record(
            capture.url,
            kind,
            payload=io.BytesIO(payload),
            length=len(payload),
            warc_content_type=content_type,
            warc_headers_dict={"WARC-Date": format_timestamp(capture.fetched_at), **about},
            http_headers=http,
        )

    record_id = _make_record_id("metadata", own.decode())
    yield make("metadata", own, OURS, {"WARC-Record-ID": record_id, "WARC-Refers-To": page})
    about = {"WARC-Record-ID": page, "WARC-Payload-Digest": f"sha256:{capture.capture_id}"}
    if capture.status is None:
        yield make("resource", content, declared, about)
    else:
        headers = [("Content-Type", declared), ("Content-Length", str(len(content)))]
        http = StatusAndHeaders(describe_status(capture.status), headers, "HTTP/1.1")
        yield make("response", content, "", about, http)


def _parse_arrival(warc: WarcFile, record: Record, *, is_needed: bool) -> Arrival | None:
    """The page in a record, or None if there is none; without content unless it is needed. Raises PageError."""
    url = record.get_field("WARC-Target-URI")
    http, body_start = parse_http(record)
    code = http.get_statuscode() if http else None
    if code not in (None, "200") or not url.startswith(("http://", "https://")):
        return None
    answer = Answer(
        url, url, "page", headers={"content-type": (http or record.fields).get_header("Content-Type") or ""}
    )
    content = None
    if is_needed:
        check_record(record, body_start)
        content = None if record.kind == "revisit" else decode_body(warc, http, record.block[body_start:])
    capture = Capture(
        capture_id="" if content is None else hashlib.sha256(content).hexdigest(),
        source_id="",
        url=url,
        fetched_at=_parse_moment(record.get_field("WARC-Date")),
        method=METHOD,
        media_type=answer.media_type,
        byte_count=len(content or b""),
        encoding=answer.encoding,
        status=int(code) if code else None,
    )
    if is_needed:
        _check_facts(capture)
    return Arrival(capture, content, record.fields.get_header("WARC-Payload-Digest"))


def _restore_capture(stated: Capture, own_record: bytes) -> Capture:
    """The capture that the archive's own record is of; `stated` is what the page's record states.

    Raises PageError if the two differ, or the own record has what no capture may have.
    """
    try:
        own = CAPTURE.validate_json(own_record)
    except ValueError as error:
        raise PageError("cannot be read") from error
    if _list_common_facts(own) != _list_common_facts(stated):
        raise PageError("does not say what the record of the page says")
    _check_facts(own)
    return replace(own, method=METHOD)


def _list_common_facts(capture: Capture) -> tuple[object, ...]:
    """What a capture and the record of its page both have, as a WARC writes it."""
    url = quote(capture.url, safe=ASCII)
    return url, format_timestamp(capture.fetched_at), capture.capture_id, capture.byte_count, capture.status


def _check_facts(capture: Capture) -> None:
    """Raise PageError if a capture has an address, a moment or texts that no capture may have."""
    try:
        ADDRESS.validate_python(capture.url)
    except ValueError as error:
        raise PageError("has an address that no source may have") from error
    if not EARLIEST < capture.fetched_at < datetime.now(UTC) + timedelta(days=1):
        raise PageError("has no valid date, or one before the web existed or in the future")
    for text in (capture.media_type, capture.encoding or ""):
        if len(text) > LONGEST_HEADER or not text.isprintable():
            raise PageError(f"has a media type or encoding that is not text of at most {LONGEST_HEADER} characters")
    if not is_note(capture.note or ""):
        raise PageError(f"has a note that is not a line of at most {LONGEST_NOTE:,} characters")


def _parse_moment(text: str) -> datetime:
    """The moment that a record states, in whole seconds; EARLIEST if it states none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC, microsecond=0).astimezone(UTC)
    except (ValueError, OverflowError):
        return EARLIEST


def _normalise_url(url: str) -> str:
    """An address without the parts in which two addresses of one page may differ."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = re.sub(r":(?:80|443)$", "", parts.netloc.lower()).removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}?{parts.query}"


def _make_record_id(kind: str, *facts: str) -> str:
    """The id of a WARC record, which follows from what the record is about."""
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, ' '.join((kind, *facts)))}>"
