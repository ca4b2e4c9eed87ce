"""The catalog on the shelf: written after every run, beside the versions, where anything that it shows has changed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import chain

from catalog.dataset_pages import dataset_pages
from catalog.holding import Archive, Holding
from catalog.home_pages import home_pages
from catalog.pages import RECORD, write_pages
from catalog.plan_pages import plan_pages
from catalog.render import LANGUAGES
from publish import shelf
from publish.listing import read_json
from publish.place import MissingError, Place, ShelfError

log = logging.getLogger(__name__)


def put_dataset_pages(place: Place, dataset_id: str, site: str | None, archive: Archive) -> None:
    """Write a dataset's pages; call it with the dataset locked. Nothing where it never had a version.

    `site` is the shelf's address on the web, if known; `archive` shows captures. Raises ShelfError.
    """
    holding = Holding(place, dataset_id, site, archive)
    if not holding.entries:
        return
    pages = chain(dataset_pages(holding), plan_pages(holding))
    written = write_pages(place, dataset_id, pages, _there(place, dataset_id))
    log.info("%s: wrote %d pages, %d stand as they were", dataset_id, written.new, written.kept)


def put_home_pages(place: Place, site: str | None, archive: Archive) -> None:
    """Write the pages at the root, of all datasets that can be read; waits for others who do. Raises ShelfError."""
    with shelf.root_locked(place):
        holdings = [Holding(place, one, site, archive) for one in shelf.datasets(place)]
        told = [one for one in holdings if _readable(one)]
        there = {*_assets(place), *_at_root(place)}
        write_pages(place, "", home_pages(told, site, lambda: _names(place, told)), there)


def _readable(holding: Holding) -> bool:
    try:
        return bool(holding.entries) and bool(holding.said)
    except ShelfError as error:
        log.warning("%s", error)
        return False


def _there(place: Place, dataset_id: str) -> set[str]:
    """The files of a dataset on the shelf, in whatever language, by their names below the root."""
    folders = [dataset_id, *(f"{lang}/{dataset_id}" for lang in LANGUAGES if lang != "en")]
    return {f"{folder}/{name}" for folder in folders for name in place.facts(folder)}


def _assets(place: Place) -> Iterable[str]:
    return (f"assets/{name}" for name in place.facts("assets"))


def _at_root(place: Place) -> Iterable[str]:
    try:
        known = read_json(place.read(RECORD))
    except (MissingError, ValueError):
        return ()
    return [name for name in known if "/" not in name or name.count("/") == 1 if place.has(name)]


def _names(place: Place, holdings: Iterable[Holding]) -> list[str]:
    """The pages of all datasets, as their records have them."""
    found = ["index.html", *(f"{lang}/index.html" for lang in LANGUAGES if lang != "en")]
    for holding in holdings:
        try:
            found += read_json(place.read(f"{holding.dataset_id}/{RECORD}"))
        except (MissingError, ValueError):
            continue
    return [name for name in found if name.endswith(".html")]
