"""The life of a dataset: what happens to a source, and the version, ids, changes and history that it makes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from pipeline.errors import ReleaseRefusedError
from pipeline.run import RunResult, run_dataset
from pipeline.workspace import Workspace
from publish.releases import Release, read_releases
from publish.tables import read_tables
from tests.conftest import store_text
from tests.transform.plans import Areas, text_of
from transform.arrow_tables import align_columns, build_row_ids
from transform.content import select_content
from transform.schema import TABLES

DATASET = """\
id: harbour
title: Tasks of the harbour towns
licence: CC-BY-4.0
sources:
  - id: towns
    url: https://towns.example/plan
{more}
"""
VILLAGES = "  - id: villages\n    url: https://villages.example/plan\n"
FERRIES: tuple[str, ...] = (
    "Run one timetable for all ferries of the bay.",
    "Build a pier for night ferries at the old fish market.",
    "Train the crews of all ferries in first aid.",
)
SCHOOLS: tuple[str, ...] = (
    "Open the technical college to pupils of every town.",
    "Train teachers together in the summer holidays.",
    "Lend books between the town libraries free of charge.",
)
PLAN: Areas = (("Sharing Ferries", FERRIES), ("Sharing Schools", SCHOOLS))
VILLAGE_PLAN: Areas = (("Paths", ("Mark the paths over the hills.", "Repair the bridge of the mill.")),)


@dataclass
class Life:
    """A dataset whose sources say what they are told to, a day after the other."""

    home: Workspace
    day: datetime = field(default=datetime(2021, 3, 1, tzinfo=UTC))

    def order(self, *, villages: bool = True, more: str = "") -> None:
        self.home.datasets.mkdir(parents=True, exist_ok=True)
        text = DATASET.format(more=(VILLAGES if villages else "") + more)
        (self.home.datasets / "harbour.yaml").write_text(text, encoding="utf-8")

    def says(self, source_id: str, areas: Areas, count: int | None = None) -> None:
        self.day += timedelta(days=1)
        store_text(self.home, source_id, text_of(areas, count), self.day)

    def run(self) -> RunResult:
        return run_dataset(self.home, "harbour", offline=True)

    def next(self, areas: Areas) -> RunResult:
        self.says("towns", areas)
        return self.run()

    @property
    def newest(self) -> Release:
        release = read_releases(self.home.shelf, "harbour").find_newest()
        assert release is not None
        return release

    def rows(self, table: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = read_tables(self.newest)[table].to_pylist()
        return listed

    def ids(self) -> dict[str, str]:
        return {row["text"]: row["task_id"].removeprefix("towns/") for row in self.rows("tasks")}

    def changed(self) -> set[tuple[str, str, str, str]]:
        keys = ("table_name", "row_id", "change", "column_name")
        return {tuple(row[key] for key in keys) for row in self.rows("changes")}

    def happened(self) -> set[tuple[str, str, str | None]]:
        """What the newest version tells of ids that no earlier one told."""
        return {
            (row["old_id"], row["event"], row["new_id"])
            for row in self.rows("id_history")
            if row["version"] == self.newest.version
        }

    @property
    def place(self) -> Path:
        return self.home.root / "data" / "published" / "harbour"

    def withdraw(self, version: str, reason: str) -> int:
        return main(["withdraw", "harbour", version, "--reason", reason, "--home", str(self.home.root)])

    def latest(self) -> str:
        descriptor = (self.place / "latest" / "datapackage.json").read_text(encoding="utf-8")
        version: str = json.loads(descriptor)["version"]
        return version


@pytest.fixture
def life(tmp_path: Path) -> Life:
    made = Life(Workspace(tmp_path))
    made.order()
    made.says("towns", PLAN)
    made.says("villages", VILLAGE_PLAN)
    return made


def test_a_dataset_lives_through_all_that_happens_to_sources(life: Life) -> None:
    assert (life.run().version, life.latest()) == ("1.0.0", "1.0.0")
    ids = life.ids()
    assert [ids[text] for text in (*FERRIES, *SCHOOLS)] == ["t01", "t02", "t03", "t04", "t05", "t06"]
    assert (life.changed(), life.happened()) == (set(), set())

    # A typo is mended: one cell, a patch.
    ferries: tuple[str, ...] = (FERRIES[0], FERRIES[1].replace("fish market", "fish markets"), FERRIES[2])
    assert life.next((("Sharing Ferries", ferries), PLAN[1])).version == "1.0.1"
    assert life.changed() == {("tasks", "towns/t02", "altered", "text")}
    assert life.ids() == {text if text != FERRIES[1] else ferries[1]: row_id for text, row_id in ids.items()}

    # Renumbered: labels and places change, ids stay with the words.
    ferries = (ferries[2], ferries[0], ferries[1])
    assert life.next((("Sharing Ferries", ferries), PLAN[1])).version == "1.0.2"
    assert {change[1:] for change in life.changed()} == {
        (f"towns/t0{number}", "altered", column) for number in (1, 2, 3) for column in ("label", "ordinal")
    }
    ids = life.ids()
    assert [ids[text] for text in ferries] == ["t03", "t01", "t02"]

    # One moves to the other area.
    schools: tuple[str, ...] = (*SCHOOLS, ferries[0])
    ferries = ferries[1:]
    assert life.next((("Sharing Ferries", ferries), ("Sharing Schools", schools))).version == "1.0.3"
    assert ("tasks", "towns/t03", "altered", "area_id") in life.changed()
    assert life.ids() == ids

    # One is split in two: a new row, which says what it was a part of.
    whole = "Open the technical college to pupils of every town and lend tools for the workshops of all schools."
    schools = (whole, *schools[1:])
    assert life.next((("Sharing Ferries", ferries), ("Sharing Schools", schools))).version == "1.0.4"
    assert life.ids()[whole] == "t04"
    college, tools = (
        "Open the technical college to pupils of every town.",
        "Lend tools for the workshops of all schools.",
    )
    schools = (college, tools, *schools[1:])
    assert life.next((("Sharing Ferries", ferries), ("Sharing Schools", schools))).version == "1.1.0"
    assert (life.ids()[college], life.ids()[tools]) == ("t04", "t07")
    assert life.happened() == {("towns/t04", "split", "towns/t07")}

    # Two become one: the row that goes says where.
    merged = "Train teachers together in the summer holidays; lend books between the town libraries free of charge."
    schools = (college, tools, merged, schools[4])
    assert life.next((("Sharing Ferries", ferries), ("Sharing Schools", schools))).version == "2.0.0"
    assert life.happened() == {("towns/t05", "merged", "towns/t06")} or life.happened() == {
        ("towns/t06", "merged", "towns/t05")
    }
    kept = life.ids()[merged]

    # One is removed, and comes back under its own id.
    assert life.next((("Sharing Ferries", ferries[:1]), ("Sharing Schools", schools))).version == "3.0.0"
    assert life.happened() == {("towns/t02", "removed", None)}
    schools_and = (*schools, "Count the swans of the bay.")
    assert life.next((("Sharing Ferries", ferries), ("Sharing Schools", schools_and))).version == "3.1.0"
    assert life.ids()[ferries[1]] == "t02"
    assert life.happened() == {("towns/t02", "returned", "towns/t02")}
    assert life.ids()["Count the swans of the bay."] == "t08"
    assert life.ids()[merged] == kept

    # An area gets a heading with no word of the old one; its tasks tell that it is the same.
    assert life.next((("Common Boats", ferries), ("Sharing Schools", schools_and))).version == "3.1.1"
    assert life.changed() == {("areas", "towns/a01", "altered", "title")}

    # A source is taken out of the dataset.
    life.order(villages=False)
    assert life.run().version == "4.0.0"
    assert {change[2] for change in life.changed()} == {"removed"}
    assert ("villages/t01", "removed", None) in life.happened()
    assert {row["document_id"] for row in life.rows("tasks")} == {"towns"}

    # A page from which half is gone is not published; the last good release stays.
    life.says("towns", (("Common Boats", ferries[:1]), ("Sharing Schools", schools_and[:2])), count=7)
    with pytest.raises(ReleaseRefusedError, match="claims-still-hold"):
        life.run()
    assert (life.newest.version, life.latest()) == ("4.0.0", "4.0.0")

    # The page is right again; the owner corrects what the source has wrong, for as long as it has.
    plan: Areas = (("Common Boats", ferries), ("Sharing Schools", schools_and))
    life.says("towns", plan)
    correction = (
        "corrections:\n  - {table: tasks, row: towns/t08, column: text, expect: Count the swans of the bay.,"
        " correct: Count the seals of the bay., reason: a misprint, tell: editor@towns.example}\n"
    )
    life.order(villages=False, more=correction)
    assert life.run().version == "4.0.1"
    assert life.changed() == {("tasks", "towns/t08", "altered", "text")}
    (corrected,) = life.rows("corrections")
    assert (corrected["stated"], corrected["corrected"], corrected["tell"]) == (
        "Count the swans of the bay.",
        "Count the seals of the bay.",
        "editor@towns.example",
    )
    assert life.run().status == "unchanged"

    # That version turns out to be wrong, and is taken back.
    assert life.withdraw("4.0.1", "the correction was a misunderstanding") == 0
    assert (life.newest.version, life.latest()) == ("4.0.0", "4.0.0")
    assert (life.place / "4.0.1/tasks.csv").read_text(encoding="utf-8").startswith("WITHDRAWN: harbour 4.0.1")
    life.order(villages=False)
    assert life.run().status == "unchanged"

    # Its number is not given again, nor is any id that only it had.
    life.next((("Common Boats", (*ferries, "Paint the buoys of the bay.")), ("Sharing Schools", schools_and)))
    assert (life.newest.version, life.latest()) == ("4.1.0", "4.1.0")
    assert life.withdraw("4.1.0", "the buoys were announced too early") == 0
    plan = (("Common Boats", (*ferries, "Sing in the harbour choir.")), ("Sharing Schools", schools_and))
    assert life.next(plan).version == "4.2.0"
    assert life.ids()["Sing in the harbour choir."] == "t10"
    assert life.happened() == {("towns/t09", "withdrawn", None)}
    plan = (("Common Boats", (*ferries, "Sing in the harbour choir.", "Paint the buoys of the bay.")), plan[1])
    assert life.next(plan).version == "4.3.0"
    assert life.ids()["Paint the buoys of the bay."] == "t09"

    assert_the_changes_lead_from_the_first_to_the_newest(life)


def assert_the_changes_lead_from_the_first_to_the_newest(life: Life) -> None:
    versions = read_releases(life.home.shelf, "harbour").list_available()
    tables = [read_tables(release) for release in versions]
    rows = content(tables[0])
    for after in tables[1:]:
        for change in after["changes"].to_pylist():
            apply(rows[change["table_name"]], change)
        assert rows == content(after)
    assert len(versions) >= 12


def content(tables: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """The content of all tables: rows by row id, by table."""
    made = {}
    for of in TABLES.values():
        if of.compared:
            table = align_columns(of.name, tables[of.name])
            made[of.name] = dict(
                zip(build_row_ids(table, of).to_pylist(), select_content(table, of).to_pylist(), strict=True)
            )
    return made


def apply(rows: dict[str, dict[str, Any]], change: dict[str, Any]) -> None:
    """Do to rows what a row of `changes` says, and see that they were as it says."""
    if change["change"] == "added":
        assert change["row_id"] not in rows
        rows[change["row_id"]] = json.loads(change["after"])
    elif change["change"] == "removed":
        assert rows.pop(change["row_id"]) == json.loads(change["before"])
    else:
        assert rows[change["row_id"]][change["column_name"]] == change["before"]
        rows[change["row_id"]][change["column_name"]] = change["after"]


LOST = (("Sharing Ferries", FERRIES[:1]), ("Sharing Schools", SCHOOLS[:2]))
MORE_PATHS: Areas = (("Paths", (*VILLAGE_PLAN[0][1], "Plant trees along the paths.")),)


def test_a_source_in_which_a_check_fails_stays_as_it_is_and_the_others_are_published(life: Life) -> None:
    life.run()
    before = [row for row in life.rows("tasks") if row["document_id"] == "towns"]
    life.says("towns", LOST, count=6)  # as before, and no longer true
    with pytest.raises(ReleaseRefusedError, match=r"harbour: not published, claims-still-hold does not hold: towns/"):
        life.run()

    life.says("villages", MORE_PATHS)
    result = life.run()
    assert (result.status, result.version, life.latest()) == ("published", "1.1.0", "1.1.0")
    (failure,) = result.failures
    assert failure.startswith("harbour: claims-still-hold does not hold: towns/claim-")
    assert "; the rows of towns stay as they are published; look at the source, or accept it for 2.0.0" in failure
    assert [row for row in life.rows("tasks") if row["document_id"] == "towns"] == before
    assert "Plant trees along the paths." in life.ids()
    (status,) = (status for status in result.source_statuses if status.source_id == "towns")
    assert status.stale
    assert status.capture_id == next(
        row["capture_id"] for row in life.rows("documents") if row["document_id"] == "towns"
    )

    # As long as nothing else is new, that is what is wrong with the dataset.
    with pytest.raises(ReleaseRefusedError, match=r"accept it for 2\.0\.0"):
        life.run()

    # A person accepts what the source says.
    life.order(
        more="accept:\n  - {check: claims-still-hold, version: 2.0.0, reason: six were announced}\n"
        "limits: {most_removed: 1}\n"
    )
    assert life.run().version == "2.0.0"
    assert len([row for row in life.rows("tasks") if row["document_id"] == "towns"]) == 3


def test_a_source_that_lost_too_many_rows_stays_as_it_is(life: Life) -> None:
    life.run()
    life.says("towns", LOST)
    life.says("villages", MORE_PATHS)
    result = life.run()
    assert result.version == "1.1.0"
    assert "rows-stay does not hold: " in result.failures[0]
    assert "the rows of towns stay as they are published" in result.failures[0]
    assert FERRIES[2] in life.ids()


def test_a_loss_that_no_source_has_alone_keeps_the_release_back(life: Life) -> None:
    life.order(more="limits: {most_removed: 0.4}\n")
    life.run()
    two_less = (("Sharing Ferries", FERRIES[:2]), ("Sharing Schools", SCHOOLS[:2]))
    life.says("towns", two_less)
    life.says("villages", (("Paths", ("Measure the depth of all lakes.",)),))
    with pytest.raises(ReleaseRefusedError, match="harbour: not published, rows-stay does not hold"):
        life.run()
