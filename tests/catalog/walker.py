"""Every link of a site, followed: its address in, what is broken out, a line each.

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
class Found:
    """What an address gave: its status, its media type, and the page where it is one to look into."""

    status: int
    kind: str
    content: bytes


def walk_site(base_url: str, *, site: str | None = None, reached: set[str] | None = None) -> list[str]:
    """The broken links of the site at an address, as "page → link: why".

    `site` is the address that its absolute links name it by, where that is another than the one it is served under;
    `reached` is filled with the addresses that were asked for.
    """
    pages: dict[str, Found] = {}
    ids: dict[str, set[str]] = {}
    broken: list[str] = []
    todo: deque[tuple[str, str]] = deque([("", base_url)])
    todo += [("", urljoin(base_url, name)) for name in ("sitemap.xml",) if site]
    while todo:
        page, link = todo.popleft()
        address, fragment = urldefrag(_at_home(link, base_url, site))
        if not address.startswith(base_url):
            continue
        if address not in pages:
            pages[address] = found = _ask(address)
            if found.kind in FOLLOWED and found.status == 200:
                links, ids[address] = _looked_into(found)
                todo += [(address, urljoin(_at_home(address, base_url, site), one)) for one in links]
        if pages[address].status != 200:
            broken.append(f"{page} → {link}: {pages[address].status}")
        elif fragment and address in ids and not _marked(fragment, ids[address]):
            broken.append(f"{page} → {link}: no such place on the page")
    if reached is not None:
        reached.update(pages)
    return broken


def _at_home(link: str, base_url: str, site: str | None) -> str:
    root = f"{site.rstrip('/')}/" if site else None
    return base_url + link.removeprefix(root) if root and link.startswith(root) else link


def _marked(fragment: str, ids: set[str]) -> bool:
    return ":~:" in fragment or unquote(fragment) in ids


def _ask(address: str) -> Found:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            kind = answer.headers.get_content_type()
            return Found(answer.status, kind, answer.read() if kind in FOLLOWED else b"")
    except urllib.error.HTTPError as error:
        return Found(error.code, "", b"")


def _looked_into(found: Found) -> tuple[list[str], set[str]]:
    if found.kind == "text/html":
        page = html.document_fromstring(found.content, parser=html.HTMLParser(encoding="utf-8"))
        return list(_links(page)), {str(one) for one in page.xpath("//@id | //a/@name")}
    return list(_named(etree.fromstring(found.content))), set()


def _links(page: Any) -> Iterator[str]:
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
        yield from _said(json.loads(block.text_content()))


def _said(value: Any) -> Iterator[str]:
    """The addresses in linked data; relative ones count from the page, as JSON-LD in HTML says."""
    if isinstance(value, list):
        for one in value:
            yield from _said(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name in ADDRESSES and isinstance(one, str):
                yield one
            else:
                yield from _said(one)


def _named(document: Any) -> Iterator[str]:
    for element in document.iter(f"{ATOM}link", f"{ATOM}content", f"{XHTML}link"):
        for name in ("href", "src"):
            if element.get(name):
                yield element.get(name)
    for element in document.iter(f"{SITEMAP}loc"):
        yield element.text
