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

from transform.content import as_text, cells, content_of
from transform.schema import TABLES, Table, arrow_schema
from transform.sheets import Tables, by_key, row_ids, taken, to_table, where

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


def changes_between(old: Tables, new: Tables) -> pa.Table:
    """What makes the content of `new` out of `old`, as a `changes` table sorted by key.

    A table or column that one of them lacks is empty there.
    """
    parts = [
        part
        for of in TABLES.values()
        if of.compared and of.name in new
        for part in _changes_in(of, old.get(of.name), new[of.name])
    ]
    return by_key(pa.concat_tables([to_table("changes", []), *parts]), TABLES["changes"])


def listed(changes: pa.Table) -> Iterator[Change]:
    """The rows of a `changes` table, one after the other."""
    for batch in changes.to_batches(max_chunksize=10_000):
        yield from (Change(**row) for row in batch.to_pylist())


def kinds_of(changes: pa.Table) -> set[str]:
    """Which kinds of change there are."""
    return set(pc.unique(changes["change"]).to_pylist())


def next_version(
    highest: str | None, kinds: Iterable[str], *, columns_changed: bool, metadata_changed: bool = False
) -> str | None:
    """The version that changes of these kinds make, or None where nothing changed.

    It counts from the highest number that was ever given, withdrawn or not: a number is never used twice.
    """
    if highest is None:
        return FIRST_VERSION
    major, minor, patch = map(int, highest.split("."))
    found = set(kinds)
    if columns_changed or REMOVED in found:
        return f"{major + 1}.0.0"
    if ADDED in found:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}" if found or metadata_changed else None


def columns_differ(old: Tables, new: Tables) -> bool:
    """Whether a table or column came, went or changed its type."""
    return _columns(old) != _columns(new)


def _columns(tables: Tables) -> Mapping[str, list[tuple[str, str]]]:
    return {name: [(field.name, str(field.type)) for field in table.schema] for name, table in tables.items()}


def _changes_in(of: Table, old: pa.Table | None, new: pa.Table) -> Iterator[pa.Table]:
    old = old if old is not None else new.slice(0, 0)
    before, after = row_ids(old, of), row_ids(new, of)
    if before.equals(after):
        yield from _altered(of, before, old, new)
        return
    places = pc.index_in(after, before)
    stays = places.is_valid()
    gone = _gone(before, after, places)
    yield _whole_rows(of, REMOVED, before.filter(gone), content_of(old.filter(gone), of))
    came = pc.invert(stays)
    yield _whole_rows(of, ADDED, after.filter(came), content_of(new.filter(came), of))
    yield from _altered(
        of,
        after.filter(stays),
        _in_order(old, places.filter(stays), gone),
        where(new, stays),
    )


def _in_order(old: pa.Table, places: pa.ChunkedArray, gone: pa.ChunkedArray) -> pa.Table:
    """The rows at these places: mostly all that are not gone, in the order in which they are."""
    import numpy as np

    if len(places) == old.num_rows - gone.to_numpy().sum() and (np.diff(places.to_numpy()) > 0).all():
        return where(old, pc.invert(gone))
    return taken(old, places)


def _gone(before: pa.ChunkedArray, after: pa.ChunkedArray, places: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which ids are no longer there; `places` are those in `before` of the ids of `after`."""
    import numpy as np

    met = np.zeros(len(before), dtype=bool)
    met[places.drop_null().to_numpy()] = True
    gone = pa.chunked_array([pa.array(~met)])
    if pc.all(pc.less(before.slice(0, max(0, len(before) - 1)), before.slice(1))).as_py() is not False:
        return gone
    # An id that stands twice was met once: so it is made sure of those few that were not met.
    again = after.filter(pc.is_in(after, before.filter(gone)))
    return pc.and_not(gone, pc.is_in(before, again)) if len(again) else gone


def _altered(of: Table, ids: pa.ChunkedArray, before: pa.Table, after: pa.Table) -> Iterator[pa.Table]:
    """The cells that differ between rows which stand in the same order."""
    for name in of.content:
        old, new = cells(before, name), cells(after, name)
        if old.type != new.type:
            old, new = as_text(old), as_text(new)
        if old.equals(new):
            continue
        same = pc.fill_null(pc.equal(old, new), False)  # noqa: FBT003 (what is not known to be equal is looked at)
        differs = pc.and_not(pc.invert(same), pc.and_(old.is_null(), new.is_null()))
        yield _rows(
            (of.name, ALTERED, name), ids.filter(differs), as_text(old.filter(differs)), as_text(new.filter(differs))
        )


def _whole_rows(of: Table, change: str, ids: pa.ChunkedArray, content: pa.Table) -> pa.Table:
    said = pa.chunked_array(
        [pa.array(map(JSON, batch.to_pylist()), pa.string()) for batch in content.to_batches(max_chunksize=10_000)],
        pa.string(),
    )
    nothing = pa.nulls(len(ids), pa.string())
    before, after = (said, nothing) if change == REMOVED else (nothing, said)
    return _rows((of.name, change, WHOLE_ROW), ids, before, after)


def _rows(what: tuple[str, str, str], ids: Any, before: Any, after: Any) -> pa.Table:
    """Rows of `changes`; `what` is the table's name, the change and the column's name of all of them."""
    table_name, change, column_name = (pa.repeat(pa.scalar(words), len(ids)) for words in what)
    return pa.Table.from_arrays(
        [table_name, ids, change, column_name, before, after], schema=arrow_schema(TABLES["changes"])
    )
