"""A plan in, its rows in all tables out, under the ids of the previous release wherever they are still the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from extract.plan import Plan
from transform.bodies import place_of
from transform.corrections import Corrector
from transform.facts import Announced
from transform.identity import Candidate, slug
from transform.ledger import Ledger, New, Old
from transform.roster import Roster
from transform.sheets import Row, Sheets


def capture_row(one: Announced) -> Row:
    """The row of `captures`."""
    return {
        "capture_id": one.capture_id,
        "source_id": one.source_id,
        "url": one.capture_url,
        "fetched_at": one.fetched_at,
        "media_type": one.media_type,
        "encoding": one.encoding,
        "byte_count": one.byte_count,
    }


@dataclass(frozen=True, slots=True)
class Desk:
    """What is at hand while rows are made: the ids, the bodies, the corrections, and where the rows go."""

    ledger: Ledger
    roster: Roster
    corrector: Corrector
    sheets: Sheets

    def put(self, table: str, row: Row) -> None:
        """Put a row down, corrected where it is to be."""
        self.corrector.correct(table, row)
        self.sheets.add(table, row)


def add_document(desk: Desk, one: Announced, plan: Plan) -> None:
    """Put down all rows of a document but those of `captures` and `bodies`, which documents share."""
    article, document_id = plan.article, one.source_id
    place = one.place or place_of(article.issuers, (article.plan_title, article.title))
    desk.put(
        "documents",
        {
            "document_id": document_id,
            "source_id": one.source_id,
            "capture_id": one.capture_id,
            "url": one.url,
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
    task_ids = _task_ids(desk.ledger, plan, document_id)
    area_ids = _area_ids(desk.ledger, plan, document_id, task_ids)
    _add_areas(desk, plan, document_id, area_ids)
    _add_tasks(desk, one, plan, area_ids, task_ids)
    _add_bodies(desk, plan, document_id, place, task_ids)
    _add_claims(desk, plan, document_id)
    _add_citations(desk, plan, document_id)


def _task_ids(ledger: Ledger, plan: Plan, document_id: str) -> list[str]:
    area_labels = {row["area_id"]: row["label"] or "" for row in ledger.old_rows("areas", document_id)}
    old_rows = ledger.old_rows("tasks", document_id)
    labels = {row["task_id"]: row["label"] or "" for row in old_rows}
    old = [
        Old(
            row["task_id"],
            Candidate(
                row["text"],
                _place(area_labels.get(row["area_id"], ""), labels.get(row["parent_task_id"], ""), row["label"] or ""),
            ),
        )
        for row in old_rows
    ]
    new = [
        New(
            Candidate(
                task.text,
                _place(
                    plan.areas[task.area].label if task.area is not None else "",
                    plan.tasks[task.parent].label if task.parent is not None else "",
                    task.label,
                ),
            ),
            f"{document_id}/{'t' if task.level == 1 else 's'}",
        )
        for task in plan.tasks
    ]
    return ledger.keep("tasks", document_id, old, new)


def _place(area: str, parent: str, label: str) -> str | None:
    return f"{area} {parent} {label}" if label else None


def _area_ids(ledger: Ledger, plan: Plan, document_id: str, task_ids: Sequence[str]) -> list[str]:
    """An area is recognised by its heading, its label, and the tasks that stand under it."""
    inside: dict[str, set[str]] = defaultdict(set)
    for row in ledger.old_rows("tasks", document_id):
        inside[row["area_id"]].add(row["task_id"])
    old = [
        Old(
            row["area_id"],
            Candidate(row["title"] or row["label"] or "", row["label"], frozenset(inside[row["area_id"]])),
        )
        for row in ledger.old_rows("areas", document_id)
    ]
    now: dict[int | None, set[str]] = defaultdict(set)
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        now[task.area].add(task_id)
    new = [
        New(Candidate(area.title or area.label, area.label or None, frozenset(now[index])), f"{document_id}/a")
        for index, area in enumerate(plan.areas)
    ]
    return ledger.keep("areas", document_id, old, new)


def _add_areas(desk: Desk, plan: Plan, document_id: str, area_ids: Sequence[str]) -> None:
    for area_id, area in zip(area_ids, plan.areas, strict=True):
        desk.put(
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


def _add_tasks(desk: Desk, one: Announced, plan: Plan, area_ids: Sequence[str], task_ids: Sequence[str]) -> None:
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        desk.put(
            "tasks",
            {
                "task_id": task_id,
                "document_id": one.source_id,
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
                "deep_link": f"{one.url}{'' if '#' in one.url else '#'}:~:{task.fragment}",
            },
        )


def _add_bodies(desk: Desk, plan: Plan, document_id: str, place: str | None, task_ids: Sequence[str]) -> None:
    mentions, body_ids = desk.roster.mentions(plan, place, document_id)
    for row in mentions:
        desk.put("mentions", row)
    seen = set()
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        for assignment in task.assignments:
            key = (task_id, body_ids[assignment.body], assignment.role)
            if key not in seen:
                seen.add(key)
                row = {"task_id": key[0], "body_id": key[1], "role": key[2], "stated_as": assignment.stated_as}
                desk.put("assignments", row)


def _add_claims(desk: Desk, plan: Plan, document_id: str) -> None:
    """A claim is recognised by what it counts: when the number changes, its id stays."""
    old: dict[str, list[str]] = defaultdict(list)
    for row in desk.ledger.old_rows("claims", document_id):
        old[row["counted"]].append(row["claim_id"])
    for claim in plan.claims:
        known = old[claim.counted]
        claim_id = known.pop(0) if known else desk.ledger.returning("claims", document_id, claim.counted)
        desk.put(
            "claims",
            {
                "claim_id": claim_id or desk.ledger.mint.named(f"{document_id}/claim-{slug(claim.counted)}"),
                "document_id": document_id,
                "quote": claim.quote,
                "counted": claim.counted,
                "stated": claim.stated,
                "found": claim.found,
                "holds": claim.holds,
            },
        )


def _add_citations(desk: Desk, plan: Plan, document_id: str) -> None:
    old = [Old(row["citation_id"], Candidate(row["title"])) for row in desk.ledger.old_rows("citations", document_id)]
    new = [New(Candidate(citation.title), f"{document_id}/c") for citation in plan.citations]
    for citation_id, citation in zip(desk.ledger.keep("citations", document_id, old, new), plan.citations, strict=True):
        desk.put(
            "citations",
            {"citation_id": citation_id, "document_id": document_id, "title": citation.title, "years": citation.years},
        )
