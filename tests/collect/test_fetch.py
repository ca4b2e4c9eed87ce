from __future__ import annotations

import gzip
import socket
import tracemalloc
import zlib
from http.server import BaseHTTPRequestHandler

import pytest

from collect import transfer
from collect.archive import NOTHING_CARRIED, Carried
from collect.decoding import BodyDecoder
from collect.fetch import Answer, Fetcher, FetchError, UnreachableError, fetch_page
from tests.conftest import Site


def fetch(url: str, last: Carried = NOTHING_CARRIED) -> Answer:
    """One request without a pause, to a site on loopback that a dataset's file would name."""
    with Fetcher(delay=0, allowed=["127.0.0.1", "localhost"]) as fetcher:
        return fetcher.fetch(url, last)


def test_a_page_comes_as_served_with_what_the_server_said(site: Site) -> None:
    page = fetch(site.page("/plan", "一、任务".encode("gbk"), content_type="text/html; charset=GBK"))
    assert (page.kind, page.content, page.media_type, page.encoding, page.status) == (
        "page",
        "一、任务".encode("gbk"),
        "text/html",
        "GBK",
        200,
    )


def test_a_request_says_who_asks_and_whom_to_turn_to(site: Site) -> None:
    with Fetcher(delay=0, allowed=["127.0.0.1"], contact="desk@example.org") as fetcher:
        fetcher.fetch(site.page("/plan", b"plan"))
    agent = site.asked[0][1]["User-Agent"]
    assert agent.startswith("policytasks/")
    assert agent.endswith("(open data from public plans; contact: desk@example.org)")


def test_a_request_without_a_contact_promises_none(site: Site) -> None:
    with Fetcher(delay=0, allowed=["127.0.0.1"]) as fetcher:
        fetcher.fetch(site.page("/plan", b"plan"))
    assert "contact" not in site.asked[0][1]["User-Agent"]


def test_a_charset_is_not_invented(site: Site) -> None:
    assert fetch(site.page("/plan", b"plan", content_type="text/html")).encoding is None


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"a plan")),
        ("x-gzip", gzip.compress(b"a plan")),
        ("GZip", gzip.compress(b"a ") + gzip.compress(b"plan")),
        ("gzip", gzip.compress(b"a plan") + b"\0" * 20),
        ("deflate", zlib.compress(b"a plan")),
        ("deflate", zlib.compress(b"a plan")[2:-4]),
        ("utf-8", b"a plan"),
        ("identity", b"a plan"),
    ],
)
def test_compressed_pages_are_unpacked(site: Site, coding: str, body: bytes) -> None:
    assert fetch(site.page("/plan", body, Content_Encoding=coding)).content == b"a plan"


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
def test_a_body_is_decoded_whatever_its_pieces(size: int) -> None:
    plan = b"".join(b"%d. Build a pier.\n" % number for number in range(1_000))
    for coding, body in (
        ("gzip", gzip.compress(plan[:5_000]) + gzip.compress(plan[5_000:])),
        ("deflate", zlib.compress(plan)),
        ("deflate", zlib.compress(plan)[2:-4]),
        ("", plan),
    ):
        decoder = BodyDecoder(coding, len(plan))
        for first in range(0, len(body), size):
            assert not first or not coding or not decoder.is_whole or bytes(decoder.content) == plan[:5_000]
            decoder.add_piece(body[first : first + size])
        assert (decoder.is_whole, decoder.is_too_large, bytes(decoder.content)) == (True, False, plan)


def test_a_body_that_would_become_gigabytes_is_decoded_up_to_its_limit() -> None:
    bomb = zlib.compressobj(9, wbits=31)
    body = b"".join(bomb.compress(b"\0" * 10_000_000) for _ in range(100)) + bomb.flush()
    tracemalloc.start()
    decoder = BodyDecoder("gzip", 1_000_000)
    decoder.add_piece(body)
    assert (decoder.is_too_large, len(decoder.content)) == (True, 1_000_001)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_an_answer_that_is_not_a_page_says_its_status_whatever_its_body(site: Site) -> None:
    answer = fetch(site.page("/plan", b"no gzip", status=404, Content_Encoding="gzip"))
    assert (answer.kind, answer.problem) == ("status", "the server answered 404 Not Found")


def test_redirects_are_followed_and_each_is_said(site: Site) -> None:
    site.page("/new", b"plan")
    site.page("/middle", b"", status=302, Location="/new")
    answer = fetch(site.page("/old", b"", status=301, Location="/middle"))
    assert (answer.content, answer.landed) == (b"plan", f"{site.url}/new")
    assert [(hop.status, hop.url) for hop in answer.hops] == [(301, f"{site.url}/middle"), (302, f"{site.url}/new")]
    assert not answer.is_moved_permanently


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Length": "4, 4"},
        {"Content_Range": "bytes 0-3/4", "Content_Length": "4"},
        {"Transfer_Encoding": "chunked", "Content_Length": "none"},
    ],
    ids=str,
)
def test_what_headers_say_of_a_whole_page_is_believed(site: Site, headers: dict[str, str]) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(b"4\r\nplan\r\n0\r\n\r\n" if "Transfer_Encoding" in headers else b"plan")

    site.answers["/plan"] = answer
    page = fetch(f"{site.url}/plan")
    assert (page.kind, page.content, page.is_open_ended) == ("page", b"plan", False)


@pytest.mark.parametrize(("coding", "is_open_ended"), [("identity", True), ("gzip", False)])
def test_a_page_that_ends_with_its_connection_may_have_broken_off(site: Site, coding: str, is_open_ended: bool) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Encoding", coding)
        handler.end_headers()
        handler.wfile.write(gzip.compress(b"plan") if coding == "gzip" else b"plan")

    site.answers["/plan"] = answer
    assert fetch(f"{site.url}/plan").is_open_ended is is_open_ended


def test_only_redirects_for_good_are_a_move(site: Site) -> None:
    site.page("/new", b"plan")
    assert fetch(site.page("/old", b"", status=308, Location="/new")).is_moved_permanently


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"no", "the server answered 404 Not Found"),
        (403, b"no", "answered 403 Forbidden"),
        (799, b"no", "answered 799"),
        (200, b"", "empty page"),
    ],
)
def test_an_answer_that_is_not_the_page_says_so(site: Site, status: int, body: bytes, said: str) -> None:
    answer = fetch(site.page("/plan", body, status=status))
    assert (answer.kind, answer.content) == ("status" if status != 200 else "broken off", b"")
    assert said in answer.problem


def test_only_what_changed_is_asked_for(site: Site) -> None:
    url = site.page("/plan", b"", status=304)
    answer = fetch(url, Carried('"a"', "Tue, 02 Mar 2021 00:00:00 GMT", url))
    assert answer.kind == "not modified"
    asked = site.asked[0][1]
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('"a"', "Tue, 02 Mar 2021 00:00:00 GMT")


def test_validators_are_told_to_none_but_the_address_that_they_are_of(site: Site) -> None:
    site.page("/new", b"plan")
    fetch(site.page("/old", b"", status=302, Location="/new"), Carried('"a"', validated=f"{site.url}/new"))
    assert ["If-None-Match" in headers for _, headers in site.asked] == [False, True]


def test_no_server_is_said_in_words() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    answer = fetch(f"http://127.0.0.1:{port}/plan")
    assert (answer.kind, answer.problem) == ("unreachable", "the connection was refused")
    with pytest.raises(UnreachableError, match="the connection was refused"):
        fetch_page(f"http://127.0.0.1:{port}/plan")


def test_a_person_who_names_a_page_is_told_what_is_wrong_with_it(site: Site) -> None:
    with pytest.raises(FetchError, match="answered 410 Gone"):
        fetch_page(site.page("/plan", b"gone", status=410))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "https://",
        "plan.html",
        "http://[::bad/",
        "http://a:0/",
        "http://a b/",
        "http://*/",
        "http://.a/",
    ],
)
def test_what_is_no_address_of_the_web_is_asked_nowhere(url: str) -> None:
    assert "none of the web" in fetch(url).problem


@pytest.mark.parametrize("etag", ['"ä"', '"a\x01"', " ", '"' + "a" * 2_000 + '"'])
def test_a_validator_that_cannot_be_said_back_is_not(site: Site, etag: str) -> None:
    url = site.page("/plan", b"plan")
    assert fetch(url, Carried(etag, validated=url)).kind == "page"
    assert "If-None-Match" not in site.asked[0][1]


def test_a_path_of_any_script_is_asked_for(site: Site) -> None:
    site.page("/%E8%A7%84%E5%88%92", b"plan")
    assert fetch(f"{site.url}/规划").content == b"plan"


def test_a_connection_is_used_again(site: Site) -> None:
    ports = set()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        ports.add(handler.client_address[1])
        handler.send_response(200)
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        handler.wfile.write(b"plan")

    site.answers["/plan"] = site.answers["/robots.txt"] = answer
    with Fetcher(delay=0, allowed=["127.0.0.1"]) as fetcher:
        for _ in range(5):
            fetcher.fetch(f"{site.url}/plan")
    assert len(ports) == 1


def test_a_fetcher_that_is_closed_asks_nobody(site: Site) -> None:
    fetcher = Fetcher(delay=0, allowed=["127.0.0.1"])
    fetcher.close()
    assert fetcher.fetch(site.page("/plan", b"plan")).kind != "page"
    assert transfer.LONGEST_WAIT <= 60
