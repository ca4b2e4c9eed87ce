"""What the server of one's own machine gives, and what it never gives: asked over a real socket."""

from __future__ import annotations

import asyncio
import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import pytest

from catalog.content_security import HEADER, POLICY
from catalog.server import choose_media_type, make_application
from publish.storage.disk import Disk
from publish.storage.object_store import open_store
from tests.conftest import CHECKOUT, POLICYTASKS, run_command

PARQUET = b"PAR1" + bytes(range(256)) * 1200 + b"PAR1"
PATIENCE = 30
FILES = {
    "index.html": b"<!doctype html><title>Plans</title>",
    "towns/index.html": b"<!doctype html><title>Towns</title>",
    "towns/feed.xml": b"<feed/>",
    "towns/空 白.csv": b"id\r\n1\r\n",
    "towns/empty.csv": b"",
    "towns/1.0.0/tasks.parquet": PARQUET,
    "towns/.staged-2.0.0/index.html": b"not yet",
    ".nojekyll": b"",
    "../secret.txt": b"secret",
    "../index.html": b"secret",
}

Answers = TypeVar("Answers")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "datasets").mkdir()
    shelf = home / "data" / "published"
    for name, content in FILES.items():
        (shelf / name).parent.mkdir(parents=True, exist_ok=True)
        (shelf / name).write_bytes(content)
    (shelf / "out.txt").symlink_to(home / "data" / "secret.txt")
    (shelf / "outer").symlink_to(home / "data")
    (shelf / "hidden").symlink_to(shelf / "towns" / ".staged-2.0.0")
    (shelf / "loop").symlink_to(shelf / "loop")
    (shelf / "within.xml").symlink_to(shelf / "towns" / "feed.xml")
    return home


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[str]:
    """The address of the program, which serves a home as a person would have it do, and ends as by Ctrl-C."""
    command = [*POLICYTASKS, "serve", "--port", "0", "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        line = program.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert address, line
        yield address[0]
        program.send_signal(signal.SIGINT)
        _, complaints = program.communicate(timeout=PATIENCE)
    assert (program.returncode, complaints) == (0, "")


@pytest.fixture
def ask(site: str) -> Ask:
    def request(path: str, method: str = "GET", **headers: str) -> Answer:
        # http.client sends a path as it stands, where others would tidy it up first
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(site).port, timeout=20)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, headers, response.read())
        connection.close()
        return answer

    return request


def test_a_folder_gives_its_page(ask: Ask) -> None:
    assert b"Plans" in ask("/").body
    assert b"Towns" in ask("/towns/").body
    assert ask("/towns/?q=1").status == 200


def test_a_folder_without_its_slash_leads_to_the_one_with_it(ask: Ask) -> None:
    answer = ask("/towns?q=a%20b")
    assert (answer.status, answer.headers["location"]) == (308, "/towns/?q=a%20b")


@pytest.mark.parametrize("path", ["//example.org/", "//example.org", "/\\example.org", "//towns", "/towns//feed.xml"])
def test_no_address_leads_to_another_site(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert answer.status == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/towns/1.0.0/", "/towns/1.0.0", "/nothing", "/index.html/", "/towns/nothing.csv"])
def test_a_missing_page_is_a_small_page_that_says_so(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"<h1>There is no such page</h1>" in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/towns/../../secret.txt",
        "/towns/%2e%2e/%2e%2e/secret.txt",
        "/towns/./feed.xml",
        "/..%5csecret.txt",
        "//../secret.txt",
        "/%252e%252e/secret.txt",
        "/out.txt",
        "/outer/secret.txt",
        "/outer/",
        "/outer",
        "/hidden/",
        "/hidden/index.html",
        "/loop",
        "/.nojekyll",
        "/towns/.staged-2.0.0/index.html",
        "/towns/.staged-2.0.0/",
        "/index.html%00.csv",
        "/" + "a" * 300,
        "/" + "a/" * 3000,
        "/%ff%fe",
        "/\x7f",
    ],
)
def test_nothing_outside_and_nothing_hidden_is_given(ask: Ask, path: str) -> None:
    connection_refused_it = 400
    try:
        answer = ask(path)
    except http.client.InvalidURL:
        return  # no client sends it
    assert answer.status in {404, connection_refused_it}
    assert b"secret" not in answer.body
    assert b"not yet" not in answer.body


def test_a_link_within_the_shelf_is_followed(ask: Ask) -> None:
    assert ask("/within.xml").body == b"<feed/>"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tasks.parquet", "application/vnd.apache.parquet"),
        ("tasks.csv", "text/csv; charset=utf-8"),
        ("CHANGES.md", "text/markdown; charset=utf-8"),
        ("CITATION.cff", "application/yaml"),
        ("CITATION.bib", "application/x-bibtex"),
        ("towns/feed.xml", "application/atom+xml"),
        ("sitemap.xml", "application/xml"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("releases.json", "application/json"),
        ("catalog.jsonld", "application/ld+json"),
        ("picture.png", "image/png"),
        ("SHA256SUMS", "text/plain; charset=utf-8"),
        ("whatever", "application/octet-stream"),
    ],
)
def test_each_file_has_its_media_type(name: str, kind: str) -> None:
    assert choose_media_type(name) == kind


def test_every_answer_is_open_to_other_sites_and_guarded(ask: Ask) -> None:
    for answer in (ask("/"), ask("/towns"), ask("/nothing"), ask("/towns/feed.xml", Range="bytes=0-1")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == HEADER
    assert f"{POLICY}; frame-ancestors 'none'" == HEADER


def test_a_name_of_any_letters_is_found(ask: Ask) -> None:
    answer = ask("/towns/%E7%A9%BA%20%E7%99%BD.csv")
    assert (answer.status, answer.body) == (200, b"id\r\n1\r\n")


def test_a_large_file_comes_whole(ask: Ask) -> None:
    answer = ask("/towns/1.0.0/tasks.parquet")
    assert answer.body == PARQUET
    assert answer.headers["content-length"] == str(len(PARQUET))
    assert answer.headers["accept-ranges"] == "bytes"


def test_head_says_what_get_would_and_sends_nothing(ask: Ask) -> None:
    whole, head = ask("/towns/1.0.0/tasks.parquet"), ask("/towns/1.0.0/tasks.parquet", "HEAD")
    assert head.body == b""
    for name in ("content-length", "content-type", "etag", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-3", 0, 4),
        ("bytes=4-", 4, len(PARQUET)),
        ("bytes=-8", len(PARQUET) - 8, len(PARQUET)),
        ("bytes=-99999999", 0, len(PARQUET)),
        ("bytes=10-99999999", 10, len(PARQUET)),
    ],
)
def test_a_range_is_given(ask: Ask, header: str, start: int, end: int) -> None:
    answer = ask("/towns/1.0.0/tasks.parquet", Range=header)
    assert answer.status == 206
    assert answer.body == PARQUET[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(PARQUET)}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("header", ["bytes=9999999-", "bytes=9999999-99999999", "bytes=-0"])
def test_a_range_beyond_the_end_of_the_file_is_refused(ask: Ask, header: str) -> None:
    answer = ask("/towns/1.0.0/tasks.parquet", Range=header)
    assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{len(PARQUET)}")
    assert ask("/towns/empty.csv", Range="bytes=0-").status == 416


@pytest.mark.parametrize(
    "header", ["bytes=5-2", "bytes=-", "lines=0-1", "bytes=a-b", "bytes=", "", f"bytes=0-{'9' * 5000}", "bytes=0-1,4-5"]
)
def test_a_range_that_is_not_one_valid_range_gives_the_whole_file(ask: Ask, header: str) -> None:
    answer = ask("/towns/1.0.0/tasks.parquet", Range=header)
    assert (answer.status, answer.body) == (200, PARQUET)
    assert answer.headers["content-security-policy"] == HEADER


def test_a_range_of_a_head_request_is_ignored(ask: Ask) -> None:
    answer = ask("/towns/1.0.0/tasks.parquet", method="HEAD", Range="bytes=0-3")
    assert (answer.status, answer.headers["content-length"]) == (200, str(len(PARQUET)))


def test_a_file_that_is_replaced_or_removed_while_it_is_sent_comes_whole(home: Path) -> None:
    """The file is opened before it is sent: what has its name by then, if anything, is another file."""
    page = home / "data" / "published" / "replaced.html"
    application = make_application(Disk(home / "data" / "published"))

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def get(change: Callable[[], object]) -> bytes:
        body = b""

        async def send(message: Any) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                change()
            body += message.get("body", b"")

        scope = {"type": "http", "method": "GET", "path": "/replaced.html", "headers": [], "query_string": b""}
        await application(scope, receive, send)
        return body

    def replace() -> None:
        staged = page.with_name("staged")
        staged.write_bytes(b"n" * 400_000)
        staged.replace(page)

    for change in (replace, page.unlink):
        page.write_bytes(b"o" * 200_000)
        assert run_in_thread(partial(get, change)) == b"o" * 200_000


def test_what_the_client_has_already_is_not_sent_again(ask: Ask) -> None:
    tag = ask("/towns/feed.xml").headers["etag"]
    for header in (tag, f'"other", W/{tag}', "*"):
        answer = ask("/towns/feed.xml", If_None_Match=header)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
    assert ask("/towns/feed.xml", If_None_Match='"other"').status == 200


def test_a_file_that_was_replaced_has_another_tag(ask: Ask, home: Path) -> None:
    page = home / "data" / "published" / "page.html"
    page.write_text("one", encoding="utf-8")
    tag = ask("/page.html").headers["etag"]
    staged = page.with_name("staged")
    staged.write_text("two", encoding="utf-8")
    staged.replace(page)
    answer = ask("/page.html", If_None_Match=tag, If_Range=tag, Range="bytes=0-0")
    assert (answer.status, answer.body) == (200, b"two")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_is_read_only(ask: Ask, method: str) -> None:
    assert ask("/index.html", method).status == 405


def test_it_listens_on_this_machine_alone(site: str) -> None:
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", urlsplit(site).port))


def test_a_port_in_use_is_one_line_and_status_1(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_command("serve", "--port", str(port), "--home", str(home))
    assert done.returncode == 1
    assert done.stderr == f"policytasks: port {port}: is in use by another program; give another with --port\n"


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999999999999"])
def test_a_port_that_is_none_is_one_line_and_status_2(home: Path, port: str) -> None:
    done = run_command("serve", f"--port={port}", "--home", str(home))
    assert done.returncode == 2
    assert done.stderr == f"policytasks: --port {port}: is not a port; give one from 1 to 65535\n"


def test_an_empty_shelf_and_one_without_pages_are_one_line_and_status_2(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    none = run_command("serve", "--home", str(tmp_path))
    (tmp_path / "data" / "published" / "towns").mkdir(parents=True)
    bare = run_command("serve", "--home", str(tmp_path))
    assert (none.returncode, bare.returncode) == (2, 2)
    assert none.stderr == "policytasks: data/published: holds no dataset; run policytasks publish\n"
    assert bare.stderr == (
        "policytasks: data/published/index.html: has not been written yet; run policytasks publish\n"
    )


def test_a_file_that_cannot_be_read_is_said_to_be_so(home: Path, ask: Ask) -> None:
    locked = home / "data" / "published" / "locked.csv"
    locked.write_text("x", encoding="utf-8")
    locked.chmod(0)
    try:
        locked.read_bytes()
    except PermissionError:
        assert ask("/locked.csv").status == 500
    else:
        pytest.skip("whoever runs this may read everything")
    finally:
        locked.unlink()


def run_in_thread(request: Callable[[], Coroutine[Any, Any, Answers]]) -> Answers:
    """Run it in a loop of its own: a browser that other tests opened has one in this thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(request())).result()


def test_a_store_is_served_as_a_folder_is() -> None:
    store = open_store("memory://shelf-to-serve")
    store.replace("index.html", b"<!doctype html>")
    store.replace("towns/tasks.parquet", PARQUET)

    async def request() -> list[tuple[int, bytes]]:
        transport = httpx.ASGITransport(make_application(store))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            end = await client.get("/towns/tasks.parquet", headers={"Range": "bytes=-4"})
            tag = {"If-None-Match": end.headers["etag"]}
            answers = [
                end,
                await client.get("/"),
                await client.get("/towns/tasks.parquet", headers=tag),
                await client.get("/towns/nothing.csv"),
                await client.get("/towns"),
            ]
        return [(answer.status_code, answer.content[:15]) for answer in answers]

    end, first, again, missing, folder = run_in_thread(request)
    assert end == (206, b"PAR1")
    assert first == (200, b"<!doctype html>")
    assert again == (304, b"")
    assert (missing[0], folder[0]) == (404, 404)


def test_the_server_starts_without_the_libraries_for_tables() -> None:
    script = (
        "import sys, cli.main, cli.serve, catalog.server;"
        "print(sorted({'pandas', 'pyarrow', 'prefect', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
