"""All plans of a dataset, a plain link to each: a holding in, the pages of the list out.

People without scripts, search engines and archives find every plan here, also one that only an older version has. The
list is in parts of so many plans as a person can look through, so that ten thousand plans are no page of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from catalog.head import Named
from catalog.pages import LANGUAGES, Page, key_of, made_with, name_in
from catalog.render import render
from catalog.view import Holding
from publish.listing import in_order

A_PART = 500
# What is told of each.
COLUMNS = (
    *("document_id", "plan_title", "title", "language", "source_id"),
    *("published_date", "signed_date", "task_count"),
)

Shown = Mapping[str, Any]


def plan_list_pages(holding: Holding) -> Iterator[Page]:
    """The parts of the list, the first of them the plans' folder's own page; none where no version stands."""
    plans = _plans(holding)
    about = key_of(made_with(), holding.site, holding.title, holding.said.get("description"), len(plans))
    for number in range(1, _parts(plans) + 1):
        name = f"{holding.dataset_id}/plans/{'index' if number == 1 else f'page-{number}'}.html"
        shown = plans[(number - 1) * A_PART : number * A_PART]
        key = key_of(about, number, shown)
        for lang in LANGUAGES:
            yield Page(name_in(lang, name), key, partial(_part, holding, lang, name, number))


def _parts(plans: Sequence[Shown]) -> int:
    return -(-len(plans) // A_PART)


def _part(holding: Holding, lang: str, name: str, number: int) -> bytes:
    plans = _plans(holding)
    start = (number - 1) * A_PART
    shown = plans[start : start + A_PART]
    about = Named(name, holding.title, str(holding.said.get("description") or holding.title))
    return render(
        "plans.html",
        lang,
        name,
        about=about.head(lang, holding.site),
        dataset={"id": holding.dataset_id, "title": holding.title},
        plans=shown,
        number=number,
        of=_parts(plans),
        first=start + 1,
        last=start + len(shown),
        total=len(plans),
    )


def _plans(holding: Holding) -> Sequence[Shown]:
    """Each plan as its newest edition has it, the newest plan first, those without a day last."""
    return holding.once("plans", holding.latest, lambda: _in_order(holding)) if holding.latest else ()


def _in_order(holding: Holding) -> Sequence[Shown]:
    made = [_plan(document, edition, gone=gone) for document, edition, gone in _documents(holding)]
    made.sort(key=lambda one: one["id"])
    made.sort(key=lambda one: one["day"], reverse=True)
    return made


def _documents(holding: Holding) -> Iterator[tuple[Shown, str, bool]]:
    """The row of each document in the newest version that has it, its newest edition, and whether it is gone since."""
    assert holding.latest is not None  # noqa: S101 (no version that stands, no edition)
    rows = holding.tables(holding.latest)["documents"].select(COLUMNS).to_pylist()
    for row in rows:
        yield row, holding.edition(row["document_id"], holding.latest), False
    there = {row["document_id"] for row in rows}
    gone = {one: known[-1] for one, known in holding.editions.documents.items() if one not in there}
    # Version by version, since the tables of few are held at once.
    for document_id, edition in sorted(gone.items(), key=lambda one: in_order(one[1])):
        yield holding.document(edition, document_id), edition, True


def _plan(document: Shown, edition: str, *, gone: bool) -> dict[str, Any]:
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
