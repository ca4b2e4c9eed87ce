"""All plans of a dataset, a plain link to each: a holding in, the pages of the list out.

People without scripts, search engines and archives find every plan here, also one that only an older version has. The
list is in parts of so many plans as a person can look through, so that ten thousand plans are no page of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

from catalog.head import PageDescription
from catalog.pages import LANGUAGES, Page, key_of, name_in
from catalog.rendering import key_of_maker, render
from catalog.view import DatasetView
from publish.records import version_order_of

PLANS_PER_PAGE = 500
# What is told of each.
COLUMNS = (
    *("document_id", "plan_title", "title", "language", "source_id"),
    *("published_date", "signed_date", "task_count"),
)

Shown = Mapping[str, Any]


def make_plan_list_pages(view: DatasetView) -> Iterator[Page]:
    """The parts of the list, the first of them the plans' folder's own page; none where no version stands."""
    plans = _list_plans(view)
    about = (view.site, view.title, view.descriptor.get("description"), len(plans))
    for lang, number in product(LANGUAGES, range(1, _count_parts(plans) + 1)):
        name = f"{view.dataset_id}/plans/{'index' if number == 1 else f'page-{number}'}.html"
        shown = plans[(number - 1) * PLANS_PER_PAGE : number * PLANS_PER_PAGE]
        key = key_of(key_of_maker(__name__, lang, "plans.html"), about, number, shown)
        yield Page(name_in(lang, name), key, partial(_render_part, view, lang, name, number))


def _count_parts(plans: Sequence[Shown]) -> int:
    return -(-len(plans) // PLANS_PER_PAGE)


def _render_part(view: DatasetView, lang: str, name: str, number: int) -> bytes:
    plans = _list_plans(view)
    start = (number - 1) * PLANS_PER_PAGE
    shown = plans[start : start + PLANS_PER_PAGE]
    about = PageDescription(name, view.title, str(view.descriptor.get("description") or view.title))
    return render(
        "plans.html",
        lang,
        name,
        about=about.make_head(lang, view.site),
        dataset={"id": view.dataset_id, "title": view.title},
        plans=shown,
        number=number,
        of=_count_parts(plans),
        first=start + 1,
        last=start + len(shown),
        total=len(plans),
    )


def _list_plans(view: DatasetView) -> Sequence[Shown]:
    """Each plan as its newest edition has it, the newest plan first, those without a day last."""
    return view.memoise("plans", view.latest, lambda: _sort_plans(view)) if view.latest else ()


def _sort_plans(view: DatasetView) -> Sequence[Shown]:
    made = [_describe_plan(document, edition, gone=gone) for document, edition, gone in _find_documents(view)]
    made.sort(key=lambda one: one["id"])
    made.sort(key=lambda one: one["day"], reverse=True)
    return made


def _find_documents(view: DatasetView) -> Iterator[tuple[Shown, str, bool]]:
    """The row of each document in the newest version that has it, its newest edition, and whether it is gone since."""
    assert view.latest is not None  # noqa: S101 (no version that stands, no edition)
    rows = view.read_tables(view.latest)["documents"].select(COLUMNS).to_pylist()
    for row in rows:
        yield row, view.edition_of(row["document_id"], view.latest), False
    there = {row["document_id"] for row in rows}
    gone = {one: known[-1] for one, known in view.editions.documents.items() if one not in there}
    # Version by version, since the tables of few are held at once.
    for document_id, edition in sorted(gone.items(), key=lambda one: version_order_of(one[1])):
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
