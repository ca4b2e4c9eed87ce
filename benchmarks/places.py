"""Reading captures in one process, and by two workers: processes of this machine, and a Dask cluster.

    python benchmarks/places.py [--documents N] [--rounds N]

The pages lie in an archive, and nobody has read them yet. Each place reads all of them into a memory of its own, in a
process of its own. The start of its workers is told apart, since a cluster that is there already has none, and a long
run hardly any. All must remember the same.
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
sys.path[:] = [path for path in sys.path if Path(path) != HERE]  # this file is called as a room is

from benchmarks.rows import Fact, Row, say
from benchmarks.website import TASKS, page

DOCUMENTS, WORKERS = 2_000, 2
PLACES = ("here", f"processes:{WORKERS}", f"dask:{WORKERS}")
# The share of the time of one process that two workers may take: 1.6 times as fast.
MOST = 1 / 1.6


def main() -> None:
    """Print the table; with a hidden option, read in one place."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help=f"how many pages; {DOCUMENTS} if not said")
    parser.add_argument("--rounds", type=int, default=1, help="how often each is measured; 1 if not said")
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        place, folder = options.read
        print(json.dumps(reading(place, Path(folder), options.documents)))
        return
    print(
        f"{options.documents:,} archived pages of 41 KB with {TASKS} tasks each, on {os.cpu_count()} cores", flush=True
    )
    seconds: dict[str, list[float]] = {place: [] for place in PLACES}
    starts: dict[str, list[float]] = {place: [] for place in PLACES}
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        archive(folder / "raw", options.documents)
        for _ in range(options.rounds):
            told = {place: in_a_process(place, folder, options.documents) for place in PLACES}
            if len({digest for *_, digest in told.values()}) > 1:
                sys.exit(f"not all remember the same: {told}")
            for place, (started, took, _) in told.items():
                starts[place].append(started)
                seconds[place].append(took)
    here = median(seconds["here"])
    for place in PLACES[1:]:
        took, start = median(seconds[place]), median(starts[place])
        whole = f"{here / (took + start):.2f} with the start of its workers ({start:.1f} s)"
        print(f"{place}: {took:.1f} s, here {here:.1f} s: {here / took:.2f} times as fast, {whole}")
        say(Row(f"reading all, {place}", "s", took, {"policytasks, here": here}, most=MOST))
        say(Fact(f"{place}, times as fast", {"policytasks": f"{here / took:.2f}; {whole}"}))


def archive(raw: Path, documents: int) -> None:
    """Put the pages into an archive, as they would come from a server."""
    from collect.archive import Capture, keep_all

    for first in range(0, documents, 100):
        arrivals = []
        for number in range(first, min(first + 100, documents)):
            content = page(number)
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
        keep_all(raw, arrivals)


def in_a_process(place: str, folder: Path, documents: int) -> tuple[float, float, str]:
    """The seconds that the start of workers took, and reading; and a hash over what is remembered."""
    command = [sys.executable, __file__, "--documents", str(documents), "--read", place, str(folder)]
    started, took, digest = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)  # noqa: S603
    return started, took, digest


def reading(place: str, folder: Path, documents: int) -> tuple[float, float, str]:
    """Read all captures in one place."""
    from collect.archive import captures_of
    from collect.dataset import Source
    from flows.memory import Memory
    from flows.places import dask_cluster, workers
    from flows.readings import Readings

    sources = [Source(id=f"p-{number}", url=f"https://plans.example/p/{number}") for number in range(documents)]
    wanted = [(source, captures_of(folder / "raw", source.id)[0]) for source in sources]
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept) / "readings.sqlite"
        begun = time.perf_counter()
        with workers(place, dask_cluster) as hands:
            hands.start()
            started = time.perf_counter()
            readings = Readings(folder / "raw", Memory(path), hands)
            readings.foresee((source, capture, None) for source, capture in wanted)
            found = sum(readings.count(source, capture) for source, capture in wanted)
            took = time.perf_counter() - started
        if (found, readings.read) != (documents * TASKS, documents):
            sys.exit(f"{place}: found {found} tasks in {readings.read} readings of {documents} pages")
        rows = sqlite3.connect(path).execute("select * from captures_read order by key")
        return started - begun, took, hashlib.sha256(repr(rows.fetchall()).encode()).hexdigest()


if __name__ == "__main__":
    main()
