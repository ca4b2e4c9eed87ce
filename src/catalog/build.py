"""Writes the catalog onto the shelf, beside the versions: after every run, the pages that changed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import chain

from catalog.dataset_pages import make_dataset_pages
from catalog.evidence import Archive
from catalog.home_pages import make_home_pages
from catalog.pages import LANGUAGES, list_root_files, localise_name, read_record, write_pages
from catalog.plan_list import make_plan_list_pages
from catalog.plan_pages import make_plan_pages
from catalog.view import DatasetView
from publish.locking import lock_root
from publish.releases import list_datasets
from publish.storage.backend import ShelfError, Storage

log = logging.getLogger(__name__)


def write_dataset_pages(storage: Storage, dataset_id: str, site: str | None, archive: Archive) -> None:
    """Write a dataset's pages, none if it never had a version. Call it with the dataset locked.

    `site` is the shelf's address on the web, if known; `archive` gives captures. Raises ShelfError.
    """
    view = DatasetView(storage, dataset_id, site, archive)
    if not view.entries:
        return
    pages = chain(make_dataset_pages(view), make_plan_pages(view), make_plan_list_pages(view))
    folders = [localise_name(lang, dataset_id) for lang in LANGUAGES]
    files = {f"{folder}/{name}" for folder in folders for name in storage.list_files(folder)}
    written = write_pages(storage, dataset_id, pages, files)
    log.info("%s: wrote %d pages, kept %d", dataset_id, written.written, written.kept)


def write_home_pages(storage: Storage, site: str | None, archive: Archive) -> None:
    """Write the pages at the root, of all datasets that can be read; wait for other runs that do. Raises ShelfError."""
    with lock_root(storage):
        views = [DatasetView(storage, dataset_id, site, archive) for dataset_id in list_datasets(storage)]
        readable = [view for view in views if _can_show(view)]
        pages = make_home_pages(readable, site, lambda: _list_page_names(storage, readable))
        write_pages(storage, "", pages, list_root_files(storage))


def _can_show(view: DatasetView) -> bool:
    try:
        return bool(view.entries and view.descriptor) and view.sources is not None and view.summaries is not None
    except ShelfError as error:
        log.warning("%s", error)
        return False


def _list_page_names(storage: Storage, views: Iterable[DatasetView]) -> list[str]:
    """The names of the pages of all datasets, and of the home pages, as their records have them."""
    home = [localise_name(lang, "index.html") for lang in LANGUAGES]
    every = chain(home, *(read_record(storage, view.dataset_id) for view in views))
    return [name for name in every if name.endswith(".html")]
