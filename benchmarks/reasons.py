"""Why policytasks is behind where it is: by the benchmark's file and the row. Shown only where it was measured so."""

from __future__ import annotations

from collections.abc import Mapping

READS = (
    "the peers run selectors that were written for these very pages, and write the rows down; policytasks is told "
    "nothing of them: it finds the article, its outline, bodies, deadlines, claims and citations, archives every page, "
    "checks 12 tables and writes each twice, and makes a page of every plan in English and Chinese"
)
ASKS = (
    "each source is judged and each look at it goes on record, and the shelf is held against the archive before it "
    "says that nothing changed; dlt compares a validator for each page, and has nothing to do where all are known"
)
HOLDS = "the records of the archive are read and held against the shelf before it says that nothing changed"
CHANGES = (
    "a version is whole and never altered: all tables are written anew, with checksums and the list of what changed in "
    "which cell, and the pages that show them; dlt appends one file, Scrapy writes its one CSV"
)
HOLDS_TABLES = (
    "a release is checked as a whole, and against the one before it, so all its tables are in memory at once; Scrapy "
    "writes each row down and forgets it, and what the others hold are six columns"
)
HOLDS_SHELF = (
    "the shelf is looked at, by the libraries that read Parquet and make the pages; Scrapy has none of these, and dlt "
    "loads those of Parquet only where there is something to write"
)
KEEPS = (
    "every page is kept as it was, so that each row leads back to its sentence; each version stays, its tables as CSV "
    "and as Parquet, the newest once more as `latest`; and a reader's pages in two languages lie beside them"
)
SMALL = "what does not grow with the documents weighs most where they are few; the aim is that of 10,000 documents"
PREFECT = "Prefect's client is loaded and started, and the run, its steps and each line of its log go to the server"
LOOKS = (
    "each source's record is read and its capture looked up, and the files of the shelf are held against what was "
    "decided"
)
BEFORE = "the tables of the version before are held as well, to say what changed"
STARTS = "what a program needs to start is the same however many documents there are"
SHARES = (
    "two workers and whoever gives them work share two cores, and what two cores can do at best here is told below: "
    "two processes that know nothing of each other"
)
RETURNS = (
    "after another dataset's new version each looks through its pages once; and a source costs the same to look at "
    "however short its plan is, while these take little to read at first"
)
GROWS = "the home pages and `catalog.json` tell of all datasets, so each new one costs a little more than the last"
PAINTS = (
    "it is what a reader waits for, from the key to painted rows; the peers only find rows that lie ready in memory, "
    "and paint none"
)


def _whole_runs() -> Mapping[str, str]:
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
    **{("side_by_side.py", row): why for row, why in _whole_runs().items()},
    ("collect.py", "unchanged second run"): SMALL,
    ("extract.py", "reading a page"): (
        "trafilatura gives the text of the article, BeautifulSoup the tree alone; policytasks reads on to the outline, "
        "the tasks, who has them, deadlines, claims and citations, each with its place"
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
    ("release.py", "CSV and Parquet"): "it also hashes what it writes, and guards cells that a spreadsheet would run",
    ("release.py", "CSV and Parquet, against CSV alone"): "it writes two files, guarded and hashed, pandas one",
    ("release.py", "difference of two versions"): (
        "it says of each cell what it was and is, in the order of a release, for whatever tables there are; DuckDB "
        "hands over the rows that differ"
    ),
    ("release.py", "one changed document"): SMALL,
    **{
        ("catalog.py", f"search for “{words}”"): PAINTS
        for words in ("boat", "乘船", "build bridges", "建设 桥梁", "port office 7", "nowhere")
    },
}
