"""What has to hold before tables are published, each check by name, with its outcome for people to read.

Keeps the promise that the document's own counts are the test: a release whose claims stopped holding is not published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from config.models import Limits
from transform.facts import Check
from transform.schema import SCHEMA_VERSION, TABLES, Table
from transform.sheets import Tables, rises, row_ids, where

# At most so many troubles are named.
MOST_NAMED = 5
# Fewer rows than this come and go without anybody's mistake.
FEW = 3
# The tables whose rows come and go with documents.
OF_DOCUMENTS = ("documents", "areas", "tasks", "mentions", "claims", "citations", "assignments")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a release is compared with: the previous tables if any, its schema and what it announced; and the limits."""

    previous: Tables | None = None
    schema_version: str = SCHEMA_VERSION
    coming: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)


def run_checks(tables: Tables, basis: Basis, accepted: Mapping[str, str]) -> tuple[Check, ...]:
    """Run every check; `accepted` gives the reasons by name of check."""
    found = []
    for name, (look, fine) in CHECKS.items():
        broken = list(look(tables, basis))
        more = f"; and {len(broken) - MOST_NAMED} more" if len(broken) > MOST_NAMED else ""
        detail = "; ".join(broken[:MOST_NAMED]) + more if broken else fine(tables)
        found.append(Check(name, not broken, detail, accepted.get(name) if broken else None))
    return tuple(found)


def _broken_keys(tables: Tables, _: Basis) -> Iterator[str]:
    for of in TABLES.values():
        if of.name not in tables or rises(tables[of.name], of):
            continue
        counts = (
            tables[of.name]
            .select(list(of.key))
            .group_by(list(of.key), use_threads=False)
            .aggregate([([], "count_all")])
        )
        for row in counts.filter(pc.greater(counts["count_all"], 1)).slice(0, MOST_NAMED + 1).to_pylist():
            key = " ".join(str(row[part]) for part in of.key)
            yield f"{of.name}: {key} stands {row['count_all']} times"


def _broken_references(tables: Tables, _: Basis) -> Iterator[str]:
    for of in TABLES.values():
        for reference in of.foreign_keys if of.name in tables else ():
            column = tables[of.name][reference.column]
            known = tables[reference.table][reference.references].combine_chunks()
            if pc.all(pc.is_in(_runs(column), value_set=known)).as_py() is not False:
                continue
            lost = pc.and_(column.is_valid(), pc.invert(pc.is_in(column, value_set=known)))
            for value in _some(column.filter(lost)):
                yield f"{of.name}.{reference.column}: {value} is not in {reference.table}"


def _runs(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values of a column without those that are the same as the one before; and without nothing."""
    runs = pc.run_end_encode(column.drop_null())
    return pa.chunked_array([run.values for run in runs.chunks], column.type)


def _wrong_values(tables: Tables, _: Basis) -> Iterator[str]:
    for of in TABLES.values():
        for column in of.columns if of.name in tables else ():
            cells = tables[of.name][column.name]
            if not column.nullable and cells.null_count:
                yield f"{of.name}.{column.name} is empty"
            if column.type != "string":
                continue
            if column.enum:
                wrong = pc.invert(pc.is_in(cells, value_set=pa.array(column.enum)))
                for value in _some(cells.filter(pc.and_(cells.is_valid(), wrong))):
                    yield f"{of.name}.{column.name}: {value!r} is not one of {', '.join(column.enum)}"
            elif pc.any(pc.equal(cells, "")).as_py():
                yield f"{of.name}.{column.name} is an empty text, which CSV cannot tell from nothing"


def _without_tasks(tables: Tables, _: Basis) -> Iterator[str]:
    documents = tables["documents"]
    none = documents["document_id"].filter(pc.equal(documents["task_count"], 0))
    yield from (f"{document_id} has no task" for document_id in none.to_pylist())


def _claims_lost(tables: Tables, basis: Basis) -> Iterator[str]:
    if basis.previous is None:
        return
    before = basis.previous["claims"]
    held = before["claim_id"].filter(pc.fill_null(before["holds"], False)).combine_chunks()  # noqa: FBT003
    now = tables["claims"]
    lost = pc.and_(pc.is_in(now["claim_id"], value_set=held), pc.equal(now["holds"], False))  # noqa: FBT003
    for row in now.filter(lost).to_pylist():
        yield f"{row['claim_id']}: says “{row['quote']}”, {row['found']} were found, and it held before"


def _shrunken(tables: Tables, basis: Basis) -> Iterator[str]:
    """Tables that lost more than a share of the rows which the documents that are still there had."""
    for of, before, now in _still_there(tables, basis):
        gone = pc.sum(pc.invert(pc.is_in(row_ids(before, of), value_set=row_ids(now, of)))).as_py() or 0
        share = basis.limits.most_removed
        if gone > share * before.num_rows and (gone >= FEW or not share):
            yield f"{of.name}: {gone} of {before.num_rows} rows are gone from documents that are still there"


def _emptied(tables: Tables, basis: Basis) -> Iterator[str]:
    """Columns in which more than a share of the cells is empty by now, in documents that are still there."""
    for of, before, now in _still_there(tables, basis):
        for column in of.columns:
            if not (column.nullable and column.compared and before.num_rows and now.num_rows):
                continue
            empty, was = now[column.name].null_count, before[column.name].null_count
            rise = empty / now.num_rows - was / before.num_rows
            share = basis.limits.most_emptied
            if rise > share and empty > was and (empty - was >= FEW or not share):
                shares = f"{was} of {before.num_rows} cells were empty, {empty} of {now.num_rows} are"
                yield f"{of.name}.{column.name}: {shares}"


def _unannounced(_: Tables, basis: Basis) -> Iterator[str]:
    if basis.schema_version != SCHEMA_VERSION and not any(
        line.startswith(f"{SCHEMA_VERSION}:") for line in basis.coming
    ):
        yield f"the schema is {SCHEMA_VERSION}, and the release before, of {basis.schema_version}, did not announce it"


def _still_there(tables: Tables, basis: Basis) -> Iterator[tuple[Table, pa.Table, pa.Table]]:
    """Each table of documents, then and now, with the rows of those documents that are in both."""
    if basis.previous is None:
        return
    then, now = (_but(one, other) for one, other in ((basis.previous, tables), (tables, basis.previous)))
    for name in OF_DOCUMENTS:
        yield TABLES[name], then(name), now(name)


def _but(tables: Tables, other: Tables) -> Callable[[str], pa.Table]:
    """Gives each table of documents without the rows of those documents that others lack."""
    documents = tables["documents"]["document_id"]
    known = other["documents"]["document_id"].combine_chunks()
    missing = documents.filter(pc.invert(pc.is_in(documents, value_set=known))).combine_chunks()

    def left(name: str) -> pa.Table:
        table = tables[name]
        if not len(missing):
            return table
        if "document_id" in table.column_names:
            return where(table, pc.invert(pc.is_in(table["document_id"], value_set=missing)))
        tasks = tables["tasks"]
        of_missing = tasks["task_id"].filter(pc.is_in(tasks["document_id"], value_set=missing)).combine_chunks()
        return where(table, pc.invert(pc.is_in(table["task_id"], value_set=of_missing)))

    return left


def _some(cells: pa.ChunkedArray) -> list[Any]:
    found: list[Any] = cells.slice(0, MOST_NAMED + 1).to_pylist()
    return list(dict.fromkeys(found))


def _claims_summary(tables: Tables) -> str:
    holds = tables["claims"]["holds"]
    return f"{pc.sum(holds).as_py() or 0} of {len(holds)} claims hold"


def _counts(tables: Tables) -> str:
    return f"documents: {tables['documents'].num_rows}, tasks: {tables['tasks'].num_rows}"


Look = Callable[[Tables, Basis], Iterator[str]]
# Each check by name: what it finds wrong, and what is said where it finds nothing.
CHECKS: dict[str, tuple[Look, Callable[[Tables], str]]] = {
    "keys": (_broken_keys, lambda _: "every key is there and stands once"),
    "references": (_broken_references, lambda _: "every reference leads to a row"),
    "values": (_wrong_values, lambda _: "every value is of its column's kind"),
    "tasks-in-every-document": (_without_tasks, _counts),
    "claims-still-hold": (_claims_lost, _claims_summary),
    "rows-stay": (_shrunken, lambda _: "no table lost more of its rows than it may"),
    "cells-stay-filled": (_emptied, lambda _: "no column lost more of its cells than it may"),
    "schema-announced": (_unannounced, lambda _: f"the schema is {SCHEMA_VERSION}"),
}
