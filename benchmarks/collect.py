"""How fast sources are asked and archived: beside Scrapy with its cache and a plain loop, on the same pages in one run.

    python benchmarks/collect.py [--pages N]

A server of its own, on loopback, answers with pages of about 40 KB as fast as it can; nobody pauses between requests.
Each run is a process of its own: its seconds are those of the run without imports, its peak is all the memory that it
ever held. All keep what they fetch in a temporary folder; ours syncs each page and its record to the disk, the others
leave that to the system.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path[:] = [path for path in sys.path if Path(path) != Path(__file__).parent]  # this file is called as a room is

# What a run needs is imported in its own process only: else each would be charged for the memory of all.
if TYPE_CHECKING:
    from collect.dataset import Dataset
    from collect.gate import Collected

PAGES, PAGE_BYTES, AREAS, TASKS = 2_000, 40_000, 9, 4
HEADER = ("", "seconds", "pages/s", "peak MB", "bytes sent", "x Scrapy")

Run = Callable[[], int]


class Row(NamedTuple):
    """A run of the table: how it is called, what runs, in which folder, and on which share of the pages."""

    what: str
    run: str
    folder: str
    share: int = 1


ARCHIVE = Row("policytasks, fetching and archiving", "archive", "archive")
FIRST = Row("policytasks, first run with extraction", "first", "whole")
AGAIN = Row("policytasks, unchanged second run", "again", "whole")
PEER = Row("Scrapy with its cache, first run", "scrapy", "scrapy")
FEWER = Row("policytasks, first run of a quarter of the pages", "first", "fewer", 4)
ROWS = (
    *(ARCHIVE, FIRST, AGAIN, PEER),
    Row("Scrapy with its cache, second run", "scrapy", "scrapy"),
    Row("requests in a loop, first run", "loop", "loop"),
    Row("requests in a loop, second run", "loop", "loop"),
    FEWER,
)


class Result(NamedTuple):
    """What a run kept and took (seconds, bytes of memory), and the bytes of bodies that the server sent to it."""

    pages: int
    seconds: float
    peak: int
    end: int
    sent: int

    @property
    def speed(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


def main() -> None:
    """Print the table and the bars; with a hidden option, serve the pages or do one run of the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=PAGES, help=f"how many pages are asked for; {PAGES} if not said")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.pages))
    elif options.run:
        name, site = options.run
        print(json.dumps(measured(RUNS[name]([f"{site}/p/{number}" for number in range(options.pages)]))))
    else:
        compare(options.pages)


def compare(pages: int) -> None:
    """Do all runs, one after the other, and say what came of them."""
    with tempfile.TemporaryDirectory() as folder, serving(pages) as site:
        results = {row: result_of(row, pages // row.share, site, Path(folder)) for row in ROWS}
    print(f"{pages:,} pages of {len(page(0)) / 1000:.0f} KB, one host on loopback, no delay")
    print("{:50}{:>9}{:>9}{:>9}{:>13}{:>10}".format(*HEADER))
    for row, one in results.items():
        versus = one.speed / results[PEER].speed
        print(f"{row.what:50}{one.seconds:9.2f}{one.speed:9.0f}{one.peak / 1e6:9.0f}{one.sent:13,}{versus:10.2f}")
    print()
    archive, first, again, peer, fewer = (results[row] for row in (ARCHIVE, FIRST, AGAIN, PEER, FEWER))
    kept, unchanged, grown = archive.speed / peer.speed, again.speed / first.speed, first.peak / fewer.peak
    print(f"fetching and archiving, against Scrapy keeping the same bodies: {kept:.1f} (bar 2: {word(kept >= 2)})")
    print(
        f"unchanged second run, against the first with extraction: {unchanged:.1f} (bar 10: {word(unchanged >= 10)}), "
        f"page bodies transferred: {again.sent}"
    )
    print(
        f"peak memory of asking, archiving, reading and judging {pages:,} pages against {fewer.pages:,}: {grown:.2f} "
        f"(bar 1.10: {word(grown <= 1.1)}); with all their plans in hand for a release: {first.end / fewer.end:.2f}"
    )


def word(reached: bool) -> str:  # noqa: FBT001 (it is what this is about)
    """Whether a bar is reached, in words."""
    return "reached" if reached else "not reached"


def result_of(row: Row, pages: int, site: str, home: Path) -> Result:
    """Do one run in a process of its own. Ends the program where it did not keep every page."""
    folder = home / row.folder
    folder.mkdir(exist_ok=True)
    command = [sys.executable, __file__, "--pages", str(pages), "--run", row.run, site]
    environment = os.environ | {"POLICYTASKS_CACHE": str(folder / "cache")}
    told = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603
    with urllib.request.urlopen(f"{site}/stats") as answer:  # noqa: S310 (ours, on loopback)
        served = json.load(answer)
    measure = json.loads(told.stdout) if told.returncode == 0 else {"pages": 0}
    if {measure["pages"], served["pages"]} != {pages}:
        sys.exit(f"{row.what}: of {pages} pages {measure['pages']} came; the server says: {served}")
    return Result(**measure, sent=served["bytes"])


# What a run held when every page had been asked for, archived, read and judged, and no plan was in hand yet.
AT_THE_GATE: list[int] = []


def measured(run: Run) -> dict[str, float]:
    """How many pages a run kept, its seconds, and the most memory that it held: at the gate, and in the end."""
    begun = time.perf_counter()
    pages = run()
    seconds = time.perf_counter() - begun
    return {"pages": pages, "seconds": seconds, "peak": AT_THE_GATE[0] if AT_THE_GATE else peak(), "end": peak()}


def peak() -> int:
    """The most memory that this process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# The runs, by name. Each is given the addresses, makes ready, and gives back what is to be measured: it does its work
# in the folder where it stands, and says how many pages came out as they should.


def archiving(urls: Sequence[str]) -> Run:
    """Ours with a reader that reads nothing: fetching, archiving and recording alone."""
    from collect.gate import collect

    class Unread:
        def look(self, _: object, capture: Any) -> SimpleNamespace:
            return SimpleNamespace(article=capture.capture_id, canonical=None, wall=None)

        def count(self, *_: object) -> int:
            return 1

        def kept(self, *_: object) -> float:
            return 1.0

        def links(self, *_: object) -> tuple[tuple[()], tuple[()]]:
            return (), ()

    dataset, raw = dataset_of(urls), Path("raw").resolve()
    return lambda: sum(one.check.outcome == "content" for one in collect(dataset, raw, Unread()) if one.check)


def whole(urls: Sequence[str], fine: Callable[[Collected], bool]) -> Run:
    """Ours, from the sources to their plans as the corridor goes; `fine` says how each has to come out."""
    from collect.gate import collect
    from flows.feeding import read_sources
    from flows.memory import Memory
    from flows.readings import Readings

    dataset, raw = dataset_of(urls), Path("raw").resolve()

    def run() -> int:
        collected = collect(dataset, raw, Readings(raw, Memory()))
        AT_THE_GATE.append(peak())
        plans = {one.source_id: one.plan for one in read_sources(raw, collected).announced}
        return sum(fine(one) and len(plans[one.source.id].tasks) == AREAS * TASKS for one in collected)

    return run


def new(one: Collected) -> bool:
    """Whether a source was seen for the first time."""
    return one.check is not None and one.check.outcome == "content"


def unchanged(one: Collected) -> bool:
    """Whether the server was asked, said that nothing has changed, and sent nothing."""
    return one.check is not None and (one.check.outcome, one.check.status, one.check.transferred) == (
        "unchanged",
        304,
        0,
    )


def dataset_of(urls: Sequence[str]) -> Dataset:
    """A dataset with a source for each address."""
    from collect.dataset import Dataset

    sources = [{"id": f"p-{number}", "url": url} for number, url in enumerate(urls)]
    return Dataset.model_validate(
        {"id": "lakes", "title": "Lakes", "licence": "CC0-1.0", "delay": 0, "sources": sources}
    )


def with_scrapy(urls: Sequence[str]) -> Run:
    """Scrapy, whose cache keeps the bodies and asks the server whether they have changed."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    came = Counter[int]()

    class Keeping(scrapy.Spider):
        name = "keeping"

        async def start(self) -> AsyncIterator[scrapy.Request]:
            for url in urls:
                yield scrapy.Request(url)

        def parse(self, response: scrapy.http.Response) -> None:
            came[response.status] += bool(response.body)

    settings = {
        "ROBOTSTXT_OBEY": True,
        "HTTPCACHE_ENABLED": True,
        "HTTPCACHE_DIR": str(Path("kept").resolve()),
        "HTTPCACHE_POLICY": "scrapy.extensions.httpcache.RFC2616Policy",
        "HTTPCACHE_STORAGE": "scrapy.extensions.httpcache.FilesystemCacheStorage",
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "DOWNLOAD_DELAY": 0,
        "LOG_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
    }
    process = CrawlerProcess(settings)
    process.crawl(Keeping)

    def run() -> int:
        process.start()
        return came[200]

    return run


def with_requests(urls: Sequence[str]) -> Run:
    """A plain loop that writes each body to a file."""
    import requests

    def kept(number: int, url: str) -> bool:
        return Path(f"{number}.html").write_bytes(requests.get(url, timeout=10).content) > 0

    return lambda: sum(kept(number, url) for number, url in enumerate(urls))


RUNS: dict[str, Callable[[Sequence[str]], Run]] = {
    "archive": archiving,
    "first": lambda urls: whole(urls, new),
    "again": lambda urls: whole(urls, unchanged),
    "scrapy": with_scrapy,
    "loop": with_requests,
}


@contextmanager
def serving(pages: int) -> Iterator[str]:
    """A server in a process of its own while the block runs; its address."""
    command = [sys.executable, __file__, "--pages", str(pages), "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip() if server.stdout else ''}"
        finally:
            server.communicate()  # its input ends, and it with that


async def serve(count: int) -> None:
    """Serve pages until the standard input ends; the port is printed."""
    pages, counts = [page(number) for number in range(count)], Counter[str]()
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Site(pages, counts), "127.0.0.1", 0) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


class Site(asyncio.Protocol):
    """A connection: requests in, answers out; counts the pages that it answered for and the bytes of their bodies."""

    # Told "no-cache", Scrapy would ask for the whole page again; told an age, it would not ask at all.
    STAMP = b'ETag: "p%s"\r\nLast-Modified: Tue, 02 Mar 2021 00:00:00 GMT\r\nCache-Control: max-age=0\r\n'
    HEAD = b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n%sContent-Length: %d\r\n\r\n"
    KNOWN = re.compile(rb'\r\n(?:if-none-match: "p(\d+)"|if-modified-since: tue, 02 mar 2021)', re.IGNORECASE)

    def __init__(self, pages: Sequence[bytes], counts: Counter[str]) -> None:
        self.pages, self.counts, self.heard = pages, counts, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where the answers go."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self.heard += data
        while b"\r\n\r\n" in self.heard:
            request, _, self.heard = self.heard.partition(b"\r\n\r\n")
            self.transport.write(self.answer(request.split(b" ", 2)[1], request))

    def answer(self, path: bytes, request: bytes) -> bytes:
        """The answer to a request."""
        if path.startswith(b"/p/"):
            return self.page(path[3:], self.KNOWN.search(request))
        if path != b"/stats":
            return self.HEAD % (b"404 Not Found", b"", 0)
        counted = json.dumps({"pages": self.counts["pages"], "bytes": self.counts["bytes"]}).encode()
        self.counts.clear()
        return self.HEAD % (b"200 OK", b"", len(counted)) + counted

    def page(self, number: bytes, known: re.Match[bytes] | None) -> bytes:
        """A page; or the word that nothing has changed, to one who knows it."""
        body = self.pages[int(number)]
        self.counts["pages"] += 1
        if known and known[1] in (number, None):
            return self.HEAD % (b"304 Not Modified", self.STAMP % number, len(body))
        self.counts["bytes"] += len(body)
        return self.HEAD % (b"200 OK", self.STAMP % number, len(body)) + body


VERBS = ("Build", "Renew", "Open", "Widen", "Extend", "Repair", "Establish")
THINGS = ("landings", "boat houses", "reed beds", "foot paths", "bridges", "wells", "schools", "markets", "towers")
LINK = '<li class="menu-item"><a href="/section/{0}">Section {0}</a></li>\n'


def page(number: int) -> bytes:
    """A page whose article announces tasks in areas, with menus around it that make it long."""
    lines = [f"<h1>Plan {number} for the lakes</h1>"]
    for task in range(AREAS * TASKS):
        area, thing = task // TASKS, THINGS[(task * 5 + number) % len(THINGS)]
        if task % TASKS == 0:
            lines.append(f"<h2>Area {area + 1}: Improving the {THINGS[area]} of shore {number}</h2>")
        lines.append(
            f"<p>{task + 1}. {VERBS[(task + number) % len(VERBS)]} {thing} {number + task}. They will be lit at night, "
            f"and open to all who cross the lake by boat. Lead agency: Shore Office {number % 97 + task}</p>"
        )
    article = "\n".join(lines)
    menu = "".join(LINK.format(key) for key in range(1000, 1000 + (PAGE_BYTES - len(article)) // (2 * len(LINK))))
    head = f"<html><head><title>Plan {number} for the lakes</title></head><body><nav><ul>{menu}</ul></nav>"
    return f"{head}<article>{article}</article><footer><ul>{menu}</ul></footer></body></html>".encode()


if __name__ == "__main__":
    main()
