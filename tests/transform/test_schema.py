"""The schema describes every column, and the dictionary page is made from it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from tests.conftest import CHECKOUT
from transform.dictionary import render_dictionary
from transform.schema import TABLES, Column

if TYPE_CHECKING:
    from collections.abc import Callable

READ: dict[str, Callable[[str], object]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


def test_the_committed_page_is_the_one_that_the_schema_gives() -> None:
    page = (CHECKOUT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert page == render_dictionary(), "generate it again: python -m cli.reference docs"


def test_every_column_is_in_the_dictionary() -> None:
    page = render_dictionary()
    for spec in TABLES.values():
        section = page.partition(f"\n## {spec.name}\n")[2].partition("\n## ")[0]
        for column in spec.columns:
            assert f"{column.name}" in section
            assert column.description in section


@pytest.mark.parametrize(
    "column", [column for spec in TABLES.values() for column in spec.columns], ids=lambda c: c.name
)
def test_an_example_is_a_value_of_its_column(column: Column) -> None:
    assert column.example
    assert READ[column.type](column.example) is not None
    assert not column.enum or column.example in column.enum
