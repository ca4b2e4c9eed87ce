"""The list of all plans of a dataset, with a plain link to each: a view in, the pages of the list out.

Readers without scripts, search engines and web archives find every plan here, even one that only an older version
has. The list has several pages, so that ten thousand plans do not make one page of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

from catalog.head import PageDescription
from catalog.pages import LANGUAGES, Page, hash_values, localise_name
from catalog.rendering import hash_maker, render
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
    """The pages of the list, the first one the `index.html` of the plans; none where all versions are withdrawn."""
    plans = _list_plans(view, view.latest) if view.latest else []
    part_count = -(-len(plans) // PLANS_PER_PAGE)
    for lang, number in product(LANGUAGES, range(1, part_count + 1)):
        part = plans[(number - 1) * PLANS_PER_PAGE : number * PLANS_PER_PAGE]
        first = (number - 1) * PLANS_PER_PAGE + 1
        numbers = {"first": first, "last": first + len(part) - 1, "total": len(plans)}
        shown = {"plans": part, "number": number, "part_count": part_count, **numbers}
        name = f"{view.dataset_id}/plans/{'index' if number == 1 else f'page-{number}'}.html"
        key = hash_values(hash_maker(__name__, lang, "plans.html"), view.site, view.title, view.description, shown)
        yield Page(localise_name(lang, name), key, partial(_render_part, view, lang, name, shown))


def _render_part(view: DatasetView, lang: str, name: str, shown: Shown) -> bytes:
    head = PageDescription(name, view.title, view.description).make_head(lang, view.site)
    dataset = {"id": view.dataset_id, "title": view.title}
    return render("plans.html", lang, name, about=head, dataset=dataset, **shown)


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
        "title": document["plan_title"] or document["title"] or document_id,
        "language": document["language"],
        "source_id": document["source_id"],
        "day": str(document["published_date"] or document["signed_date"] or ""),
        "tasks": document["task_count"],
        "gone": gone,
    }
