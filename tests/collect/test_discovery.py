"""Which links are new articles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collect.discovery import normalise_address, select_new_articles

FOUND_ON, FOUND_AT = "https://example.org/feed", datetime(2021, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/规划",
        "https://www.example.org/规划/",
        "https://EXAMPLE.org:443/%E8%A7%84%e5%88%92#part",
        "http://example.org:80/规划",
    ],
)
def test_a_page_has_one_address_however_it_is_written(url: str) -> None:
    assert normalise_address(url) == normalise_address("https://example.org/规划")
    listed = {normalise_address("https://example.org/规划")}
    assert not select_new_articles("f", [(url, "")], (), (), listed=listed, found_on=FOUND_ON, found_at=FOUND_AT)


@pytest.mark.parametrize(
    "url",
    ["https://example.org/a/b", "https://example.org/a?b=1", "https://b.example.org/a", "http://example.org:81/a"],
)
def test_another_page_has_another_address(url: str) -> None:
    assert normalise_address(url) != normalise_address("https://example.org/a")


@pytest.mark.parametrize(
    "url", ["http://[::bad/", "https://example.org/%zz", "https://example.org/\ud800", "", "mailto:a"]
)
def test_what_is_no_address_is_compared_too(url: str) -> None:
    assert normalise_address(url) == normalise_address(url)


def test_one_page_that_is_linked_twice_is_one_article() -> None:
    links = [("http://example.org/a", "A"), ("https://www.example.org/a/", "A again"), ("https://example.org/b", "B")]
    new = select_new_articles("f", links, (), (), found_on=FOUND_ON, found_at=FOUND_AT)
    assert [article.title for article in new] == ["A", "B"]
