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

import pyarrow as pa
import pyarrow.compute as pc

from catalog import changes
from catalog.head import Named
from catalog.holding import Evidence, Holding
from catalog.linked import plan_page, script_json
from catalog.marks import Line, lines_of, marks_of
from catalog.pages import Page, key_of
from catalog.render import LANGUAGES, made_with, name_in, render
from collect.archive import ArchiveError
from publish import shelf
from publish.listing import in_order

# The tables whose rows a page shows.
ROWS = ("areas", "tasks", "claims", "citations", "mentions")


def plan_pages(holding: Holding) -> Iterator[Page]:
    """All pages of all documents of the versions that stand, and the captures that they were read from."""
    base = (made_with(), holding.site, holding.title)
    for document_id, known in holding.editions.documents.items():
        folder = f"{holding.dataset_id}/plans/{document_id}"
        for lang in LANGUAGES:
            for edition in known:
                name = f"{folder}/{edition}.html"
                earlier = [one for one in known if in_order(one) <= in_order(edition)]
                key = key_of(base, "edition", document_id, earlier)
                yield Page(
                    name_in(lang, name), key, partial(_edition_page, holding, lang, name, (document_id, edition))
                )
            name = f"{folder}/index.html"
            gone = document_id not in _current(holding)
            key = key_of(base, "plan", document_id, known, gone)
            yield Page(name_in(lang, name), key, partial(_editions_page, holding, lang, name, document_id))
        for edition in known:
            yield Page(
                f"{folder}/{edition}.capture.gz",
                key_of("capture", document_id, edition),
                partial(_capture, holding, document_id, edition),
            )


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
    (document,) = holding.rows(edition, "documents", document_id)
    capture = _capture_row(holding, edition, document)
    evidence, why_not = _evidence(holding, document, capture)
    text = evidence.text if evidence else ""
    marks = marks_of(text, rows["areas"], rows["tasks"])
    marked = {mark.row_id for mark in marks}
    title = document["plan_title"] or document["title"] or document_id
    about = Named(name, title, f"{title}: {holding.title}", picture=f"{holding.dataset_id}/preview.png")
    linked = plan_page(holding.descriptor(edition), document, about.name, holding.site)
    return render(
        "plan.html",
        lang,
        name,
        about=about.head(lang, holding.site, script_json(linked)),
        dataset={"id": holding.dataset_id, "title": holding.title},
        document=document,
        title=title,
        edition=edition,
        latest_edition=edition == holding.editions.documents[document_id][-1],
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
        parts=_parts(holding, edition, rows["tasks"]),
        unmarked=[row for row in rows["tasks"] if row["task_id"] not in marked],
        since=list(_since(holding, document_id, edition)),
        anchor=anchor,
        quote=quote,
        told_of=_told_of,
    )


def _told_of(line: Line) -> list[str]:
    """The tasks of which facts are told below a line."""
    return [mark.row_id for mark in line.ended if mark.kind != "area"]


def _parts(holding: Holding, edition: str, tasks: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Who has each task, by its id."""
    table = holding.tables(edition)["assignments"]
    ids = pa.array([row["task_id"] for row in tasks], pa.string())
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.filter(pc.is_in(table["task_id"], value_set=ids)).to_pylist():
        found.setdefault(row["task_id"], []).append(row)
    return found


def _editions_page(holding: Holding, lang: str, name: str, document_id: str) -> bytes:
    known = holding.editions.documents[document_id]
    (document,) = holding.rows(known[-1], "documents", document_id)
    title = document["plan_title"] or document["title"] or document_id
    about = Named(name, title, f"{title}: {holding.title}", picture=f"{holding.dataset_id}/preview.png")
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


def _since(holding: Holding, document_id: str, edition: str) -> Iterator[changes.Altered]:
    """What an edition changed in a document's rows, but for those that say what the page shows as a whole."""
    table = shelf.read_tables(holding.published(edition), {"changes": None})["changes"]
    ids = table["row_id"]
    mine = pc.or_(pc.starts_with(ids, f"{document_id}/"), pc.equal(ids, document_id))
    for group in changes.groups(table.filter(mine)):
        yield from group.shown


def _capture_row(holding: Holding, edition: str, document: dict[str, Any]) -> dict[str, Any]:

    table = holding.tables(edition)["captures"]
    mine = table.filter(pc.equal(table["capture_id"], document["capture_id"])).to_pylist()
    found: dict[str, Any] = mine[0]
    return found


def _evidence(
    holding: Holding, document: dict[str, Any], capture: dict[str, Any]
) -> tuple[Evidence | None, str | None]:
    """The capture, or why it cannot be shown."""
    try:
        return holding.archive(document, capture), None
    except ArchiveError as error:
        return None, str(error)


def _capture(holding: Holding, document_id: str, edition: str) -> bytes:
    """The captured bytes, packed, so that no browser ever takes them for a page of this site; empty where none are."""
    (document,) = holding.rows(edition, "documents", document_id)
    evidence, _ = _evidence(holding, document, _capture_row(holding, edition, document))
    return gzip.compress(evidence.content, mtime=0) if evidence else b""
