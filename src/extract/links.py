"""The bytes of a page, feed or sitemap in, the addresses of articles out, and those of the pages that continue it."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from bs4.element import Tag
from lxml import etree

from config.errors import PolicyTasksError
from config.text import replace_controls
from extract.reading.encodings import decode
from extract.reading.html import parse_leniently

GZIP = b"\x1f\x8b"
# Characters of an address or a title, from its beginning, that are searched for a pattern.
LONGEST_SEARCHED = 500
# Bytes of an unpacked sitemap: the sitemap protocol's own limit for one file. It allows 50,000 addresses.
LARGEST_SITEMAP, MOST_ADDRESSES = 50 * 1024 * 1024, 200_000
# Bytes of a feed, and number of tags of a page, that are read: their readers take 100 and 2,000 times as much memory.
LARGEST_FEED, MOST_TAGS = 10_000_000, 200_000
XML_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]{0,1000}\?>\s*")
# A number in place of a character; readers of feeds stop at one that no character has, such as &#xD800;.
CHARACTER_NUMBER = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
# A number with more digits than this is of no character.
LONGEST_CHARACTER_NUMBER = 8
FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)\b")
SITEMAP_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)\b")


class LinksError(PolicyTasksError):
    """A page, feed or sitemap that has more than is read, or a feed that cannot be read."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and the words of the link to it."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Links:
    """The articles that a page, feed or sitemap leads to, in its order, and the addresses that continue it.

    `count` is the number of a page's matching links, or of all entries of a feed or sitemap, since those may have no
    matching entry for a while. 0 means that the address no longer holds what it was listed for.
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
    """The links of a `page`, `feed` or `sitemap` at `url`.

    Raises LinksError where one of the limits above is exceeded, or a feed is damaged; no other bytes raise an error.

    `match` is a regular expression, case ignored, that an article's address or title has to match. `links` and
    `following` are CSS selectors for a page's links to articles and to its next page.
    """
    if kind == "page":
        every = _read_page_links(decode(content, encoding)[0], url, links, following)
    elif kind == "feed":
        every = Links(tuple(_read_feed(content, url, encoding)))
    else:
        every = _read_sitemap(content, url)
    pattern = re.compile(match or "", re.IGNORECASE)
    articles = {
        link.url: link
        for link in every.articles
        if pattern.search(link.url[:LONGEST_SEARCHED]) or pattern.search(link.title[:LONGEST_SEARCHED])
    }
    articles.pop(urldefrag(url).url, None)
    onward = tuple(dict.fromkeys(address for address in every.following if address != url))
    count = {"page": len(articles), "sitemap": len(every.articles) + len(onward)}.get(kind, len(every.articles))
    return Links(tuple(articles.values()), onward, count)


def detect_kind(content: bytes) -> str:
    """The kind of content, by its first 2,000 bytes: `feed`, `sitemap`, or else `page`."""
    head = content[:2_000]
    return "feed" if FEED_ROOT.search(head) else "sitemap" if SITEMAP_ROOT.search(head) else "page"


def _read_page_links(markup: str, url: str, links: str, following: str | None) -> Links:
    if markup.count("<") > MOST_TAGS:
        raise LinksError(f"the page has more than {MOST_TAGS:,} tags, so its links are not read", url)
    soup = parse_leniently(markup)
    base = soup.find("base", href=True)
    base_url = (_resolve_address(url, str(base["href"])) if isinstance(base, Tag) else None) or url
    articles = [
        Link(address, _clean(tag.get_text(" ")) or _clean(str(tag.get("title") or "")))
        for tag in _find_anchors(soup, links)
        if (address := _resolve_address(base_url, str(tag["href"])))
    ]
    onward = _find_anchors(soup, following) if following else ()
    following_urls = (_resolve_address(base_url, str(tag["href"])) for tag in onward)
    return Links(tuple(articles), tuple(filter(None, following_urls)))


def _find_anchors(soup: Tag, selector: str) -> Iterator[Tag]:
    """The links that a selector matches, or that the elements it matches contain, each once."""
    contained = set[int]()
    for tag in soup.select(selector):
        if id(tag) in contained:  # its links have been found, in an element around it
            continue
        if tag.get("href"):
            yield tag
            continue
        for inner in tag.descendants:
            contained.add(id(inner))
            if isinstance(inner, Tag) and inner.name == "a" and inner.has_attr("href"):
                yield inner


def _read_feed(content: bytes, url: str, encoding: str | None) -> Iterator[Link]:
    if len(content) > LARGEST_FEED:
        raise LinksError(f"the feed has more than {LARGEST_FEED // 1_000_000} MB and is not read", url)
    import feedparser  # takes a tenth of a second to import; few sources are feeds

    # The library is given UTF-8 below an empty line: where a feed begins with "<?", it searches the whole line for an
    # encoding, and takes minutes for a long one. It is given a file, since it would take bytes that look like an
    # address for one and fetch it.
    text = "\n" + XML_DECLARATION.sub("", decode(content, encoding)[0], count=1)
    text = CHARACTER_NUMBER.sub(_replace_no_character, text)
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    try:
        entries = feedparser.parse(io.BytesIO(text.encode()), response_headers=headers).entries
    except MemoryError:
        raise
    except Exception as error:  # on damaged bytes the library raises errors of any kind
        raise LinksError(f"the feed cannot be read ({type(error).__name__})", url) from error
    for entry in entries:
        if address := _resolve_address(url, str(entry.get("link") or "")):
            yield Link(address, _clean(str(entry.get("title") or "")))


def _clean(title: str) -> str:
    """A title on one line."""
    return " ".join(replace_controls(title).split())


def _replace_no_character(match: re.Match[str]) -> str:
    """The number of a character, in its shortest form; the replacement character for one that no character has."""
    digits = (match[1] or match[2]).lstrip("0")[: LONGEST_CHARACTER_NUMBER + 1] or "0"
    number = int(digits, 16 if match[1] else 10)
    return "\ufffd" if number > sys.maxunicode or 0xD800 <= number <= 0xDFFF else f"&#{number};"


def _read_sitemap(content: bytes, url: str) -> Links:
    if content.startswith(GZIP):
        try:
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST_SITEMAP + 1)
        except (OSError, EOFError, zlib.error):
            return Links(())
    if len(content) > LARGEST_SITEMAP:
        raise LinksError(f"the sitemap has more than {LARGEST_SITEMAP // 1024**2} MB unpacked and is not read", url)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return Links(())
    if content.count(b"<loc") > MOST_ADDRESSES:
        raise LinksError(f"the sitemap has more than {MOST_ADDRESSES:,} addresses and is not read", url)
    addresses = [
        address
        for location in root.iter("{*}loc")
        if (parent := location.getparent()) is not None
        and _get_local_name(parent) in ("url", "sitemap")
        and (address := _resolve_address(url, _get_text(location)))
    ]
    if _get_local_name(root) == "sitemapindex":
        return Links((), tuple(addresses))
    return Links(tuple(Link(address, "") for address in addresses))


def _get_text(element: etree._Element) -> str:
    """The text of an element; none if it has a character that is none, such as &#xD800;, which its parser lets pass."""
    try:
        return element.text or ""
    except UnicodeDecodeError:
        return ""


def _get_local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; lxml's own function refuses names that its parser lets pass."""
    return str(element.tag).rpartition("}")[2]


def _resolve_address(base: str, reference: str) -> str | None:
    """The absolute address of a link, without its fragment; None unless it is an http(s) address without a user."""
    try:
        address = urldefrag(urljoin(base, reference.strip())).url
        parts = urlsplit(address)
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
    return address if reference.strip() and is_web else None
