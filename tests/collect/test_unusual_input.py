"""Unusual links, hosts, headers, clocks and files: each fails alone, in one line, or is read as what it is."""

from __future__ import annotations

import gzip
import io
import json
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collect.archive import read_articles, read_bytes, read_captures, store_capture
from collect.records import ArchiveError
from collect.warc import import_warc
from tests.conftest import DATASET, FIXTURES, NOWHERE, Desk, Site
from tests.pipeline.watch import Watch

PAGE = (FIXTURES / "harbour-towns.html").read_bytes()


@pytest.fixture
def watch(site: Site, tmp_path: Path) -> Watch:
    return Watch(tmp_path / "raw", {"id": "harbour", "url": site.page("/plan", PAGE)})


@pytest.mark.parametrize("host", ["*.example.com", ".x", "..", "exa mple.com", "x:99999", "[::bad"])
def test_a_redirect_to_what_is_no_host_is_a_failure_of_that_source_alone(watch: Watch, site: Site, host: str) -> None:
    site.page("/odd", b"", status=302, Location=f"http://{host}/")
    watch.settings = {
        "sources": [{"id": "odd", "url": f"{site.url}/odd"}, {"id": "harbour", "url": f"{site.url}/plan"}]
    }
    odd, good = watch.look_at_all()
    assert (odd.check and odd.check.outcome, good.check and good.check.outcome) == ("failed", "content")


@pytest.mark.parametrize("wait", ["Wed, 21 Oct 99999 07:28:00 GMT", "9" * 3_000, "soon", "-5"])
def test_a_pause_that_is_none_is_a_failure_in_one_line(watch: Watch, site: Site, wait: str) -> None:
    site.page("/plan", b"", status=503, Retry_After=wait)
    one = watch.look()
    assert one.check is not None
    assert one.check.outcome == "failed"
    assert "answered 503" in one.check.why


def test_links_that_nobody_can_ask_are_passed_over(site: Site, tmp_path: Path) -> None:
    odd = [
        "http://exa mple.com/x",
        "http://x:99999/x",
        f"{site.url}/{'a' * 3_000}",
        "http://u:p@127.0.0.1/x",
        "mailto:a@b",
    ]
    items = "".join(f"<item><title>T</title><link>{link}</link></item>" for link in (*odd, f"{site.url}/plan"))
    site.page("/feed", f"<rss><channel>{items}</channel></rss>".encode())
    site.page("/plan", PAGE)
    watch = Watch(tmp_path / "raw", {"id": "news", "discover": {"feed": f"{site.url}/feed"}})
    for _ in range(2):
        assert [one.source.id for one in watch.look_at_all()] == ["news", "news-plan"]
    assert [one.url for one in read_articles(watch.raw, "news")] == [f"{site.url}/plan"]


def test_two_places_never_give_one_id_to_two_articles(site: Site, tmp_path: Path) -> None:
    ids = set()
    for town in ("aland", "bland"):
        link = site.page(f"/{town}/plan.html", PAGE)
        site.page(f"/{town}", f"<rss><channel><item><link>{link}</link></item></channel></rss>".encode())
        source = f"national-development-plans-and-programmes-of-the-towns-of-{town}"
        watch = Watch(tmp_path / "raw", {"id": source, "discover": {"feed": f"{site.url}/{town}"}})
        ids |= {one.source.id for one in watch.look_at_all() if one.optional}
    assert len(ids) == 2


def test_a_clock_that_was_wrong_once_does_not_bring_the_old_text_back(watch: Watch, site: Site) -> None:
    later = datetime(2100, 1, 1, tzinfo=UTC)
    store_capture(
        watch.raw,
        PAGE,
        source_id="harbour",
        url=f"{site.url}/plan",
        fetched_at=later,
        method="http",
        media_type="text/html",
    )
    new = PAGE.replace(b"a pier", b"a jetty")
    site.page("/plan", new)
    for outcome in ("content", "unchanged"):
        one = watch.look()
        assert one.check is not None
        assert one.check.outcome == outcome
        assert read_bytes(watch.raw, one.captures[0]) == new


def test_a_new_address_counts_once_it_was_good(watch: Watch, site: Site) -> None:
    good = watch.look().address
    watch.source["url"] = f"{site.url}/mistyped"
    assert watch.look().address == good
    watch.source["url"] = site.page("/better", PAGE)
    assert watch.look().address == f"{site.url}/better"


def test_a_private_host_is_named_whatever_its_letters(watch: Watch, site: Site) -> None:
    watch.source["url"] = f"{site.url}/plan".replace("127.0.0.1", "LocalHost")
    assert watch.check().outcome == "content"


def test_a_bomb_that_looks_like_a_warc_is_refused_at_once(tmp_path: Path) -> None:
    bomb = io.BytesIO(gzip.compress(b"\0" * 100_000_000, 1))
    with pytest.raises(ArchiveError, match="does not begin as one"):
        import_warc(tmp_path, bomb, {})


def test_the_id_of_a_source_is_nobody_elses(desk: Desk) -> None:
    desk.write_dataset(DATASET.format(url=NOWHERE).replace("id: harbour\n", "id: lake\n"), "lake")
    done = desk.run("publish", "harbour", "--direct", "--offline")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "'harbour-2021' is also in datasets/lake.yaml; give one of them another id" in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--encoding", "klingon", "is not a character encoding"),
        ("--url", "javascript:alert(1)", "is not an http(s) URL"),
        ("--date", "2150-01-01", "in the future"),
        ("--note", "\x1b]0;owned\x07", "is not a line of text"),
        ("--note", "x" * 3_000, "is not a line of text"),
        ("--date", "0001-01-01T00:00:00+05:00", "is not a date"),
    ],
)
def test_an_import_takes_no_value_that_is_none(desk: Desk, option: str, value: str, said: str) -> None:
    page = str(FIXTURES / "harbour-towns.html")
    done = desk.run("import", page, "--dataset", "harbour", "--source", "harbour-2021", option, value)
    assert done.returncode == 2
    assert said in done.stderr
    assert read_captures(desk.home.raw, "harbour-2021") == []


def test_a_removal_takes_the_bytes_of_every_source_that_has_them(desk: Desk) -> None:
    desk.write_dataset(DATASET.format(url=NOWHERE) + "  - id: lake-2021\n    url: http://127.0.0.1:9/lake\n")
    for source in ("harbour-2021", "lake-2021"):
        page = str(FIXTURES / "harbour-towns.html")
        assert desk.run("import", page, "--dataset", "harbour", "--source", source).returncode == 0
    (capture,) = read_captures(desk.home.raw, "lake-2021")
    done = desk.run("archive", "--remove", capture.capture_id, "--reason", "the publisher asked")
    assert done.stdout.count("removed 1,099 bytes of") == 2
    assert not list(desk.home.raw.rglob("*.html"))


def test_the_tables_may_be_cut_short_by_their_reader(desk: Desk) -> None:
    import subprocess

    from tests.conftest import POLICYTASKS

    for command in ("status", "archive"):
        script = f"{shlex.join(POLICYTASKS)} {command} --home '{desk.home.root}' | true; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(desk.run("status", "--json").stdout)
