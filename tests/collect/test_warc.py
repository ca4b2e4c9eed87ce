from __future__ import annotations

import contextlib
import gzip
import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collect.archive import ArchiveError, Capture, read_bytes, read_captures, store_capture
from collect.warc import Imported, import_warc, read_warc, write_warc

DAY = datetime(2021, 3, 4, 8, 30, tzinfo=UTC)
PAGE = "<p>一、任务</p>".encode("gbk")
OWNERS = {"https://example.org/harbour": "harbour", "https://example.org/lake": "lake"}


def keep_one(raw: Path, content: bytes, days: int = 0, source_id: str = "harbour", **more: Any) -> Capture:
    given: dict[str, Any] = {
        "url": f"https://example.org/{source_id}",
        "method": "http",
        "media_type": "text/html",
        "encoding": "GBK",
        "status": 200,
    }
    return store_capture(raw, content, source_id=source_id, fetched_at=DAY.replace(day=4 + days), **given | more)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """An archive of two sources: a page that changed and changed back, a PDF, a text that a person gave."""
    folder = tmp_path / "raw"
    for days, content in enumerate((PAGE, PAGE + b"\r\n", PAGE)):
        keep_one(folder, content, days)
    keep_one(folder, b"%PDF-1.7\x00\xff", source_id="lake", media_type="application/pdf", encoding=None)
    by_hand = {"method": "by hand", "media_type": "text/plain", "status": None, "note": "sent by the “town hall”"}
    keep_one(folder, b"1. Build", 1, "lake", **by_hand)
    return folder


def exported(raw: Path, *, compress: bool = True) -> bytes:
    file = io.BytesIO()
    assert write_warc(raw, ["harbour", "lake"], file, software="policytasks/1", compress=compress) == (5, 2)
    return file.getvalue()


@pytest.mark.parametrize("compress", [True, False])
def test_what_goes_out_comes_back_as_it_was(raw: Path, tmp_path: Path, compress: bool) -> None:
    warc = exported(raw, compress=compress)
    other = tmp_path / "other"
    done = import_warc(other, io.BytesIO(warc), OWNERS)
    assert (len(done.new), done.already_archived, done.unmatched, done.skipped) == (5, 0, 0, ())
    for source_id in ("harbour", "lake"):
        assert read_captures(other, source_id) == read_captures(raw, source_id)
        for capture in read_captures(other, source_id):
            assert read_bytes(other, capture) == read_bytes(raw, capture)
    assert exported(other, compress=compress) == warc, "and goes out again as the same bytes"


def test_taking_it_in_again_adds_nothing(raw: Path) -> None:
    warc = exported(raw)
    assert import_warc(raw, io.BytesIO(warc), OWNERS) == Imported((), already_archived=5, unmatched=0, skipped=())
    assert len(read_captures(raw, "harbour")) == 3


@pytest.mark.parametrize("compress", [True, False])
def test_another_librarys_reader_opens_it(raw: Path, compress: bool) -> None:
    seen = []
    kinds = WarcRecordType.response | WarcRecordType.resource
    warc = exported(raw, compress=compress)
    assert all(record.verify_block_digest() for record in FastIterator(io.BytesIO(warc), parse_http=False))
    for record in FastIterator(io.BytesIO(warc), record_types=kinds):
        assert record.record_type != WarcRecordType.response or record.verify_payload_digest()
        body = record.reader.read()
        seen.append((record.headers["WARC-Type"], record.headers["WARC-Target-URI"], record.record_date, body))
    assert [one[0] for one in seen] == ["response"] * 4 + ["resource"]
    assert {one[1] for one in seen} == {"https://example.org/harbour", "https://example.org/lake"}
    assert seen[0][2] == DAY
    assert [one[3] for one in seen] == [PAGE, PAGE + b"\r\n", PAGE, b"%PDF-1.7\x00\xff", b"1. Build"]


def test_its_own_librarys_checker_finds_nothing_wrong(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(exported(raw))
    command = [str(Path(sys.executable).parent / "warcio"), "check", "-v", str(tmp_path / "a.warc.gz")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "digest failed" not in done.stdout
    assert done.stdout.count("digest pass") >= 5


def foreign() -> bytes:
    """A crawler's WARC, with all that is in one besides pages."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=True)

    def add(kind: str, url: str, content: bytes, status: str = "200 OK", **headers: str) -> None:
        http = None
        if kind in ("response", "request", "revisit"):
            listed = [(name.replace("_", "-"), value) for name, value in headers.items()]
            http = StatusAndHeaders(status, listed, protocol="HTTP/1.1" if kind != "request" else "")
        about = {"WARC-Date": "2021-03-04T08:30:00Z"}
        record = writer.create_warc_record(url, kind, io.BytesIO(content), http_headers=http, warc_headers_dict=about)
        writer.write_record(record)

    zipped = gzip.compress(PAGE)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(zipped), zipped)
    add("request", "https://example.org/harbour", b"", "GET /harbour HTTP/1.1")
    coded = {"Content_Type": "text/html; charset=gbk", "Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}
    add("response", "http://www.example.org/harbour/#top", chunked, **coded)
    add("response", "https://example.org/lake", b"", "301 Moved", Location="/other")
    add("response", "https://example.org/lake", b"gone", "404 Not Found", Content_Type="text/html")
    add("response", "dns:example.org", b"203.0.113.7")
    add("response", "https://elsewhere.example/", b"<p>Rain</p>", Content_Type="text/html")
    add("resource", "urn:text:1", b"<p>Rain</p>")
    return file.getvalue()


def test_the_pages_of_a_crawlers_warc_come_to_the_sources_with_their_addresses(tmp_path: Path) -> None:
    done = import_warc(tmp_path, io.BytesIO(foreign()), OWNERS)
    (capture,) = read_captures(tmp_path, "harbour")
    assert done == Imported((capture,), already_archived=0, unmatched=1, skipped=())
    assert (capture.url, capture.method, capture.encoding, capture.status, capture.fetched_at) == (
        "http://www.example.org/harbour/#top",
        "warc",
        "gbk",
        200,
        DAY,
    )
    assert read_bytes(tmp_path, capture) == PAGE
    assert read_captures(tmp_path, "lake") == []


def test_a_person_may_say_whose_all_pages_are(tmp_path: Path) -> None:
    assert len(import_warc(tmp_path, io.BytesIO(foreign()), OWNERS, source_id="lake").new) == 2
    assert len(read_captures(tmp_path, "lake")) == 2


def test_a_page_that_is_said_to_be_as_before_is_the_one_before(tmp_path: Path) -> None:
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=True)
    digest = ""
    for day in ("04", "05", "06"):
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        about = {"WARC-Date": f"2021-03-{day}T08:30:00Z"}
        url = "https://example.org/harbour"
        if day == "06":
            record = writer.create_revisit_record(url, digest, url, "2021-03-04T08:30:00Z", http, about)
        else:
            body = io.BytesIO(b"<p>one</p>" if day == "04" else b"<p>two</p>")
            record = writer.create_warc_record(url, "response", body, http_headers=http, warc_headers_dict=about)
            digest = digest or record.rec_headers.get_header("WARC-Payload-Digest")
        writer.write_record(record)
    file.seek(0)
    assert len(import_warc(tmp_path, file, OWNERS).new) == 3
    found = [read_bytes(tmp_path, capture) for capture in read_captures(tmp_path, "harbour")]
    assert found == [b"<p>one</p>", b"<p>two</p>", b"<p>one</p>"]


def whole_pages(warc: bytes) -> tuple[list[bytes | None], bool]:
    """The pages that come out, and whether all was well."""
    pages: list[bytes | None] = []
    passed_over: list[str] = []
    with contextlib.suppress(ArchiveError):
        pages.extend(arrival.content for arrival in read_warc(io.BytesIO(warc), passed_over))
        return pages, not passed_over
    return pages, False


@pytest.mark.parametrize("compress", [True, False])
def test_a_file_that_breaks_off_anywhere_yields_whole_pages_and_one_line(raw: Path, compress: bool) -> None:
    warc = exported(raw, compress=compress)
    pages, _ = whole_pages(warc)
    assert len(pages) == 5
    for end in range(0, len(warc), 41):
        got, _ = whole_pages(warc[:end])
        assert got == pages[: len(got)]


def test_a_file_that_is_damaged_anywhere_yields_no_half_page_and_says_so(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warc = exported(raw)
    pages, _ = whole_pages(warc)
    for place in range(0, len(warc), 7):
        damaged = bytearray(warc)
        damaged[place] ^= 1 << place % 8
        got, ended = whole_pages(bytes(damaged))
        assert not [page for page in got if page not in pages]
        assert len(got) == 5 or not ended
    assert capsys.readouterr().err == ""


def test_a_page_that_is_not_what_its_record_says_is_passed_over_and_said(raw: Path, tmp_path: Path) -> None:
    warc = exported(raw, compress=False).replace(b"%PDF-1.7", b"%PDF-9.9")
    done = import_warc(tmp_path / "other", io.BytesIO(warc), OWNERS)
    assert (len(done.new), done.skipped) == (4, ("https://example.org/lake: is not what its digest says",))


@pytest.mark.parametrize("content", [b"<html>no WARC</html>", b"\x1f\x8b rubbish", b"WARC/1.1\r\nhalf", b"\0" * 100])
def test_what_is_no_warc_is_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArchiveError, match="is not a WARC that can be read to its end"):
        import_warc(tmp_path, io.BytesIO(content), OWNERS)
    assert not list(tmp_path.iterdir())
