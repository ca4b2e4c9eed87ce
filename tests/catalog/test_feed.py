"""Feeds keep to RFC 4287, by its grammar, by a reader of feeds, and by what the grammar cannot say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from catalog.feed import MAX_ENTRIES, FeedEntry, find_publisher, make_feed
from tests.publish.releases import HOSTILE, make_described, make_listed

ATOM = {"a": "http://www.w3.org/2005/Atom"}
GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
SITE = "https://data.example.org/plans"


def make_entry(version: str = "1.0.0", day: int = 1, title: str = "Towns", **fields: Any) -> FeedEntry:
    previous = None if version == "1.0.0" else "1.0.0"
    rows = {"documents": 1, "tasks": 1036}
    moment = f"2026-11-{day:02}T04:32:05Z"
    release = make_listed(version, published_at=moment, previous_version=previous, rows=rows, **fields)
    return FeedEntry("towns", title, release, "The towns")


def make(*entries: FeedEntry, site: str | None = None, dataset_id: str | None = "towns") -> bytes:
    return make_feed(entries, site=site, dataset_id=dataset_id, title="Towns")


def find_problems(feed: bytes) -> list[str]:
    """What is wrong with a feed; empty for one that is right."""
    document = etree.fromstring(feed)
    problems = [] if GRAMMAR.validate(document) else [str(error) for error in GRAMMAR.error_log]
    parsed = feedparser.parse(feed)
    if parsed.bozo:
        problems.append(str(parsed.bozo_exception))
    ids = document.xpath("//a:id/text()", namespaces=ATOM)
    if len(set(ids)) != len(ids):
        problems.append("an id is there twice")
    moments = document.xpath("a:entry/a:updated/text()", namespaces=ATOM)
    if moments != sorted(moments, reverse=True) or document.findtext("a:updated", namespaces=ATOM) != moments[0]:
        problems.append("the newest is not the first")
    for entry in document.iterfind("a:entry", ATOM):
        kinds = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in entry.iterfind("a:link", ATOM)]
        alternates = [kind for kind in kinds if kind[0] in {None, "alternate"}]
        if not alternates and entry.find("a:content", ATOM) is None:
            problems.append("an entry has neither content nor a page")
        if len(set(alternates)) != len(alternates):
            problems.append("an entry has two pages of one kind")
    return problems


@pytest.mark.parametrize("site", [None, SITE])
@pytest.mark.parametrize("dataset_id", [None, "towns"])
def test_a_feed_is_as_the_standard_says(site: str | None, dataset_id: str | None) -> None:
    withdrawn = {"at": "2026-11-20T00:00:00Z", "reason": HOSTILE}
    entries = [
        make_entry(title=HOSTILE),
        make_entry("1.0.1", 2, HOSTILE, withdrawn=withdrawn),
        make_entry("1.1.0", 3, HOSTILE),
    ]
    assert find_problems(make(*entries, site=site, dataset_id=dataset_id)) == []


@pytest.mark.parametrize(
    ("old", "new"),
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
def test_the_grammar_refuses_what_is_not_a_feed(old: bytes, new: bytes) -> None:
    feed = make(make_entry())
    assert old in feed
    broken = feed.replace(old, new).replace(b"</updated>", b"</modified>" if b"modified" in new else b"</updated>")
    assert not GRAMMAR.validate(etree.fromstring(broken))


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_a_character_that_xml_forbids_is_dropped(character: str) -> None:
    feed = make(make_entry(summary=f"a{character}b", title=f"c{character}d"))
    assert find_problems(feed) == []
    (entry,) = feedparser.parse(feed).entries
    assert (entry.summary, entry.title) == ("ab", "cd 1.0.0")


def test_whatever_a_title_says_stays_text() -> None:
    title = '</title><script>alert(1)</script> &amp; <![CDATA[ ]]> "'
    (entry,) = etree.fromstring(make(make_entry(title=title))).iterfind("a:entry", ATOM)
    assert entry.findtext("a:title", namespaces=ATOM) == f"{title} 1.0.0"
    assert not list(entry.find("a:title", ATOM))


def test_a_feed_holds_the_newest_fifty_versions() -> None:
    versions = [make_entry(f"1.{number}.0", 1 + number // 3) for number in range(70)]
    entries = feedparser.parse(make(*versions)).entries
    assert len(entries) == MAX_ENTRIES
    # those of one moment in the order of their numbers, not of their digits
    assert [entry.title for entry in entries[:3]] == ["Towns 1.69.0", "Towns 1.68.0", "Towns 1.67.0"]
    assert entries[-1].title == "Towns 1.20.0"


def test_an_entry_says_what_changed_and_what_the_version_holds() -> None:
    (entry,) = feedparser.parse(make(make_entry("1.1.0"), site=SITE)).entries
    assert entry.content[0].type == "text/plain"
    assert entry.content[0].value == "Since 1.0.0: 3 tasks reworded.\nIt holds: documents 1, tasks 1,036."
    assert entry.author == "The towns"
    assert {link.rel: link.href for link in entry.links} == {
        "alternate": f"{SITE}/towns/versions/1.1.0/",
        "related": f"{SITE}/towns/1.1.0/datapackage.json",
    }


def test_links_are_relative_where_the_address_is_not_known() -> None:
    for dataset_id, page in (("towns", "../towns/versions/1.0.0/"), (None, "towns/versions/1.0.0/")):
        document = etree.fromstring(make(make_entry(), dataset_id=dataset_id))
        assert document.xpath('a:entry/a:link[@rel="alternate"]/@href', namespaces=ATOM) == [page]
        assert not document.xpath('//@xml:base | a:link[@rel="self"]', namespaces=ATOM)
    with_site = etree.fromstring(make(make_entry(), site=f"{SITE}/"))
    assert with_site.xpath('a:link[@rel="self"]/@href', namespaces=ATOM) == [f"{SITE}/towns/feed.xml"]


def test_the_same_versions_give_the_same_bytes_in_whatever_order() -> None:
    entries = [make_entry(), make_entry("1.0.1", 2)]
    assert make(*entries) == make(*reversed(entries))
    assert make(*entries) != make(*entries, make_entry("1.0.2", 3))


def list_ids(feed: bytes) -> list[str]:
    parsed = feedparser.parse(feed)
    return [parsed.feed.id, *(entry.id for entry in parsed.entries)]


def test_each_feed_and_entry_has_an_id_of_its_own_that_is_the_same_at_every_address() -> None:
    entries = [make_entry(), make_entry("1.0.1", 2)]
    feeds = [make(*entries), make(*(replace(entry, dataset_id="villages") for entry in entries), dataset_id="villages")]
    assert len({name for feed in feeds for name in list_ids(feed)}) == 6
    assert list_ids(make(*entries, site=SITE)) == list_ids(feeds[0])


def test_a_withdrawn_version_says_so_under_the_same_id() -> None:
    withdrawn = make_entry(withdrawn={"at": "2026-12-01T00:00:00Z", "reason": "a mistake"})
    before, after = make(make_entry()), make(withdrawn)
    assert list_ids(before) == list_ids(after)
    assert "a mistake" in feedparser.parse(after).entries[0].summary


def test_the_author_is_who_publishes() -> None:
    people = [{"title": "A", "roles": ["author"]}, {"title": "P", "roles": ["publisher"]}]
    assert find_publisher(make_described(contributors=people)) == "P"
    assert find_publisher(make_described(contributors=people[:1])) == "A"
    assert find_publisher(make_described()) == "policytasks contributors"


def test_a_feed_needs_a_version() -> None:
    with pytest.raises(ValueError, match="one version"):
        make()
