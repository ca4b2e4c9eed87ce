from __future__ import annotations

import csv
import hashlib
import re
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.table_files import FORMULA, FORMULA_CHARACTERS, holds_same_rows, write_csv, write_parquet, write_tables
from tests.transform.plans import announced, dataset
from transform.draft import draft_release
from transform.schema import TABLES

TABLE = pa.table(
    {
        "words": pa.array(["建设“环湖”公路，\n打通, all", None, 'say "no"']),
        "number": pa.array([1, None, 3], pa.int32()),
        "truth": pa.array([True, None, False]),
        "day": pa.array([date(2019, 7, 16), None, date(2020, 1, 1)]),
        "moment": pa.array([datetime(2026, 11, 22, 6, 30, tzinfo=UTC), None, None], pa.timestamp("ms", tz="UTC")),
    }
)


def csv_of(table: pa.Table, folder: Path) -> bytes:
    write_csv(table, folder / "t.csv")
    return (folder / "t.csv").read_bytes()


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_opens_right_in_a_spreadsheet_and_reads_as_text(tmp_path: Path) -> None:
    assert csv_of(TABLE, tmp_path).startswith(b"\xef\xbb\xbf")
    rows = rows_of(tmp_path)
    assert rows[0] == {
        "words": "建设“环湖”公路，\n打通, all",
        "number": "1",
        "truth": "true",
        "day": "2019-07-16",
        "moment": "2026-11-22T06:30:00Z",
    }
    assert set(rows[1].values()) == {""}


def test_csv_follows_rfc_4180(tmp_path: Path) -> None:
    content = csv_of(TABLE, tmp_path).decode("utf-8-sig")
    assert content.split("\r\n")[0] == '"words","number","truth","day","moment"'
    assert content.endswith("\r\n")
    assert content.split("\r\n")[2] == ",,,,"
    assert '"say ""no"""' in content


def test_csv_and_parquet_hold_the_same_rows_for_pandas_and_duckdb(tmp_path: Path) -> None:
    pq_path, csv_path = tmp_path / "t.parquet", tmp_path / "t.csv"
    write_csv(TABLE, csv_path)
    write_parquet(TABLE, pq_path, {}, ["words"])
    by_pandas = pd.read_csv(csv_path, parse_dates=["moment"])
    assert by_pandas["words"].tolist()[::2] == TABLE["words"].to_pylist()[::2]
    assert by_pandas.columns.tolist() == TABLE.column_names
    both = duckdb.connect().execute(
        f"(from '{csv_path}' except from '{pq_path}') union all (from '{pq_path}' except from '{csv_path}')"
    )
    assert both.fetchall() == []


@pytest.mark.parametrize("sign", FORMULA_CHARACTERS)
def test_a_formula_is_text_in_csv_and_exact_in_parquet(tmp_path: Path, sign: str) -> None:
    words = f"{sign}HYPERLINK(1)"
    table = pa.table({"words": ["fine", words, "fine - too"]})
    write_csv(table, tmp_path / "t.csv")
    assert [row["words"] for row in rows_of(tmp_path)] == ["fine", f"'{words}", "fine - too"]
    write_parquet(table, tmp_path / "t.parquet", {}, ["words"])
    assert pq.read_table(tmp_path / "t.parquet")["words"].to_pylist() == ["fine", words, "fine - too"]


@given(st.lists(st.text(alphabet="'=+-@\tab＝汉\n ", min_size=1, max_size=5), min_size=1, max_size=20))
def test_whoever_takes_the_apostrophe_away_has_the_exact_text(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("guard")
    write_csv(pa.table({"words": words}), folder / "t.csv")
    texts = [row["words"] for row in rows_of(folder)]
    assert not [text for text in texts if text[0] in FORMULA_CHARACTERS]
    assert [text[1:] if re.match(f"'{FORMULA[1:]}", text) else text for text in texts] == words


def test_a_table_in_pieces_some_of_them_empty_is_written_once(tmp_path: Path) -> None:
    pieces = pa.concat_tables([TABLE.slice(0, 0), TABLE.slice(0, 1), TABLE.slice(1, 0), TABLE.slice(1)])
    assert csv_of(pieces, tmp_path) == csv_of(TABLE, tmp_path)


def test_parquet_is_zstd_described_sorted_and_without_a_pandas_block(tmp_path: Path) -> None:
    schema = pa.schema(
        [pa.field("words", pa.string(), metadata={"description": "Words."})], {"description": "A table."}
    )
    path = tmp_path / "t.parquet"
    write_parquet(pa.table({"words": ["a", "b"]}, schema=schema), path, {"dataset": "harbour"}, ["words"])
    metadata = pq.read_metadata(path)
    group = metadata.row_group(0)
    assert group.column(0).compression == "ZSTD"
    assert (group.column(0).statistics.min, group.column(0).statistics.max) == ("a", "b")
    assert group.sorting_columns == (pq.SortingColumn(0),)
    assert group.column(0).has_offset_index
    assert b"pandas" not in metadata.metadata
    assert metadata.metadata[b"dataset"] == b"harbour"
    assert pq.read_schema(path).field("words").metadata == {b"description": b"Words."}


def test_size_and_hash_are_those_of_the_file_and_the_same_each_time(tmp_path: Path) -> None:
    for write in (write_csv, lambda table, path: write_parquet(table, path, {}, ["words"])):
        facts = [write(TABLE, tmp_path / name) for name in ("one", "two")]
        content = (tmp_path / "one").read_bytes()
        assert facts == [(len(content), hashlib.sha256(content).hexdigest())] * 2


def test_tables_written_side_by_side_are_those_written_one_by_one(tmp_path: Path) -> None:
    tables = draft_release(dataset(), [announced()]).tables
    facts = write_tables(tables, tmp_path, {"version": "1.0.0"})
    assert list(facts) == sorted(f"{name}.{ending}" for name in TABLES for ending in ("csv", "parquet"))
    for name, table in tables.items():
        metadata = {"table": name, "version": "1.0.0"}
        assert facts[f"{name}.csv"] == write_csv(table, tmp_path / "one")
        assert facts[f"{name}.parquet"] == write_parquet(table, tmp_path / "one", metadata, TABLES[name].key)
        path = tmp_path / f"{name}.parquet"
        assert pq.read_table(path, use_threads=False).to_pylist() == table.to_pylist()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == facts[path.name][1]


def test_a_file_that_cannot_be_written_among_others_is_told(tmp_path: Path) -> None:
    (tmp_path / "tasks.csv").mkdir()
    with pytest.raises(IsADirectoryError, match=r"tasks\.csv"):
        write_tables(draft_release(dataset(), [announced()]).tables, tmp_path, {})


GUARDED = pa.table(
    {
        "text": pa.array(["=1+1", "'=1", "''@x", "'quoted'", "plain", 'two\nlines, "so"', " +1", "＝1", None, "01"]),
        "count": pa.array([1, None, 3, 4, 5, 6, 7, 8, 9, -10]),
        "holds": pa.array([True, False, None, True, True, True, True, True, True, True]),
        "score": pa.array([0.1, 1.0, None, 1e-9, 12345678.9, 0.30000000000000004, 2.0, 3.0, 4.0, 5.0]),
        "day": pa.array([date(2021, 3, 4), *[None] * 9]),
        "at": pa.array([datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC), *[None] * 9], pa.timestamp("ms", tz="UTC")),
    }
)


def test_a_csv_read_back_has_the_rows_that_it_was_written_from(tmp_path: Path) -> None:
    write_csv(GUARDED, tmp_path / "t.csv")
    assert holds_same_rows(tmp_path / "t.csv", GUARDED)
    write_csv(GUARDED.slice(0, 0), tmp_path / "none.csv")
    assert holds_same_rows(tmp_path / "none.csv", GUARDED.slice(0, 0))


@pytest.mark.parametrize(
    ("was", "now"), [(b"plain", b"plane"), (b'"01"', b'"1"'), (b"true", b"false"), (b'"\'=1+1"', b'"=1+1x"')]
)
def test_one_altered_cell_is_seen(tmp_path: Path, was: bytes, now: bytes) -> None:
    write_csv(GUARDED, tmp_path / "t.csv")
    content = (tmp_path / "t.csv").read_bytes()
    assert was in content
    (tmp_path / "t.csv").write_bytes(content.replace(was, now, 1))
    assert not holds_same_rows(tmp_path / "t.csv", GUARDED)


def test_a_missing_row_or_column_is_seen(tmp_path: Path) -> None:
    write_csv(GUARDED.slice(1), tmp_path / "t.csv")
    assert not holds_same_rows(tmp_path / "t.csv", GUARDED)
    write_csv(GUARDED.drop_columns(["day"]), tmp_path / "t.csv")
    assert not holds_same_rows(tmp_path / "t.csv", GUARDED)
