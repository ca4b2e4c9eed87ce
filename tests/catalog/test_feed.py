"""Feeds keep to RFC 4287, by its grammar, by a reader of feeds, and by what the grammar cannot say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from catalog.feed import MAX_ENTRIES, FeedEntry, find_publisher, make_feed
from publish.records import ReleaseEntry
from tests.publish.releases import HOSTILE, make_described, make_listed

ATOM = {"a": "http://www.w3.org/2005/Atom"}
GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
SITE = "https://data.example.org/plans"


def listed(version: str, day: int = 1, **more: Any) -> ReleaseEntry:
    previous = None if version == "1.0.0" else "1.0.0"
    rows = {"documents": 1, "tasks": 1036}
    moment = f"2026-11-{day:02}T04:32:05Z"
    return make_listed(version, published_at=moment, previous_version=previous, rows=rows, **more)


def told(*entries: FeedEntry, site: str | None = None, dataset_id: str | None = "towns") -> bytes:
    return make_feed(entries, site=site, dataset_id=dataset_id, title="Towns")


def entries_of(*versions: ReleaseEntry, title: str = "Towns") -> list[FeedEntry]:
    return [FeedEntry("towns", title, one, "The towns") for one in versions]


def problems(feed: bytes) -> list[str]:
    """What is wrong with a feed; empty for one that is right."""
    document = etree.fromstring(feed)
    found = [] if GRAMMAR.validate(document) else [str(error) for error in GRAMMAR.error_log]
    read = feedparser.parse(feed)
    if read.bozo:
        found.append(str(read.bozo_exception))
    ids = document.xpath("//a:id/text()", namespaces=ATOM)
    if len(set(ids)) != len(ids):
        found.append("an id is there twice")
    moments = document.xpath("a:entry/a:updated/text()", namespaces=ATOM)
    if moments != sorted(moments, reverse=True) or document.findtext("a:updated", namespaces=ATOM) != moments[0]:
        found.append("the newest is not the first")
    for entry in document.iterfind("a:entry", ATOM):
        kinds = [(one.get("rel"), one.get("type"), one.get("hreflang")) for one in entry.iterfind("a:link", ATOM)]
        alternates = [one for one in kinds if one[0] in {None, "alternate"}]
        if not alternates and entry.find("a:content", ATOM) is None:
            found.append("an entry has neither content nor a page")
        if len(set(alternates)) != len(alternates):
            found.append("an entry has two pages of one kind")
    return found


@pytest.mark.parametrize("site", [None, SITE])
@pytest.mark.parametrize("dataset_id", [None, "towns"])
def test_a_feed_is_as_the_standard_says(site: str | None, dataset_id: str | None) -> None:
    withdrawn = {"at": "2026-11-20T00:00:00Z", "reason": HOSTILE}
    entries = entries_of(listed("1.0.0"), listed("1.0.1", 2, withdrawn=withdrawn), listed("1.1.0", 3), title=HOSTILE)
    assert problems(told(*entries, site=site, dataset_id=dataset_id)) == []


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"<updated>", b"<modified>"),
        (b"05Z", b"05"),
        (b"T04", b"t04"),
        (b"<id>urn:uuid:", b"<id></id><id>urn:uuid:"),
        (b' href="', b' ref="'),
        (b"<name>The towns</name>", b""),
        (b'type="text"', b'type="markdown"'),
    ],
)
def test_the_grammar_tells_what_is_no_feed(was: bytes, becomes: bytes) -> None:
    feed = told(*entries_of(listed("1.0.0")))
    assert was in feed
    broken = feed.replace(was, becomes).replace(
        b"</updated>", b"</modified>" if b"modified" in becomes else b"</updated>"
    )
    assert not GRAMMAR.validate(etree.fromstring(broken))


@pytest.mark.parametrize("sign", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_a_sign_that_xml_forbids_is_dropped(sign: str) -> None:
    feed = told(*entries_of(listed("1.0.0", summary=f"a{sign}b"), title=f"c{sign}d"))
    assert problems(feed) == []
    (entry,) = feedparser.parse(feed).entries
    assert (entry.summary, entry.title) == ("ab", "cd 1.0.0")


def test_whatever_a_title_says_stays_text() -> None:
    title = '</title><script>alert(1)</script> &amp; <![CDATA[ ]]> "'
    (entry,) = etree.fromstring(told(*entries_of(listed("1.0.0"), title=title))).iterfind("a:entry", ATOM)
    assert entry.findtext("a:title", namespaces=ATOM) == f"{title} 1.0.0"
    assert not list(entry.find("a:title", ATOM))


def test_a_feed_holds_the_newest_fifty_versions() -> None:
    versions = [listed(f"1.{number}.0", 1 + number // 3) for number in range(70)]
    entries = feedparser.parse(told(*entries_of(*versions))).entries
    assert len(entries) == MAX_ENTRIES
    # those of one moment in the order of their numbers, not of their digits
    assert [one.title for one in entries[:3]] == ["Towns 1.69.0", "Towns 1.68.0", "Towns 1.67.0"]
    assert entries[-1].title == "Towns 1.20.0"


def test_an_entry_says_what_changed_and_what_the_version_holds() -> None:
    (entry,) = feedparser.parse(told(*entries_of(listed("1.1.0")), site=SITE)).entries
    assert entry.content[0].type == "text/plain"
    assert entry.content[0].value == "Since 1.0.0: 3 tasks reworded.\nIt holds: documents 1, tasks 1,036."
    assert entry.author == "The towns"
    assert {link.rel: link.href for link in entry.links} == {
        "alternate": f"{SITE}/towns/versions/1.1.0/",
        "related": f"{SITE}/towns/1.1.0/datapackage.json",
    }


def test_links_are_relative_where_the_address_is_not_known() -> None:
    for dataset_id, page in (("towns", "../towns/versions/1.0.0/"), (None, "towns/versions/1.0.0/")):
        document = etree.fromstring(told(*entries_of(listed("1.0.0")), dataset_id=dataset_id))
        assert document.xpath('a:entry/a:link[@rel="alternate"]/@href', namespaces=ATOM) == [page]
        assert not document.xpath('//@xml:base | a:link[@rel="self"]', namespaces=ATOM)
    with_site = etree.fromstring(told(*entries_of(listed("1.0.0")), site=f"{SITE}/"))
    assert with_site.xpath('a:link[@rel="self"]/@href', namespaces=ATOM) == [f"{SITE}/towns/feed.xml"]


def test_the_same_versions_give_the_same_bytes_in_whatever_order() -> None:
    entries = entries_of(listed("1.0.0"), listed("1.0.1", 2))
    assert told(*entries) == told(*reversed(entries))
    assert told(*entries) != told(*entries, *entries_of(listed("1.0.2", 3)))


def test_the_ids_of_two_datasets_and_of_their_feeds_are_apart() -> None:
    feeds = [
        feedparser.parse(make_feed([FeedEntry(one, "T", listed("1.0.0"))], site=None, dataset_id=one, title="T"))
        for one in ("towns", "villages")
    ]
    assert len({one.feed.id for one in feeds} | {one.entries[0].id for one in feeds}) == 4


def test_the_author_is_who_publishes() -> None:
    people = [{"title": "A", "roles": ["author"]}, {"title": "P", "roles": ["publisher"]}]
    assert find_publisher(make_described(contributors=people)) == "P"
    assert find_publisher(make_described(contributors=people[:1])) == "A"
    assert find_publisher(make_described()) == "policytasks contributors"


def test_without_a_version_there_is_no_feed() -> None:
    with pytest.raises(ValueError, match="one version"):
        told()
