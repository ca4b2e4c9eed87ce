"""Turns the plan of one document into rows of all tables.

A document and its `Plan` come in; rows go to the collector, under the ids of the previous release wherever a row is
still the same (`ledger`), and with the corrections of the dataset's file applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from extract.plan import Plan
from transform.arrow_tables import Row, RowCollector
from transform.bodies import find_place
from transform.body_register import BodyRegister
from transform.corrections import Corrector
from transform.identity import Candidate, make_slug
from transform.ledger import Ledger, NewRow, OldRow
from transform.models import AnnouncedDocument


def make_capture_row(document: AnnouncedDocument) -> Row:
    """The row of a document's capture in `captures`."""
    return {
        "capture_id": document.capture_id,
        "source_id": document.source_id,
        "url": document.capture_url,
        "fetched_at": document.fetched_at,
        "media_type": document.media_type,
        "encoding": document.encoding,
        "byte_count": document.byte_count,
    }


@dataclass(frozen=True, slots=True)
class RowBuilder:
    """What rows are made with: ids, bodies and corrections; and the collector that takes them."""

    ledger: Ledger
    bodies: BodyRegister
    corrector: Corrector
    collector: RowCollector

    def add_row(self, table: str, row: Row) -> None:
        """Apply corrections to a row, and collect it."""
        self.corrector.correct(table, row)
        self.collector.add(table, row)


def add_document(builder: RowBuilder, document: AnnouncedDocument, plan: Plan) -> None:
    """Add all rows of a document, except those of `captures` and `bodies`, which documents share."""
    article, document_id = plan.article, document.source_id
    place = document.place or find_place(article.issuers, (article.plan_title, article.title))
    builder.add_row(
        "documents",
        {
            "document_id": document_id,
            "source_id": document.source_id,
            "capture_id": document.capture_id,
            "url": document.url,
            "title": article.title,
            "plan_title": article.plan_title,
            "document_number": article.document_number,
            "issuers": "; ".join(article.issuers) or None,
            "site": article.site,
            "byline": article.byline,
            "credited_source": article.credited_source,
            "published_date": article.published_date,
            "signed_date": article.signed_date,
            "language": article.language,
            "place": place,
            "area_count": len(plan.areas),
            "task_count": sum(task.level == 1 for task in plan.tasks),
        },
    )
    task_ids = _assign_task_ids(builder.ledger, plan, document_id)
    area_ids = _assign_area_ids(builder.ledger, plan, document_id, task_ids)
    _add_areas(builder, plan, document_id, area_ids)
    _add_tasks(builder, document, plan, area_ids, task_ids)
    _add_bodies(builder, plan, document_id, place, task_ids)
    _add_claims(builder, plan, document_id)
    _add_citations(builder, plan, document_id)


def _assign_task_ids(ledger: Ledger, plan: Plan, document_id: str) -> list[str]:
    area_labels = {row["area_id"]: row["label"] or "" for row in ledger.get_old_rows("areas", document_id)}
    old_rows = ledger.get_old_rows("tasks", document_id)
    labels = {row["task_id"]: row["label"] or "" for row in old_rows}
    old = [
        OldRow(
            row["task_id"],
            Candidate(
                row["text"],
                _join_labels(
                    area_labels.get(row["area_id"], ""), labels.get(row["parent_task_id"], ""), row["label"] or ""
                ),
            ),
        )
        for row in old_rows
    ]
    new = [
        NewRow(
            Candidate(
                task.text,
                _join_labels(
                    plan.areas[task.area].label if task.area is not None else "",
                    plan.tasks[task.parent].label if task.parent is not None else "",
                    task.label,
                ),
            ),
            f"{document_id}/{'t' if task.level == 1 else 's'}",
        )
        for task in plan.tasks
    ]
    return ledger.assign_ids("tasks", document_id, old, new)


def _join_labels(area: str, parent: str, label: str) -> str | None:
    return f"{area} {parent} {label}" if label else None


def _assign_area_ids(ledger: Ledger, plan: Plan, document_id: str, task_ids: Sequence[str]) -> list[str]:
    """Ids of the areas, which are matched by heading, by label, and by the tasks in them."""
    old_tasks: dict[str, set[str]] = defaultdict(set)
    for row in ledger.get_old_rows("tasks", document_id):
        old_tasks[row["area_id"]].add(row["task_id"])
    old = [
        OldRow(
            row["area_id"],
            Candidate(row["title"] or row["label"] or "", row["label"], frozenset(old_tasks[row["area_id"]])),
        )
        for row in ledger.get_old_rows("areas", document_id)
    ]
    new_tasks: dict[int | None, set[str]] = defaultdict(set)
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        new_tasks[task.area].add(task_id)
    new = [
        NewRow(Candidate(area.title or area.label, area.label or None, frozenset(new_tasks[index])), f"{document_id}/a")
        for index, area in enumerate(plan.areas)
    ]
    return ledger.assign_ids("areas", document_id, old, new)


def _add_areas(builder: RowBuilder, plan: Plan, document_id: str, area_ids: Sequence[str]) -> None:
    for area_id, area in zip(area_ids, plan.areas, strict=True):
        builder.add_row(
            "areas",
            {
                "area_id": area_id,
                "document_id": document_id,
                "ordinal": area.ordinal,
                "label": area.label or None,
                "title": area.title or None,
                "kind": area.kind,
            },
        )


def _add_tasks(
    builder: RowBuilder, document: AnnouncedDocument, plan: Plan, area_ids: Sequence[str], task_ids: Sequence[str]
) -> None:
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        builder.add_row(
            "tasks",
            {
                "task_id": task_id,
                "document_id": document.source_id,
                "area_id": area_ids[task.area] if task.area is not None else None,
                "parent_task_id": task_ids[task.parent] if task.parent is not None else None,
                "level": task.level,
                "ordinal": task.ordinal,
                "label": task.label or None,
                "title": task.title,
                "text": task.text,
                "kind": task.kind,
                "deadline": task.deadline,
                "deadline_stated": task.deadline_stated,
                "span_start": task.span.start,
                "span_end": task.span.end,
                "deep_link": f"{document.url}{'' if '#' in document.url else '#'}:~:{task.fragment}",
            },
        )


def _add_bodies(builder: RowBuilder, plan: Plan, document_id: str, place: str | None, task_ids: Sequence[str]) -> None:
    mentions, body_ids = builder.bodies.make_mentions(plan, place, document_id)
    for row in mentions:
        builder.add_row("mentions", row)
    seen = set()
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        for assignment in task.assignments:
            key = (task_id, body_ids[assignment.body], assignment.role)
            if key not in seen:
                seen.add(key)
                row = {"task_id": key[0], "body_id": key[1], "role": key[2], "stated_as": assignment.stated_as}
                builder.add_row("assignments", row)


def _add_claims(builder: RowBuilder, plan: Plan, document_id: str) -> None:
    """Add the claims. A claim keeps its id when its number changes: it is matched by what it counts."""
    old_ids: dict[str, list[str]] = defaultdict(list)
    for row in builder.ledger.get_old_rows("claims", document_id):
        old_ids[row["counted"]].append(row["claim_id"])
    for claim in plan.claims:
        same_count = old_ids[claim.counted]
        claim_id = same_count.pop(0) if same_count else builder.ledger.revive_id("claims", document_id, claim.counted)
        builder.add_row(
            "claims",
            {
                "claim_id": claim_id
                or builder.ledger.mint.mint_named(f"{document_id}/claim-{make_slug(claim.counted)}"),
                "document_id": document_id,
                "quote": claim.quote,
                "counted": claim.counted,
                "stated": claim.stated,
                "found": claim.found,
                "holds": claim.holds,
            },
        )


def _add_citations(builder: RowBuilder, plan: Plan, document_id: str) -> None:
    old = [
        OldRow(row["citation_id"], Candidate(row["title"]))
        for row in builder.ledger.get_old_rows("citations", document_id)
    ]
    new = [NewRow(Candidate(citation.title), f"{document_id}/c") for citation in plan.citations]
    for citation_id, citation in zip(
        builder.ledger.assign_ids("citations", document_id, old, new), plan.citations, strict=True
    ):
        builder.add_row(
            "citations",
            {"citation_id": citation_id, "document_id": document_id, "title": citation.title, "years": citation.years},
        )
