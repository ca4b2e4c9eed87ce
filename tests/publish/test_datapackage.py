from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import frictionless
import pytest
from jsonschema import Draft7Validator, FormatChecker

from config.models import Dataset
from publish.datapackage import describe_as_datapackage
from publish.records import to_json
from tests.publish.releases import DATASETS, IDS, PLAIN, STRANGE, descriptor_of, metadata_of, write_files
from transform.schema import TABLES


def find_mistakes(descriptor: dict[str, Any], name: str = "datapackage") -> list[str]:
    """What the standard's own profile has to say against a descriptor."""
    profile = json.loads((files("dplib") / "profiles" / "2.0" / f"{name}.json").read_text(encoding="utf-8"))
    errors = Draft7Validator(profile, format_checker=FormatChecker()).iter_errors(descriptor)
    return [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_the_profile_of_the_standard_accepts_it(dataset: Dataset) -> None:
    descriptor = descriptor_of(dataset)
    assert find_mistakes(descriptor) == []
    for resource in descriptor["resources"]:
        assert find_mistakes(resource, "dataresource") == []
        assert find_mistakes(resource["schema"], "tableschema") == []
        assert find_mistakes(resource["dialect"], "tabledialect") == []


def test_the_profile_would_notice_a_mistake() -> None:
    descriptor = descriptor_of(PLAIN)
    assert find_mistakes(descriptor | {"licenses": [{"name": "as we like"}], "created": 1}) != []
    assert find_mistakes({**descriptor["resources"][0], "dialect": {"header": "yes"}}, "dataresource") != []


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_frictionless_finds_the_data_as_described(dataset: Dataset, tmp_path: Path) -> None:
    report = frictionless.validate(str(write_files(tmp_path, dataset) / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    assert report.stats["tasks"] == len(TABLES)


@pytest.mark.parametrize("mistake", [("towns/a01", "towns/a77"), ("towns/t02", "towns/t01")])
def test_frictionless_would_notice_broken_keys(tmp_path: Path, mistake: tuple[str, str]) -> None:
    path = write_files(tmp_path, PLAIN) / "tasks.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(*mistake), encoding="utf-8")
    assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid


def test_it_says_what_the_schema_says() -> None:
    for resource in descriptor_of(PLAIN)["resources"]:
        table = TABLES[resource["name"]]
        assert resource["schema"]["primaryKey"] == list(table.key)
        references = {key["reference"]["resource"] or table.name for key in resource["schema"].get("foreignKeys", [])}
        assert references == {key.table for key in table.foreign_keys}
        for column, field in zip(table.columns, resource["schema"]["fields"], strict=True):
            constraints = field.get("constraints", {})
            assert (field["name"], field["type"]) == (column.name, column.type)
            assert field["description"].endswith(".")
            assert constraints.get("required", False) is not column.nullable
            assert tuple(constraints.get("enum", ())) == column.enum
            assert constraints.get("unique", False) is (table.key == (column.name,))


def test_it_names_who_when_and_how_often() -> None:
    descriptor = descriptor_of(PLAIN)
    assert descriptor["contributors"][0] == {
        "title": "Ferry Office",
        "roles": ["author"],
        "path": "https://example.org/ferries",
    }
    assert descriptor["temporal"] == {"start": "2021-03-04", "end": "2021-03-04"}
    assert descriptor["languages"] == ["en"]
    assert descriptor["accrualPeriodicity"].endswith("/frequency/DAILY")


def test_a_dataset_that_names_nobody_has_a_publisher_all_the_same() -> None:
    nameless = PLAIN.model_copy(update={"contributors": ()})
    assert descriptor_of(nameless)["contributors"] == [{"title": "policytasks contributors", "roles": ["publisher"]}]


def test_schema_changes_ahead_are_named_where_there_are_any() -> None:
    metadata = metadata_of(PLAIN)
    assert "schemaChangesAhead" not in describe_as_datapackage(replace(metadata, upcoming=()))
    upcoming = ("The column site will be called site_name.",)
    descriptor = json.loads(to_json(describe_as_datapackage(replace(metadata, upcoming=upcoming))))
    assert descriptor["schemaChangesAhead"] == [*upcoming]
    assert find_mistakes(descriptor) == []


def test_only_addresses_are_given_as_addresses() -> None:
    person = STRANGE.contributors[0].model_copy(update={"path": "the harbour"})
    update = {"homepage": "ask the harbour master", "contributors": (person,)}
    descriptor = descriptor_of(STRANGE.model_copy(update=update))
    assert "homepage" not in descriptor
    assert "path" not in descriptor["contributors"][0]
    assert "name" not in descriptor["licenses"][0]
