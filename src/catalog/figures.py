"""The numbers of a version's pictures: its tables and the entries of all versions in, four figures out. Pure.

A figure has numbers and keys; the template has the words, in each language. Where there is more than a picture can
show, it has the greatest rows and one row with the sum of all others, so that the rows add up to the total. A figure
without rows has a key that says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from publish.records import ReleaseEntry

# How many bars can be read at a glance; a timeline may have more, because its labels need no reading.
MAX_BARS, MAX_PERIODS = 25, 40
# Deadlines within so many months are shown by month, else by year.
MAX_MONTHS = 36
KINDS = ("core", "safeguard")
# The series of a body by its roles in a task: who is responsible counts as who leads.
PARTS = {"lead": ("lead", "responsible"), "support": ("support",)}
COUNTED = ("tasks", "areas", "documents")
OTHERS, NAMELESS, WITHDRAWN = "others", "nameless", "withdrawn"

Counts = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a figure: its label, a value for each series, and `beside` it an area's plan or a version's day.

    `kind` is empty, `others` (the sum of `number` rows that are not shown), `nameless` (tasks under no area) or
    `withdrawn`. An unknown value is None.
    """

    label: str
    values: Counts
    beside: str = ""
    kind: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: what its rows stand for (`by`), its series and rows, further numbers by name, and why it is empty."""

    id: str
    by: str
    series: tuple[str, ...]
    rows: tuple[Bar, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)
    empty: str = ""

    def as_data(self) -> dict[str, Any]:
        """What the script draws the picture from, as JSON."""
        rows = [
            {"label": row.label, "beside": row.beside, "values": list(row.values), "kind": row.kind, "n": row.number}
            for row in self.rows
        ]
        return {"id": self.id, "by": self.by, "rows": rows}


def make_figures(tables: Mapping[str, pa.Table], releases: Sequence[ReleaseEntry]) -> tuple[Figure, ...]:
    """The four figures of a version: tasks, bodies, deadlines, and all versions over time.

    `tables` are the version's, by name; `releases` are the entries of `releases.json`, newest first.
    """
    return (_count_tasks(tables), _count_bodies(tables), _count_deadlines(tables["tasks"]), _count_versions(releases))


def _count_tasks(tables: Mapping[str, pa.Table]) -> Figure:
    """Tasks, sub-tasks not counted, by area where the areas are few, else by plan."""
    whole = pc.equal(tables["tasks"]["level"], 1)
    tasks = tables["tasks"].select(["document_id", "area_id", "kind"]).filter(whole)
    numbers = {"tasks": tasks.num_rows, "subtasks": tables["tasks"].num_rows - tasks.num_rows}
    if not tasks.num_rows:
        return Figure("tasks", "area", KINDS, (), numbers, "no_tasks")
    counts = _sum_by(tasks.select(["document_id", "area_id"]), _to_masks(tasks["kind"], [(kind,) for kind in KINDS]))
    if counts.num_rows <= MAX_BARS:
        return Figure("tasks", "area", KINDS, tuple(_count_by_area(counts, tables)), numbers)
    plans = _select_greatest(_sum_by(counts.select(["document_id"]), [counts["0"], counts["1"]]))
    names = _name_plans(tables["documents"], plans.shown["document_id"])
    return Figure("tasks", "plan", KINDS, plans.to_bars("document_id", names), numbers)


def _count_by_area(counts: pa.Table, tables: Mapping[str, pa.Table]) -> list[Bar]:
    """One bar for each area, plan by plan, in the order of the document; tasks under no area come first."""
    plans = _name_plans(tables["documents"], counts["document_id"])
    shown = tables["areas"].filter(pc.is_in(tables["areas"]["area_id"], counts["area_id"].drop_null()))
    areas = {row["area_id"]: row for row in shown.to_pylist()}
    placed = []
    for row in counts.to_pylist():
        area = areas.get(row["area_id"])
        label = " ".join(filter(None, (area["label"], area["title"]))) if area else ""
        kind = "" if area else NAMELESS
        bar = Bar(label, (row["0"], row["1"]), plans.get(row["document_id"], row["document_id"]), kind)
        placed.append((row["document_id"], area["ordinal"] if area else 0, row["area_id"] or "", bar))
    return [bar for *_, bar in sorted(placed, key=lambda row: row[:3])]


def _count_bodies(tables: Mapping[str, pa.Table]) -> Figure:
    """Bodies by the number of tasks and sub-tasks that they lead; a task counts once for each body and series."""
    assignments, series = tables["assignments"], tuple(PARTS)
    if not assignments.num_rows:
        return Figure("bodies", "body", series, (), {}, "no_bodies")
    parts = _to_masks(assignments["role"], list(PARTS.values()))
    # Grouping numbers is many times as fast as grouping texts.
    tasks = assignments["task_id"].combine_chunks().dictionary_encode().indices
    once = _sum_by(pa.table({"body_id": assignments["body_id"], "task_id": tasks}), parts)
    bodies = _select_greatest(
        _sum_by(once.select(["body_id"]), [pc.min_element_wise(once[name], 1) for name in ("0", "1")])
    )
    named = tables["bodies"].filter(pc.is_in(tables["bodies"]["body_id"], bodies.shown["body_id"]))
    names = dict(zip(named["body_id"].to_pylist(), named["name"].to_pylist(), strict=True))
    given = pc.count_distinct(tasks).as_py()
    numbers = {"tasks": given, "without": tables["tasks"].num_rows - given}
    return Figure("bodies", "body", series, bodies.to_bars("body_id", names), numbers)


def _count_deadlines(tasks: pa.Table) -> Figure:
    """Tasks and sub-tasks by the year of their deadline, or by the month where all are close together."""
    days = tasks["deadline"].drop_null()
    numbers = {"with": len(days), "without": tasks.num_rows - len(days)}
    if not len(days):
        return Figure("deadlines", "year", ("tasks",), (), numbers, "no_deadlines")
    months = pc.add(pc.multiply(pc.year(days), 12), pc.subtract(pc.month(days), 1))
    least, most = pc.min_max(months).as_py().values()
    by, periods = ("month", months) if most - least < MAX_MONTHS else ("year", pc.year(days))
    counted = {row["values"]: row["counts"] for row in pc.value_counts(periods).to_pylist()}
    rows = [Bar(_name_period(by, at), (counted.get(at, 0),)) for at in _list_periods(counted)]
    if len(rows) > MAX_PERIODS:
        rest = rows[MAX_PERIODS - 1 :]
        late = sum(row.values[0] or 0 for row in rest)
        rows = [*rows[: MAX_PERIODS - 1], Bar("", (late,), kind=OTHERS, number=len(rest))]
    return Figure("deadlines", by, ("tasks",), tuple(rows), numbers)


def _list_periods(counted: Mapping[int, int]) -> Sequence[int]:
    """All periods from the first to the last; only those with a deadline where all would be too many."""
    every = range(min(counted), max(counted) + 1)
    return every if len(every) <= MAX_PERIODS else sorted(counted)


def _name_period(by: str, at: int) -> str:
    return f"{at:04d}" if by == "year" else f"{at // 12:04d}-{at % 12 + 1:02d}"


def _count_versions(releases: Sequence[ReleaseEntry]) -> Figure:
    """Rows of each version, oldest first; a withdrawn one is marked, and its numbers may be unknown."""
    rows = tuple(
        Bar(
            entry.version,
            tuple(map(entry.rows.get, COUNTED)),
            entry.published_at[:10],
            WITHDRAWN if entry.withdrawn else "",
        )
        for entry in reversed(releases)
    )
    return Figure("versions", "version", COUNTED, rows, {}, "" if rows else "no_versions")


@dataclass(frozen=True, slots=True)
class _Greatest:
    """The greatest rows of a count, how many others there are, and the sums of the others."""

    shown: pa.Table
    others: int
    rest: Counts

    def to_bars(self, key: str, names: Mapping[str, str]) -> tuple[Bar, ...]:
        """One bar for each row, with its name, and one for the others."""
        bars = [Bar(names.get(row[key], row[key]), (row["0"], row["1"])) for row in self.shown.to_pylist()]
        return (*bars, Bar("", self.rest, kind=OTHERS, number=self.others)) if self.others else tuple(bars)


def _select_greatest(counts: pa.Table) -> _Greatest:
    """The rows with the greatest counts in the first series, as many as can be shown."""
    order = [("0", "descending"), ("1", "descending"), (counts.column_names[0], "ascending")]
    ranked = counts.take(pc.sort_indices(counts, sort_keys=order))
    most = MAX_BARS if ranked.num_rows <= MAX_BARS else MAX_BARS - 1
    rest = ranked.slice(most)
    return _Greatest(ranked.slice(0, most), rest.num_rows, tuple(pc.sum(rest[name]).as_py() for name in ("0", "1")))


def _to_masks(column: pa.ChunkedArray, series: Sequence[Sequence[str]]) -> list[pa.ChunkedArray]:
    """One column for each series: 1 where a cell is one of the series' values, else 0."""
    return [pc.is_in(column, pa.array(values, pa.string())).cast(pa.int64()) for values in series]


def _sum_by(keys: pa.Table, series: Sequence[pa.ChunkedArray]) -> pa.Table:
    """The sums of the series by the keys; the columns of the series are named by number, from "0"."""
    table = keys
    for index, values in enumerate(series):
        table = table.append_column(str(index), values)
    wanted = [(str(index), "sum") for index in range(len(series))]
    summed = table.group_by(keys.column_names, use_threads=False).aggregate(wanted)
    return summed.select([*keys.column_names, *(f"{name}_sum" for name, _ in wanted)]).rename_columns(
        [*keys.column_names, *(name for name, _ in wanted)]
    )


def _name_plans(documents: pa.Table, ids: pa.ChunkedArray) -> dict[str, str]:
    """The names of the plans with these ids: the plan's title, else the article's, else the id."""
    named = documents.filter(pc.is_in(documents["document_id"], ids))
    names = pc.coalesce(*(named[name] for name in ("plan_title", "title", "document_id")))
    return dict(zip(named["document_id"].to_pylist(), names.to_pylist(), strict=True))
