from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transform.plans import PLAN, announced, dataset
from transform.arrow_tables import Tables, to_table
from transform.changes import Change, derive_version, find_changes, iterate_changes, list_kinds
from transform.content import hash_content, select_content
from transform.draft import draft_release
from transform.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa


@pytest.mark.parametrize(
    ("current", "kinds", "columns_changed", "version"),
    [
        (None, [], False, "1.0.0"),
        ("1.2.3", [], False, None),
        ("1.2.3", ["altered"], False, "1.2.4"),
        ("1.2.3", ["altered", "added"], False, "1.3.0"),
        ("1.2.3", ["added", "removed"], False, "2.0.0"),
        ("1.9.9", [], True, "2.0.0"),
        ("1.9.9", ["altered"], False, "1.9.10"),
    ],
)
def test_the_version_follows_from_what_changed(
    current: str | None, kinds: list[str], columns_changed: bool, version: str | None
) -> None:
    assert derive_version(current, kinds, columns_changed=columns_changed) == version


def test_the_content_hash_knows_content_from_provenance() -> None:
    one, again = (draft_release(dataset(), [announced()]) for _ in range(2))
    other = draft_release(dataset(), [announced(PLAN[:1])])
    assert one.content_hash == again.content_hash == hash_content(one.tables)
    assert one.content_hash != other.content_hash


def applied(old: dict[str, dict[str, Any]], changes: list[Change]) -> dict[str, dict[str, Any]]:
    """The rows of `tasks` by id, after the changes."""
    rows = {row_id: dict(row) for row_id, row in old.items()}
    for one in changes:
        if one.change == "added":
            rows[one.row_id] = json.loads(one.after or "")
        elif one.change == "removed":
            assert rows.pop(one.row_id) == json.loads(one.before or "")
        else:
            assert rows[one.row_id][one.column_name] == one.before
            rows[one.row_id][one.column_name] = one.after
    return rows


def content_rows(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["task_id"]: row for row in select_content(table, TABLES["tasks"]).to_pylist()}


TEXTS = st.text(min_size=1, max_size=8)
ROWS = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(TEXTS, TEXTS, st.none() | TEXTS, st.integers(0, 9)), max_size=5
)


def task_table(rows: dict[str, tuple[str, str, str | None, int]]) -> Tables:
    listed = [
        {column.name: None for column in TABLES["tasks"].columns}
        | {
            "task_id": row_id,
            "document_id": "d",
            "text": text,
            "label": label,
            "deadline_stated": deadline,
            "ordinal": ordinal,
        }
        for row_id, (text, label, deadline, ordinal) in rows.items()
    ]
    empty = {name: to_table(name, []) for name, table in TABLES.items() if table.compared}
    return empty | {"tasks": to_table("tasks", listed)}


@given(ROWS, ROWS)
def test_old_rows_and_their_changes_make_the_new_rows(old: Any, new: Any) -> None:
    before, after = task_table(old), task_table(new)
    changes = list(iterate_changes(find_changes(before, after)))
    content = [content_rows(tables["tasks"]) for tables in (before, after)]
    assert applied(content[0], changes) == content[1]
    assert bool(changes) == (hash_content(before) != hash_content(after))


@given(ROWS, ROWS)
def test_versions_only_rise(old: Any, new: Any) -> None:
    kinds = list_kinds(find_changes(task_table(old), task_table(new)))
    version = derive_version("1.2.3", kinds, columns_changed=False)
    assert version is None if not kinds else version is not None and version.split(".") > ["1", "2", "3"]
