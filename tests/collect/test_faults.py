"""Servers that misbehave, one after the other: each gives the right state, one line, and leaves the archive intact."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trustme

from collect import pace, transfer
from collect.archive import read_bytes, read_captures
from collect.fetch import Fetcher
from collect.inventory import take_inventory
from collect.transfer import RETRY
from pipeline.sources import CollectedSource
from tests.conftest import FIXTURES, Answer, Site, not_found
from tests.pipeline.watch import Watch

PLAN = (FIXTURES / "harbour-towns.html").read_bytes()


@pytest.fixture
def watch(site: Site, tmp_path: Path) -> Watch:
    """A source that answered well once, and holds one capture."""
    watch = Watch(tmp_path / "raw", {"id": "harbour", "url": site.page("/plan", PLAN, ETag='"a"')})
    assert watch.look().failure is None
    return watch


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that a fetcher waited: on record, and over at once."""
    waits: list[float] = []
    monkeypatch.setattr(Fetcher, "_wait", lambda _, seconds: waits.append(seconds))
    monkeypatch.setattr(transfer, "RETRY", RETRY)
    return waits


def intact(watch: Watch) -> None:
    """The archive holds the one good capture, whole, and nothing that is in no record."""
    stock = take_inventory(watch.raw, "harbour", {}, verify=True)
    assert stock.problems == ()
    assert not list(watch.raw.rglob("*.partial"))
    (capture,) = read_captures(watch.raw, "harbour")
    assert read_bytes(watch.raw, capture) == PLAN


def failed(one: CollectedSource, outcome: str, said: str) -> None:
    """It came out so, in one line that says it, and the good capture still feeds the release."""
    assert one.check is not None
    assert (one.check.outcome, one.check.capture_id) == (outcome, None)
    assert one.failure is not None
    assert one.failure.startswith(f"harbour: {outcome}: ")
    assert said in one.failure
    assert "\n" not in one.failure
    assert len(one.captures) == 1


def raw_answer(*parts: bytes, pause: float = 0.0) -> Answer:
    """Bytes on the wire, whatever they are worth; then the connection closes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        for part in parts:
            handler.wfile.write(part)
            handler.wfile.flush()
            time.sleep(pause)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
LONG, CHUNKED = b"Content-Length: 1000\r\n", b"Transfer-Encoding: chunked\r\n"
GZIP = b"Content-Encoding: gzip\r\n"


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Hang up in the middle of an answer, without a good-bye."""
    handler.close_connection = True
    handler.wfile.write(HEAD + LONG + b"\r\nhalf")
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


MEGABYTE = b"x" * 1_000_000
BOMB = gzip.compress(b"x" * 200_000_000, 1)
RAW_BOMB = zlib.compress(b"x" * 200_000_000, 1)[2:]


def answer_status(status: int, **headers: str) -> Answer:
    """An empty answer with this status, after which the connection stays open.

    A client that tries again at once would else meet the old connection as it closes, which is a failure of its own.
    """

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return answer


def cut_off(head: bytes, *body: bytes, pause: float = 0.0) -> Answer:
    """A page whose headers end with `head`, and which ends with the connection."""
    return raw_answer(HEAD + head + b"\r\n", *body, pause=pause)


def redirect(location: str) -> Answer:
    return answer_status(302, Location=location)


FAULTS = {
    "a body that only drips": (cut_off(LONG, *[b"x"] * 40, pause=0.1), "failed", "took longer than"),
    "headers that only drip": (
        raw_answer(b"HTTP/1.1 200 OK\r\n", *[b"X-A: 1\r\n"] * 40, pause=0.1),
        "failed",
        "took longer than",
    ),
    "a drip without an end": (cut_off(b"", *[b"<p>1. Build"] * 40, pause=0.1), "failed", "took longer than"),
    "no answer at all": (lambda _: time.sleep(2), "failed", "took longer than"),
    "a body shorter than it says": (cut_off(LONG, b"half"), "failed", "broke off"),
    "whole chunks without the last one": (cut_off(CHUNKED, b"5\r\n1. Bu\r\n"), "failed", "broke off"),
    "a chunk that stops in its middle": (cut_off(CHUNKED, b"ff\r\n1. Bu"), "failed", "broke off"),
    "a chunk of negative length": (cut_off(CHUNKED, b"-5\r\n1. Bu\r\n0\r\n\r\n"), "failed", "broke off"),
    "a body of a length that is too long a number": (
        cut_off(b"Content-Length: " + b"9" * 5_000 + b"\r\n", PLAN),
        "failed",
        "larger than",
    ),
    **{
        f"a length that cannot be read: {length.decode() or 'none'}": (
            cut_off(b"Content-Length: " + length + b"\r\n", PLAN[:-300]),
            "failed",
            "a length that is no number",
        )
        for length in (b"%d;" % len(PLAN), b"0x%x" % len(PLAN), b'"%d"' % len(PLAN), b"1_000", b"+9", b"-5", b"")
    },
    "the same length twice, and a body that is shorter": (
        cut_off(b"Content-Length: %d, %d\r\n" % (len(PLAN), len(PLAN)), PLAN[:-300]),
        "failed",
        "broke off",
    ),
    **{
        f"a part of the page: {span.decode()}": (
            cut_off(b"Content-Range: %s\r\nContent-Length: 4\r\n" % span, b"half"),
            "failed",
            "only a part of the page",
        )
        for span in (b"bytes 0-3/8", b"bytes 4-7/8", b"bytes 0-3/*", b"bytes */8", b"pages 1-2/3")
    },
    "a chunk that is none": (cut_off(CHUNKED, b"zz\r\nBuild"), "failed", "broke off"),
    "a bomb of compressed bytes": (
        cut_off(b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(BOMB), BOMB),
        "failed",
        "larger than",
    ),
    "a bomb without a length": (cut_off(b"Content-Encoding: gzip\r\n", BOMB), "failed", "larger than"),
    "a bomb without a header of its own": (
        cut_off(b"Content-Encoding: deflate\r\n", RAW_BOMB),
        "failed",
        "larger than",
    ),
    "a thousand gzip streams of nothing": (cut_off(GZIP, gzip.compress(b"") * 10_000), "failed", "larger than"),
    "a gzip body without its end": (cut_off(GZIP, gzip.compress(PLAN)[:-1]), "failed", "broke off"),
    "a gzip body without its checksum": (cut_off(GZIP, gzip.compress(PLAN)[:-8]), "failed", "broke off"),
    "a gzip body that stops in its header": (cut_off(GZIP, gzip.compress(PLAN)[:5]), "failed", "broke off"),
    "a second gzip stream without its end": (
        cut_off(GZIP, gzip.compress(PLAN), gzip.compress(PLAN)[:-9]),
        "failed",
        "broke off",
    ),
    "a second gzip stream that has just begun": (
        cut_off(GZIP, gzip.compress(PLAN) + b"\x1f"),
        "failed",
        "broke off",
    ),
    "a gzip body with a wrong checksum": (
        cut_off(GZIP, gzip.compress(PLAN)[:-8] + b"\0" * 8),
        "failed",
        "compression is broken",
    ),
    "a gzip body of whole chunks without its end": (
        cut_off(GZIP + CHUNKED, b"14\r\n" + gzip.compress(PLAN)[:20] + b"\r\n0\r\n\r\n"),
        "failed",
        "broke off",
    ),
    "a deflate body without its end": (
        cut_off(b"Content-Encoding: deflate\r\n", zlib.compress(PLAN)[:-2]),
        "failed",
        "broke off",
    ),
    "a deflate body without header and end": (
        cut_off(b"Content-Encoding: deflate\r\n", zlib.compress(PLAN)[2:-20]),
        "failed",
        "broke off",
    ),
    "a coding that nobody asked for": (
        cut_off(b"Content-Encoding: br\r\n", PLAN),
        "failed",
        "in a coding that nobody asked for (br)",
    ),
    "a coding within a coding": (
        cut_off(b"Content-Encoding: gzip, gzip\r\n", gzip.compress(gzip.compress(PLAN))),
        "failed",
        "in a coding that nobody asked for (gzip, gzip)",
    ),
    "a transfer coding that nobody asked for": (
        cut_off(b"Transfer-Encoding: gzip, chunked\r\n", b"5\r\n1. Bu\r\n0\r\n\r\n"),
        "failed",
        "in a coding that nobody asked for (gzip, chunked)",
    ),
    "compression that is none": (
        cut_off(b"Content-Encoding: gzip\r\nContent-Length: 4\r\n", b"plan"),
        "failed",
        "compression is broken",
    ),
    "a body of 1 GB": (cut_off(b"", *[MEGABYTE] * 1_000), "failed", "larger than"),
    "a body that says to be 1 GB": (cut_off(b"Content-Length: 1000000000\r\n"), "failed", "larger than"),
    "a redirect in a circle": (redirect("/plan"), "failed", "in a circle"),
    "a redirect out of the web": (redirect("file:///etc/passwd"), "failed", "none of the web (file:///etc/passwd)"),
    "a redirect to an address that is none": (redirect("http://[::bad/"), "failed", "none of the web"),
    "a redirect with a body of 1 GB": (
        raw_answer(b"HTTP/1.1 302 Found\r\nLocation: /plan\r\n\r\n", *[MEGABYTE] * 1_000),
        "failed",
        "in a circle",
    ),
    "a redirect to nowhere": (answer_status(302), "failed", "answered 302 Found"),
    "a redirect to this machine": (redirect("http://localhost:9/"), "failed", "localhost lies in a private network"),
    "a redirect to a private address": (
        redirect("http://10.0.0.1/"),
        "failed",
        "10.0.0.1 lies in a private network; if it is meant, name it under allow_hosts",
    ),
    "a redirect to the machine's own data": (
        redirect("http://169.254.169.254/latest"),
        "failed",
        "169.254.169.254 lies in a private network",
    ),
    "not modified, though nobody asked": (raw_answer(b"HTTP/1.1 304 No\r\n\r\n"), "failed", "did not ask for that"),
    "a connection that is reset": (reset, "failed", "broke off"),
    "an answer that is not HTTP": (raw_answer(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "failed", "harbour: failed: "),
    "an answer with the words of a certificate that is wrong": (
        raw_answer(b"CERTIFICATE_VERIFY_FAILED ProxyError NameResolution\r\n\r\n"),
        "failed",
        "the connection broke off",
    ),
    "a chunk with the words of a proxy": (
        cut_off(CHUNKED, b"Connection refused ProxyError timed out\r\n"),
        "failed",
        "the answer broke off",
    ),
    "an empty page": (cut_off(b"Content-Length: 0\r\n"), "failed", "empty page"),
    "a server that fails": (answer_status(500), "failed", "answered 500 Internal Server Error"),
    "a page that is gone": (answer_status(410), "gone", "answered 410 Gone"),
    "a page that is locked": (answer_status(403), "blocked", "answered 403 Forbidden"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line_and_the_archive_stays_intact(
    watch: Watch, site: Site, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    answer, outcome, message = FAULTS[name]
    patience = transfer.TRANSFER_SECONDS
    monkeypatch.setattr(transfer, "MAX_BYTES", 100_000)
    if message == "took longer than":  # for the others a busy machine has all the time that it needs
        monkeypatch.setattr(transfer, "TRANSFER_SECONDS", 0.5)
    if "nobody asked" in name:
        monkeypatch.setattr("collect.fetch._make_conditions", lambda _: {})
    site.answers["/plan"] = answer
    failed(watch.look(), outcome, message)
    intact(watch)
    monkeypatch.setattr(transfer, "TRANSFER_SECONDS", patience)
    site.page("/plan", PLAN, status=200)
    assert watch.look().failure is None, "and afterwards all is well again"
    intact(watch)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("http://anna:pa/secret@127.0.0.1:9", "is not an address"),
        ("http://anna:pa#secret@127.0.0.1:9", "is not an address"),
        ("http://[secret", "is not an address"),
        ("http://127.0.0.1:99999", "is not an address"),
        ("ftp://anna:secret@127.0.0.1:9", "is not an address"),
        ("anna:pa/secret@127.0.0.1:9", "is not an address"),
        ("http://anna:密secret@127.0.0.1:9", "has characters other than those of ASCII"),
        ("http://anna:%E5%AF%86secret@127.0.0.1:9", "has characters other than those of ASCII"),
        ("socks5://anna:secret@127.0.0.1:9", "needs PySocks, which is not installed"),
    ],
)
def test_a_proxy_setting_that_is_wrong_is_no_fault_of_the_site(
    monkeypatch: pytest.MonkeyPatch, variable: str, setting: str, problem: str
) -> None:
    for name in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv(variable, setting)
    with Fetcher() as fetcher:
        answer = fetcher.fetch("http://plans.example/plan")
    assert answer.kind == "unreachable"
    assert answer.problem.endswith(f"the proxy setting of this machine, {variable}, {problem}")


def test_a_charset_that_is_wrong_is_kept_as_declared_and_read_as_it_is(tmp_path: Path, site: Site) -> None:
    page = "<h1>西湖区重点工作方案</h1><p>共3项任务：</p><p>1. 建设码头。</p><p>2. 修建道路。</p><p>3. 培训教师。</p>"
    url = site.page("/plan", page.encode("gb18030"), content_type="text/html; charset=utf-8")
    watch = Watch(tmp_path / "raw", {"id": "harbour", "url": url})
    one = watch.look()
    assert one.check is not None
    assert (one.check.outcome, one.check.found_count, one.captures[0].encoding) == ("content", 3, "utf-8")
    assert read_bytes(watch.raw, one.captures[0]) == page.encode("gb18030")


def in_turn(site: Site, *answers: Answer) -> None:
    """Answers in turn, the last one for ever."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        answers[min(len(site.asked) - begun, len(answers)) - 1](handler)

    begun = len(site.asked)
    site.answers["/plan"] = answer


def good(site: Site) -> Answer:
    site.page("/good", PLAN)
    return site.answers["/good"]


def test_a_server_that_fails_twice_and_then_answers_has_answered(watch: Watch, site: Site, waits: list[float]) -> None:
    before = len(site.asked)
    in_turn(site, answer_status(500), answer_status(500), good(site))
    assert watch.check().outcome == "unchanged"
    assert len(site.asked) - before == 3
    assert waits[0] < waits[1] <= 2.5, "longer each time"
    intact(watch)


def test_a_server_that_fails_for_good_is_asked_three_times_and_no_more(watch: Watch, site: Site) -> None:
    before = len(site.asked)
    in_turn(site, answer_status(503))
    failed(watch.look(), "failed", "answered 503 Service Unavailable")
    assert len(site.asked) - before == 3


def test_a_server_that_asks_for_a_pause_gets_it(watch: Watch, site: Site, waits: list[float]) -> None:
    in_turn(site, answer_status(429, Retry_After="7"), good(site))
    assert watch.check().outcome == "unchanged"
    assert waits == [7.0]


def test_a_server_that_asks_for_a_long_pause_is_left_alone_by_later_runs_too(watch: Watch, site: Site) -> None:
    before = len(site.asked)
    in_turn(site, answer_status(429, Retry_After="3600"))
    failed(watch.look(), "failed", "asks to be left alone for 3600 s")
    failed(watch.look(), "failed", "is not to be asked before")
    assert len(site.asked) - before == 1
    intact(watch)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("7200", "alone for 7200 s"),
        ("90000", "alone for 90000 s; it is for 86400 s"),
        ("9" * 5_000, "alone for 999999999999999 s; it is for 86400 s"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", " s; it is for 86400 s"),
    ],
)
def test_a_pause_is_said_as_it_was_asked_for_and_a_day_of_it_is_kept(
    watch: Watch, site: Site, asked: str, said: str
) -> None:
    in_turn(site, answer_status(503, Retry_After=asked))
    one = watch.look()
    failed(one, "failed", "the server answered 503 Service Unavailable, and asks to be left alone for ")
    assert one.check is not None
    assert one.check.why.endswith(said)
    failed(watch.look(), "failed", "is not to be asked before")


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (b"User-agent: *\nDisallow: /plan", "blocked"),
        (b"User-agent: policytasks\nDisallow: /", "blocked"),
        (b"User-agent: *\nDisallow: /*an$", "blocked"),
        (b"User-agent: *\nDisallow: /other", "unchanged"),
        (b"User-agent: *\nDisallow: /\nAllow: /plan", "unchanged"),
        (b"User-agent: otherbot\nDisallow: /", "unchanged"),
        (b"\xff\xfe\x00<html>\x81 Disallow", "unchanged"),
        (b"<html><body>Not found</body></html>", "unchanged"),
        (b"Disallow: /plan\n" * 100_000, "unchanged"),
        (b"", "unchanged"),
    ],
)
def test_robots_txt_is_obeyed_where_it_can_be_read(watch: Watch, site: Site, robots: bytes, outcome: str) -> None:
    before = len(site.asked)
    site.page("/robots.txt", robots, content_type="text/plain")
    one = watch.look()
    if outcome == "blocked":
        failed(one, "blocked", "robots.txt forbids it")
    else:
        assert (one.check and one.check.outcome, one.failure) == (outcome, None)
    assert len(site.asked) - before == (0 if outcome == "blocked" else 1)
    intact(watch)


@pytest.mark.parametrize("answer", [answer_status(500), reset, answer_status(429)], ids=["500", "reset", "429"])
def test_robots_txt_that_cannot_be_had_closes_the_site_for_this_run(watch: Watch, site: Site, answer: Answer) -> None:
    before = len(site.asked)
    site.answers["/robots.txt"] = answer
    failed(watch.look(), "failed", "its robots.txt could not be read")
    assert len(site.asked) == before
    intact(watch)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_robots_txt_that_is_not_there_forbids_nothing(watch: Watch, site: Site, status: int) -> None:
    site.page("/robots.txt", b"User-agent: *\nDisallow: /", status=status)
    assert watch.check().outcome == "unchanged"


def test_robots_txt_may_be_elsewhere(watch: Watch, site: Site) -> None:
    site.page("/robots.txt", b"", status=301, Location="/rules.txt")
    site.page("/rules.txt", b"User-agent: *\nDisallow: /plan", content_type="text/plain")
    failed(watch.look(), "blocked", "robots.txt forbids it")


def test_a_redirect_is_no_way_around_robots_txt(watch: Watch, site: Site) -> None:
    site.page("/robots.txt", b"User-agent: *\nDisallow: /private", content_type="text/plain")
    site.page("/private", PLAN)
    site.page("/plan", b"", status=302, Location="/private")
    failed(watch.look(), "blocked", "robots.txt forbids it")


def test_a_private_address_is_asked_where_the_dataset_allows_it_by_name(watch: Watch, site: Site) -> None:
    there = site.url.replace("127.0.0.1", "localhost")
    site.page("/elsewhere", PLAN)
    site.page("/plan", b"", status=302, Location=f"{there}/elsewhere")
    failed(watch.look(), "failed", "localhost lies in a private network")
    watch.settings = {"allow_hosts": ["localhost"]}
    assert watch.check().outcome == "unchanged"


def test_another_port_of_a_host_that_was_named_is_not_named(watch: Watch, site: Site) -> None:
    site.page("/plan", b"", status=302, Location="http://127.0.0.1:9/")
    failed(watch.look(), "failed", "127.0.0.1 lies in a private network")


def test_a_name_that_leads_into_a_private_network_is_found_out(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    port = int(site.url.rpartition(":")[2])
    real = socket.getaddrinfo

    def rebound(host: str, *arguments: object, **named: object) -> object:
        return real("127.0.0.1" if host == "plans.example" else host, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    with Fetcher(delay=0) as fetcher:
        answer = fetcher.fetch(f"http://plans.example:{port}/plan")
    assert (answer.kind, site.requests) == ("private", [])
    assert "plans.example lies in a private network (127.0.0.1)" in answer.problem


@pytest.fixture
def secure(site: Site) -> Iterator[tuple[str, trustme.CA]]:
    """A site over TLS whose certificate nobody knows the issuer of."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.answers.get(self.path, not_found)(self)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://localhost:{server.server_port}", authority
    server.shutdown()
    server.server_close()


def test_a_certificate_that_does_not_verify_is_believed_by_nobody(watch: Watch, secure: tuple[str, trustme.CA]) -> None:
    watch.source["url"] = f"{secure[0]}/plan"
    failed(watch.look(), "failed", "the server's certificate does not verify")
    intact(watch)


def test_a_certificate_that_verifies_is(
    watch: Watch, secure: tuple[str, trustme.CA], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    secure[1].cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    watch.source["url"] = f"{secure[0]}/plan"
    assert watch.check().outcome == "unchanged"


def test_a_host_is_asked_once_in_its_delay_by_threads_and_processes_together(tmp_path: Path) -> None:
    turns, moments = tmp_path / "turns", list[float]()

    def take() -> None:
        pace.take_turn(
            turns, "example.org", 1000, max_wait=1e6, wait=lambda seconds: moments.append(time.time() + seconds)
        )

    threads = [threading.Thread(target=take) for _ in range(5)]
    script = (
        "import sys, time, pathlib; from collect import pace\n"
        "def show(seconds): print(time.time() + seconds, flush=True)\n"
        "for _ in range(5):\n"
        "    pace.take_turn(pathlib.Path(sys.argv[1]), 'example.org', 1000, max_wait=1e6, wait=show)"
    )
    with subprocess.Popen([sys.executable, "-c", script, turns], stdout=subprocess.PIPE, text=True) as process:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        moments += map(float, process.communicate(timeout=60)[0].split())
    moments.sort()
    assert len(moments) == 10 - 1, "all but the first have to wait"
    assert all(later - earlier == pytest.approx(1000, abs=60) for earlier, later in pairwise(moments))


def test_the_delay_of_a_dataset_or_a_site_is_kept(
    watch: Watch, site: Site, waits: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.look()
    assert waits == []
    watch.settings = {"delay": 300}
    watch.look()
    assert waits == [pytest.approx(300, abs=60)], "between robots.txt and the page"
    monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path / "nobody was asked yet"))
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 200", content_type="text/plain")
    site.page("/other", PLAN)
    two = [{"id": "harbour", "url": f"{site.url}/plan"}, {"id": "other", "url": f"{site.url}/other"}]
    watch.settings = {"sources": two}
    waits.clear()
    watch.look_at_all()
    assert waits == [pytest.approx(200, abs=60)], "between the two pages"


class Clock:
    """The clock of the fetcher, which goes on by each wait at once."""

    def __init__(self) -> None:
        self.waited = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def time(self) -> float:
        return time.time() + self.waited

    def monotonic(self) -> float:
        return time.monotonic() + self.waited


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    monkeypatch.setattr("collect.fetch.time", clock)

    def wait(_: Fetcher, seconds: float) -> None:
        clock.waited += seconds

    monkeypatch.setattr(Fetcher, "_wait", wait)
    return clock


def make_watch(site: Site, tmp_path: Path, number: int, **settings: object) -> Watch:
    """So many sources of one host."""
    sources = [{"id": f"s{index}", "url": site.page(f"/{index}", PLAN)} for index in range(number)]
    return Watch(tmp_path / "raw", {}, {"sources": sources, **settings})


def test_a_host_that_asks_for_long_pauses_has_half_an_hour_and_each_page_has_its_turn(
    site: Site, tmp_path: Path, clock: Clock
) -> None:
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 440", content_type="text/plain")
    watch = make_watch(site, tmp_path, 10)
    for _ in range(3):
        began, clock.waited = len(site.asked), clock.waited + 10_000
        before = clock.waited
        sources = watch.look_at_all()
        assert clock.waited - before < 1_800
        assert 4 <= len(site.asked) - began <= 5
        failures = [source.failure for source in sources if source.failure]
        assert len(failures) == 10 - (len(site.asked) - began)
        assert all("is not to be asked before" in failure for failure in failures)
    assert {path for path, _ in site.asked} == {f"/{index}" for index in range(10)}


def test_a_host_whose_time_is_over_is_left_for_the_next_run(
    site: Site, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collect.fetch.HOST_SECONDS", 100.0)
    watch = make_watch(site, tmp_path, 5)
    for index in range(5):
        in_turn_of_page = site.answers[f"/{index}"]

        def answer(handler: BaseHTTPRequestHandler, page: Answer = in_turn_of_page) -> None:
            clock.waited += 40
            page(handler)

        site.answers[f"/{index}"] = answer
    failures = [source.failure for source in watch.look_at_all()]
    assert [bool(failure) for failure in failures] == [False] * 3 + [True] * 2
    assert "has had its 2 minutes of this run; it is left for the next one" in str(failures[4])
    failures = [source.failure for source in watch.look_at_all()]
    assert [bool(failure) for failure in failures] == [False, True, True, False, False], "who was left comes first"


def test_a_dataset_that_asks_for_long_pauses_itself_gets_all_its_pages(
    site: Site, tmp_path: Path, clock: Clock
) -> None:
    watch = make_watch(site, tmp_path, 20, delay=300)
    assert [source.failure for source in watch.look_at_all()] == [None] * 20
    assert clock.waited >= 19 * 300


def test_redirects_and_retries_of_one_page_have_a_time_together(site: Site, clock: Clock) -> None:
    tries = dict[str, int]()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        tries[handler.path] = tries.get(handler.path, 0) + 1
        retry = answer_status(503, Retry_After="60")
        step = int(handler.path.strip("/"))
        (retry if tries[handler.path] % 3 else answer_status(302, Location=f"/{step + 1}"))(handler)

    site.answers |= {f"/{step}": answer for step in range(6)}
    with Fetcher(delay=60, allowed=["127.0.0.1"]) as fetcher:
        fetched = fetcher.fetch(f"{site.url}/0")
    assert clock.waited <= 900
    assert fetched.kind == "too early"
    assert "there is no time for another try" in fetched.problem or "is not to be asked before" in fetched.problem


def test_hosts_are_asked_side_by_side(tmp_path: Path) -> None:
    together = threading.Barrier(8, timeout=60)

    class Waiting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with the page as soon as all the others are asked for theirs too; never before."""
            if self.path == "/plan":
                together.wait()
            self.send_response(200 if self.path == "/plan" else 404)
            self.end_headers()
            self.wfile.write(PLAN)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Waiting) for _ in range(8)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    sources = [
        {"id": f"s{n}", "url": f"http://127.0.0.1:{server.server_port}/plan"} for n, server in enumerate(servers)
    ]
    watch = Watch(tmp_path / "raw", {}, {"sources": sources})
    assert [source.check and source.check.outcome for source in watch.look_at_all()] == ["content"] * 8
    for server in servers:
        server.shutdown()
        server.server_close()
