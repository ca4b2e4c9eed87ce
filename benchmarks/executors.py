"""Reading captures in one process, and by two workers: processes of this machine, and a Dask cluster.

    python benchmarks/executors.py [--documents N] [--rounds N]

The pages are in an archive and have not been read yet. Each executor reads all of them into a reading cache of its own,
in a process of its own. The start of the workers is measured separately, since a cluster that already runs has none,
and in a long run it hardly counts. All caches must be equal at the end. For comparison, the best that the cores of the
machine can do is measured: independent processes, as many as there are workers, each with its share of the pages.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path[:] = [path for path in sys.path if Path(path) != HERE]  # a file here has a package's name

from benchmarks.rows import Fact, Row, report
from benchmarks.website import TASKS, make_page

DOCUMENTS, WORKERS = 2_000, 2
EXECUTORS = ("here", f"processes:{WORKERS}", f"dask:{WORKERS}")
# The share of the time of one process that two workers may take: 1.6 times as fast.
MOST = 1 / 1.6


def main() -> None:
    """Print the table. With a hidden option, read with one executor."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help=f"how many pages; default {DOCUMENTS}")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of measuring; default 1")
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        executor, folder = options.read
        print(json.dumps(read_pages(executor, Path(folder), range(options.first, options.documents))))
        return
    print(
        f"{options.documents:,} archived pages of 41 KB with {TASKS} tasks each, on {os.cpu_count()} cores", flush=True
    )
    seconds: dict[str, list[float]] = {place: [] for place in EXECUTORS}
    starts: dict[str, list[float]] = {place: [] for place in EXECUTORS}
    alone = []
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        archive_pages(folder / "raw", options.documents)
        for _ in range(options.rounds):
            results = {
                place: wait_for_reading(start_reading(place, folder, 0, options.documents)) for place in EXECUTORS
            }
            if len({digest for *_, digest in results.values()}) > 1:
                sys.exit(f"not all remember the same: {results}")
            for executor, (start, took, _) in results.items():
                starts[executor].append(start)
                seconds[executor].append(took)
            share = -(-options.documents // WORKERS)
            shares = [
                start_reading("here", folder, first, min(first + share, options.documents))
                for first in range(0, options.documents, share)
            ]
            alone.append(max(took for _, took, _ in map(wait_for_reading, shares)))
    here, best = median(seconds["here"]), median(alone)
    print(f"{WORKERS} processes apart: {best:.1f} s: {here / best:.2f} times as fast as one")
    for executor in EXECUTORS[1:]:
        took, start = median(seconds[executor]), median(starts[executor])
        whole = f"{here / (took + start):.2f} with the start of its workers ({start:.1f} s)"
        print(f"{executor}: {took:.1f} s, here {here:.1f} s: {here / took:.2f} times as fast, {whole}")
        report(Row(f"reading all, {executor}", "s", took, {"policytasks, here": here}, most=MOST))
        report(
            Row(f"reading all, {executor}, beside the best", "s", took, {f"{WORKERS} processes apart": best}, most=1.1)
        )
        report(Fact(f"{executor}, times as fast", {"policytasks": f"{here / took:.2f}; {whole}"}))
    report(Fact(f"{WORKERS} processes apart, times as fast", {"policytasks": f"{here / best:.2f}"}))


def archive_pages(raw: Path, documents: int) -> None:
    """Put the pages into an archive, as if they came from a server."""
    from collect.archive import Capture, store_captures

    for first in range(0, documents, 100):
        arrivals = []
        for number in range(first, min(first + 100, documents)):
            content = make_page(number)
            capture = Capture(
                capture_id=sha256(content).hexdigest(),
                source_id=f"p-{number}",
                url=f"https://plans.example/p/{number}",
                fetched_at=datetime(2021, 3, 4, tzinfo=UTC),
                method="http",
                media_type="text/html",
                byte_count=len(content),
                encoding="utf-8",
                status=200,
            )
            arrivals.append((capture, content))
        store_captures(raw, arrivals)


def start_reading(executor: str, folder: Path, first: int, end: int) -> subprocess.Popen[str]:
    """A process that reads the pages from one number to another with one executor."""
    command = [
        sys.executable,
        __file__,
        "--first",
        str(first),
        "--documents",
        str(end),
        "--read",
        executor,
        str(folder),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


def wait_for_reading(process: subprocess.Popen[str]) -> tuple[float, float, str]:
    """The seconds that starting the workers and reading took, and a hash of the cache."""
    output, _ = process.communicate()
    if process.returncode:
        sys.exit(f"reading ended with {process.returncode}")
    started, took, digest = json.loads(output)
    return started, took, digest


def read_pages(executor_name: str, folder: Path, numbers: range) -> tuple[float, float, str]:
    """Read the captures of some pages with one executor."""
    from collect.archive import read_captures
    from config.models import Source
    from pipeline.read.cache import TABLES, ReadingCache
    from pipeline.read.dask_cluster import open_dask_cluster
    from pipeline.read.executors import parse_executor
    from pipeline.read.reader import CaptureReader

    sources = [Source(id=f"p-{number}", url=f"https://plans.example/p/{number}") for number in numbers]
    wanted = [(source, read_captures(folder / "raw", source.id)[0]) for source in sources]
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept) / "readings.sqlite"
        before = time.perf_counter()
        with parse_executor(executor_name, open_dask_cluster) as executor:
            if executor_name != EXECUTORS[0]:
                list(executor.run_batches(len, [([],)]))  # starts the workers
            started = time.perf_counter()
            readings = CaptureReader(folder / "raw", ReadingCache(path), executor)
            readings.read_ahead((source, capture, None) for source, capture in wanted)
            tasks = sum(readings.count(source, capture) for source, capture in wanted)
            took = time.perf_counter() - started
        if (tasks, readings.plans_read) != (len(numbers) * TASKS, len(numbers)):
            sys.exit(f"{executor_name}: found {tasks} tasks in {readings.plans_read} readings of {len(numbers)} pages")
        connection = sqlite3.connect(path)
        rows = [connection.execute(f"select * from {name} order by key").fetchall() for name in TABLES]  # noqa: S608
        return started - before, took, hashlib.sha256(repr(rows).encode()).hexdigest()


if __name__ == "__main__":
    main()
