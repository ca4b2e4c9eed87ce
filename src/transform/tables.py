"""Plans in, normalised tables out, with the ids of the previous release kept wherever a row is still the same thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from extract.plan import Plan
from transform.identity import Candidate, Match, Mint, match_rows, normal, slug
from transform.schema import TABLES, arrow_schema

Row = dict[str, Any]
Tables = Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Announced:
    """A plan, and the capture that it was read from. `url` is the article's address, `capture_url` the capture's."""

    source_id: str
    url: str
    capture_url: str
    capture_id: str
    fetched_at: datetime
    media_type: str
    encoding: str | None
    byte_count: int
    plan: Plan


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A row that kept its id although its words changed: published, so that a person can disagree."""

    table: str
    row_id: str
    rule: str
    score: float


@dataclass(frozen=True, slots=True)
class Normalised:
    """The tables of a reading (all but `changes` and `id_history`), and the matches that are not certain."""

    tables: dict[str, pa.Table]
    uncertain: tuple[Uncertain, ...]


def normalise(announced: Sequence[Announced], previous: Tables | None) -> Normalised:
    """Make the tables of a release from plans, in the order given; `previous` are the tables of the last release."""
    ids = _Ids(previous)
    rows: dict[str, list[Row]] = {name: [] for name in TABLES if name not in ("changes", "id_history")}
    for one in announced:
        _add_document(rows, one, ids)
    return Normalised({name: to_table(name, listed) for name, listed in rows.items()}, tuple(ids.uncertain))


def to_table(name: str, rows: Sequence[Row]) -> pa.Table:
    """Rows as a table of the schema."""
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(TABLES[name]))


class _Ids:
    """The ids of the previous release and the mint of new ones; holds state while one release is made."""

    def __init__(self, previous: Tables | None) -> None:
        self._previous: dict[str, list[Row]] = {name: table.to_pylist() for name, table in (previous or {}).items()}
        self.area_labels = {row["area_id"]: row["label"] for row in self._previous.get("areas", ())}
        retired = {row["old_id"] for row in self._previous.get("id_history", ())}
        used = {row[f"{kind}_id"] for name, kind in ID_TABLES.items() for row in self._previous.get(name, ())}
        self.mint = Mint(retired | used)
        self.uncertain: list[Uncertain] = []
        self.bodies = {normal(row["name"]): row["body_id"] for row in self._previous.get("bodies", ())}

    def old_rows(self, table: str, document_id: str) -> list[Row]:
        return [row for row in self._previous.get(table, ()) if row["document_id"] == document_id]

    def keep_or_mint(
        self, table: str, key: str, old: Sequence[tuple[Row, Candidate]], new: Sequence[tuple[Candidate, str]]
    ) -> list[str]:
        """An id for each new row: the matched old row's, or a fresh one with the prefix given beside it."""
        matches: dict[int, Match] = {
            m.new: m for m in match_rows([candidate for _, candidate in old], [candidate for candidate, _ in new])
        }
        out = []
        for index, (_, prefix) in enumerate(new):
            match = matches.get(index)
            row_id = str(old[match.old][0][key]) if match else self.mint.numbered(prefix, index + 1)
            if match and not match.certain:
                self.uncertain.append(Uncertain(table, row_id, match.rule, match.score))
            out.append(row_id)
        return out


ID_TABLES = {"areas": "area", "tasks": "task", "bodies": "body", "claims": "claim", "citations": "citation"}


def _add_document(rows: dict[str, list[Row]], one: Announced, ids: _Ids) -> None:
    plan, article, document_id = one.plan, one.plan.article, one.source_id
    if one.capture_id not in {row["capture_id"] for row in rows["captures"]}:  # two sources may serve the same bytes
        rows["captures"].append(
            {
                "capture_id": one.capture_id,
                "source_id": one.source_id,
                "url": one.capture_url,
                "fetched_at": one.fetched_at,
                "media_type": one.media_type,
                "encoding": one.encoding,
                "byte_count": one.byte_count,
            }
        )
    rows["documents"].append(
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
            "area_count": len(plan.areas),
            "task_count": sum(task.level == 1 for task in plan.tasks),
        }
    )
    area_ids = _add_areas(rows, plan, document_id, ids)
    task_ids = _add_tasks(rows, one, document_id, area_ids, ids)
    _add_bodies(rows, plan, task_ids, ids)
    _add_claims(rows, plan, document_id, ids)
    _add_citations(rows, plan, document_id, ids)


def _add_areas(rows: dict[str, list[Row]], plan: Plan, document_id: str, ids: _Ids) -> list[str]:
    old = [(row, Candidate(row["title"] or row["label"], row["label"])) for row in ids.old_rows("areas", document_id)]
    new = [(Candidate(area.title or area.label, area.label), f"{document_id}/a") for area in plan.areas]
    area_ids = ids.keep_or_mint("areas", "area_id", old, new)
    for area_id, area in zip(area_ids, plan.areas, strict=True):
        rows["areas"].append(
            {
                "area_id": area_id,
                "document_id": document_id,
                "ordinal": area.ordinal,
                "label": area.label,
                "title": area.title or None,
                "kind": area.kind,
            }
        )
    return area_ids


def _add_tasks(
    rows: dict[str, list[Row]], one: Announced, document_id: str, area_ids: Sequence[str], ids: _Ids
) -> list[str]:
    plan = one.plan
    old_rows = ids.old_rows("tasks", document_id)
    old_labels = {row["task_id"]: row["label"] for row in old_rows}
    old = [
        (
            row,
            Candidate(
                row["text"],
                f"{ids.area_labels.get(row['area_id'], '')} {old_labels.get(row['parent_task_id'], '')} {row['label']}",
            ),
        )
        for row in old_rows
    ]
    new = []
    for task in plan.tasks:
        area_label = plan.areas[task.area].label if task.area is not None else ""
        parent_label = plan.tasks[task.parent].label if task.parent is not None else ""
        new.append(
            (
                Candidate(task.text, f"{area_label} {parent_label} {task.label}"),
                f"{document_id}/{'t' if task.level == 1 else 's'}",
            )
        )
    task_ids = ids.keep_or_mint("tasks", "task_id", old, new)
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        rows["tasks"].append(
            {
                "task_id": task_id,
                "document_id": document_id,
                "area_id": area_ids[task.area] if task.area is not None else None,
                "parent_task_id": task_ids[task.parent] if task.parent is not None else None,
                "level": task.level,
                "ordinal": task.ordinal,
                "label": task.label,
                "title": task.title,
                "text": task.text,
                "kind": task.kind,
                "deadline": task.deadline,
                "deadline_stated": task.deadline_stated,
                "span_start": task.span.start,
                "span_end": task.span.end,
                "deep_link": f"{one.url}{'' if '#' in one.url else '#'}:~:{task.fragment}",
            }
        )
    return task_ids


def _add_bodies(rows: dict[str, list[Row]], plan: Plan, task_ids: Sequence[str], ids: _Ids) -> None:
    listed = {row["body_id"] for row in rows["bodies"]}

    def body_id(name: str, kind: str) -> str:
        key = normal(name)
        if key not in ids.bodies:
            ids.bodies[key] = ids.mint.named(slug(name))
        minted = str(ids.bodies[key])
        if minted not in listed:
            listed.add(minted)
            rows["bodies"].append({"body_id": minted, "name": name, "language": plan.article.language, "kind": kind})
        return minted

    for body in plan.bodies:
        body_id(body.name, body.kind)
    seen = set()
    for task_id, task in zip(task_ids, plan.tasks, strict=True):
        for assignment in task.assignments:
            key = (task_id, body_id(assignment.body, "organisation"), assignment.role)
            if key not in seen:
                seen.add(key)
                rows["assignments"].append(
                    {"task_id": key[0], "body_id": key[1], "role": key[2], "stated_as": assignment.stated_as}
                )


def _add_claims(rows: dict[str, list[Row]], plan: Plan, document_id: str, ids: _Ids) -> None:
    """A claim is recognised by what it counts: when the number changes, its id stays."""
    old: dict[str, list[str]] = defaultdict(list)
    for row in ids.old_rows("claims", document_id):
        old[row["counted"]].append(row["claim_id"])
    for claim in plan.claims:
        known = old[claim.counted]
        claim_id = known.pop(0) if known else ids.mint.named(f"{document_id}/claim-{slug(claim.counted)}")
        rows["claims"].append(
            {
                "claim_id": claim_id,
                "document_id": document_id,
                "quote": claim.quote,
                "counted": claim.counted,
                "stated": claim.stated,
                "found": claim.found,
                "holds": claim.holds,
            }
        )


def _add_citations(rows: dict[str, list[Row]], plan: Plan, document_id: str, ids: _Ids) -> None:
    old = [(row, Candidate(row["title"])) for row in ids.old_rows("citations", document_id)]
    new = [(Candidate(citation.title), f"{document_id}/c") for citation in plan.citations]
    for citation_id, citation in zip(
        ids.keep_or_mint("citations", "citation_id", old, new), plan.citations, strict=True
    ):
        rows["citations"].append(
            {"citation_id": citation_id, "document_id": document_id, "title": citation.title, "years": citation.years}
        )
