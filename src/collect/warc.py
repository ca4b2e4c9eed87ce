"""Captures out and in as WARC 1.1 (ISO 28500), the format of web archives, by the library of the Webrecorder project.

What goes out is the history of sources as other archives' tools open it; before each page stands a metadata record
with the archive's own record of it as JSON, so that it comes back as it went. What comes in may also be from any
crawler: its pages become captures of the sources whose addresses they have.
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
from collect.transfer import MAX_BYTES

ABOUT = (
    "Captures of public plans. Bodies are as served, with transfer and content coding undone. HTTP headers are made "
    "anew from what is on record: status, media type, declared encoding and length. Before each page a metadata record "
    "holds the archive's own record of it as JSON."
)
OURS = "application/vnd.policytasks.capture+json"
# The line ends that close a record which is not zipped.
BETWEEN = 4
FIRST_BYTES = 9
# Records that can hold a page.
PAGES = frozenset(["response", "resource", "revisit"])


@dataclass(frozen=True, slots=True)
class Arrival:
    """A page from a WARC, without transfer and content coding.

    `content` is None where the record says that it is the same as an earlier one's with this `digest`. `known` is the
    archive's own record of it, where the WARC has it.
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
    """What came of a WARC's pages: how many became new captures, were on record, have no source.

    `passed_over` has a line for each page that could not be taken.
    """

    kept: int
    already_archived: int
    unmatched: int
    skipped: tuple[str, ...] = ()


def write_warc(raw: Path, source_ids: Sequence[str], to: BinaryIO, *, software: str, compress: bool = True) -> int:
    """Write the history of sources, one after the other and each oldest first; returns the number of captures.

    The same archive gives the same bytes. Raises ArchiveError where a capture is missing or altered; what was written
    until then is to be thrown away.
    """
    writer = WARCWriter(to, gzip=compress, warc_version="1.1")
    captures = [capture for source_id in source_ids for capture in read_captures(raw, source_id)]
    newest = max((capture.fetched_at for capture in captures), default=EARLIEST)
    info = writer.create_warcinfo_record(
        "", {"software": software, "format": "WARC File Format 1.1", "description": ABOUT}
    )
    # Dated as its newest capture: the clock would make each export another.
    for name, value in {"WARC-Date": _timestamp_of(newest), "WARC-Record-ID": _record_id("info", *source_ids)}.items():
        info.rec_headers.replace_header(name, value)
    writer.write_record(info)
    for capture in captures:
        for record in _records_of(writer, capture, read_bytes(raw, capture)):
            writer.write_record(record)
    return len(captures)


def read_warc(file: BinaryIO, skipped: list[str] | None = None) -> Iterator[Arrival]:
    """The pages of a WARC or ARC, zipped or not, in its order: what a server answered with 200, and resources.

    Each page that is not what its record says, is larger than what is fetched, or from before the web adds a line to
    `passed_over`. Raises ArchiveError where the file is no WARC or breaks off, after all that was whole before that.
    """
    records: dict[str, Capture] = {}
    told = skipped if skipped is not None else []
    for record, content in _read_records(file):
        if record.rec_type == "metadata" and record.content_type == OURS:
            try:
                records[str(record.rec_headers.get_header("WARC-Refers-To"))] = CAPTURE.validate_json(content)
            except ValueError:
                told.append(f"{record.rec_headers.get_header('WARC-Target-URI')}: its own record cannot be read")
        elif record.rec_type in PAGES and (arrival := _parse_arrival(record, content, records)):
            trouble = _find_problem(record, arrival)
            if trouble is None:
                yield arrival
            else:
                told.append(f"{arrival.url}: {trouble}")


def _read_records(file: BinaryIO) -> Iterator[tuple[Any, bytes]]:
    """Every record with its body, coding undone (one byte more than may be, of one that is too large)."""
    _refuse_other_files(file)
    records = ArchiveIterator(file, arc2warc=True, check_digests=True)
    end = 0
    while True:
        try:
            with redirect_stderr(io.StringIO()):  # where the library complains besides
                record = next(records, None)
                content = _read_content(record) if record else b""
                records.read_to_end()
            ended = record is None
            end = end if ended else records.get_record_offset() + records.get_record_length() + BETWEEN
            said = "nothing more of it can be made out" if ended and (file.tell() > end or not end) else ""
        except (
            ArchiveLoadFailed,
            EOFError,
            OSError,
            ValueError,
            AttributeError,
        ) as error:  # the last of a head cut off
            said = "it breaks off" if isinstance(error, AttributeError) else " ".join(str(error).split())[:120]
        if said:
            raise _make_error(file, said)
        if record is None:
            return
        yield record, content


def _refuse_other_files(file: BinaryIO) -> None:
    """Raise ArchiveError for a file that does not begin as a WARC or ARC does, however long its first line."""
    begin, head = file.tell(), file.read(2)
    file.seek(begin)
    try:
        first = gzip.GzipFile(fileobj=file).read(FIRST_BYTES) if head == b"\x1f\x8b" else file.read(FIRST_BYTES)
    except (OSError, EOFError, zlib.error):
        first = b""
    file.seek(begin)
    if not first.startswith((b"WARC/", b"filedesc:")):
        raise _make_error(file, "it does not begin as one")


def _make_error(file: BinaryIO, said: str) -> ArchiveError:
    where = getattr(file, "name", "the WARC")
    return ArchiveError(f"{where}: is no WARC that can be read to its end ({said}); get the file anew")


def import_warc(raw: Path, file: BinaryIO, owners: Mapping[str, str], *, source_id: str | None = None) -> ImportedPages:
    """Take the pages of a WARC into the archive, and say what came of them. Taking it again adds nothing.

    `owners` says which source an address belongs to. `source_id` is the source of all pages, where a person said so;
    else the one that the archive's own record names, if it is among the owners; else the one with the page's address,
    scheme, `www.`, fragment and a last slash apart. Raises ArchiveError where the file is no WARC or breaks off, after
    all that was whole before that was taken; and where the archive cannot be used.
    """
    by_address = {_normalise_url(url): owner for url, owner in owners.items()}
    bodies: dict[str, tuple[Capture, str]] = {}
    counts = {"kept": 0, "already_archived": 0, "unmatched": 0}
    passed_over: list[str] = []
    for arrival in read_warc(file, passed_over):
        named = arrival.own_record.source_id if arrival.own_record else None
        owner = source_id or (named if named in owners.values() else by_address.get(_normalise_url(arrival.url)))
        content = arrival.content
        if content is None and arrival.digest in bodies:
            content = read_bytes(raw, bodies[arrival.digest][0])
        if owner is None or content is None:
            counts["unmatched"] += 1
            continue
        before = {(one.capture_id, one.url, one.fetched_at) for one in read_captures(raw, owner)}
        capture = _store_arrival(raw, arrival, content, owner)
        counts["already_archived" if (capture.capture_id, capture.url, capture.fetched_at) in before else "kept"] += 1
        if arrival.digest:
            bodies[arrival.digest] = (capture, owner)
    return ImportedPages(**counts, skipped=tuple(passed_over))


def _store_arrival(raw: Path, arrival: Arrival, content: bytes, owner: str) -> Capture:
    known = arrival.own_record
    return store_capture(
        raw,
        content,
        source_id=owner,
        url=arrival.url,
        fetched_at=arrival.fetched_at,
        method=known.method if known else "warc",
        media_type=known.media_type if known else arrival.media_type,
        encoding=known.encoding if known else arrival.encoding,
        status=known.status if known else arrival.status,
        note=known.note if known else None,
    )


def _records_of(writer: Any, capture: Capture, content: bytes) -> Iterator[Any]:
    """The archive's own record of a capture, and the page; of one that no server sent, a resource."""
    own = CAPTURE.dump_json(capture)
    page = _record_id("page", own.decode())
    declared = f"{capture.media_type}; charset={capture.encoding}" if capture.encoding else capture.media_type
    dated = {"WARC-Date": _timestamp_of(capture.fetched_at)}
    yield writer.create_warc_record(
        capture.url,
        "metadata",
        payload=io.BytesIO(own),
        length=len(own),
        warc_content_type=OURS,
        warc_headers_dict={**dated, "WARC-Record-ID": _record_id("metadata", own.decode()), "WARC-Refers-To": page},
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
        http_headers=StatusAndHeaders(_status_line(capture.status), headers, "HTTP/1.1") if served else None,
    )


def _status_line(status: int | None) -> str:
    try:
        return f"{status} {HTTPStatus(status or 0).phrase}"
    except ValueError:
        return str(status)


def _parse_arrival(record: Any, body: bytes, records: dict[str, Capture]) -> Arrival | None:
    """The page in a record, or None where there is none."""
    fields = record.rec_headers
    known = records.pop(str(fields.get_header("WARC-Record-ID")), None)
    stated = record.http_headers.get_statuscode() if record.http_headers else None
    status = (int(stated) if stated.isdigit() else 0) if stated is not None else None
    url = known.url if known else str(fields.get_header("WARC-Target-URI"))
    if not known and (status not in (None, HTTPStatus.OK) or not url.startswith(("http://", "https://"))):
        return None
    answer = Answer(url, url, "page", headers={"content-type": _content_type_of(record) or ""})
    return Arrival(
        url=url,
        fetched_at=known.fetched_at if known else _parse_moment(str(fields.get_header("WARC-Date"))),
        content=None if record.rec_type == "revisit" else body,
        digest=fields.get_header("WARC-Payload-Digest"),
        media_type=answer.media_type,
        encoding=answer.encoding,
        status=status,
        own_record=known,
    )


def _content_type_of(record: Any) -> str | None:
    stated: str | None = (record.http_headers or record.rec_headers).get_header("Content-Type")
    return stated


def _find_problem(record: Any, arrival: Arrival) -> str | None:
    """Why a page cannot be taken, or None."""
    content = arrival.content
    if not EARLIEST < arrival.fetched_at < datetime.now(UTC) + timedelta(days=1):
        return "does not say of which day it is, is from before the web or from the future"
    if content is not None and len(content) > MAX_BYTES:
        return f"is larger than {MAX_BYTES // 1_000_000} MB"
    told = arrival.own_record.capture_id if arrival.own_record else None
    wrong = content is not None and told is not None and hashlib.sha256(content).hexdigest() != told
    if wrong or record.digest_checker.passed is False:
        return "is not what its digest says"
    return "is empty" if content == b"" else None


def _read_content(record: Any) -> bytes:
    """The body. Raises EOFError where the record has less than it says."""
    if not record.rec_headers.get_header("Content-Length"):
        raise EOFError("it breaks off")
    stream = record.content_stream()
    content: bytes = stream.read(MAX_BYTES + 1)
    while stream.read(MAX_BYTES):
        pass
    if getattr(record.raw_stream, "limit", 0) > 0:
        raise EOFError("it breaks off")
    return content


def _parse_moment(stated: str) -> datetime:
    """The moment that is stated, in whole seconds; the earliest that there is, where none is."""
    try:
        moment = datetime.fromisoformat(stated)
        return moment.replace(tzinfo=moment.tzinfo or UTC, microsecond=0).astimezone(UTC)
    except (ValueError, OverflowError):
        return EARLIEST


def _normalise_url(url: str) -> str:
    """An address without that in which two of the same page differ."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = re.sub(r":(?:80|443)$", "", parts.netloc.lower()).removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}?{parts.query}"


def _record_id(kind: str, *facts: str) -> str:
    """An id that follows from what the record is about."""
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, ' '.join((kind, *facts)))}>"


def _timestamp_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
