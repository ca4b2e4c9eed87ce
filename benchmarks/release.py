"""How fast releases are written, compared and drafted: beside pyarrow, pandas and DuckDB, on the same rows in one run.

    python benchmarks/release.py [--documents N] [--rounds N]

Rows are generated, half in English, half in Chinese: a `tasks` table with 100 tasks for each document, a second version
of it, and plans of 36 tasks as the reading cache has them. Each run is a process of its own. Its seconds do not include
imports; its peak is the memory that it took in addition to what it held before. Runs that are compared take turns, and
the median of each counts. Results are checked: a wrong result ends the benchmark.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path[:] = [path for path in sys.path if Path(path) != Path(__file__).parent]  # a file here has a package's name

from benchmarks.rows import Row as Measured
from benchmarks.rows import report

# What a run needs is imported only in its own process: otherwise the memory of all imports would count for each run.
if TYPE_CHECKING:
    import pyarrow as pa

    from transform.models import AnnouncedDocument, Draft, PreviousRelease

DOCUMENTS, ROUNDS = 10_000, 3
CHANGED = "changed"
HEADER = ("", "seconds", "peak MB", "x peer")

# The result of a run: anything that JSON can hold. `seconds` and `peak` are added if it does not have them.
Measure = dict[str, Any]
Run = Callable[[], Measure]


class Row(NamedTuple):
    """A row of the table: its name, what runs, and the row that it is compared with."""

    what: str
    run: str
    peer: str


ROWS = (
    Row("CSV and Parquet, policytasks: hashed, guarded", "write", "write-pyarrow"),
    Row("CSV and Parquet, plain pyarrow", "write-pyarrow", "write-pyarrow"),
    Row("CSV alone, pandas", "write-pandas", "write-pyarrow"),
    Row("difference of two versions, policytasks", "compare", "compare-duckdb"),
    Row("full outer join of two versions, DuckDB", "compare-duckdb", "compare-duckdb"),
    Row("first release, from plans to files", "first", "first"),
    Row("release after one changed document", "again", "first"),
)


class Result(NamedTuple):
    """The rounds of a run: median seconds, the greatest peak in bytes, the result of the last round."""

    seconds: float
    peak: int
    measure: Measure


def main() -> None:
    """Print the table and the targets; with a hidden option, do one run of the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help=f"default {DOCUMENTS}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of measuring; default {ROUNDS}")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        import pyarrow as pa

        pa.scalar(0)  # imports pandas now, so that it does not count for a run
        name, home = options.run
        print(json.dumps(measure(RUNS[name](Path(home), options.documents))))
    else:
        with tempfile.TemporaryDirectory() as home:
            compare(options.documents, options.rounds, Path(home))


def compare(documents: int, rounds: int, home: Path) -> None:
    """Do all runs, one after the other, and print their results."""
    made = run_in_process("make", documents, home)
    measures: dict[str, list[Measure]] = {row.run: [] for row in ROWS}
    for _ in range(rounds):
        for run, own in measures.items():
            own.append(run_in_process(run, documents, home))
    results = {
        run: Result(median(measure["seconds"] for measure in own), max(measure["peak"] for measure in own), own[-1])
        for run, own in measures.items()
    }
    check(made, {run: result.measure for run, result in results.items()})
    print(f"{made['rows']:,} tasks of {made['letters']:.0f} letters; {documents:,} plans of 36 tasks")
    print("{:50}{:>9}{:>9}{:>8}".format(*HEADER))
    for row in ROWS:
        result, peer = results[row.run], results[row.peer]
        print(f"{row.what:50}{result.seconds:9.2f}{result.peak / 1e6:9.0f}{peer.seconds / result.seconds:8.2f}")
    print()
    report_bars({run: result.seconds for run, result in results.items()}, results["first"], results["again"])


def report_bars(seconds: dict[str, float], first: Result, again: Result) -> None:
    """Print each target with the value that was reached."""
    report_bar("writing, against plain pyarrow's speed", seconds["write-pyarrow"] / seconds["write"], 0.9)
    report_bar("writing, against pandas' CSV alone", seconds["write-pandas"] / seconds["write"], 5)
    report_bar("difference, against DuckDB's speed", seconds["compare-duckdb"] / seconds["compare"], 1)
    report_bar("one changed document, against the first release's speed", seconds["first"] / seconds["again"], 10)
    for what, result in (("one changed document", again), ("first release", first)):
        size, writing = result.measure["arrow"], result.measure["writing"] / result.measure["seconds"]
        print(f"{what}: {size / 1e6:.0f} MB of Arrow tables, {writing:.0%} of the time is writing")
    report_bar(
        "one changed document, peak memory in sizes of its tables", again.peak / again.measure["arrow"], 3, most=True
    )
    report(
        Measured("CSV and Parquet", "s", seconds["write"], {"pyarrow": seconds["write-pyarrow"]}, most=1 / 0.9),
        Measured("CSV and Parquet, against CSV alone", "s", seconds["write"], {"pandas": seconds["write-pandas"]}),
        Measured("difference of two versions", "s", seconds["compare"], {"DuckDB": seconds["compare-duckdb"]}),
        Measured("one changed document", "s", seconds["again"], {"our first release": seconds["first"]}, most=0.1),
    )
    print(f"first release, peak memory in sizes of its tables: {first.peak / first.measure['arrow']:.2f}")


def report_bar(what: str, reached: float, asked: float, *, most: bool = False) -> None:
    """Print a target, and whether it is reached."""
    fine = reached < asked if most else reached >= asked
    print(f"{what}: {reached:.2f} (bar {'<' if most else ''}{asked}: {'reached' if fine else 'not reached'})")


def check(made: Measure, measures: dict[str, Measure]) -> None:
    """End the program if a run has a wrong result."""
    expected = [
        *((measures[run]["rows"], made["differing"]) for run in ("compare", "compare-duckdb")),
        (measures["first"]["version"], "1.0.0"),
        (measures["again"]["version"], "1.1.0"),
        *((measures[run]["failed"], []) for run in ("first", "again")),
        (measures["again"]["changes"], measures["again"]["expected"]),
    ]
    for actual, due in expected:
        if actual != due:
            sys.exit(f"a result is wrong: {actual} instead of {due}")


def run_in_process(run: str, documents: int, home: Path) -> Measure:
    """Do one run in a process of its own."""
    command = [sys.executable, __file__, "--documents", str(documents), "--run", run, str(home)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{run}: ended with {done.returncode}")
    measure: Measure = json.loads(done.stdout)
    return measure


def measure(run: Run) -> Measure:
    """The result of a run, its seconds, and the memory that it took in addition."""
    before, begun = measure_peak(), time.perf_counter()
    measure = run()
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "peak": measure_peak() - before, **measure}


def measure_peak() -> int:
    """The most memory that this process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# The runs, by name. Each prepares, and returns the function to measure.


def prepare_inputs(home: Path, documents: int) -> Run:
    """Prepare the rows, their second version and the plans for the other runs; not measured."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from benchmarks.made_up import make_plan, make_task_table, remember, replace_words
    from pipeline.read.cache import ReadingCache
    from publish.table_files import write_parquet
    from transform.arrow_tables import sort_by_key
    from transform.schema import TABLES

    def run() -> Measure:
        table = sort_by_key(make_task_table(documents), TABLES["tasks"])
        with pa.OSFile(str(home / "tasks.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        drawn = np.random.default_rng(2019).random(table.num_rows)
        new = table
        for name, share in (("text", 0), ("label", 0.005)):
            altered = pa.array((drawn >= share) & (drawn < share + 0.005))
            other = pc.binary_join_element_wise(table[name], " bis", "")
            place = table.schema.get_field_index(name)
            new = new.set_column(place, table.schema.field(name), pc.if_else(altered, other, table[name]))
        for name, version, left_out in (("old", table, 0.01), ("new", new, 0.015)):
            kept = version.filter(pa.array((drawn < left_out) | (drawn >= left_out + 0.005)))
            write_parquet(kept, home / f"{name}.parquet", {}, TABLES["tasks"].key)
        memory = ReadingCache(home / "readings.sqlite")
        for number in range(documents):
            remember(memory, f"plan-{number}", make_plan(number))
        remember(memory, CHANGED, replace_words(make_plan(choose_changed(documents))))
        letters = pc.mean(pc.utf8_length(table["text"])).as_py()
        return {"rows": table.num_rows, "differing": int((drawn < 0.02).sum()), "letters": letters}

    return run


def load_table(home: Path) -> pa.Table:
    """The table to write."""
    import pyarrow as pa

    with pa.OSFile(str(home / "tasks.arrow")) as file:
        return pa.ipc.open_file(file).read_all()


def prepare_writing(home: Path, _: int) -> Run:
    """Ours: CSV and Parquet at the same time, protected and hashed."""
    from publish.table_files import write_tables

    table = load_table(home)

    def run() -> Measure:
        facts = write_tables({"tasks": table}, home, {})
        return {"rows": table.num_rows, "sizes": {name: size for name, (size, _) in facts.items()}}

    return run


def prepare_writing_with_pyarrow(home: Path, _: int) -> Run:
    """Plain pyarrow with the same options, one file after the other."""
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    from publish.table_files import CSV, ROW_GROUP_ROWS

    table = load_table(home)
    options = {"compression": "zstd", "compression_level": 3, "coerce_timestamps": "ms", "write_page_index": True}

    def run() -> Measure:
        pa_csv.write_csv(table, home / "pyarrow.csv", CSV)
        ordering = pq.SortingColumn.from_ordering(table.schema, [("task_id", "ascending")])
        path = home / "pyarrow.parquet"
        pq.write_table(table, path, row_group_size=ROW_GROUP_ROWS, sorting_columns=ordering, **options)
        return {"rows": table.num_rows}

    return run


def prepare_writing_with_pandas(home: Path, _: int) -> Run:
    """CSV by pandas, every text in quotes."""
    import csv

    frame = load_table(home).to_pandas()

    def run() -> Measure:
        frame.to_csv(home / "pandas.csv", index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        return {"rows": len(frame)}

    return run


def prepare_comparing(home: Path, _: int) -> Run:
    """Ours: the two files read, and the table of changes made."""
    import pyarrow.compute as pc

    from publish.release_diff import compare_files

    def run() -> Measure:
        changes = compare_files({"tasks": home / "old.parquet"}, {"tasks": home / "new.parquet"})
        return {"rows": pc.count_distinct(changes["row_id"]).as_py()}

    return run


def prepare_comparing_with_duckdb(home: Path, _: int) -> Run:
    """DuckDB's full outer join, which gives both versions of each row that differs."""
    import duckdb

    from transform.schema import TABLES

    content = [name for name in TABLES["tasks"].content if name != "task_id"]
    cells = ", ".join(f"o.{name} as old_{name}, n.{name} as new_{name}" for name in content)
    differs = " or ".join(f"o.{name} is distinct from n.{name}" for name in content)
    files = (f"'{home}/old.parquet' o", f"'{home}/new.parquet' n")
    query = f"select task_id, {cells} from {files[0]} full join {files[1]} using (task_id) where {differs}"  # noqa: S608
    connection = duckdb.connect()

    def run() -> Measure:
        return {"rows": connection.sql(query).to_arrow_table().num_rows}

    return run


def prepare_first_release(home: Path, documents: int) -> Run:
    """The first release: every plan is decoded, every row made, every file written."""
    from benchmarks.made_up import announce_documents
    from pipeline.read.cache import ReadingCache

    announced = announce_documents(ReadingCache(home / "readings.sqlite"), documents, {})
    return lambda: describe_release(*make_release(announced, None, home / "1.0.0"))


def prepare_next_release(home: Path, documents: int) -> Run:
    """The next release, for which one document has changed: the previous one is read from its files."""
    from benchmarks.made_up import announce_documents, list_expected_changes
    from pipeline.read.cache import ReadingCache

    changed = choose_changed(documents)
    expected = sorted(list_expected_changes(changed))
    announced = announce_documents(ReadingCache(home / "readings.sqlite"), documents, {changed: CHANGED})

    def run() -> Measure:
        draft, seconds = make_release(announced, read_release(home / "1.0.0"), home / "1.1.0")
        changes = sorted(
            {(change.table_name, change.row_id, change.change, change.column_name) for change in draft.changes}
        )
        return describe_release(draft, seconds) | {"changes": changes, "expected": expected}

    return run


def choose_changed(documents: int) -> int:
    """The document that changes: one in the middle, in English."""
    return documents // 4 * 2


def make_release(
    announced: Sequence[AnnouncedDocument], previous: PreviousRelease | None, folder: Path
) -> tuple[Draft, float]:
    """Draft a release and write its files; the seconds that the writing took."""
    from benchmarks.made_up import make_dataset
    from publish.table_files import write_tables
    from transform.draft import draft_release

    draft = draft_release(make_dataset(), announced, previous, {})
    drafted = time.perf_counter()
    folder.mkdir(exist_ok=True)
    facts = write_tables(draft.tables, folder, {"version": str(draft.version)})
    sums = "".join(f"{digest}  {name}\n" for name, (_, digest) in facts.items())
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    (folder / "provenance.json").write_text(json.dumps(dict(draft.reading_ids), indent=2), encoding="utf-8")
    return draft, time.perf_counter() - drafted


def describe_release(draft: Draft, writing: float) -> Measure:
    """The facts about a release."""
    checks = [check.name for check in draft.checks if not check.passed]
    size = sum(table.nbytes for table in draft.tables.values())
    return {"version": draft.version, "failed": checks, "writing": writing, "arrow": size}


def read_release(folder: Path) -> PreviousRelease:
    """The baseline of a draft: every table of a release, read and compared with its checksum."""
    import pyarrow.parquet as pq

    from publish.storage.backend import compute_digest
    from transform.models import PreviousRelease
    from transform.schema import TABLES

    sums = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    if not {f"{compute_digest(path)}  {path.name}" for path in paths.values()} <= set(sums):
        sys.exit(f"{folder}: is not as it was written")
    tables = {name: pq.ParquetFile(path, pre_buffer=False).read(use_threads=False) for name, path in paths.items()}
    readings = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    return PreviousRelease(folder.name, tables, {}, reading_ids=readings, highest=folder.name)


RUNS: dict[str, Callable[[Path, int], Run]] = {
    "make": prepare_inputs,
    "write": prepare_writing,
    "write-pyarrow": prepare_writing_with_pyarrow,
    "write-pandas": prepare_writing_with_pandas,
    "compare": prepare_comparing,
    "compare-duckdb": prepare_comparing_with_duckdb,
    "first": prepare_first_release,
    "again": prepare_next_release,
}


if __name__ == "__main__":
    main()
