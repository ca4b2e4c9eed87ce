"""Turns the plan of one document into rows of all tables.

A document and its `Plan` come in; rows go to the collector, under the ids of the previous release wherever a row is
still the same (`ledger`), and with the corrections of the dataset's file applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from extract.plan import Plan
from transform.arrow_tables import RowCollector
from transform.bodies import find_place
from transform.body_register import BodyRegister
from transform.corrections import Corrector
from transform.identity import Candidate, make_slug
from transform.ledger import Ledger
from transform.models import AnnouncedDocument
from transform.schema import TABLES


@dataclass(frozen=True, slots=True)
class RowBuilder:
    """What rows are made with: ids, bodies and corrections; and the collector that takes them."""

    ledger: Ledger
    bodies: BodyRegister
    corrector: Corrector
    collector: RowCollector

    def add_row(self, table: str, source: object = None, **cells: Any) -> None:
        """Apply corrections to a row, and collect it.

        Columns that `cells` lacks are attributes of `source` with the same name; an empty text there is a null.
        """
        for column in TABLES[table].columns:
            if column.name not in cells:
                value = getattr(source, column.name)
                cells[column.name] = None if value == "" else value
        self.corrector.correct(table, cells)
        self.collector.add(table, cells)


def add_document(builder: RowBuilder, document: AnnouncedDocument, plan: Plan) -> None:
    """Add all rows of a document, except those of `captures` and `bodies`, which documents share."""
    article, document_id = plan.article, document.source_id
    place = document.place or find_place(article.issuers, (article.plan_title, article.title))
    builder.add_row(
        "documents",
        article,
        document_id=document_id,
        source_id=document.source_id,
        capture_id=document.capture_id,
        url=document.url,
        issuers="; ".join(article.issuers) or None,
        place=place,
        area_count=len(plan.areas),
        task_count=sum(task.level == 1 for task in plan.tasks),
    )
    task_ids = _assign_task_ids(builder.ledger, plan, document_id)
    area_ids = _assign_area_ids(builder.ledger, plan, document_id, task_ids)
    for area_id, area in zip(area_ids, plan.areas, strict=True):
        builder.add_row("areas", area, area_id=area_id, document_id=document_id)
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        builder.add_row(
            "tasks",
            task,
            task_id=task_id,
            document_id=document_id,
            area_id=area_ids[task.area] if task.area is not None else None,
            parent_task_id=task_ids[task.parent] if task.parent is not None else None,
            span_start=task.span.start,
            span_end=task.span.end,
            deep_link=f"{document.url}{'' if '#' in document.url else '#'}:~:{task.fragment}",
        )
    _add_bodies(builder, plan, document_id, place, task_ids)
    _add_claims(builder, plan, document_id)
    _add_citations(builder, plan, document_id)


def _assign_task_ids(ledger: Ledger, plan: Plan, document_id: str) -> list[str]:
    """Ids of the tasks, which are matched by words, and by the labels of the area, of the parent and of their own."""
    rows = ledger.get_old_rows("tasks", document_id)
    labels = {row["area_id"]: row["label"] for row in ledger.get_old_rows("areas", document_id)}
    labels |= {row["task_id"]: row["label"] for row in rows}
    old = {
        row["task_id"]: Candidate(
            row["text"], _join_labels(labels.get(row["area_id"]), labels.get(row["parent_task_id"]), row["label"])
        )
        for row in rows
    }
    new = [
        Candidate(
            task.text,
            _join_labels(
                plan.areas[task.area].label if task.area is not None else None,
                plan.tasks[task.parent].label if task.parent is not None else None,
                task.label,
            ),
        )
        for task in plan.tasks
    ]
    return ledger.assign_ids("tasks", document_id, old, new, ("t" if task.level == 1 else "s" for task in plan.tasks))


def _join_labels(area: str | None, parent: str | None, label: str | None) -> str | None:
    return f"{area or ''} {parent or ''} {label}" if label else None


def _assign_area_ids(ledger: Ledger, plan: Plan, document_id: str, task_ids: Sequence[str]) -> list[str]:
    """Ids of the areas, which are matched by heading, by label, and by the tasks in them."""
    old_tasks: dict[str | None, set[str]] = defaultdict(set)
    new_tasks: dict[int | None, set[str]] = defaultdict(set)
    for row in ledger.get_old_rows("tasks", document_id):
        old_tasks[row["area_id"]].add(row["task_id"])
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        new_tasks[task.area].add(task_id)
    old = {
        row["area_id"]: Candidate(
            row["title"] or row["label"] or "", row["label"], frozenset(old_tasks[row["area_id"]])
        )
        for row in ledger.get_old_rows("areas", document_id)
    }
    new = [
        Candidate(area.title or area.label, area.label or None, frozenset(new_tasks[index]))
        for index, area in enumerate(plan.areas)
    ]
    return ledger.assign_ids("areas", document_id, old, new, repeat("a"))


def _add_bodies(builder: RowBuilder, plan: Plan, document_id: str, place: str | None, task_ids: Sequence[str]) -> None:
    mentions, body_ids = builder.bodies.make_mentions(plan, place, document_id)
    for row in mentions:
        builder.add_row("mentions", **row)
    seen = set()
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        for assignment in task.assignments:
            body_id = body_ids[assignment.body]
            if (task_id, body_id, assignment.role) not in seen:
                seen.add((task_id, body_id, assignment.role))
                builder.add_row("assignments", assignment, task_id=task_id, body_id=body_id)


def _add_claims(builder: RowBuilder, plan: Plan, document_id: str) -> None:
    """Add the claims. A claim keeps its id when its number changes: it is matched by what it counts."""
    ledger = builder.ledger
    old_ids: dict[str, list[str]] = defaultdict(list)
    for row in ledger.get_old_rows("claims", document_id):
        old_ids[row["counted"]].append(row["claim_id"])
    for claim in plan.claims:
        claim_id = (
            old_ids[claim.counted].pop(0)
            if old_ids[claim.counted]
            else ledger.revive_id("claims", document_id, claim.counted)
            or ledger.mint.mint_named(f"{document_id}/claim-{make_slug(claim.counted)}")
        )
        builder.add_row("claims", claim, claim_id=claim_id, document_id=document_id)


def _add_citations(builder: RowBuilder, plan: Plan, document_id: str) -> None:
    old_rows = builder.ledger.get_old_rows("citations", document_id)
    old = {row["citation_id"]: Candidate(row["title"]) for row in old_rows}
    new = [Candidate(citation.title) for citation in plan.citations]
    citation_ids = builder.ledger.assign_ids("citations", document_id, old, new, repeat("c"))
    for citation_id, citation in zip(citation_ids, plan.citations, strict=True):
        builder.add_row("citations", citation, citation_id=citation_id, document_id=document_id)
