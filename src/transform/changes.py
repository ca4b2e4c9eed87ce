"""Two versions of the tables in, what changed and the version number out.

The number follows the Data Package recipe: columns changed or a row gone → major; rows added → minor; cells altered or
metadata → patch; nothing → no release.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transform.arrow_tables import Tables, build_row_ids, select_rows, sort_by_key, take_rows, to_table
from transform.content import as_text, content_of, get_cells
from transform.schema import TABLES, TableSpec, build_arrow_schema

WHOLE_ROW = "*"
FIRST_VERSION = "1.0.0"
JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
ADDED, REMOVED, ALTERED = "added", "removed", "altered"


@dataclass(frozen=True, slots=True)
class Change:
    """One row added or removed, or one cell altered; a line of the `changes` table."""

    table_name: str
    row_id: str
    change: str
    column_name: str
    before: str | None
    after: str | None


def find_changes(old: Tables, new: Tables) -> pa.Table:
    """What makes the content of `new` out of `old`, as a `changes` table sorted by key.

    A table or column that one of them lacks is empty there.
    """
    parts = [
        part
        for spec in TABLES.values()
        if spec.compared and spec.name in new
        for part in _find_table_changes(spec, old.get(spec.name), new[spec.name])
    ]
    return sort_by_key(pa.concat_tables([to_table("changes", []), *parts]), TABLES["changes"])


def iterate_changes(changes: pa.Table) -> Iterator[Change]:
    """The rows of a `changes` table, one after the other."""
    for batch in changes.to_batches(max_chunksize=10_000):
        yield from (Change(**row) for row in batch.to_pylist())


def kinds_of(changes: pa.Table) -> set[str]:
    """Which kinds of change there are."""
    return set(pc.unique(changes["change"]).to_pylist())


def derive_version(
    highest: str | None, kinds: Iterable[str], *, columns_changed: bool, metadata_changed: bool = False
) -> str | None:
    """The version that changes of these kinds make, or None where nothing changed.

    It counts from the highest number that was ever given, withdrawn or not: a number is never used twice.
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
    """Whether a table or column came, went or changed its type."""
    return _describe_columns(old) != _describe_columns(new)


def _describe_columns(tables: Tables) -> Mapping[str, list[tuple[str, str]]]:
    return {name: [(field.name, str(field.type)) for field in table.schema] for name, table in tables.items()}


def _find_table_changes(spec: TableSpec, old: pa.Table | None, new: pa.Table) -> Iterator[pa.Table]:
    old = old if old is not None else new.slice(0, 0)
    before, after = build_row_ids(old, spec), build_row_ids(new, spec)
    if before.equals(after):
        yield from _find_altered_cells(spec, before, old, new)
        return
    positions = pc.index_in(after, before)
    is_kept = positions.is_valid()
    is_removed = _mark_removed(before, after, positions)
    yield _record_whole_rows(spec, REMOVED, before.filter(is_removed), content_of(old.filter(is_removed), spec))
    is_added = pc.invert(is_kept)
    yield _record_whole_rows(spec, ADDED, after.filter(is_added), content_of(new.filter(is_added), spec))
    yield from _find_altered_cells(
        spec,
        after.filter(is_kept),
        _take_kept_rows(old, positions.filter(is_kept), is_removed),
        select_rows(new, is_kept),
    )


def _take_kept_rows(old: pa.Table, positions: pa.ChunkedArray, is_removed: pa.ChunkedArray) -> pa.Table:
    """The rows at these places: mostly all that are not gone, in the order in which they are."""
    import numpy as np

    if len(positions) == old.num_rows - is_removed.to_numpy().sum() and (np.diff(positions.to_numpy()) > 0).all():
        return select_rows(old, pc.invert(is_removed))
    return take_rows(old, positions)


def _mark_removed(before: pa.ChunkedArray, after: pa.ChunkedArray, positions: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which ids are no longer there; `places` are those in `before` of the ids of `after`."""
    import numpy as np

    is_matched = np.zeros(len(before), dtype=bool)
    is_matched[positions.drop_null().to_numpy()] = True
    is_removed = pa.chunked_array([pa.array(~is_matched)])
    if pc.all(pc.less(before.slice(0, max(0, len(before) - 1)), before.slice(1))).as_py() is not False:
        return is_removed
    # An id that stands twice was met once: so it is made sure of those few that were not met.
    matched_again = after.filter(pc.is_in(after, before.filter(is_removed)))
    return pc.and_not(is_removed, pc.is_in(before, matched_again)) if len(matched_again) else is_removed


def _find_altered_cells(spec: TableSpec, ids: pa.ChunkedArray, before: pa.Table, after: pa.Table) -> Iterator[pa.Table]:
    """The cells that differ between rows which stand in the same order."""
    for name in spec.content:
        old, new = get_cells(before, name), get_cells(after, name)
        if old.type != new.type:
            old, new = as_text(old), as_text(new)
        if old.equals(new):
            continue
        is_equal = pc.fill_null(pc.equal(old, new), False)  # noqa: FBT003 (what is not known to be equal is looked at)
        is_altered = pc.and_not(pc.invert(is_equal), pc.and_(old.is_null(), new.is_null()))
        yield _make_change_rows(
            (spec.name, ALTERED, name),
            ids.filter(is_altered),
            as_text(old.filter(is_altered)),
            as_text(new.filter(is_altered)),
        )


def _record_whole_rows(spec: TableSpec, change: str, ids: pa.ChunkedArray, content: pa.Table) -> pa.Table:
    rows_as_json = pa.chunked_array(
        [pa.array(map(JSON, batch.to_pylist()), pa.string()) for batch in content.to_batches(max_chunksize=10_000)],
        pa.string(),
    )
    nulls = pa.nulls(len(ids), pa.string())
    before, after = (rows_as_json, nulls) if change == REMOVED else (nulls, rows_as_json)
    return _make_change_rows((spec.name, change, WHOLE_ROW), ids, before, after)


def _make_change_rows(labels: tuple[str, str, str], ids: Any, before: Any, after: Any) -> pa.Table:
    """Rows of `changes`; `what` is the table's name, the change and the column's name of all of them."""
    table_name, change, column_name = (pa.repeat(pa.scalar(words), len(ids)) for words in labels)
    return pa.Table.from_arrays(
        [table_name, ids, change, column_name, before, after], schema=build_arrow_schema(TABLES["changes"])
    )
