"""The list of all plans of a dataset, with a plain link to each: a view in, the pages of the list out.

Readers without scripts, search engines and web archives find every plan here, even one that only an older version
has. The list has several pages, so that ten thousand plans do not make one page of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from catalog.first_rows import name_plan
from catalog.head import PageAddress
from catalog.pages import Page
from catalog.rendering import make_pages
from catalog.view import DatasetView
from publish.records import parse_version

PLANS_PER_PAGE = 500
# The columns of `documents` that the list shows or sorts by.
COLUMNS = (
    *("document_id", "plan_title", "title", "language", "source_id"),
    *("published_date", "signed_date", "task_count"),
)

Shown = Mapping[str, Any]


def make_plan_list_pages(view: DatasetView) -> Iterator[Page]:
    """The pages of the list, the first one the `index.html` of the plans; none if all versions are withdrawn."""
    plans = _list_plans(view, view.latest) if view.latest else []
    part_count = -(-len(plans) // PLANS_PER_PAGE)
    for number in range(1, part_count + 1):
        first = (number - 1) * PLANS_PER_PAGE
        part = plans[first : first + PLANS_PER_PAGE]
        numbers = {"first": first + 1, "last": first + len(part), "total": len(plans)}
        shown = {"plans": part, "number": number, "part_count": part_count, **numbers}
        name = f"{view.dataset_id}/plans/{'index' if number == 1 else f'page-{number}'}.html"
        key = (view.site, view.title, view.description, shown)
        yield from make_pages(
            __name__, view.site, name, ("plans.html",), partial(_describe_part, view, shown), shown=key
        )


def _describe_part(view: DatasetView, shown: Shown, _: PageAddress) -> Shown:
    return {"about": {"title": view.title, "description": view.description}, "dataset": view.heading, **shown}


def _list_plans(view: DatasetView, latest: str) -> Sequence[Shown]:
    """Each plan as its newest edition has it, the newest plan first, plans without a date last."""
    plans = [_describe_plan(document, edition, gone=gone) for document, edition, gone in _find_documents(view, latest)]
    plans.sort(key=lambda plan: plan["id"])
    plans.sort(key=lambda plan: plan["day"], reverse=True)
    return plans


def _find_documents(view: DatasetView, latest: str) -> Iterator[tuple[Shown, str, bool]]:
    """Each document's row in its newest edition, that edition, and whether the newest version no longer has it."""
    rows = view.read_tables(latest)["documents"].select(COLUMNS).to_pylist()
    for row in rows:
        yield row, view.find_edition(row["document_id"], latest), False
    there = {row["document_id"] for row in rows}
    gone = {id_: editions[-1] for id_, editions in view.editions.documents.items() if id_ not in there}
    # Version by version, because the tables of only two are kept in memory.
    for document_id, edition in sorted(gone.items(), key=lambda pair: parse_version(pair[1])):
        yield view.read_document(edition, document_id), edition, True


def _describe_plan(document: Shown, edition: str, *, gone: bool) -> dict[str, Any]:
    document_id = document["document_id"]
    return {
        "id": document_id,
        "href": f"{document_id}/{edition}.html",
        "title": name_plan(document),
        "language": document["language"],
        "source_id": document["source_id"],
        "day": str(document["published_date"] or document["signed_date"] or ""),
        "tasks": document["task_count"],
        "gone": gone,
    }
