from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import FIXTURES, Site, run_command


def extract(*arguments: object) -> subprocess.CompletedProcess[str]:
    return run_command("extract", *map(str, arguments))


def test_the_tree_shows_what_a_document_yields() -> None:
    done = extract(FIXTURES / "harbour-towns.txt", "--explain")
    assert done.returncode == 0
    for line in (
        "title:            Harbour Towns to Share Ferries",
        "I. Sharing Ferries\n  1. Run one timetable for all ferries between the three towns\n",
        "✓ “seven key tasks” (found 7)",
        "Coastal Development Programme (2020-2030)",
        "the document states 7 tasks",
    ):
        assert line in done.stdout


def test_json_holds_everything_that_was_read() -> None:
    plan = json.loads(extract(FIXTURES / "lakes-zh.txt", "--json").stdout)
    assert plan["document"]["published_date"] == "2022-05-09"
    tasks = [(task["label"], task["area_ordinal"]) for task in plan["tasks"]]
    assert tasks == [("（一）", 1), ("（二）", 1), ("（三）", 1), ("（四）", 2), ("（五）", 2)]
    assert plan.keys() >= {"document", "areas", "tasks", "bodies", "claims", "citations", "problems", "reasons"}


def test_a_live_page_is_shown_too(site: Site) -> None:
    url = site.page("/plan", (FIXTURES / "harbour-towns.html").read_bytes())
    assert "3. Train teachers together" in extract(url).stdout


def test_a_text_without_a_plan_says_why() -> None:
    done = extract(FIXTURES.parent / "__init__.py")
    assert done.returncode == 0
    assert "the document is empty" in done.stdout


@pytest.mark.parametrize(
    ("document", "status"), [("nowhere.txt", 2), ("/", 2), ("", 2), ("http://127.0.0.1:9/", 1), ("https://", 1)]
)
def test_what_cannot_be_read_is_one_line(document: str, status: int) -> None:
    done = extract(document)
    assert done.returncode == status
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_settings_of_a_person_override_how_a_page_is_read() -> None:
    page = FIXTURES / "plans" / "en-pillars.html"
    assert "Build a raft" not in extract(page).stdout
    assert "Most read" in extract(page, "--selector", "aside").stdout
    forced = extract(page, "--tasks", "named pillar", "--explain").stdout
    assert "Pillar 2: Skilled people" in forced
    assert "the source's settings say" in forced
    assert "no line is labelled in the style 'circled'" in extract(page, "--tasks", "circled").stdout


@pytest.mark.parametrize("wrong", [("--selector", "[["), ("--language", "fr"), ("--tasks",)])
def test_a_wrong_setting_is_one_line(wrong: tuple[str, ...]) -> None:
    done = extract(FIXTURES / "plans" / "en-pillars.html", *wrong)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_a_file_larger_than_a_page_may_be_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.html"
    with large.open("wb") as file:
        file.truncate(3_000_000_000)
    for path in (large, Path("/dev/zero")):
        done = extract(path)
        assert done.returncode == 2
        assert done.stderr == (
            f"policytasks: {path}: is larger than 50 MB, the most that a page may have; name a file that holds one page\n"
        )
