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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collect.archive import CAPTURE, EARLIEST, ArchiveError, Capture, read_bytes, read_captures, store_capture
from collect.fetch import Answer
from collect.transfer import MAX_BYTES, describe_status

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

    `content` is None where the record refers to an earlier one with the same `digest`. `own_record` is this archive's
    own record of the page, if the WARC has one.
    """

    url: str
    fetched_at: datetime
    content: bytes | None
    digest: str | None
    media_type: str
    encoding: str | None
    status: int | None
    own_record: Capture | None = None


@dataclass(frozen=True, slots=True)
class ImportedPages:
    """The numbers of a WARC's pages that became new captures, were archived already, or are of no source.

    `skipped` has a line for each page that could not be imported.
    """

    kept: int
    already_archived: int
    unmatched: int
    skipped: tuple[str, ...] = ()


def write_warc(raw: Path, source_ids: Sequence[str], to: BinaryIO, *, software: str, compress: bool = True) -> int:
    """Write the captures of sources, source by source and oldest first; returns the number of captures.

    The same archive gives the same bytes. Raises ArchiveError where a capture is missing or altered; the caller must
    then discard what was written.
    """
    writer = WARCWriter(to, gzip=compress, warc_version="1.1")
    captures = [capture for source_id in source_ids for capture in read_captures(raw, source_id)]
    newest = max((capture.fetched_at for capture in captures), default=EARLIEST)
    info = writer.create_warcinfo_record(
        "", {"software": software, "format": "WARC File Format 1.1", "description": ABOUT}
    )
    # With the date of the newest capture: with the time of the export, no two exports would be the same.
    for name, value in {
        "WARC-Date": _format_timestamp(newest),
        "WARC-Record-ID": _make_record_id("info", *source_ids),
    }.items():
        info.rec_headers.replace_header(name, value)
    writer.write_record(info)
    for capture in captures:
        for record in _make_records(writer, capture, read_bytes(raw, capture)):
            writer.write_record(record)
    return len(captures)


def read_warc(file: BinaryIO, skipped: list[str] | None = None) -> Iterator[Arrival]:
    """The pages of a WARC or ARC, compressed or not, in its order: answers with status 200, and resources.

    A page whose digest or date is wrong, or which is too large, adds a line to `skipped`. Raises ArchiveError where
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
                problems.append(f"{arrival.url}: {problem}")


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
        except AttributeError as error:  # the library's, where a record's head is cut off
            raise _make_error(file, "it breaks off") from error
        except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
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


def import_warc(raw: Path, file: BinaryIO, owners: Mapping[str, str], *, source_id: str | None = None) -> ImportedPages:
    """Import the pages of a WARC into the archive; importing it again adds nothing.

    `owners` has the source of each address. All pages are of `source_id` if it is given; else a page is of the source
    that the archive's own record names, if that is among the owners, else of the source with the page's address, where
    scheme, `www.`, fragment and a last slash do not matter. Raises ArchiveError where the file is not a WARC or breaks
    off, after the whole pages before that were imported; and where the archive cannot be used.
    """
    by_address = {_normalise_url(url): owner for url, owner in owners.items()}
    bodies: dict[str, tuple[Capture, str]] = {}
    counts = {"kept": 0, "already_archived": 0, "unmatched": 0}
    skipped: list[str] = []
    for arrival in read_warc(file, skipped):
        recorded_owner = arrival.own_record.source_id if arrival.own_record else None
        owner = source_id or (
            recorded_owner if recorded_owner in owners.values() else by_address.get(_normalise_url(arrival.url))
        )
        content = arrival.content
        if content is None and arrival.digest in bodies:
            content = read_bytes(raw, bodies[arrival.digest][0])
        if owner is None or content is None:
            counts["unmatched"] += 1
            continue
        before = {(other.capture_id, other.url, other.fetched_at) for other in read_captures(raw, owner)}
        capture = _store_arrival(raw, arrival, content, owner)
        counts["already_archived" if (capture.capture_id, capture.url, capture.fetched_at) in before else "kept"] += 1
        if arrival.digest:
            bodies[arrival.digest] = (capture, owner)
    return ImportedPages(**counts, skipped=tuple(skipped))


def _store_arrival(raw: Path, arrival: Arrival, content: bytes, owner: str) -> Capture:
    own_record = arrival.own_record
    return store_capture(
        raw,
        content,
        source_id=owner,
        url=arrival.url,
        fetched_at=arrival.fetched_at,
        method=own_record.method if own_record else "warc",
        media_type=own_record.media_type if own_record else arrival.media_type,
        encoding=own_record.encoding if own_record else arrival.encoding,
        status=own_record.status if own_record else arrival.status,
        note=own_record.note if own_record else None,
    )


def _make_records(writer: Any, capture: Capture, content: bytes) -> Iterator[Any]:
    """The WARC records of a capture: the archive's own record, and the page (a resource if no server sent it)."""
    own = CAPTURE.dump_json(capture)
    page = _make_record_id("page", own.decode())
    declared = f"{capture.media_type}; charset={capture.encoding}" if capture.encoding else capture.media_type
    dated = {"WARC-Date": _format_timestamp(capture.fetched_at)}
    yield writer.create_warc_record(
        capture.url,
        "metadata",
        payload=io.BytesIO(own),
        length=len(own),
        warc_content_type=OURS,
        warc_headers_dict={
            **dated,
            "WARC-Record-ID": _make_record_id("metadata", own.decode()),
            "WARC-Refers-To": page,
        },
    )
    served = capture.status is not None
    headers = [("Content-Type", declared), ("Content-Length", str(len(content)))]
    yield writer.create_warc_record(
        capture.url,
        "response" if served else "resource",
        payload=io.BytesIO(content),
        length=len(content),
        warc_content_type="" if served else declared,
        warc_headers_dict={
            **dated,
            "WARC-Record-ID": page,
            "WARC-Payload-Digest": f"sha256:{capture.capture_id}",
        },
        http_headers=StatusAndHeaders(_format_status_line(capture.status), headers, "HTTP/1.1") if served else None,
    )


def _format_status_line(status: int | None) -> str:
    return describe_status(status or 0) if status else str(status)


def _parse_arrival(record: Any, body: bytes, records: dict[str, Capture]) -> Arrival | None:
    """The page in a record, or None if there is none."""
    fields = record.rec_headers
    own_record = records.pop(str(fields.get_header("WARC-Record-ID")), None)
    code = record.http_headers.get_statuscode() if record.http_headers else None
    status = (int(code) if code.isdigit() else 0) if code is not None else None
    url = own_record.url if own_record else str(fields.get_header("WARC-Target-URI"))
    if not own_record and (status not in (None, HTTPStatus.OK) or not url.startswith(("http://", "https://"))):
        return None
    answer = Answer(url, url, "page", headers={"content-type": _read_content_type(record) or ""})
    return Arrival(
        url=url,
        fetched_at=own_record.fetched_at if own_record else _parse_moment(str(fields.get_header("WARC-Date"))),
        content=None if record.rec_type == "revisit" else body,
        digest=fields.get_header("WARC-Payload-Digest"),
        media_type=answer.media_type,
        encoding=answer.encoding,
        status=status,
        own_record=own_record,
    )


def _read_content_type(record: Any) -> str | None:
    content_type: str | None = (record.http_headers or record.rec_headers).get_header("Content-Type")
    return content_type


def _find_problem(record: Any, arrival: Arrival) -> str | None:
    """Why a page cannot be imported, or None."""
    content = arrival.content
    if not EARLIEST < arrival.fetched_at < datetime.now(UTC) + timedelta(days=1):
        return "does not say of which day it is, is from before the web or from the future"
    if content is not None and len(content) > MAX_BYTES:
        return f"is larger than {MAX_BYTES // 1_000_000} MB"
    capture_id = arrival.own_record.capture_id if arrival.own_record else None
    is_wrong = content is not None and capture_id is not None and hashlib.sha256(content).hexdigest() != capture_id
    if is_wrong or record.digest_checker.passed is False:
        return "is not what its digest says"
    return "is empty" if content == b"" else None


def _read_content(record: Any) -> bytes:
    """The body of a record. Raises EOFError where the record has less than it says."""
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


def _format_timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
