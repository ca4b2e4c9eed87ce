"""The pages of a dataset: tasks, pictures, versions, comparison, dictionary, sources, and one for each version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from catalog.bundle import bundle_version
from catalog.changes import Shown, group_changes
from catalog.comparison import describe_comparison
from catalog.feed import FeedEntry, find_publisher, make_feed
from catalog.figures import make_figures
from catalog.first_rows import select_first_rows
from catalog.head import PageAddress, to_root
from catalog.linked_data import cite_version, describe_dataset
from catalog.pages import Page, hash_page_code, hash_values
from catalog.rendering import make_pages
from catalog.rows_by_document import Tables
from catalog.snippets import IN_CHECKOUT, make_snippets
from catalog.view import DatasetView, count_rows
from config.text import shorten
from publish.records import Descriptor, ReleaseEntry, to_json
from publish.source_status import SourceStatus
from transform.arrow_tables import to_rows
from transform.schema import TABLES

Describe = Callable[[DatasetView, PageAddress], dict[str, Any]]


def make_dataset_pages(view: DatasetView) -> Iterator[Page]:
    """All pages of a dataset but those of its documents; their names are those below the shelf's root."""
    versions = (view.site, view.entries)
    sources = (*versions, list(map(_round_to_days, view.sources)))
    # What is shown, the template, and what gives its variables, by the page's file.
    pages: dict[str, tuple[Any, str, Describe]] = {
        "index.html": (sources, "dataset.html", _describe_dataset),
        "versions.html": (versions, "versions.html", _describe_versions),
        "sources.html": (sources, "sources.html", lambda view, _: {"sources": view.sources}),
        "compare.html": (versions, "compare.html", _describe_comparison),
    }
    if view.latest:
        pages["pictures.html"] = (versions, "pictures.html", partial(_describe_pictures, view.latest))
        pages["dictionary.html"] = (versions, "dictionary.html", partial(_describe_dictionary, view.latest))
    for index, entry in enumerate(view.entries):
        template = "withdrawn.html" if entry.withdrawn else "version.html"
        # If an earlier version is withdrawn, the editions that the page links to have other names.
        withdrawn = [earlier.version for earlier in view.entries[index:] if earlier.withdrawn]
        shown = (view.site, view.title, bool(view.latest), entry, withdrawn)
        pages[f"versions/{entry.version}/index.html"] = (shown, template, partial(_describe_version, entry))
    for file, (shown, template, describe) in pages.items():
        name = f"{view.dataset_id}/{file}"
        make = partial(_describe_page, view, describe)
        yield from make_pages(__name__, view.site, name, (template,), make, shown=shown)
    feed = f"{view.dataset_id}/feed.xml"
    yield Page(feed, hash_values(hash_page_code(__name__), versions), partial(_render_feed, view))
    editions = view.editions.to_json()
    yield Page(f"{view.dataset_id}/plans/editions.json", hash_values(editions), partial(to_json, editions))
    summaries = {version: asdict(summary) for version, summary in view.summaries.items()}
    yield Page(f"{view.dataset_id}/versions/summaries.json", hash_values(summaries), partial(to_json, summaries))
    for entry in view.entries:
        if not entry.withdrawn:
            name = f"{view.dataset_id}/{format_zip_name(view.dataset_id, entry.version)}"
            key = hash_values("zip", [file.record for file in entry.files])
            yield Page(name, key, partial(bundle_version, view.storage, view.dataset_id, entry))


def format_zip_name(dataset_id: str, version: str) -> str:
    """The name of the zip of a version, below the dataset's folder."""
    return f"versions/{version}/{dataset_id}-{version}.zip"


def _describe_page(view: DatasetView, describe: Describe, page: PageAddress) -> dict[str, Any]:
    """The variables of a page; those that all pages of a dataset have are added."""
    shown = describe(view, page)
    about = {
        "title": view.title,
        "description": view.description,
        "feeds": [(view.title, f"{view.dataset_id}/feed.xml")],
        "linked": shown.pop("linked", None),
    }
    return {"about": about, "dataset": view.heading, "version": view.latest, **shown}


def _describe_dataset(view: DatasetView, page: PageAddress) -> dict[str, Any]:
    release = _describe_release(view, page, view.newest) if view.newest else {"entry": None}
    return {
        **release,
        "description": view.descriptor.description,
        "stale": [status for status in view.sources if status.stale],
        "linked": describe_dataset(view.descriptor, page.root, None) if view.newest else None,
        "last_good": max((status.last_good for status in view.sources if status.last_good), default=None),
    }


def _describe_release(view: DatasetView, page: PageAddress, entry: ReleaseEntry) -> dict[str, Any]:
    """What the page of a dataset and the page of a version both show of a version."""
    version = entry.version
    descriptor = view.read_descriptor(version)
    folder = f"{page.up}{view.dataset_id}/"
    tables = view.read_tables(version)
    return {
        "entry": entry,
        "summary": view.summarise(entry, page.lang),
        "numbers": count_rows(entry),
        "data": f"{folder}{version}/",
        "downloads": _list_downloads(entry),
        "zip": {"href": folder + format_zip_name(view.dataset_id, version)},
        "licence": descriptor.licenses[0] if descriptor.licenses else None,
        "citation": _make_citation(view, descriptor),
        "view": {
            "data": f"{folder}{version}/",
            "plans": f"{'../' * (page.name.count('/') - 1)}plans/",
            "editions": f"{folder}plans/editions.json",
            "version": version,
            "rows": view.memoise(
                "rows", version, lambda: select_first_rows(tables, partial(view.find_edition, version=version))
            ),
            "total": tables["tasks"].num_rows,
            "file": f"{view.dataset_id}-{version}-selection.csv",
        },
    }


def _list_downloads(entry: ReleaseEntry) -> list[dict[str, Any]]:
    """Each table with its two files, then all other files."""
    others = {file.name: file for file in entry.files}
    tables = [
        {
            "name": name,
            "rows": entry.rows[name],
            "files": [others.pop(file) for file in (f"{name}.csv", f"{name}.parquet") if file in others],
        }
        for name in TABLES
        if name in entry.rows
    ]
    return [*tables, {"name": "", "rows": None, "files": list(others.values())}]


def _make_citation(view: DatasetView, descriptor: Descriptor) -> str:
    names = "; ".join(person.title for person in descriptor.contributors)
    root = to_root(view.site)
    where = f" {root}{view.dataset_id}/versions/{descriptor.version}/" if root else ""
    return f"{cite_version(names, descriptor)}{where}"


def _describe_version(entry: ReleaseEntry, view: DatasetView, page: PageAddress) -> dict[str, Any]:
    if entry.withdrawn:
        return {"entry": entry}
    version = entry.version
    return {
        **_describe_release(view, page, entry),
        "version": version,
        "groups": view.memoise("groups", version, lambda: group_changes(view.read_tables(version)["changes"])),
        "link_of": partial(_find_mark, view, version),
        "linked": describe_dataset(view.read_descriptor(version), page.root, version),
    }


def _find_mark(view: DatasetView, version: str, change: Shown) -> str | None:
    """The address of a row's mark below the folder of the plans; None if no plan has it."""
    document_id = change["row_id"].partition("/")[0].partition(" ")[0]
    try:
        edition = view.editions.find(document_id, version)
    except KeyError:
        return None
    return f"{document_id}/{edition}.html#{change['row_id'].partition('/')[2]}"


def _describe_versions(view: DatasetView, page: PageAddress) -> dict[str, Any]:
    summaries = {entry.version: view.summarise(entry, page.lang) for entry in view.entries if not entry.withdrawn}
    return {"entries": view.entries, "summaries": summaries, "numbers": count_rows}


def _describe_comparison(view: DatasetView, page: PageAddress) -> dict[str, Any]:
    versions = [
        {
            "number": entry.version,
            "date": entry.published_at[:10],
            "summary": view.summarise(entry, page.lang),
            "data": f"{page.up}{view.dataset_id}/{entry.version}/",
        }
        for entry in view.entries
        if not entry.withdrawn
    ]
    return {"versions": versions, "comparing": describe_comparison(page.lang)}


def _describe_pictures(latest: str, view: DatasetView, _: PageAddress) -> dict[str, Any]:
    figures = view.memoise("figures", latest, lambda: make_figures(view.read_tables(latest), view.entries))
    return {"figures": figures}


def _describe_dictionary(latest: str, view: DatasetView, _: PageAddress) -> dict[str, Any]:
    return {
        "tables": TABLES.values(),
        "examples": list_examples(view.read_tables(latest)),
        "snippets": make_snippets(view.dataset_id, latest, view.site),
        "path": None if view.site else IN_CHECKOUT,
    }


def list_examples(tables: Tables) -> dict[str, dict[str, str]]:
    """The values of each table's first row by column, shortened; nulls are left out."""
    return {
        name: {column: shorten(str(value), 120) for column, value in row.items() if value is not None}
        for name in TABLES
        for row in to_rows(tables[name].slice(0, 1))
    }


def _render_feed(view: DatasetView) -> bytes:
    author = find_publisher(view.descriptor)
    entries = [FeedEntry(view.dataset_id, view.title, entry, author) for entry in view.entries]
    return make_feed(entries, site=view.site, dataset_id=view.dataset_id, title=view.title)


def _round_to_days(status: SourceStatus) -> SourceStatus:
    """The status of a source without the time of day, so that its page does not change with every run."""
    checked, changed, good, captured = (
        moment and moment.replace(hour=0, minute=0, second=0, microsecond=0)
        for moment in (status.last_checked, status.last_changed, status.last_good, status.captured_at)
    )
    return replace(status, last_checked=checked, last_changed=changed, last_good=good, captured_at=captured)
