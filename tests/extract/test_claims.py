from __future__ import annotations

import pytest

from extract.claims import check_statements, find_statements, to_singular
from extract.lexicon import LEXICONS
from extract.plan import Claim
from extract.reading import read


def check_claims(text: str, tasks: int = 0, areas: int = 0, language: str = "en") -> tuple[Claim, ...]:
    return check_statements(find_statements(read(text.encode(), "text/plain").blocks, LEXICONS[language]), tasks, areas)


@pytest.mark.parametrize(
    ("text", "language", "counts"),
    [
        ("the 36 essential tasks in nine major areas", "en", [("tasks", 36), ("areas", 9)]),
        ("Twelve Key Actions for Growth", "en", [("tasks", 12)]),
        ("围绕9大方面36项重点任务", "zh", [("areas", 9), ("tasks", 36)]),
        ("提出十七项工作任务", "zh", [("tasks", 17)]),
        ("in 2019 the tasks were many", "en", []),
        ("two regions will focus on the tasks", "en", []),
        ("five years of tasks", "en", []),
        ("一方面要加强任务落实", "zh", []),
        ("one task remains", "en", []),
        ("a range of areas", "en", []),
    ],
)
def test_counts_of_the_outline_are_found_in_words_and_figures(
    text: str, language: str, counts: list[tuple[str, int]]
) -> None:
    assert [(claim.counted, claim.stated) for claim in check_claims(text, language=language)] == counts


def test_a_stated_count_is_compared_with_what_is_counted() -> None:
    assert check_claims("seven tasks in three areas", tasks=7, areas=2) == (
        Claim("seven tasks", "tasks", 7, 7, True),
        Claim("three areas", "areas", 3, 2, False),
    )


def test_a_repeated_count_is_one_claim_and_two_counts_are_two() -> None:
    assert [claim.quote for claim in check_claims("36 essential tasks\n36 Key Tasks\n37 tasks")] == [
        "36 essential tasks",
        "37 tasks",
    ]


def test_a_list_is_counted() -> None:
    text = "play three roles, namely, the supporting role in trade, the leading role in growth and the role of a model."
    assert check_claims(text) == (Claim("three roles", "roles", 3, 3, True),)


def test_a_list_that_promises_to_be_complete_and_is_not_fails() -> None:
    assert check_claims("three teams, namely the red team and the blue team.")[0].holds is False


def test_a_list_of_examples_leaves_the_claim_open() -> None:
    assert check_claims("six teams, including the red team and the blue team.") == (
        Claim("six teams", "teams", 6, None, None),
    )


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("teams", "team"), ("roles", "role"), ("agencies", "agency"), ("committees", "committee"), ("classes", "class")],
)
def test_a_plural_becomes_its_singular(plural: str, singular: str) -> None:
    assert to_singular(plural, LEXICONS["en"]) == singular
