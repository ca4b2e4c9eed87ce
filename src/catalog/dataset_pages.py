"""The pages of a dataset: tasks, pictures, versions, comparison, dictionary, sources, and one for each version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from itertools import product
from typing import Any

from catalog import changes
from catalog.bundle import bundle_version
from catalog.comparison import describe_comparison
from catalog.dictionary import describe_tables
from catalog.feed import find_publisher, make_feed, make_feed_entry
from catalog.figures import make_figures
from catalog.first_rows import select_first_rows
from catalog.head import PageDescription, find_root
from catalog.linked_data import cite_version, describe_dataset, to_script_json
from catalog.pages import LANGUAGES, Page, hash_page_code, hash_values, localise_name
from catalog.rendering import hash_maker, render
from catalog.snippets import IN_CHECKOUT, make_snippets
from catalog.version_summary import format_summary
from catalog.view import DatasetView, count_rows
from publish.json_files import to_json
from publish.records import Descriptor, ReleaseEntry
from publish.source_status import SourceStatus
from transform.schema import TABLES

Render = Callable[[DatasetView, str, PageDescription], bytes]


def make_dataset_pages(view: DatasetView) -> Iterator[Page]:
    """All pages of a dataset but those of its documents; their names are those below the shelf's root."""
    versions = (view.site, view.entries)
    sources = (*versions, list(map(_round_to_days, view.sources)))
    # What is shown, the template, and what renders it, by the page's file.
    pages: dict[str, tuple[Any, str, Render]] = {
        "index.html": (sources, "dataset.html", _render_tasks),
        "versions.html": (versions, "versions.html", _render_versions),
        "sources.html": (sources, "sources.html", _render_sources),
        "compare.html": (versions, "compare.html", _render_comparison),
    }
    if view.latest:
        pages["pictures.html"] = (versions, "pictures.html", _render_pictures)
        pages["dictionary.html"] = (versions, "dictionary.html", _render_dictionary)
    for index, entry in enumerate(view.entries):
        template = "withdrawn.html" if entry.withdrawn else "version.html"
        # Where an earlier version is withdrawn, the editions that the page links to have other names.
        withdrawn = [earlier.version for earlier in view.entries[index:] if earlier.withdrawn]
        shown = (view.site, view.title, bool(view.latest), entry, withdrawn)
        pages[f"versions/{entry.version}/index.html"] = (shown, template, partial(_render_version, entry))
    for lang, (file, (shown, template, make)) in product(LANGUAGES, pages.items()):
        about = _describe_page(view, file)
        key = hash_values(hash_maker(__name__, lang, template), shown)
        yield Page(localise_name(lang, about.name), key, partial(make, view, lang, about))
    yield Page(
        f"{view.dataset_id}/feed.xml", hash_values(hash_page_code(__name__), versions), partial(_render_feed, view)
    )
    editions = view.editions.to_json()
    yield Page(f"{view.dataset_id}/plans/editions.json", hash_values(editions), partial(to_json, editions))
    summaries = {version: asdict(summary) for version, summary in view.summaries.items()}
    yield Page(f"{view.dataset_id}/versions/summaries.json", hash_values(summaries), partial(to_json, summaries))
    for entry in view.entries:
        if not entry.withdrawn:
            yield _make_zip(view, entry)


def format_zip_name(dataset_id: str, version: str) -> str:
    """The name of the zip of a version, below the dataset's folder."""
    return f"versions/{version}/{dataset_id}-{version}.zip"


def _make_zip(view: DatasetView, entry: ReleaseEntry) -> Page:
    return Page(
        f"{view.dataset_id}/{format_zip_name(view.dataset_id, entry.version)}",
        hash_values("zip", [file.record for file in entry.files]),
        partial(bundle_version, view.storage, view.dataset_id, entry),
    )


def _describe_page(view: DatasetView, file: str) -> PageDescription:
    feed = (view.title, f"{view.dataset_id}/feed.xml")
    return PageDescription(f"{view.dataset_id}/{file}", view.title, view.description, (feed,))


def _render_page(view: DatasetView, lang: str, about: PageDescription, template: str, /, **shown: Any) -> bytes:
    linked = shown.pop("linked", None)
    return render(
        template,
        lang,
        about.name,
        about=about.make_head(lang, view.site, linked),
        dataset={"id": view.dataset_id, "title": view.title},
        version=shown.pop("version", view.latest),
        **shown,
    )


def _locate_data(about: PageDescription, lang: str, view: DatasetView) -> str:
    """The relative path from a page to the dataset's folder, where the data are."""
    return f"{'../' * localise_name(lang, about.name).count('/')}{view.dataset_id}/"


def _render_tasks(view: DatasetView, lang: str, about: PageDescription) -> bytes:
    entry = view.newest
    shown = _describe_release(view, lang, about, entry) if entry else {"entry": None}
    linked = (
        describe_dataset(view.descriptor, find_root(localise_name(lang, about.name), view.site), None)
        if entry
        else None
    )
    stale = [status for status in view.sources if status.stale]
    return _render_page(
        view,
        lang,
        about,
        "dataset.html",
        **shown,
        description=view.descriptor.description,
        stale=stale,
        linked=linked and to_script_json(linked),
        last_good=max((status.last_good for status in view.sources if status.last_good), default=None),
    )


def _describe_release(view: DatasetView, lang: str, about: PageDescription, entry: ReleaseEntry) -> dict[str, Any]:
    """What the page of a dataset and the page of a version both show of a version."""
    version = entry.version
    descriptor = view.read_descriptor(version)
    data_folder = _locate_data(about, lang, view)
    tables = view.read_tables(version)
    up = about.name.count("/") - 1
    return {
        "entry": entry,
        "summary": format_summary(entry, view.summaries[version], lang),
        "numbers": count_rows(entry),
        "data": f"{data_folder}{version}/",
        "downloads": _list_downloads(entry),
        "zip": {"href": data_folder + format_zip_name(view.dataset_id, version)},
        "licence": descriptor.licenses[0] if descriptor.licenses else None,
        "citation": _make_citation(view, descriptor),
        "view": {
            "data": f"{data_folder}{version}/",
            "plans": f"{'../' * up}plans/",
            "editions": f"{data_folder}plans/editions.json",
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
    """How to cite a version, from its descriptor."""
    names = "; ".join(person.title for person in descriptor.contributors)
    where = f" {view.site.rstrip('/')}/{view.dataset_id}/versions/{descriptor.version}/" if view.site else ""
    return f"{cite_version(names, descriptor)}{where}"


def _render_version(entry: ReleaseEntry, view: DatasetView, lang: str, about: PageDescription) -> bytes:
    if entry.withdrawn:
        return _render_page(view, lang, about, "withdrawn.html", entry=entry)
    version = entry.version
    groups = view.memoise("groups", version, lambda: changes.group_changes(view.read_tables(version)["changes"]))
    linked = describe_dataset(
        view.read_descriptor(version), find_root(localise_name(lang, about.name), view.site), version
    )
    shown = _describe_release(view, lang, about, entry)
    return _render_page(
        view,
        lang,
        about,
        "version.html",
        **{**shown, "version": version},
        groups=groups,
        link_of=partial(_find_mark, view, version),
        linked=to_script_json(linked),
    )


def _find_mark(view: DatasetView, version: str, change: changes.ShownChange) -> str | None:
    """The address of a row's mark below the folder of the plans; None where no plan has it."""
    try:
        edition = view.editions.find(change.document_id, version)
    except KeyError:
        return None
    return f"{change.document_id}/{edition}.html#{change.row_id.partition('/')[2]}"


def _render_versions(view: DatasetView, lang: str, about: PageDescription) -> bytes:
    summaries = {
        entry.version: format_summary(entry, view.summaries[entry.version], lang)
        for entry in view.entries
        if not entry.withdrawn
    }
    shown = {"entries": view.entries, "summaries": summaries, "numbers": count_rows}
    return _render_page(view, lang, about, "versions.html", **shown)


def _render_sources(view: DatasetView, lang: str, about: PageDescription) -> bytes:
    return _render_page(view, lang, about, "sources.html", sources=view.sources)


def _render_comparison(view: DatasetView, lang: str, about: PageDescription) -> bytes:
    data_folder = _locate_data(about, lang, view)
    versions = [
        {
            "number": entry.version,
            "date": entry.published_at[:10],
            "summary": format_summary(entry, view.summaries[entry.version], lang),
            "data": f"{data_folder}{entry.version}/",
        }
        for entry in view.entries
        if not entry.withdrawn
    ]
    return _render_page(view, lang, about, "compare.html", versions=versions, comparing=describe_comparison(lang))


def _render_pictures(view: DatasetView, lang: str, about: PageDescription) -> bytes:
    latest = view.latest
    assert latest is not None  # noqa: S101 (there is no such page without one)
    shown = view.memoise("figures", latest, lambda: make_figures(view.read_tables(latest), view.entries))
    return _render_page(view, lang, about, "pictures.html", figures=shown)


def _render_dictionary(view: DatasetView, lang: str, about: PageDescription) -> bytes:
    assert view.latest is not None  # noqa: S101 (there is no such page without one)
    shown = describe_tables(view.read_tables(view.latest))
    lines = make_snippets(view.dataset_id, view.latest, view.site)
    path = None if view.site else IN_CHECKOUT
    return _render_page(view, lang, about, "dictionary.html", **shown, snippets=lines, path=path)


def _render_feed(view: DatasetView) -> bytes:
    author = find_publisher(view.descriptor)
    entries = [make_feed_entry(view.dataset_id, view.title, entry, author) for entry in view.entries]
    return make_feed(entries, site=view.site, dataset_id=view.dataset_id, title=view.title)


def _round_to_days(status: SourceStatus) -> SourceStatus:
    """The status of a source without the time of day, so that its page does not change with every run."""
    checked, changed, good, captured = (
        moment and moment.replace(hour=0, minute=0, second=0, microsecond=0)
        for moment in (status.last_checked, status.last_changed, status.last_good, status.captured_at)
    )
    return replace(status, last_checked=checked, last_changed=changed, last_good=good, captured_at=captured)
