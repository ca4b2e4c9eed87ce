"""The catalog on the shelf: written after every run, beside the versions, where anything that it shows has changed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import chain

from catalog.dataset_pages import dataset_pages
from catalog.home_pages import home_pages
from catalog.pages import LANGUAGES, name_in, recorded, write_pages
from catalog.plan_list import plan_list_pages
from catalog.plan_pages import plan_pages
from catalog.view import Archive, Holding
from publish import shelf
from publish.storage.backend import Place, ShelfError

log = logging.getLogger(__name__)


def put_dataset_pages(place: Place, dataset_id: str, site: str | None, archive: Archive) -> None:
    """Write a dataset's pages; call it with the dataset locked. Nothing where it never had a version.

    `site` is the shelf's address on the web, if known; `archive` shows captures. Raises ShelfError.
    """
    holding = Holding(place, dataset_id, site, archive)
    if not holding.entries:
        return
    pages = chain(dataset_pages(holding), plan_pages(holding), plan_list_pages(holding))
    written = write_pages(place, dataset_id, pages, _there(place, dataset_id))
    log.info("%s: wrote %d pages, %d stand as they were", dataset_id, written.new, written.kept)


def put_home_pages(place: Place, site: str | None, archive: Archive) -> None:
    """Write the pages at the root, of all datasets that can be read; waits for others who do. Raises ShelfError."""
    with shelf.root_locked(place):
        holdings = [Holding(place, one, site, archive) for one in shelf.datasets(place)]
        told = [one for one in holdings if _readable(one)]
        write_pages(place, "", home_pages(told, site, lambda: _names(place, told)), _at_root(place))


def _readable(holding: Holding) -> bool:
    try:
        return bool(holding.entries) and bool(holding.said) and holding.sources is not None
    except ShelfError as error:
        log.warning("%s", error)
        return False


def _there(place: Place, dataset_id: str) -> set[str]:
    """The files of a dataset on the shelf, in whatever language, by their names below the root."""
    folders = [name_in(lang, dataset_id) for lang in LANGUAGES]
    return {f"{folder}/{name}" for folder in folders for name in place.facts(folder)}


def _at_root(place: Place) -> set[str]:
    """The files of the root's own record that are there."""
    assets = {f"assets/{name}" for name in place.facts("assets")}
    return assets | {name for name in recorded(place, "") if not name.startswith("assets/") and place.has(name)}


def _names(place: Place, holdings: Iterable[Holding]) -> list[str]:
    """The pages of all datasets, as their records have them."""
    home = [name_in(lang, "index.html") for lang in LANGUAGES]
    every = chain(home, *(recorded(place, one.dataset_id) for one in holdings))
    return [name for name in every if name.endswith(".html")]
