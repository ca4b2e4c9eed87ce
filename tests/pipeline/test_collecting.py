"""A source lives through many checks: what each is found to be, what is kept, what it asks of the server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from collect import jobs as asking
from collect.archive import read_articles, read_bytes, read_captures, read_checks, read_last_checks
from config.models import Dataset
from config.text import CONTROLS
from pipeline.collecting import make_fetcher
from pipeline.errors import NoPlanError
from pipeline.read.executors import ExecutorError
from pipeline.read.reader import CaptureReader
from pipeline.select import read_sources
from tests.conftest import FIXTURES, NOWHERE, SITE_THREAD, Site, until
from tests.pipeline.watch import Watch

PLAN = (FIXTURES / "harbour-towns.html").read_bytes()
TASK = b"Train teachers together"


@pytest.fixture
def watch(site: Site, tmp_path: Path) -> Watch:
    return Watch(tmp_path / "raw", {"id": "harbour", "url": site.page("/plan", PLAN)})


def test_a_first_look_archives_the_page_and_records_the_check(watch: Watch, site: Site) -> None:
    source, look = watch.look_and_check()
    assert (look.outcome, source.status.state, source.failure) == ("content", "active", None)
    (capture,) = read_captures(watch.raw, "harbour")
    assert source.captures == (capture,)
    assert read_bytes(watch.raw, capture) == PLAN
    (check,) = read_checks(watch.raw, "harbour")
    assert check == look
    assert (check.url, check.status, check.transferred, check.capture_id, check.found_count) == (
        f"{site.url}/plan",
        200,
        len(PLAN),
        capture.capture_id,
        4,
    )
    assert check.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("settings", "contact"),
    [
        ({"contact": "desk@example.org", "homepage": "https://example.org/plans"}, "; contact: desk@example.org)"),
        ({"homepage": "https://example.org/plans"}, "; contact: https://example.org/plans)"),
        ({}, "(open data from public plans)"),
    ],
)
def test_the_owner_of_a_site_is_given_an_address_or_nothing(site: Site, settings: dict[str, str], contact: str) -> None:
    source = {"id": "harbour", "url": site.page("/plan", PLAN)}
    document = {"id": "harbour", "title": "Towns", "licence": "CC0-1.0", "sources": [source], **settings}
    with make_fetcher(Dataset.model_validate(document)) as fetcher:
        fetcher.fetch(source["url"])
    assert site.asked[-1][1]["User-Agent"].endswith(contact)


@pytest.mark.parametrize("validator", [{"ETag": '"a"'}, {"Last_Modified": "Tue, 02 Mar 2021 00:00:00 GMT"}])
def test_what_has_not_changed_by_the_servers_word_is_unchanged_and_not_sent_again(
    watch: Watch, site: Site, validator: dict[str, Any]
) -> None:
    site.page("/plan", PLAN, **validator)
    watch.look()
    site.page("/plan", PLAN, status=304)
    for _ in range(3):
        check = watch.check()
        assert (check.outcome, check.status, check.transferred) == ("unchanged", 304, 0)
        assert check.capture_id == read_captures(watch.raw, "harbour")[0].capture_id
    name, value = next(iter(validator.items()))
    header = {"ETag": "If-None-Match", "Last_Modified": "If-Modified-Since"}[name]
    assert [headers.get(header) for _, headers in site.asked] == [None, value, value, value]
    assert len(read_captures(watch.raw, "harbour")) == 1
    assert len(read_checks(watch.raw, "harbour")) == 4
    assert watch.readings.plans_read == 1


def test_the_same_bytes_are_unchanged(watch: Watch) -> None:
    watch.look()
    assert watch.check().outcome == "unchanged"
    assert len(read_captures(watch.raw, "harbour")) == 1


def test_an_answer_of_not_modified_is_asked_for_only_while_the_capture_is_there(watch: Watch, site: Site) -> None:
    site.page("/plan", PLAN, ETag='"a"')
    watch.look()
    next((watch.raw / "harbour").glob("*.html")).unlink()
    watch.look()
    assert "If-None-Match" not in site.asked[-1][1]
    assert read_bytes(watch.raw, read_captures(watch.raw, "harbour")[0]) == PLAN


FURNITURE: dict[str, Callable[[bytes], bytes]] = {
    "another menu": lambda page: page.replace(b"<article>", b"<nav><a href=/>Weather: rain</a></nav><article>"),
    "a token in the markup": lambda page: page.replace(b"<article>", b'<article data-token="81f3">'),
    "a script": lambda page: page.replace(b"</body>", b"<script>var t=17</script></body>"),
    "white space": lambda page: page.replace(b"<li>", b"<li>\n   "),
    "a counter of readers": lambda page: page.replace(b"<ol>", b"<p>Views: 1,234</p><ol>"),
    "an advert beside": lambda page: page.replace(b"</article>", b"</article><aside>Buy boats!</aside>"),
}


@pytest.mark.parametrize("name", FURNITURE)
def test_furniture_is_told_from_the_article_and_read_by_nobody(watch: Watch, site: Site, name: str) -> None:
    changed = FURNITURE[name](PLAN)
    assert changed != PLAN
    first = watch.look()
    site.page("/plan", changed)
    source, check = watch.look_and_check()
    assert (check.outcome, check.same_article, check.found_count) == ("furniture", True, 4)
    assert [read_bytes(watch.raw, capture) for capture in read_captures(watch.raw, "harbour")] == [PLAN, changed]
    assert source.captures[0] == first.captures[0], "rows lead back to where they were first read"
    assert watch.readings.plans_read == 1
    assert watch.check().outcome == "unchanged"
    assert watch.look().captures[0] == first.captures[0]


def test_another_word_in_the_article_is_content(watch: Watch, site: Site) -> None:
    watch.look()
    site.page("/plan", PLAN.replace(TASK, b"Train sailors together"))
    source, check = watch.look_and_check()
    assert (check.outcome, check.same_article, check.kept) == ("content", False, 1.0)
    assert read_bytes(watch.raw, source.captures[0]) != PLAN
    assert watch.readings.plans_read == 2


def test_a_page_that_goes_back_to_what_it_was_is_content_again(watch: Watch, site: Site) -> None:
    for page in (PLAN, PLAN.replace(TASK, b"Train sailors together"), PLAN):
        site.page("/plan", page)
        check = watch.check()
    assert (check.outcome, check.same_article) == ("content", False)
    assert len(read_captures(watch.raw, "harbour")) == 3
    assert len(list((watch.raw / "harbour").glob("*.html"))) == 2


def test_a_page_that_moved_for_good_is_said_to_have_once(watch: Watch, site: Site) -> None:
    watch.look()
    site.page("/new", PLAN)
    site.page("/plan", b"", status=301, Location="/new")
    check = watch.check()
    assert (check.outcome, check.why) == ("moved", f"it is now at {site.url}/new")
    assert check.hops == ((301, f"{site.url}/new"),)
    assert read_captures(watch.raw, "harbour")[-1].url == f"{site.url}/new"
    assert watch.check().outcome == "unchanged"


def test_a_detour_is_no_move(watch: Watch, site: Site) -> None:
    watch.look()
    site.page("/session", PLAN)
    site.page("/plan", b"", status=302, Location="/session")
    assert watch.check().outcome == "unchanged"
    assert read_captures(watch.raw, "harbour")[-1].url == f"{site.url}/plan"


def test_what_a_server_says_cannot_steer_a_terminal(watch: Watch, site: Site) -> None:
    site.page("/plan", b"", status=302, Location="ftp://\x1b]0;a\x07\x9b31m.example/")
    why = watch.check().why
    assert "ftp:" in why
    assert not CONTROLS.search(why)


def test_a_page_that_gives_itself_another_address_has_moved(watch: Watch, site: Site) -> None:
    for address in (b"/plan", b"/plans/harbour"):
        site.page("/plan", PLAN.replace(b"</head>", b"<link rel=canonical href=" + address + b"></head>"))
        check = watch.check()
    assert (check.outcome, check.why) == ("moved", f"it is now at {site.url}/plans/harbour")
    assert watch.check().outcome == "unchanged"


@pytest.mark.parametrize(
    ("status", "outcome"), [(404, "gone"), (410, "gone"), (403, "blocked"), (451, "blocked"), (418, "failed")]
)
def test_a_page_that_is_not_there_any_more_leaves_the_last_good_capture_in_use(
    watch: Watch, site: Site, status: int, outcome: str
) -> None:
    first = watch.look()
    site.page("/plan", b"no", status=status)
    source, check = watch.look_and_check()
    assert (check.outcome, check.capture_id) == (outcome, None)
    assert f"harbour: {outcome}: the server answered {status}" in str(source.failure)
    assert source.captures == first.captures
    assert check.carried.good_at == (first.check and first.check.checked_at)
    assert source.status.state == ("active" if outcome == "failed" else "broken")


@pytest.mark.parametrize(
    ("page", "outcome", "said"),
    [
        ("<p>Please verify you are a human to go on.</p>", "blocked", "verify you are a human"),
        ("<p>We use cookies. Please accept all cookies to continue.</p>", "blocked", "We use cookies"),
        ("<p>您的访问过于频繁，请完成安全验证后继续。</p>", "blocked", "安全验证"),
        ("<p>请先登录</p>", "blocked", "请先登录"),
        ("<h1>Harbour town</h1><p>Our new site is here. Look around!</p>", "broken", "nothing that was looked for"),
        ("\0", "broken", "nothing that was looked for"),
    ],
)
def test_a_page_without_its_plan_is_broken_or_a_wall(
    watch: Watch, site: Site, page: str, outcome: str, said: str
) -> None:
    first = watch.look()
    site.page("/plan", page.encode())
    for _ in range(2):  # the second time with the same bytes
        source, check = watch.look_and_check()
        assert (check.outcome, source.status.state) == (outcome, "broken")
        assert said in str(source.failure)
        assert first.captures[0] in source.captures
    site.page("/plan", PLAN)
    source, check = watch.look_and_check()
    assert (check.outcome, source.status.state) == ("unchanged", "active")


FOREIGN = PLAN
for number, item in enumerate(PLAN.split(b"<li>")[3:]):
    FOREIGN = FOREIGN.replace(
        item.partition(b"</li>")[0],
        b"Plant %d thousand oaks, elms and limes along the northern ridge" % (number + 7),
    )


def test_another_plan_at_the_same_address_is_broken_and_feeds_nothing(watch: Watch, site: Site) -> None:
    first = watch.look()
    for page in (FOREIGN, FOREIGN, FOREIGN.replace(b"<article>", b"<article data-visit=2>"), FOREIGN):
        site.page("/plan", page)
        source, check = watch.look_and_check()
        assert (check.outcome, source.status.state) == ("broken", "broken")
        assert "another plan stands there now" in check.why
        assert source.captures == first.captures
    site.page("/plan", PLAN)
    assert (watch.check().outcome, watch.look().captures[0].capture_id) == ("unchanged", first.captures[0].capture_id)


def serve_open_ended(site: Site, page: bytes) -> None:
    """Answer with a page that ends with the connection, without a length."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.send_header("ETag", '"open"')
        handler.end_headers()
        handler.wfile.write(page)

    site.answers["/plan"] = answer


CUT = PLAN[: PLAN.index(TASK) + len(TASK)]
WITHOUT_END = PLAN.replace(b"</body>", b"").replace(b"</html>", b"")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_page_that_ends_early_with_its_connection_has_failed_and_feeds_nothing(
    watch: Watch, site: Site, encoding: str
) -> None:
    serve_open_ended(site, PLAN.decode().encode(encoding))
    first = watch.look()
    for page in (CUT, CUT, CUT[:-9]):
        serve_open_ended(site, page.decode().encode(encoding))
        source, check = watch.look_and_check()
        assert (check.outcome, source.captures, source.status.state) == ("failed", first.captures, "active")
        assert "the page seems to have broken off" in str(source.failure)
        assert watch.look(offline=True).captures == first.captures
    assert all("If-None-Match" not in headers for _, headers in site.asked[2:]), "no word on what broke off is trusted"
    site.page("/plan", CUT)
    source, check = watch.look_and_check()
    assert (check.outcome, check.found_count) == ("content", 3), "with a length it is the page"
    assert read_bytes(watch.raw, source.captures[0]) == CUT


@pytest.mark.parametrize("page", [PLAN, WITHOUT_END], ids=["with its end", "never with it"])
def test_a_page_that_always_ends_with_its_connection_is_a_page(watch: Watch, site: Site, page: bytes) -> None:
    for number in range(3):
        serve_open_ended(site, page.replace(TASK, TASK + b" of class %d" % number))
        source, check = watch.look_and_check()
        assert (check.outcome, check.found_count, source.failure) == ("content", 4, None)


def test_a_page_that_breaks_off_after_one_that_was_given_by_hand_is_not_used(watch: Watch, site: Site) -> None:
    watch.store_by_hand(PLAN, datetime(2021, 3, 4, tzinfo=UTC))
    serve_open_ended(site, CUT)
    source, check = watch.look_and_check()
    assert (check.outcome, [capture.method for capture in source.captures]) == ("failed", ["by hand"])


def test_what_a_person_gave_by_hand_is_good_until_a_check_says_otherwise(watch: Watch, site: Site) -> None:
    day = datetime(2021, 3, 4, tzinfo=UTC)
    watch.store_by_hand(PLAN, day)
    assert watch.look(offline=True).status.last_good == day
    site.page("/plan", b"gone", status=410)
    source = watch.look()
    assert (source.status.state, source.status.last_good, len(source.captures)) == ("broken", day, 1)


def test_a_silence_longer_than_the_schedule_allows_is_stale(watch: Watch) -> None:
    watch.settings = {"schedule": {"cron": "0 6 * * *"}}
    assert watch.look().status.state == "active"
    watch.source = {"id": "old", "url": NOWHERE}
    watch.store_by_hand(PLAN, datetime(2021, 3, 4, tzinfo=UTC))
    source = watch.look()
    assert source.status.state == "stale"
    assert source.status.why == "last good on 2021-03-04; failed: the connection was refused"


def test_a_retired_source_is_asked_no_more_and_its_captures_stay(watch: Watch, site: Site) -> None:
    first = watch.look()
    watch.source["retired"] = "the towns merged"
    source = watch.look()
    assert (source.status.state, source.status.why, source.captures) == ("retired", "the towns merged", first.captures)
    assert len(site.asked) == 1


def test_where_nothing_can_be_reached_that_is_no_failure_of_the_source(watch: Watch) -> None:
    watch.look()
    watch.source["url"] = NOWHERE
    source = watch.look()
    assert (source.failure, source.status.state) == (None, "active")
    assert source.note == "harbour: failed: 127.0.0.1 cannot be reached (the connection was refused)"


def test_where_others_can_be_reached_it_is_one(watch: Watch, site: Site) -> None:
    watch.look()
    watch.settings = {"sources": [{"id": "harbour", "url": NOWHERE}, {"id": "other", "url": f"{site.url}/plan"}]}
    source, other = watch.look_at_all()
    assert "cannot be reached" in str(source.failure)
    assert other.failure is None


def test_a_run_that_ends_early_leaves_no_thread_behind(
    watch: Watch, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def threads() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name != SITE_THREAD}

    def fail(*_: object) -> None:
        raise ExecutorError("a worker ended")

    before = threads()
    watch.settings = {"sources": [{"id": f"s{n}", "url": site.page(f"/{n}", PLAN)} for n in range(100)]}
    monkeypatch.setattr(CaptureReader, "read_ahead", fail)
    with pytest.raises(ExecutorError, match="a worker ended"):
        watch.look_at_all()
    until(lambda: threads() <= before, "the threads that fetch and store to end")


def test_large_pages_are_archived_one_by_one(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LARGE_BYTES", 100)
    source = watch.look()
    assert read_bytes(watch.raw, source.captures[0]) == PLAN


def test_offline_asks_nobody_and_records_nothing(watch: Watch, site: Site) -> None:
    watch.look()
    watch.look(offline=True)
    assert len(site.asked) == 1
    assert len(read_checks(watch.raw, "harbour")) == 1


def repeat_last_check(watch: Watch, times: int) -> None:
    """Lengthen the record by the last check, so many times."""
    path = watch.raw / "harbour" / "checks.jsonl"
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[-1] * times)


def test_the_state_of_a_source_does_not_depend_on_how_long_its_record_is(watch: Watch, site: Site) -> None:
    first = watch.look()
    site.page("/plan", FURNITURE["a token in the markup"](PLAN))
    watch.look()
    assert watch.check().outcome == "unchanged"
    repeat_last_check(watch, 10_000)
    begun = time.process_time()
    assert len(read_last_checks(watch.raw, "harbour")) == 3
    assert time.process_time() - begun < 1
    source = watch.look()
    assert source.captures[0] == first.captures[0]
    assert source.status.last_changed == (first.check and first.check.checked_at)


def test_another_plan_is_not_forgotten_however_long_the_page_is_gone(watch: Watch, site: Site) -> None:
    first = watch.look()
    site.page("/plan", FOREIGN)
    assert watch.check().outcome == "broken"
    site.page("/plan", b"gone", status=404, ETag="x" * 3_900, Server="y" * 3_900)
    for _ in range(2):
        watch.look()
        repeat_last_check(watch, 2_000)
        assert watch.look().captures == watch.look(offline=True).captures == first.captures


def test_what_is_kept_of_headers_is_bounded_in_sum(watch: Watch, site: Site) -> None:
    names = ("ETag", "Last_Modified", "Content_Language", "Retry_After")
    site.page("/plan", PLAN, 200, **dict.fromkeys(names, "x" * 3_900))
    headers = watch.check().headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["(too long)"] == "etag, last-modified, content-language, retry-after"
    more = {"Location": "http://x.example/" + "y" * 2_000, **dict.fromkeys(names, "x" * 490)}
    site.page("/plan", PLAN, 200, "text/html" + " " * 400 + "; a", **more)
    headers = watch.check().headers
    assert 3_500 < sum(map(len, headers.values())) < 4_100
    assert headers["(too long)"] == "retry-after"
    assert (watch.raw / "harbour" / "checks.jsonl").stat().st_size < 10_000


def discovering(tmp_path: Path, **discover: object) -> Watch:
    return Watch(tmp_path / "raw", {"id": "towns", "discover": discover})


def test_new_articles_of_a_feed_become_sources_of_their_own(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def feed(*names: str) -> None:
        entries = "".join(f"<item><title>The {name}</title><link>/news/{name}.html</link></item>" for name in names)
        site.page("/feed", f"<rss><channel>{entries}</channel></rss>".encode(), content_type="application/rss+xml")
        for name in names:
            site.page(f"/news/{name}.html", PLAN if "plan" in name else b"<p>It rains.</p>")

    watch = discovering(tmp_path, feed=f"{site.url}/feed", match="plan|rain")
    feed("harbour-plan", "rain-of-may", "football")
    place, plan, rain = watch.look_at_all()
    assert (place.status.state, place.check and place.check.found_count) == ("active", 3)
    assert (plan.source.id, plan.check and plan.check.outcome, len(plan.captures)) == (
        "towns-harbour-plan",
        "content",
        1,
    )
    assert (rain.optional, rain.failure, rain.status.last_good) == (True, None, None)
    assert "towns: leads to 2 new articles" in caplog.text

    feed("lake-plan")
    ids = [source.source.id for source in watch.look_at_all()]
    assert ids == ["towns", "towns-harbour-plan", "towns-rain-of-may", "towns-lake-plan"], "what scrolled off stays"
    site.page("/news/rain-of-may.html", b"gone", status=404)
    site.page("/news/harbour-plan.html", b"gone", status=404)
    failures = [source.failure for source in watch.look_at_all()]
    assert [bool(line) for line in failures] == [False, True, False, False], "nobody misses an article without a plan"


def test_an_index_page_is_followed_page_by_page(site: Site, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        links = f"<ul><li><a href=/a{number}>Plan {number}</a></ul><a class=next href=/list/{number + 1}>more</a>"
        site.page(f"/list/{number}", f"<a href=/about>About</a>{links}".encode(), ETag=f'"{number}"')
        site.page(f"/a{number}", PLAN)
    watch = discovering(tmp_path, page=f"{site.url}/list/1", links="li a", following="a.next", pages=2)
    watch.look_at_all()
    assert [article.url for article in read_articles(watch.raw, "towns")] == [f"{site.url}/a1", f"{site.url}/a2"]
    assert {path for path, _ in site.asked} == {"/list/1", "/list/2", "/a1", "/a2"}
    before = len(site.asked)
    for number in (1, 2):
        site.page(f"/list/{number}", b"", status=304)
    watch.look_at_all()
    again = dict(site.asked[before:])
    assert (again["/list/1"]["If-None-Match"], again["/list/2"]["If-None-Match"]) == ('"1"', '"2"')


def test_a_sitemap_leads_on_to_others(site: Site, tmp_path: Path) -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    site.page("/s.xml", f"<sitemapindex {space}><sitemap><loc>{site.url}/1.xml</loc></sitemap></sitemapindex>".encode())
    site.page("/1.xml", f"<urlset {space}><url><loc>{site.url}/plan</loc></url></urlset>".encode())
    site.page("/plan", PLAN)
    watch = discovering(tmp_path, sitemap=f"{site.url}/s.xml")
    assert [source.source.id for source in watch.look_at_all()] == ["towns", "towns-plan"]


def test_no_more_new_articles_are_taken_than_a_run_may(site: Site, tmp_path: Path) -> None:
    links = "".join(f"<li><a href=/a{number}>{number}</a>" for number in range(5))
    site.page("/list", f"<ul>{links}</ul>".encode())
    watch = discovering(tmp_path, page=f"{site.url}/list", most=2)
    assert [len(watch.look_at_all()) for _ in range(4)] == [3, 5, 6, 6]


def serve_feed(site: Site, path: str, *links: str) -> dict[str, Any]:
    """Serve a feed with these links; returns the source that it is."""
    entries = "".join(f"<item><title>Plan</title><link>{link}</link></item>" for link in links)
    site.page(path, f"<rss><channel>{entries}</channel></rss>".encode(), content_type="application/rss+xml")
    return {"id": path.strip("/"), "discover": {"feed": site.url + path}}


def test_a_page_is_one_source_whoever_leads_to_it(site: Site, tmp_path: Path) -> None:
    for path in ("/a", "/old", "/b"):
        site.page(path, PLAN)
    sources = [
        serve_feed(site, "/f", "/a", "/old", "/b", "/g", "/b/"),
        serve_feed(site, "/g", "/b#tasks", "/a"),
        {"id": "a", "url": f"{site.url}/a"},
        {"id": "old", "url": f"{site.url}/old", "retired": "it was replaced"},
    ]
    watch = Watch(tmp_path / "raw", {}, {"sources": sources})
    for _ in range(2):
        assert [source.source.id for source in watch.look_at_all()] == ["f", "f-b", "g", "a", "old"]
    assert read_articles(watch.raw, "g") == []


def test_an_article_that_is_on_record_twice_is_left_out_with_a_note(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for path in ("/a", "/b"):
        site.page(path, PLAN)
    first, second = serve_feed(site, "/f", "/b", "/a"), serve_feed(site, "/g", "/b")
    for source in (first, second):  # each alone, so that both find the article
        Watch(tmp_path / "raw", source).look_at_all()
    record = tmp_path / "raw" / "g" / "articles.jsonl"
    record.write_text(record.read_text().replace('"found_at":"20', '"found_at":"21'))  # not in the same second
    watch = Watch(tmp_path / "raw", {}, {"sources": [first, second]})
    assert [source.source.id for source in watch.look_at_all()] == ["f", "f-b", "f-a", "g"]
    assert f"g-b: left out, since f-b has the same address ({site.url}/b)" in caplog.messages
    watch.settings = {"sources": [second, first]}
    assert [source.source.id for source in watch.look_at_all()] == ["g", "f", "f-b", "f-a"], (
        "found first, whoever comes"
    )
    watch.settings = {"sources": [second, first, {"id": "a", "url": f"{site.url}/a"}]}
    assert [source.source.id for source in watch.look_at_all()] == ["g", "f", "f-b", "a"], (
        "a person's own source counts"
    )
    asked = [path for path, _ in site.asked]
    watch.look_at_all()
    assert sorted(path for path, _ in site.asked[len(asked) :]) == ["/a", "/b", "/f", "/g"]
    watch.settings = {"sources": [second]}
    assert [source.source.id for source in watch.look_at_all()] == ["g", "g-b"], "alone it counts again"


def test_a_place_that_leads_nowhere_any_more_is_broken(site: Site, tmp_path: Path) -> None:
    site.page("/list", b"<ul><li><a href=/plan>Plan</a></ul>")
    site.page("/plan", PLAN)
    watch = discovering(tmp_path, page=f"{site.url}/list", links="li a")
    watch.look_at_all()
    site.page("/list", b"<p>Our new site</p>")
    place, plan = watch.look_at_all()
    assert place.status.state == "broken"
    assert place.failure is not None
    assert plan.failure is None


def test_a_feed_whose_articles_hold_no_plan_names_the_key_to_check(site: Site, tmp_path: Path) -> None:
    link = site.page("/about", b"<p>About the three towns and their ferries.</p>")
    site.page("/feed", f"<rss><channel><item><link>{link}</link></item></channel></rss>".encode())
    watch = Watch(tmp_path / "raw", {"id": "news", "discover": {"feed": f"{site.url}/feed"}})
    collected = watch.look_at_all()
    assert len(collected) == 2
    with pytest.raises(NoPlanError, match=r"^news: no article with a plan was found; check `match` under `discover`$"):
        read_sources(watch.raw, collected)
