"""Plans in the styles of real documents, in our own words; beside each, what a careful person reads in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from extract.plan import Plan
from extract.reader import read_plan
from extract.reading import choose_media_type, read
from extract.sentences import reduce_to_letters
from tests.conftest import FIXTURES

SHORT = sorted(path for path in (FIXTURES / "plans").iterdir() if path.with_name(f"{path.stem}.expected.txt").exists())
LONG = sorted(path for path in (FIXTURES / "plans").iterdir() if path.with_name(f"{path.stem}.truth.json").exists())
NO_PLANS = sorted((FIXTURES / "no-plans").iterdir())


def lines_of(plan: Plan) -> Iterator[str]:
    """A plan as the `.expected.txt` files write it."""
    yield f"title: {plan.article.title}"
    yield f"published: {plan.article.published_date}"
    area = None
    for task in plan.tasks:
        if task.area is not None and task.area != area:
            area = task.area
            above = plan.areas[area]
            yield f"# {above.label} {above.title}".replace("#  ", "# ") + (
                " (safeguard)" if above.kind == "safeguard" else ""
            )
        bodies = "".join(f" [{assignment.role} {assignment.body}]" for assignment in task.assignments)
        due = f" <{task.deadline_stated}>" if task.deadline_stated else ""
        yield f"{'-' * task.level} {task.label} {task.title}{bodies}{due}"


@pytest.mark.parametrize("path", SHORT, ids=lambda path: path.name)
def test_a_plan_is_read_as_a_careful_person_reads_it(path: Path) -> None:
    content = path.read_bytes()
    media_type = choose_media_type(path.name, content)
    plan = read_plan(content, media_type, "")
    assert list(lines_of(plan)) == path.with_name(f"{path.stem}.expected.txt").read_text(encoding="utf-8").splitlines()
    text = read(content, media_type).text
    assert all(text[task.span.start : task.span.end] == task.text for task in plan.tasks)
    assert all(text[area.span.start : area.span.end] == area.title for area in plan.areas)


@pytest.mark.parametrize("path", LONG, ids=lambda path: path.name)
def test_a_long_plan_is_read_whole(path: Path) -> None:
    content = path.read_bytes()
    plan = read_plan(content, choose_media_type(path.name, content), "")
    truth = json.loads(path.with_name(f"{path.stem}.truth.json").read_text(encoding="utf-8"))
    tasks = [task for task in plan.tasks if task.level == 1]
    assert len(tasks) == len(truth["tasks"])
    tasks_read = [
        {
            "title": reduce_to_letters(task.title)[: len(reduce_to_letters(title))],
            "area": reduce_to_letters(plan.areas[task.area].title) if task.area is not None else None,
            "bodies": sorted(assignment.body for assignment in task.assignments),
            "support": sorted(assignment.body for assignment in task.assignments if assignment.role == "support"),
            "deadline": task.deadline_stated,
        }
        for task, title in zip(tasks, (expected_task["title"] for expected_task in truth["tasks"]), strict=True)
    ]
    areas = {area["label"]: area["title"] for area in truth["areas"]}
    expected = [
        {
            "title": reduce_to_letters(task["title"]),
            "area": reduce_to_letters(above)
            if (above := task.get("area_title") or areas.get(task["area_label"]))
            else None,
            "bodies": sorted(task["lead_bodies"] + task["support_bodies"]),
            "support": sorted(task["support_bodies"]),
            "deadline": task["deadline"],
        }
        for task in truth["tasks"]
    ]
    assert tasks_read == expected
    assert str(plan.article.published_date) == str(truth["published_date"])
    assert "signed_date" not in truth or str(plan.article.signed_date) == truth["signed_date"]
    assert reduce_to_letters(truth["title"]) in map(
        reduce_to_letters, filter(None, (plan.article.title, plan.article.plan_title))
    )


@pytest.mark.parametrize("path", NO_PLANS, ids=lambda path: path.name)
def test_a_text_without_a_plan_yields_no_task_and_says_why(path: Path) -> None:
    content = path.read_bytes()
    plan = read_plan(content, choose_media_type(path.name, content), "")
    assert not plan.tasks
    assert any("no task was found" in problem.message for problem in plan.problems)
