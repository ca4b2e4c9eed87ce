"""The numbers of the pictures, by hand on small tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from catalog.figures import MAX_BARS, MAX_PERIODS, Bar, Figure, make_figures
from tests.catalog.tables import tables_of
from tests.publish.releases import make_listed


def task(task_id: str, area: str | None = "p/a1", kind: str = "core", **more: Any) -> dict[str, Any]:
    return {"task_id": task_id, "document_id": "p", "area_id": area, "kind": kind, "level": 1, **more}


def list_values(figure: Figure) -> list[tuple[Any, ...]]:
    return [(row.label, *row.values) for row in figure.rows]


PLAN = {"document_id": "p", "title": "Towns agree", "plan_title": "The plan"}
AREAS = (
    {"area_id": "p/a1", "document_id": "p", "ordinal": 2, "label": "(II)", "title": "Schools", "kind": "core"},
    {"area_id": "p/a2", "document_id": "p", "ordinal": 1, "label": "(I)", "title": "Ferries", "kind": "core"},
    {"area_id": "p/a3", "document_id": "p", "ordinal": 3, "label": "(III)", "title": None, "kind": "safeguard"},
)


def test_tasks_are_counted_by_area_in_the_order_of_the_plan_and_sub_tasks_apart() -> None:
    rows = (
        task("p/t1", "p/a2"),
        task("p/t2", "p/a2"),
        task("p/t3"),
        task("p/t4", "p/a3", "safeguard"),
        task("p/t5", None),
        task("p/t6", "p/a2", level=2),
    )
    tasks = make_figures(tables_of({"documents": [PLAN], "areas": AREAS, "tasks": rows}), [])[0]
    assert list_values(tasks) == [("", 1, 0), ("(I) Ferries", 2, 0), ("(II) Schools", 1, 0), ("(III)", 0, 1)]
    assert [row.kind for row in tasks.rows] == ["nameless", "", "", ""]
    assert {row.beside for row in tasks.rows} == {"The plan"}
    assert (tasks.by, tasks.series, tasks.numbers) == ("area", ("core", "safeguard"), {"tasks": 5, "subtasks": 1})


def test_many_plans_are_counted_by_plan_and_those_that_do_not_fit_are_summed() -> None:
    plans = [{"document_id": f"p{n:02}", "title": f"Plan {n}"} for n in range(30)]
    rows = [
        task(f"p{n:02}/t{number}", f"p{n:02}/a1", document_id=f"p{n:02}") for n in range(30) for number in range(n + 1)
    ]
    tasks = make_figures(tables_of({"documents": plans, "tasks": rows}), [])[0]
    assert (tasks.by, len(tasks.rows)) == ("plan", MAX_BARS)
    assert tasks.rows[0] == Bar("Plan 29", (30, 0))
    assert tasks.rows[-1] == Bar("", (1 + 2 + 3 + 4 + 5 + 6, 0), kind="others", number=6)
    assert sum(row.values[0] or 0 for row in tasks.rows) == len(rows)


def test_bodies_are_counted_by_the_tasks_they_lead_each_task_once() -> None:
    parts = [("t1", "b1", "lead"), ("t1", "b2", "support"), ("t2", "b2", "responsible"), ("t2", "b1", "support")]
    parts += [("t3", "b1", "lead"), ("t3", "b1", "responsible"), ("t3", "b3", "support")]
    rows: dict[str, list[Any]] = {
        "assignments": [{"task_id": task_id, "body_id": body, "role": role} for task_id, body, role in parts],
        "bodies": [{"body_id": "b1", "name": "Ferry Office"}, {"body_id": "b2", "name": "School Office"}],
        "tasks": [task(f"t{n}") for n in range(1, 6)],
    }
    bodies = make_figures(tables_of(rows), [])[1]
    assert list_values(bodies) == [("Ferry Office", 2, 1), ("School Office", 1, 1), ("b3", 0, 1)]
    assert bodies.numbers == {"tasks": 3, "without": 2}


@pytest.mark.parametrize(
    ("days", "by", "expected"),
    [
        ([date(2020, 12, 31), date(2022, 12, 31), date(2025, 6, 30)], "year",
         [("2020", 1), ("2021", 0), ("2022", 1), ("2023", 0), ("2024", 0), ("2025", 1)]),
        ([date(2020, 11, 30), date(2021, 1, 31), date(2021, 1, 1)], "month",
         [("2020-11", 1), ("2020-12", 0), ("2021-01", 2)]),
        ([date(1900, 1, 1), date(2020, 1, 1)], "year", [("1900", 1), ("2020", 1)]),
    ],
    ids=["years", "months", "far-apart"],
)  # fmt: skip
def test_deadlines_stand_on_a_line_of_time(days: list[date], by: str, expected: list[tuple[str, int]]) -> None:
    rows = [*(task(f"t{n}", deadline=day) for n, day in enumerate(days)), task("t9")]
    deadlines = make_figures(tables_of({"tasks": rows}), [])[2]
    assert (deadlines.by, list_values(deadlines)) == (by, expected)
    assert deadlines.numbers == {"with": len(days), "without": 1}


def test_within_three_years_is_less_than_thirty_six_months_apart() -> None:
    def by(last: date) -> str:
        rows = [task("t1", deadline=date(2020, 1, 31)), task("t2", deadline=last)]
        return make_figures(tables_of({"tasks": rows}), [])[2].by

    assert (by(date(2022, 12, 31)), by(date(2023, 1, 1))) == ("month", "year")


def test_a_timeline_longer_than_can_be_shown_ends_in_a_sum() -> None:
    rows = [task(f"t{n}", deadline=date(1900 + 2 * n, 1, 1)) for n in range(60)]
    deadlines = make_figures(tables_of({"tasks": rows}), [])[2]
    assert len(deadlines.rows) == MAX_PERIODS
    assert deadlines.rows[-1] == Bar("", (21,), kind="others", number=21)


def test_versions_come_oldest_first_and_withdrawn_ones_are_marked() -> None:
    releases = [
        make_listed("2.0.0", rows={"tasks": 36, "areas": 9, "documents": 1}),
        make_listed("1.0.0", withdrawn={"reason": "swapped", "at": "2026"}),
    ]
    versions = make_figures(tables_of({}), releases)[3]
    assert versions.rows == (
        Bar("1.0.0", (None, None, None), "2026-11-25", "withdrawn"),
        Bar("2.0.0", (36, 9, 1), "2026-11-25"),
    )


def test_empty_figures_say_why() -> None:
    figures = make_figures(tables_of({}), [])
    assert [figure.empty for figure in figures] == ["no_tasks", "no_bodies", "no_deadlines", "no_versions"]
    assert not any(figure.rows for figure in figures)


def test_a_hundred_thousand_tasks_are_counted() -> None:
    many = 100_000
    plans = [f"p{n // 40:05}" for n in range(many)]
    ids = [f"{plan}/t{n}" for n, plan in enumerate(plans)]
    columns: dict[str, Any] = {
        "task_id": ids, "document_id": plans, "area_id": [f"{plan}/a{n % 8}" for n, plan in enumerate(plans)],
        "kind": ["core"] * many, "level": pa.array([1] * many, pa.int32()),
        "deadline": pa.array([date(2020 + n % 9, 12, 31) for n in range(many)]),
    }  # fmt: skip
    tables = {
        **tables_of({"documents": [{"document_id": plan, "title": plan} for plan in sorted(set(plans))]}),
        "tasks": pa.table(columns),
        "assignments": pa.table(
            {"task_id": ids, "body_id": [f"b{n % 5000}" for n in range(many)], "role": ["lead"] * many}
        ),
    }
    figures = make_figures(tables, [])
    assert [len(figure.rows) for figure in figures] == [MAX_BARS, MAX_BARS, 9, 0]
    assert sum(row.values[0] or 0 for row in figures[1].rows) == many
