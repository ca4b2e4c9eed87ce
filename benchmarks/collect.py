"""How fast sources are asked and archived: beside Scrapy with its cache and a plain loop, on the same pages in one run.

    python benchmarks/collect.py [--pages N]

A server on loopback answers with pages of about 40 KB as fast as it can; there is no pause between requests. Each run
is a process of its own: its seconds do not include imports, its peak is the most memory that it held. All store what
they fetch in a temporary folder. policytasks syncs each page and its record to the disk; the others leave that to the
system.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path[:] = [path for path in sys.path if Path(path) != Path(__file__).parent]  # a file here has a package's name

from benchmarks.rows import Row as Measured
from benchmarks.rows import report
from benchmarks.website import TASKS, make_page, send_command, serve_in_process

# What a run needs is imported only in its own process: otherwise the memory of all imports would count for each run.
if TYPE_CHECKING:
    from config.models import Dataset
    from pipeline.sources import CollectedSource

PAGES = 2_000
HEADER = ("", "seconds", "pages/s", "peak MB", "bytes sent", "x Scrapy")

Run = Callable[[], int]


class Row(NamedTuple):
    """A run of the table: its name, what runs, in which folder, and on which share of the pages."""

    what: str
    run: str
    folder: str
    share: int = 1


ARCHIVE = Row("policytasks, fetching and archiving", "archive", "archive")
FIRST = Row("policytasks, first run with extraction", "first", "whole")
AGAIN = Row("policytasks, unchanged second run", "again", "whole")
PEER = Row("Scrapy with its cache, first run", "scrapy", "scrapy")
LOOP = Row("requests in a loop, first run", "loop", "loop")
FEWER = Row("policytasks, first run of a quarter of the pages", "first", "fewer", 4)
ROWS = (
    *(ARCHIVE, FIRST, AGAIN, PEER),
    Row("Scrapy with its cache, second run", "scrapy", "scrapy"),
    LOOP,
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
        """Pages per second."""
        return self.pages / self.seconds


def main() -> None:
    """Print the table and the targets; with a hidden option, do one run of the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=PAGES, help=f"how many pages are asked for; default {PAGES}")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        name, site = options.run
        print(json.dumps(measure(RUNS[name]([f"{site}/p/{number}" for number in range(options.pages)]))))
    else:
        compare(options.pages)


def compare(pages: int) -> None:
    """Do all runs, one after the other, and print their results."""
    with tempfile.TemporaryDirectory() as folder, serve_in_process(pages) as site:
        results = {row: run_in_process(row, pages // row.share, site, Path(folder)) for row in ROWS}
    print(f"{pages:,} pages of {len(make_page(0)) / 1000:.0f} KB, one host on loopback, no delay")
    print("{:50}{:>9}{:>9}{:>9}{:>13}{:>10}".format(*HEADER))
    for row, result in results.items():
        speed, versus = result.speed, result.speed / results[PEER].speed
        print(f"{row.what:50}{result.seconds:9.2f}{speed:9.0f}{result.peak / 1e6:9.0f}{result.sent:13,}{versus:10.2f}")
    print()
    archive, first, again, peer, loop, fewer = (results[row] for row in (ARCHIVE, FIRST, AGAIN, PEER, LOOP, FEWER))
    kept, unchanged, grown = archive.speed / peer.speed, again.speed / first.speed, first.peak / fewer.peak
    print(f"fetching and archiving, against Scrapy keeping the same bodies: {kept:.1f} (bar 2: {judge(kept >= 2)})")
    print(
        f"unchanged second run, against the first with extraction: {unchanged:.1f} (bar 10: {judge(unchanged >= 10)}), "
        f"page bodies transferred: {again.sent}"
    )
    print(
        f"peak memory of asking, archiving, reading and judging {pages:,} pages against {fewer.pages:,}: {grown:.2f} "
        f"(bar 1.10: {judge(grown <= 1.1)}); with every plan read as for a release: {first.end / fewer.end:.2f}"
    )
    report(
        Measured("fetching and archiving", "s", archive.seconds, {"Scrapy": peer.seconds, "a loop": loop.seconds}),
        Measured("unchanged second run", "s", again.seconds, {"our first run": first.seconds}, most=0.1),
        Measured("memory", "MB", first.peak / 1e6, {"ours for a quarter of the pages": fewer.peak / 1e6}, most=1.1),
    )


def judge(reached: bool) -> str:  # noqa: FBT001 (it is what this is about)
    """Whether a target is reached, in words."""
    return "reached" if reached else "not reached"


def run_in_process(row: Row, pages: int, site: str, home: Path) -> Result:
    """Do one run in a process of its own. Ends the program if it did not store every page."""
    folder = home / row.folder
    folder.mkdir(exist_ok=True)
    command = [sys.executable, __file__, "--pages", str(pages), "--run", row.run, site]
    environment = os.environ | {"POLICYTASKS_CACHE": str(folder / "cache")}
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603
    served = send_command(site, "stats")
    figures = json.loads(done.stdout) if done.returncode == 0 else {"pages": 0}
    if {figures["pages"], served["pages"]} != {pages}:
        sys.exit(f"{row.what}: of {pages} pages {figures['pages']} came; the server says: {served}")
    return Result(**figures, sent=served["bytes"])


# The memory of a run after every page was fetched, archived, read and checked, and before plans are collected.
PEAK_BEFORE_READING: list[int] = []


def measure(run: Run) -> dict[str, float]:
    """Number of pages that a run stored, its seconds, and its greatest memory: before drafting, and at its end."""
    begun = time.perf_counter()
    pages = run()
    seconds, end = time.perf_counter() - begun, measure_peak()
    return {"pages": pages, "seconds": seconds, "peak": (PEAK_BEFORE_READING or [end])[0], "end": end}


def measure_peak() -> int:
    """The most memory that this process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# The runs, by name. Each takes the addresses, prepares, and returns the function to measure, which works in the current
# folder and returns the number of pages with the right result.


def prepare_archiving(urls: Sequence[str]) -> Run:
    """Ours without reading: fetching and archiving alone."""
    from collect.jobs import FetchJob, run_jobs
    from pipeline.collecting import make_fetcher

    dataset, raw = make_dataset(urls), Path("raw").resolve()
    jobs = [FetchJob(source, source.address) for source in dataset.sources]

    def run() -> int:
        with make_fetcher(dataset) as fetcher:
            return sum(result.capture is not None for results in run_jobs(jobs, raw, fetcher) for result in results)

    return run


def prepare_run(urls: Sequence[str], fine: Callable[[CollectedSource], bool]) -> Run:
    """Ours, from sources to plans as in a run; `fine` says whether the result of a source is right."""
    from pipeline.collecting import collect_all
    from pipeline.read.cache import ReadingCache
    from pipeline.read.reader import CaptureReader
    from pipeline.select import read_sources

    dataset, raw = make_dataset(urls), Path("raw").resolve()

    def run() -> int:
        collected = collect_all(dataset, raw, CaptureReader(raw, ReadingCache()))
        PEAK_BEFORE_READING.append(measure_peak())
        tasks = {document.source_id: len(document.read().tasks) for document in read_sources(raw, collected).announced}
        return sum(fine(source) and tasks[source.source.id] == TASKS for source in collected)

    return run


def is_new(source: CollectedSource) -> bool:
    """Whether this is the first check of a source."""
    return source.check is not None and source.check.outcome == "content"


def is_unchanged(source: CollectedSource) -> bool:
    """Whether the server said that nothing has changed, and sent nothing."""
    return source.check is not None and (source.check.outcome, source.check.status, source.check.transferred) == (
        "unchanged",
        304,
        0,
    )


def make_dataset(urls: Sequence[str]) -> Dataset:
    """A dataset with a source for each address."""
    from config.models import Dataset

    sources = [{"id": f"p-{number}", "url": url} for number, url in enumerate(urls)]
    return Dataset.model_validate(
        {"id": "lakes", "title": "Lakes", "licence": "CC0-1.0", "delay": 0, "sources": sources}
    )


def prepare_scrapy(urls: Sequence[str]) -> Run:
    """Scrapy, whose cache keeps the bodies and asks the server whether they have changed."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    counts = Counter[int]()

    class Keeping(scrapy.Spider):
        name = "keeping"

        async def start(self) -> AsyncIterator[scrapy.Request]:
            for url in urls:
                yield scrapy.Request(url)

        def parse(self, response: scrapy.http.Response) -> None:
            counts[response.status] += bool(response.body)

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
        return counts[200]

    return run


def prepare_requests(urls: Sequence[str]) -> Run:
    """A plain loop that writes each body to a file."""
    import requests

    def keep_page(number: int, url: str) -> bool:
        return Path(f"{number}.html").write_bytes(requests.get(url, timeout=10).content) > 0

    return lambda: sum(keep_page(number, url) for number, url in enumerate(urls))


RUNS: dict[str, Callable[[Sequence[str]], Run]] = {
    "archive": prepare_archiving,
    "first": lambda urls: prepare_run(urls, is_new),
    "again": lambda urls: prepare_run(urls, is_unchanged),
    "scrapy": prepare_scrapy,
    "loop": prepare_requests,
}


if __name__ == "__main__":
    main()
