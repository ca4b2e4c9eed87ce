"""Atom feeds (RFC 4287): versions in, one entry each out; nothing in a feed depends on now, nor on the sources.

Ids are drawn from the dataset's id and the version's number alone, so that they stay wherever the shelf stands.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tag:policytasks,2026:feed")
MOST_ENTRIES = 50
# What XML 1.0 cannot hold.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
AUTHOR = "policytasks"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A version as a feed tells it; `updated` is RFC 3339, `page` the name of its page below the root."""

    dataset_id: str
    version: str
    title: str
    updated: str
    summary: str
    page: str


def entry_of(dataset_id: str, title: str, listed: Mapping[str, Any]) -> FeedEntry:
    """The entry of a version, from its entry in `releases.json`."""
    version, withdrawn = listed["version"], listed["withdrawn"]
    return FeedEntry(
        dataset_id,
        version,
        f"{title} {version}{' (withdrawn)' if withdrawn else ''}",
        withdrawn["at"] if withdrawn else listed["published_at"],
        f"Withdrawn: {withdrawn['reason']}" if withdrawn else listed["summary"],
        f"{dataset_id}/versions/{version}/",
    )


def atom(entries: Sequence[FeedEntry], *, site: str | None, dataset_id: str | None, title: str) -> bytes:
    """A feed of the newest versions: of one dataset, or of all where `dataset_id` is None.

    Links are absolute where the site's address is known, else relative to the feed. Raises ValueError without entries.
    """
    newest = sorted(entries, key=lambda one: (one.updated, one.dataset_id, one.version), reverse=True)[:MOST_ENTRIES]
    if not newest:
        raise ValueError("a feed tells of one version at least")
    own = f"{dataset_id}/feed.xml" if dataset_id else "feed.xml"
    root = f"{site.rstrip('/')}/" if site else "../" * own.count("/")
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _add(feed, "id", _urn(dataset_id or "*"))
    _add(feed, "title", title)
    _add(feed, "updated", newest[0].updated)
    _add(_add(feed, "author"), "name", AUTHOR)
    if site:
        _add(feed, "link", rel="self", type="application/atom+xml", href=root + own)
    _add(
        feed, "link", rel="alternate", type="text/html", href=(root + (f"{dataset_id}/" if dataset_id else "")) or "./"
    )
    for one in newest:
        entry = _add(feed, "entry")
        _add(entry, "id", _urn(one.dataset_id, one.version))
        _add(entry, "title", one.title)
        _add(entry, "updated", one.updated)
        _add(entry, "link", rel="alternate", type="text/html", href=root + one.page)
        _add(entry, "summary", one.summary)
    written: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _urn(*parts: str) -> str:
    return uuid.uuid5(SPACE, "\n".join(parts)).urn


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    made = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text is not None:
        made.text = FORBIDDEN.sub("", text)
    return made
