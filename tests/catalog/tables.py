"""Tables of releases to order, as `publish` writes them: a few rows that say everything, or very many."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from publish.table_files import write_tables
from transform.schema import ARROW_TYPES, TABLES, build_arrow_schema

NAMES = ("documents", "areas", "tasks", "assignments", "bodies")
IMAGE = "<img src=x onerror=alert(1)>"
FORMULA_TEXT = '=HYPERLINK("https://example.org","x")'
TURNED = "\u202etxt.exe\u2066 and on"
MARKED = "\ufeffBegins with a mark"

Tables = Mapping[str, pa.Table]
Cells = dict[str, Any]

# What stands in a column that a row says nothing of and that cannot be empty.
PLAIN = {pa.string(): "", pa.int32(): 1}


def tables_of(rows: Mapping[str, Sequence[Cells]]) -> dict[str, pa.Table]:
    """Whole tables of rows that name only the cells that matter."""
    return {name: _table(name, rows.get(name, ())) for name in NAMES}


def write_tables_and_editions(tables: Tables, folder: Path, version: str) -> None:
    """Write the tables into the folder of a version, and that each document is of that edition."""
    (folder / version).mkdir(parents=True)
    write_tables(tables, folder / version, {"version": version})
    write_editions(folder, {document_id: [version] for document_id in tables["documents"]["document_id"].to_pylist()})


def write_editions(folder: Path, documents: Mapping[str, Sequence[str]]) -> None:
    """Write which editions each document has."""
    (folder / "plans").mkdir(parents=True, exist_ok=True)
    (folder / "plans" / "editions.json").write_text(json.dumps({"versions": [], "documents": documents}))


def _table(name: str, rows: Sequence[Cells]) -> pa.Table:
    table = TABLES[name]
    plain = {
        column.name: None if column.nullable else PLAIN.get(ARROW_TYPES[column.type], "") for column in table.columns
    }
    filled = [{**plain, **row} for row in sorted(rows, key=lambda row: [row[part] for part in table.key])]
    return pa.Table.from_pylist(filled, schema=build_arrow_schema(table))


def _plan(document_id: str, title: str | None, language: str, article: str = "An article") -> Cells:
    return {"document_id": document_id, "plan_title": title, "title": article, "language": language}


def _area(document_id: str, number: int, title: str | None, label: str) -> Cells:
    return {
        "area_id": f"{document_id}/a{number:02d}",
        "document_id": document_id,
        "ordinal": number,
        "label": label,
        "title": title,
        "kind": "core",
    }


def _task(document_id: str, number: int, text: str, area: int | None = 1, **more: Any) -> Cells:
    start = more.pop("span_start", number * 1000)
    return {
        "task_id": f"{document_id}/t{number:02d}",
        "document_id": document_id,
        "area_id": area and f"{document_id}/a{area:02d}",
        "level": 1,
        "ordinal": number,
        "label": f"{number}.",
        "title": re.split("。|\\. ", text, maxsplit=1)[0].removesuffix("."),
        "text": text,
        "kind": "core",
        "span_start": start,
        "span_end": start + len(text),
        "deep_link": f"https://example.org/{document_id}#:~:text=x",
        **more,
    }


def make_few_tasks() -> dict[str, pa.Table]:
    """Two plans in English and one in Chinese, with bodies, deadlines, like titles, and texts that mean harm."""
    return tables_of(
        {
            "documents": [
                _plan("ferries-2019", "Plan for the Ferries", "en"),
                _plan("huanhu-2020", "环湖城镇重点任务", "zh"),
                _plan("schools-2021", None, "en", article="Schools of the Lakes"),
            ],
            "areas": [
                _area("ferries-2019", 1, "Sharing", "(I)"),
                _area("ferries-2019", 2, IMAGE, "(II)"),
                _area("huanhu-2020", 1, "共享渡轮", "一、"),
                _area("schools-2021", 1, "Sharing", "(I)"),
                _area("schools-2021", 2, None, "(II)"),
            ],
            "tasks": [
                _task(
                    "ferries-2019",
                    1,
                    "Run one timetable. It is for all FERRIES.",
                    deadline=date(2021, 12, 31),
                    deadline_stated="by 2021",
                ),
                _task("ferries-2019", 2, "Build a pier for night boats.", deadline=date(2020, 6, 30)),
                _task("ferries-2019", 3, f"{IMAGE} and more.", area=2),
                _task("ferries-2019", 4, FORMULA_TEXT, area=2),
                _task("ferries-2019", 5, TURNED, area=2, deadline=date(2022, 1, 1)),
                # In the plan it stands before all others.
                _task("ferries-2019", 6, "''+SUM(1) said \"twice\".", area=None, span_start=0),
                _task("huanhu-2020", 1, "建设环湖公路。打通所有“断头路”。", deadline=date(2021, 12, 31)),
                _task("huanhu-2020", 2, "改造码头。"),
                _task("schools-2021", 1, "Öffnen the college to all pupils."),
                _task("schools-2021", 10, "Train teachers together.", area=2),
                _task("schools-2021", 2, MARKED),
            ],
            "bodies": [
                {"body_id": "ferry-office", "name": "Ferry Office", "language": "en", "kind": "office"},
                {"body_id": "harm", "name": f"@{IMAGE}", "language": "en", "kind": "office"},
                {"body_id": "gangwuju", "name": "港务局", "language": "zh", "kind": "office"},
                {"body_id": "unused", "name": "Nobody's Office", "language": "en", "kind": "party"},
            ],
            "assignments": [
                {"task_id": "ferries-2019/t01", "body_id": "ferry-office", "role": "support", "stated_as": "x"},
                {"task_id": "ferries-2019/t01", "body_id": "harm", "role": "lead", "stated_as": "x"},
                {"task_id": "huanhu-2020/t01", "body_id": "gangwuju", "role": "responsible", "stated_as": "x"},
                {"task_id": "schools-2021/t01", "body_id": "ferry-office", "role": "lead", "stated_as": "x"},
            ],
        }
    )


PLANS, TASKS, AREAS_A_PLAN, BODIES = 3_000, 100_000, 9, 400
PHRASES = (
    ("build", "open", "each village", "behind the dam", "before winter", "by boat", "bridges", "wells", "schools"),
    ("建设", "沿湖", "每个村庄", "长堤以外", "入冬以前", "乘船到达", "桥梁", "水井", "完善机制"),
)


def make_many_tasks(plans: int = PLANS, tasks: int = TASKS) -> dict[str, pa.Table]:
    """Very many tasks, half of them in Chinese, of about 150 characters each."""
    return tables_of(
        {
            "documents": [
                _plan(
                    f"plan-{at:05d}",
                    f"第{at}号湖区规划" if at % 2 else f"Plan {at} for the Lakes",
                    ("en", "zh")[at % 2],
                )
                for at in range(plans)
            ],
            "areas": [
                _area(f"plan-{at:05d}", number, f"{PHRASES[at % 2][number - 1]} {at % 40}", f"({number})")
                for at in range(plans)
                for number in range(1, AREAS_A_PLAN + 1)
            ],
            "tasks": [
                _task(
                    f"plan-{at % plans:05d}",
                    at // plans + 1,
                    _sentence(at, at % plans % 2),
                    area=at // plans % AREAS_A_PLAN + 1,
                    deadline=date(2020 + at % 10, 12, 31) if at % 4 == 0 else None,
                )
                for at in range(tasks)
            ],
            "bodies": [
                {
                    "body_id": f"body-{at:03d}",
                    "name": f"{at}号港务局" if at % 2 else f"Port Office {at}",
                    "language": ("en", "zh")[at % 2],
                    "kind": "office",
                }
                for at in range(BODIES)
            ],
            "assignments": [
                {
                    "task_id": f"plan-{at % plans:05d}/t{at // plans + 1:02d}",
                    "body_id": f"body-{(at + part * 2) % BODIES:03d}",
                    "role": role,
                    "stated_as": "x",
                }
                for at in range(tasks)
                for part, role in enumerate(("lead", "support"))
            ],
        }
    )


def _sentence(at: int, chinese: int) -> str:
    """A text of about 150 characters that no other task has."""
    words, joint, stop, count = PHRASES[chinese], *(("", "。", 38) if chinese else (" ", ". ", 17))
    drawn = at * 2_654_435_761 % 2**32
    picked = [
        words[(drawn >> step % 29) % len(words) ^ step % 2]
        if (drawn >> step % 29) % len(words) < 8
        else words[step % 9]
        for step in range(count)
    ]
    return f"{picked[0]}{joint}{at}{stop}{joint.join(picked[1:])}{stop.strip()}"
