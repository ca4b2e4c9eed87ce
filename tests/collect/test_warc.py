from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collect import archive, warc_records
from collect.archive import ArchiveError, Capture, read_bytes, read_captures, store_capture
from collect.history import import_history
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
        "fetched_at": DAY.replace(day=4 + days),
    }
    return store_capture(raw, content, source_id=source_id, **given | more)


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
        # A WARC is no proof that this program fetched a page: what it restores is from another archive.
        restored = [replace(capture, method="warc") for capture in read_captures(raw, source_id)]
        assert read_captures(other, source_id) == restored
        for capture in read_captures(other, source_id):
            assert read_bytes(other, capture) == read_bytes(raw, capture)
    again = exported(other, compress=compress)
    import_warc(tmp_path / "third", io.BytesIO(again), OWNERS)
    assert exported(tmp_path / "third", compress=compress) == again, "and goes out again as the same bytes"


def test_an_address_and_a_note_of_any_script_come_back_as_they_were(tmp_path: Path) -> None:
    url = "https://例.example/计划 2021?q=a%20b"
    keep_one(tmp_path / "raw", PAGE, url=url, note="市政府\u3000提供", fetched_at=DAY.replace(microsecond=7))
    file = io.BytesIO()
    write_warc(tmp_path / "raw", ["harbour"], file, software="policytasks/1")
    file.seek(0)
    assert import_warc(tmp_path / "other", file, OWNERS).skipped == ()
    (kept,) = read_captures(tmp_path / "raw", "harbour")
    assert read_captures(tmp_path / "other", "harbour") == [replace(kept, method="warc")]


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


URL = "https://example.org/harbour"
PAGE_TEXT = b"<p>1. Build a pier.</p>" * 20
LENGTH_OF_PAGE = b"%x" % len(PAGE_TEXT)


def make_record(kind: str, content_type: str, block: bytes, *lines: str) -> bytes:
    head = [f"WARC-Type: {kind}", f"Content-Type: {content_type}", *lines, f"Content-Length: {len(block)}"]
    return "\r\n".join(["WARC/1.1", *head, "", ""]).encode() + block + b"\r\n\r\n"


def make_page(body: bytes, http: str = "", day: int = 4, url: str = URL, *lines: str) -> bytes:
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{http}\r\n".encode() + body
    about = [f"WARC-Target-URI: {url}", f"WARC-Date: 2021-03-{day:02}T08:30:00Z", *lines]
    return make_record("response", "application/http; msgtype=response", block, *about)


def make_own_record(**changed: object) -> bytes:
    """A page, and before it a record that claims to be the archive's own."""
    facts = {
        "capture_id": hashlib.sha256(PAGE_TEXT).hexdigest(),
        "source_id": "harbour",
        "url": URL,
        "fetched_at": "2021-03-04T08:30:00Z",
        "method": "http",
        "media_type": "text/html",
        "byte_count": len(PAGE_TEXT),
        "encoding": "utf-8",
        "status": 200,
        "note": "kept by the town",
    }
    own = json.dumps(facts | changed).encode()
    metadata = make_record("metadata", "application/vnd.policytasks.capture+json", own, "WARC-Refers-To: <urn:b>")
    return metadata + make_page(PAGE_TEXT, "", 4, URL, "WARC-Record-ID: <urn:b>")


def test_a_record_that_agrees_with_its_page_restores_all_but_how_the_page_came(tmp_path: Path) -> None:
    assert import_warc(tmp_path, io.BytesIO(make_own_record()), OWNERS).skipped == ()
    (capture,) = read_captures(tmp_path, "harbour")
    assert (capture.encoding, capture.note, capture.method) == ("utf-8", "kept by the town", "warc")


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "javascript:alert(1)//https://anna:hunter2@example.org/harbour"},
        {"url": "https://example.org/other"},
        {"fetched_at": "1999-03-04T00:00:00Z"},
        {"fetched_at": "2150-03-04T00:00:00Z"},
        {"capture_id": "0" * 64},
        {"byte_count": 1},
        {"status": 404},
        {"note": "\u001b]0;owned\u0007"},
        {"note": "x" * 5_000},
        {"media_type": "text/html" + "x" * 1_000},
        {"encoding": "\u202eutf-8"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_record_that_claims_what_its_page_is_not_is_disregarded_and_said(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    done = import_warc(tmp_path, io.BytesIO(make_own_record(**changed)), OWNERS)
    (capture,) = read_captures(tmp_path, "harbour")
    assert (capture.url, capture.fetched_at, capture.method) == (URL, DAY, "warc")
    assert (capture.media_type, capture.encoding, capture.note) == ("text/html", None, None)
    (line,) = done.skipped
    assert line.startswith(f"{URL}: the archive's own record of it ")


@pytest.mark.parametrize("url", ["https://anna:hunter2@example.org/harbour", f"https://example.org/{'a' * 3_000}"])
def test_an_address_that_no_source_may_have_is_not_taken_from_a_warc(tmp_path: Path, url: str) -> None:
    done = import_warc(tmp_path, io.BytesIO(make_page(PAGE_TEXT, url=url)), OWNERS, source_id="harbour")
    assert done.new == ()
    (line,) = done.skipped
    assert "has an address that no source may have" in line
    assert "hunter2" not in line


def test_a_page_of_the_future_is_not_taken_from_a_warc(tmp_path: Path) -> None:
    later = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d").encode()
    done = import_warc(tmp_path, io.BytesIO(make_page(PAGE_TEXT).replace(b"2021-03-04", later)), OWNERS)
    assert done.skipped == (f"{URL}: has no valid date, or one before the web existed or in the future",)


GZIP, CHUNKED = "Content-Encoding: gzip\r\n", "Transfer-Encoding: chunked\r\n"
BR = "Content-Encoding: br\r\n"


@pytest.mark.parametrize(
    ("body", "http"),
    [
        (gzip.compress(PAGE_TEXT), GZIP),
        (gzip.compress(PAGE_TEXT) + b"\n\n", GZIP),
        (zlib.compress(PAGE_TEXT), "Content-Encoding: deflate\r\n"),
        (brotli.compress(PAGE_TEXT), BR),
        (LENGTH_OF_PAGE + b"\r\n" + PAGE_TEXT + b"\r\n0\r\n\r\n", CHUNKED),
        (LENGTH_OF_PAGE + b";a=b\r\n" + PAGE_TEXT + b"\r\n0\r\nTrailer: x\r\n\r\nXX", CHUNKED),
    ],
)
def test_a_whole_body_is_taken_whatever_its_coding(body: bytes, http: str) -> None:
    assert whole_pages(make_page(body, http)) == ([PAGE_TEXT], True)


@pytest.mark.parametrize(
    ("body", "http", "reason"),
    [
        (PAGE_TEXT, "Content-Encoding: zstd\r\n", "is in a coding that cannot be undone (zstd)"),
        (PAGE_TEXT, "Transfer-Encoding: gzip\r\n", "is in a coding that cannot be undone (gzip)"),
        (PAGE_TEXT, GZIP, "has a body whose compression is broken"),
        (brotli.compress(PAGE_TEXT)[:-2], BR, "broke off as it was recorded"),
        (b"\xff" * 100, BR, "has a body whose compression is broken"),
        (brotli.compress(b" " * 60_000_000, quality=1), BR, "is larger than 50 MB"),
        (gzip.compress(PAGE_TEXT)[:-12], GZIP, "broke off as it was recorded"),
        (PAGE_TEXT, "Content-Length: 1000000\r\n", "broke off as it was recorded"),
        (b"zz\r\n" + PAGE_TEXT, CHUNKED, "has a chunked body that is damaged or broke off"),
        (b"fff\r\n" + PAGE_TEXT, CHUNKED, "has a chunked body that is damaged or broke off"),
        (LENGTH_OF_PAGE + b"\r\n" + PAGE_TEXT + b"\r\n", CHUNKED, "has a chunked body that is damaged or broke off"),
        (gzip.compress(b" " * 60_000_000), GZIP, "is larger than 50 MB"),
        (b"", "", "is empty"),
        (PAGE_TEXT, "X: y\r\n" * 20_000, "has an HTTP head of more than 100 KB"),
    ],
)
def test_a_bad_page_is_skipped_with_its_reason_and_the_others_are_taken(body: bytes, http: str, reason: str) -> None:
    skipped: list[str] = []
    warc = make_page(PAGE_TEXT) + make_page(body, http) + make_page(PAGE_TEXT)
    assert [arrival.content for arrival in read_warc(io.BytesIO(warc), skipped)] == [PAGE_TEXT] * 2
    assert skipped == [f"{URL}: {reason}"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("WARC-Truncated: time", "was cut off as it was recorded (time)"),
        ("WARC-Payload-Digest: sha1:abc", "has a digest that cannot be read"),
        ("WARC-Block-Digest: unheard-of:abc", "is not what its digest says"),
        ("WARC-Block-Digest: sha256:" + "0" * 64, "is not what its digest says"),
    ],
)
def test_a_record_that_is_not_whole_is_skipped_alone(line: str, reason: str) -> None:
    skipped: list[str] = []
    warc = make_page(PAGE_TEXT, "", 4, URL, line) + make_page(PAGE_TEXT)
    assert [arrival.content for arrival in read_warc(io.BytesIO(warc), skipped)] == [PAGE_TEXT]
    assert skipped == [f"{URL}: {reason}"]


def test_bad_pages_of_other_addresses_are_no_matter_of_this_import(tmp_path: Path) -> None:
    warc = make_page(PAGE_TEXT, GZIP, url="https://elsewhere.example/") + make_page(PAGE_TEXT)
    done = import_warc(tmp_path, io.BytesIO(warc), OWNERS)
    assert (len(done.new), done.unmatched, done.skipped) == (1, 1, ())


@pytest.mark.parametrize("head", [b"X: " + b"A" * 200_000, b"A: b\r\n" * 40_000], ids=["a line", "lines"])
def test_a_head_without_end_ends_the_file_and_what_was_before_is_taken(tmp_path: Path, head: bytes) -> None:
    bomb = b"WARC/1.0\r\nWARC-Type: response\r\n" + head + b"\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    for warc in (make_page(PAGE_TEXT) + bomb, gzip.compress(make_page(PAGE_TEXT)) + gzip.compress(bomb)):
        with pytest.raises(ArchiveError, match="the head of a record has more than 100 KB"):
            import_warc(tmp_path, io.BytesIO(warc), OWNERS)
    assert len(read_captures(tmp_path, "harbour")) == 1


@pytest.mark.parametrize("packs_records", [True, False])
def test_a_small_file_that_unpacks_to_much_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packs_records: bool
) -> None:
    monkeypatch.setattr(warc_records, "FREE_BYTES", 2_000_000)
    bodies = [b"%d" % number + b" " * 1_000_000 for number in range(20)]
    if packs_records:
        warc = b"".join(gzip.compress(make_page(body, day=day)) for day, body in enumerate(bodies, 1))
    else:
        warc = b"".join(make_page(gzip.compress(body), GZIP, day) for day, body in enumerate(bodies, 1))
    with pytest.raises(ArchiveError, match="unpack to more than 100 times their size"):
        import_warc(tmp_path, io.BytesIO(warc), OWNERS)
    assert 1 <= len(read_captures(tmp_path, "harbour")) <= 4


def test_a_large_file_of_ordinary_pages_is_within_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_records, "FREE_BYTES", 100_000)
    warc = b"".join(gzip.compress(make_page(b"%d" % number + PAGE_TEXT, day=4)) for number in range(300))
    assert len(import_warc(tmp_path, io.BytesIO(warc), OWNERS).new) == 300


def test_a_record_of_captures_is_read_once_for_many_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def read_and_count(raw: Path, source_id: str) -> list[Capture]:
        calls.append(source_id)
        return read_captures(raw, source_id)

    monkeypatch.setattr(archive, "read_captures", read_and_count)
    warc = b"".join(make_page(b"%d" % number) for number in range(500))
    assert len(import_warc(tmp_path, io.BytesIO(warc), OWNERS).new) == 500
    assert len(calls) == 1
    assert len(list((tmp_path / "harbour").glob("*.html"))) == 500


def test_a_page_that_a_person_removed_is_skipped_alone(tmp_path: Path) -> None:
    capture = keep_one(tmp_path, PAGE_TEXT)
    archive.remove_bytes(tmp_path, capture, "on request", DAY)
    done = import_warc(tmp_path, io.BytesIO(make_page(PAGE_TEXT) + make_page(PAGE, day=5)), OWNERS)
    assert (len(done.new), done.skipped) == (1, (f"{URL}: was removed from the archive (on request)",))


def test_a_whole_page_before_the_place_where_a_file_breaks_off_is_taken(tmp_path: Path) -> None:
    pages = [gzip.compress(make_page(b"%d" % day, day=day)) for day in (4, 5, 6)]
    for rest in (pages[2][:3], pages[2][:-20], b"rubbish", b"\0\0\0rubbish"):
        with pytest.raises(ArchiveError, match="is not a WARC that can be read to its end"):
            import_warc(tmp_path, io.BytesIO(pages[0] + pages[1] + rest), OWNERS)
        assert len(read_captures(tmp_path, "harbour")) == 2


def test_a_kept_page_that_is_too_large_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "2021-03-04.html"
    path.touch()
    with path.open("r+b") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(ArchiveError, match="is larger than 50 MB"):
        import_history(tmp_path / "raw", path, {"harbour": URL}, lambda *_: "text/html")
