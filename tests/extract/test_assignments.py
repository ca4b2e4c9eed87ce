from __future__ import annotations

import pytest

from extract.assignments import read_assignments, read_lead_in, strip_responsibility
from extract.lexicon import LEXICONS


def read_bodies(text: str, language: str = "zh") -> list[tuple[str, str]]:
    lexicon = LEXICONS[language]
    assignments = read_assignments(
        text,
        lexicon,
        first_leads=bool(lexicon.first_leads.search(text)),
        leads_before_comma=bool(lexicon.leads_before_comma.search(text)),
    )
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


def test_a_body_that_leads_by_one_sentence_does_not_support_by_another() -> None:
    text = "Set a baseline. The Harbour Office will write it.\nResponsible agency: Harbour Office\nContributing bodies: Town Works"
    assert read_bodies(text, "en") == [("Harbour Office", "lead"), ("Town Works", "support")]


def test_offices_within_an_authority_are_bodies() -> None:
    assert read_bodies("加强教师队伍建设。（人事股、基教科、各学校）") == [
        ("人事股", "responsible"),
        ("基教科", "responsible"),
        ("各学校", "responsible"),
    ]


def lead(*names: str) -> list[tuple[str, str]]:
    return [(name, "lead") for name in names]


def support(*names: str) -> list[tuple[str, str]]:
    return [(name, "support") for name in names]


@pytest.mark.parametrize(
    ("clause", "bodies"),
    [
        ("（交通局牵头，水务局、农业局按职责分工负责）", [*lead("交通局"), *support("水务局", "农业局")]),
        ("（交通局牵头，水务局负责）", [*lead("交通局"), *support("水务局")]),
        ("（交通局牵头，水务局配合，各区（县）政府落实）", [*lead("交通局"), *support("水务局", "各区（县）政府")]),
        ("（交通局、水务局联合牵头，农业局配合）", [*lead("交通局", "水务局"), *support("农业局")]),
        ("（交通局和水务局共同牵头）", lead("交通局", "水务局")),
        ("（交通局牵头并按职责分工负责，各区落实）", [*lead("交通局"), *support("各区")]),
        ("〔牵头考核单位：交通局；配合单位：水务局、农业局〕", [*lead("交通局"), *support("水务局", "农业局")]),
        ("（主要牵头单位：交通局，责任单位：水务局，完成时限：2025年6月）", [*lead("交通局"), *support("水务局")]),
        ("（责任领导：张三；责任单位：交通局）", [("交通局", "responsible")]),
        ("（交通局会同有关部门负责）", lead("交通局")),
        ("（交通局会同水务局等部门负责）", [*lead("交通局"), *support("水务局")]),
        ("（交通局牵头，有关部门按职责分工负责）", [*lead("交通局"), *support("有关部门")]),
        ("（市就业指导中心牵头，市职业技能负责人协会配合）", [*lead("市就业指导中心"), *support("市职业技能负责人协会")]),
        ("（交通\n局牵头，水务局配\n合）", [*lead("交通局"), *support("水务局")]),
        ("（交通局牵头，各市（州）、县（市、区）人民政府配合）", [*lead("交通局"), *support("各市（州）、县（市、区）人民政府")]),
        ("（交通局牵头，水务局配合）（2）架桥。（农业局负责）", [*lead("交通局"), *support("水务局"), *lead("农业局")]),
        ("（责任单位：交通局，水务局、农业局；逗号前为牵头单位）", [*lead("交通局"), *support("水务局", "农业局")]),
        ("发挥市交通局牵头作用，加快建设。", lead("市交通局")),
        ("（牵头单位：交通局\n配合单位：水务局）", [*lead("交通局"), *support("水务局")]),
        ("牵头部门：交通局　　配合部门：水务局", [*lead("交通局"), *support("水务局")]),
        ("（牵头市领导：张三；牵头单位：交通局）", lead("交通局")),
        ("由市交通局负责，市水务局配合。", [*lead("市交通局"), *support("市水务局")]),
        ("（以下简称领导小组办公室）", []),
        ("（鼓励企业参与，加快推进）", []),
    ],
)  # fmt: skip
def test_a_clause_gives_each_body_its_role(clause: str, bodies: list[tuple[str, str]]) -> None:
    assert read_bodies(f"建设公路。{clause}") == bodies


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("The Ministry of Works will put up railings.", lead("Ministry of Works")),
        ("The Department shall put up railings.", lead("Department")),
        ("This summer, the Coast Guard and the Red Crescent will visit schools.", lead("Coast Guard", "Red Crescent")),
        ("The Pier Office, the Town Board and the Minister shall report.", lead("Pier Office", "Town Board", "Minister")),
        ("Within 90 days of this order, the Secretary of Works and Harbours shall report.", lead("Secretary of Works and Harbours")),
        ("The Office of Piers, in coordination with the Coast Guard (CG), will report.", [*lead("Office of Piers"), *support("Coast Guard")]),
        ("The Office of Piers will work with the Coast Guard to open piers.", [*lead("Office of Piers"), *support("Coast Guard")]),
        ("The Pier Council and Lake Category Team will report.", lead("Pier Council", "Lake Category Team")),
        ("The Council on Sports, Boats, and Lakes will report.", lead("Council on Sports, Boats, and Lakes")),
        ("The Minister and/or the Department shall report.", lead("Minister", "Department")),
        ("Open piers. Each agency shall report.", lead("Each agency")),
        ("The National Harbour Plan will be long. The boats are old.", []),
        ("The National Harbour Plan will open piers.", []),
        ("Services must be made accessible.", []),
        ("Departments will open piers.", []),
        ("The Council shall be heard.", []),
    ],
)  # fmt: skip
def test_the_subject_of_a_sentence_leads(text: str, bodies: list[tuple[str, str]]) -> None:
    assert read_bodies(text, "en") == bodies


def test_a_line_leads_in_what_its_subject_shall_do() -> None:
    assignments = read_lead_in("Much is to be done. The Coast Guard is responsible for the following:", LEXICONS["en"])
    assert [(assignment.body, assignment.role) for assignment in assignments] == lead("Coast Guard")
    assert not read_lead_in("The Coast Guard is responsible for piers.", LEXICONS["en"])


def test_a_body_through_which_another_leads_has_no_role() -> None:
    text = "Build a pier. Led by the Harbour Office through the Pier Fund, with Town Works."
    assert read_bodies(text, "en") == [("Harbour Office", "lead")]


def test_a_body_that_is_not_named_is_not_added() -> None:
    assert read_bodies("Strengthen efforts to prevent and control air pollution.", "en") == []


def test_a_heading_loses_the_brackets_that_state_a_responsibility() -> None:
    assert strip_responsibility("建设公路（交通局负责）", LEXICONS["zh"]) == "建设公路"
    assert strip_responsibility("公路（牵头单位：交通局；目标：前5名）", LEXICONS["zh"]) == "公路"
    assert strip_responsibility("建设公路（二期）", LEXICONS["zh"]) == "建设公路（二期）"
