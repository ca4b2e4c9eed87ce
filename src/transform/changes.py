"""Compares two versions of the tables: the changes, and the version number that they make.

The number follows the recommendation of the Data Package standard:

    a column added, removed or of another type; a row removed   major    1.4.2 → 2.0.0
    a row added                                                 minor    1.4.2 → 1.5.0
    a cell or the metadata altered                              patch    1.4.2 → 1.4.3
    nothing                                                     no release
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transform.arrow_tables import Tables, build_row_ids, select_rows, sort_by_key, take_rows, to_array, to_table
from transform.content import as_text, get_cells, select_content
from transform.schema import TABLES, TableSpec, build_arrow_schema

WHOLE_ROW = "*"
FIRST_VERSION = "1.0.0"
JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
ADDED, REMOVED, ALTERED = "added", "removed", "altered"


@dataclass(frozen=True, slots=True)
class Change:
    """One row added or removed, or one cell altered: a row of the `changes` table."""

    table_name: str
    row_id: str
    change: str
    column_name: str
    before: str | None
    after: str | None


def find_changes(old: Tables, new: Tables) -> pa.Table:
    """The changes that turn the content of `old` into that of `new`, as a `changes` table sorted by key.

    Only tables in `new` are compared. A table or column missing from `old` counts as empty.
    """
    parts = [
        part
        for spec in TABLES.values()
        if spec.compared and spec.name in new
        for part in _find_table_changes(spec, old.get(spec.name), new[spec.name])
    ]
    return sort_by_key(pa.concat_tables([to_table("changes", []), *parts]), TABLES["changes"])


def iterate_changes(changes: pa.Table) -> Iterator[Change]:
    """The rows of a `changes` table, in its order."""
    for batch in changes.to_batches(max_chunksize=10_000):
        yield from (Change(**row) for row in batch.to_pylist())


def list_kinds(changes: pa.Table) -> set[str]:
    """The kinds of change in a `changes` table: `added`, `removed`, `altered`."""
    return set(pc.unique(changes["change"]).to_pylist())


def derive_version(
    highest: str | None, kinds: Iterable[str], *, columns_changed: bool, metadata_changed: bool = False
) -> str | None:
    """The version number that changes of these kinds make; None if nothing changed.

    It follows on `highest`, the highest number ever given, withdrawn or not: no number is used twice. A dataset
    without one gets 1.0.0.
    """
    if highest is None:
        return FIRST_VERSION
    major, minor, patch = map(int, highest.split("."))
    present = set(kinds)
    if columns_changed or REMOVED in present:
        return f"{major + 1}.0.0"
    if ADDED in present:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}" if present or metadata_changed else None


def have_different_columns(old: Tables, new: Tables) -> bool:
    """Whether a table or column was added, removed or changed its type."""
    return _describe_columns(old) != _describe_columns(new)


def _describe_columns(tables: Tables) -> Mapping[str, list[tuple[str, str]]]:
    return {name: [(field.name, str(field.type)) for field in table.schema] for name, table in tables.items()}


def _find_table_changes(spec: TableSpec, old: pa.Table | None, new: pa.Table) -> Iterator[pa.Table]:
    """The changes of one table: removed rows, added rows, then the altered cells of rows that are in both."""
    old = old if old is not None else new.slice(0, 0)
    before, after = build_row_ids(old, spec), build_row_ids(new, spec)
    is_removed = pc.invert(pc.is_in(before, value_set=after))
    yield _record_whole_rows(spec, REMOVED, before.filter(is_removed), select_content(old.filter(is_removed), spec))
    positions = pc.index_in(after, value_set=before)
    is_kept = positions.is_valid()
    is_added = pc.invert(is_kept)
    yield _record_whole_rows(spec, ADDED, after.filter(is_added), select_content(new.filter(is_added), spec))
    old_rows, new_rows = take_rows(old, positions.filter(is_kept)), select_rows(new, is_kept)
    yield from _find_altered_cells(spec, after.filter(is_kept), old_rows, new_rows)


def _find_altered_cells(spec: TableSpec, ids: pa.ChunkedArray, before: pa.Table, after: pa.Table) -> Iterator[pa.Table]:
    """The cells that differ between two tables with the same rows in the same order."""
    for name in spec.content:
        old, new = get_cells(before, name), get_cells(after, name)
        if old.type != new.type:
            old, new = as_text(old), as_text(new)
        if old.equals(new):
            continue
        is_same = pc.or_kleene(pc.equal(old, new), pc.and_(old.is_null(), new.is_null()))
        is_altered = pc.or_kleene(pc.invert(is_same), is_same.is_null())  # null if only one side is null
        yield _make_change_rows(
            (spec.name, ALTERED, name),
            ids.filter(is_altered),
            as_text(old.filter(is_altered)),
            as_text(new.filter(is_altered)),
        )


def _record_whole_rows(spec: TableSpec, change: str, ids: pa.ChunkedArray, content: pa.Table) -> pa.Table:
    """Rows of `changes` for added or removed rows, with their content as JSON."""
    batches = content.to_batches(max_chunksize=10_000)
    rows_as_json = pa.chunked_array([to_array([]), *(to_array(map(JSON, batch.to_pylist())) for batch in batches)])
    nulls = pa.nulls(len(ids), pa.string())
    before, after = (rows_as_json, nulls) if change == REMOVED else (nulls, rows_as_json)
    return _make_change_rows((spec.name, change, WHOLE_ROW), ids, before, after)


def _make_change_rows(labels: tuple[str, str, str], ids: Any, before: Any, after: Any) -> pa.Table:
    """Rows of `changes`; `labels` are the table's name, the change and the column's name of all of them."""
    table_name, change, column_name = (pa.repeat(words, len(ids)) for words in to_array(labels))
    return pa.Table.from_arrays(
        [table_name, ids, change, column_name, before, after], schema=build_arrow_schema(TABLES["changes"])
    )
