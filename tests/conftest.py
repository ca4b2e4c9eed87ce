"""What the tests share: a home of their own each, and a real web server on loopback."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import settings

from collect.archive import Capture, keep
from pipeline.workspace import Home

# Who starts the suite in the background may have it ignore Ctrl-C, which the programs that it starts would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

FIXTURES = Path(__file__).parent / "fixtures"
CHECKOUT = Path(__file__).parent.parent
POLICYTASKS = Path(sys.executable).parent / "policytasks"

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


@dataclass
class Desk:
    """A home in a folder of its own with one dataset and one source, as a person would have it."""

    home: Home
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
        return keep(
            self.home.raw,
            text.encode(),
            source_id="harbour-2021",
            url=self.url,
            fetched_at=datetime(2021, 4, self._day, tzinfo=UTC),
            method="by hand",
            media_type=media_type,
            encoding="utf-8",
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a person would."""
        import os

        return subprocess.run(
            [POLICYTASKS, *arguments, "--home", str(self.home.root)],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, **environment},
            check=False,
        )


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test remembers for itself what it read, and when it asked whom, and has a shelf of its own."""
    monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path / "state"))
    monkeypatch.delenv("POLICYTASKS_SHELF", raising=False)


@pytest.fixture
def report() -> str:
    return (FIXTURES / "harbour-towns.txt").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(Home(tmp_path / "home"))
    made.write_dataset(DATASET.format(url=NOWHERE))
    return made


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
        return [one for one in self.requests if one[0] != "/robots.txt"]

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


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: clients that hang up are part of the tests."""


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            made.requests.append((self.path, dict(self.headers)))
            made.answers.get(self.path, not_found)(self)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    made = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
