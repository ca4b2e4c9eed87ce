"""What goes wrong with one source, by a defect of this program or of its record, is its state; the others go on."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collect import jobs
from collect.archive import read_captures, read_checks
from collect.fetch import Fetcher
from config import interruption
from pipeline import collecting
from pipeline.read import reader
from pipeline.read.reader import CaptureReader
from pipeline.select import read_sources
from pipeline.sources import CollectedSource
from tests.conftest import FIXTURES, Desk, Site
from tests.pipeline.test_collecting import FOREIGN
from tests.pipeline.watch import Watch

PLAN = (FIXTURES / "harbour-towns.html").read_bytes()
IDS = ("bay", "evil", "lake")


@pytest.fixture
def watch(site: Site, tmp_path: Path) -> Watch:
    """Three sources, all well so far."""
    sources = [{"id": name, "url": site.page(f"/{name}", PLAN)} for name in IDS]
    watch = Watch(tmp_path / "raw", {}, {"sources": sources})
    assert [source.failure for source in watch.look_at_all()] == [None] * 3
    return watch


def fail_for_evil(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Have a function fail with an error that nobody foresaw, where its arguments have to do with the source evil."""
    function: Callable[..., Any] = getattr(owner, name)

    def fail(*arguments: Any, **named: Any) -> Any:
        if "evil" in repr(arguments):
            raise KeyError("tasks")
        return function(*arguments, **named)

    monkeypatch.setattr(owner, name, fail)


def get_evil(sources: list[CollectedSource]) -> CollectedSource:
    """The source evil; the other two are well."""
    bay, evil, lake = sources
    assert [bay.failure, lake.failure] == [None, None]
    assert bay.check is not None
    assert lake.check is not None
    return evil


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Fetcher, "fetch"),
        (jobs, "store_captures"),
        (jobs, "_refuse_removed"),
        (collecting, "assess_result"),
        (CaptureReader, "inspect"),
        (CaptureReader, "measure_overlap"),
    ],
)
def test_a_defect_is_the_failed_check_of_its_source(
    watch: Watch, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    site.page("/evil", FOREIGN)
    with monkeypatch.context() as patch:
        fail_for_evil(patch, owner, name)
        for _ in range(2):
            evil = get_evil(watch.look_at_all())
            assert evil.check is not None
            assert evil.check.outcome == "failed"
            assert evil.check.why.startswith("a defect of this program (KeyError: 'tasks', in ")
            assert evil.check == read_checks(watch.raw, "evil")[-1]
            assert evil.failure == f"evil: failed: {evil.check.why}"
            assert evil.status.last_good is not None
            assert len(evil.captures) == 1
            assert evil.captures[0].byte_count == len(PLAN), "what was not judged is not used"
    assert "KeyError" in next((tmp_path / "state" / "defects").iterdir()).read_text()
    evil = get_evil(watch.look_at_all())
    assert "another plan stands there now" in str(evil.failure), "as soon as the defect is mended"
    assert evil.captures[0].byte_count == len(PLAN)


def test_a_check_that_cannot_be_recorded_is_the_failure_of_its_source(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_for_evil(monkeypatch, collecting, "add_check")
    evil = get_evil(watch.look_at_all())
    assert "a defect of this program (KeyError: 'tasks'" in str(evil.failure)
    assert len(read_checks(watch.raw, "evil")) == 1


def test_a_folder_that_cannot_be_written_is_the_failure_of_its_source(watch: Watch, site: Site) -> None:
    new = [*watch.settings["sources"], {"id": "new", "url": site.page("/new", PLAN)}]  # type: ignore[misc]
    watch.settings["sources"] = new
    (watch.raw / "new").write_text("a file where a folder should be")
    *others, source = watch.look_at_all()
    assert get_evil(others).failure is None
    assert (source.status.state, source.captures) == ("broken", ())
    assert "/raw/new/removed.jsonl: cannot be read (Not a directory)" in str(source.failure)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a NUL": lambda record: record.replace(b"http", b"ht\0p"),
    "a bad byte": lambda record: record.replace(b"http", b"ht\xffp"),
    "only NULs": lambda record: b"\0" * 100 + b"\n" + record,
    "two lines joined": lambda record: record.replace(b"\n", b"") + record,
    "half a line joined to one": lambda record: record[:40] + record,
    "no JSON": lambda record: b"noise\n" + record,
}


@pytest.mark.parametrize("name", ["captures.jsonl", "checks.jsonl", "removed.jsonl"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_line_that_cannot_be_read_stops_its_source_and_no_other(
    watch: Watch, site: Site, name: str, damage: str
) -> None:
    record = watch.raw / "evil" / name
    removal = b'{"capture_id":"%s","removed_at":"2021-01-01T00:00:00Z","reason":"http"}\n' % (b"0" * 64)
    before = DAMAGES[damage](record.read_bytes() if record.exists() else removal)
    record.write_bytes(before)
    asked = len(site.asked)
    for offline in (False, True):
        bay, evil, lake = watch.look_at_all(offline=offline)
        assert [bay.failure, lake.failure] == [None, None]
        assert (evil.status.state, evil.captures, evil.check) == ("broken", (), None)
        where = f"{watch.raw.parent.name}/raw/evil/{name}:1"
        assert str(evil.failure).startswith(f"evil: {where}: is not a valid record (")
        assert str(evil.failure).endswith("; restore the line, for example with git checkout")
    assert record.read_bytes() == before, "nothing is added to it"
    assert len(site.asked) - asked == 2


def publish(desk: Desk, setting: str = "here") -> tuple[int, str]:
    done = desk.run("publish", "harbour", "--direct", POLICYTASKS_WORK=setting)
    return done.returncode, done.stderr


def write_three_sources(desk: Desk, site: Site) -> None:
    lines = "".join(f"  - {{id: {source}, url: '{site.page(f'/{source}', PLAN)}'}}\n" for source in IDS)
    desk.write_dataset(f"id: harbour\ntitle: T\nlicence: CC-BY-4.0\ndelay: 0\nsources:\n{lines}")


def read_states(desk: Desk) -> dict[str, tuple[str, str]]:
    """The state of each source, and why, as published."""
    rows = json.loads((desk.shelf / "harbour" / "sources.json").read_text())["sources"]
    return {row["source_id"]: (row["state"], row["why"]) for row in rows}


def read_rows(desk: Desk, source: str) -> list[str]:
    with (desk.shelf / "harbour" / "latest" / "tasks.csv").open(encoding="utf-8-sig") as file:
        return [row["text"] for row in csv.DictReader(file) if row["document_id"] == source]


@pytest.mark.parametrize("name", ["captures.jsonl", "checks.jsonl"])
def test_the_rows_of_a_stopped_source_stay_and_the_others_are_published(desk: Desk, site: Site, name: str) -> None:
    write_three_sources(desk, site)
    assert publish(desk)[0] == 0
    site.page("/evil", PLAN.replace(b"Train teachers together", b"Train sailors together"))
    assert publish(desk)[0] == 0
    rows = read_rows(desk, "evil")
    record = desk.home.raw / "evil" / name
    whole = record.read_bytes()
    record.write_bytes(whole + b"\0\0\0\n")
    site.page("/bay", PLAN.replace(b"Train teachers together", b"Train pilots together"))
    status, message = publish(desk)
    assert status == 1
    assert f"evil: data/raw/evil/{name}:3: is not a valid record (" in message
    assert "restore the line, for example with git checkout; using the capture of" in message
    assert "Traceback" not in message
    assert any("pilots" in text for text in read_rows(desk, "bay"))
    assert read_rows(desk, "evil") == rows
    record.write_bytes(whole)
    assert publish(desk)[0] == 0
    assert len(read_captures(desk.home.raw, "evil")) == 2


@pytest.mark.parametrize("setting", ["here", "threads:2"])
@pytest.mark.parametrize("name", ["load_document", "hash_inputs"])
def test_a_defect_in_reading_ahead_is_its_sources_state_and_the_others_are_published(
    desk: Desk, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, setting: str
) -> None:
    write_three_sources(desk, site)
    with monkeypatch.context() as patch:
        fail_for_evil(patch, reader, name)
        status, message = publish(desk, setting)
    assert status == 1
    assert "Traceback" not in message
    state, why = read_states(desk)["evil"]
    assert state == "broken"
    assert why.startswith("a defect of this program (KeyError: 'tasks', in ")
    assert {len(read_rows(desk, "bay")), len(read_rows(desk, "lake"))} == {4}
    reports = [path.read_text() for path in (tmp_path / "state" / "defects").iterdir()]
    assert reports
    assert all("KeyError" in text for text in reports)


def fail_to_make_a_table(*_: object) -> None:
    raise KeyError("no table")


def test_a_defect_in_giving_out_batches_does_not_end_the_run(
    desk: Desk, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_three_sources(desk, site)
    monkeypatch.setattr(reader, "read_batch", fail_to_make_a_table)
    status, message = publish(desk, "threads:2")
    assert status == 0
    assert "reading ahead: a defect of this program (KeyError: 'no table'" in message
    assert list((tmp_path / "state" / "defects").iterdir())
    assert {state for state, _ in read_states(desk).values()} == {"active"}


def remove_file(path: Path) -> None:
    path.unlink()


def alter_file(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize("setting", ["here", "threads:2"])
@pytest.mark.parametrize(
    ("damage", "reason"),
    [(remove_file, "the raw capture is missing"), (alter_file, "the raw capture was altered (its")],
)
def test_a_capture_that_is_damaged_stops_its_source_and_its_rows_stay(
    desk: Desk, site: Site, damage: Callable[[Path], None], reason: str, setting: str
) -> None:
    write_three_sources(desk, site)
    assert publish(desk)[0] == 0
    site.page("/evil", PLAN.replace(b"Train teachers together", b"Train sailors together"))
    assert publish(desk)[0] == 0
    rows = read_rows(desk, "evil")
    assert any("sailors" in text for text in rows)
    capture = read_captures(desk.home.raw, "evil")[-1]
    path = desk.home.raw / "evil" / capture.file_name
    content = path.read_bytes()
    damage(path)
    site.answers["/evil"] = lambda handler: handler.send_error(500)
    (desk.home.root.parent / "state" / "readings.sqlite").unlink()  # nothing of it is remembered
    site.page("/bay", PLAN.replace(b"Train teachers together", b"Train pilots together"))
    for _ in range(2):
        status, message = publish(desk, setting)
        assert status == 1
        assert f"evil: data/raw/evil/{capture.file_name}: {reason}" in message
        assert "; restore the file, for example with git checkout; its rows stay as they are published" in message
        assert "Traceback" not in message
        assert any("pilots" in text for text in read_rows(desk, "bay"))
        assert read_rows(desk, "evil") == rows
        states = read_states(desk)
        assert states["evil"][0] == "broken"
        assert reason in states["evil"][1]
        assert (states["bay"][0], states["lake"][0]) == ("active", "active")
    path.write_bytes(content)
    site.page("/evil", PLAN.replace(b"Train teachers together", b"Train sailors together"))
    assert publish(desk, setting)[0] == 0
    assert read_rows(desk, "evil") == rows
    assert {state for state, _ in read_states(desk).values()} == {"active"}
    assert desk.run("verify", "harbour").returncode == 0


def test_a_capture_that_is_damaged_before_anything_is_published_leaves_its_source_out(desk: Desk, site: Site) -> None:
    write_three_sources(desk, site)
    assert desk.run("check", "harbour").returncode == 0
    (capture,) = read_captures(desk.home.raw, "evil")
    remove_file(desk.home.raw / "evil" / capture.file_name)
    (desk.home.root.parent / "state" / "readings.sqlite").unlink()
    done = desk.run("publish", "harbour", "--direct", "--offline")
    assert done.returncode == 1
    assert "evil: data/raw/evil/" in done.stderr
    assert (read_rows(desk, "evil"), len(read_rows(desk, "bay"))) == ([], 4)
    assert read_states(desk)["evil"][0] == "broken"


def test_decisions_about_a_source_that_is_stopped_stay_as_they_are(desk: Desk, site: Site) -> None:
    write_three_sources(desk, site)
    assert publish(desk)[0] == 0
    file = desk.home.datasets / "harbour.yaml"
    with (desk.shelf / "harbour" / "latest" / "tasks.csv").open(encoding="utf-8-sig") as rows:
        task = next(row for row in csv.DictReader(rows) if row["document_id"] == "evil")
    correction = {"table": "tasks", "row": task["task_id"], "column": "text", "expect": task["text"]}
    correction |= {"correct": "Train divers", "reason": "the town says so", "tell": "editor@evil.example"}
    file.write_text(file.read_text() + f"corrections: [{json.dumps(correction)}]\n")
    assert publish(desk)[0] == 0
    (capture,) = read_captures(desk.home.raw, "evil")
    remove_file(desk.home.raw / "evil" / capture.file_name)
    site.answers["/evil"] = lambda handler: handler.send_error(500)
    (desk.home.root.parent / "state" / "readings.sqlite").unlink()
    site.page("/bay", PLAN.replace(b"Train teachers together", b"Train pilots together"))
    status, message = publish(desk)
    assert status == 1
    assert "corrections[0]" not in message
    assert "Train divers" in read_rows(desk, "evil")
    with (desk.shelf / "harbour" / "latest" / "corrections.csv").open(encoding="utf-8-sig") as corrections:
        assert [row["row_id"] for row in csv.DictReader(corrections)] == [task["task_id"]]


FEED = """\
<rss version="2.0"><channel><title>News</title>
<item><title>Plan one</title><link>{url}/plan-one</link></item>
<item><title>Plan two</title><link>{url}/plan-two</link></item>
</channel></rss>
"""


@pytest.mark.parametrize("damage", ["a NUL", "half a line joined to one", "no JSON"])
def test_a_damaged_record_of_articles_stops_the_source_that_led_to_them(desk: Desk, site: Site, damage: str) -> None:
    site.page("/feed", FEED.format(url=site.url).encode(), content_type="application/rss+xml")
    for name in ("plan-one", "plan-two", "bay"):
        site.page(f"/{name}", PLAN)
    sources = f"  - {{id: news, discover: {{feed: '{site.url}/feed'}}}}\n  - {{id: bay, url: '{site.url}/bay'}}\n"
    desk.write_dataset(f"id: harbour\ntitle: T\nlicence: CC-BY-4.0\ndelay: 0\nsources:\n{sources}")
    assert publish(desk)[0] == 0
    rows = {name: read_rows(desk, name) for name in ("news-plan-one", "news-plan-two")}
    assert all(len(texts) == 4 for texts in rows.values())
    record = desk.home.raw / "news" / "articles.jsonl"
    whole = record.read_bytes()
    record.write_bytes(DAMAGES[damage](whole))
    site.page("/bay", PLAN.replace(b"Train teachers together", b"Train pilots together"))
    site.page("/plan-one", PLAN.replace(b"Train teachers together", b"Train sailors together"))
    before = len(site.asked)
    plan = desk.run("publish", "--direct", "--dry-run").stdout
    assert f"fetch     bay: {site.url}/bay" in plan
    assert "plan-one" not in plan
    status, message = publish(desk)
    assert status == 1
    assert "news: data/raw/news/articles.jsonl:1: is not a valid record (" in message
    assert "; restore the line, for example with git checkout" in message
    assert "Traceback" not in message
    assert [path for path, _ in site.asked[before:]] == ["/bay"]
    assert record.read_bytes() == DAMAGES[damage](whole), "nothing is added to it"
    assert any("pilots" in text for text in read_rows(desk, "bay"))
    assert {name: read_rows(desk, name) for name in rows} == rows
    states = read_states(desk)
    assert {name: state for name, (state, _) in states.items()} == {
        "bay": "active", "news": "broken", "news-plan-one": "active", "news-plan-two": "active"
    }  # fmt: skip
    assert "articles.jsonl:1" in states["news"][1]
    assert "the record of the source that led to it cannot be read" in states["news-plan-one"][1]
    record.write_bytes(whole)
    assert publish(desk)[0] == 0
    assert any("sailors" in text for text in read_rows(desk, "news-plan-one"))


def test_a_backfill_ends_where_a_part_of_its_history_cannot_be_read(desk: Desk, site: Site, tmp_path: Path) -> None:
    write_three_sources(desk, site)
    assert desk.run("check", "harbour").returncode == 0
    record = desk.home.raw / "evil" / "captures.jsonl"
    record.write_bytes(record.read_bytes() + b"noise\n")
    page = tmp_path / "history" / "bay" / "2021-03-04.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(PLAN)
    done = desk.run("backfill", "harbour", str(page.parent.parent))
    assert done.returncode == 1
    assert "evil: data/raw/evil/captures.jsonl:2: is not a valid record (" in done.stderr
    assert not (desk.shelf / "harbour").exists()


def test_a_run_that_was_told_to_end_ends_at_the_next_source(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "_interrupted", True)
    with pytest.raises(KeyboardInterrupt):
        watch.look_at_all()
    with pytest.raises(KeyboardInterrupt):
        read_sources(watch.raw, watch.look_at_all(offline=True))
