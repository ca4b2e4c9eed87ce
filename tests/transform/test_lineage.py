from __future__ import annotations

import logging
import time

import pytest

from transform import lineage
from transform.lineage import MERGED, SPLIT, find_splits_and_merges

ROADS, SHIPS = "Build roads between all the towns of the coast", "Train sailors for the new ferries"
BEFORE, AFTER = {"t01": f"{ROADS}. {SHIPS}."}, {"t01": ROADS, "t02": SHIPS}


def list_events(old: dict[str, str], new: dict[str, str]) -> list[tuple[str, str, str | None]]:
    return [(event.event, event.old_id, event.new_id) for event in find_splits_and_merges("tasks", old, new)]


def test_a_part_that_became_a_row_and_a_row_that_became_a_part() -> None:
    assert list_events(BEFORE, AFTER) == [(SPLIT, "t01", "t02")]
    assert list_events(AFTER, BEFORE) == [(MERGED, "t02", "t01")]


def test_words_that_were_in_the_row_before_are_not_a_part_of_it_now() -> None:
    assert list_events({"t01": f"{ROADS}. {SHIPS}."}, {"t01": f"{ROADS}. {SHIPS}!", "t02": SHIPS}) == []


@pytest.mark.parametrize(("name", "most"), [("MOST_PAIRS", 1), ("MOST_SEARCH_WORK", 10_000)])
def test_the_search_keeps_to_its_limits_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, most: int
) -> None:
    more = {**AFTER, "t03": "Open the port of the northern bay"}
    monkeypatch.setattr(lineage, name, most)
    assert list_events(BEFORE, AFTER) == [(SPLIT, "t01", "t02")]
    assert not caplog.records
    assert list_events(BEFORE, more) == []
    assert "2 new rows and 0 rows that are gone are too many or too long to be searched for in others" in caplog.text


def test_rows_that_are_made_to_take_long_do_not(caplog: pytest.LogCaptureFixture) -> None:
    """Without a limit these take minutes: 400 wordings of 9,000 letters, none of which is in the longer ones."""
    caplog.set_level(logging.WARNING)
    begun = time.process_time()
    new = {f"n{number}": "ab" * 4_500 + "c" * number for number in range(400)}
    old = {f"o{number}": "ba" * 9_000 + "d" * number for number in range(400)}
    assert list_events(old, new) == []
    assert list_events({}, new) == []
    assert time.process_time() - begun < 20
    assert "400 new rows and 400 rows that are gone are too many or too long" in caplog.text
