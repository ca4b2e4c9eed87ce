"""Whatever two versions hold: old + changes = new, versions only rise, ids are never given to anything else."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transform.plans import Areas, announced, dataset, previous
from transform.arrow_tables import Tables, build_row_ids, sort_by_key, to_table
from transform.changes import derive_version, find_changes, have_different_columns, iterate_changes, list_kinds
from transform.content import hash_content, select_content
from transform.draft import draft_release
from transform.models import Draft, PreviousRelease
from transform.schema import TABLES, Column, TableSpec

COMPARED = [of for of in TABLES.values() if of.compared]
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=6)
OF_TYPE = {
    "string": WORDS,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "number": st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)),
}


def cell(column: Column, of: TableSpec) -> st.SearchStrategy[Any]:
    if column.name in of.identity or column.name in of.key:
        return st.sampled_from("abcdef")
    made: st.SearchStrategy[Any] = st.sampled_from(column.enum) if column.enum else OF_TYPE[column.type]
    return st.none() | made if column.nullable else made


def rows_of(of: TableSpec) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries({column.name: cell(column, of) for column in of.columns})
    return st.lists(row, max_size=5, unique_by=lambda row: tuple(row[part] for part in of.identity))


TABLE = st.sampled_from(COMPARED)
PAIR = TABLE.flatmap(lambda of: st.tuples(st.just(of), rows_of(of), rows_of(of)))


def tables(of: TableSpec, rows: list[dict[str, Any]]) -> Tables:
    empty = {one.name: to_table(one.name, []) for one in COMPARED}
    return {**empty, of.name: sort_by_key(to_table(of.name, rows), of)}


def content(made: Tables) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (of.name, row_id): row
        for of in COMPARED
        for row_id, row in zip(
            build_row_ids(made[of.name], of).to_pylist(), select_content(made[of.name], of).to_pylist(), strict=True
        )
    }


def applied(rows: dict[tuple[str, str], dict[str, Any]], changes: Any) -> dict[tuple[str, str], dict[str, Any]]:
    made = {key: dict(row) for key, row in rows.items()}
    for one in iterate_changes(changes):
        key = (one.table_name, one.row_id)
        if one.change == "added":
            assert key not in made
            made[key] = json.loads(one.after or "")
        elif one.change == "removed":
            assert made.pop(key) == json.loads(one.before or "")
        else:
            assert made[key][one.column_name] == one.before
            made[key][one.column_name] = one.after
    return made


@settings(deadline=None)
@given(PAIR)
def test_old_rows_and_their_changes_make_the_new_rows(pair: Any) -> None:
    of, old, new = pair
    before, after = tables(of, old), tables(of, new)
    changes = find_changes(before, after)
    assert applied(content(before), changes) == content(after)
    assert applied(content(after), find_changes(after, before)) == content(before)
    assert bool(changes.num_rows) == (hash_content(before) != hash_content(after))


@settings(deadline=None)
@given(PAIR, st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12)), st.booleans())
def test_versions_only_rise(pair: Any, highest: tuple[int, int, int], metadata_changed: bool) -> None:
    of, old, new = pair
    kinds = list_kinds(find_changes(tables(of, old), tables(of, new)))
    assert not have_different_columns(tables(of, old), tables(of, new))
    version = derive_version(
        ".".join(map(str, highest)), kinds, columns_changed=False, metadata_changed=metadata_changed
    )
    assert (version is None) == (not kinds and not metadata_changed)
    if version is not None:
        risen = tuple(map(int, version.split(".")))
        assert risen > highest
        assert risen[0] == highest[0] or "removed" in kinds
        assert risen[:2] == highest[:2] or kinds & {"removed", "added"}


TEXTS = st.sampled_from(
    [
        "Run one timetable for all ferries of the bay.",
        "Run one timetable for all buses of the bay.",
        "Build a pier for night ferries at the old market.",
        "Build a pier for night ferries at the new market.",
        "Build a pier for night ferries at the old market and light it with lamps from the harbour works.",
        "Light it with lamps from the harbour works.",
        "Train the crews of all ferries in first aid.",
        "加快建设环湖公路，打通断头路。",
        "加快建设环湖公路，打通所有断头路。",
    ]
)
PLANS = st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=2, max_size=3).map(
    lambda areas: tuple((f"Sharing {name}", tuple(texts)) for name, texts in zip("ABC", areas, strict=False))
)


@settings(max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(PLANS, PLANS), min_size=2, max_size=5))
def test_a_life_keeps_ids_apart_and_costs_only_what_changed(lives: list[tuple[Areas, Areas]]) -> None:
    """Each version is drafted twice: with the rows of unchanged documents taken over, and all anew."""
    draft: Draft | None = None
    for towns, villages in lives:
        plans = [announced(towns), announced(villages, source_id="villages")]
        before = previous(draft) if draft else None
        made = draft_release(dataset(), plans, before, {})
        anew = draft_release(
            dataset(), plans, PreviousRelease(before.version, before.tables, {}) if before else None, {}
        )
        assert {name: table.to_pylist() for name, table in made.tables.items()} == {
            name: table.to_pylist() for name, table in anew.tables.items()
        }
        assert not {check.name for check in made.checks if not check.passed} & {"keys", "references", "values"}
        if draft is not None:
            assert applied(content(draft.tables), made.tables["changes"]) == content(made.tables)
            assert_ids_are_told_of(draft, made)
        if draft is None or made.version is not None:
            draft = made


def assert_ids_are_told_of(old: Draft, new: Draft) -> None:
    """Whatever id is gone, the history says what became of it; whatever was retired is nobody's, unless it is back."""
    history = new.tables["id_history"].to_pylist()
    for name, key in (("tasks", "task_id"), ("areas", "area_id"), ("bodies", "body_id")):
        ids = set(new.tables[name][key].to_pylist())
        told = {row["old_id"] for row in history if row["table_name"] == name and row["version"] == new.version}
        assert set(old.tables[name][key].to_pylist()) - ids <= told
        last = {row["old_id"]: row["event"] for row in history if row["table_name"] == name}
        assert {row_id for row_id, event in last.items() if event in ("removed", "merged")} & ids == set()
