from __future__ import annotations

import pytest

from extract.claims import check_statements, find_statements, to_singular
from extract.lexicon import LEXICONS
from extract.plan import Area, Claim, Span, Task
from extract.reading import read


def make_task(area: int | None, start: int, *, level: int = 1, parent: int | None = None) -> Task:
    span = Span(start, start + 1000 if level == 1 else start + 1)
    return Task(1, "1.", "", "", "core", level, area, parent, (), None, None, span, "")


def check_claims(
    text: str,
    tasks: int = 0,
    areas: int = 0,
    language: str = "en",
    *,
    title: str = "",
    outline: tuple[list[Area], list[Task]] | None = None,
) -> tuple[Claim, ...]:
    """The claims of a text that is followed by so many tasks and areas, or that stands in an outline."""
    if outline is None:
        outline = (
            [Area(number, "", "", "core", Span(10_000, 10_001)) for number in range(areas)],
            [make_task(None, 20_000) for _ in range(tasks)],
        )
    blocks = read(text.encode(), "text/plain").blocks
    return check_statements(find_statements(blocks, LEXICONS[language], title), *outline)


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
        ("The plan sets out 36 essential tasks.", "en", [("tasks", 36)]),
        ("The town will open ten new clinical areas.", "en", []),
        ("Three measures were taken in three provinces last year.", "en", []),
        ("The council published a roadmap with 16 recommendations.", "en", []),
        ("The plan has over 100 actions.", "en", []),
        ("We will take the following three measures.", "en", [("tasks", 3)]),
        ("落实《服务企业十条措施》要求，做好工作。", "zh", []),
        ("《方案》共提出17条措施。", "zh", [("tasks", 17)]),
        ("指标体系由质量、效率等4个方面的指标构成。", "zh", []),
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


@pytest.mark.parametrize(
    ("text", "title", "found", "holds"),
    [
        ("The plan sets out five tasks.", "", 5, True),
        ("The plan sets out four tasks.", "", 4, True),  # those that are no safeguards
        ("The plan sets out nine tasks.", "", 5, False),
        ("A day later it rained.", "Nine tasks for the harbour", 5, False),
        ("We will take the following nine measures.", "", None, None),  # nobody knows which
        ("We will take the following five measures.", "", 5, True),
    ],
)
def test_a_count_that_is_not_of_the_whole_plan_is_undecided_and_not_failed(
    text: str, title: str, found: int | None, holds: bool | None
) -> None:
    areas = [Area(1, "", "Quays", "core", Span(500, 505)), Area(2, "", "Safeguards", "safeguard", Span(5000, 5010))]
    tasks = [make_task(0, 1000 + number) for number in range(4)] + [make_task(1, 5500)]
    (claim,) = check_claims(text, title=title, outline=(areas, tasks))
    assert (claim.found, claim.holds) == (found, holds)


@pytest.mark.parametrize(
    ("text", "found", "holds"),
    [
        ("The following two measures are new.", 2, True),
        ("The plan sets out three measures here.", 3, True),  # of the whole plan
        ("The plan sets out nine measures here.", None, None),  # in a section its scope is not decided
        ("The following four measures are new.", 4, True),  # of the task that they stand in
    ],
)
def test_a_count_within_a_section_is_compared_with_the_section_too(
    text: str, found: int | None, holds: bool | None
) -> None:
    areas = [Area(1, "", "Quays", "core", Span(0, 1)), Area(2, "", "Boats", "core", Span(5000, 5010))]
    parts = [make_task(0, 2, level=2, parent=0) for _ in range(4)]
    tasks = [make_task(0, 0), *parts, make_task(0, 3000), make_task(1, 5500)]
    (claim,) = check_claims(text, outline=(areas, tasks))
    assert (claim.found, claim.holds) == (found, holds)


def test_a_count_that_names_an_area_is_compared_with_that_area() -> None:
    areas = [
        Area(1, "", "Agency Actions", "core", Span(500, 505)),
        Area(2, "", "Shared Actions", "core", Span(800, 805)),
    ]
    tasks = [make_task(0, 600), make_task(0, 610), make_task(1, 900)]
    text = "The plan has three actions, of which two are Agency Actions and 2 are Shared Actions. Four Other Actions are not in it."
    claims = check_claims(text, outline=(areas, tasks))
    assert [(claim.stated, claim.found, claim.holds) for claim in claims] == [(3, 3, True), (2, 2, True), (2, 1, False)]
    text = "Six Shared Actions are identified."
    assert [(claim.found, claim.holds) for claim in check_claims(text, outline=(areas, tasks))] == [(1, False)]


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
