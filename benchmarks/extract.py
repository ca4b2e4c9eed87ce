"""How fast pages are read: complete extraction beside trafilatura's article alone, on the same bytes in one run.

    python benchmarks/extract.py [FOLDER] [--rounds N]

FOLDER holds HTML files, at any depth; without it pages are generated. All times are for one core, the best of the
rounds; compare their ratios. A second table shows that the time grows in proportion to the length of a document.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path[:] = [path for path in sys.path if Path(path) != Path(__file__).parent]  # a file here has a package's name

import trafilatura
from bs4 import BeautifulSoup

from benchmarks.rows import Row, report
from extract.numerals import to_roman
from extract.reader import read_plan

ROUNDS = 3


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="HTML files; pages are made if not said")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of measuring; default {ROUNDS}")
    options = parser.parse_args()
    paths = sorted(options.folder.rglob("*.html")) if options.folder else []
    if options.folder and not paths:
        sys.exit(f"{options.folder}: holds no HTML files; name a folder that does, or none")
    pages = [path.read_bytes() for path in paths] or [make_outline(200) for _ in range(20)]
    size = sum(map(len, pages)) / len(pages) / 1000
    print(f"{len(pages)} pages of {size:.0f} KB on average, one core, best of {options.rounds} rounds")
    print(f"{'':52}{'pages/s':>9}{'ms/page':>9}{'x trafilatura':>15}")
    rows: tuple[tuple[str, Callable[[bytes], object]], ...] = (
        ("policytasks, everything (article, outline, claims …)", lambda page: read_plan(page, "text/html", "")),
        ("trafilatura, the article alone, default settings", trafilatura.extract),
        ("trafilatura, fast", lambda page: trafilatura.extract(page, fast=True)),
        ("BeautifulSoup (lxml), parse alone", lambda page: BeautifulSoup(page, "lxml")),
    )
    times = {name: measure_best(read, pages, options.rounds) for name, read in rows}
    peer = times[rows[1][0]]
    for name, seconds in times.items():
        print(f"{name:52}{len(pages) / seconds:9.0f}{seconds / len(pages) * 1000:9.1f}{peer / seconds:15.2f}")
    ours, *others = (seconds / len(pages) * 1000 for seconds in times.values())
    measured = [Row("reading a page", "ms", ours, dict(zip([name for name, _ in rows[1:]], others, strict=True)))]
    print()
    print("time against length (each row doubles the document; a ratio near 2 is proportional)")
    for name, make, sizes in (
        ("outline of n items, HTML", make_outline, (5_000, 10_000, 20_000)),
        ("n paragraphs, HTML", make_paragraphs, (10_000, 20_000, 40_000)),
        ("n nested tags, HTML", make_nested, (2_500, 5_000, 10_000)),
        ("outline of n items, text", make_text, (5_000, 10_000, 20_000)),
    ):
        before = 0.0
        for count in sizes:
            page = make(count)
            kind = "text/plain" if make is make_text else "text/html"
            seconds = measure_best(lambda content, kind=kind: read_plan(content, kind, ""), [page], options.rounds)  # type: ignore[misc]
            ratio = f"{seconds / before:6.2f}" if before else " " * 6
            print(f"{name:28}{count:8,}{len(page) / 1e6:8.2f} MB{seconds:8.2f} s {ratio}")
            if count == sizes[-1]:
                measured.append(Row(f"{name}, {count:,}", "s", seconds, {"ours for half of it": before}, most=3))
            before = seconds
    report(*measured)


def measure_best(read: Callable[[bytes], object], pages: Sequence[bytes], rounds: int) -> float:
    """The least CPU seconds that reading all pages took in any round."""
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        for page in pages:
            read(page)
        times.append(time.process_time() - begun)
    return min(times)


def make_outline(count: int) -> bytes:
    """A page with an outline of `count` tasks, ten an area, each with a responsible body."""
    lines = ["<html><head><title>Plan for the lakes</title></head><body><div class=nav><a href=/>Home</a></div><div>"]
    for number in range(1, count + 1):
        if number % 10 == 1:
            lines.append(
                f"<h2>({to_roman(number // 10 % 300 + 1)}) Improving the shore of lake {number // 10 + 1}</h2>"
            )
        lines.append(
            f"<p>{number % 900 + 1}. Build landing {number}. It will be lit at night, and open to all who cross the "
            f"lake by boat. Lead agency: Shore Office {number}</p>"
        )
    return "\n".join([*lines, "</div></body></html>"]).encode()


def make_text(count: int) -> bytes:
    """The same outline as plain text."""
    return "\n".join(f"{number % 900 + 1}. Build landing {number} and light it." for number in range(count)).encode()


def make_paragraphs(count: int) -> bytes:
    """A page of prose without an outline."""
    words = "The towns met and spoke of the lake, its boats and the weather of the coming year. "
    return ("<html><body><article>" + f"<p>{words}</p>" * count + "</article></body></html>").encode()


def make_nested(count: int) -> bytes:
    """A page whose one line lies in `count` tags."""
    return (b"<div>" * count) + b"1. Build a bridge" + (b"</div>" * count)


if __name__ == "__main__":
    main()
