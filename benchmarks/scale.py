"""Very many documents through the real code: what each costs, what lies where, and what grows with the whole.

    python benchmarks/scale.py [--documents N] [--datasets N] [--work PLACE] [--home FOLDER]

Short plans are in the archive, as if they came from a server, divided among datasets. Each dataset is published by the
command that a person runs, read by two workers; then again, with nothing new; then with one changed document. The last
dataset is as large as the first, so the difference of their costs is what grows with the whole shelf.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:] = [path for path in sys.path if Path(path) != HERE]  # a file here has a package's name

from benchmarks.rows import Fact, Row, report
from benchmarks.side_by_side import measure_command
from benchmarks.website import THINGS, VERBS

DOCUMENTS, DATASETS, WORK = 1_000, 2, "processes:2"
AREAS, TASKS_AN_AREA = 3, 2
PUBLISH = [str(Path(sys.executable).parent / "policytasks"), "publish", "--direct", "--offline", "--home", "."]
BEGUN = datetime(2021, 3, 4, tzinfo=UTC)
# The greatest allowed cost of a run of the last dataset, as a multiple of that of the first.
AS_BEFORE = 1.15


class Cost(NamedTuple):
    """What a run took: seconds, seconds of processor, bytes of memory."""

    seconds: float
    processor: float
    memory: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help=f"how many in all; default {DOCUMENTS}")
    parser.add_argument("--datasets", type=int, default=DATASETS, help=f"how many datasets; default {DATASETS}")
    parser.add_argument("--work", default=WORK, help=f"where captures are read; default {WORK}")
    parser.add_argument("--home", type=Path, help="a folder to work in, which stays")
    options = parser.parse_args()
    os.environ["POLICYTASKS_WORK"] = options.work
    each = options.documents // options.datasets
    print(
        f"{options.documents:,} plans of {AREAS * TASKS_AN_AREA} tasks and {len(make_page(0)) / 1000:.0f} KB "
        f"in {options.datasets} datasets, read by {options.work} on {os.cpu_count()} cores",
        flush=True,
    )
    with nullcontext(options.home) if options.home else tempfile.TemporaryDirectory() as folder:
        run_simulation(Path(folder), options.datasets, each)


def run_simulation(home: Path, datasets: int, each: int) -> None:
    """Archive, publish, publish again, change one document, and return the costs."""
    names = [f"region-{number}" for number in range(datasets)]
    (home / "datasets").mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    for number, name in enumerate(names):
        write_dataset(home, name, number, each)
        archive_dataset(home / "data" / "raw", number, each)
    archived = time.perf_counter() - begun
    print(f"archived in {archived:.0f} s", flush=True)
    first = [publish_dataset(home, name) for name in names]
    again = [publish_dataset(home, name) for name in names]
    archive_pages([make_capture(0, each // 2, edition=2)], home / "data" / "raw")
    changed = publish_dataset(home, names[0])
    report_costs(home, first, again, changed, each)


def report_costs(home: Path, first: Sequence[Cost], again: Sequence[Cost], changed: Cost, each: int) -> None:
    """Print what was measured."""
    documents = each * len(first)
    whole = Cost(sum(cost.seconds for cost in first), sum(cost.processor for cost in first), first[-1].memory)
    unchanged = Cost(sum(cost.seconds for cost in again), sum(cost.processor for cost in again), again[-1].memory)
    for name, cost in (("first runs", whole), ("nothing new", unchanged), ("one document changed", changed)):
        print(f"{name:24}{cost.seconds:9.1f} s {cost.processor:9.1f} s of processor {cost.memory / 1e6:9.0f} MB")
    report(
        Row("last dataset", "s", first[-1].seconds, {"the first, of the same size": first[0].seconds}, most=AS_BEFORE),
        Row("nothing new, processor", "s", unchanged.processor, {"first runs": whole.processor}, most=0.01),
        Row(
            "one changed, processor", "s", changed.processor, {"first run of its dataset": first[0].processor}, most=0.2
        ),
        Fact("a document, first run: ms, ms of processor", {"policytasks": format_costs(whole, documents)}),
        Fact("a document, nothing new: ms, ms of processor", {"policytasks": format_costs(unchanged, documents)}),
        Fact("memory of one dataset's first run, MB", {"policytasks": f"{whole.memory / 1e6:,.0f}"}),
    )
    for what, size, files in measure_disk(home):
        report(
            Fact(
                f"{what}: bytes and files a document",
                {"policytasks": f"{size / documents:,.0f}, {files / documents:.2f}"},
            )
        )


def format_costs(cost: Cost, documents: int) -> str:
    """The cost of one document, in milliseconds."""
    return f"{cost.seconds / documents * 1000:.2f}, {cost.processor / documents * 1000:.2f}"


def publish_dataset(home: Path, name: str) -> Cost:
    """Publish a dataset. Ends the program if that fails."""
    cost = Cost(*measure_command([*PUBLISH, name], home))
    print(f"{name}: {cost.seconds:.1f} s, {cost.processor:.1f} s of processor, {cost.memory / 1e6:.0f} MB", flush=True)
    return cost


def write_dataset(home: Path, name: str, dataset: int, each: int) -> None:
    """Write a dataset's file."""
    sources = "".join(
        f"  - {{id: {format_source_id(dataset, number)}, url: '{format_url(dataset, number)}'}}\n"
        for number in range(each)
    )
    text = f"id: {name}\ntitle: Plans of region {dataset}\nlicence: CC0-1.0\nsources:\n{sources}"
    (home / "datasets" / f"{name}.yaml").write_text(text, encoding="utf-8")


def archive_dataset(raw: Path, dataset: int, each: int) -> None:
    """Put a dataset's pages into the archive."""
    for first in range(0, each, 200):
        archive_pages([make_capture(dataset, number) for number in range(first, min(first + 200, each))], raw)


def archive_pages(arrivals: Sequence[tuple[object, bytes]], raw: Path) -> None:
    """Archive pages together."""
    from collect.archive import Capture, store_captures

    store_captures(raw, [(capture, content) for capture, content in arrivals if isinstance(capture, Capture)])


def make_capture(dataset: int, number: int, edition: int = 1) -> tuple[object, bytes]:
    """A page as it was served, and its bytes."""
    from collect.archive import Capture

    content = make_page(dataset * 1_000_000 + number, edition)
    arrival = Capture(
        capture_id=sha256(content).hexdigest(),
        source_id=format_source_id(dataset, number),
        url=format_url(dataset, number),
        fetched_at=BEGUN + timedelta(days=edition),
        method="http",
        media_type="text/html",
        byte_count=len(content),
        encoding="utf-8",
        status=200,
    )
    return arrival, content


def format_source_id(dataset: int, number: int) -> str:
    """The id of a source."""
    return f"r{dataset}-{number}"


def format_url(dataset: int, number: int) -> str:
    """The address of a source."""
    return f"https://region-{dataset}.example/plans/{number}"


def make_page(number: int, edition: int = 1) -> bytes:
    """A short plan; in each edition one task has other words."""
    lines = [f"<h1>Plan {number} for the lakes</h1>"]
    for task in range(AREAS * TASKS_AN_AREA):
        if task % TASKS_AN_AREA == 0:
            lines.append(f"<h2>Area {task // TASKS_AN_AREA + 1}: Improving the {THINGS[task]}</h2>")
        lit = "at night" if task or edition == 1 else f"until the end of winter {edition}"
        lines.append(
            f"<p>{task + 1}. {VERBS[(task + number) % len(VERBS)]} {THINGS[(task + number) % len(THINGS)]} {number}. "
            f"They will be lit {lit}, and open to all. Lead agency: Shore Office {number % 97 + task}</p>"
        )
    head = f"<html><head><title>Plan {number} for the lakes</title></head><body><nav>Plans</nav>"
    return (head + "<article>" + "\n".join(lines) + "</article></body></html>").encode()


def measure_disk(home: Path) -> list[tuple[str, int, int]]:
    """The bytes and the files of the archive, the tables, the pages and the reading cache."""
    totals = {"archive": [0, 0], "tables and metadata": [0, 0], "pages": [0, 0], "memory of readings": [0, 0]}
    for folder, _, names in os.walk(home):
        place = Path(folder).relative_to(home).as_posix()
        for name in names:
            kind = classify_file(place, name)
            totals[kind][0] += os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 (asked for every file)
            totals[kind][1] += 1
    return [(what, size, files) for what, (size, files) in totals.items()]


def classify_file(place: str, name: str) -> str:
    """The part of the data that a file belongs to."""
    if place.startswith("data/raw"):
        return "archive"
    if not place.startswith("data/published"):
        return "memory of readings"
    in_version = re.search(r"/(?:\d+\.\d+\.\d+|latest)(?:/|$)", place)
    return "tables and metadata" if in_version or name in ("releases.json", "sources.json", "catalog.json") else "pages"


if __name__ == "__main__":
    main()
