"""How fast the table of tasks answers: from an input to its painted rows, beside DuckDB and the page's own thread.

    python benchmarks/catalog.py [--tasks N] [--plans N] [--rounds N]

A release of generated tasks, half of them in Chinese, about 150 characters each, is served on loopback and opened in a
browser without a window. The page measures itself: `explore` is the time that a reader waits, with drawing and painting
of rows. The peers do less: they only find rows and paint nothing. One is DuckDB in this process, which returns the
first 50 rows and the count from a table in memory that is already joined and lower-cased. The other is a plain filter
on the page's own thread over rows that are already in memory. The run ends with an error if they find different numbers
of rows. Needs chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import duckdb
from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).parent
sys.path[:] = [str(HERE.parent), *(path for path in sys.path if Path(path) != HERE)]  # a file here has a package's name

from benchmarks.rows import Row, report
from tests.catalog.browser_tabs import open_tab, serve_folder
from tests.catalog.explorer_site import MEASURED, write_explorer_site
from tests.catalog.tables import PLANS, TASKS, Tables, make_many_tasks

SEARCHES = ("boat", "乘船", "build bridges", "建设 桥梁", "port office 7", "nowhere")
WATCH = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
}).observe({ type: "longtask", buffered: true });
"""
# The rows as DuckDB has them come to the page's thread as lower-cased strings.
NAIVE = """([rows, words]) => {
  const began = performance.now();
  const found = rows.filter((row) => words.every((word) => row.toLowerCase().includes(word)));
  return [found.length, performance.now() - began];
}"""
JOINED = """
create table rows as
select lower(concat_ws(chr(10), t.task_id, t.title, t.text, d.plan_title, a.title,
             (select string_agg(b.name, chr(10)) from assignments s join bodies b using (body_id)
              where s.task_id = t.task_id))) as words
from tasks t join documents d using (document_id) left join areas a using (area_id)
"""

# How many rows are found, and in how many milliseconds.
Matches = tuple[int, float]


def main() -> None:
    """Open the page, send the same searches to it and to its peers, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=TASKS)
    parser.add_argument("--plans", type=int, default=PLANS)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium: is not there; the table is measured in it")
    tables = make_many_tasks(options.plans, options.tasks)
    database = load_into_duckdb(tables)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_explorer_site(Path(folder), tables)
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        with serve_folder(Path(folder)) as url, open_tab(browser) as tab:
            open_explorer(tab.page, url, options.tasks)
            rows = [text for (text,) in database.execute("select words from rows").fetchall()]
            searches: dict[str, Callable[[str], Matches]] = {
                "explore": lambda words: find_in_page(tab.page, words),
                "DuckDB": lambda words: find_in_duckdb(database, words),
                "own thread": lambda words: find_on_thread(tab.page, rows, words),
            }
            compare(searches, options.rounds)
        browser.close()


def load_into_duckdb(tables: Tables) -> duckdb.DuckDBPyConnection:
    """The tables in DuckDB: for each task a row with all searched text as one lower-cased string."""
    database = duckdb.connect()
    for name, table in tables.items():
        database.register(f"{name}_given", table)
        database.execute(f"create table {name} as select * from {name}_given")  # noqa: S608
    database.execute(JOINED)
    return database


def open_explorer(page: Page, url: str, tasks: int) -> None:
    """Open the page, and print how long it took and the longest time that its thread was busy."""
    page.add_init_script(WATCH)
    began = time.perf_counter()
    page.goto(url)
    expect(page.get_by_role("status")).to_have_text(f"{tasks:,} of {tasks:,} tasks", timeout=120_000)
    seconds = time.perf_counter() - began
    page.wait_for_timeout(4_000)
    longest = page.evaluate("window.longest")
    print(f"{tasks:,} tasks loaded in {seconds:.1f} s; longest task of the page's thread {longest:.0f} ms")


def find_in_page(page: Page, words: str) -> Matches:
    """The search in the page."""
    if page.get_by_label("Words").input_value():
        page.evaluate("performance.clearMeasures('filter')")
        page.get_by_label("Words").fill("")
        page.evaluate(MEASURED)  # otherwise its end could be taken for that of the next search
    page.evaluate("performance.clearMeasures('filter')")
    page.get_by_label("Words").fill(words)
    took = float(page.evaluate(MEASURED))
    return int(page.get_by_role("status").inner_text().split()[0].replace(",", "")), took


def find_in_duckdb(database: duckdb.DuckDBPyConnection, words: str) -> Matches:
    """The search in SQL: the count, and the first rows."""
    wanted = words.split()
    where = " and ".join(["contains(words, ?)"] * len(wanted))
    began = time.perf_counter()
    (count,) = database.execute(f"select count(*) from rows where {where}", wanted).fetchone() or (0,)  # noqa: S608
    database.execute(f"select words from rows where {where} limit 50", wanted).fetchall()  # noqa: S608
    return int(count), (time.perf_counter() - began) * 1000


def find_on_thread(page: Page, rows: Sequence[str], words: str) -> Matches:
    """The search on the page's own thread, without a worker."""
    count, took = page.evaluate(NAIVE, [rows, words.split()])
    return int(count), float(took)


def compare(searches: dict[str, Callable[[str], Matches]], rounds: int) -> None:
    """Search in all ways in turns, and print the median of each. Ends the process if they find different numbers."""
    print(f"{'milliseconds':16}{'found':>9}" + "".join(f"{name:>12}" for name in searches))
    rows = []
    for words in SEARCHES:
        took: dict[str, list[float]] = {name: [] for name in searches}
        counts = set()
        for number in range(rounds):
            for name, search in searches.items():
                if name == "own thread" and number > 1:
                    continue  # copying all rows takes seconds, which are not counted
                count, milliseconds = search(words)
                counts.add(count)
                took[name].append(milliseconds)
        if len(counts) != 1:
            sys.exit(f"{words}: different numbers of rows were found: {sorted(counts)}")
        print(f"{words:16}{counts.pop():>9,}" + "".join(f"{median(times):>12.1f}" for times in took.values()))
        ours, *peers = (median(times) for times in took.values())
        rows.append(Row(f"search for “{words}”", "ms", ours, dict(zip(list(took)[1:], peers, strict=True))))
    report(*rows)


if __name__ == "__main__":
    main()
