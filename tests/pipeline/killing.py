"""Kills runs over 200 sources at random moments, and looks at what each leaves and what the next one makes of it.

    python -m tests.pipeline.killing [ROUNDS] [SEED]

Each round has a home of its own. A run is killed (SIGKILL) at a moment chosen at random from the time that a whole
run takes; then every capture on record has to be there and verify, another run has to end well, and after it every
source has its one capture, stored once, and the release holds them all.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from collect.archive import Capture, read_bytes, read_captures
from collect.inventory import take_inventory
from publish.releases import read_releases
from publish.storage.disk import Disk

SOURCES = 200
# The longest that a run may take, in seconds.
PATIENCE = 300
POLICYTASKS = (sys.executable, "-P", "-m", "cli")
PAGE = """\
<html><head><title>Plan of town {number}</title></head><body><nav><a href=/>Home</a></nav><article>
<h1>Plan of town {number}</h1><p>The town will carry out <b>three tasks</b>.</p>
<ol><li>Build landing {number} and light it.</li><li>Train the crews of ferry {number}.</li>
<li>Reduce the fares of line {number}.</li></ol></article>{filling}</body></html>"""


@dataclass(frozen=True)
class Left:
    """What a killed run left: how long it ran, and the captures that were on record."""

    seconds: float
    captures: dict[str, list[Capture]]

    @property
    def count(self) -> int:
        return sum(map(len, self.captures.values()))


@contextmanager
def towns() -> Iterator[str]:
    """A site of 200 plans, with validators as servers have them."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            number = self.path.rpartition("/")[2]
            body = PAGE.format(number=number, filling="<footer>About us</footer>" * 1500).encode()
            known = self.headers.get("If-None-Match") == f'"{number}"'
            self.send_response(404 if not number.isdigit() else 304 if known else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body) if number.isdigit() else 0))
            self.send_header("ETag", f'"{number}"')
            self.end_headers()
            if number.isdigit() and not known:
                self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Keep quiet: a killed client hangs up."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def home_in(folder: Path, site: str) -> Path:
    """A home whose dataset has the towns as its sources."""
    (folder / "datasets").mkdir(parents=True)
    sources = "".join(f"  - id: town-{number}\n    url: {site}/{number}\n" for number in range(SOURCES))
    text = f"id: towns\ntitle: Towns\nlicence: CC0-1.0\ndelay: 0\nsources:\n{sources}"
    (folder / "datasets" / "towns.yaml").write_text(text, encoding="utf-8")
    return folder


def start(home: Path) -> subprocess.Popen[str]:
    """Begin a run."""
    return subprocess.Popen(
        [*POLICYTASKS, "publish", "--direct", "--home", home],
        env={**os.environ, "POLICYTASKS_CACHE": str(home / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def whole_run(folder: Path, site: str) -> float:
    """Run once to the end; returns the seconds that it took."""
    begun = time.monotonic()
    run = start(home_in(folder, site))
    said, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, said
    return time.monotonic() - begun


def killed_round(folder: Path, site: str, after: float) -> Left:
    """One round; raises AssertionError if something is lost, doubled or half there."""
    home = home_in(folder, site)
    raw = home / "data" / "raw"
    run = start(home)
    time.sleep(after)
    run.kill()
    run.communicate(timeout=PATIENCE)
    left = Left(after, {f"town-{number}": read_captures(raw, f"town-{number}") for number in range(SOURCES)})
    for captures in left.captures.values():
        for capture in captures:
            assert len(read_bytes(raw, capture)) == capture.byte_count

    again = start(home)
    said, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, said
    for number in range(SOURCES):
        stock = take_inventory(raw, f"town-{number}", {}, verify=True)
        assert stock.problems == ()
        assert list(stock.captures[: len(left.captures[stock.source_id])]) == left.captures[stock.source_id]
        assert len(stock.captures) == 1
        assert sorted(path.suffix for path in (raw / stock.source_id).iterdir()) == [".html", ".jsonl", ".jsonl"]
    (published,) = read_releases(Disk(home / "data" / "published"), "towns").read_all()
    assert (published.version, published.descriptor.row_counts["documents"]) == ("1.0.0", SOURCES)
    assert not list((home / "data" / "published" / "towns").glob(".*"))
    return left


def main() -> None:
    """Run the rounds, and say what each met."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, towns() as site:
        whole = whole_run(Path(folder) / "whole", site)
        print(f"seed {seed}; a whole run takes {whole:.1f} s")
        met = []
        for number in range(rounds):
            home = Path(folder) / str(number)
            met.append(killed_round(home, site, chance.uniform(0, whole)))
            subprocess.run(["rm", "-rf", home], check=True)
            print(
                f"{number + 1:4} killed after {met[-1].seconds:5.2f} s with {met[-1].count:3} captures on record: well"
            )
    some = sum(0 < left.count < SOURCES for left in met)
    print(f"{rounds} of {rounds} runs ended well after a kill; {some} of the kills fell while captures were being made")


if __name__ == "__main__":
    main()
