"""If nothing can be new, no table and no page is made; whatever could make a difference is looked at again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from config.models import Dataset
from pipeline import drafting
from pipeline.dry_run import Preview
from pipeline.run import RunResult, preview_run, run_dataset
from tests.conftest import DATASET, NOWHERE, Desk


@pytest.fixture
def drafts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is drafted from now on."""
    made: list[str] = []
    inner: Callable[..., Any] = drafting.make_draft

    def counted(raw: Path, dataset: Dataset, *inputs: Any) -> Any:
        made.append(dataset.id)
        return inner(raw, dataset, *inputs)

    monkeypatch.setattr(drafting, "make_draft", counted)
    return made


def run(desk: Desk) -> RunResult:
    return run_dataset(desk.home, "harbour", offline=True)


def test_right_after_a_release_nothing_is_drafted_and_its_checks_are_told(harbour: Desk, drafts: list[str]) -> None:
    first = run(harbour)
    again = run(harbour)
    assert (first.status, again.status, drafts) == ("published", "unchanged", ["harbour"])
    assert again.checks == first.checks
    assert (again.version, again.summary) == ("1.0.0", "nothing changed")


def new_title(desk: Desk) -> None:
    desk.write_dataset(DATASET.format(url=NOWHERE).replace("title: Tasks", "title: The tasks"))


def a_decision(desk: Desk) -> None:
    desk.write_dataset(DATASET.format(url=NOWHERE) + "accept: [{check: rows-stay, reason: moved to another plan}]\n")


def a_capture(desk: Desk) -> None:
    desk.capture("The towns met again, and announced nothing.")
    desk.capture((Path(__file__).parents[1] / "fixtures" / "harbour-towns.txt").read_text("utf-8") + "\n")


def a_withdrawal(desk: Desk) -> None:
    assert (
        main(["withdraw", "harbour", "1.0.0", "--reason", "a plan of another town", "--home", str(desk.home.root)]) == 0
    )


def an_empty_memory(desk: Desk) -> None:
    shutil.rmtree(desk.home.root.parent / "state")


@pytest.mark.parametrize(
    "happens", [new_title, a_decision, a_capture, a_withdrawal, an_empty_memory], ids=lambda event: event.__name__
)
def test_whatever_could_make_a_difference_is_drafted_again(
    harbour: Desk, drafts: list[str], happens: Callable[[Desk], None]
) -> None:
    run(harbour)
    run(harbour)
    assert drafts == ["harbour"]
    happens(harbour)
    run(harbour)
    assert drafts == ["harbour", "harbour"]


@pytest.mark.parametrize(
    "rules",
    [
        ["pipeline.read.reader.hash_reading_rules"],
        ["pipeline.read.reader.hash_drafting_rules", "pipeline.decisions.hash_drafting_rules"],
    ],
    ids=["rules of reading", "rules of drafting"],
)
def test_other_rules_draft_again(
    harbour: Desk, drafts: list[str], monkeypatch: pytest.MonkeyPatch, rules: list[str]
) -> None:
    run(harbour)
    for name in rules:
        monkeypatch.setattr(name, lambda: "other rules")
    assert (run(harbour).status, drafts) == ("unchanged", ["harbour", "harbour"])
    assert (run(harbour).status, drafts) == ("unchanged", ["harbour", "harbour"])


def test_a_decision_that_has_nothing_to_decide_is_told_at_each_run(
    harbour: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    a_decision(harbour)
    for _ in range(3):
        caplog.clear()
        run(harbour)
        assert "accept[0]: rows-stay passes by itself" in caplog.text


@pytest.mark.parametrize("name", ["harbour/versions.html", "zh/harbour/index.html", "zh/index.html", "assets/page.js"])
def test_an_unchanged_run_makes_no_page_and_one_that_was_lost_comes_back(
    harbour: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run(harbour)
    page = harbour.shelf / name
    words = page.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("catalog.build.write_dataset_pages", lambda *_: pytest.fail("looked for pages to make"))
        run(harbour)
    page.unlink()
    run(harbour)
    assert page.read_bytes() == words


def test_a_verdict_is_of_one_shelf(harbour: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(harbour)
    monkeypatch.setenv("POLICYTASKS_SHELF", str(tmp_path / "another"))
    assert run(harbour).status == "published"
    assert (tmp_path / "another" / "harbour" / "index.html").is_file()


def test_a_dry_run_that_finds_nothing_new_needs_no_table(harbour: Desk, drafts: list[str]) -> None:
    run(harbour)
    would = preview_run(harbour.home, "harbour", offline=True)
    assert (would.status, drafts) == ("unchanged", ["harbour"])
    assert isinstance(would.release_or_preview, Preview)
    assert would.release_or_preview.tables == ()
    assert would.version == "1.0.0"
