"""One identity for a body: spellings, short names, places, and what a document explains itself."""

from __future__ import annotations

import pytest

from transform.aliases import LOCAL, NATIONAL
from transform.bodies import find_place, identify_body, read_abbreviations

CITY = "重庆市"
# Names that mean one body each, with the place whose plan they stand in.
ONE_BODY = [
    [("市发展改革委", CITY), ("市发展和改革委员会", CITY), ("市发改委", CITY), ("重庆市发展和改革委员会", None)],
    [
        ("NDRC", None),
        ("National Development and Reform Commission", None),
        ("国家发展改革委", CITY),
        ("发展改革委", "中国"),
    ],
    [("市市场监管局", CITY), ("市场监管局", CITY), ("市市场监督管理局", CITY)],
    [("财政部", CITY), ("财政部", None), ("Ministry of Finance", None)],
    [("各区县人民政府", CITY), ("各区县政府", CITY)],
    [("市卫生健康委", "广州市"), ("广州市卫健委", CITY)],
    [("Department of Trade (DOT)", None), ("the Department of Trade", None)],
    [("办公厅", "中国"), ("国务院办公厅", None)],
]
OTHER_BODIES = [
    (("市发展改革委", "重庆市"), ("市发展改革委", "成都市")),
    (("市发展改革委", "重庆市"), ("国家发展改革委", "重庆市")),
    (("市财政局", "渝北区"), ("区财政局", "渝北区")),
    (("市场监管局", "重庆市"), ("市场监管总局", "重庆市")),
    (("Municipal Bureau of Finance", "Northport"), ("Municipal Bureau of Finance", "Saltby")),
    (("教育局", "重庆市"), ("教育部", "重庆市")),
]


@pytest.mark.parametrize("names", ONE_BODY, ids=lambda names: names[0][0])
def test_names_of_one_body_have_one_key(names: list[tuple[str, str | None]]) -> None:
    assert len({identify_body(name, place, "doc").key for name, place in names}) == 1


@pytest.mark.parametrize(("one", "other"), OTHER_BODIES, ids=lambda pair: pair[0])
def test_bodies_that_differ_have_other_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert identify_body(*one, "doc").key != identify_body(*other, "doc").key


def test_a_short_name_in_a_document_of_no_known_place_means_no_other_documents_body() -> None:
    assert identify_body("市财政局", None, "one").key == identify_body("市财政局", None, "one").key
    assert identify_body("市财政局", None, "one").key != identify_body("市财政局", None, "two").key
    assert identify_body("财政部", None, "one").key == identify_body("财政部", None, "two").key


@pytest.mark.parametrize(
    ("stated", "place", "name"),
    [
        ("市发改委", CITY, "重庆市发展和改革委员会"),
        ("NDRC", None, "National Development and Reform Commission"),
        ("体育总局", "中国", "国家体育总局"),
        ("Department of Trade (DOT)", None, "Department of Trade"),
        ("Office of Harbours", None, "Office of Harbours"),
    ],
)
def test_a_body_is_called_by_its_name_in_full_where_it_is_known(stated: str, place: str | None, name: str) -> None:
    assert identify_body(stated, place, "doc").name == name


def test_what_a_document_explains_is_known_in_it() -> None:
    own = read_abbreviations(["Department of Trade (DOT)", "the mayor", "Office (of the Harbour)"])
    assert own == {"dot": "Department of Trade"}
    assert identify_body("DOT", None, "doc", own).key == identify_body("Department of Trade", None, "doc").key


@pytest.mark.parametrize(
    ("issuers", "titles", "place"),
    [
        (["重庆市人民政府办公厅"], [], "重庆市"),
        (["国务院办公厅"], [], "中国"),
        ([], [None, "四川省人民政府关于印发规划的通知"], "四川省"),
        ([], ["交通运输部：着力打造立体交通"], None),
        ([], ["Harbour Towns to Share Ferries"], None),
    ],
)
def test_the_place_is_that_of_the_issuer_or_of_the_title(
    issuers: list[str], titles: list[str | None], place: str | None
) -> None:
    assert find_place(issuers, titles) == place


def test_no_name_in_the_table_of_aliases_stands_for_two_bodies() -> None:
    for table in (NATIONAL, LOCAL):
        names = [name.casefold() for row in table for name in row]
        assert len(names) == len(set(names))


def test_every_name_of_a_row_has_the_rows_key() -> None:
    for row in NATIONAL:
        assert len({identify_body(name, None, "doc").key for name in row}) == 1, row
    for row in LOCAL:
        assert len({identify_body(f"市{name}", CITY, "doc").key for name in row}) == 1, row
