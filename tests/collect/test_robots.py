"""Whatever a robots.txt holds, its rules are read in little time, and what cannot be used is passed over."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from collect.robots import LONGEST_DELAY, parse_robots
from tests.conftest import FIXTURES, Site
from tests.pipeline.watch import Watch

PLAN = (FIXTURES / "harbour-towns.html").read_bytes()
URL = "https://example.org/plans/" + "a" * 1_900


def make(*lines: bytes) -> bytes:
    return b"\n".join((b"User-agent: *", *lines))


@pytest.mark.parametrize(
    ("content", "delay"),
    [
        (make(b"Crawl-delay: 2.5"), 2.5),
        (make(b"Request-rate: 1/10"), 10),
        (make(b"Request-rate: 4/1m", b"Crawl-delay: 2"), 15),
        (make(b"Request-rate: 1/" + b"9" * 400), LONGEST_DELAY),
        (make(b"Request-rate: 1/" + b"9" * 400 + b"d"), LONGEST_DELAY),
        (make(b"Request-rate: " + b"9" * 400 + b"/1"), 0),
        (make(b"Request-rate: 1/" + b"9" * 5_000), 0),
        (make(b"Request-rate: 0/0"), 0),
        (make(b"Request-rate: -1/5"), 0),
        (make(b"Request-rate: /"), 0),
        (make(b"Crawl-delay: 1e308"), LONGEST_DELAY),
        (make(b"Crawl-delay: 1e999"), 0),
        (make(b"Crawl-delay: nan"), 0),
        (make(b"Crawl-delay: -7"), 0),
        (make(b"Crawl-delay: \0"), 0),
        (make(b"Crawl-delay: " + b"9" * 5_000), 0),
    ],
)
def test_a_pause_is_kept_up_to_a_day_and_an_absurd_one_is_passed_over(content: bytes, delay: float) -> None:
    robots = parse_robots(200, content, "")
    assert robots.delay == delay
    assert robots.allows(URL)


@pytest.mark.parametrize(
    "content",
    [
        make(b"Allow: /a\n" * 1_000_000),
        make(b"Allow: /p*a*a*a*b\n" * 1_000_000),
        make(b"Allow: /" + b"*a" * 1_000_000),
        make(b"Allow: " + b"%" * 1_000_000),
        b"".join(b"User-agent: a%d\n" % number for number in range(10_000)) + b"Allow: /a\n" * 30_000,
        b"".join(b"user \t agent a%d\n" % number for number in range(10_000)) + b"Allow: /a\n" * 30_000,
        b"".join(b"USERAGENT:: p%s\n" % (b"*" * number) for number in range(500)) + b"Allow: /a\n" * 30_000,
        b"".join(b"User-agent: a%d\nAllow: /\n" % number for number in range(30_000)),
        b"\0" * 1_000_000,
        b"\xff" * 1_000_000,
        b"\r" * 1_000_000,
        b"User-agent: *\n" * 100_000,
        b":" * 1_000_000,
    ],
)
def test_rules_without_number_are_read_in_little_time(content: bytes) -> None:
    begun = time.process_time()
    robots = parse_robots(200, content, "")
    assert robots.allows(URL)
    assert robots.delay == 0
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("content", "allowed"),
    [
        (b"User-agent: policytasks\nUser-agent: other\nDisallow: /", False),
        (b"User-agent: other\nUser-agent: policytasks # us\nDisallow: /", False),
        (b"User agent PolicyTasks*\nDisallow: /", False),
        (b"User-agent: another\nDisallow: /\nUser-agent: *\nAllow: /", True),
        (b"User-agent: **\nDisallow: /", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: policytasks\nDisallow: /other", True),
        (b"User-agent:\nDisallow: /", True),
        (b"User-agent: *\nNoise\0: x\nDisallow: /\0\nDisallow: /plans", False),
    ],
)
def test_rules_for_us_are_told_from_those_for_others(content: bytes, allowed: bool) -> None:
    assert parse_robots(200, content, "").allows(URL) is allowed


def test_an_absurd_pause_is_kept_between_the_pages_of_that_host_alone(site: Site, tmp_path: Path) -> None:
    site.page("/robots.txt", make(b"Request-rate: 1/" + b"9" * 400), content_type="text/plain")
    urls = [site.page("/1", PLAN), site.page("/2", PLAN), "http://127.0.0.1:9/"]
    sources = [{"id": f"s{number}", "url": url} for number, url in enumerate(urls)]
    first, second, third = (source.check for source in Watch(tmp_path / "raw", {}, {"sources": sources}).look_at_all())
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.outcome, second.outcome, second.answer_kind) == ("content", "failed", "too early")
    assert "is not to be asked before" in second.why
    assert third.why == "the connection was refused"
