"""Each column of the schema has an example that is a value of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

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


@pytest.mark.parametrize(
    "column", [column for spec in TABLES.values() for column in spec.columns], ids=lambda c: c.name
)
def test_an_example_is_a_value_of_its_column(column: Column) -> None:
    assert column.example
    assert READ[column.type](column.example) is not None
    assert not column.enum or column.example in column.enum
