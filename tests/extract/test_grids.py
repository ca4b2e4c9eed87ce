from __future__ import annotations

import pytest

from extract.grids import Titles, find_grids, match_rows, read_card, read_row_assignments, read_row_deadline
from extract.lexicon import LEXICONS
from extract.reading.blocks import ROW, Block

EN, ZH = LEXICONS["en"], LEXICONS["zh"]


def make_rows(*rows: tuple[str, ...]) -> list[Block]:
    return [Block(" | ".join(cells), 100 * at, ROW, cells=cells, table=1) for at, cells in enumerate(rows)]


def read_numbers(*rows: tuple[str, ...], ordinals: tuple[int, ...]) -> list[list[str]]:
    (grid,) = find_grids(make_rows(("序号", "事项", "责任单位"), *rows), ZH)
    titles = Titles([f"任务{ordinal}" for ordinal in ordinals], ordinals)
    return [[row.cells[2] for row in rows_of] for rows_of in match_rows(grid, titles)]


def test_a_table_that_repeats_its_head_and_has_no_other_row_is_none() -> None:
    head = ("Task", "Lead", "Deadline")
    assert find_grids(make_rows(head, head), EN) == []
    (grid,) = find_grids(make_rows(head, head, ("Build", "Port", "Q2")), EN)
    assert [row.cells[0] for row in grid.rows] == ["Build"]


def test_a_head_of_two_rows_names_its_columns_in_the_last() -> None:
    rows = make_rows(("Task", "Responsible", "Responsible"), ("Task", "Lead", "Support"), ("Build", "Port", "Navy"))
    (grid,) = find_grids(rows, EN)
    assert [row.cells[0] for row in grid.rows] == ["Build"]
    found = read_row_assignments(grid, grid.rows, EN)
    assert [(each.body, each.role) for each in found] == [("Port", "lead"), ("Navy", "support")]


@pytest.mark.parametrize(
    "rows",
    [
        (("Lead agency", "Port"), ("Supporting actors", "Navy"), ("Timeline", "June 2026"), ("About", "A pier.")),
        (("Lead agency", "Port", "Supporting actors", "Navy"), ("Timeline", "June 2026", "Cost", "2 million")),
    ],
)
def test_names_before_their_values_make_a_card(rows: tuple[tuple[str, ...], ...]) -> None:
    (grid,) = find_grids(make_rows(*rows), EN)
    found = read_row_assignments(grid, grid.rows, EN)
    assert [(each.body, each.role) for each in found] == [("Port", "lead"), ("Navy", "support")]
    assert read_row_deadline(grid, grid.rows, EN).stated == "June 2026"


@pytest.mark.parametrize(
    "rows",
    [
        (("Lead", "Support"), ("Port", "Navy"), ("Port", "Army")),
        (("Task", "Lead"), ("Build", "Port"), ("Lead", "Navy")),
        (("Action", "Build"), ("Cost", "2 million")),
    ],
)
def test_other_tables_are_no_card(rows: tuple[tuple[str, ...], ...]) -> None:
    assert read_card(make_rows(*rows), EN) is None


def test_rows_are_joined_to_tasks_by_number() -> None:
    assert read_numbers(("2", "架桥", "水务局"), ("1", "修路", "交通局"), ordinals=(1, 2)) == [["交通局"], ["水务局"]]


def test_rows_are_not_joined_to_tasks_by_position() -> None:
    assert read_numbers(("1", "修路", "交通局"), ("2", "架桥", "水务局"), ordinals=(3, 4)) == [[], []]
    assert read_numbers(("1", "修路", "交通局"), ("2", "架桥", "水务局"), ordinals=(1, 1)) == [[], []]


def test_bodies_of_a_row_stand_in_the_order_of_its_columns() -> None:
    rows = make_rows(("任务", "责任单位", "牵头单位"), ("修路", "交通局、水务局", "市政府"))
    (grid,) = find_grids(rows, ZH)
    assignments = read_row_assignments(grid, grid.rows, ZH)
    assert [(assignment.body, assignment.role) for assignment in assignments] == [
        ("交通局", "support"),
        ("水务局", "support"),
        ("市政府", "lead"),
    ]


def test_a_quarter_in_the_column_of_deadlines_is_one() -> None:
    (grid,) = find_grids(make_rows(("Program / Action", "Due"), ("Build", "Q2"), ("Open", "ongoing")), EN)
    assert [read_row_deadline(grid, [row], EN).stated for row in grid.rows] == ["Q2", None]
