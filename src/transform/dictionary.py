"""The data dictionary as a Markdown page: every table and column of `transform.schema`, with an example value."""

from __future__ import annotations

from transform.schema import SCHEMA_VERSION, TABLES, Column, TableSpec

INTRODUCTION = f"""\
# Data dictionary

The tables and columns of every release, schema version {SCHEMA_VERSION}. Key columns are in **bold**. Columns marked
*compared* are compared with the previous version and decide its number; the others say where and when something was
found, or follow from other columns.

`make docs` generates this page from `src/transform/schema.py`.
"""
HEAD = """\
| column | type | may be empty | compared | description | example |
| --- | --- | --- | --- | --- | --- |
"""


def render_dictionary() -> str:
    """The page as Markdown: one section per table, in the order of the schema."""
    return "\n".join([INTRODUCTION, *map(_render_table, TABLES.values())])


def _render_table(spec: TableSpec) -> str:
    rows = "".join(_render_column(spec, column) for column in spec.columns)
    return f"## {spec.name}\n\n{spec.description}\n\n{HEAD}{rows}"


def _render_column(spec: TableSpec, column: Column) -> str:
    sentences = [
        column.description,
        *([f"One of: {', '.join(column.enum)}."] if column.enum else []),
        *([f"Refers to [{column.refers_to}](#{column.refers_to})."] if column.refers_to else []),
    ]
    cells = (
        f"**{column.name}**" if column.name in spec.key else column.name,
        column.type,
        "yes" if column.nullable else "no",
        "yes" if spec.compared and column.compared else "no",
        " ".join(sentences).replace("|", r"\|"),
        f"`{column.example}`",
    )
    return f"| {' | '.join(cells)} |\n"
