"""The difference of two versions' files is that of their tables, wherever the files are cut into groups and batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publish import release_diff as module
from publish.release_diff import compare_files
from tests.transform.plans import PLAN, after, announced, dataset
from transform.arrow_tables import Tables, sort_by_key, to_table
from transform.changes import find_changes
from transform.draft import draft_release
from transform.schema import TABLES

IDS = st.sampled_from([f"d/t{number:02d}" for number in range(20)])
ROWS = st.dictionaries(st.tuples(IDS, st.sampled_from("abc")), st.sampled_from(["x", "y"]))


def files(tables: Tables, folder: Path, name: str, group_rows: int = 131_072) -> dict[str, Path]:
    paths = {table: folder / f"{name}-{table}.parquet" for table in tables}
    for table, path in paths.items():
        pq.write_table(tables[table], path, row_group_size=group_rows)
    return paths


def assignments(rows: dict[tuple[str, str], str]) -> Tables:
    listed = [
        {"task_id": task_id, "body_id": body_id, "role": "lead", "stated_as": words}
        for (task_id, body_id), words in rows.items()
    ]
    return {"assignments": sort_by_key(to_table("assignments", listed), TABLES["assignments"])}


@settings(deadline=None)  # it writes files, and a disk may be busy
@given(ROWS, ROWS, st.integers(1, 9), st.integers(1, 9))
def test_rows_are_compared_with_those_of_the_same_key_however_the_files_are_cut(
    tmp_path_factory: pytest.TempPathFactory, old: Any, new: Any, group_rows: int, batch_rows: int
) -> None:
    folder = tmp_path_factory.mktemp("versions")
    before, now = assignments(old), assignments(new)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_ROWS", batch_rows)
        changes = compare_files(files(before, folder, "old", group_rows), files(now, folder, "new", 10 - group_rows))
    assert changes.to_pylist() == find_changes(before, now).to_pylist()


def test_all_tables_of_a_release_are_compared(tmp_path: Path) -> None:
    old = draft_release(dataset(), [announced(), announced(PLAN[:1], source_id="villages")])
    new = after(old, announced(PLAN[1:]), announced(source_id="islands"))
    changes = compare_files(files(old.tables, tmp_path, "old"), files(new.tables, tmp_path, "new"))
    assert changes.num_rows > 10
    assert changes.to_pylist() == new.tables["changes"].to_pylist()


@pytest.mark.parametrize("missing", ["claims", "captures"])
def test_a_table_that_one_version_lacks_is_empty_there(tmp_path: Path, missing: str) -> None:
    tables = draft_release(dataset(), [announced()]).tables
    whole = files(tables, tmp_path, "whole")
    less = {name: path for name, path in whole.items() if name != missing}
    for versions, change in (((less, whole), "added"), ((whole, less), "removed")):
        changes = compare_files(*versions)
        assert set(zip(*(changes[name].to_pylist() for name in ("table_name", "change")), strict=True)) == {
            (missing, change)
        }


def test_a_column_that_one_version_lacks_is_empty_there(tmp_path: Path) -> None:
    tables = {"documents": draft_release(dataset(), [announced()]).tables["documents"]}
    before = {"documents": tables["documents"].drop_columns(["title"])}
    changes = compare_files(files(before, tmp_path, "old"), files(tables, tmp_path, "new"))
    assert [(row["column_name"], row["before"]) for row in changes.to_pylist()] == [("title", None)]
    assert isinstance(changes, pa.Table)
