"""A plan as the object that `policytasks extract --json` prints, and that `policytasks evaluate` measures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from extract.plan import Plan


def describe_plan(plan: Plan) -> dict[str, Any]:
    """The whole plan as values of JSON, days apart, which are written as text."""
    tasks = [
        {
            **{name: value for name, value in asdict(task).items() if name not in ("area", "parent", "fragment")},
            "area_ordinal": plan.areas[task.area].ordinal if task.area is not None else None,
            "parent_ordinal": plan.tasks[task.parent].ordinal if task.parent is not None else None,
            "deadline": task.deadline_stated or task.deadline,
        }
        for task in plan.tasks
    ]
    return {
        "document": {**asdict(plan.article), "confidence": plan.confidence},
        "areas": [asdict(area) for area in plan.areas],
        "tasks": tasks,
        "bodies": [asdict(body) for body in plan.bodies],
        "claims": [asdict(claim) for claim in plan.claims],
        "citations": [asdict(citation) for citation in plan.citations],
        "reasons": list(plan.reasons),
        "problems": [asdict(problem) for problem in plan.problems],
    }
