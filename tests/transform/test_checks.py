from __future__ import annotations

from typing import Any

import pytest

from config.models import Limits
from tests.transform.plans import announced, dataset
from transform.arrow_tables import Tables, to_table
from transform.checks import run_checks
from transform.draft import draft_release
from transform.models import PreviousRelease


def tables(**replaced: list[dict[str, Any]]) -> Tables:
    made = dict(draft_release(dataset(), [announced()]).tables)
    return made | {name: to_table(name, rows) for name, rows in replaced.items()}


def failed(given: Tables) -> dict[str, str]:
    return {
        check.name: check.detail for check in run_checks(given, PreviousRelease(), Limits(), {}) if not check.passed
    }


def test_good_tables_pass() -> None:
    assert failed(tables()) == {}


@pytest.mark.parametrize(
    ("column", "value", "check"),
    [
        ("task_id", "towns/t01", "keys"),
        ("area_id", "towns/a99", "references"),
        ("parent_task_id", "towns/t99", "references"),
        ("kind", "main", "values"),
        ("text", "", "values"),
        ("text", None, "values"),
    ],
)
def test_a_broken_row_is_named(column: str, value: str | None, check: str) -> None:
    rows = tables()["tasks"].to_pylist()
    rows[1][column] = value
    assert check in failed(tables(tasks=rows))
    assert column in failed(tables(tasks=rows))[check] or str(value) in failed(tables(tasks=rows))[check]


def test_a_document_without_tasks_is_named() -> None:
    rows = tables()["documents"].to_pylist()
    rows[0]["task_count"] = 0
    assert "towns has no task" in failed(tables(documents=rows))["tasks-in-every-document"]
