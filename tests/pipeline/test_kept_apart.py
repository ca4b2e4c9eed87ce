"""What goes wrong with one source, by a defect of this program or of its record, is its state; the others go on."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collect import jobs
from collect.archive import read_captures, read_checks
from collect.fetch import Fetcher
from pipeline import collecting
from pipeline.read.reader import CaptureReader
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


def publish(desk: Desk) -> tuple[int, str]:
    done = desk.run("publish", "harbour", "--direct")
    return done.returncode, done.stderr


def read_rows(desk: Desk, source: str) -> list[str]:
    with (desk.shelf / "harbour" / "latest" / "tasks.csv").open(encoding="utf-8-sig") as file:
        return [row["text"] for row in csv.DictReader(file) if row["document_id"] == source]


@pytest.mark.parametrize("name", ["captures.jsonl", "checks.jsonl"])
def test_the_rows_of_a_stopped_source_stay_and_the_others_are_published(desk: Desk, site: Site, name: str) -> None:
    lines = "".join(f"  - {{id: {source}, url: '{site.page(f'/{source}', PLAN)}'}}\n" for source in IDS)
    desk.write_dataset(f"id: harbour\ntitle: T\nlicence: CC-BY-4.0\ndelay: 0\nsources:\n{lines}")
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
