"""Every link of a site, followed: its address in, what is broken and what was reached out.

It starts at the first page and takes in whatever pages, feeds, maps and linked data name of the same site: `href`,
`src`, `srcset`, refreshes, the links of feeds, `contentUrl` and the like in JSON-LD, and the addresses of a sitemap.
Where a link has a fragment, the page has to have an element of that id (a text fragment apart).
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from lxml import etree, html

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
ADDRESSES = {"@id", "url", "contentUrl", "image", "mainEntityOfPage"}
FOLLOWED = {"text/html", "application/atom+xml", "application/xml"}
PATIENCE = 30


@dataclass(frozen=True)
class Answer:
    """What a request gave: its status, its media type, and the content of a page or feed."""

    status: int
    media_type: str
    content: bytes


def follow_links(base_url: str, site: str | None = None) -> tuple[list[str], set[str]]:
    """The broken links of the site at an address, as "page → link: why", and every address that was requested.

    `site` is the address that its absolute links name it by, if that is another than the one it is served under.
    """
    answers: dict[str, Answer] = {}
    ids: dict[str, set[str]] = {}
    broken: list[str] = []
    todo = deque([("", base_url)])
    if site:
        todo.append(("", urljoin(base_url, "sitemap.xml")))
    while todo:
        page, link = todo.popleft()
        address, fragment = urldefrag(_to_served(link, base_url, site))
        if not address.startswith(base_url):
            continue
        if address not in answers:
            answers[address] = answer = _request(address)
            if answer.media_type in FOLLOWED and answer.status == 200:
                links, ids[address] = _parse(answer)
                todo += [(address, urljoin(address, name)) for name in links]
        if answers[address].status != 200:
            broken.append(f"{page} → {link}: {answers[address].status}")
        elif address in ids and not _has_anchor(fragment, ids[address]):
            broken.append(f"{page} → {link}: no such anchor on the page")
    return broken, set(answers)


def _to_served(link: str, base_url: str, site: str | None) -> str:
    root = f"{site.rstrip('/')}/" if site else None
    return base_url + link.removeprefix(root) if root and link.startswith(root) else link


def _has_anchor(fragment: str, ids: set[str]) -> bool:
    return not fragment or ":~:" in fragment or unquote(fragment) in ids


def _request(address: str) -> Answer:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as response:
            media_type = response.headers.get_content_type()
            return Answer(response.status, media_type, response.read() if media_type in FOLLOWED else b"")
    except urllib.error.HTTPError as error:
        return Answer(error.code, "", b"")


def _parse(answer: Answer) -> tuple[list[str], set[str]]:
    """The links and the ids of a page or feed."""
    if answer.media_type == "text/html":
        page = html.document_fromstring(answer.content, parser=html.HTMLParser(encoding="utf-8"))
        return list(_list_page_links(page)), {str(name) for name in page.xpath("//@id | //a/@name")}
    return list(_list_feed_links(etree.fromstring(answer.content))), set()


def _list_page_links(page: Any) -> Iterator[str]:
    for element in page.iter(etree.Element):
        for name in ("href", "src", "poster", "action"):
            value = element.get(name)
            if value and not urlsplit(value).scheme.startswith(("data", "mailto", "javascript")):
                yield value.strip()
        for part in (element.get("srcset") or "").split(","):
            if part.strip():
                yield part.split()[0]
        if element.tag == "meta" and (match := re.search(r"url=(.+)", element.get("content") or "")):
            yield match[1]
        if element.get("property") == "og:url":
            yield element.get("content")
    for block in page.xpath('//script[@type="application/ld+json"]'):
        yield from _list_linked_data(json.loads(block.text_content()))


def _list_linked_data(value: Any) -> Iterator[str]:
    """The addresses in linked data; relative ones count from the page, as JSON-LD in HTML says."""
    if isinstance(value, list):
        for item in value:
            yield from _list_linked_data(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in ADDRESSES and isinstance(item, str):
                yield item
            else:
                yield from _list_linked_data(item)


def _list_feed_links(document: Any) -> Iterator[str]:
    for element in document.iter(f"{ATOM}link", f"{ATOM}content", f"{XHTML}link", f"{SITEMAP}loc"):
        text = element.text if element.tag == f"{SITEMAP}loc" else None
        if link := element.get("href") or element.get("src") or text:
            yield link
