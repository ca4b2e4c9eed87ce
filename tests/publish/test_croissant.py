from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import mlcroissant
import pandas as pd
import pyarrow.parquet as pq
import pytest
import rdflib

from config.models import Dataset
from publish.croissant import describe_as_croissant
from tests.publish.releases import CHINESE, DATASETS, IDS, NOW, PLAIN, metadata_of, write_files
from transform.schema import TABLES

SCHEMA = rdflib.Namespace("https://schema.org/")


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_mlcroissant_has_neither_errors_nor_warnings(dataset: Dataset, tmp_path: Path) -> None:
    metadata = mlcroissant.Dataset(str(write_files(tmp_path, dataset) / "croissant.json")).metadata
    assert (metadata.ctx.issues.errors, metadata.ctx.issues.warnings) == (set(), set())
    assert (metadata.name, metadata.version, metadata.date_published.date()) == (dataset.title, "1.0.0", NOW.date())
    assert metadata.ctx.is_latest_version()


@pytest.mark.parametrize(("name", "value"), [("distribution", []), ("conformsTo", "https://example.org/brioche")])
def test_mlcroissant_would_notice_a_mistake(tmp_path: Path, name: str, value: Any) -> None:
    path = write_files(tmp_path, PLAIN) / "croissant.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {name: value}), encoding="utf-8")
    with pytest.raises(mlcroissant.ValidationError):
        mlcroissant.Dataset(str(path))


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_mlcroissant_loads_every_row_of_every_table(dataset: Dataset, tmp_path: Path) -> None:
    folder = write_files(tmp_path, dataset)
    read = mlcroissant.Dataset(str(folder / "croissant.json"))
    for name in TABLES:
        rows = [
            {key.removeprefix(f"{name}/"): _plain(value) for key, value in record.items()}
            for record in read.records(name)
        ]
        expected = pq.read_table(folder / f"{name}.parquet").to_pylist()
        assert rows == [{key: _plain(value) for key, value in row.items()} for row in expected], name


def _plain(value: Any) -> Any:
    """A value as text, however a library likes to hold it; None for nothing."""
    if isinstance(value, bytes):
        return value.decode()
    if pd.isna(value):
        return None
    return str(pd.Timestamp(value).tz_localize(None)) if hasattr(value, "year") else str(value)


def test_each_file_is_there_with_its_size_and_hash(tmp_path: Path) -> None:
    folder = write_files(tmp_path, CHINESE)
    files = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))["distribution"]
    assert {file["contentUrl"] for file in files} == {
        path.name for path in folder.iterdir() if path.suffix in {".csv", ".parquet"}
    }
    for file in files:
        content = (folder / file["contentUrl"]).read_bytes()
        assert (file["contentSize"], file["sha256"]) == (f"{len(content)} B", hashlib.sha256(content).hexdigest())


def test_references_and_keys_are_those_of_the_schema() -> None:
    sets = {node["@id"]: node for node in describe_as_croissant(metadata_of(PLAIN))["recordSet"]}
    for table in TABLES.values():
        key = sets[table.name]["key"]
        assert [node["@id"] for node in (key if isinstance(key, list) else [key])] == [
            f"{table.name}/{name}" for name in table.key
        ]
        references = {
            field["name"]: (field["references"]["fileObject"]["@id"], field["references"]["extract"]["column"])
            for field in sets[table.name]["field"]
            if "references" in field
        }
        assert references == {key.column: (f"{key.table}.parquet", key.references) for key in table.foreign_keys}


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_a_search_engine_finds_a_schema_org_dataset(dataset: Dataset) -> None:
    text = json.dumps(describe_as_croissant(metadata_of(dataset)))
    graph = rdflib.Graph().parse(data=text, format="json-ld", publicID="https://example.org/1.0.0/croissant.json")
    (dataset_node,) = graph.subjects(rdflib.RDF.type, SCHEMA.Dataset)
    (name,) = graph.objects(dataset_node, SCHEMA.name)
    assert str(name) == dataset.title
    for needed in ("description", "license", "creator", "version", "datePublished", "temporalCoverage", "inLanguage"):
        assert list(graph.objects(dataset_node, SCHEMA[needed])), needed
    assert len(list(graph.objects(dataset_node, SCHEMA.distribution))) == 2 * len(TABLES)
