"""A history that somebody kept, published version by version in the order of time."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from collect.archive import ArchiveError, read_bytes, read_captures
from collect.history import import_history
from extract.reading import choose_media_type
from pipeline.backfill import BackfillResult, backfill_history
from pipeline.errors import ReleaseRefusedError
from pipeline.run import run_dataset
from pipeline.workspace import Workspace
from publish.releases import read_releases
from publish.tables import read_tables
from tests.conftest import DATASET, NOWHERE, POLICYTASKS, Desk

PIER = "Build a pier for night ferries."
ADDRESSES = {"towns": "https://towns.example/plan", "lake": "https://lake.example/plan"}


@pytest.fixture
def kept(tmp_path: Path, report: str) -> Path:
    """Three years of the report, as somebody kept them: reworded, the same but for its menu, with a task more."""
    folder = tmp_path / "kept"
    reworded = report.replace(PIER, "Build a jetty for night ferries.")
    more = reworded.replace("seven key tasks", "eight key tasks")
    more = more.replace("Source: The", "8. Plant trees along the walls.\n\nSource: The")
    for name, text in {
        "2019-05-01.txt": report,
        "2020-05-01T0630.txt": reworded,
        "2020-06-01.txt": f"Another menu\n\n{reworded}",
        "2021-05-01.txt": more,
    }.items():
        put(folder / "harbour-2021" / name, text)
    put(folder / ".DS_Store", "")
    return folder


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def backfilled(desk: Desk, given: Path) -> BackfillResult:
    return backfill_history(desk.home, "harbour", given)


def versions(home: Workspace) -> dict[str, str]:
    """The day of the capture that each version was made from."""
    days = {}
    for release in read_releases(home.shelf, "harbour").list_available():
        rows = read_tables(release, {"captures": ["fetched_at"]})["captures"].to_pylist()
        days[release.version] = f"{rows[0]['fetched_at']:%Y-%m-%d}"
    return days


HISTORY = {"1.0.0": "2019-05-01", "1.0.1": "2020-05-01", "1.1.0": "2021-05-01"}


def test_each_day_that_changed_gives_the_version_of_that_day_and_the_same_again_adds_nothing(
    desk: Desk, kept: Path
) -> None:
    done = backfilled(desk, kept)
    assert [(f"{day}", version) for day, version in done.versions] == [
        (day, version) for version, day in HISTORY.items()
    ]
    assert versions(desk.home) == HISTORY
    assert (done.run_result.status, done.too_old) == ("unchanged", None)
    before = {path: path.read_bytes() for path in desk.home.root.rglob("*") if path.is_file()}
    again = backfilled(desk, kept)
    assert (again.taken.new, again.versions, again.too_old) == ((), (), None)
    assert {path: path.read_bytes() for path in desk.home.root.rglob("*") if path.is_file()} == before


def test_ids_and_changes_lead_through_a_history_as_they_do_through_runs(desk: Desk, kept: Path) -> None:
    backfilled(desk, kept)
    changes = {
        release.version: read_tables(release)["changes"].to_pylist()
        for release in read_releases(desk.home.shelf, "harbour").list_available()
    }
    assert [row["row_id"] for row in changes["1.0.1"]] == ["harbour-2021/t02"]
    assert "harbour-2021/t08" in {row["row_id"] for row in changes["1.1.0"]}


def test_a_history_goes_out_as_warc_and_comes_back_as_the_same_versions(desk: Desk, kept: Path, tmp_path: Path) -> None:
    backfilled(desk, kept)
    warc = tmp_path / "harbour.warc.gz"
    assert desk.run("export", "harbour", "--to", str(warc)).returncode == 0
    other = Desk(Workspace(tmp_path / "other"))
    other.write_dataset(DATASET.format(url=NOWHERE))
    done = other.run("backfill", "harbour", str(warc))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "harbour: 4 new captures; 3 new versions",
        *(f"  {day}  {version}" for version, day in HISTORY.items()),
    ]
    assert versions(other.home) == HISTORY


def test_what_is_older_than_what_is_published_is_kept_and_said_in_one_line(harbour: Desk, kept: Path) -> None:
    run_dataset(harbour.home, "harbour", offline=True)
    done = harbour.run("backfill", "harbour", str(kept))
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("policytasks: "))
    assert line == (
        "policytasks: harbour: 3 captures of 2019-05-01 to 2020-06-01 made no version: 1.0.0 has captures until 2021-04-02, "
        "and no version is inserted before a published one; they are kept in the archive"
    )
    assert versions(harbour.home) == {"1.0.0": "2021-04-02", "1.1.0": "2021-05-01"}
    assert len(read_captures(harbour.home.raw, "harbour-2021")) == 5
    assert harbour.run("backfill", "harbour", str(kept)).returncode == 0


def test_a_day_that_may_not_be_published_is_named_and_the_days_before_it_stay(
    desk: Desk, kept: Path, report: str
) -> None:
    put(kept / "harbour-2021" / "2020-09-01.txt", report.replace("4. Train teachers together.\n", ""))
    with pytest.raises(ReleaseRefusedError, match="claims-still-hold does not hold") as caught:
        backfilled(desk, kept)
    assert "this is the version of 2020-09-01; earlier days are published; run the same command again" in str(
        caught.value
    )
    assert caught.value.check == "claims-still-hold"
    assert versions(desk.home) == {"1.0.0": "2019-05-01", "1.0.1": "2020-05-01"}
    accept = "accept: [{check: claims-still-hold, version: 2.0.0, reason: a task was dropped that year}]\n"
    desk.write_dataset(DATASET.format(url=NOWHERE) + accept)
    done = backfilled(desk, kept)
    assert [f"{day}" for day, _ in done.versions] == ["2020-09-01", "2021-05-01"]


def test_a_day_on_which_the_page_held_no_plan_makes_no_version(desk: Desk, kept: Path) -> None:
    put(kept / "harbour-2021" / "2018-01-01.txt", "The towns met.")
    assert [version for _, version in backfilled(desk, kept).versions] == list(HISTORY)


def test_sources_join_when_they_were_first_captured(desk: Desk, kept: Path, report: str) -> None:
    desk.write_dataset(DATASET.format(url=NOWHERE) + "  - id: lake\n    url: http://127.0.0.1:9/lake\n")
    put(kept / "lake" / "2020-01-01.txt", report.replace("Harbour Towns", "Lake Towns"))
    done = backfilled(desk, kept)
    assert [f"{day} {version}" for day, version in done.versions] == [
        "2019-05-01 1.0.0",
        "2020-01-01 1.1.0",
        "2020-05-01 1.1.1",
        "2021-05-01 1.2.0",
    ]


def test_an_interrupt_in_the_middle_keeps_what_is_published_and_the_same_again_goes_on(desk: Desk, kept: Path) -> None:
    process = subprocess.Popen(
        [*POLICYTASKS, "backfill", "harbour", kept, "--home", desk.home.root], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "published 1.0.0" in line:
            process.send_signal(signal.SIGINT)
            break
    said = process.stderr.read()
    assert process.wait(60) == 130, said
    assert said.splitlines()[-1].startswith("policytasks: interrupted: what was published stays")
    assert "Traceback" not in said
    assert versions(desk.home)["1.0.0"] == "2019-05-01"
    backfilled(desk, kept)
    assert versions(desk.home) == HISTORY


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("towns/plan.html", "x", "has no date in its name; name it by its day, such as 2021-03-04.html"),
        ("towns/2021-13-04.html", "x", "has a date or time in its name that does not exist"),
        ("towns/1875-03-04.html", "x", "has a date in its name that is before the web existed, or in the future"),
        (
            "village/2021-03-04.html",
            "x",
            "'village' is not a source of the dataset; name the folder after one of lake, towns",
        ),
        (
            "2021-03-04.html",
            "x",
            "is not in the folder of a source; put it into a folder named after one of lake, towns",
        ),
        ("towns/2021-03-07.html", "", "is empty; remove it, or replace it with the page"),
    ],
)
def test_a_file_that_cannot_be_placed_is_one_line_and_what_it_stands_beside_waits(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    given = tmp_path / "kept"
    put(given / "towns" / "2021-03-06.html", "<p>1. Build</p>")
    put(given / name, text)
    with pytest.raises(ArchiveError, match=re.escape(said)):
        import_history(tmp_path / "raw", given, ADDRESSES, choose_media_type)
    assert not (tmp_path / "raw").exists()


def test_a_history_of_nothing_is_one_line(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for given, said in (
        (tmp_path / "empty", "holds no file"),
        (tmp_path / "nowhere", "does not exist; name a folder or a file"),
    ):
        done = desk.run("backfill", "harbour", str(given))
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert said in done.stderr


def test_a_dataset_without_an_article_is_one_line(desk: Desk, tmp_path: Path) -> None:
    desk.write_dataset(
        "id: feeds\ntitle: Feeds\nlicence: CC-BY-4.0\nsources:\n"
        "  - {id: news, discover: {feed: 'https://news.example/feed.xml'}}\n",
        "feeds",
    )
    for name in ("empty", "kept"):
        (tmp_path / name).mkdir()
    put(tmp_path / "kept" / "2021-03-04.html", "<p>1. Build</p>")
    for name in ("empty", "kept"):
        done = desk.run("backfill", "feeds", str(tmp_path / name))
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert "no source of the dataset is an article" in done.stderr


def test_two_sources_of_one_address_each_have_their_history(tmp_path: Path) -> None:
    both = {"towns": "https://towns.example/plan", "hamlets": "https://towns.example/plan"}
    for name in both:
        put(tmp_path / "kept" / name / "2021-03-04.html", "<p>1. Build</p>")
    taken = import_history(tmp_path / "raw", tmp_path / "kept", both, choose_media_type)
    assert {capture.source_id for capture in taken.new} == set(both)


def test_what_was_captured_by_time_has_that_time(tmp_path: Path) -> None:
    put(tmp_path / "kept" / "lake" / "2021-03-04T0630.html", "<p>1. Build</p>")
    (capture,) = import_history(tmp_path / "raw", tmp_path / "kept", ADDRESSES, choose_media_type).new
    assert (f"{capture.fetched_at:%H:%M}", capture.media_type, capture.url) == (
        "06:30",
        "text/html",
        "https://lake.example/plan",
    )
    assert read_bytes(tmp_path / "raw", capture) == b"<p>1. Build</p>"
