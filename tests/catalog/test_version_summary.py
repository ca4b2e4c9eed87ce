"""What a version changed is counted from its tables, and told in Chinese from the counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.version_summary import VersionSummary, format_summary, parse_summaries, summarise_version
from catalog.view import DatasetView
from pipeline.workspace import Workspace
from publish.change_summary import ChangeCount
from publish.records import Descriptor, ReleaseEntry, to_record
from publish.releases import read_releases
from publish.tables import read_tables
from tests.catalog.published_plans import refuse_evidence
from tests.conftest import CHECKOUT
from tests.pipeline.test_story import FERRIES, SCHOOLS, Life
from tests.publish.releases import make_described, make_listed
from transform.schema import TABLES

ENTRY = make_listed("1.1.0", previous_version="1.0.0")


def view_of(home: Workspace, dataset_id: str) -> DatasetView:
    return DatasetView(home.shelf, dataset_id, None, refuse_evidence)


def in_english(entry: ReleaseEntry, summary: VersionSummary) -> set[str]:
    """The numbers and properties of a summary, found again in what the version says of itself in English."""
    pieces = {f"{count.number:,}" for count in summary.counts} | set(summary.properties)
    return {piece for piece in pieces if piece not in entry.summary}


@pytest.mark.parametrize(
    ("summary", "chinese"),
    [
        (
            VersionSummary(
                (
                    ChangeCount("tasks", "reworded", 3),
                    ChangeCount("tasks", "added", 1, ("(II)",)),
                    ChangeCount("areas", "renamed", 1),
                )
            ),
            "改写 3 项任务，新增 1 项任务（(II)）；更名 1 个领域",
        ),
        (
            VersionSummary((ChangeCount("bodies", "removed", 1),), ("columns", "schema changes ahead")),
            "删除 1 个机构；元数据：列，即将到来的表结构变化",
        ),
        (
            VersionSummary((ChangeCount("tasks", "added", 3000, ("50% more, 2 tasks reworded",)),)),
            "新增 3,000 项任务（50% more, 2 tasks reworded）",
        ),
    ],
)
def test_counts_are_told_in_chinese(summary: VersionSummary, chinese: str) -> None:
    assert format_summary(ENTRY, summary, "zh") == chinese
    assert format_summary(ENTRY, summary, "en") == "3 tasks reworded"


def test_a_first_version_and_one_that_changed_nothing_that_is_counted() -> None:
    first, altered = make_listed("1.0.0"), make_listed("1.1.0", previous_version="1.0.0", summary="columns changed")
    assert format_summary(first, VersionSummary(), "zh") == "首次发布"
    assert format_summary(make_listed("2.0.0"), VersionSummary(), "zh") == "首个有效版本"
    assert format_summary(altered, VersionSummary(), "zh") == "列有变化"


def test_the_counts_of_the_committed_releases_are_those_of_their_own_summaries() -> None:
    view = view_of(Workspace(CHECKOUT), "chengdu-chongqing")
    assert len(view.summaries) == 5
    assert view.summaries["2.0.0"].counts == (ChangeCount("mentions", "added", 9),)
    for entry in view.entries:
        assert not in_english(entry, view.summaries[entry.version])


def test_each_way_to_change_is_counted_and_kept(life: Life, tmp_path: Path) -> None:
    life.run()
    reworded = ("Run one good timetable for all ferries of the bay.", *FERRIES[1:], "Paint every ferry white.")
    life.next((("Sharing Ferries", reworded), ("Sharing Schools", SCHOOLS)))
    view = view_of(life.home, "harbour")
    summary = view.summaries["1.1.0"]
    assert {(count.table, count.verb): count.number for count in summary.counts if count.table == "tasks"} == {
        ("tasks", "reworded"): 1,
        ("tasks", "renumbered"): 3,
        ("tasks", "added"): 1,
    }
    assert not in_english(view.entries[0], summary)
    page = tmp_path / "data/published/zh/harbour/versions.html"
    assert format_summary(view.entries[0], summary, "zh") in page.read_text("utf-8")
    kept = tmp_path / "data/published/harbour/versions/summaries.json"
    assert parse_summaries(json.loads(kept.read_text("utf-8"))) == view.summaries


@pytest.mark.parametrize("damage", [[], {"1.0.0": {}}, {"1.0.0": {"counts": [{"table": "tasks"}], "properties": []}}])
def test_damaged_summaries_are_made_again(damage: Any) -> None:
    assert parse_summaries(damage) == {}


def test_properties_are_not_compared_with_a_version_that_was_withdrawn() -> None:
    release = read_releases(Workspace(CHECKOUT).shelf, "chengdu-chongqing").find_newest()
    assert release is not None
    tables = {name: read_tables(release, {name: None})[name] for name in TABLES}
    descriptor = release.descriptor
    withdrawn = make_described(withdrawn={"reason": "a mistake", "at": "2026-12-01T00:00:00Z"})
    assert summarise_version(tables, tables, descriptor, withdrawn) == VersionSummary()
    assert summarise_version(tables, tables, descriptor, descriptor) == VersionSummary()
    other = to_record(Descriptor, {**descriptor.record, "title": "Another"})
    assert summarise_version(tables, tables, other, descriptor).properties == ("title",)
