"""A document's pages: one for each edition, with every area and task marked in the text, and one that lists editions.

An edition's page leads from each row to its sentence, and from there to the live page and to the captured bytes. It is
written once, because the list of editions, which grows, is a page of its own.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from catalog.changes import MAX_SHOWN, describe_change
from catalog.evidence import CaptureEvidence
from catalog.first_rows import ROLES, name_plan
from catalog.head import PageAddress
from catalog.linked_data import describe_plan
from catalog.marks import Line, find_marks, shorten_text, split_lines
from catalog.pages import Page, hash_values
from catalog.rendering import make_pages, render_macro
from catalog.view import DatasetView
from collect.archive import ArchiveError
from publish.records import parse_version
from transform.changes import Change

# The tables whose rows a page shows.
ROWS = ("areas", "tasks", "assignments", "claims", "citations", "mentions")
# The CSS classes of a mark, by its kind.
CLASSES = {"area": "", "task": "task task", "sub": "sub task"}

Shown = Mapping[str, Any]


def make_plan_pages(view: DatasetView) -> Iterator[Page]:
    """All pages of the documents of all versions that were not withdrawn, and the captures that they were read from.

    They come version by version, because the tables of only two are kept in memory.
    """
    every = view.editions.documents
    numbered = [(edition, number, id_) for id_, editions in every.items() for number, edition in enumerate(editions, 1)]
    for edition, number, document_id in sorted(numbered, key=lambda row: (parse_version(row[0]), row[2])):
        editions, folder = every[document_id], f"{view.dataset_id}/plans/{document_id}"
        shown = (view.site, view.title, document_id)
        yield from make_pages(
            __name__,
            view.site,
            f"{folder}/{edition}.html",
            ("plan.html", "_changes.html"),
            partial(_describe_edition, view, (document_id, edition)),
            shown=(*shown, editions[:number]),
        )
        key = hash_values("capture", document_id, edition)
        yield Page(f"{folder}/{edition}.capture.gz", key, partial(_compress_capture, view, document_id, edition))
        if number == len(editions):
            yield from make_pages(
                __name__,
                view.site,
                f"{folder}/index.html",
                ("editions.html", "_changes.html"),
                partial(_describe_editions, view, document_id),
                shown=(*shown, editions, document_id not in _list_current(view)),
            )


def to_anchor(row_id: str) -> str:
    """The id of a row's element on its document's page."""
    return row_id.partition("/")[2] or row_id


def _list_current(view: DatasetView) -> set[str]:
    latest = view.latest
    if latest is None:
        return set()
    return view.memoise(
        "current", latest, lambda: set(view.read_tables(latest)["documents"]["document_id"].to_pylist())
    )


def _describe_edition(view: DatasetView, which: tuple[str, str], page: PageAddress) -> dict[str, Any]:
    document_id, edition = which
    shown = view.memoise("edition", which, lambda: _describe_document(view, document_id, edition))
    linked = describe_plan(view.read_descriptor(edition), shown["document"], page.name, page.root)
    return {
        "about": {**_describe_title(view, shown["title"]), "linked": linked},
        "dataset": view.heading,
        "edition": edition,
        "since": _render_changes(view, page.lang, which),
        **shown,
    }


def _describe_title(view: DatasetView, title: str) -> dict[str, str]:
    return {"title": title, "description": f"{title}: {view.title}"}


def _describe_document(view: DatasetView, document_id: str, edition: str) -> dict[str, Any]:
    """What the page of an edition shows in every language."""
    rows = {table: view.list_rows(edition, table, document_id) for table in ROWS}
    document = view.read_document(edition, document_id)
    (capture,) = view.list_rows(edition, "captures", document["capture_id"])[:1]
    evidence, why_not = _load_evidence(view, document, capture)
    text = shorten_text(evidence.text) if evidence else ""
    marks = find_marks(text, rows["areas"], rows["tasks"])
    marked = {mark.row_id for mark in marks}
    facts = _describe_tasks(rows["tasks"], rows["assignments"], "、" if document["language"] == "zh" else "; ")
    return {
        "document": document,
        "title": name_plan(document),
        "capture": capture,
        "evidence": evidence,
        "why_not": why_not,
        "shown_count": len(text) if evidence and len(text) < len(evidence.text) else None,
        "file_name": f"{document['capture_id'][:12]}{PurePath(evidence.file_name).suffix}.gz" if evidence else "",
        "lines": [_describe_line(line, facts) for line in split_lines(text, marks)],
        "areas": [{**row, "anchor": to_anchor(row["area_id"])} for row in rows["areas"]],
        "claims": [{**row, "anchor": to_anchor(row["claim_id"])} for row in rows["claims"]],
        "citations": [{**row, "anchor": to_anchor(row["citation_id"])} for row in rows["citations"]],
        "mentions": rows["mentions"],
        "unmarked": [
            (f"{row['label'] or ''} {row['text']}", facts[row["task_id"]])
            for row in rows["tasks"]
            if row["task_id"] not in marked
        ],
    }


def _describe_line(line: Line, facts: Mapping[str, Shown]) -> Shown:
    """A line as pieces, each a text, a CSS class and an id if a mark begins; and the facts of tasks that end in it."""
    return {
        "is_heading": line.is_heading,
        "pieces": [
            (
                piece.text,
                piece.mark and CLASSES[piece.mark.kind],
                piece.first and piece.mark and to_anchor(piece.mark.row_id),
            )
            for piece in line.pieces
        ],
        "tasks": [facts[mark.row_id] for mark in line.ended if mark.kind != "area"],
    }


def _describe_tasks(tasks: Sequence[Shown], assignments: Sequence[Shown], joint: str) -> dict[str, Shown]:
    """The facts of each task by its id; its bodies by role, those who lead first."""
    parts: dict[str, dict[str, list[str]]] = {}
    for row in sorted(assignments, key=lambda row: ROLES.index(row["role"])):
        parts.setdefault(row["task_id"], {}).setdefault(row["role"], []).append(row["stated_as"])
    return {
        row["task_id"]: {
            "anchor": to_anchor(row["task_id"]),
            "query": quote(row["task_id"], safe=""),
            "parts": [(role, joint.join(names)) for role, names in parts.get(row["task_id"], {}).items()],
            "deadline": row["deadline_stated"] and (row["deadline"] or row["deadline_stated"]),
            "deep_link": row["deep_link"],
        }
        for row in tasks
    }


def _describe_editions(view: DatasetView, document_id: str, page: PageAddress) -> dict[str, Any]:
    editions = view.editions.documents[document_id]
    document = view.read_document(editions[-1], document_id)
    title = name_plan(document)
    return {
        "about": _describe_title(view, title),
        "dataset": view.heading,
        "document": document,
        "title": title,
        "gone": document_id not in _list_current(view),
        "editions": [
            {
                "version": edition,
                "created": view.read_descriptor(edition).created,
                "changes": _render_changes(view, page.lang, (document_id, edition)),
            }
            for edition in reversed(editions)
        ],
    }


def _render_changes(view: DatasetView, lang: str, which: tuple[str, str]) -> str:
    """What an edition changed in a document's rows, as an HTML list; empty if nothing changed."""
    document_id, edition = which
    shown = view.memoise(
        "changes",
        which,
        lambda: [describe_change(Change(**row)) for row in view.list_rows(edition, "changes", document_id)[:MAX_SHOWN]],
    )
    return view.memoise(f"changes in {lang}", which, lambda: render_macro("_changes.html", lang, "listed", shown))


def _load_evidence(
    view: DatasetView, document: dict[str, Any], capture: dict[str, Any]
) -> tuple[CaptureEvidence | None, str | None]:
    """The capture and None, or None and why it cannot be shown."""
    captured = (document["document_id"], capture["capture_id"])
    try:
        return view.memoise("evidence", captured, lambda: view.archive(document, capture)), None
    except ArchiveError as error:
        return None, str(error)


def _compress_capture(view: DatasetView, document_id: str, edition: str) -> bytes:
    """The captured bytes, compressed so that no browser takes them for a page of this site; empty without a capture."""
    document = view.read_document(edition, document_id)
    evidence, _ = _load_evidence(view, document, view.list_rows(edition, "captures", document["capture_id"])[0])
    return gzip.compress(evidence.content, mtime=0) if evidence else b""
