"""Reads the records of a WARC or ARC within limits: a file in, its records out, each with its bytes.

The file is unpacked here; the library sees bytes that are not compressed. Where one record cannot be told from the
next, the rest of the file cannot be read: an ArchiveError. What is wrong within a record is a PageError of that record
alone. All that is unpacked of a file, its records and the bodies in them, is counted against one limit
(`WarcFile.count_bytes`), so that no file takes memory, disk or time out of proportion to its own size.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.digestverifyingreader import DigestChecker, DigestVerifyingReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

from collect.archive import ArchiveError
from collect.decoding import BROTLI, GZIP_MAGIC, BodyDecoder, UnknownCodingError
from collect.transfer import MAX_BYTES

# Bytes of a record's head, and of the HTTP head in it; servers send a tenth of it at most.
HEAD_BYTES = 100_000
# Bytes of a record that holds a page: the page as it was sent, its HTTP head, and the lines between chunks.
BLOCK_BYTES = MAX_BYTES + 10_000_000
# Bytes that a file of any size may unpack to, and those that it may for each of its own bytes: pages are packed to a
# tenth of their size, very regular ones to a fiftieth; a bomb to a thousandth.
FREE_BYTES, BYTES_FOR_EACH_BYTE = 200_000_000, 100
# Bytes that each record counts for besides its own: one without content takes time and memory as well.
RECORD_BYTES = 10_000
# Bytes that are read and unpacked at once.
PIECE_BYTES = 16_384
# How a file begins, and the number of bytes that tell it.
FIRST_WORDS, FIRST_BYTES = (b"WARC/", b"filedesc:"), 9
# The length of a chunk, in hexadecimal digits, and the most bytes of its line.
CHUNK_LENGTH, CHUNK_LINE_BYTES = re.compile(rb"[0-9A-Fa-f]{1,15}"), 1_000


class PageError(Exception):
    """A page in a record that cannot be used; `str()` is the reason."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its type, its fields, and its bytes, of which no more were read than asked for.

    `byte_count` is the number that the record says to have; `ends_well` tells whether it ends there.
    """

    kind: str
    fields: StatusAndHeaders
    block: bytes
    byte_count: int
    ends_well: bool

    def get_field(self, name: str) -> str:
        """The value of a field, "" without one."""
        return self.fields.get_header(name) or ""


class _Unpacker(io.RawIOBase):
    """The bytes of a file; of a gzip file, those that it unpacks to, piece by piece.

    What was unpacked up to `checked_bytes` is as it was packed: gzip has a checksum at the end of each member.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.packed_bytes = self.unpacked_bytes = self.checked_bytes = 0
        self._file, self._input = file, b""
        self._member: zlib._Decompress | None = None
        begin = file.tell()
        self._is_packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(begin)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._extract_piece(len(buffer)) if self._is_packed else self._read()
        self.unpacked_bytes += len(piece)
        if self._member is None:
            self.checked_bytes = self.unpacked_bytes
        buffer[: len(piece)] = piece
        return len(piece)

    def _read(self) -> bytes:
        piece = self._file.read(PIECE_BYTES)
        self.packed_bytes += len(piece)
        return piece

    def _extract_piece(self, most: int) -> bytes:
        """The next piece, empty at the end. Raises zlib.error, and EOFError if the file ends within a member."""
        piece = b""
        while not piece and (self._input or self._fill_input()):
            if self._member is None:
                self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            piece = self._member.decompress(self._input, most)
            self._input = self._member.unconsumed_tail
            if self._member.eof:
                self._input, self._member = self._member.unused_data.lstrip(b"\0"), None  # some programs fill up blocks
        if not piece and self._member is not None:
            raise EOFError("it breaks off")
        return piece

    def _fill_input(self) -> bytes:
        self._input = self._read()
        return self._input


class WarcFile:
    """A file as the library's iterator reads it: without compression, and within the limits above.

    Raises ArchiveError if the file does not begin as a WARC or ARC.
    """

    decompressor = None  # what the library asks for where it would unpack the file itself

    def __init__(self, file: BinaryIO) -> None:
        self.name = str(getattr(file, "name", "the WARC"))
        self.position = 0
        self._unpacker = _Unpacker(file)
        self._buffer = io.BufferedReader(self._unpacker, PIECE_BYTES)
        self._other_bytes = 0
        self._head_bytes = 0
        try:
            first = self._buffer.peek(FIRST_BYTES)
        except (OSError, EOFError, zlib.error):
            first = b""
        if not first.startswith(FIRST_WORDS):
            raise self.make_error("it does not begin as one")

    def make_error(self, reason: str) -> ArchiveError:
        """The error of a file of which no more can be read."""
        return ArchiveError(f"is not a WARC that can be read to its end ({reason})", self.name, "get the file again")

    def is_checked(self, position: int) -> bool:
        """Whether what was unpacked up to a position is known to be as it was packed."""
        return position <= self._unpacker.checked_bytes

    def begin_record(self) -> None:
        """Count a record, and the bytes of its head anew."""
        self._head_bytes = 0
        self.count_bytes(RECORD_BYTES)

    def count_bytes(self, byte_count: int) -> None:
        """Count bytes that are made of the file besides those that it unpacks to. Raises ArchiveError at the limit."""
        self._other_bytes += byte_count
        most = FREE_BYTES + BYTES_FOR_EACH_BYTE * self._unpacker.packed_bytes
        if self._other_bytes + self._unpacker.unpacked_bytes > most:
            what = f"has records that unpack to more than {BYTES_FOR_EACH_BYTE} times their size"
            raise ArchiveError(f"{what}; the pages before that are imported", self.name, "get a file of ordinary pages")

    def read(self, length: int) -> bytes:
        """The next bytes, as many as there are up to a length."""
        return self._take(self._buffer.read, length)

    def readline(self, length: int = HEAD_BYTES) -> bytes:
        """The next line of a head, or of what is between records. Raises ArchiveError if the head is too long."""
        line = self._take(self._buffer.readline, min(length, HEAD_BYTES))
        self._head_bytes += len(line)
        if self._head_bytes >= HEAD_BYTES:
            raise self.make_error(f"the head of a record has more than {HEAD_BYTES // 1_000} KB")
        return line

    def _take(self, read: Callable[[int], bytes], length: int) -> bytes:
        try:
            piece = read(length)
        except EOFError as error:  # which the library would take for the end
            raise self.make_error("it breaks off") from error
        except zlib.error as error:
            raise self.make_error("its compression is damaged") from error
        self.position += len(piece)
        self.count_bytes(0)
        return piece

    def tell(self) -> int:
        """The number of bytes that were read."""
        return self.position

    def rem_length(self) -> int:
        """The bytes that were read ahead: none that `tell` counts."""
        return 0

    def close_decompressor(self) -> None:
        """Nothing: what the library calls at the end."""


def read_records(warc: WarcFile, choose_length: Callable[[Any], int]) -> Iterator[Record]:
    """Every record in order; `choose_length` tells how many bytes of a record of the library are wanted.

    Raises ArchiveError if the file cannot be read to its end, after the whole records before that were given.
    """
    records = ArchiveIterator(warc, no_record_parse=True, arc2warc=True)
    records.reader = warc  # in place of the library's own reader, which has no limits
    while True:
        failure = None
        with _translate_errors(warc):
            warc.begin_record()
            record = next(records, None)
            if record is None:
                break
            if not record.rec_headers.get_header("Content-Length"):
                raise EOFError("it breaks off")
            block = record.raw_stream.read(min(choose_length(record), record.length))
            end, error_count = warc.position + record.raw_stream.limit, records.err_count
            try:
                records.read_to_end()
            except ArchiveError as error:  # of the next record, if this one is whole
                if warc.position < end or not warc.is_checked(end):
                    raise
                failure = error
            if warc.position < end:
                raise EOFError("it breaks off")
        yield Record(record.rec_type or "", record.rec_headers, block, record.length, records.err_count == error_count)
        if failure is not None:
            raise failure


@contextmanager
def _translate_errors(warc: WarcFile) -> Iterator[None]:
    """Raise ArchiveError in place of what the library and zlib raise; complaints that the library prints are lost."""
    try:
        with redirect_stderr(io.StringIO()):
            yield
    except (ArchiveLoadFailed, AttributeError, EOFError, OSError, OverflowError, TypeError, ValueError) as error:
        raise warc.make_error(" ".join(str(error).split())[:120] or "it breaks off") from error


def parse_http(record: Record) -> tuple[StatusAndHeaders | None, int]:
    """The HTTP head of a record, None if it is of a type without one, and where the body begins. Raises PageError."""
    is_http = record.kind in ArcWarcRecordLoader.HTTP_RECORDS
    if not is_http or not record.block or not record.get_field("WARC-Target-URI").startswith(("http:", "https:")):
        return None, 0
    head = io.BytesIO(record.block[:HEAD_BYTES])
    http = StatusAndHeadersParser(ArcWarcRecordLoader.HTTP_TYPES, verify=False).parse(head)
    if head.tell() == HEAD_BYTES:
        raise PageError(f"has an HTTP head of more than {HEAD_BYTES // 1_000} KB")
    return http, head.tell()


def check_record(record: Record, body_start: int) -> None:
    """Raise PageError if a record is not whole, or not what its digests say; its body begins at `body_start`."""
    if record.byte_count > BLOCK_BYTES:
        raise PageError(f"is larger than {MAX_BYTES // 1_000_000} MB")
    if not record.ends_well:
        raise PageError("does not end where its record says")
    if reason := record.get_field("WARC-Truncated"):
        raise PageError(f"was cut off as it was recorded ({reason[:20]})")
    checker = DigestChecker()
    try:
        with redirect_stderr(io.StringIO()):
            reader = DigestVerifyingReader(
                io.BytesIO(record.block),
                len(record.block),
                checker,
                record_type=record.kind,
                payload_digest=record.fields.get_header("WARC-Payload-Digest"),
                block_digest=record.fields.get_header("WARC-Block-Digest"),
                segment_number=record.fields.get_header("WARC-Segment-Number"),
            )
            reader.read(body_start)
            reader.begin_payload()
            reader.read()
    except (LookupError, TypeError, ValueError) as error:  # the library's
        raise PageError("has a digest that cannot be read") from error
    if checker.passed is False:
        raise PageError("is not what its digest says")


def decode_body(warc: WarcFile, http: StatusAndHeaders | None, body: bytes) -> bytes:
    """The page in a body: transfer and content coding are undone as for a page that is fetched. Raises PageError."""
    transfer_coding = _get_header(http, "Transfer-Encoding").lower() or "identity"
    if transfer_coding not in ("identity", "chunked"):
        raise PageError(f"is in a coding that cannot be undone ({transfer_coding[:40]})")
    declared = _get_header(http, "Content-Length")
    if transfer_coding == "identity" and declared.isdecimal() and len(body) < int(declared[:15]):
        raise PageError("broke off as it was recorded")
    try:
        decoder = BodyDecoder(_get_header(http, "Content-Encoding"), MAX_BYTES, BROTLI)
    except UnknownCodingError as error:
        coding = _get_header(http, "Content-Encoding")[:40]
        raise PageError(f"is in a coding that cannot be undone ({coding})") from error
    try:
        for piece in _split_chunks(body) if transfer_coding == "chunked" else _split_pieces(body):
            decoder.add_piece(piece)
            if decoder.is_too_large:
                raise PageError(f"is larger than {MAX_BYTES // 1_000_000} MB")
    except zlib.error as error:
        raise PageError("has a body whose compression is broken") from error
    finally:
        warc.count_bytes(len(decoder.content))
    if not decoder.is_whole:
        raise PageError("broke off as it was recorded")
    if not decoder.content:
        raise PageError("is empty")
    return bytes(decoder.content)


def _get_header(http: StatusAndHeaders | None, name: str) -> str:
    return (http.get_header(name) or "").strip() if http else ""


def _split_pieces(body: bytes) -> Iterator[bytes]:
    return (body[start : start + PIECE_BYTES] for start in range(0, len(body), PIECE_BYTES))


def _split_chunks(body: bytes) -> Iterator[bytes]:
    """The pieces of a chunked body; what follows its end does not matter. Raises PageError if it is damaged."""
    stream = io.BytesIO(body)
    while True:
        line = stream.readline(CHUNK_LINE_BYTES)
        length = line.partition(b";")[0].strip()
        if not line.endswith(b"\n") or not CHUNK_LENGTH.fullmatch(length):
            break
        left = int(length, 16)
        if not left:
            return
        while left and (piece := stream.read(min(left, PIECE_BYTES))):
            left -= len(piece)
            yield piece
        if left or stream.readline(3).strip():
            break
    raise PageError("has a chunked body that is damaged or broke off")
