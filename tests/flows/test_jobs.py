"""What runs beside publishing, each as a plain function and as a command: looking, reading anew, proving."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.check import DatasetCheck, check_dataset, summarise_check
from pipeline.notify.incidents import RECORD_FILE
from pipeline.run import RunResult, publish_source_statuses, run_dataset
from pipeline.verify.prove import verify_dataset
from publish.locking import lock_dataset
from publish.storage.backend import ShelfError
from tests.conftest import DATASET, Desk, Site, until

PIER = "Build a pier for night ferries."


@pytest.fixture
def live(desk: Desk, site: Site, report: str) -> Desk:
    """The harbour towns with a page that is on the web, published."""
    desk.write_dataset(DATASET.format(url=site.page("/plan", report.encode(), content_type="text/plain")))
    assert run_dataset(desk.home, "harbour").status == "published"
    return desk


def looked(desk: Desk) -> DatasetCheck:
    return check_dataset(desk.home, "harbour")


def says(site: Site, text: str) -> None:
    site.page("/plan", text.encode(), content_type="text/plain")


def troubles(desk: Desk) -> list[str]:
    path = desk.shelf / "harbour" / RECORD_FILE
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"troubles": []}
    return [incident["about"] for incident in found["troubles"]]


def test_looking_says_what_changed_until_it_is_published_and_publishes_nothing(
    live: Desk, site: Site, report: str
) -> None:
    assert looked(live).changed == ()
    says(site, report.replace(PIER, "Build a jetty for night ferries."))
    for _ in range(2):
        assert looked(live).changed == ("harbour-2021",)
    assert not (live.shelf / "harbour" / "1.0.1").exists()
    assert run_dataset(live.home, "harbour", offline=True).version == "1.0.1"
    assert summarise_check(looked(live)) == "nothing changed"


def test_a_change_of_furniture_is_none(live: Desk, site: Site, report: str) -> None:
    says(site, f"Other menu\n\n{report}")
    assert looked(live).has_news is False


def test_what_was_never_published_and_what_is_no_longer_ordered_are_changes(
    desk: Desk, site: Site, report: str
) -> None:
    url = site.page("/plan", report.encode(), content_type="text/plain")
    desk.write_dataset(DATASET.format(url=url))
    assert looked(desk).changed == ("harbour-2021",)
    run_dataset(desk.home, "harbour", offline=True)
    desk.write_dataset(DATASET.format(url=url).replace("harbour-2021", "harbour-report"))
    again = looked(desk)
    assert (again.changed, again.gone) == (("harbour-report",), ("harbour-2021",))
    assert summarise_check(again) == "1 source changed, 1 source gone"


def test_looking_tells_of_a_source_that_broke_and_of_its_end(live: Desk, site: Site, report: str) -> None:
    site.page("/plan", b"gone", status=410)
    assert looked(live).failures
    assert troubles(live) == ["source:harbour-2021"]
    says(site, report)
    looked(live)
    assert troubles(live) == []


def test_the_command_says_what_changed_and_publishes_it_where_asked_without_asking_twice(
    live: Desk, site: Site, report: str
) -> None:
    done = live.run("check")
    assert (done.returncode, done.stdout) == (0, "harbour: nothing changed; 1 of 1 sources confirmed\n")
    says(site, report.replace(PIER, "Build a jetty for night ferries."))
    before = len(site.asked)
    done = live.run("check", "harbour", "--publish")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == [
        "harbour: 1 source changed; 1 of 1 sources confirmed",
        "  harbour-2021 is not what was published",
    ]
    assert "published 1.0.1" in done.stdout
    assert len(site.asked) == before + 1


def test_a_source_that_fails_makes_the_check_fail(live: Desk, site: Site) -> None:
    site.page("/plan", b"gone", status=410)
    done = live.run("check")
    assert done.returncode == 1
    assert "answered 410" in done.stderr


def test_the_shelf_says_that_sources_were_asked_where_a_check_may_publish_and_nothing_changed(
    live: Desk, site: Site
) -> None:
    record = live.shelf / "harbour" / "sources.json"
    before = record.read_bytes()
    live.run("check")
    assert record.read_bytes() == before
    checked = datetime.fromisoformat(json.loads(before)["sources"][0]["last_checked"])
    until(lambda: datetime.now(UTC) >= checked + timedelta(seconds=1), "another second, as records have whole ones")
    done = live.run("check", "--publish")
    assert (done.returncode, done.stdout) == (0, "harbour: nothing changed; 1 of 1 sources confirmed\n")
    (said,), (was,) = (json.loads(content)["sources"] for content in (record.read_bytes(), before))
    assert said["last_checked"] > was["last_checked"]
    news = ("last_checked", "last_good", "outcome", "why")
    assert {**said, **dict.fromkeys(news)} == {**was, **dict.fromkeys(news)}
    site.page("/plan", b"gone", status=410)
    assert live.run("check", "--publish").returncode == 1
    (said,) = json.loads(record.read_bytes())["sources"]
    assert said["state"] == "broken"
    assert "answered 410" in (live.shelf / "harbour" / "sources.html").read_text(encoding="utf-8")
    assert [path.name for path in live.shelf.joinpath("harbour").glob("*.*.*")] == ["1.0.0"]


def test_a_check_leaves_the_shelf_to_whoever_publishes(live: Desk) -> None:
    before = live.shelf.joinpath("harbour", "sources.json").read_bytes()
    with lock_dataset(live.home.shelf, "harbour"):
        publish_source_statuses(live.home, "harbour", ())
    assert live.shelf.joinpath("harbour", "sources.json").read_bytes() == before


def test_reading_anew_shows_the_difference_and_publishes_only_where_asked(harbour: Desk, report: str) -> None:
    run_dataset(harbour.home, "harbour", offline=True)
    harbour.capture(report.replace(PIER, "Build a jetty for night ferries."))
    shown = harbour.run("reextract", "harbour")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("harbour: would publish 1.0.1: ")
    assert "  fetch     nothing, only the archive is read" in shown.stdout
    assert "  example   tasks harbour-2021/t02 text: Build a [-pier-]{+jetty+} for" in shown.stdout
    assert not (harbour.shelf / "harbour" / "1.0.1").exists()
    published = harbour.run("reextract", "harbour", "--publish")
    assert published.returncode == 0, published.stderr
    assert "harbour: published 1.0.1" in published.stdout
    assert "nothing would change" in harbour.run("reextract", "harbour", "--publish").stdout


def test_reading_anew_that_breaks_a_check_is_shown_and_not_published(harbour: Desk, report: str) -> None:
    run_dataset(harbour.home, "harbour", offline=True)
    harbour.capture(report.replace("4. Train teachers together.\n", ""))
    done = harbour.run("reextract", "harbour", "--publish")
    assert done.returncode == 1
    assert "would not publish 2.0.0" in done.stdout
    assert "claims-still-hold does not hold" in done.stdout
    assert not (harbour.shelf / "harbour" / "2.0.0").exists()


def test_a_shelf_that_is_not_as_it_was_is_a_trouble_until_it_is(harbour: Desk) -> None:
    outcome: RunResult = run_dataset(harbour.home, "harbour", offline=True)
    assert outcome.status == "published"
    assert all(finding.proved is not False for finding in verify_dataset(harbour.home, "harbour"))
    assert troubles(harbour) == []
    path = harbour.shelf / "harbour" / "1.0.0" / "tasks.csv"
    whole = path.read_bytes()
    path.write_bytes(whole + b" ")
    with pytest.raises(ShelfError, match=r"harbour 1\.0\.0: tasks\.csv was altered") as caught:
        verify_dataset(harbour.home, "harbour")
    assert "policytasks verify harbour shows all" in str(caught.value)
    assert troubles(harbour) == ["shelf"]
    path.write_bytes(whole)
    verify_dataset(harbour.home, "harbour")
    assert troubles(harbour) == []


def test_a_dataset_without_a_version_cannot_be_proved(harbour: Desk) -> None:
    with pytest.raises(ShelfError, match="holds no version; run policytasks publish harbour"):
        verify_dataset(harbour.home, "harbour")


@pytest.mark.parametrize("command", [["check", "harbor"], ["reextract", "harbor"]])
def test_a_dataset_that_is_misspelt_is_one_line(harbour: Desk, command: list[str]) -> None:
    done = harbour.run(*command)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "did you mean harbour?" in done.stderr
