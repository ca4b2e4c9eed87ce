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

from catalog.head import to_root
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
    """A version in a feed: its dataset's id and title, its entry in `releases.json`, and who published it."""

    dataset_id: str
    title: str
    release: ReleaseEntry
    author: str = AUTHOR

    @property
    def updated(self) -> str:
        """When the version was published or withdrawn (RFC 3339)."""
        withdrawn = self.release.withdrawn
        return withdrawn.at if withdrawn else self.release.published_at


def find_publisher(descriptor: Descriptor) -> str:
    """The publisher in a version's descriptor; the first contributor if none has that role."""
    return list_contributors(descriptor, "publisher")[0].title


def make_feed(entries: Sequence[FeedEntry], *, site: str | None, dataset_id: str | None, title: str) -> bytes:
    """A feed of the newest versions: of one dataset, or of all if `dataset_id` is None.

    Links are absolute if the site's address is known, else relative to the feed. Raises ValueError without entries.
    """
    newest = sorted(entries, key=_make_sort_key, reverse=True)[:MAX_ENTRIES]
    if not newest:
        raise ValueError("a feed needs at least one version")
    own = f"{dataset_id}/feed.xml" if dataset_id else "feed.xml"
    root = to_root(site) or "../" * own.count("/")
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _add(feed, "id", _make_urn(dataset_id or "*"))
    _add(feed, "title", title)
    _add(feed, "updated", newest[0].updated)
    _add(_add(feed, "author"), "name", newest[0].author if dataset_id else AUTHOR)
    if site:
        _add(feed, "link", rel="self", type="application/atom+xml", href=root + own)
    home = root + (f"{dataset_id}/" if dataset_id else "")
    _add(feed, "link", rel="alternate", type="text/html", href=home or "./")
    for entry in newest:
        _add_entry(feed, entry, f"{root}{entry.dataset_id}/")
    written: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _add_entry(feed: Any, entry: FeedEntry, folder: str) -> None:
    """Add a version to a feed; `folder` is the address of its dataset."""
    release, version, withdrawn = entry.release, entry.release.version, entry.release.withdrawn
    summary = f"Withdrawn: {withdrawn.reason}" if withdrawn else release.summary
    element = _add(feed, "entry")
    _add(element, "id", _make_urn(entry.dataset_id, version))
    _add(element, "title", f"{entry.title} {version}{' (withdrawn)' if withdrawn else ''}")
    _add(element, "published", release.published_at)
    _add(element, "updated", entry.updated)
    _add(_add(element, "author"), "name", entry.author)
    _add(element, "link", rel="alternate", type="text/html", href=f"{folder}versions/{version}/")
    data = f"{folder}{version}/datapackage.json"
    _add(element, "link", rel="related", type="application/json", title="datapackage.json", href=data)
    _add(element, "summary", summary)
    _add(element, "content", summary if withdrawn else _describe_version(release, summary), type="text")


def _make_sort_key(entry: FeedEntry) -> tuple[Any, ...]:
    return entry.updated, entry.dataset_id, parse_version(entry.release.version)


def _describe_version(release: ReleaseEntry, summary: str) -> str:
    """What changed since the version before, and how many rows each table has."""
    previous = release.previous_version
    rows = ", ".join(f"{name} {count:,}" for name, count in release.rows.items())
    text = f"Since {previous}: {summary}." if previous else f"{summary[:1].upper()}{summary[1:]}."
    return f"{text}\nIt holds: {rows}." if rows else text


def _make_urn(*parts: str) -> str:
    return uuid.uuid5(SPACE, "\n".join(parts)).urn


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    made = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text is not None:
        made.text = FORBIDDEN.sub("", text)
    return made
