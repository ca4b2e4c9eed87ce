from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform import arrow_tables
from transform.arrow_tables import RowCollector, is_sorted, select_rows, sort_by_key, take_rows, to_table
from transform.schema import TABLES

SPEC = TABLES["mentions"]
KEYS = st.lists(st.tuples(st.text("ab-/é汉", max_size=3), st.text("ab", max_size=2)), max_size=40)


def make_rows(keys: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"document_id": document_id, "body_id": body_id, "stated_as": str(number), "kind": "team"}
        for number, (document_id, body_id) in enumerate(keys)
    ]


def make_table(keys: list[tuple[str, str]]) -> pa.Table:
    return to_table("mentions", make_rows(keys))


@given(KEYS, st.sampled_from([1, 3, 1000]))
def test_collected_rows_are_sorted_by_key_and_equal_keys_stay_in_their_order(keys: Any, batch: int) -> None:
    collector = RowCollector()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_tables, "BATCH_SIZE", batch)
        for row in make_rows(keys):
            collector.add("mentions", row)
    expected = sorted(make_rows(keys), key=lambda row: (row["document_id"], row["body_id"]))
    assert collector.build_table("mentions").to_pylist() == expected


@given(KEYS, st.randoms(), st.sampled_from([1, 200]), st.sampled_from([0, 2_000]))
def test_rows_at_positions_are_those_of_a_copy(keys: Any, random: Any, shortest: int, most: int) -> None:
    positions = [number for number in range(len(keys)) if random.random() < 0.7]
    if random.random() < 0.3:
        random.shuffle(positions)
    rows = make_table(keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_tables, "SHORTEST_RUN", shortest)
        patch.setattr(arrow_tables, "MOST_RUNS", most)
        taken = take_rows(rows, pa.array(positions, pa.int64()))
    assert taken.to_pylist() == [rows.to_pylist()[position] for position in positions]


@given(st.lists(st.booleans(), max_size=40), st.sampled_from([1, 200]))
def test_rows_where_a_mask_is_true_are_those_of_a_filter(mask: Any, shortest: int) -> None:
    rows = make_table([(f"{number:02d}", "a") for number in range(len(mask))])
    wanted = pa.chunked_array([mask], pa.bool_())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_tables, "SHORTEST_RUN", shortest)
        assert select_rows(rows, wanted).to_pylist() == rows.filter(wanted).to_pylist()


@given(KEYS)
def test_a_sorted_table_without_repeated_keys_is_sorted(keys: Any) -> None:
    assert is_sorted(sort_by_key(make_table(keys), SPEC), SPEC) == (len(set(keys)) == len(keys))
