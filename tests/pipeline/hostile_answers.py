"""What a hostile or broken server answers: one function for each behaviour, by what it does.

A behaviour writes bytes on the wire, whatever they are worth, and closes the connection. The page `good` is what the
source answered before.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import socket
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler

Behaviour = Callable[[BaseHTTPRequestHandler], None]
HEAD = b"HTTP/1.1 200 OK\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n"
MEGABYTE = b"x" * 1_000_000


def write(*parts: bytes, pause: float = 0.0, reset: bool = False) -> Behaviour:
    """Writes these bytes, with pauses between them; then the connection is closed, or broken off if `reset`."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        with contextlib.suppress(OSError):  # the client has had enough
            for part in parts:
                handler.wfile.write(part)
                handler.wfile.flush()
                time.sleep(pause)
            if reset:
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                handler.connection.close()

    return answer


def write_endlessly(head: bytes, part: bytes, pause: float) -> Behaviour:
    """Writes a head, and then the same part again and again until the client leaves."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        end = time.monotonic() + 60
        with contextlib.suppress(OSError):
            handler.wfile.write(head)
            while time.monotonic() < end:
                handler.wfile.write(part)
                handler.wfile.flush()
                time.sleep(pause)

    return answer


def page(body: bytes, *headers: bytes, status: bytes = b"200 OK", kind: bytes = HTML) -> Behaviour:
    """Answers with a body of the right length."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return write(b"HTTP/1.1 " + status + b"\r\n" + kind + lines + b"Content-Length: %d\r\n\r\n" % len(body), body)


def redirect(location: bytes, status: bytes = b"302 Found") -> Behaviour:
    return write(b"HTTP/1.1 " + status + b"\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def word_of(body: str) -> bytes:
    """A Word file with this body."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zip_of(
        (
            (
                "[Content_Types].xml",
                f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>'.encode(),
            ),
            (
                "_rels/.rels",
                f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}" '
                'Target="word/document.xml"/></Relationships>'.encode(),
            ),
            (
                "word/document.xml",
                f'<?xml version="1.0"?><w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>'.encode(),
            ),
        )
    )


WORD = b"Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document\r\n"
PDF = b"Content-Type: application/pdf\r\n"
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><r>&j;</r>"
)
ROW = "<w:tr><w:tc><w:tcPr><w:gridSpan w:val='1000000000'/></w:tcPr><w:p><w:r><w:t>1. Build.</w:t></w:r></w:p></w:tc></w:tr>"


def bomb_pdf() -> bytes:
    """A PDF whose only page's content unpacks twice, to a hundred megabytes."""
    inner = zlib.compress(zlib.compress(b"q " * 50_000_000, 9), 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 100000>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % len(inner) + inner + b"\nendstream",
    ]
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%s\nendobj\n" % (n, text) for n, text in enumerate(objects, 1))
    return body + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"


def list_behaviours(good: bytes) -> dict[str, Behaviour]:
    """Every behaviour by its name; `good` is a page with a plan."""
    packed = gzip.compress(good)
    bomb = gzip.compress(b"x" * 300_000_000, 1)
    gzipped = b"Content-Encoding: gzip"
    chunked = HEAD + HTML + b"Transfer-Encoding: chunked\r\n\r\n"
    statuses: tuple[bytes, ...] = (
        b"204 No Content",
        b"206 Partial",
        b"304 Not Modified",
        b"400 Bad",
        b"401 No",
        b"403 No",
        b"404 No",
    )
    statuses += (b"410 Gone", b"418 Tea", b"429 Slow", b"451 Law", b"500 Oops", b"503 Busy", b"599 Odd", b"999 Odd")
    answers = {f"status {status[:3].decode()}": page(b"no", status=status) for status in statuses}
    return answers | {
        "an empty page": page(b""),
        "a status line that is none": write(b"HELLO THERE\r\n\r\n" + good),
        "no status line": write(good),
        "100 Continue without end": write_endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.001),
        "a header line of a megabyte": write(HEAD + b"X-Long: " + MEGABYTE + b"\r\n\r\n" + good),
        "ten thousand headers": write(HEAD + b"X-A: b\r\n" * 10_000 + b"\r\n" + good),
        "a header without a colon": write(HEAD + b"nonsense\r\n\r\n" + good),
        "a NUL in a header": write(HEAD + b"X-A: \0\r\n\r\n" + good),
        "headers that come drop by drop": write_endlessly(HEAD, b"X: y\r\n", 0.05),
        "two lengths": page(good, b"Content-Length: 3"),
        "a negative length": write(HEAD + HTML + b"Content-Length: -5\r\n\r\n" + good),
        "a length that is no number": write(HEAD + HTML + b"Content-Length: many\r\n\r\n" + good),
        "a length that is too great": write(HEAD + HTML + b"Content-Length: 999999\r\n\r\n" + good),
        "a length of a terabyte": write(HEAD + HTML + b"Content-Length: 1000000000000\r\n\r\n" + good),
        "a connection that is reset": write(HEAD + HTML + b"Content-Length: 9999\r\n\r\nhalf", reset=True),
        "a connection that is closed at once": write(),
        "no answer": write_endlessly(b"", b"", 0.2),
        "a body that comes drop by drop": write_endlessly(HEAD + HTML + b"\r\n", b"x", 0.05),
        "a body without end": write_endlessly(HEAD + HTML + b"\r\n", MEGABYTE, 0.0),
        "chunks that end early": write(chunked + b"400\r\nhalf"),
        "chunks without the last one": write(chunked + b"%x\r\n" % len(good) + good + b"\r\n"),
        "a chunk whose size is no number": write(chunked + b"many\r\n" + good),
        "a chunk of exabytes": write(chunked + b"ffffffffffffffff\r\n" + good),
        "a chunk's extension of a megabyte": write(chunked + b"3;" + MEGABYTE + b"\r\nabc\r\n0\r\n\r\n"),
        "gzip that ends early": page(packed[:-20], gzipped),
        "gzip without its checksum": page(packed[:-8], gzipped),
        "gzip that is none": page(good, gzipped),
        "gzip that grows to gigabytes": page(bomb, gzipped),
        "deflate that ends early": page(zlib.compress(good)[:-20], b"Content-Encoding: deflate"),
        "a coding that nobody knows": page(good, b"Content-Encoding: rot13"),
        "a coding that was not asked for": page(b"\x1b" + good, b"Content-Encoding: br"),
        "redirects in a circle": redirect(b"/other"),
        "a redirect to a file": redirect(b"file:///etc/passwd"),
        "a redirect to a script": redirect(b"javascript:alert(1)"),
        "a redirect into a private network": redirect(b"http://169.254.169.254/latest/meta-data/"),
        "a redirect to nowhere": redirect(b""),
        "a redirect of a megabyte": redirect(b"/" + MEGABYTE[:60_000]),
        "a redirect with a NUL": redirect(b"/\0"),
        "a redirect to a host that is none": redirect(b"http://[::1"),
        "a hundred cookies of 4 KB": page(good, *(b"Set-Cookie: a%d=%s" % (n, b"x" * 4_000) for n in range(90))),
        "an entity tag with a line end": page(good, b'ETag: "a\rX-Evil: 1"'),
        "an entity tag of 60 KB": page(good, b'ETag: "' + b"x" * 60_000 + b'"'),
        "bytes that are no text": page(bytes(range(256)) * 4_000),
        "five million NULs": page(bytes(5_000_000)),
        "a charset that is none": page(good, kind=b"Content-Type: text/html; charset=utf-99\r\n"),
        "half a character of UTF-16": page(good[:999], kind=b"Content-Type: text/html; charset=utf-16\r\n"),
        "a media type that is none": page(good, kind=b"Content-Type: " + b"x" * 5_000 + b"\r\n"),
        "a page of 60 MB": page(MEGABYTE * 60),
        "a hundred thousand elements in each other": page(b"<div>" * 100_000 + b"1. Build a pier."),
        "a table of 200,000 cells": page(b"<table><tr>" + b"<td>1." * 200_000 + b"</table>"),
        "a cell that spans a billion": page(b"<table><tr><td colspan=1000000000 rowspan=1000000000>1. Build.</table>"),
        "a thousand labels in a row": page(b"<p>" + "（一）1.".encode() * 1_200 + b" Build a quay."),
        "forty thousand dots": page(b"<p>1. Build" + b"." * 40_000),
        "and, thirty thousand times": page(("<p>一、建设码头。责任单位：" + "和" * 30_000).encode()),
        "entities that grow": page(ENTITIES.encode(), kind=b"Content-Type: application/xhtml+xml\r\n"),
        "a Word file that is none": page(b"PK\x03\x04" + good, kind=WORD),
        "a Word file whose text grows to gigabytes": page(
            zip_of([("word/document.xml", bytes(400_000_000))]), kind=WORD
        ),
        "a Word table whose cell spans a billion": page(word_of(f"<w:tbl>{ROW * 3}</w:tbl>"), kind=WORD),
        "a Word file of 60,000 breaks": page(word_of("<w:p><w:r>" + "<w:br/>" * 60_000 + "</w:r></w:p>"), kind=WORD),
        "a PDF that is none": page(b"%PDF-1.7\n" + bytes(5_000), kind=PDF),
        "a PDF whose page grows": page(bomb_pdf(), kind=PDF),
    }


def list_robots() -> dict[str, Behaviour]:
    """Every robots.txt that a hostile site has, by what it is."""
    return {
        "a rate of 400 digits": page(b"User-agent: *\nRequest-rate: 1/" + b"9" * 400),
        "a delay of 400 digits": page(b"User-agent: *\nCrawl-delay: " + b"9" * 400),
        "a delay that is none": page(b"User-agent: *\nCrawl-delay: nan\nRequest-rate: 0/0"),
        "a hundred thousand rules": page(b"User-agent: *\n" + b"Disallow: /*a*b*c*d*e*f$\n" * 100_000),
        "a rule of a megabyte": page(b"User-agent: *\nDisallow: /" + b"*a" * 500_000),
        "bytes that are no text": page(bytes(range(256)) * 1_000),
        "redirects in a circle": redirect(b"/robots.txt"),
        "gzip that ends early": page(gzip.compress(b"User-agent: *\n" * 99)[:-9], b"Content-Encoding: gzip"),
        "no answer": write_endlessly(b"", b"", 0.2),
        "a server that fails": page(b"", status=b"500 Oops"),
    }


BEHAVIOUR_NAMES = tuple(list_behaviours(b"x"))
ROBOTS_NAMES = tuple(list_robots())
