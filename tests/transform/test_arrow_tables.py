from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform import arrow_tables
from transform.arrow_tables import is_sorted, merge_sorted, select_rows, sort_by_key, to_table
from transform.schema import TABLES

OF = TABLES["mentions"]
KEYS = st.lists(st.tuples(st.text("ab-/é汉", max_size=3), st.text("ab", max_size=2)), max_size=40)


def table(keys: list[tuple[str, str]]) -> pa.Table:
    rows = [{"document_id": one, "body_id": two, "stated_as": "x", "kind": "team"} for one, two in keys]
    return sort_by_key(to_table("mentions", rows), OF)


@given(KEYS, KEYS)
def test_few_rows_put_between_many_stand_as_if_all_were_sorted(kept: Any, fresh: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_tables, "FEW", 0)
        found = merge_sorted(table(kept), table(fresh), OF)
    assert found.to_pylist() == table(kept + fresh).to_pylist()
    assert merge_sorted(table(kept), table(fresh), OF).to_pylist() == found.to_pylist()


def test_rows_that_would_stand_in_too_many_pieces_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_tables, "MOST_RUNS", 4)
    kept, fresh = ([(f"{number:03d}", "a") for number in range(start, 200, step)] for start, step in ((0, 2), (1, 20)))
    assert merge_sorted(table(kept), table(fresh), OF).to_pylist() == table(kept + fresh).to_pylist()


@given(st.lists(st.booleans(), max_size=40), st.sampled_from([1, 200]))
def test_rows_where_a_mask_is_true_are_those_of_a_filter(mask: Any, shortest: int) -> None:
    rows, wanted = table([(f"{number:02d}", "a") for number in range(len(mask))]), pa.chunked_array([mask], pa.bool_())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_tables, "SHORTEST_RUN", shortest)
        assert select_rows(rows, wanted).to_pylist() == rows.filter(wanted).to_pylist()


@given(KEYS)
def test_keys_rise_where_none_stands_twice(keys: Any) -> None:
    assert is_sorted(table(keys), OF) == (len(set(keys)) == len(keys))
