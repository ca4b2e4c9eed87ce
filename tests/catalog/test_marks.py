"""A row is marked where its words stand, and no word of the text is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from catalog import marks as it
from catalog.marks import find_marks, shorten_text, split_lines

if TYPE_CHECKING:
    import pytest

TEXT = "A plan\n\n（一）共享渡轮\n1. Run ferries.\n(1) At night.\n2. Build a pier.\nSource: the towns"


def task(row_id: str, words: str, area: str | None = "p/a01", parent: str | None = None, at: int | None = None) -> Any:
    start = TEXT.index(words) if at is None else at
    return {
        "task_id": row_id,
        "area_id": area,
        "parent_task_id": parent,
        "text": words,
        "span_start": start,
        "span_end": start + len(words),
    }


AREA = {"area_id": "p/a01", "label": "（一）", "title": "共享渡轮"}


def find_marked_texts(text: str, tasks: list[Any], areas: list[Any]) -> dict[str, str]:
    return {mark.row_id: text[mark.start : mark.end] for mark in find_marks(text, areas, tasks)}


def test_tasks_and_areas_are_marked_with_their_words() -> None:
    tasks = [task("p/t01", "Run ferries.\n(1) At night."), task("p/s01", "At night.", parent="p/t01")]
    assert find_marked_texts(TEXT, tasks, [AREA]) == {
        "p/a01": "（一）共享渡轮",
        "p/t01": "Run ferries.\n(1) At night.",
        "p/s01": "At night.",
    }


def test_the_innermost_mark_counts_and_each_begins_once() -> None:
    tasks = [task("p/t01", "Run ferries.\n(1) At night."), task("p/s01", "At night.", parent="p/t01")]
    runs = [run for line in split_lines(TEXT, find_marks(TEXT, [AREA], tasks)) for run in line.pieces]
    assert [(run.text, run.mark.row_id) for run in runs if run.mark] == [
        ("（一）共享渡轮", "p/a01"),
        ("Run ferries.", "p/t01"),
        ("(1) ", "p/t01"),
        ("At night.", "p/s01"),
    ]
    assert [run.mark.row_id for run in runs if run.mark and run.first] == ["p/a01", "p/t01", "p/s01"]


def test_where_the_text_is_read_otherwise_today_a_task_is_found_by_its_words() -> None:
    assert find_marked_texts(TEXT, [task("p/t02", "Build a pier.", at=3)], []) == {"p/t02": "Build a pier."}
    assert find_marked_texts(TEXT, [task("p/t02", "Build a castle.", at=3)], []) == {}


def test_facts_are_told_where_a_mark_ends() -> None:
    tasks = [task("p/t01", "Run ferries.\n(1) At night.")]
    ends = [[mark.row_id for mark in line.ended] for line in split_lines(TEXT, find_marks(TEXT, [], tasks))]
    assert ends == [[], [], [], ["p/t01"], [], []]


@given(
    st.text(st.characters(codec="utf-8"), max_size=80),
    st.lists(st.tuples(st.integers(0, 80), st.integers(1, 30)), max_size=6),
)
def test_no_word_is_lost_whatever_is_find_marked_texts(text: str, stretches: list[tuple[int, int]]) -> None:
    tasks = [
        {**task(f"p/t{index}", "x", at=0), "text": text[at : at + size], "span_start": at, "span_end": at + size}
        for index, (at, size) in enumerate(stretches)
    ]
    lines = list(split_lines(text, find_marks(text, [], tasks)))
    assert "\n".join("".join(run.text for run in line.pieces) for line in lines) == "\n".join(
        line for line in text.split("\n") if line.strip()
    )


def test_a_text_is_shown_up_to_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shorten_text(TEXT) == TEXT
    monkeypatch.setattr(it, "MOST_LINES", 2)
    assert shorten_text(TEXT) == "A plan\n"
    monkeypatch.setattr(it, "MOST_CHARACTERS", 3)
    assert shorten_text(TEXT) == "A p"


def test_a_text_of_as_many_lines_as_tasks_takes_time_in_proportion() -> None:
    words = [f"Build pier {number}." for number in range(30_000)]
    text, tasks, at = "\n".join(words), [], 0
    for number, line in enumerate(words):
        tasks.append(task(f"p/t{number}", line, at=at))
        at += len(line) + 1
    before = time.process_time()
    lines = list(split_lines(text, find_marks(text, [], tasks)))
    assert time.process_time() - before < 5
    assert [mark.row_id for line in lines for mark in line.ended] == [row["task_id"] for row in tasks]


def test_rows_that_are_not_in_the_text_are_searched_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [task(f"p/t{number}", "Build a castle.", at=3) for number in range(9)]
    pier = task("p/t10", "Build a pier.", at=3)
    ferries = task("p/t11", "Run ferries.")
    monkeypatch.setattr(it, "MOST_SEARCHED", 2 * len(TEXT) * 9)
    assert find_marked_texts(TEXT, [*tasks, pier, ferries], []) == {"p/t11": "Run ferries."}
    assert find_marked_texts(TEXT, [*tasks[1:], pier], []) == {"p/t10": "Build a pier."}
