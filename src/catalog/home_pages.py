"""The pages at the shelf's root: the home page, the feed of all datasets, the site's map, and what pages load."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from catalog.feed import atom, entry_of, publisher_in
from catalog.head import Named, picture_of, root_from
from catalog.linked import home_page, script_json
from catalog.pages import LANGUAGES, Page, key_of, made_with, name_in
from catalog.preview import counted, number_of, preview_page
from catalog.render import HERE, render, words
from catalog.sitemap import files_for, robots, sitemaps
from catalog.view import Holding, area_and_task_counts
from publish.data_catalog import DESCRIPTION
from publish.listing import Entry

TITLE = "Public plans as open data"
MOST_CHANGES = 10


def home_pages(holdings: Sequence[Holding], site: str | None, names: Callable[[], Sequence[str]]) -> Iterator[Page]:
    """The root's pages; `names` gives those of all pages of the site, for its map, and is asked only for it."""
    key = key_of(made_with(), site, [_told(one) for one in holdings])
    for lang in LANGUAGES:
        yield Page(name_in(lang, "index.html"), key, partial(_home, holdings, lang, site))
    listed = key_of(made_with(), site, [one.entries for one in holdings])
    if any(one.entries for one in holdings):
        yield Page("feed.xml", listed, partial(_feed, holdings, site))
    if site:
        every, dates = names(), _dates(holdings)
        mapped, made = key_of(made_with(), site, every, dates), cache(partial(sitemaps, site, every, dates))
        for name in files_for(len(every)):
            yield Page(name, mapped, partial(_part_of, made, name))
        yield Page("robots.txt", key_of(site), partial(robots, site))
        yield _preview(holdings)
    yield Page(".nojekyll", "1", bytes)
    for path in sorted(path for path in (HERE / "assets").rglob("*") if path.is_file()):
        name = path.relative_to(HERE).as_posix()
        yield Page(name, key_of(made_with()), path.read_bytes)


def _part_of(made: Callable[[], Mapping[str, bytes]], name: str) -> bytes:
    return made()[name]


def _preview(holdings: Sequence[Holding]) -> Page:
    """The picture of them all: their newest versions in numbers."""
    newest = [_newest(one) for one in holdings]
    facts = [number_of("datasets", len(holdings)), *counted([one for one in newest if one])]
    return preview_page(picture_of("index.html"), TITLE, "policytasks", facts)


def _newest(holding: Holding) -> Entry | None:
    return next((one for one in holding.entries if one["version"] == holding.latest), None)


def _dates(holdings: Sequence[Holding]) -> dict[str, dict[str, str]]:
    """When each version of each dataset was published."""
    return {
        holding.dataset_id: {entry["version"]: entry["published_at"] for entry in holding.entries}
        for holding in holdings
    }


def _told(holding: Holding) -> list[Any]:
    return [holding.entries, sorted((row["source_id"], row["state"], _day(row)) for row in holding.sources)]


def _day(row: Any) -> str:
    return str(row.get("last_good") or "")[:10]


def _home(holdings: Sequence[Holding], lang: str, site: str | None) -> bytes:
    about = Named("index.html", words(lang).gettext(TITLE), words(lang).gettext(DESCRIPTION), ((TITLE, "feed.xml"),))
    every = [(one, entry) for one in holdings for entry in one.entries]
    recent = sorted(every, key=lambda one: (one[1]["published_at"], one[0].dataset_id), reverse=True)[:MOST_CHANGES]
    linked = home_page([one.said for one in holdings], root_from(name_in(lang, about.name), site))
    return render(
        "home.html",
        lang,
        about.name,
        about=about.head(lang, site, script_json(linked)),
        cards=[_card(one) for one in holdings],
        recent=[{"dataset": holding, "entry": entry} for holding, entry in recent],
    )


def _card(holding: Holding) -> dict[str, Any]:
    entry = _newest(holding)
    return {
        "id": holding.dataset_id,
        "title": holding.title,
        "description": holding.said.get("description") or "",
        "entry": entry,
        "numbers": area_and_task_counts(entry) if entry else [],
        "sources": len(holding.sources),
        "stale": sum(bool(row.get("stale")) for row in holding.sources),
        "last_good": max((row["last_good"] or "" for row in holding.sources), default=""),
    }


def _feed(holdings: Sequence[Holding], site: str | None) -> bytes:
    entries = [
        entry_of(one.dataset_id, one.title, entry, publisher_in(one.said)) for one in holdings for entry in one.entries
    ]
    return atom(entries, site=site, dataset_id=None, title=TITLE)
