"""What all tests share: their tier and time limit, a workspace of their own, and a web server on loopback."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
from hypothesis import settings

from cli.main import main
from collect import transfer
from collect.archive import Capture, store_capture
from pipeline.workspace import Workspace

# Who starts the suite in the background may have it ignore Ctrl-C, which the programs that it starts would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is. `make test-all` names the profile with more examples.
settings.register_profile("short", deadline=None, max_examples=40)
settings.register_profile("long", deadline=None, max_examples=200)
settings.load_profile("short")


class Tier(NamedTuple):
    """What its tests need, and the seconds that one of them may take: five to ten times what it takes on two cores."""

    needs: str
    limit: float


# The longest groups begin first, so that the last to end is short.
TIERS = {
    "crash": Tier("processes to kill, disks to fill", 900),
    "prefect": Tier("a Prefect server on SQLite, and processes", 600),
    "postgres": Tier("a Prefect server on PostgreSQL, and processes", 600),
    "browser": Tier("Chromium", 300),
    "s3": Tier("an object store, which moto serves", 240),
    "dask": Tier("a Dask cluster, or other worker processes", 300),
    "perf": Tier("the benchmarks, with few pages", 300),
    "fuzz": Tier("some seconds for each target of random inputs", 240),
    "hostile": Tier("answers and documents that would stop a run, each in a run of its own", 300),
    "corpus": Tier("the documents that POLICYTASKS_CORPUS names", 900),
    "cli": Tier("the command line, most often in this process", 300),
    "unit": Tier("nothing but this process, or a short one", 120),
}

# The tier of a test is that of the first row that matches: a parameter that it runs with, a fixture that it needs, or
# the file or folder that it is in.
TIER_OF = (
    ("parameter", "postgresql", "postgres"),
    ("file", "tests/publish/test_killing.py", "crash"),
    ("file", "tests/publish/test_full_disk.py", "crash"),
    ("file", "tests/pipeline/test_killing.py", "crash"),
    ("file", "tests/pipeline/test_executors.py", "dask"),
    ("file", "tests/pipeline/test_dask_cluster.py", "dask"),
    ("file", "tests/pipeline/test_hostile_sources.py", "hostile"),
    ("file", "tests/pipeline/test_workers.py", "hostile"),
    ("file", "tests/extract/test_limits.py", "hostile"),
    ("file", "tests/extract/test_corpus.py", "corpus"),
    ("file", "tests/test_benchmarks.py", "perf"),
    ("file", "tests/test_fuzz.py", "fuzz"),
    ("fixture", "browser", "browser"),
    ("fixture", "prefect", "prefect"),
    ("fixture", "prefect_on_sqlite", "prefect"),
    ("fixture", "alone", "prefect"),
    ("file", "tests/flows/test_publish_dataset.py", "prefect"),
    ("fixture", "bucket", "s3"),
    ("parameter", "s3", "s3"),
    ("file", "tests/cli/", "cli"),
    ("file", "tests/", "unit"),
)

# Tests of one group run in one process, one after the other, and share what a session has one of. A test that no row
# matches is in a group with its file, whose fixtures are then made once.
GROUP_OF = tuple(row for row in TIER_OF if row[0] != "file")

COLLECTED = pytest.StashKey[list[pytest.Item]]()
T = TypeVar("T")


def match_first(item: pytest.Item, rows: Iterable[tuple[str, str, str]]) -> str | None:
    """The last cell of the first row that matches a test."""
    parameters = {str(value) for value in getattr(getattr(item, "callspec", None), "params", {}).values()}
    names = {"parameter": parameters, "fixture": set(getattr(item, "fixturenames", ()))}
    for kind, name, cell in rows:
        if item.nodeid.startswith(name) if kind == "file" else name in names[kind]:
            return cell
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each test its tier, its time limit and its group, and put the longest tiers first."""
    turn = {}
    for item in items:
        tier = match_first(item, TIER_OF)
        if tier is None:
            raise pytest.UsageError(f"{item.nodeid}: no row of TIER_OF in tests/conftest.py matches")
        item.add_marker(tier)
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIERS[tier].limit))
        item.add_marker(pytest.mark.xdist_group(match_first(item, GROUP_OF) or item.nodeid.partition("::")[0]))
        turn[item] = list(TIERS).index(tier)
    items.sort(key=turn.__getitem__)
    config.stash[COLLECTED] = list(items)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """The name of a test's argument for bytes: compressed ones hold the time, and each process must name tests alike."""
    return argname if isinstance(val, bytes) else None


def pytest_xdist_auto_num_workers() -> int:
    """As many processes as this one may use cores, eight at the most: more would wait for the one browser."""
    return min(len(os.sched_getaffinity(0)), 8)


def until(find: Callable[[], T | None], what: str, patience: float = 120) -> T:
    """What `find` returns as soon as that is true; the test fails if it is not within `patience` seconds."""
    end = time.monotonic() + patience
    while True:
        if value := find():
            return value
        if time.monotonic() > end:
            return pytest.fail(f"waited {patience:.0f} s for {what}")
        time.sleep(0.1)


FIXTURES = Path(__file__).parent / "fixtures"
CHECKOUT = Path(__file__).parent.parent
# The command line as a process of this checkout, whatever program is installed.
POLICYTASKS = (sys.executable, "-P", "-m", "cli")

DATASET = """\
id: harbour
title: Tasks of the harbour towns
licence: CC-BY-4.0
delay: 0
sources:
  - id: harbour-2021
    url: {url}
"""
NOWHERE = "http://127.0.0.1:9/harbour-towns"


def run_command(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in this process."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        status = main(words)
    return subprocess.CompletedProcess(words, status, stdout.getvalue(), stderr.getvalue())


def store_text(home: Workspace, source_id: str, text: str, fetched_at: datetime, **more: Any) -> Capture:
    """Archive a text that a person gave as a capture of a source."""
    facts = {"url": f"https://{source_id}.example/plan", "media_type": "text/plain", "encoding": "utf-8", **more}
    return store_capture(home.raw, text.encode(), source_id=source_id, fetched_at=fetched_at, method="by hand", **facts)


@dataclass
class Desk:
    """A home in a folder of its own with one dataset and one source, as a person would have it."""

    home: Workspace
    url: str = NOWHERE
    _day: int = field(default=1)

    @property
    def shelf(self) -> Path:
        """The folder that the shelf stands in."""
        return self.home.root / "data" / "published"

    def write_dataset(self, text: str, name: str = "harbour") -> None:
        self.home.datasets.mkdir(parents=True, exist_ok=True)
        (self.home.datasets / f"{name}.yaml").write_text(text, encoding="utf-8")

    def capture(self, text: str, media_type: str = "text/plain") -> Capture:
        """Archive a text as the source's next capture."""
        self._day += 1
        fetched_at = datetime(2021, 4, self._day, tzinfo=UTC)
        return store_text(self.home, "harbour-2021", text, fetched_at, url=self.url, media_type=media_type)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process. What needs Prefect, a signal or a pipe, or runs beside others: `run_process`."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            return run_command(*arguments, "--home", str(self.home.root))

    def run_process(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own."""
        return subprocess.run(
            [*POLICYTASKS, *arguments, "--home", str(self.home.root)],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, **environment},
            check=False,
        )


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test a reading cache and a shelf of its own; leave no environment variable to the next test.

    What is fetched again is fetched again at once.
    """
    before = dict(os.environ)
    monkeypatch.setattr(transfer, "RETRY", transfer.RETRY.new(backoff_factor=0, backoff_jitter=0))
    monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path / "state"))
    monkeypatch.delenv("POLICYTASKS_SHELF", raising=False)
    yield
    monkeypatch.undo()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def report() -> str:
    return (FIXTURES / "harbour-towns.txt").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(Workspace(tmp_path / "home"))
    desk.write_dataset(DATASET.format(url=NOWHERE))
    return desk


@pytest.fixture
def harbour(desk: Desk, report: str) -> Desk:
    """The desk with the report archived."""
    desk.capture(report)
    return desk


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A web site on loopback whose answers are made to order, and what was asked of it."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        """Every request but those for robots.txt."""
        return [request for request in self.requests if request[0] != "/robots.txt"]

    def page(
        self, path: str, body: bytes, status: int = 200, content_type: str = "text/html; charset=utf-8", **headers: str
    ) -> str:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Type", content_type)
            handler.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            if status != 304:
                handler.wfile.write(body)

        self.answers[path] = answer
        return self.url + path


def not_found(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(404)


class Gate:
    """A page that is answered only while the gate is open; knows how often it was asked for."""

    def __init__(self, site: Site, text: str) -> None:
        self._site, self._open = site, threading.Event()
        self.url = site.page("/plan", text.encode(), content_type="text/plain; charset=utf-8")
        self.open, self.close = self._open.set, self._open.clear
        answer = site.answers["/plan"]

        def answer_when_open(handler: BaseHTTPRequestHandler) -> None:
            self._open.wait(240)
            answer(handler)

        site.answers["/plan"] = answer_when_open
        self.open()

    @property
    def asked(self) -> int:
        return len(self._site.asked)


SITE_THREAD = "site"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer under a name of its own, so that the program's threads can be told from the site's."""
        threading.current_thread().name = SITE_THREAD
        super().process_request_thread(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: clients that hang up are part of the tests."""


@contextmanager
def serve_site() -> Iterator[Site]:
    """A web site on loopback, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            website.requests.append((self.path, dict(self.headers)))
            website.answers.get(self.path, not_found)(self)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    website = Site(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield website
    server.shutdown()
    server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serve_site() as website:
        yield website


@pytest.fixture
def gate(site: Site, report: str) -> Iterator[Gate]:
    gate = Gate(site, report)
    yield gate
    gate.open()
