from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path

import csvw
import pyarrow.parquet as pq
import pytest

from config.models import Dataset
from publish.csvw import describe_as_csvw
from tests.publish.releases import DATASETS, IDS, PLAIN, metadata_of, write_files
from transform.schema import TABLES


def read(folder: Path) -> csvw.CSVW:
    return csvw.CSVW(str(folder / "csv-metadata.json"), validate=True)


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_a_strict_validator_finds_the_csv_files_as_described(dataset: Dataset, tmp_path: Path) -> None:
    metadata = read(write_files(tmp_path, dataset))
    assert metadata.is_valid, [str(warning.message) for warning in metadata.warnings]
    assert [table.local_name for table in metadata.tables] == [f"{name}.csv" for name in TABLES]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("tasks", "kind", "sideline"),  # not one of the values
        ("tasks", "task_id", "towns/t02"),  # the same key twice
        ("tasks", "document_id", "villages"),  # a document that is not there
        ("documents", "published_date", "4 March 2021"),  # no ISO date
        ("captures", "media_type", ""),  # nothing where something is required
        ("claims", "holds", "yes"),  # not how truth is written
    ],
)
def test_the_validator_would_notice(tmp_path: Path, table: str, column: str, value: str) -> None:
    path = write_files(tmp_path, PLAIN) / f"{table}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0][column] = value
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with suppress(ValueError):
        assert not read(tmp_path).is_valid


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_read_with_its_types_the_csv_gives_the_rows_of_the_parquet(dataset: Dataset, tmp_path: Path) -> None:
    folder = write_files(tmp_path, dataset)
    for table in read(folder).tables:
        name = table.local_name.removesuffix(".csv")
        dates = {column.name for column in TABLES[name].columns if column.type == "date"}
        rows = [
            {key: value.date() if value and key in dates else value for key, value in row.items()}
            for row in table.iterdicts()
        ]
        assert rows == pq.read_table(folder / f"{name}.parquet").to_pylist()


def test_only_keys_that_may_not_be_empty_are_described() -> None:
    schemas = {table["url"]: table["tableSchema"] for table in describe_as_csvw(metadata_of(PLAIN))["tables"]}
    for table in TABLES.values():
        filled = {column.name for column in table.columns if not column.nullable}
        expected = [key.column for key in table.foreign_keys if key.column in filled]
        assert [key["columnReference"] for key in schemas[f"{table.name}.csv"].get("foreignKeys", [])] == [
            [name] for name in expected
        ]
        assert schemas[f"{table.name}.csv"]["primaryKey"] == table.key
