"""Where a page, feed or sitemap leads: bytes in, the addresses of articles out, and those of its following pages."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from bs4.element import Tag
from lxml import etree

from extract.reading.encodings import decode
from extract.reading.html import soup_of

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

GZIP = b"\x1f\x8b"
# The sitemap protocol's own bound for one file, unpacked.
# So much of an address or a title is searched for a pattern.
LONGEST_SEARCHED = 500
LARGEST_SITEMAP = 50 * 1024 * 1024
FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)\b")
SITEMAP_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)\b")


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and the words that lead to it."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Links:
    """The articles that a place leads to, in its order, and the places that go on with it.

    `found` counts what tells that the place is what it was: a page's matching links; all entries of a feed or sitemap,
    of which there may be times when none is wanted.
    """

    articles: tuple[Link, ...]
    following: tuple[str, ...] = ()
    count: int = 0


def find_links(
    content: bytes,
    kind: str,
    url: str,
    *,
    encoding: str | None = None,
    match: str | None = None,
    links: str = "a[href]",
    following: str | None = None,
) -> Links:
    """The links of a `page`, `feed` or `sitemap` at `url`; nothing is raised, whatever the bytes.

    `match` is a regular expression that an article's address or title has to have, letters of either case; `links` and
    `following` are CSS selectors of a page's links to articles and to its next page.
    """
    if kind == "page":
        found = _read_page_links(decode(content, encoding)[0], url, links, following)
    elif kind == "feed":
        found = Links(tuple(_read_feed(content, url)))
    else:
        found = _read_sitemap(content, url)
    wanted = re.compile(match or "", re.IGNORECASE)
    articles = {
        link.url: link
        for link in found.articles
        if wanted.search(link.url[:LONGEST_SEARCHED]) or wanted.search(link.title[:LONGEST_SEARCHED])
    }
    articles.pop(urldefrag(url).url, None)
    onward = tuple(dict.fromkeys(one for one in found.following if one != url))
    seen = {"page": len(articles), "sitemap": len(found.articles) + len(onward)}.get(kind, len(found.articles))
    return Links(tuple(articles.values()), onward, seen)


def kind_of(content: bytes) -> str:
    """What bytes are, by how they begin: `feed`, `sitemap`, or else `page`."""
    head = content[:2_000]
    return "feed" if FEED_ROOT.search(head) else "sitemap" if SITEMAP_ROOT.search(head) else "page"


def _read_page_links(markup: str, url: str, links: str, following: str | None) -> Links:
    soup = soup_of(markup)
    base = soup.find("base", href=True)
    here = _resolve_address(url, str(base["href"])) if isinstance(base, Tag) else url
    articles = [
        Link(there, " ".join(tag.get_text(" ").split()) or str(tag.get("title") or ""))
        for tag in _find_anchors(soup, links)
        if (there := _resolve_address(here or url, str(tag["href"])))
    ]
    onward = _find_anchors(soup, following) if following else ()
    return Links(
        tuple(articles), tuple(there for tag in onward if (there := _resolve_address(here or url, str(tag["href"]))))
    )


def _find_anchors(soup: BeautifulSoup, selector: str) -> Iterator[Tag]:
    """The links that a selector addresses, itself or by what holds them."""
    for tag in soup.select(selector):
        yield from [tag] if tag.get("href") else tag.find_all("a", href=True)


def _read_feed(content: bytes, url: str) -> Iterator[Link]:
    import feedparser  # costs a tenth of a second, which those who have no feed need not pay

    # Handed over as a file, since of bytes the library would ask whether they are an address to fetch.
    for entry in feedparser.parse(io.BytesIO(content), response_headers={"content-location": url}).entries:
        if there := _resolve_address(url, str(entry.get("link") or "")):
            yield Link(there, " ".join(str(entry.get("title") or "").split()))


def _read_sitemap(content: bytes, url: str) -> Links:
    if content.startswith(GZIP):
        try:
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST_SITEMAP)
        except (OSError, EOFError, zlib.error):
            return Links(())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return Links(())
    places = [
        there
        for one in root.iter("{*}loc")
        if etree.QName(one.getparent()).localname in ("url", "sitemap")
        and (there := _resolve_address(url, one.text or ""))
    ]
    if etree.QName(root).localname == "sitemapindex":
        return Links((), tuple(places))
    return Links(tuple(Link(there, "") for there in places))


def _resolve_address(base: str, stated: str) -> str | None:
    """A link's address in full and without its fragment; None where it is none of the web."""
    try:
        there = urldefrag(urljoin(base, stated.strip())).url
        parts = urlsplit(there)
    except ValueError:
        return None
    web = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
    return there if stated.strip() and web else None
