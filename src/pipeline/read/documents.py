"""What a worker does with one document: its bytes in, a row of the reading cache, its links or its text out.

This module loads the reader and little else, since each worker loads it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from extract.plan import Plan
from extract.reader import OpenedCapture, Overrides, extract_plan, open_capture
from extract.reading import read
from pipeline.read.cache import CachedReading, Row, to_row
from pipeline.read.workers import Document, ReadingError

if TYPE_CHECKING:
    from extract.links import Links

# The document that was opened last: its plan is often read after its inspection.
_opened: dict[Document, OpenedCapture] = {}


def inspect_document(document: Document) -> Row:
    """The row of a document without its plan."""
    return to_row(document.key, CachedReading(_open(document).inspect(document.url)))


def read_document(document: Document, known_article: str | None = None) -> Row:
    """The row of a document with its plan; without it if the article has the hash `known_article`."""
    opened = _open(document)
    inspection = opened.inspect(document.url)
    if inspection.article == known_article:
        return to_row(document.key, CachedReading(inspection))
    plan = extract_plan(opened)
    return to_row(document.key, CachedReading(inspection, count_tasks(plan), plan, opened.reading.text))


def read_plan_only(document: Document) -> Plan:
    """The plan of a document."""
    return extract_plan(_open(document))


def read_text(document: Document) -> str:
    """The text of a document, in which its rows are marked."""
    return read(document.content, document.media_type, document.encoding, document.selector).text


def find_document_links(content: bytes, kind: str, url: str, options: Mapping[str, Any]) -> Links:
    """The links of a page, feed or sitemap; `options` are those of `extract.links.find_links`. Raises ReadingError."""
    from extract.links import LinksError, find_links  # which few runs need

    try:
        return find_links(content, kind, url, **options)
    except LinksError as error:
        raise ReadingError(error.what) from error


def count_tasks(plan: Plan) -> int:
    """Number of top-level tasks; sub-tasks are not counted."""
    return sum(task.level == 1 for task in plan.tasks)


def _open(document: Document) -> OpenedCapture:
    if document not in _opened:
        opened = open_capture(
            document.content,
            document.media_type,
            document.address,
            encoding=document.encoding,
            overrides=Overrides(document.selector, document.tasks, document.language),
        )
        _opened.clear()
        _opened[document] = opened
    return _opened[document]
