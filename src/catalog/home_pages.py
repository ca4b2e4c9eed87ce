"""The files at the shelf's root: the home page, the feed of all datasets, the sitemap, and the assets of all pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from catalog.feed import FeedEntry, find_publisher, make_feed
from catalog.head import PageAddress
from catalog.linked_data import describe_catalog
from catalog.pages import Page, hash_page_code, hash_values
from catalog.rendering import HERE, load_words, make_pages
from catalog.sitemap import make_robots, make_sitemaps, name_files
from catalog.view import DatasetView, count_rows
from publish.data_catalog import DESCRIPTION

TITLE = "Public plans as open data"


def make_home_pages(
    views: Sequence[DatasetView], site: str | None, names: Callable[[], Sequence[str]]
) -> Iterator[Page]:
    """The files at the root; `names` gives the names of all pages of the site, and is called only for a sitemap."""
    shown = [[view.entries, _list_states(view)] for view in views]
    yield from make_pages(
        __name__, site, "index.html", ("home.html",), partial(_describe_home, views), shown=(site, shown)
    )
    if any(view.entries for view in views):
        key = hash_values(hash_page_code(__name__), site, [view.entries for view in views])
        yield Page("feed.xml", key, partial(_render_feed, views, site))
    if site:
        every = names()
        # When each version was published, by dataset and version.
        dates = {view.dataset_id: {entry.version: entry.published_at for entry in view.entries} for view in views}
        key = hash_values(hash_page_code("catalog.sitemap"), site, every, dates)
        make = cache(partial(make_sitemaps, site, every, dates))
        for name in name_files(len(every)):
            yield Page(name, key, partial(lambda name: make()[name], name))
        yield Page("robots.txt", hash_values(hash_page_code("catalog.sitemap"), site), partial(make_robots, site))
    yield Page(".nojekyll", "1", bytes)
    for path in sorted(path for path in (HERE / "assets").rglob("*") if path.is_file()):
        content = path.read_bytes()
        yield Page(path.relative_to(HERE).as_posix(), hashlib.sha256(content).hexdigest()[:20], partial(bytes, content))


def _list_states(view: DatasetView) -> list[tuple[str, str, str]]:
    """What the home page shows of a dataset's sources, by the day so that a run does not change it."""
    return sorted((status.source_id, status.state, str(status.last_good or "")[:10]) for status in view.sources)


def _describe_home(views: Sequence[DatasetView], page: PageAddress) -> dict[str, Any]:
    translate = load_words(page.lang).gettext
    every = [(view, entry) for view in views for entry in view.entries]
    every.sort(key=lambda pair: (pair[1].published_at, pair[0].dataset_id), reverse=True)
    about = {
        "title": translate(TITLE),
        "description": translate(DESCRIPTION),
        "feeds": [(TITLE, "feed.xml")],
        "linked": describe_catalog([view.descriptor for view in views], page.root),
    }
    recent = [
        {"dataset": view, "entry": entry, "summary": "" if entry.withdrawn else view.summarise(entry, page.lang)}
        for view, entry in every[:10]
    ]
    return {"about": about, "cards": [_make_card(view) for view in views], "recent": recent}


def _make_card(view: DatasetView) -> dict[str, Any]:
    return {
        "id": view.dataset_id,
        "title": view.title,
        "entry": view.newest,
        "numbers": count_rows(view.newest) if view.newest else [],
        "sources": len(view.sources),
        "stale": sum(status.stale for status in view.sources),
        "last_good": max((status.last_good for status in view.sources if status.last_good), default=None),
    }


def _render_feed(views: Sequence[DatasetView], site: str | None) -> bytes:
    entries = [
        FeedEntry(view.dataset_id, view.title, entry, find_publisher(view.descriptor))
        for view in views
        for entry in view.entries
    ]
    return make_feed(entries, site=site, dataset_id=None, title=TITLE)
