"""The numbers of a version's pictures: its tables and the entries of all versions in, four figures out. Pure.

A figure has numbers and keys; the template has the words, in each language. If there is more than a picture can
show, it has the greatest rows and one row with the sum of all others, so that the rows add up to the total. A figure
without rows has a key that says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from publish.records import ReleaseEntry

if TYPE_CHECKING:
    import pyarrow as pa

# How many bars can be read at a glance; a timeline may have more, because its labels need no reading.
MAX_BARS, MAX_PERIODS = 25, 40
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
    """Tasks, sub-tasks not counted, by area if the areas are few, else by plan."""
    columns = (tables["tasks"][name].to_pylist() for name in ("document_id", "area_id", "kind", "level"))
    tasks = [(document, area, kind) for document, area, kind, level in zip(*columns, strict=True) if level == 1]
    numbers = {"tasks": len(tasks), "subtasks": tables["tasks"].num_rows - len(tasks)}
    if not tasks:
        return Figure("tasks", "area", KINDS, (), numbers, "no_tasks")
    names = {row["document_id"]: row["plan_title"] or row["title"] for row in tables["documents"].to_pylist()}
    by_area = _count_series((((document, area), kind) for document, area, kind in tasks), KINDS)
    if len(by_area) <= MAX_BARS:
        return Figure("tasks", "area", KINDS, tuple(_make_area_bars(by_area, names, tables["areas"])), numbers)
    by_plan = _count_series(((document, kind) for document, _, kind in tasks), KINDS)
    return Figure("tasks", "plan", KINDS, _make_bars(by_plan, names), numbers)


def _make_area_bars(
    counts: Mapping[tuple[str, str | None], list[int]], plans: Mapping[str, str | None], areas: pa.Table
) -> list[Bar]:
    """One bar for each area, plan by plan, in the order of the document; tasks under no area come first."""
    by_id = {row["area_id"]: row for row in areas.to_pylist()}
    placed = []
    for (document, area_id), values in counts.items():
        area = by_id.get(area_id)
        label = " ".join(filter(None, (area["label"], area["title"]))) if area else ""
        bar = Bar(label, tuple(values), plans.get(document) or document, "" if area else NAMELESS)
        placed.append((document, area["ordinal"] if area else 0, area_id or "", bar))
    return [bar for *_, bar in sorted(placed, key=lambda row: row[:3])]


def _count_bodies(tables: Mapping[str, pa.Table]) -> Figure:
    """Bodies by the number of tasks and sub-tasks that they lead; a task counts once for each body and series."""
    columns = [tables["assignments"][name].to_pylist() for name in ("body_id", "task_id", "role")]
    if not columns[0]:
        return Figure("bodies", "body", tuple(PARTS), (), {}, "no_bodies")
    parts = {role: part for part, roles in PARTS.items() for role in roles}
    once = {(body, task, parts[role]) for body, task, role in zip(*columns, strict=True)}
    names = dict(zip(tables["bodies"]["body_id"].to_pylist(), tables["bodies"]["name"].to_pylist(), strict=True))
    given = len(set(columns[1]))
    numbers = {"tasks": given, "without": tables["tasks"].num_rows - given}
    counts = _count_series(((body, part) for body, _, part in once), tuple(PARTS))
    return Figure("bodies", "body", tuple(PARTS), _make_bars(counts, names), numbers)


def _count_deadlines(tasks: pa.Table) -> Figure:
    """Tasks and sub-tasks by the year of their deadline, or by the month if all are within three years."""
    days = tasks["deadline"].drop_null()
    numbers = {"with": len(days), "without": tasks.num_rows - len(days)}
    if not len(days):
        return Figure("deadlines", "year", ("tasks",), (), numbers, "no_deadlines")
    months = [12 * day.year + day.month - 1 for day in days.to_pylist()]
    by, divisor = ("month", 1) if max(months) - min(months) < 36 else ("year", 12)
    counted = Counter(month // divisor for month in months)
    every = range(min(counted), max(counted) + 1)
    periods = every if len(every) <= MAX_PERIODS else sorted(counted)  # else only those with a deadline
    rows = [Bar(_name_period(by, at), (counted[at],)) for at in periods]
    if len(rows) > MAX_PERIODS:
        rest = rows[MAX_PERIODS - 1 :]
        late = sum(row.values[0] or 0 for row in rest)
        rows = [*rows[: MAX_PERIODS - 1], Bar("", (late,), kind=OTHERS, number=len(rest))]
    return Figure("deadlines", by, ("tasks",), tuple(rows), numbers)


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


def _count_series(pairs: Iterable[tuple[Any, str]], series: Sequence[str]) -> dict[Any, list[int]]:
    """How often each key stands with each value of the series: a list by key, in the order of the series."""
    counts: dict[Any, list[int]] = {}
    for key, value in pairs:
        numbers = counts.setdefault(key, [0] * len(series))
        if value in series:
            numbers[series.index(value)] += 1
    return counts


def _make_bars(counts: Mapping[str, list[int]], names: Mapping[str, str | None]) -> tuple[Bar, ...]:
    """The greatest counts in the first series with their names, and one bar for all others."""
    ranked = sorted(counts.items(), key=lambda item: ([-number for number in item[1]], item[0]))
    most = MAX_BARS if len(ranked) <= MAX_BARS else MAX_BARS - 1
    bars = [Bar(names.get(key) or key, tuple(values)) for key, values in ranked[:most]]
    if others := ranked[most:]:
        total = tuple(map(sum, zip(*(values for _, values in others), strict=True)))
        bars.append(Bar("", total, kind=OTHERS, number=len(others)))
    return tuple(bars)
