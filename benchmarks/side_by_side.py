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

from benchmarks.rows import Fact, Row, report
from benchmarks.website import PAGES, TASKS, send_command, serve_in_process

ROUNDS = 1
OURS = "policytasks"
PEERS_VENV = HERE.parent / ".venv-bench" / "bin" / "python"
PEERS_PYTHON = str(PEERS_VENV) if PEERS_VENV.exists() else sys.executable
SAMPLED_EVERY = 0.1

# A row of a table of tasks, as its columns name it.
Cells = Mapping[str, Any]


class Contender(NamedTuple):
    """A program that finds the tasks.

    `program` is what runs, `unasked` what is added so that it asks nobody, None if it cannot; `libraries` have to be
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
    tasks: Mapping[str, Any]


def main() -> None:
    """Print the table. With a hidden option, examine what a contender left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=PAGES, help=f"how many pages there are; default {PAGES}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of measuring; default {ROUNDS}")
    parser.add_argument("--inspect", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inspect:
        name, folder = options.inspect
        contender = next(contender for contender in CONTENDERS if contender.name == name)
        print(json.dumps(inspect_result(contender, Path(folder), options.pages)))
        return
    present = [contender for contender in CONTENDERS if list_libraries(contender)]
    print(f"{options.pages:,} pages of 41 KB with {TASKS} tasks each, one host on loopback, no delay", flush=True)
    for contender in CONTENDERS:
        if contender not in present:
            print(
                f"{contender.name}: not measured, needs {' and '.join(contender.libraries)}; `make bench` installs them"
            )
    with tempfile.TemporaryDirectory() as home:
        for contender in present:
            run_steps(contender, 3, Path(home) / "warm")  # compiles modules, loads libraries
        rounds = [
            {contender.name: run_steps(contender, options.pages, Path(home) / str(number)) for contender in present}
            for number in range(options.rounds)
        ]
    for results in rounds:
        refuse_differences(results)
    rows = list(make_rows(rounds))
    for row in rows:
        cells = "".join(f"{name:>12} {cost:8.1f}" for name, cost in row.peers.items() if cost is not None)
        print(f"{row.what:42}{row.ours:8.1f} {row.unit:3}{cells}")
    report(*rows, *make_facts(rounds[-1]))


@cache
def list_libraries(contender: Contender) -> str:
    """A contender's libraries with their versions; empty if one of them is not installed."""
    program = "import sys, importlib.metadata as m; print(', '.join(f'{one} {m.version(one)}' for one in sys.argv[1:]))"
    python = sys.executable if contender.name == OURS else PEERS_PYTHON
    command = [python, "-c", program, *contender.libraries]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


def run_steps(contender: Contender, pages: int, home: Path) -> Result:
    """Take a contender through all steps, in a folder of its own. Ends the program if one fails."""
    folder = home / re.sub(r"\W+", "-", contender.name)
    (folder / "datasets").mkdir(parents=True)
    costs = {}
    with serve_in_process(pages) as site:
        urls = [f"{site}/p/{number}" for number in range(pages)]
        (folder / "addresses.txt").write_text("\n".join(urls), encoding="utf-8")
        (folder / "datasets" / "lakes.yaml").write_text(format_dataset(urls), encoding="utf-8")
        for step in STEPS:
            if not step.asked and contender.unasked is None:
                continue
            if step.changed:
                send_command(site, f"change/{pages // 2}")
            send_command(site, "stats")
            extra = [] if step.asked else [contender.unasked or ""]
            measure = measure_command([*contender.program, *extra], folder)
            costs[step] = Cost(*measure, send_command(site, "stats"))
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    looking = [sys.executable, __file__, "--pages", str(pages), "--inspect", contender.name, str(folder)]
    tasks = json.loads(subprocess.run(looking, stdout=subprocess.PIPE, check=True).stdout)  # noqa: S603
    return Result(costs, disk, tasks)


def format_dataset(urls: Sequence[str]) -> str:
    """The file of a dataset with a source for each address."""
    sources = "".join(f"  - {{id: p-{number}, url: '{url}'}}\n" for number, url in enumerate(urls))
    return f"id: lakes\ntitle: Plans of the lakes\nlicence: CC0-1.0\ndelay: 0\nsources:\n{sources}"


def measure_command(command: Sequence[str], folder: Path) -> tuple[float, float, float]:
    """Run a program in a folder: its seconds, its seconds of processor, and the most memory that it held.

    Ends this program if that one fails.
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
                sampled.append(measure_memory(process.pid, ticks, peaks))

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


def measure_memory(session: int, ticks: dict[int, int], peaks: list[int]) -> int:
    """The memory that all processes of a session hold together, in bytes; 0 if the system does not say.

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
        values = {name: result.tasks[what] for name, result in results.items()}
        if len(set(values.values())) > 1:
            sys.exit(f"not all have found the same {what}: {values}")


MEASURES: tuple[tuple[str, str, Callable[[Cost], float]], ...] = (
    ("", "s", lambda cost: cost.seconds),
    (", processor", "s", lambda cost: cost.processor),
    (", memory", "MB", lambda cost: cost.peak / 1e6),
)


def make_rows(rounds: Sequence[Mapping[str, Result]]) -> Iterator[Row]:
    """The rows of the table: each measure of each step, and the disk."""
    peers = [name for name in (contender.name for contender in CONTENDERS) if name != OURS]
    for suffix, unit, measure in MEASURES:
        for step in STEPS:
            costs = {
                name: median(measure(results[name].costs[step]) for results in rounds)
                for name in rounds[0]
                if step in rounds[0][name].costs
            }
            yield Row(f"{step.name}{suffix}", unit, costs[OURS], {name: costs.get(name) for name in peers})
    disk = {name: result.disk / 1e6 for name, result in rounds[-1].items()}
    yield Row("all that lies on the disk after that", "MB", disk[OURS], {name: disk.get(name) for name in peers})


def make_facts(results: Mapping[str, Result]) -> Iterator[Fact]:
    """What each leaves to its user, and what it requested from the server."""
    by_name = {contender.name: contender for contender in CONTENDERS}
    yield Fact("made with", {name: list_libraries(by_name[name]) for name in results})
    yield Fact("what is left", {name: by_name[name].left for name in results})
    for what, key in (
        ("tasks found", "tasks"),
        ("areas found", "areas"),
        ("wordings kept of the task that changed", "editions"),
    ):
        yield Fact(what, {name: f"{result.tasks[key]:,}" for name, result in results.items()})
    for step in STEPS:
        costs = {name: result.costs[step].served for name, result in results.items() if step in result.costs}
        yield Fact(
            f"{step.name}: requests, answers of 304, MB of bodies",
            {
                name: f"{served['requests']:,}, {served['unchanged']:,}, {served['bytes'] / 1e6:.2f}"
                for name, served in costs.items()
            },
        )


def inspect_result(contender: Contender, folder: Path, pages: int) -> dict[str, Any]:
    """How many tasks and areas a contender found, a hash over them, and how many wordings of the changed task."""
    versions = list(contender.leaves(folder))
    newest = {(strip_server(cells["url"]), parse_number(cells["label"]), cells["title"]) for cells in versions[-1]}
    changed = {
        cells["text"]
        for cells in (cells for version in versions for cells in version)
        if (strip_server(cells["url"]), parse_number(cells["label"])) == (f"p/{pages // 2}", 1)
    }
    return {
        "tasks": len(versions[-1]),
        "areas": len({(strip_server(cells["url"]), cells["area"]) for cells in versions[-1]}),
        "digest": hashlib.sha256(json.dumps(sorted(newest)).encode()).hexdigest(),
        "editions": len(changed),
    }


def strip_server(url: str) -> str:
    """An address without its server."""
    return url.split("/", 3)[3]


def parse_number(label: str) -> int:
    """The number of a label."""
    return int(str(label).rstrip("."))


def read_our_tasks(folder: Path) -> Iterator[Sequence[Cells]]:
    """Every version that was published."""
    for version in sorted((folder / "data" / "published" / "lakes").glob("[0-9]*")):
        rows = read_csv(version / "tasks.csv")
        yield [row | {"url": row["deep_link"].partition("#")[0], "area": row["area_id"]} for row in rows]


def read_csv_tasks(folder: Path) -> Iterator[Sequence[Cells]]:
    """The only file of a folder."""
    yield read_csv(folder / "tasks.csv")


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_dlt_tasks(folder: Path) -> Iterator[Sequence[Cells]]:
    """After each load, of each page the rows that were loaded last."""
    import pyarrow.parquet as pq

    pages: dict[str, list[Cells]] = {}
    for path in sorted((folder / "data" / "plans" / "tasks").glob("*.parquet")):
        loaded: dict[str, list[Cells]] = {}
        for row in pq.read_table(path).to_pylist():
            loaded.setdefault(row["url"], []).append(row)
        pages |= loaded
        yield [row for rows in pages.values() for row in rows]


def prepare_peer(file: str) -> Sequence[str]:
    """How a program of benchmarks/peers is run."""
    return PEERS_PYTHON, str(HERE / "peers" / file), "addresses.txt"


CONTENDERS = (
    Contender(
        OURS,
        (str(Path(sys.executable).parent / "policytasks"), "publish", "--direct", "--home", "."),
        "--offline",
        ("policytasks", "lxml", "requests", "pyarrow"),
        read_our_tasks,
        "12 tables as CSV and Parquet in immutable versions with checksums and their differences; every page as it "
        "was; a record of each look; searchable pages in two languages, feeds",
    ),
    Contender(
        "script",
        prepare_peer("script.py"),
        None,
        ("requests", "beautifulsoup4", "lxml", "pandas", "pyarrow"),
        read_csv_tasks,
        "one CSV, one Parquet",
    ),
    Contender(
        *("Scrapy", prepare_peer("scrapy_spider.py"), "--unasked", ("scrapy",), read_csv_tasks),
        "one CSV; the newest answer of each page",
    ),
    Contender(
        *("dlt", prepare_peer("dlt_source.py"), None, ("dlt", "beautifulsoup4", "lxml", "pyarrow"), read_dlt_tasks),
        "a Parquet file a load, in which a changed page has its rows once more; a record of loads",
    ),
)


if __name__ == "__main__":
    main()
