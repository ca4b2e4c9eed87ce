"""`sitemap.xml` and `robots.txt`. They have absolute addresses, so there are none if the site's is not known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from lxml import etree

from catalog.head import address_of
from catalog.pages import LANGUAGES, localise_name

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
# The most pages that the protocol allows in one file.
MAX_PAGES = 50_000
# The version in the name of a page that shows one.
VERSION = re.compile(r"(?:/versions/|/plans/.*/)(\d+\.\d+\.\d+)(?:/|\.html)")

# When each version was published, by dataset and version.
Dates = Mapping[str, Mapping[str, str]]


def make_sitemaps(site: str, names: Sequence[str], dates: Dates) -> dict[str, bytes]:
    """The files of the sitemap by name: one, or an index and several files if there are too many pages for one.

    `names` are those of all pages in all languages; each page is linked with the same page in the other languages.
    """
    root, every = f"{site.rstrip('/')}/", frozenset(names)
    parts = [names[at : at + MAX_PAGES] for at in range(0, len(names), MAX_PAGES)] or [()]
    first, *others = name_files(len(names))
    if not others:
        return {first: _render_map(root, parts[0], every, dates)}
    maps = {name: _render_map(root, part, every, dates) for name, part in zip(others, parts, strict=True)}
    return {first: _render_index(root + name for name in others), **maps}


def name_files(pages: int) -> list[str]:
    """The names of the files of a sitemap of so many pages; the first one leads to the others."""
    parts = -(-pages // MAX_PAGES)
    return ["sitemap.xml", *(f"sitemap-{number}.xml" for number in range(1, parts + 1) if parts > 1)]


def make_robots(site: str) -> bytes:
    """Everybody may read everything; and the address of the sitemap."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {site.rstrip('/')}/sitemap.xml\n".encode()


def _render_map(root: str, names: Iterable[str], every: frozenset[str], dates: Dates) -> bytes:
    made = etree.Element(f"{{{SITEMAP}}}urlset", nsmap={None: SITEMAP, "xhtml": XHTML})
    for name in names:
        page = etree.SubElement(made, f"{{{SITEMAP}}}url")
        etree.SubElement(page, f"{{{SITEMAP}}}loc").text = _make_url(root, name)
        english = _to_english(name)
        if changed := _find_change_date(english, dates):
            etree.SubElement(page, f"{{{SITEMAP}}}lastmod").text = changed
        for lang in LANGUAGES:
            same = localise_name(lang, english)
            if same in every:
                etree.SubElement(page, f"{{{XHTML}}}link", rel="alternate", hreflang=lang, href=_make_url(root, same))
    return _serialise(made)


def _render_index(addresses: Iterable[str]) -> bytes:
    made = etree.Element(f"{{{SITEMAP}}}sitemapindex", nsmap={None: SITEMAP})
    for address in addresses:
        etree.SubElement(etree.SubElement(made, f"{{{SITEMAP}}}sitemap"), f"{{{SITEMAP}}}loc").text = address
    return _serialise(made)


def _find_change_date(name: str, dates: Dates) -> str | None:
    """When what a page shows was published: its version if it shows one, else the newest of its dataset or all."""
    dataset_id, below, _ = name.partition("/")
    every = [dates.get(dataset_id, {})] if below else list(dates.values())
    match = VERSION.search(name)
    if match and (day := every[0].get(match[1])):
        return day
    return max((day for days in every for day in days.values()), default=None)


def _to_english(name: str) -> str:
    lang, _, rest = name.partition("/")
    return rest if lang in LANGUAGES and lang != "en" else name


def _make_url(root: str, name: str) -> str:
    return root + quote(address_of(name))


def _serialise(made: Any) -> bytes:
    written: bytes = etree.tostring(made, xml_declaration=True, encoding="UTF-8")
    return written
