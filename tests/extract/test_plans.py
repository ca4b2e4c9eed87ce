"""Plans in the styles that are met in the wild, in our own words; beside each, what a careful person finds in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from extract.plan import Plan
from extract.reader import read_plan
from extract.reading import media_type_of, read
from tests.conftest import FIXTURES

PLANS = sorted(path for path in (FIXTURES / "plans").iterdir() if not path.name.endswith(".expected.txt"))


def lines_of(plan: Plan) -> Iterator[str]:
    """A plan as the files of what is expected write it."""
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
        bodies = "".join(f" [{one.role} {one.body}]" for one in task.assignments)
        due = f" <{task.deadline_stated}>" if task.deadline_stated else ""
        yield f"{'-' * task.level} {task.label} {task.title}{bodies}{due}"


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name)
def test_a_plan_is_read_as_a_careful_person_reads_it(path: Path) -> None:
    content = path.read_bytes()
    media_type = media_type_of(path.name, content)
    plan = read_plan(content, media_type, "")
    assert list(lines_of(plan)) == path.with_name(f"{path.stem}.expected.txt").read_text(encoding="utf-8").splitlines()
    text = read(content, media_type).text
    assert all(text[task.span.start : task.span.end] == task.text for task in plan.tasks)
    assert all(text[area.span.start : area.span.end] == area.title for area in plan.areas)
