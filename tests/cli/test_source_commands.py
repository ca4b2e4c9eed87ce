"""status, add, archive, import and export, run as a person would run them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from collect.archive import read_bytes, read_captures
from collect.warc import read_warc
from config.paths import locate_cache_folder
from tests.conftest import DATASET, FIXTURES, NOWHERE, Desk, Site

PAGE = (FIXTURES / "harbour-towns.html").read_bytes()


def one_line(done: object, status: int, said: str) -> None:
    """It ended so, with one line that says why."""
    stderr = str(getattr(done, "stderr", ""))
    assert getattr(done, "returncode", None) == status, stderr
    lines = [line for line in stderr.splitlines() if line.startswith("policytasks")]
    assert len(lines) == 1
    assert said in lines[0]
    assert "Traceback" not in stderr


def states(desk: Desk) -> dict[str, dict[str, str]]:
    done = desk.run("status", "--json")
    assert done.returncode == 0, done.stderr
    return {row["source_id"]: row for row in json.loads(done.stdout)}


def test_a_source_is_added_changed_broken_and_mended(desk: Desk, site: Site) -> None:
    """The guide's walk, step by step."""
    url = site.page("/harbour/plan.html", PAGE, ETag='"1"')
    (desk.home.datasets / "harbour.yaml").unlink()
    done = desk.run("add", url, "--dataset", "harbour", "--title", "Tasks: of the harbour towns", "--write")
    assert done.returncode == 0, done.stderr
    assert "2. Build a pier for night ferries" in done.stdout
    written = (desk.home.datasets / "harbour.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(written)["sources"] == [{"id": "harbour-towns-2021-plan", "url": url}]
    assert written.startswith("id: harbour\n")  # and not with a schema that is not there
    desk.write_dataset(written.replace("sources:", "delay: 0\nsources:"))

    done = desk.run("publish", "--direct")
    assert "published 1.0.0" in done.stdout
    assert "checked 1 source: 1 with new content" in done.stderr
    assert "- documents: 1 row\n" in (desk.shelf / "harbour" / "1.0.0" / "CHANGES.md").read_text()
    assert site.asked[-1][1]["User-Agent"].endswith("(open data from public plans)")
    source = "harbour-towns-2021-plan"
    assert (states(desk)[source]["state"], states(desk)[source]["claims_held"]) == ("active", "2 of 2")

    site.page("/harbour/plan.html", PAGE.replace(b"a pier", b"a jetty"), ETag='"2"')
    done = desk.run("publish", "--direct")
    assert "published 1.0.1: 1 task reworded" in done.stdout
    assert "“Build a ~~pier~~ **jetty** for night ferries." in done.stdout, "what changed is shown"

    good = states(desk)[source]["last_good"]
    site.page("/harbour/plan.html", b"gone", status=404)
    done = desk.run("publish", "--direct")
    assert done.returncode == 1
    assert f"{source}: gone: the server answered 404 Not Found; using the capture of" in done.stderr
    assert (states(desk)[source]["state"], states(desk)[source]["last_good"]) == ("broken", good)
    (public,) = json.loads((desk.shelf / "harbour" / "sources.json").read_text())["sources"]
    assert (public["state"], public["stale"], public["why"]) == (
        "broken",
        True,
        "gone: the server answered 404 Not Found",
    )
    assert "broken" in desk.run("status").stdout

    site.page("/harbour/plan.html", PAGE, ETag='"3"')
    done = desk.run("publish", "--direct")
    assert done.returncode == 0, done.stderr
    assert "published 1.0.2" in done.stdout
    assert states(desk)[source]["state"] == "active"


def test_a_release_says_which_of_its_sources_are_stale(desk: Desk, site: Site) -> None:
    text = DATASET.format(url=site.page("/one", PAGE))
    two = f"  - id: lake-2021\n    url: {site.page('/two', PAGE.replace(b'ferries', b'rafts'))}\n"
    desk.write_dataset(text)
    desk.run("publish", "--direct")
    site.page("/one", b"gone", status=410)
    desk.write_dataset(text + two)
    done = desk.run("publish", "--direct")
    assert done.returncode == 1
    assert "published 1.1.0" in done.stdout
    folder = desk.shelf / "harbour" / "1.1.0"
    sources = {row["source_id"]: row for row in json.loads((folder / "checks.json").read_text())["sources"]}
    assert {name: row["stale"] for name, row in sources.items()} == {"harbour-2021": True, "lake-2021": False}
    assert "- `harbour-2021` is broken (gone: the server answered 410 Gone)" in (folder / "CHANGES.md").read_text()


def test_a_new_source_that_fails_does_not_stop_its_dataset(harbour: Desk) -> None:
    harbour.run("publish", "--direct", "--offline")
    harbour.write_dataset(DATASET.format(url=NOWHERE) + "  - id: lake-2021\n    url: http://127.0.0.1:9/lake\n")
    done = harbour.run("publish", "--direct", "--offline")
    assert done.returncode == 1
    assert "data/raw/lake-2021/: holds no capture; run once without --offline" in done.stderr
    assert "nothing changed" in done.stdout


def test_a_published_source_never_vanishes_because_it_cannot_be_read(harbour: Desk) -> None:
    harbour.write_dataset(DATASET.format(url=NOWHERE) + "  - id: lake-2021\n    url: http://127.0.0.1:9/lake\n")
    shutil.copytree(harbour.home.raw / "harbour-2021", harbour.home.raw / "lake-2021")
    record = harbour.home.raw / "lake-2021" / "captures.jsonl"
    record.write_text(record.read_text().replace("harbour-2021", "lake-2021"))
    assert "published 1.0.0" in harbour.run("publish", "--direct", "--offline").stdout
    shutil.rmtree(harbour.home.raw / "lake-2021")
    done = harbour.run("publish", "--direct", "--offline")
    one_line(done, 1, "harbour: not published, lake-2021 is in 1.0.0 and cannot be read now")
    assert '"release:sources-stay"' in (harbour.shelf / "harbour" / "troubles.json").read_text(encoding="utf-8")
    assert not (harbour.shelf / "harbour" / "2.0.0").exists()


def test_rules_that_changed_read_everything_again_without_a_network(harbour: Desk, tmp_path: Path) -> None:
    harbour.run_process("publish", "--direct", "--offline")
    again = harbour.run_process("publish", "--direct", "--offline")
    assert "read 7 tasks" not in again.stderr, "what was read once is not read again"
    script = (
        "import sys, pipeline.read.reader as it; it.hash_reading_rules = lambda: 'other rules'; from cli.main import main;"
        f"sys.exit(main(['publish', '--direct', '--offline', '--home', {str(harbour.home.root)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "harbour-2021: read 7 tasks in 3 areas" in done.stderr
    assert "nothing changed" in done.stdout
    (tmp_path / "state" / "readings.sqlite").write_bytes(b"no table" * 1000)
    for said in (True, False):
        done = harbour.run_process("publish", "--direct", "--offline")
        assert (done.returncode, "nothing changed" in done.stdout) == (0, True)
        assert ("the reading cache is damaged" in done.stderr) == said


@pytest.mark.parametrize("cache", ["/proc/nowhere", "/dev/null", "/dev/null/x"])
def test_a_cache_folder_that_cannot_be_used_stops_nothing(desk: Desk, site: Site, tmp_path: Path, cache: str) -> None:
    desk.write_dataset(DATASET.format(url=site.page("/plan", PAGE)).replace("delay: 0", "delay: 0.1"))
    done = desk.run("publish", "--direct", POLICYTASKS_CACHE=cache, TMPDIR=str(tmp_path))
    assert (done.returncode, "published 1.0.0" in done.stdout) == (0, True), done.stderr


def test_status_is_a_table_for_people(harbour: Desk) -> None:
    done = harbour.run("status")
    assert done.returncode == 0
    head, row, *_ = done.stdout.splitlines()
    assert head.split() == [
        "dataset",
        "source",
        "state",
        "last",
        "checked",
        "last",
        "changed",
        "last",
        "good",
        "claims",
        "why",
    ]
    assert "never" in row
    assert "as given by hand, not checked yet" in row


def test_a_proposal_writes_nothing_and_a_feed_is_known_for_one(desk: Desk, site: Site) -> None:
    before = sorted(desk.home.root.rglob("*"))
    url = site.page("/feed", b"<rss><channel><item><title>A plan</title><link>/1</link></item></channel></rss>")
    done = desk.run("add", url, "--dataset", "harbour", "--id", "harbour-news")
    assert done.returncode == 0
    assert "a feed that leads to 1 article\n  A plan" in done.stdout
    assert f"  - id: harbour-news\n    discover:\n      feed: {url}\n" in done.stdout
    assert sorted(desk.home.root.rglob("*")) == before


def test_a_source_is_written_among_the_others_and_nothing_else_is_touched(desk: Desk, site: Site) -> None:
    url = site.page("/plan", PAGE)
    text = DATASET.format(url=NOWHERE) + "    # asked for in March\n\naccept: []  # none\n"
    desk.write_dataset(text)
    assert desk.run("add", url, "--dataset", "harbour", "--id", "second", "--write").returncode == 0
    written = (desk.home.datasets / "harbour.yaml").read_text(encoding="utf-8")
    assert written.replace(f"  - id: second\n    url: {url}\n", "") == text
    assert [one["id"] for one in yaml.safe_load(written)["sources"]] == ["harbour-2021", "second"]


def with_a_list_on_one_line(desk: Desk, site: Site) -> list[str]:
    desk.write_dataset("id: harbour\ntitle: T\nlicence: CC0-1.0\nsources: [{id: a, url: 'http://a.example/'}]\n")
    return [site.page("/a", PAGE), "--write"]


ADD: dict[str, tuple[Callable[[Desk, Site], list[str]], int, str]] = {
    "a page without a plan": (
        lambda _, site: [site.page("/a", b"<p>Rain.</p>")],
        1,
        "has no plan in it; name an article that announces one",
    ),
    "no page": (lambda _, site: [f"{site.url}/nowhere"], 1, "answered 404 Not Found"),
    "no address": (lambda *_: ["plan.html"], 1, "none of the web"),
    "no network": (lambda *_: [NOWHERE + "/x"], 1, "the connection was refused"),
    "no id": (lambda _, site: [site.page("/a", PAGE), "--id", "Ä"], 2, "'Ä': is not a valid id of a source"),
    "an id that is taken": (
        lambda _, site: [site.page("/a", PAGE), "--id", "harbour-2021"],
        2,
        "is the id of another source; choose another",
    ),
    "an address that is there": (lambda *_: [NOWHERE], 2, "is in datasets/harbour.yaml already, as harbour-2021"),
    "a list on one line": (with_a_list_on_one_line, 2, "add the source by hand"),
}


@pytest.mark.parametrize("case", ADD)
def test_what_cannot_be_added_is_one_line_and_nothing_is_written(desk: Desk, site: Site, case: str) -> None:
    arguments, status, said = ADD[case]
    given = arguments(desk, site)
    before = (desk.home.datasets / "harbour.yaml").read_bytes()
    one_line(desk.run("add", *given, "--dataset", "harbour"), status, said)
    assert (desk.home.datasets / "harbour.yaml").read_bytes() == before


def test_the_archive_is_shown_with_what_releases_were_made_from(harbour: Desk, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    harbour.capture(report + "\nWe use cookies.")
    done = harbour.run("archive", "--check")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].split()[:3] == ["harbour", "harbour-2021", "2"]
    (stock,) = json.loads(harbour.run("archive", "--json").stdout)
    assert [capture["used_by"] for capture in stock["captures"]] == [["1.0.0"], []]
    next(harbour.home.raw.rglob("*.txt")).write_text("altered")
    (harbour.home.raw / "harbour-2021" / "notes.odt").write_text("mine")
    done = harbour.run("archive", "--check")
    assert done.returncode == 1
    assert "was altered" in done.stderr
    assert "notes.odt: is not on record" in done.stderr


def test_bytes_are_removed_only_for_a_reason_and_their_record_stays(harbour: Desk, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    second = harbour.capture(report.replace("a pier", "a jetty"))
    one_line(
        harbour.run("archive", "--remove", second.capture_id),
        2,
        "needs a reason of ten characters or more; add --reason TEXT",
    )
    one_line(harbour.run("archive", "--remove", "f" * 64, "--reason", "the publisher asked"), 2, "is not a capture of")
    done = harbour.run("archive", "--remove", second.capture_id[:12], "--reason", "the publisher asked")
    assert done.returncode == 0, done.stderr
    assert not (harbour.home.raw / "harbour-2021" / second.file_name).exists()
    assert second.capture_id in (harbour.home.raw / "harbour-2021" / "captures.jsonl").read_text()
    assert "the publisher asked" in (harbour.home.raw / "harbour-2021" / "removed.jsonl").read_text()
    assert not list(locate_cache_folder().glob("readings.sqlite*"))  # which had its text
    left = harbour.home.raw / "harbour-2021" / f"{second.capture_id}.txt"
    left.write_bytes(b"as a run leaves it that is killed at this moment")
    done = harbour.run("archive", "--remove", second.capture_id[:12], "--reason", "the publisher asked")
    assert (done.returncode, left.exists()) == (0, False)
    assert "removed already" in done.stdout
    assert "nothing changed" in harbour.run("publish", "--direct", "--offline").stdout
    assert harbour.run("archive", "--check").returncode == 0


def test_what_was_removed_is_not_fetched_back(desk: Desk, site: Site) -> None:
    desk.write_dataset(DATASET.format(url=site.page("/plan", PAGE)))
    desk.run("publish", "--direct")
    (capture,) = read_captures(desk.home.raw, "harbour-2021")
    desk.run("archive", "--remove", capture.capture_id, "--reason", "the publisher asked")
    one_line(
        desk.run("publish", "--direct"), 1, "was removed from the archive (the publisher asked); retire the source"
    )
    assert states(desk)["harbour-2021"]["state"] == "broken"
    assert not list(desk.home.raw.rglob("*.html"))


def test_a_file_is_imported_by_hand(desk: Desk) -> None:
    arguments = ["import", str(FIXTURES / "harbour-towns.html"), "--dataset", "harbour"]
    done = desk.run(*arguments, "--source", "harbour-2021", "--date", "2021-03-04", "--note", "sent by the town hall")
    assert done.returncode == 0, done.stderr
    (capture,) = read_captures(desk.home.raw, "harbour-2021")
    assert (capture.method, capture.media_type, capture.url, capture.note, str(capture.fetched_at.date())) == (
        "by hand",
        "text/html",
        NOWHERE,
        "sent by the town hall",
        "2021-03-04",
    )
    assert read_bytes(desk.home.raw, capture) == PAGE
    again = desk.run(*arguments, "--source", "harbour-2021", "--date", "2021-03-04")
    assert "already archived" in again.stdout
    assert "published 1.0.0" in desk.run("publish", "--direct", "--offline").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "nowhere.html", "--dataset", "harbour", "--source", "harbour-2021"], "cannot be read"),
        (["import", "/", "--dataset", "harbour", "--source", "harbour-2021"], "cannot be read"),
        (["import", "/dev/null", "--dataset", "harbour", "--source", "harbour-2021"], "is empty"),
        (["import", str(FIXTURES / "harbour-towns.txt"), "--dataset", "harbour"], "name its source with --source"),
        (
            ["import", str(FIXTURES / "harbour-towns.txt"), "--dataset", "harbour", "--source", "harbor-2021"],
            "did you mean harbour-2021?",
        ),
        (["import", str(FIXTURES / "harbour-towns.txt"), "--dataset", "harbor"], "did you mean harbour?"),
        (["import", "x", "--dataset", "harbour", "--date", "yesterday"], "'yesterday' is not a date"),
        (["export", "harbour", "--to", "out.zip"], "ends in .warc or .warc.gz"),
        (["export", "harbour", "--to", "/nowhere/out.warc"], "/nowhere: is not a folder"),
        (["export", "harbour", "lake", "--to", "out.warc"], "has no source 'lake'"),
    ],
)
def test_bad_imports_and_exports_are_one_line(desk: Desk, arguments: list[str], said: str) -> None:
    one_line(desk.run(*arguments), 2, said)


def test_a_file_without_end_is_one_line(desk: Desk) -> None:
    done = desk.run("import", "/dev/zero", "--dataset", "harbour", "--source", "harbour-2021")
    one_line(done, 2, "/dev/zero: is larger than 50 MB")


def test_a_history_goes_out_as_a_warc_and_comes_in_again(harbour: Desk, report: str, tmp_path: Path) -> None:
    harbour.capture(report.replace("a pier", "a jetty"))
    before = read_captures(harbour.home.raw, "harbour-2021")
    warc = tmp_path / "harbour.warc.gz"
    done = harbour.run("export", "harbour", "--to", str(warc))
    assert (done.returncode, done.stdout) == (0, f"{warc}: 2 captures of 1 source\n")
    shutil.rmtree(harbour.home.raw)
    done = harbour.run("import", str(warc), "--dataset", "harbour")
    assert done.returncode == 0, done.stderr
    assert "2 new captures" in done.stdout
    assert read_captures(harbour.home.raw, "harbour-2021") == [replace(capture, method="warc") for capture in before]
    assert harbour.run("archive", "--check").returncode == 0
    assert "0 new captures, 2 already archived" in harbour.run("import", str(warc), "--dataset", "harbour").stdout
    warc.write_bytes(warc.read_bytes()[:200])
    one_line(harbour.run("import", str(warc), "--dataset", "harbour"), 1, str(warc))


def test_an_export_leaves_out_what_is_missing_or_altered_and_has_the_rest(
    harbour: Desk, report: str, tmp_path: Path
) -> None:
    harbour.capture(report.replace("a pier", "a jetty"))
    first, second = read_captures(harbour.home.raw, "harbour-2021")
    warc = tmp_path / "harbour.warc.gz"
    path = harbour.home.raw / "harbour-2021" / first.file_name
    for damage in (lambda: path.write_text("altered"), path.unlink):
        damage()
        done = harbour.run("export", "harbour", "--to", str(warc))
        one_line(done, 1, f"{first.file_name}: the raw capture ")
        assert done.stdout == f"{warc}: 1 capture of 1 source\n"
        with warc.open("rb") as file:
            assert [arrival.capture.capture_id for arrival in read_warc(file)] == [second.capture_id]


def damage_two_sources(desk: Desk, report: str) -> tuple[str, str]:
    """Two good sources, one with a damaged record of captures and one with a damaged record of articles."""
    desk.write_dataset(
        DATASET.format(url=NOWHERE)
        + "  - id: lake-2021\n    url: http://127.0.0.1:9/lake\n"
        + "  - id: news\n    discover: {feed: 'http://127.0.0.1:9/feed'}\n"
    )
    desk.capture(report)
    for name in ("lake-2021/captures.jsonl", "news/articles.jsonl"):
        path = desk.home.raw / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"damaged": \n')
    record, fix = "is not a valid record (line: Invalid JSON", "restore the line, for example with git checkout"
    return (
        f"data/raw/lake-2021/captures.jsonl:1: {record}|{fix}",
        f"data/raw/news/articles.jsonl:1: {record}|{fix}",
    )


def has_line(done: object, expected: str) -> bool:
    where, fix = expected.split("|")
    return any(where in line and fix in line for line in str(getattr(done, "stderr", "")).splitlines())


def test_a_damaged_record_stops_its_source_alone(desk: Desk, report: str, site: Site, tmp_path: Path) -> None:
    captures, articles = damage_two_sources(desk, report)
    done = desk.run("archive", "--json")
    assert done.returncode == 1
    assert {row["source_id"]: len(row["captures"]) for row in json.loads(done.stdout)} == {"harbour-2021": 1, "news": 0}
    assert has_line(done, captures)
    assert has_line(done, articles)
    assert len(done.stderr.splitlines()) == 2

    warc = tmp_path / "all.warc"
    done = desk.run("export", "harbour", "--to", str(warc))
    assert done.returncode == 1
    assert "1 capture of 2 sources" in done.stdout
    assert has_line(done, captures)
    assert has_line(done, articles)
    assert desk.run("export", "harbour", "harbour-2021", "--to", str(warc)).returncode == 0
    one_line(desk.run("export", "harbour", "news-first", "--to", str(warc)), 1, "data/raw/news/articles.jsonl:1")

    done = desk.run("import", str(warc), "--dataset", "harbour")
    assert done.returncode == 1
    assert "0 new captures, 1 already archived" in done.stdout
    assert has_line(done, articles)

    url = site.page("/harbour/plan.html", PAGE)
    done = desk.run("add", url, "--dataset", "harbour", "--write")
    assert done.returncode == 0, done.stderr
    assert has_line(done, articles)
    assert url in (desk.home.datasets / "harbour.yaml").read_text()

    done = desk.run(
        "archive", "--remove", read_captures(desk.home.raw, "harbour-2021")[0].capture_id, "--reason", "x" * 10
    )
    assert done.returncode == 1
    assert "removed" in done.stdout
    assert not list((desk.home.raw / "harbour-2021").glob("*.txt"))


def test_pages_of_a_source_with_a_damaged_record_are_skipped_and_the_others_imported(
    desk: Desk, report: str, tmp_path: Path
) -> None:
    desk.write_dataset(DATASET.format(url=NOWHERE) + "  - id: lake-2021\n    url: http://127.0.0.1:9/lake\n")
    desk.capture(report)
    shutil.copytree(desk.home.raw / "harbour-2021", desk.home.raw / "lake-2021")
    record = desk.home.raw / "lake-2021" / "captures.jsonl"
    record.write_text(record.read_text().replace("harbour-2021", "lake-2021"))
    warc = tmp_path / "all.warc"
    assert desk.run("export", "harbour", "lake-2021", "harbour-2021", "--to", str(warc)).returncode == 0
    shutil.rmtree(desk.home.raw / "harbour-2021")
    record.write_text("damaged\n")
    done = desk.run("import", str(warc), "--dataset", "harbour")
    one_line(done, 1, "data/raw/lake-2021/captures.jsonl:1: is not a valid record")
    assert "1 new capture" in done.stdout
    assert len(read_captures(desk.home.raw, "harbour-2021")) == 1


def test_the_commands_about_sources_start_without_what_they_do_not_need(harbour: Desk) -> None:
    harbour.run("publish", "--direct", "--offline")
    script = (
        "import sys; from cli.main import main; main(sys.argv[1:]);"
        "print(sorted(name for name in ('prefect', 'pandas', 'pyarrow', 'lxml', 'feedparser') if name in sys.modules))"
    )
    for command in (["status"], ["archive"]):
        arguments = [sys.executable, "-c", script, *command, "--home", str(harbour.home.root)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]"
