from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from extract.deadlines import Dating, complete_days, find_dating, resolve_day
from extract.lexicon import LEXICONS
from extract.plan import Article, Span, Task

EN, ZH = LEXICONS["en"], LEXICONS["zh"]
ARTICLE = Article(None, None, None, (), None, None, None, None, None, "zh")
TASK = Task(1, "1.", "Build", "Build", "core", 1, None, None, (), None, None, Span(10, 60), "")


@pytest.mark.parametrize(
    ("stated", "dating", "day"),
    [
        ("年底前", Dating(2025), date(2025, 12, 31)),
        ("6月底前", Dating(2025), date(2025, 6, 30)),
        ("明年6月底前", Dating(2025), date(2026, 6, 30)),
        ("2025年上半年", Dating(), date(2025, 6, 30)),
        ("6月上旬前", Dating(2025), None),
        ("6月底前", Dating(2025, date(2025, 9, 1)), None),
        ("6月底前", Dating(), None),
    ],
)
def test_the_year_of_a_day_is_that_of_the_document(stated: str, dating: Dating, day: date | None) -> None:
    assert resolve_day(stated, ZH, dating) == day


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ("Q2", date(2026, 6, 30)),
        ("2025 II half", date(2025, 12, 31)),
        ("first quarter of 2027", date(2027, 3, 31)),
        ("by the end of FY2026", None),
        ("2026", None),
        ("2026-2027", None),
    ],
)
def test_a_part_of_a_year_ends_with_its_last_day(stated: str, day: date | None) -> None:
    assert resolve_day(stated, EN, Dating(2026)) == day


def test_the_title_states_the_year_else_the_day_of_publication() -> None:
    published = replace(ARTICLE, published_date=date(2024, 12, 20))
    assert find_dating(published, "", ZH) == Dating(2024, date(2024, 12, 20))
    assert find_dating(replace(published, title="2025年工作要点"), "", ZH) == Dating(2025)
    assert find_dating(replace(published, title="行动计划（2025—2027年）"), "", ZH).year == 2024
    assert find_dating(replace(published, title="Plan 2025-2027"), "", EN).year == 2024


@pytest.mark.parametrize(
    ("others", "day"),
    [
        ("31/12/2026", date(2026, 4, 3)),
        ("12/31/2026", date(2026, 3, 4)),
        ("01/02/2026", None),
        ("31/12/2026 12/31/2026", None),
    ],
)
def test_numerals_are_a_day_only_if_the_document_shows_their_order(others: str, day: date | None) -> None:
    text = f"03/04/2026 {others}"
    task = replace(TASK, text="Build by 03/04/2026", deadline_stated="03/04/2026")
    (completed,), problems = complete_days([task], find_dating(ARTICLE, text, EN), EN)
    assert (completed.deadline, completed.deadline_stated) == (day, "03/04/2026")
    assert [(problem.message, problem.start) for problem in problems] == (
        [] if day else [("03/04/2026: which number is the day is not shown", 19)]
    )
