from __future__ import annotations

import gzip
import socket
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from collect import fetch as fetching
from collect.fetch import RefusedError, UnreachableError, fetch
from tests.conftest import Site


def test_a_page_comes_as_served_with_what_the_server_said(site: Site) -> None:
    url = site.page("/plan", "一、任务".encode("gbk"), content_type="text/html; charset=GBK")
    page = fetch(url)
    assert (page.content, page.media_type, page.encoding, page.status) == (
        "一、任务".encode("gbk"),
        "text/html",
        "GBK",
        200,
    )
    assert "policytasks" in site.asked[0][1]["User-Agent"]


def test_a_charset_is_not_invented(site: Site) -> None:
    assert fetch(site.page("/plan", b"plan", content_type="text/html")).encoding is None


def test_compressed_pages_are_unpacked(site: Site) -> None:
    assert fetch(site.page("/plan", gzip.compress(b"plan"), Content_Encoding="gzip")).content == b"plan"


def test_a_redirect_is_followed_and_said(site: Site) -> None:
    site.page("/new", b"plan")
    assert fetch(site.page("/old", b"", status=301, Location="/new")).url == f"{site.url}/new"


@pytest.mark.parametrize(
    ("status", "body", "said"), [(404, b"no", "answered 404"), (403, b"no", "answered 403"), (200, b"", "empty page")]
)
def test_an_answer_that_is_not_the_page_is_refused(site: Site, status: int, body: bytes, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        fetch(site.page("/plan", body, status=status))


def test_a_busy_server_is_asked_again(site: Site) -> None:
    def busy_once(handler: BaseHTTPRequestHandler) -> None:
        url = site.page("/plan", b"plan")
        assert url
        handler.send_response(503)
        handler.send_header("Retry-After", "0")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    site.answers["/plan"] = busy_once
    assert fetch(f"{site.url}/plan").content == b"plan"
    assert len(site.asked) == 2


def test_a_page_without_end_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1000)
    with pytest.raises(RefusedError, match="larger than"):
        fetch(site.page("/plan", b"x" * 100_000))


def test_an_answer_that_breaks_off_is_no_page(site: Site) -> None:
    def broken(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"half")

    site.answers["/plan"] = broken
    with pytest.raises(UnreachableError, match="broke off"):
        fetch(f"{site.url}/plan")


def test_no_server_is_said_in_words() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(UnreachableError, match="the connection was refused"):
        fetch(f"http://127.0.0.1:{port}/plan")


def test_an_answer_that_only_drips_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TRANSFER_SECONDS", 0.5)
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not over.wait(0.1):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    site.answers["/plan"] = drip
    with pytest.raises(UnreachableError, match="took longer than"):
        fetch(f"{site.url}/plan")
    over.set()


def test_a_server_cannot_ask_to_be_waited_for_without_end() -> None:
    assert fetching.RETRY.retry_after_max <= 60


@pytest.mark.parametrize(
    ("headers", "body", "said"),
    [
        ({"Location": "http://[::bad/"}, b"", "redirects"),
        ({"Location": "ftp://example.org/"}, b"", "none of the web"),
        ({"Location": "/plan"}, b"", "in a circle"),
    ],
)
def test_a_redirect_to_nowhere_is_refused(site: Site, headers: dict[str, str], body: bytes, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        fetch(site.page("/plan", body, status=302, **headers))


def test_broken_compression_is_refused(site: Site) -> None:
    with pytest.raises(RefusedError, match="compression is broken"):
        fetch(site.page("/plan", b"no gzip", Content_Encoding="gzip"))
