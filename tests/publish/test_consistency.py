"""Changes of a shelf are planned from values: no plan needs a disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from publish.consistency import ShelfState, plan_publication, plan_update, plan_withdrawal
from publish.records import ReleaseEntry
from publish.storage.backend import ShelfChange, ShelfError, StagedRelease
from tests.publish.releases import make_listed

FOLDER = Path("/nowhere")


def entry(version: str, *, withdrawn: bool = False) -> ReleaseEntry:
    withdrawal = {"reason": "swapped", "at": "2026-11-24T08:00:00Z"} if withdrawn else None
    files = [{"path": f"{version}/SHA256SUMS", "bytes": 3, "sha256": version}]
    return make_listed(version, withdrawn=withdrawal, files=files)


def plan(state: ShelfState, version: str, damage: str | None = None) -> ShelfChange:
    """The withdrawal of a version, whose notice is staged."""
    withdrawn = entry(version, withdrawn=True)
    staged = StagedRelease(version, FOLDER)
    return plan_withdrawal(state, withdrawn, staged, damage=damage, repair_hint="restore it")


STATE = ShelfState("towns", "Towns", (entry("1.9.0"), entry("1.10.0")), copied_version="1.10.0", has_latest=True)


def test_an_update_lists_the_newest_first_and_leaves_a_current_copy() -> None:
    change = plan_update(STATE)
    index = json.loads(change.index)
    assert [listed["version"] for listed in index["releases"]] == ["1.10.0", "1.9.0"]
    assert (index["title"], index["latest"], change.latest, change.latest_is_current) == (
        *("Towns", "1.10.0", "1.10.0"),
        True,
    )
    assert not plan_update(replace(STATE, copied_version="1.9.0")).latest_is_current
    assert not plan_update(replace(STATE, copied_version=None)).latest_is_current


def test_a_publication_makes_a_new_copy_and_takes_the_new_title_where_it_is_the_newest() -> None:
    staged = StagedRelease("2.0.0", FOLDER)
    change = plan_publication(STATE, entry("2.0.0"), "All towns", staged)
    assert (change.latest, change.latest_is_current, change.new) == ("2.0.0", False, staged)
    assert json.loads(change.index)["title"] == "All towns"
    older = plan_publication(STATE, entry("1.2.0"), "All towns", StagedRelease("1.2.0", FOLDER))
    assert (older.latest, older.latest_is_current) == ("1.10.0", True)
    assert json.loads(older.index)["title"] == "Towns"


def test_a_withdrawal_moves_the_copy_back_and_removes_it_with_the_last_version() -> None:
    change = plan(STATE, "1.10.0")
    assert (change.latest, change.latest_is_current) == ("1.9.0", False)
    assert change.withdrawn == StagedRelease("1.10.0", FOLDER)
    assert [bool(listed["withdrawn"]) for listed in json.loads(change.index)["releases"]] == [True, False]
    alone = replace(STATE, entries=(entry("1.10.0"),))
    for has_latest in (True, False):
        change = plan(replace(alone, has_latest=has_latest), "1.10.0")
        assert (change.latest, change.latest_is_current) == (None, not has_latest)


def test_a_damaged_version_does_not_become_the_newest_but_stays_it() -> None:
    with pytest.raises(ShelfError) as caught:
        plan(STATE, "1.10.0", damage="towns/1.9.0/tasks.csv")
    assert (caught.value.where, caught.value.fix) == ("towns/1.9.0/tasks.csv", "restore it, or withdraw 1.9.0 first")
    change = plan(replace(STATE, copied_version=None), "1.9.0", damage="towns/1.10.0/x")
    assert (change.latest, change.latest_is_current) == ("1.10.0", True)
