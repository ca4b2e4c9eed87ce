"""The data dictionary: every table and column of the schema, with the values of a first row as examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from config.text import shorten
from transform.arrow_tables import to_rows
from transform.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

MAX_EXAMPLE_LENGTH = 120


def describe_tables(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """The tables as the page shows them; a column of an empty table has no example."""
    return {"tables": [_describe_table(name, tables[name]) for name in TABLES]}


def _describe_table(name: str, table: pa.Table) -> dict[str, Any]:
    spec = TABLES[name]
    row: dict[str, Any] = next(iter(to_rows(table.slice(0, 1))), {})
    leads_to = {key.column: key.table for key in spec.foreign_keys}
    return {
        "name": name,
        "description": spec.description,
        "columns": [
            {
                "name": column.name,
                "key": column.name in spec.key,
                "type": column.type,
                "nullable": column.nullable,
                "enum": column.enum,
                "description": column.description,
                "leads_to": leads_to.get(column.name),
                "example": _format_example(row.get(column.name)),
            }
            for column in spec.columns
        ],
    }


def _format_example(value: Any) -> str:
    return "" if value is None else shorten(str(value), MAX_EXAMPLE_LENGTH)
