"""What a whole run costs: policytasks beside a script, Scrapy and dlt, on the same pages of the same server in one run.

    python benchmarks/side_by_side.py [--pages N] [--rounds N]

Plans in English are served on loopback with their validators. Each contender is a program of its own
(benchmarks/peers). It is started again for every step, as a person would start it, and its imports count. The steps:
read all pages; fetch again when nothing has changed; run without fetching; fetch when one page has changed. Each
program has one request at a time and no pause between requests. Peers run in `.venv-bench`, or in this environment if
that does not exist. At the end all must have found the same tasks, otherwise no table is printed. Memory is the most
that all processes of a contender held together; seconds are medians of the rounds.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:] = [path for path in sys.path if Path(path) != HERE]  # a file here has a package's name

from benchmarks.rows import Fact, Row, say
from benchmarks.website import PAGES, TASKS, serving, told

ROUNDS = 1
OURS = "policytasks"
OF_PEERS = HERE.parent / ".venv-bench" / "bin" / "python"
PEERS_PYTHON = str(OF_PEERS) if OF_PEERS.exists() else sys.executable
SAMPLED_EVERY = 0.1

# A row of a table of tasks, as its columns name it.
Cells = Mapping[str, Any]


class Contender(NamedTuple):
    """A program that finds the tasks.

    `program` is what runs, `unasked` what is added so that it asks nobody, None where it cannot; `libraries` have to be
    there. `leaves` reads its tasks, of all versions that it keeps, the newest last; `left` is what else there is.
    """

    name: str
    program: Sequence[str]
    unasked: str | None
    libraries: tuple[str, ...]
    leaves: Callable[[Path], Iterator[Sequence[Cells]]]
    left: str


class Step(NamedTuple):
    """One run: its name in the table, whether it fetches, whether a page changes before it."""

    name: str
    asked: bool = True
    changed: bool = False


FIRST, LAST = Step("first run"), Step("one page changed", changed=True)
STEPS = (FIRST, Step("unchanged second run"), Step("unchanged, nobody asked", asked=False), LAST)


class Cost(NamedTuple):
    """The cost of one run: seconds, seconds of processor, the most bytes of memory; and the requests to the server."""

    seconds: float
    processor: float
    peak: float
    served: Mapping[str, int]


class Result(NamedTuple):
    """The results of a contender: the cost of each step that it can do, its bytes on disk, what it found."""

    costs: Mapping[Step, Cost]
    disk: int
    found: Mapping[str, Any]


def main() -> None:
    """Print the table; with a hidden option, examine what a contender left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=PAGES, help=f"how many pages there are; {PAGES} if not said")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is measured; {ROUNDS} if not said")
    parser.add_argument("--found", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.found:
        name, folder = options.found
        print(json.dumps(found_in(next(one for one in CONTENDERS if one.name == name), Path(folder), options.pages)))
        return
    present = [one for one in CONTENDERS if made_with(one)]
    print(f"{options.pages:,} pages of 41 KB with {TASKS} tasks each, one host on loopback, no delay", flush=True)
    for one in CONTENDERS:
        if one not in present:
            print(f"{one.name}: not measured, needs {' and '.join(one.libraries)}; `make bench` installs them")
    with tempfile.TemporaryDirectory() as home:
        for one in present:
            steps_of(one, 3, Path(home) / "warm")  # compiles modules, and loads the files of libraries into memory
        rounds = [
            {one.name: steps_of(one, options.pages, Path(home) / str(number)) for one in present}
            for number in range(options.rounds)
        ]
    for results in rounds:
        refuse_differences(results)
    told_rows = list(rows_of(rounds))
    for row in told_rows:
        cells = "".join(f"{name:>12} {cost:8.1f}" for name, cost in row.peers.items() if cost is not None)
        print(f"{row.what:42}{row.ours:8.1f} {row.unit:3}{cells}")
    say(*told_rows, *facts_of(rounds[-1]))


@cache
def made_with(one: Contender) -> str:
    """A contender's libraries with their versions; empty if one of them is not installed."""
    program = "import sys, importlib.metadata as m; print(', '.join(f'{one} {m.version(one)}' for one in sys.argv[1:]))"
    python = sys.executable if one.name == OURS else PEERS_PYTHON
    command = [python, "-c", program, *one.libraries]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


def steps_of(one: Contender, pages: int, home: Path) -> Result:
    """Take a contender through all steps, in a folder of its own. Ends the program if one fails."""
    folder = home / re.sub(r"\W+", "-", one.name)
    (folder / "datasets").mkdir(parents=True)
    costs = {}
    with serving(pages) as site:
        urls = [f"{site}/p/{number}" for number in range(pages)]
        (folder / "addresses.txt").write_text("\n".join(urls), encoding="utf-8")
        (folder / "datasets" / "lakes.yaml").write_text(order_of(urls), encoding="utf-8")
        for step in STEPS:
            if not step.asked and one.unasked is None:
                continue
            if step.changed:
                told(site, f"change/{pages // 2}")
            told(site, "stats")
            extra = [] if step.asked else [one.unasked or ""]
            measure = cost_of([*one.program, *extra], folder)
            costs[step] = Cost(*measure, told(site, "stats"))
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    looking = [sys.executable, __file__, "--pages", str(pages), "--found", one.name, str(folder)]
    found = json.loads(subprocess.run(looking, stdout=subprocess.PIPE, check=True).stdout)  # noqa: S603
    return Result(costs, disk, found)


def order_of(urls: Sequence[str]) -> str:
    """The file of a dataset with a source for each address."""
    sources = "".join(f"  - {{id: p-{number}, url: '{url}'}}\n" for number, url in enumerate(urls))
    return f"id: lakes\ntitle: Plans of the lakes\nlicence: CC0-1.0\ndelay: 0\nsources:\n{sources}"


def cost_of(command: Sequence[str], folder: Path) -> tuple[float, float, float]:
    """Run a program in a folder: its seconds, its seconds of processor, and the most memory that it held.

    Ends this program where that one fails.
    """
    environment = os.environ | {"HOME": str(folder), "POLICYTASKS_CACHE": str(folder / "cache")}
    environment.pop("POLICYTASKS_SHELF", None)
    sampled, ticks, peaks, over = [0], dict[int, int](), [0], threading.Event()
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )

        def watch() -> None:
            while not over.wait(SAMPLED_EVERY):
                sampled.append(held(process.pid, ticks, peaks))

        watching = threading.Thread(target=watch)
        watching.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        over.set()
        watching.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            sys.exit(f"{' '.join(command)}: ended with {process.returncode}\n{log.read()[-2000:].decode()}")
    # The first number of each is of one process and those that it waited for; the second of all that run together.
    worked = sum(ticks.values()) / os.sysconf("SC_CLK_TCK")
    return seconds, max(used.ru_utime + used.ru_stime, worked), max(*peaks, *sampled)


def held(session: int, ticks: dict[int, int], peaks: list[int]) -> int:
    """The memory that all processes of a session hold together, in bytes; 0 where the system does not say.

    `ticks` is brought up to the time of processor that each of them has had; `peaks` takes the most that each has held.
    """
    shares = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):  # a process may end meanwhile
            stat = (folder / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
            if int(stat[3]) == session:
                ticks[int(folder.name)] = int(stat[11]) + int(stat[12])
                most = re.search(r"^VmHWM:\s+(\d+) kB", (folder / "status").read_text(encoding="utf-8"), re.MULTILINE)
                peaks.append(int(most[1]) * 1024 if most else 0)
                rollup = (folder / "smaps_rollup").read_text(encoding="ascii")
                shares += sum(map(int, re.findall(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)))
    return shares * 1024


def refuse_differences(results: Mapping[str, Result]) -> None:
    """End the program unless all have found the same tasks."""
    for what in ("tasks", "areas", "digest"):
        said = {name: one.found[what] for name, one in results.items()}
        if len(set(said.values())) > 1:
            sys.exit(f"not all have found the same {what}: {said}")


MEASURES: tuple[tuple[str, str, Callable[[Cost], float]], ...] = (
    ("", "s", lambda one: one.seconds),
    (", processor", "s", lambda one: one.processor),
    (", memory", "MB", lambda one: one.peak / 1e6),
)


def rows_of(rounds: Sequence[Mapping[str, Result]]) -> Iterator[Row]:
    """The rows of the table: each measure of each step, and the disk."""
    peers = [name for name in (one.name for one in CONTENDERS) if name != OURS]
    for said, unit, measure in MEASURES:
        for step in STEPS:
            costs = {
                name: median(measure(results[name].costs[step]) for results in rounds)
                for name in rounds[0]
                if step in rounds[0][name].costs
            }
            yield Row(f"{step.name}{said}", unit, costs[OURS], {name: costs.get(name) for name in peers})
    disk = {name: one.disk / 1e6 for name, one in rounds[-1].items()}
    yield Row("all that lies on the disk after that", "MB", disk[OURS], {name: disk.get(name) for name in peers})


def facts_of(results: Mapping[str, Result]) -> Iterator[Fact]:
    """What each leaves to its user, and what it requested from the server."""
    by_name = {one.name: one for one in CONTENDERS}
    yield Fact("made with", {name: made_with(by_name[name]) for name in results})
    yield Fact("what is left", {name: by_name[name].left for name in results})
    for what, key in (
        ("tasks found", "tasks"),
        ("areas found", "areas"),
        ("wordings kept of the task that changed", "editions"),
    ):
        yield Fact(what, {name: f"{one.found[key]:,}" for name, one in results.items()})
    for step in STEPS:
        costs = {name: one.costs[step].served for name, one in results.items() if step in one.costs}
        yield Fact(
            f"{step.name}: requests, answers of 304, MB of bodies",
            {
                name: f"{one['requests']:,}, {one['unchanged']:,}, {one['bytes'] / 1e6:.2f}"
                for name, one in costs.items()
            },
        )


def found_in(one: Contender, folder: Path, pages: int) -> dict[str, Any]:
    """How many tasks and areas a contender found, a hash over them, and how many wordings of the changed task."""
    versions = list(one.leaves(folder))
    newest = {(path_of(cells["url"]), number_of(cells["label"]), cells["title"]) for cells in versions[-1]}
    changed = {
        cells["text"]
        for cells in (cells for version in versions for cells in version)
        if (path_of(cells["url"]), number_of(cells["label"])) == (f"p/{pages // 2}", 1)
    }
    return {
        "tasks": len(versions[-1]),
        "areas": len({(path_of(cells["url"]), cells["area"]) for cells in versions[-1]}),
        "digest": hashlib.sha256(json.dumps(sorted(newest)).encode()).hexdigest(),
        "editions": len(changed),
    }


def path_of(url: str) -> str:
    """An address without its server."""
    return url.split("/", 3)[3]


def number_of(label: str) -> int:
    """The number of a label."""
    return int(str(label).rstrip("."))


def our_tasks(folder: Path) -> Iterator[Sequence[Cells]]:
    """Every version that was published."""
    for version in sorted((folder / "data" / "published" / "lakes").glob("[0-9]*")):
        rows = read_csv(version / "tasks.csv")
        yield [row | {"url": row["deep_link"].partition("#")[0], "area": row["area_id"]} for row in rows]


def csv_tasks(folder: Path) -> Iterator[Sequence[Cells]]:
    """The only file of a folder."""
    yield read_csv(folder / "tasks.csv")


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def dlt_tasks(folder: Path) -> Iterator[Sequence[Cells]]:
    """After each load, of each page the rows that were loaded last."""
    import pyarrow.parquet as pq

    pages: dict[str, list[Cells]] = {}
    for path in sorted((folder / "data" / "plans" / "tasks").glob("*.parquet")):
        loaded: dict[str, list[Cells]] = {}
        for row in pq.read_table(path).to_pylist():
            loaded.setdefault(row["url"], []).append(row)
        pages |= loaded
        yield [row for rows in pages.values() for row in rows]


def peer(file: str) -> Sequence[str]:
    """How a program of benchmarks/peers is run."""
    return PEERS_PYTHON, str(HERE / "peers" / file), "addresses.txt"


CONTENDERS = (
    Contender(
        OURS,
        (str(Path(sys.executable).parent / "policytasks"), "publish", "--direct", "--home", "."),
        "--offline",
        ("policytasks", "lxml", "requests", "pyarrow"),
        our_tasks,
        "12 tables as CSV and Parquet in immutable versions with checksums and their differences; every page as it "
        "was; a record of each look; searchable pages in two languages, feeds",
    ),
    Contender(
        *("script", peer("script.py"), None, ("requests", "beautifulsoup4", "lxml", "pandas", "pyarrow"), csv_tasks),
        "one CSV, one Parquet",
    ),
    Contender(
        *("Scrapy", peer("scrapy_spider.py"), "--unasked", ("scrapy",), csv_tasks),
        "one CSV; the newest answer of each page",
    ),
    Contender(
        *("dlt", peer("dlt_source.py"), None, ("dlt", "beautifulsoup4", "lxml", "pyarrow"), dlt_tasks),
        "a Parquet file a load, in which a changed page has its rows once more; a record of loads",
    ),
)


if __name__ == "__main__":
    main()
