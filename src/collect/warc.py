"""Exports and imports captures as WARC 1.1 (ISO 28500), the format of web archives, with Webrecorder's library.

An export has the history of sources in the form that other archives' tools open. Before each page comes a metadata
record with the archive's own record of the page as JSON, so that an import gives the same capture again. A WARC of any
crawler can be imported: its pages become captures of the sources whose addresses they have.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collect.archive import CAPTURE, EARLIEST, ArchiveError, Capture, read_bytes, read_captures, store_captures
from collect.fetch import Answer
from collect.records import RecordError
from collect.transfer import MAX_BYTES, describe_status
from config.timestamps import format_timestamp

ABOUT = (
    "Captures of public plans. Bodies are as served, with transfer and content coding undone. HTTP headers are made "
    "anew from what is on record: status, media type, declared encoding and length. Before each page a metadata record "
    "holds the archive's own record of it as JSON."
)
OURS = "application/vnd.policytasks.capture+json"
# The length of the line ends that close an uncompressed record.
RECORD_END = 4
FIRST_BYTES = 9
# Types of records that can hold a page.
PAGES = frozenset(["response", "resource", "revisit"])


@dataclass(frozen=True, slots=True)
class Arrival:
    """A page from a WARC, without transfer and content coding.

    `content` is None if the record refers to an earlier one with the same `digest`. `capture` is the archive's own
    record of the page if the WARC has one; else it has neither a source nor an id yet.
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


def read_warc(file: BinaryIO, skipped: list[str] | None = None) -> Iterator[Arrival]:
    """The pages of a WARC or ARC, compressed or not, in its order: answers with status 200, and resources.

    A page whose digest or date is wrong, or which is too large, adds a line to `skipped`. Raises ArchiveError if
    the file is not a WARC or breaks off, after the whole pages before that were given.
    """
    records: dict[str, Capture] = {}
    problems = skipped if skipped is not None else []
    for record, content in _read_records(file):
        if record.rec_type == "metadata" and record.content_type == OURS:
            try:
                records[str(record.rec_headers.get_header("WARC-Refers-To"))] = CAPTURE.validate_json(content)
            except ValueError:
                problems.append(f"{record.rec_headers.get_header('WARC-Target-URI')}: its own record cannot be read")
        elif record.rec_type in PAGES and (arrival := _parse_arrival(record, content, records)):
            problem = _find_problem(record, arrival)
            if problem is None:
                yield arrival
            else:
                problems.append(f"{arrival.capture.url}: {problem}")


def _read_records(file: BinaryIO) -> Iterator[tuple[Any, bytes]]:
    """Every record with its body, coding undone; a body that is too large is cut after MAX_BYTES + 1 bytes."""
    _refuse_other_files(file)
    records = ArchiveIterator(file, arc2warc=True, check_digests=True)
    end = 0
    while True:
        try:
            with redirect_stderr(io.StringIO()):  # the library prints complaints
                record = next(records, None)
                content = _read_content(record) if record else b""
                records.read_to_end()
        except AttributeError as error:  # the library's, if a record's head is cut off
            raise _make_error(file, "it breaks off") from error
        except (ArchiveLoadFailed, EOFError, OSError, OverflowError, TypeError, ValueError) as error:  # the library's
            raise _make_error(file, " ".join(str(error).split())[:120] or "it breaks off") from error
        if record is None:
            if file.tell() > end or not end:
                raise _make_error(file, "nothing more of it can be made out")
            return
        end = records.get_record_offset() + records.get_record_length() + RECORD_END
        yield record, content


def _refuse_other_files(file: BinaryIO) -> None:
    """Raise ArchiveError unless a file begins as a WARC or ARC does."""
    begin, head = file.tell(), file.read(2)
    file.seek(begin)
    try:
        first = gzip.GzipFile(fileobj=file).read(FIRST_BYTES) if head == b"\x1f\x8b" else file.read(FIRST_BYTES)
    except (OSError, EOFError, zlib.error):
        first = b""
    file.seek(begin)
    if not first.startswith((b"WARC/", b"filedesc:")):
        raise _make_error(file, "it does not begin as one")


def _make_error(file: BinaryIO, reason: str) -> ArchiveError:
    where = str(getattr(file, "name", "the WARC"))
    return ArchiveError(f"is not a WARC that can be read to its end ({reason})", where, "get the file again")


def import_warc(raw: Path, file: BinaryIO, owners: Mapping[str, str], *, source_id: str | None = None) -> Imported:
    """Import the pages of a WARC into the archive; importing it again adds nothing.

    `owners` has the source of each address. All pages are of `source_id` if it is given; else a page is of the source
    that the archive's own record names, if that is among the owners, else of the source with the page's address, if
    scheme, `www.`, fragment and a last slash do not matter. The pages of a source with a damaged record are skipped.
    Raises ArchiveError if the file is not a WARC or breaks
    off, after the whole pages before that were imported; and if the archive cannot be used.
    """
    by_address = {_normalise_url(url): owner for url, owner in owners.items()}
    captures: dict[str, Capture] = {}
    new: list[Capture] = []
    already_archived = unmatched = 0
    skipped: list[str] = []
    damaged: set[str] = set()
    for arrival in read_warc(file, skipped):
        capture, content = arrival.capture, arrival.content
        recorded_owner = capture.source_id if capture.source_id in owners.values() else None
        owner = source_id or recorded_owner or by_address.get(_normalise_url(capture.url))
        if content is None and arrival.digest in captures:
            content = read_bytes(raw, captures[arrival.digest])
        if owner is None or content is None:
            unmatched += 1
            continue
        if owner in damaged:
            continue
        digest = hashlib.sha256(content).hexdigest()
        identified = replace(capture, source_id=owner, capture_id=digest, byte_count=len(content))
        try:
            (capture,) = store_captures(raw, [(identified, content)])
        except RecordError as error:
            damaged.add(owner)
            skipped.append(str(error))
            continue
        if capture is identified:
            new.append(capture)
        else:
            already_archived += 1
        if arrival.digest:
            captures[arrival.digest] = capture
    return Imported(tuple(new), unmatched, tuple(skipped), already_archived)


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


def _parse_arrival(record: Any, body: bytes, records: dict[str, Capture]) -> Arrival | None:
    """The page in a record, or None if there is none."""
    fields, http = record.rec_headers, record.http_headers
    content = None if record.rec_type == "revisit" else body
    digest = fields.get_header("WARC-Payload-Digest")
    if own_record := records.pop(str(fields.get_header("WARC-Record-ID")), None):
        return Arrival(own_record, content, digest)
    url, code = str(fields.get_header("WARC-Target-URI")), http.get_statuscode() if http else None
    if code not in (None, "200") or not url.startswith(("http://", "https://")):
        return None
    answer = Answer(url, url, "page", headers={"content-type": (http or fields).get_header("Content-Type") or ""})
    capture = Capture(
        capture_id="",
        source_id="",
        url=url,
        fetched_at=_parse_moment(str(fields.get_header("WARC-Date"))),
        method="warc",
        media_type=answer.media_type,
        byte_count=len(body),
        encoding=answer.encoding,
        status=int(code) if code else None,
    )
    return Arrival(capture, content, digest)


def _find_problem(record: Any, arrival: Arrival) -> str | None:
    """Why a page cannot be imported, or None."""
    content, capture_id = arrival.content, arrival.capture.capture_id
    if not EARLIEST < arrival.capture.fetched_at < datetime.now(UTC) + timedelta(days=1):
        return "has no valid date, or one before the web existed or in the future"
    if content is not None and len(content) > MAX_BYTES:
        return f"is larger than {MAX_BYTES // 1_000_000} MB"
    is_wrong = content is not None and capture_id and hashlib.sha256(content).hexdigest() != capture_id
    if is_wrong or record.digest_checker.passed is False:
        return "is not what its digest says"
    return "is empty" if content == b"" else None


def _read_content(record: Any) -> bytes:
    """The body of a record. Raises EOFError if the record has less than it says."""
    if not record.rec_headers.get_header("Content-Length"):
        raise EOFError("it breaks off")
    stream = record.content_stream()
    content: bytes = stream.read(MAX_BYTES + 1)
    while stream.read(MAX_BYTES):
        pass
    if getattr(record.raw_stream, "limit", 0) > 0:
        raise EOFError("it breaks off")
    return content


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
