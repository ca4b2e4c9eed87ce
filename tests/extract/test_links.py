from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.links import detect_kind, find_links

URL = "https://example.org/news/"
RSS = b"""<?xml version="1.0" encoding="GB2312"?><rss version="2.0"><channel><link>https://example.org/</link>
<item><title>\xb9\xe6\xbb\xae</title><link>https://example.org/1</link></item>
<item><title>Rain</title><link>/2?a=1#top</link></item><item><title>No link</title></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A <b>plan</b></title>
<link rel="alternate" href="3"/></entry><entry><title>Mail</title><link href="mailto:a@example.org"/></entry></feed>"""
SPACE = b'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
MAP = b"<urlset " + SPACE + b"><url><loc> https://example.org/4 </loc></url><url><loc>5</loc></url></urlset>"
INDEX = b"<sitemapindex " + SPACE + b"><sitemap><loc>https://example.org/s1.xml</loc></sitemap></sitemapindex>"
PAGE = b"""<base href="/list/"><nav><a href="/about">About</a></nav><ul class=n><li><a href="6">Plan for the lake</a></li>
<li><a href="https://example.org/7#part"><b>Rain</b> again</a></li><li><a href="javascript:void(0)">No</a></li></ul>
<a class="next" href="?page=2">Next</a>"""


@pytest.mark.parametrize(
    ("content", "kind", "urls", "following"),
    [
        (RSS, "feed", ["https://example.org/1", "https://example.org/2?a=1"], []),
        (ATOM, "feed", ["https://example.org/news/3"], []),
        (MAP, "sitemap", ["https://example.org/4", "https://example.org/news/5"], []),
        (gzip.compress(MAP), "sitemap", ["https://example.org/4", "https://example.org/news/5"], []),
        (INDEX, "sitemap", [], ["https://example.org/s1.xml"]),
    ],
)
def test_feeds_and_sitemaps_lead_to_articles(content: bytes, kind: str, urls: list[str], following: list[str]) -> None:
    links = find_links(content, kind, URL)
    assert [link.url for link in links.articles] == urls
    assert list(links.following) == following


def test_titles_come_in_the_encoding_of_the_feed_and_without_markup() -> None:
    assert [link.title for link in find_links(RSS, "feed", URL).articles] == ["规划", "Rain"]


def test_a_page_leads_where_its_selectors_say() -> None:
    links = find_links(PAGE, "page", URL, links="ul.n", following="a.next")
    assert [(link.url, link.title) for link in links.articles] == [
        ("https://example.org/list/6", "Plan for the lake"),
        ("https://example.org/7", "Rain again"),
    ]
    assert links.following == ("https://example.org/list/?page=2",)


@pytest.mark.parametrize(("match", "count"), [("PLAN", 1), ("/7$", 1), ("plan|rain", 2), ("snow", 0)])
def test_an_article_matches_by_its_address_or_its_title(match: str, count: int) -> None:
    assert len(find_links(PAGE, "page", URL, links="ul a", match=match).articles) == count


def test_a_feed_counts_all_entries_and_a_page_only_matching_links() -> None:
    assert find_links(RSS, "feed", URL, match="snow").count == 2
    assert find_links(INDEX, "sitemap", URL).count == 1
    assert find_links(PAGE, "page", URL, links="ul a", match="snow").count == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [(RSS, "feed"), (ATOM, "feed"), (MAP, "sitemap"), (INDEX, "sitemap"), (PAGE, "page"), (b"", "page")],
)
def test_content_is_recognised_by_how_it_begins(content: bytes, kind: str) -> None:
    assert detect_kind(content) == kind


def test_a_sitemap_cannot_include_a_file() -> None:
    trick = b'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname">]><urlset><url><loc>http://a.example/&x;</loc></url></urlset>'
    assert all(link.url == "http://a.example/" for link in find_links(trick, "sitemap", URL).articles)


NO_CHARACTERS = ["&#xD800;", "&#55296;", "&#xdfff;", "&#x110000;", "&#xD83D;&#xDE00;", "&#x" + "9" * 5_000 + ";"]


@pytest.mark.parametrize("number", [*NO_CHARACTERS, "&#" + "0" * 5_000 + "65;", "&#" + "9" * 5_000 + ";"])
def test_a_number_that_no_character_has_costs_its_entry_at_most(number: str) -> None:
    entries = (
        f"<item><title>A {number}</title><link>/a?{number}</link></item><item><title>B</title><link>/b</link></item>"
    )
    locations = f"<url><loc>/a?{number}</loc></url><url><loc>/b</loc></url>"
    page = f"<a href='/a?{number}'>A {number}</a><a href=/b>B</a>"
    for kind, content in (
        ("feed", f"<rss><channel>{entries}</channel></rss>"),
        ("sitemap", f"<urlset>{locations}</urlset>"),
        ("page", page),
    ):
        links = find_links(content.encode(), kind, URL).articles
        assert links[-1].url == "https://example.org/b"
        assert all((link.url + link.title).encode() for link in links), "what is found can be written"


def test_titles_and_addresses_keep_the_characters_that_are_written_as_numbers() -> None:
    entry = "<item><title>&#89c4;&#x89C4;&#21010; &#38;amp;A</title><link>/a?b=1&#x26;c=2</link></item>"
    (link,) = find_links(f"<rss><channel>{entry}</channel></rss>".encode(), "feed", URL).articles
    assert (link.url, link.title) == ("https://example.org/a?b=1&c=2", "Yc4;规划 &amp;A")


@given(st.binary(max_size=300), st.sampled_from(["page", "feed", "sitemap"]), st.sampled_from([b"", RSS, MAP, PAGE]))
def test_no_bytes_raise_an_error(noise: bytes, kind: str, around: bytes) -> None:
    half = len(around) // 2
    find_links(around[:half] + noise + around[half:], kind, URL, following="a")
