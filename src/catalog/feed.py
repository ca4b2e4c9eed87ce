"""Atom feeds (RFC 4287): versions in, one entry for each out.

A feed changes only with a new version or a withdrawal. The ids of entries are made from the dataset's id and the
version's number, so that they stay the same wherever the shelf is served.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from publish.data_catalog import list_contributors
from publish.records import Descriptor, ReleaseEntry, parse_version

ATOM = "http://www.w3.org/2005/Atom"
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tag:policytasks,2026:feed")
MAX_ENTRIES = 50
# What XML 1.0 cannot hold.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
AUTHOR = "policytasks"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A version in a feed; `updated` and `published` are RFC 3339, `page` and `data` are names below the root."""

    dataset_id: str
    version: str
    title: str
    published: str
    updated: str
    summary: str
    content: str
    page: str
    data: str
    author: str = AUTHOR


def find_publisher(descriptor: Descriptor) -> str:
    """The publisher in a version's descriptor; the first contributor where none has that role."""
    return list_contributors(descriptor, "publisher")[0].title


def make_feed_entry(dataset_id: str, title: str, listed: ReleaseEntry, author: str = AUTHOR) -> FeedEntry:
    """The entry of a version, from its entry in `releases.json`."""
    version, withdrawn = listed.version, listed.withdrawn
    summary = f"Withdrawn: {withdrawn.reason}" if withdrawn else listed.summary
    return FeedEntry(
        dataset_id,
        version,
        f"{title} {version}{' (withdrawn)' if withdrawn else ''}",
        listed.published_at,
        withdrawn.at if withdrawn else listed.published_at,
        summary,
        summary if withdrawn else _describe_version(listed, summary),
        f"{dataset_id}/versions/{version}/",
        f"{dataset_id}/{version}/datapackage.json",
        author,
    )


def make_feed(entries: Sequence[FeedEntry], *, site: str | None, dataset_id: str | None, title: str) -> bytes:
    """A feed of the newest versions: of one dataset, or of all where `dataset_id` is None.

    Links are absolute where the site's address is known, else relative to the feed. Raises ValueError without entries.
    """
    newest = sorted(entries, key=_make_sort_key, reverse=True)[:MAX_ENTRIES]
    if not newest:
        raise ValueError("a feed needs at least one version")
    own = f"{dataset_id}/feed.xml" if dataset_id else "feed.xml"
    root = f"{site.rstrip('/')}/" if site else "../" * own.count("/")
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _add(feed, "id", _make_urn(dataset_id or "*"))
    _add(feed, "title", title)
    _add(feed, "updated", newest[0].updated)
    _add(_add(feed, "author"), "name", newest[0].author if dataset_id else AUTHOR)
    if site:
        _add(feed, "link", rel="self", type="application/atom+xml", href=root + own)
    home = root + (f"{dataset_id}/" if dataset_id else "")
    _add(feed, "link", rel="alternate", type="text/html", href=home or "./")
    for version in newest:
        entry = _add(feed, "entry")
        _add(entry, "id", _make_urn(version.dataset_id, version.version))
        _add(entry, "title", version.title)
        _add(entry, "published", version.published)
        _add(entry, "updated", version.updated)
        _add(_add(entry, "author"), "name", version.author)
        _add(entry, "link", rel="alternate", type="text/html", href=root + version.page)
        _add(entry, "link", rel="related", type="application/json", title="datapackage.json", href=root + version.data)
        _add(entry, "summary", version.summary)
        _add(entry, "content", version.content, type="text")
    written: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _make_sort_key(entry: FeedEntry) -> tuple[Any, ...]:
    return entry.updated, entry.dataset_id, parse_version(entry.version)


def _describe_version(listed: ReleaseEntry, summary: str) -> str:
    """What changed since the version before, and how many rows each table has."""
    previous = listed.previous_version
    rows = ", ".join(f"{name} {count:,}" for name, count in listed.rows.items())
    text = f"Since {previous}: {summary}." if previous else f"{summary[:1].upper()}{summary[1:]}."
    return f"{text}\nIt holds: {rows}." if rows else text


def _make_urn(*parts: str) -> str:
    return uuid.uuid5(SPACE, "\n".join(parts)).urn


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    made = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text is not None:
        made.text = FORBIDDEN.sub("", text)
    return made
