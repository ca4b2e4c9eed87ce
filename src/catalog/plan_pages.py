"""A document's pages: of each edition its text with every area and task marked in place, and one that lists editions.

An edition's page leads from each row to its sentence, from there to the live page and to the bytes that were captured.
It is written once. What goes on growing, the list of editions with what each changed, is a page of its own.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from catalog import changes
from catalog.head import Named, root_from
from catalog.holding import Evidence, Holding
from catalog.linked import plan_page, script_json
from catalog.marks import Line, lines_of, marks_of
from catalog.pages import Page, key_of
from catalog.render import LANGUAGES, made_with, name_in, render
from collect.archive import ArchiveError
from transform.changes import Change

# In which order it is told who has a task.
ROLES = ("lead", "responsible", "support")
# The tables whose rows a page shows.
ROWS = ("areas", "tasks", "claims", "citations", "mentions")


def plan_pages(holding: Holding) -> Iterator[Page]:
    """All pages of all documents of the versions that stand, and the captures that they were read from."""
    base = (made_with(), holding.site, holding.title)
    for document_id, known in holding.editions.documents.items():
        folder = f"{holding.dataset_id}/plans/{document_id}"
        for number, edition in enumerate(known, 1):
            name, which = f"{folder}/{edition}.html", (document_id, edition)
            key = key_of(base, "edition", document_id, known[:number])
            for lang in LANGUAGES:
                yield Page(name_in(lang, name), key, partial(_edition_page, holding, lang, name, which))
            key = key_of("capture", document_id, edition)
            yield Page(f"{folder}/{edition}.capture.gz", key, partial(_capture, holding, document_id, edition))
        name = f"{folder}/index.html"
        key = key_of(base, "plan", document_id, known, document_id not in _current(holding))
        for lang in LANGUAGES:
            yield Page(name_in(lang, name), key, partial(_editions_page, holding, lang, name, document_id))


def anchor(row_id: str) -> str:
    """The place of a row on its document's page."""
    return row_id.partition("/")[2] or row_id


def _current(holding: Holding) -> set[str]:
    if holding.latest is None:
        return set()
    if "current" not in holding.kept:
        ids = holding.tables(holding.latest)["documents"]["document_id"].to_pylist()
        holding.kept["current"] = set(ids)
    found: set[str] = holding.kept["current"]
    return found


def _edition_page(holding: Holding, lang: str, name: str, which: tuple[str, str]) -> bytes:
    document_id, edition = which
    rows = {table: holding.rows(edition, table, document_id) for table in ROWS}
    document = holding.document(edition, document_id)
    (capture,) = holding.rows(edition, "captures", document["capture_id"])[:1]
    evidence, why_not = _evidence(holding, document, capture)
    text = evidence.text if evidence else ""
    marks = marks_of(text, rows["areas"], rows["tasks"])
    marked = {mark.row_id for mark in marks}
    title = document["plan_title"] or document["title"] or document_id
    about = Named(name, title, f"{title}: {holding.title}", pictured=holding.title)
    linked = plan_page(holding.descriptor(edition), document, about.name, root_from(name_in(lang, name), holding.site))
    return render(
        "plan.html",
        lang,
        name,
        about=about.head(lang, holding.site, script_json(linked)),
        dataset={"id": holding.dataset_id, "title": holding.title},
        document=document,
        title=title,
        edition=edition,
        capture=capture,
        evidence=evidence,
        why_not=why_not,
        file_name=f"{document['capture_id'][:12]}{PurePath(evidence.file_name).suffix}.gz" if evidence else "",
        lines=list(lines_of(text, marks)),
        tasks={row["task_id"]: row for row in rows["tasks"]},
        areas={row["area_id"]: row for row in rows["areas"]},
        claims=rows["claims"],
        citations=rows["citations"],
        mentions=rows["mentions"],
        parts=_parts(holding, edition, document_id),
        unmarked=[row for row in rows["tasks"] if row["task_id"] not in marked],
        since=_since(holding, document_id, edition),
        anchor=anchor,
        quote=quote,
        told_of=_told_of,
    )


def _told_of(line: Line) -> list[str]:
    """The tasks of which facts are told below a line."""
    return [mark.row_id for mark in line.ended if mark.kind != "area"]


def _parts(holding: Holding, edition: str, document_id: str) -> dict[str, dict[str, list[str]]]:
    """Who has each task, by its id and then by role, those who lead first."""
    found: dict[str, dict[str, list[str]]] = {}
    rows = holding.rows(edition, "assignments", document_id)
    for row in sorted(rows, key=lambda row: ROLES.index(row["role"])):
        found.setdefault(row["task_id"], {}).setdefault(row["role"], []).append(row["stated_as"])
    return found


def _editions_page(holding: Holding, lang: str, name: str, document_id: str) -> bytes:
    known = holding.editions.documents[document_id]
    document = holding.document(known[-1], document_id)
    title = document["plan_title"] or document["title"] or document_id
    about = Named(name, title, f"{title}: {holding.title}", pictured=holding.title)
    return render(
        "editions.html",
        lang,
        name,
        about=about.head(lang, holding.site),
        dataset={"id": holding.dataset_id, "title": holding.title},
        document=document,
        title=title,
        gone=document_id not in _current(holding),
        editions=[
            {
                "version": one,
                "created": holding.descriptor(one)["created"],
                "changes": _since(holding, document_id, one),
            }
            for one in reversed(known)
        ],
        anchor=anchor,
    )


def _since(holding: Holding, document_id: str, edition: str) -> list[changes.Altered]:
    """What an edition changed in a document's rows."""
    rows = holding.rows(edition, "changes", document_id)[: changes.MOST_SHOWN]
    return [changes.altered(Change(**row)) for row in rows]


def _evidence(
    holding: Holding, document: dict[str, Any], capture: dict[str, Any]
) -> tuple[Evidence | None, str | None]:
    """The capture, or why it cannot be shown."""
    try:
        return holding.evidence(document, capture), None
    except ArchiveError as error:
        return None, str(error)


def _capture(holding: Holding, document_id: str, edition: str) -> bytes:
    """The captured bytes, packed, so that no browser ever takes them for a page of this site; empty where none are."""
    document = holding.document(edition, document_id)
    evidence, _ = _evidence(holding, document, holding.rows(edition, "captures", document["capture_id"])[0])
    return gzip.compress(evidence.content, mtime=0) if evidence else b""
