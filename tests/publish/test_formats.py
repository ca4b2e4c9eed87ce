from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publish.formats import to_csv, to_parquet

TABLE = pa.table(
    {
        "words": pa.array(["建设“环湖”公路，\n打通, all", None, 'say "no"']),
        "number": pa.array([1, None, 3], pa.int32()),
        "truth": pa.array([True, None, False]),
        "day": pa.array([date(2019, 7, 16), None, date(2020, 1, 1)]),
        "moment": pa.array([datetime(2026, 11, 22, 6, 30, tzinfo=UTC), None, None], pa.timestamp("ms", tz="UTC")),
    }
)


def test_csv_opens_right_in_a_spreadsheet_and_reads_as_text() -> None:
    content = to_csv(TABLE)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == {
        "words": "建设“环湖”公路，\n打通, all",
        "number": "1",
        "truth": "true",
        "day": "2019-07-16",
        "moment": "2026-11-22T06:30:00Z",
    }
    assert set(rows[1].values()) == {""}


def test_csv_and_parquet_hold_the_same_rows_for_pandas_and_duckdb(tmp_path: object) -> None:
    folder = str(tmp_path)
    pq_path, csv_path = f"{folder}/t.parquet", f"{folder}/t.csv"
    for path, content in ((pq_path, to_parquet(TABLE, {})), (csv_path, to_csv(TABLE))):
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(content)
    by_pandas = pd.read_csv(csv_path, parse_dates=["moment"])
    assert by_pandas["words"].tolist()[::2] == TABLE["words"].to_pylist()[::2]
    assert by_pandas.columns.tolist() == TABLE.column_names
    both = duckdb.connect().execute(
        f"(from '{csv_path}' except from '{pq_path}') union all (from '{pq_path}' except from '{csv_path}')"
    )
    assert both.fetchall() == []


def test_parquet_is_zstd_described_and_without_a_pandas_block() -> None:
    schema = pa.schema(
        [pa.field("words", pa.string(), metadata={"description": "Words."})], {"description": "A table."}
    )
    content = to_parquet(pa.table({"words": ["a"]}, schema=schema), {"dataset": "harbour"})
    metadata = pq.read_metadata(io.BytesIO(content))
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert b"pandas" not in metadata.metadata
    assert metadata.metadata[b"dataset"] == b"harbour"
    assert pq.read_schema(io.BytesIO(content)).field("words").metadata == {b"description": b"Words."}


@pytest.mark.parametrize("write", [to_csv, lambda table: to_parquet(table, {})])
def test_the_same_table_gives_the_same_bytes(write: object) -> None:
    assert write(TABLE) == write(TABLE)  # type: ignore[operator]
