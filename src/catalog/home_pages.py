"""The pages at the shelf's root: the home page, the feed of all datasets, the site's map, and what pages load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from catalog.feed import entry_of, make_feed, publisher_of
from catalog.head import PageDescription, picture_of, root_from
from catalog.linked_data import describe_catalog, to_script_json
from catalog.pages import LANGUAGES, Page, key_of, made_with, name_in
from catalog.preview import counted, number_of, preview_page
from catalog.rendering import HERE, load_words, render
from catalog.sitemap import make_robots, make_sitemaps, name_files
from catalog.view import DatasetView, count_rows
from publish.data_catalog import DESCRIPTION
from publish.release_index import ReleaseEntry

TITLE = "Public plans as open data"
MAX_CHANGES = 10


def make_home_pages(
    views: Sequence[DatasetView], site: str | None, names: Callable[[], Sequence[str]]
) -> Iterator[Page]:
    """The root's pages; `names` gives those of all pages of the site, for its map, and is asked only for it."""
    key = key_of(made_with(), site, [_list_shown(one) for one in views])
    for lang in LANGUAGES:
        yield Page(name_in(lang, "index.html"), key, partial(_render_home, views, lang, site))
    listed = key_of(made_with(), site, [one.entries for one in views])
    if any(one.entries for one in views):
        yield Page("feed.xml", listed, partial(_render_feed, views, site))
    if site:
        every, dates = names(), _list_dates(views)
        mapped, made = key_of(made_with(), site, every, dates), cache(partial(make_sitemaps, site, every, dates))
        for name in name_files(len(every)):
            yield Page(name, mapped, partial(_part_of, made, name))
        yield Page("robots.txt", key_of(site), partial(make_robots, site))
        yield _preview(views)
    yield Page(".nojekyll", "1", bytes)
    for path in sorted(path for path in (HERE / "assets").rglob("*") if path.is_file()):
        name = path.relative_to(HERE).as_posix()
        yield Page(name, key_of(made_with()), path.read_bytes)


def _part_of(made: Callable[[], Mapping[str, bytes]], name: str) -> bytes:
    return made()[name]


def _preview(views: Sequence[DatasetView]) -> Page:
    """The picture of them all: their newest versions in numbers."""
    newest = [_find_newest_entry(one) for one in views]
    facts = [number_of("datasets", len(views)), *counted([one for one in newest if one])]
    return preview_page(picture_of("index.html"), TITLE, "policytasks", facts)


def _find_newest_entry(view: DatasetView) -> ReleaseEntry | None:
    return next((one for one in view.entries if one["version"] == view.latest), None)


def _list_dates(views: Sequence[DatasetView]) -> dict[str, dict[str, str]]:
    """When each version of each dataset was published."""
    return {
        holding.dataset_id: {entry["version"]: entry["published_at"] for entry in holding.entries} for holding in views
    }


def _list_shown(view: DatasetView) -> list[Any]:
    return [view.entries, sorted((row["source_id"], row["state"], _day_of(row)) for row in view.sources)]


def _day_of(row: Any) -> str:
    return str(row.get("last_good") or "")[:10]


def _render_home(views: Sequence[DatasetView], lang: str, site: str | None) -> bytes:
    about = PageDescription(
        "index.html", load_words(lang).gettext(TITLE), load_words(lang).gettext(DESCRIPTION), ((TITLE, "feed.xml"),)
    )
    every = [(one, entry) for one in views for entry in one.entries]
    recent = sorted(every, key=lambda one: (one[1]["published_at"], one[0].dataset_id), reverse=True)[:MAX_CHANGES]
    linked = describe_catalog([one.descriptor for one in views], root_from(name_in(lang, about.name), site))
    return render(
        "home.html",
        lang,
        about.name,
        about=about.make_head(lang, site, to_script_json(linked)),
        cards=[_make_card(one) for one in views],
        recent=[{"dataset": holding, "entry": entry} for holding, entry in recent],
    )


def _make_card(view: DatasetView) -> dict[str, Any]:
    entry = _find_newest_entry(view)
    return {
        "id": view.dataset_id,
        "title": view.title,
        "description": view.descriptor.get("description") or "",
        "entry": entry,
        "numbers": count_rows(entry) if entry else [],
        "sources": len(view.sources),
        "stale": sum(bool(row.get("stale")) for row in view.sources),
        "last_good": max((row["last_good"] or "" for row in view.sources), default=""),
    }


def _render_feed(views: Sequence[DatasetView], site: str | None) -> bytes:
    entries = [
        entry_of(one.dataset_id, one.title, entry, publisher_of(one.descriptor))
        for one in views
        for entry in one.entries
    ]
    return make_feed(entries, site=site, dataset_id=None, title=TITLE)
