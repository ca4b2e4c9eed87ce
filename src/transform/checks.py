"""The checks that tables must pass before they are published; CHECKS lists them by name.

Tables, the previous release and the limits come in; a `ReleaseCheck` per name goes out, with a detail for people
to read. This keeps the promise that a document's own counts are a test: a release in which a claim no longer holds is
not published unless a person accepts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from config.models import Limits
from transform.arrow_tables import Tables, build_row_ids, is_sorted, match_values, select_rows
from transform.models import PreviousRelease, ReleaseCheck
from transform.schema import SCHEMA_VERSION, TABLES, TableSpec

# At most so many problems are listed in a check's detail.
MOST_PROBLEMS_LISTED = 5
# A loss of fewer rows or cells than this is never a failure, unless the limit is 0.
FEWEST_ROWS = 3
# The tables whose rows belong to documents.
DOCUMENT_TABLES = ("documents", "areas", "tasks", "mentions", "claims", "citations", "assignments")


# Each check by name, and what it says if there is no problem.
CHECKS = {
    "keys": "every key is there and stands once",
    "references": "every reference leads to a row",
    "values": "every value is of its column's kind",
    "tasks-in-every-document": "documents: {documents}, tasks: {tasks}",
    "claims-still-hold": "{held} of {claims} claims hold",
    "rows-stay": "no table lost more of its rows than it may",
    "cells-stay-filled": "no column lost more of its cells than it may",
    "schema-announced": f"the schema is {SCHEMA_VERSION}",
}

# A table of documents that are in both versions: what it is, its rows before, and now.
Common = tuple[TableSpec, pa.Table, pa.Table]


def run_checks(
    tables: Tables, previous: PreviousRelease, limits: Limits, accepted: Mapping[str, str]
) -> tuple[ReleaseCheck, ...]:
    """Run every check. `accepted` holds the reasons for which a person accepts failed checks, by name.

    The tables of the previous release have today's columns; there are none before the first release.
    """
    common = _list_common(previous.tables, tables)
    problems = {
        "keys": _find_repeated_keys(tables),
        "references": _find_broken_references(tables),
        "values": _find_wrong_values(tables),
        "tasks-in-every-document": _find_documents_without_tasks(tables),
        "claims-still-hold": map(_describe_lost_claim, _list_lost_claims(tables, previous.tables)),
        "rows-stay": _find_shrunken_tables(common, limits.most_removed),
        "cells-stay-filled": _find_emptied_columns(common, limits.most_emptied),
        "schema-announced": _find_unannounced_schema(previous),
    }
    counts = {name: table.num_rows for name, table in tables.items()}
    held = pc.sum(tables["claims"]["holds"]).as_py() or 0
    checks = []
    for name, success in CHECKS.items():
        lines = list(problems[name])
        rest = f"; and {len(lines) - MOST_PROBLEMS_LISTED} more" if len(lines) > MOST_PROBLEMS_LISTED else ""
        detail = "; ".join(lines[:MOST_PROBLEMS_LISTED]) + rest if lines else success.format(held=held, **counts)
        checks.append(ReleaseCheck(name, not lines, detail, accepted.get(name) if lines else None))
    return tuple(checks)


def find_failing_documents(
    names: Iterable[str], tables: Tables, previous: PreviousRelease, limits: Limits, changed: Iterable[str]
) -> frozenset[str]:
    """The documents, of those that changed, in each of which one of the named checks fails by itself.

    None if one of the checks fails in no document alone: then it is the release as a whole that is wrong.
    """
    failing = set[str]()
    for name in names:
        if name == "claims-still-hold":
            ids = {row["document_id"] for row in _list_lost_claims(tables, previous.tables)}
        elif name in ("rows-stay", "cells-stay-filled"):
            ids = {
                document
                for document in changed
                if _is_failed_by(name, _select_document(document, previous.tables, tables), limits)
            }
        else:
            ids = set()
        if not ids:
            return frozenset()
        failing |= ids
    return frozenset(failing)


def _select_document(document: str, previous: Tables, tables: Tables) -> list[Common]:
    """The tables of one document, in both versions."""
    alone = pa.table({"document_id": pa.array([document], tables["documents"]["document_id"].type)})
    both = _select_shared_rows("documents", previous, {"documents": alone})
    if not both.num_rows:
        return []
    return [
        (
            TABLES[name],
            _select_shared_rows(name, previous, {"documents": alone}),
            _select_shared_rows(name, tables, {"documents": alone}),
        )
        for name in DOCUMENT_TABLES
    ]


def _is_failed_by(name: str, common: Sequence[Common], limits: Limits) -> bool:
    if name == "rows-stay":
        return any(_find_shrunken_tables(common, limits.most_removed))
    return any(_find_emptied_columns(common, limits.most_emptied))


def _list_common(before: Tables, tables: Tables) -> list[Common]:
    """The rows of those documents that are in both versions."""
    return [
        (TABLES[name], _select_shared_rows(name, before, tables), _select_shared_rows(name, tables, before))
        for name in (DOCUMENT_TABLES if before else ())
    ]


def _find_repeated_keys(tables: Tables) -> Iterator[str]:
    for spec in TABLES.values():
        if spec.name not in tables or is_sorted(tables[spec.name], spec):
            continue
        counts = (
            tables[spec.name]
            .select(list(spec.key))
            .group_by(list(spec.key), use_threads=False)
            .aggregate([([], "count_all")])
        )
        for row in counts.filter(pc.greater(counts["count_all"], 1)).slice(0, MOST_PROBLEMS_LISTED + 1).to_pylist():
            key = " ".join(str(row[part]) for part in spec.key)
            yield f"{spec.name}: {key} stands {row['count_all']} times"


def _find_broken_references(tables: Tables) -> Iterator[str]:
    """References whose value is not a key of the table that they refer to."""
    for spec in TABLES.values():
        for reference in spec.foreign_keys if spec.name in tables else ():
            column = tables[spec.name][reference.column]
            keys = tables[reference.table][reference.references]
            is_broken = pc.and_(column.is_valid(), pc.invert(pc.is_in(column, value_set=keys)))
            for value in _list_some(column.filter(is_broken)):
                yield f"{spec.name}.{reference.column}: {value} is not in {reference.table}"


def _find_wrong_values(tables: Tables) -> Iterator[str]:
    """Columns with a null, an empty text or a value that the schema does not allow."""
    for spec in TABLES.values():
        for column in spec.columns if spec.name in tables else ():
            cells = tables[spec.name][column.name]
            if not column.nullable and cells.null_count:
                yield f"{spec.name}.{column.name} is empty"
            if column.type != "string":
                continue
            if column.enum:
                is_wrong = pc.invert(match_values(cells, column.enum))
                for value in _list_some(cells.filter(pc.and_(cells.is_valid(), is_wrong))):
                    yield f"{spec.name}.{column.name}: {value!r} is not one of {', '.join(column.enum)}"
            elif pc.any(match_values(cells, [""])).as_py():
                yield f"{spec.name}.{column.name} is an empty text, which CSV cannot tell from nothing"


def _find_documents_without_tasks(tables: Tables) -> Iterator[str]:
    documents = tables["documents"]
    document_ids = documents["document_id"].filter(match_values(documents["task_count"], [0]))
    yield from (f"{document_id} has no task" for document_id in document_ids.to_pylist())


def _list_lost_claims(tables: Tables, previous: Tables) -> list[dict[str, Any]]:
    """The rows of claims that hold in the previous release and no longer do."""
    if not previous:
        return []
    before = previous["claims"]
    held_before = before["claim_id"].filter(before["holds"])
    now = tables["claims"]
    is_lost = pc.and_(pc.is_in(now["claim_id"], value_set=held_before), match_values(now["holds"], [False]))
    lost: list[dict[str, Any]] = now.filter(is_lost).to_pylist()
    return lost


def _describe_lost_claim(row: Mapping[str, Any]) -> str:
    return f"{row['claim_id']}: says “{row['quote']}”, {row['found']} were found, and it held before"


def _find_shrunken_tables(common: Iterable[Common], share: float) -> Iterator[str]:
    """Tables that lost more than the allowed share of rows, counted in documents that are in both versions."""
    for spec, before, now in common:
        is_kept = pc.is_in(build_row_ids(before, spec), value_set=build_row_ids(now, spec))
        removed_count = before.num_rows - (pc.sum(is_kept).as_py() or 0)
        if removed_count > share * before.num_rows and (removed_count >= FEWEST_ROWS or not share):
            yield f"{spec.name}: {removed_count} of {before.num_rows} rows are gone from documents that are still there"


def _find_emptied_columns(common: Iterable[Common], share: float) -> Iterator[str]:
    """Columns in which the share of empty cells rose by more than allowed, in documents that are in both versions."""
    for spec, before, now in common:
        for column in spec.columns:
            if not (column.nullable and column.compared and before.num_rows and now.num_rows):
                continue
            empty_now, empty_before = now[column.name].null_count, before[column.name].null_count
            rise = empty_now / now.num_rows - empty_before / before.num_rows
            if rise > share and empty_now > empty_before and (empty_now - empty_before >= FEWEST_ROWS or not share):
                shares = f"{empty_before} of {before.num_rows} cells were empty, {empty_now} of {now.num_rows} are"
                yield f"{spec.name}.{column.name}: {shares}"


def _find_unannounced_schema(previous: PreviousRelease) -> Iterator[str]:
    """The schema version, if it is new and the previous release did not announce it."""
    before = previous.schema_version
    is_announced = any(line.startswith(f"{SCHEMA_VERSION}:") for line in previous.upcoming)
    if before not in (None, SCHEMA_VERSION) and not is_announced:
        yield f"the schema is {SCHEMA_VERSION}, and the release before, of {before}, did not announce it"


def _select_shared_rows(name: str, tables: Tables, other: Tables) -> pa.Table:
    """The rows of a table whose documents `other` has too."""
    table = tables[name]
    if name == "assignments":
        tasks = _select_shared_rows("tasks", tables, other)
        return select_rows(table, pc.is_in(table["task_id"], value_set=tasks["task_id"]))
    return select_rows(table, pc.is_in(table["document_id"], value_set=other["documents"]["document_id"]))


def _list_some(cells: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = cells.slice(0, MOST_PROBLEMS_LISTED + 1).to_pylist()
    return list(dict.fromkeys(values))
