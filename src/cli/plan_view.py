"""A plan as a tree of lines for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from extract.plan import Plan, Task
from pipeline.plan_json import describe_plan
from pipeline.report import format_claim

# Length in characters of a task's line, and of the words that name the place of a problem.
WIDTH, PLACE = 110, 40


def render_tree(plan: Plan, *, explain: bool) -> Iterator[str]:
    """The lines of a plan: properties of the article, areas and tasks, bodies, claims, citations, problems."""
    for name, value in asdict(plan.article).items():
        if value:
            yield f"{name.replace('_', ' ') + ':':<17} {'; '.join(value) if isinstance(value, tuple) else value}"
    yield ""
    yield _count_tasks(plan)
    area: int | None = None
    for task in plan.tasks:
        if task.area != area and task.area is not None:
            area = task.area
            above = plan.areas[area]
            yield f"{above.label} {above.title}{' [safeguard]' if above.kind == 'safeguard' else ''}"
        yield from _render_task(task)
    sections: tuple[tuple[str, list[str]], ...] = (
        ("bodies", [f"{body.name} ({body.kind})" for body in plan.bodies]),
        ("claims", [format_claim(claim.quote, count=claim.found, holds=claim.holds) for claim in plan.claims]),
        (
            "cites",
            [f"{citation.title}{f' ({citation.years})' if citation.years else ''}" for citation in plan.citations],
        ),
        ("why these lines", list(plan.reasons) if explain else []),
        ("problems", [f"{_name_place(plan, problem.start)}{problem.message}" for problem in plan.problems]),
    )
    for title, lines in sections:
        if lines:
            yield ""
            yield f"{title}:"
            yield from (f"  {line}" for line in lines)


def _count_tasks(plan: Plan) -> str:
    """How many tasks the plan has, without their steps, and how sure the reader is of them."""
    count = sum(task.level == 1 for task in plan.tasks)
    sure = "" if plan.confidence is None or not count else f", {plan.confidence:.0%} sure that all are right"
    return f"{count or 'no'} task{'' if count == 1 else 's'}{sure}"


def _name_place(plan: Plan, start: int) -> str:
    """Where a problem is: the task that it is in, else its position in the text; nothing if it is the whole text."""
    for task in plan.tasks:
        if task.span.start <= start < task.span.end:
            words = f"{task.label} {task.title}".strip()
            return f"at “{words if len(words) <= PLACE else f'{words[: PLACE - 1]}…'}”: "
    return f"at character {start:,}: " if start else ""


def to_json(plan: Plan) -> str:
    """The whole plan as one JSON object."""
    return json.dumps(describe_plan(plan), ensure_ascii=False, indent=2, default=str)


def _render_task(task: Task) -> Iterator[str]:
    indent = "  " * task.level
    line = f"{indent}{task.label} {task.title}"
    yield line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
    for role in ("lead", "support", "responsible"):
        names = [assignment.body for assignment in task.assignments if assignment.role == role]
        if names:
            yield f"{indent}     {role}: {'; '.join(names)}"
    if task.deadline_stated:
        yield f"{indent}     deadline: {task.deadline_stated}"
