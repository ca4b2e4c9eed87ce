"""A CSV is held against the Parquet that it stands beside."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from publish.table_files import holds_same_rows, write_csv

TABLE = pa.table(
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
    write_csv(TABLE, tmp_path / "t.csv")
    assert holds_same_rows(tmp_path / "t.csv", TABLE)
    write_csv(TABLE.slice(0, 0), tmp_path / "none.csv")
    assert holds_same_rows(tmp_path / "none.csv", TABLE.slice(0, 0))


@pytest.mark.parametrize(
    ("was", "now"), [(b"plain", b"plane"), (b'"01"', b'"1"'), (b"true", b"false"), (b'"\'=1+1"', b'"=1+1x"')]
)
def test_one_altered_cell_is_seen(tmp_path: Path, was: bytes, now: bytes) -> None:
    write_csv(TABLE, tmp_path / "t.csv")
    content = (tmp_path / "t.csv").read_bytes()
    assert was in content
    (tmp_path / "t.csv").write_bytes(content.replace(was, now, 1))
    assert not holds_same_rows(tmp_path / "t.csv", TABLE)


def test_a_missing_row_or_column_is_seen(tmp_path: Path) -> None:
    write_csv(TABLE.slice(1), tmp_path / "t.csv")
    assert not holds_same_rows(tmp_path / "t.csv", TABLE)
    write_csv(TABLE.drop_columns(["day"]), tmp_path / "t.csv")
    assert not holds_same_rows(tmp_path / "t.csv", TABLE)
