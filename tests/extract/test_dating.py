"""The days on which a text was published and signed."""

from __future__ import annotations

from datetime import date

import pytest

from extract.plan import Article
from extract.reader import read_plan

TASKS = "一、修建码头\n（一）加固堤岸。更换护栏。\n（二）清理航道。每年清淤一次。\n"


def read_article(text: str, media_type: str = "text/plain") -> Article:
    return read_plan(text.encode(), media_type, "").article


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("# Quay Plan\n\n## Digital\n\n1. Publish the register.\n2. Adopt the rules by 31 October 2026.\n3. Open it.\n", None),
        ("# Quay Plan\n\nBrussels, 10 December 2025\n\n1. Publish the register.\n2. Open it.\n", date(2025, 12, 10)),
        ("# Quay Plan\n\nBy Ann Lee | Updated: March 8, 2024 | Source: Bay News and Views of Eastmouth\n\n1. Build.\n", date(2024, 3, 8)),
        # Of a month the first day.
        ("# Quay Plan\n\nDECEMBER 2024\n\n1. Publish the register.\n", date(2024, 12, 1)),
        # An imprint at the end.
        ("# Quay Plan\n\n1. Publish the register.\n\n2. Open it.\n" + "\nThe text goes on.\n" * 20 + "\nLast updated: January 2025\n", date(2025, 1, 1)),
        # A month at the foot of each page.
        ("# Quay Plan\n\n" + "The text goes on.\n\n" * 20 + "The end is near.\n\nMAY 2014\n\n" * 3, date(2014, 5, 1)),
        # A month beside what else an imprint states.
        ("# Quay Plan\n\nVersion 1.2, March 2026\n\n1. Publish the register.\n", date(2026, 3, 1)),
        ("# Quay Plan\n\nNorthport | March 2026\n\n1. Publish the register.\n", date(2026, 3, 1)),
        ("# Quay Plan\n\n" + "The text goes on.\n\n" * 20 + "Published in March 2026 by the Office for Quays\n", date(2026, 3, 1)),
        # The only month that stands alone in a document; of several, none.
        ("# Quay Plan\n\n" + "The text goes on.\n\n" * 16 + "March 2026\n\n1. Publish the register.\n", date(2026, 3, 1)),
        ("# Quay Plan\n\n" + "The text goes on.\n\n" * 16 + "March 2026\n\nOpen it.\n\nMay 2026\n\nClose it.\n", None),
        ("# Quay Plan\n\nThe harbour office met on 3 May 2024 and spoke of many things that are to be done.\n", None),
    ],
)  # fmt: skip
def test_a_day_of_publication_needs_evidence(text: str, published: date | None) -> None:
    assert read_article(text, "text/markdown").published_date == published


def test_a_day_below_a_signature_is_not_that_of_publication() -> None:
    cover = "北港市交通局印发《关于码头建设的意见》的通知\n北交发〔2022〕87号\n各区政府：\n现将《关于码头建设的意见》印发给你们。\n北港市交通局\n2022年11月21日\n关于码头建设的意见\n"
    article = read_article(cover + TASKS)
    assert (article.published_date, article.signed_date) == (None, date(2022, 11, 21))
    assert article.document_number == "北交发〔2022〕87号"


@pytest.mark.parametrize("day", ["（2023 年4 月5 日）", "（2023年4月5日市政府会议通过）", "（二○二三年四月五日）"])
def test_a_day_in_brackets_below_the_title_is_when_the_text_was_passed(day: str) -> None:
    assert read_article(f"北港市码头整治方案\n{day}\n为整治码头，制定本方案。\n{TASKS}").signed_date == date(2023, 4, 5)


def test_a_day_of_signing_may_be_in_words() -> None:
    assert read_article(f"北港市码头整治方案\n{TASKS}北港市交通局\n二〇二三年四月五日\n").signed_date == date(
        2023, 4, 5
    )
    text = (
        "1. Open the register.\n\n2. Close it.\n\n"
        + "The text goes on.\n\n" * 16
        + "Executed this 5th day of April, 2023\n"
    )
    assert read_article(f"# Quay Order\n\n{text}", "text/markdown").signed_date == date(2023, 4, 5)


def test_a_number_in_brackets_with_a_gap_is_read() -> None:
    assert read_article(f"北港市码头整治方案\n（北交发〔2022〕87 号）\n{TASKS}").document_number == "北交发〔2022〕87号"
