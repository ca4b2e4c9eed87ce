"""What feeds, linked data, the map and the dictionary say of a release."""

from __future__ import annotations

import feedparser
from lxml import etree

from catalog.dataset_pages import list_examples
from catalog.feed import FeedEntry, make_feed
from catalog.sitemap import make_sitemaps
from tests.publish.releases import HOSTILE, PLAIN, draft_of, make_listed

LISTED = make_listed(summary=HOSTILE)


def test_a_feed_has_an_entry_a_version_with_ids_that_stay_wherever_it_stands() -> None:
    entries = [
        FeedEntry("towns", HOSTILE, LISTED),
        FeedEntry("towns", HOSTILE, make_listed("1.0.1", summary=HOSTILE)),
    ]
    here = feedparser.parse(make_feed(entries, site=None, dataset_id="towns", title=HOSTILE))
    there = feedparser.parse(make_feed(entries, site="https://x.example/d", dataset_id="towns", title=HOSTILE))
    assert not here.bozo
    assert [one.id for one in here.entries] == [one.id for one in there.entries]
    assert len({here.feed.id, *(one.id for one in here.entries)}) == 3
    assert there.entries[0].link == "https://x.example/d/towns/versions/1.0.1/"


def test_a_withdrawn_version_says_so_under_the_same_id() -> None:
    withdrawn = make_listed(withdrawn={"at": "2026-12-01T00:00:00Z", "reason": "a mistake"})
    before, after = (
        feedparser.parse(
            make_feed([FeedEntry("towns", "Towns", one)], site=None, dataset_id=None, title="All")
        ).entries[0]
        for one in (LISTED, withdrawn)
    )
    assert before.id == after.id
    assert "a mistake" in after.summary


def test_the_map_is_parted_where_it_is_large() -> None:
    assert list(make_sitemaps("https://x.example", ["a/index.html"], {})) == ["sitemap.xml"]
    files = make_sitemaps("https://x.example", [f"{number}.html" for number in range(50_001)], {})
    assert len(files) == 3
    assert len(etree.fromstring(files["sitemap.xml"])) == 2


def test_an_example_is_a_value_of_the_first_row() -> None:
    examples = list_examples(draft_of(PLAIN).tables)
    assert examples["tasks"]["task_id"] == "towns/t01"
    assert "changes" not in examples


def test_the_map_tells_when_each_page_changed_and_its_other_language() -> None:
    names = ["index.html", "zh/index.html", "towns/index.html", "towns/versions/1.0.0/index.html"]
    names += ["towns/plans/a/1.0.0.html", "zh/towns/plans/a/1.0.0.html", "other/index.html"]
    dates = {"towns": {"1.0.0": "2026-01-01T00:00:00Z", "1.1.0": "2026-02-01T00:00:00Z"}}
    site_map = etree.fromstring(make_sitemaps("https://x.example/d/", names, dates)["sitemap.xml"])
    told = {
        one[0].text.removeprefix("https://x.example/d/"): (
            [part.text[:10] for part in one if part.tag.endswith("lastmod")],
            [part.get("href").removeprefix("https://x.example/d/") for part in one if part.tag.endswith("link")],
        )
        for one in site_map
    }
    assert told == {
        "": (["2026-02-01"], ["", "zh/"]),
        "zh/": (["2026-02-01"], ["", "zh/"]),
        "towns/": (["2026-02-01"], ["towns/"]),
        "towns/versions/1.0.0/": (["2026-01-01"], ["towns/versions/1.0.0/"]),
        "towns/plans/a/1.0.0.html": (["2026-01-01"], ["towns/plans/a/1.0.0.html", "zh/towns/plans/a/1.0.0.html"]),
        "zh/towns/plans/a/1.0.0.html": (["2026-01-01"], ["towns/plans/a/1.0.0.html", "zh/towns/plans/a/1.0.0.html"]),
        "other/": ([], ["other/"]),
    }
