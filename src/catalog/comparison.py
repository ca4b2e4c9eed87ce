"""What the script that compares two versions needs to know, as JSON in a language.

The tables and columns come from the schema, the verbs for changes from `publish.change_summary`, and the pattern of
cells that a spreadsheet would run from the CSV writer, so that the page and the releases say the same.
"""

from __future__ import annotations

from typing import Any

from catalog.changes import TABLE_ORDER
from catalog.rendering import load_words
from publish.change_summary import ALTERED, SINGULAR, VERBS
from publish.table_files import FORMULA
from transform.changes import ADDED, REMOVED, WHOLE_ROW
from transform.schema import TABLES, Column, TableSpec


def describe_comparison(lang: str) -> dict[str, Any]:
    """The compared tables with their columns, and the words of what can happen to their rows, in a language."""
    translate = load_words(lang).gettext
    return {
        "tables": [_describe_table(TABLES[name], lang) for name in TABLE_ORDER if TABLES[name].compared],
        "verbs": [*dict.fromkeys(VERBS.values()), ALTERED, ADDED, REMOVED],
        "changes": [column.name for column in TABLES["changes"].columns],
        "wholeRow": WHOLE_ROW,
        "formula": FORMULA,
        "kinds": {kind: translate(kind) for kind in (ADDED, REMOVED, ALTERED)},
    }


def _describe_table(table: TableSpec, lang: str) -> dict[str, Any]:
    translate = load_words(lang).gettext
    verbs = {name: VERBS.get((table.name, name), ALTERED) for name in table.content}
    return {
        "name": table.name,
        "title": translate(table.name),
        "identity": list(table.identity),
        "columns": [
            {"name": column.name, "title": translate(column.name), "words": _has_words(table, column)}
            for column in table.columns
            if column.compared
        ],
        "verbs": verbs,
        "counted": {verb: _make_count_texts(table.name, verb, lang) for verb in {*verbs.values(), ADDED, REMOVED}},
    }


def _make_count_texts(table: str, verb: str, lang: str) -> dict[str, str]:
    """The texts for a number of rows: for one, for several, and if the table was named before."""
    if lang == "en":
        singular = SINGULAR.get(table, table.removesuffix("s"))
        return {"one": f"{{n}} {singular} {verb}", "other": f"{{n}} {table} {verb}", "more": f"{{n}} {verb}"}
    translation = load_words(lang).gettext(f"%(number)s {table} {verb}") % {"number": "{n}"}
    return {"one": translation, "other": translation, "more": translation}


def _has_words(table: TableSpec, column: Column) -> bool:
    """Whether the changes of a column are shown word by word: it has text, and not ids, codes or addresses."""
    points = {*table.key, "source_id", "url", "language"}
    return column.type == "string" and not (column.enum or column.refers_to or column.name in points)
