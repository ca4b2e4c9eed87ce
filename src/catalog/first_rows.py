"""The first rows of the table of tasks, for readers whose browsers run no scripts.

The rows are sorted by plan, and within a plan in the order of its text, as `assets/explore/rows.js` sorts them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from transform.arrow_tables import match_values

if TYPE_CHECKING:
    import pyarrow as pa

# The order in which the bodies of a task are named.
ROLES = ("lead", "responsible", "support")
MAX_SHOWN = 50


def select_first_rows(tables: Mapping[str, pa.Table], find_edition: Callable[[str], str]) -> list[dict[str, Any]]:
    """The first tasks, each with its plan, its area and its bodies.

    `find_edition` gives the edition of a document. `href` is the address of the task's mark, relative to the folder of
    the plans. Raises whatever `find_edition` raises.
    """
    order = [(name, "ascending") for name in ("document_id", "span_start", "task_id")]
    first = pc.select_k_unstable(tables["tasks"], MAX_SHOWN, sort_keys=order)
    tasks = tables["tasks"].take(first).to_pylist()
    plans = _index_by(tables["documents"], "document_id", [task["document_id"] for task in tasks])
    areas = _index_by(tables["areas"], "area_id", [task["area_id"] for task in tasks])
    bodies = _list_bodies(tables, [task["task_id"] for task in tasks])
    rows = []
    for task in tasks:
        document_id = task["document_id"]
        plan, area = plans[document_id], areas.get(task["area_id"])
        mark = task["task_id"].removeprefix(f"{document_id}/")
        row = {
            "label": task["label"] or "",
            "title": task["title"],
            "plan": name_plan(plan),
            "area": (area and (area["title"] or area["label"])) or "",
            "deadline": task["deadline"].isoformat() if task["deadline"] else "",
            "language": plan["language"],
            "href": f"{document_id}/{find_edition(document_id)}.html#{mark}",
            "bodies": bodies.get(task["task_id"], []),
        }
        rows.append(row)
    return rows


def name_plan(document: Mapping[str, Any]) -> str:
    """The name of a plan: its title, else that of the article, else the document's id."""
    name: str = document["plan_title"] or document["title"] or document["document_id"]
    return name


def _index_by(table: pa.Table, key: str, wanted: list[str | None]) -> dict[str | None, dict[str, Any]]:
    return {row[key]: row for row in table.filter(match_values(table[key], wanted)).to_pylist()}


def _list_bodies(tables: Mapping[str, pa.Table], task_ids: list[str]) -> dict[str, list[dict[str, str]]]:
    """The name and the role of each body of these tasks by task, in the order of `ROLES`."""
    parts = tables["assignments"].filter(match_values(tables["assignments"]["task_id"], task_ids))
    names = _index_by(tables["bodies"], "body_id", parts["body_id"].to_pylist())
    bodies: dict[str, list[dict[str, str]]] = {}
    for row in sorted(parts.to_pylist(), key=lambda part: ROLES.index(part["role"])):
        bodies.setdefault(row["task_id"], []).append({"name": names[row["body_id"]]["name"], "role": row["role"]})
    return bodies
