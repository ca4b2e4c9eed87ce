from __future__ import annotations

import pytest

from extract.assignments import read_assignments, strip_responsibility
from extract.lexicon import LEXICONS


def read_bodies(text: str, language: str = "zh") -> list[tuple[str, str]]:
    lexicon = LEXICONS[language]
    assignments = read_assignments(text, lexicon, first_leads=bool(lexicon.first_leads.search(text)))
    return [(assignment.body, assignment.role) for assignment in assignments]


@pytest.mark.parametrize("text", ["完善负责制度。（见附件）", "建设公路（含桥梁、隧道）。"])
def test_other_brackets_name_no_body(text: str) -> None:
    assert read_bodies(text) == []


def test_the_first_body_leads_where_the_text_says_so() -> None:
    text = "建设公路。（交通局、水务局负责，排在第一位的部门为牵头部门，下同）"
    assert read_bodies(text) == [("交通局", "lead"), ("水务局", "support")]


def test_roles_stand_on_lines_of_their_own() -> None:
    assert read_bodies("建设公路。\n牵头单位：交通局\n配合单位：水务局、农业局") == [
        ("交通局", "lead"),
        ("水务局", "support"),
        ("农业局", "support"),
    ]
    assert read_bodies(
        "Build.\nLead agency: Harbour Office\nSupporting agencies: Town Works, and Coast Guard", "en"
    ) == [
        ("Harbour Office", "lead"),
        ("Town Works", "support"),
        ("Coast Guard", "support"),
    ]


def test_a_body_through_which_another_leads_has_no_role() -> None:
    text = "Build a pier. Led by the Harbour Office through the Pier Fund, with Town Works."
    assert read_bodies(text, "en") == [("Harbour Office", "lead")]


def test_a_body_that_is_not_named_is_not_added() -> None:
    assert read_bodies("Strengthen efforts to prevent and control air pollution.", "en") == []


def test_a_heading_loses_the_brackets_that_state_a_responsibility() -> None:
    assert strip_responsibility("建设公路（交通局负责）", LEXICONS["zh"]) == "建设公路"
    assert strip_responsibility("建设公路（二期）", LEXICONS["zh"]) == "建设公路（二期）"
