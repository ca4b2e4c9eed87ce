"""Why policytasks is slower or larger than a peer, by the benchmark's file and row. Printed only if it is.

The reasons are printed into docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Mapping

READS = (
    "the peers use selectors that were written for these pages, and store the rows; policytasks has no knowledge of "
    "the pages: it finds the article, its outline, bodies, deadlines, claims and citations, archives every page, "
    "checks 12 tables and writes each in two formats, and makes a page for every plan in English and Chinese"
)
ASKS = (
    "each check of a source gets an outcome and is recorded, and the shelf is compared with the archive before the "
    "run says that nothing changed; dlt only compares a validator for each page"
)
HOLDS = "the records of the archive are read and compared with the shelf before the run says that nothing changed"
CHANGES = (
    "a version is complete and immutable: all tables are written again, with checksums, the list of changed cells, "
    "and the pages that show them; dlt appends one file, Scrapy writes one CSV"
)
HOLDS_TABLES = (
    "a release is checked as a whole and compared with the previous one, so all its tables are in memory at the same "
    "time; Scrapy writes each row and forgets it, and the other peers hold six columns"
)
HOLDS_SHELF = (
    "the run loads the libraries that read Parquet and make the pages, to check the shelf; Scrapy has no such "
    "libraries, and dlt loads its Parquet library only if there is something to write"
)
KEEPS = (
    "every page is archived, so that each row leads back to its sentence; each version stays, with its tables as CSV "
    "and as Parquet and a second copy of the newest in `latest`; and there are pages for readers in two languages"
)
SMALL = "fixed costs count most if there are few documents; the aim is for 10,000 documents"
PREFECT = (
    "Prefect's client is loaded and started, and the run, its steps and each line of its log are sent to the server"
)
LOOKS = (
    "for each source its record is read and its capture looked up, and the files of the shelf are compared with what "
    "was decided"
)
BEFORE = "the tables of the previous version are in memory too, to find the changes"
STARTS = "the start of a program costs the same for any number of documents"
SHARES = (
    "two workers and the process that gives them batches share two cores; the table below has the best that two cores "
    "can do here: two independent processes"
)
RETURNS = (
    "after a new version of another dataset each run compares its pages once; and a check of a source costs the same "
    "for short plans, although the first reading of short plans is cheap"
)
GROWS = "the home pages and `catalog.json` describe all datasets, so each new dataset costs a little more than the last"
PAINTS = (
    "our time is what a reader waits for, from the key to painted rows; the peers only find rows that are in memory "
    "already, and paint nothing"
)


def _list_whole_runs() -> Mapping[str, str]:
    steps = {
        "first run": (READS, HOLDS_TABLES),
        "unchanged second run": (ASKS, HOLDS_SHELF),
        "unchanged, nobody asked": (HOLDS, HOLDS_SHELF),
        "one page changed": (CHANGES, HOLDS_TABLES),
    }
    seconds = {f"{step}{what}": why for step, (why, _) in steps.items() for what in ("", ", processor")}
    memory = {f"{step}, memory": why for step, (_, why) in steps.items()}
    return {**seconds, **memory, "all that lies on the disk after that": KEEPS}


REASONS: dict[tuple[str, str], str] = {
    **{("side_by_side.py", row): why for row, why in _list_whole_runs().items()},
    ("collect.py", "unchanged second run"): SMALL,
    ("extract.py", "reading a page"): (
        "trafilatura gives the text of the article, BeautifulSoup only the tree; policytasks also finds the outline, "
        "the tasks and their bodies, deadlines, claims and citations, each with its position"
    ),
    **{("many.py", f"first run, under Prefect{what}"): PREFECT for what in ("", ", processor", ", memory")},
    **{
        ("many.py", f"{run}{what}"): LOOKS
        for run in ("nothing changed, every source asked", "nothing changed, nobody asked")
        for what in ("", ", processor")
    },
    **{("many.py", f"one page changed{what}"): CHANGES for what in ("", ", processor")},
    ("many.py", "one page changed, memory"): BEFORE,
    **{
        ("executors.py", f"reading all, {place}:2{beside}"): SHARES
        for place in ("processes", "dask")
        for beside in ("", ", beside the best")
    },
    ("scale.py", "last dataset"): GROWS,
    ("scale.py", "nothing new, processor"): RETURNS,
    ("scale.py", "one changed, processor"): STARTS,
    ("release.py", "CSV and Parquet"): "it also hashes the files, and protects cells from being run as formulas",
    ("release.py", "CSV and Parquet, against CSV alone"): "it writes two protected, hashed files, pandas one",
    ("release.py", "difference of two versions"): (
        "it gives the old and the new value of each cell, sorted as in a release, for any table; DuckDB gives rows "
        "that differ"
    ),
    ("release.py", "one changed document"): SMALL,
    **{
        ("catalog.py", f"search for “{words}”"): PAINTS
        for words in ("boat", "乘船", "build bridges", "建设 桥梁", "port office 7", "nowhere")
    },
}
