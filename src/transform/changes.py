"""Two versions of the tables in, what changed and the version number out.

The number follows the Data Package recipe: columns changed or a row gone → major; rows added → minor; cells
altered or metadata → patch; nothing → no release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from transform.schema import TABLES, Table
from transform.tables import Tables

WHOLE_ROW = "*"
FIRST_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class Change:
    """One row added or removed, or one cell altered; a line of the `changes` table."""

    table_name: str
    row_id: str
    change: str
    column_name: str
    before: str | None
    after: str | None


def changes_between(old: Tables | None, new: Tables) -> list[Change]:
    """What makes the content of `new` out of `old` (everything added where there is none), by table and row."""
    found: list[Change] = []
    for table in TABLES.values():
        if table.compared:
            before = content_rows(old[table.name].to_pylist(), table) if old and table.name in old else {}
            after = content_rows(new[table.name].to_pylist(), table)
            found.extend(_changes_in(table, before, after))
    return found


def content_rows(rows: list[dict[str, Any]], table: Table) -> dict[str, dict[str, str | None]]:
    """The compared cells of each row as text, by row id."""
    return {
        " ".join(str(row[part]) for part in table.identity): {name: as_text(row.get(name)) for name in table.content}
        for row in rows
    }


def as_text(value: object) -> str | None:
    """A cell as it is written in CSV."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def next_version(
    current: str | None, changes: Sequence[Change], *, columns_changed: bool, metadata_changed: bool = False
) -> str | None:
    """The version that the changes make, or None where nothing changed."""
    if current is None:
        return FIRST_VERSION
    major, minor, patch = map(int, current.split("."))
    kinds = {change.change for change in changes}
    if columns_changed or "removed" in kinds:
        return f"{major + 1}.0.0"
    if "added" in kinds:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}" if kinds or metadata_changed else None


def columns_differ(old: Tables | None, new: Tables) -> bool:
    """Whether a table or column came, went or changed its type."""
    return old is not None and {name: _columns(table) for name, table in old.items()} != {
        name: _columns(table) for name, table in new.items()
    }


def content_hash(tables: Tables) -> str:
    """SHA-256 over the canonical rows: the compared cells of all compared tables as JSON, sorted by row id.

    Equal content gives an equal hash whatever libraries wrote the files.
    """
    digest = hashlib.sha256()
    for table in TABLES.values():
        if table.compared:
            for row_id, row in sorted(content_rows(tables[table.name].to_pylist(), table).items()):
                digest.update(_json([table.name, row_id, row]).encode() + b"\n")
    return digest.hexdigest()


def _changes_in(
    table: Table, before: Mapping[str, dict[str, str | None]], after: Mapping[str, dict[str, str | None]]
) -> Iterator[Change]:
    for row_id, row in before.items():
        if row_id not in after:
            yield Change(table.name, row_id, "removed", WHOLE_ROW, _json(row), None)
    for row_id, row in after.items():
        if row_id not in before:
            yield Change(table.name, row_id, "added", WHOLE_ROW, None, _json(row))
            continue
        for name, value in row.items():
            earlier = before[row_id].get(name)
            if earlier != value:
                yield Change(table.name, row_id, "altered", name, earlier, value)


def _columns(table: Any) -> list[tuple[str, str]]:
    return [(field.name, str(field.type)) for field in table.schema]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
