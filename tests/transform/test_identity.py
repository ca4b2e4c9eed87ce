from __future__ import annotations

import pytest

from transform import identity
from transform.identity import Candidate, Mint, make_slug, match_rows, normalise


def pairs(old: list[str], new: list[str]) -> list[tuple[int, int, str]]:
    candidates = [[Candidate(words, f"(I) {place}") for place, words in enumerate(rows)] for rows in (old, new)]
    return [(match.old, match.new, match.rule) for match in match_rows(*candidates)]


def test_the_same_words_are_the_same_row_wherever_they_stand() -> None:
    assert pairs(["Build roads", "Build rails"], ["Open ports", "Build rails.", "BUILD ROADS"]) == [
        (1, 1, "same words"),
        (0, 2, "same words"),
    ]


def test_equal_rows_are_told_apart_by_their_place() -> None:
    assert pairs(["Same", "Same", "Same"], ["Same", "Same", "Same"]) == [(n, n, "same words") for n in range(3)]


def test_a_reworded_row_in_its_place_is_the_same_row() -> None:
    assert pairs(["Strengthen efforts to control air pollution"], ["Strengthen measures to control air pollution"]) == [
        (0, 0, "same label and place")
    ]


def test_a_reworded_row_in_another_place_is_found_by_its_words() -> None:
    old = ["Build roads between all the towns", "Train teachers in every school"]
    new = ["Open ports", "Sell ships", "Train all teachers in every school"]
    assert pairs(old, new) == [(1, 2, "similar words")]


def test_other_words_in_the_same_place_are_another_row() -> None:
    assert pairs(["Build roads between towns"], ["Cut the school fees"]) == []


def test_chinese_is_matched_too() -> None:
    assert pairs(["加快建设环湖公路，打通断头路"], ["优化公交", "加快建设环湖公路，打通所有断头路"]) == [
        (0, 1, "similar words")
    ]


def test_no_old_row_is_matched_twice() -> None:
    found = pairs(["Build roads"], ["Build roads", "Build roads", "Build road"])
    assert [match[:2] for match in found] == [(0, 0)]


def test_minted_ids_are_never_used_twice() -> None:
    mint = Mint({"plan/t01", "plan/t03", "office"})
    assert [mint.mint_numbered("plan/t", 1), mint.mint_numbered("plan/t", 1), mint.mint_numbered("plan/t", 3)] == [
        "plan/t02",
        "plan/t04",
        "plan/t05",
    ]
    assert [mint.mint_named("office"), mint.mint_named("office"), mint.mint_named("team")] == [
        "office-2",
        "office-3",
        "team",
    ]


def test_names_make_readable_ids_in_any_script() -> None:
    assert make_slug("Joint Office (for Alliance)") == "joint-office-for-alliance"
    assert make_slug("国家发展改革委") == "国家发展改革委"
    assert make_slug("…") == "unnamed"


def test_normal_words_leave_width_case_and_punctuation_out() -> None:
    assert normalise("Ｂuild, “Roads”!") == normalise("build roads")


def test_fifty_thousand_equal_rows_are_matched_without_comparing_each_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identity, "_find_similar_pairs", lambda *_: pytest.fail("compared rows by likeness"))
    old = [Candidate("Mark the paths", f"{number}") for number in range(50_000)]
    new = [Candidate("Mark the paths.", f"{number + 1}") for number in range(50_000)]
    matches = match_rows(old, new)
    assert len({match.old for match in matches}) == len(matches) == 50_000


@pytest.mark.parametrize(
    ("number", "words"),
    [(100_000, "Repair bridge {} of the {} in {}"), (40, "x" * 1_000_000 + "{} {} {}")],
    ids=["many rows", "long rows"],
)
def test_rows_beyond_the_limits_are_not_compared_and_that_is_said(
    number: int, words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(identity, "_find_similar_pairs", lambda *_: pytest.fail("compared rows by likeness"))
    old = [Candidate(words.format(n, "old", "spring")) for n in range(number)]
    new = [Candidate(words.format(n, "new", "autumn")) for n in range(number)]
    assert match_rows(old, new) == []
    assert f"{number} rows of the version before and {number} new ones are too many or too long" in caplog.text


def test_pairs_that_are_all_similar_are_counted_and_stop_the_matching(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(identity, "MOST_SIMILAR_PAIRS", 50)
    old = [Candidate(f"Repair the long old bridge number {n}") for n in range(10)]
    new = [Candidate(f"Repair the long old bridge, number {n} a") for n in range(10)]
    assert match_rows(old, new) == []
    assert "get new ids" in caplog.text
