"""The catalog on the shelf: written after every run, beside the versions, where anything that it shows has changed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import chain

from catalog.dataset_pages import make_dataset_pages
from catalog.home_pages import make_home_pages
from catalog.pages import LANGUAGES, name_in, read_record, write_pages
from catalog.plan_list import make_plan_list_pages
from catalog.plan_pages import make_plan_pages
from catalog.view import Archive, DatasetView
from publish.locking import lock_root
from publish.releases import list_datasets
from publish.storage.backend import ShelfError, Storage

log = logging.getLogger(__name__)


def write_dataset_pages(storage: Storage, dataset_id: str, site: str | None, archive: Archive) -> None:
    """Write a dataset's pages; call it with the dataset locked. Nothing where it never had a version.

    `site` is the shelf's address on the web, if known; `archive` shows captures. Raises ShelfError.
    """
    view = DatasetView(storage, dataset_id, site, archive)
    if not view.entries:
        return
    pages = chain(make_dataset_pages(view), make_plan_pages(view), make_plan_list_pages(view))
    written = write_pages(storage, dataset_id, pages, _list_dataset_files(storage, dataset_id))
    log.info("%s: wrote %d pages, %d stand as they were", dataset_id, written.written, written.kept)


def write_home_pages(storage: Storage, site: str | None, archive: Archive) -> None:
    """Write the pages at the root, of all datasets that can be read; waits for others who do. Raises ShelfError."""
    with lock_root(storage):
        views = [DatasetView(storage, one, site, archive) for one in list_datasets(storage)]
        readable = [one for one in views if _can_show(one)]
        write_pages(
            storage,
            "",
            make_home_pages(readable, site, lambda: _list_page_names(storage, readable)),
            _list_root_files(storage),
        )


def _can_show(view: DatasetView) -> bool:
    try:
        return bool(view.entries and view.descriptor) and view.sources is not None and view.summaries is not None
    except ShelfError as error:
        log.warning("%s", error)
        return False


def _list_dataset_files(storage: Storage, dataset_id: str) -> set[str]:
    """The files of a dataset on the shelf, in whatever language, by their names below the root."""
    folders = [name_in(lang, dataset_id) for lang in LANGUAGES]
    return {f"{folder}/{name}" for folder in folders for name in storage.list_files(folder)}


def _list_root_files(storage: Storage) -> set[str]:
    """The files of the root's own record that are there."""
    assets = {f"assets/{name}" for name in storage.list_files("assets")}
    return assets | {name for name in read_record(storage, "") if not name.startswith("assets/") and storage.has(name)}


def _list_page_names(storage: Storage, views: Iterable[DatasetView]) -> list[str]:
    """The pages of all datasets, as their records have them."""
    home = [name_in(lang, "index.html") for lang in LANGUAGES]
    every = chain(home, *(read_record(storage, one.dataset_id) for one in views))
    return [name for name in every if name.endswith(".html")]
