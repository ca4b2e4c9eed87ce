from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import frictionless
import pytest

from config.models import Dataset, Source
from publish.locking import lock_dataset
from publish.release import METADATA_FILES, publish_release, write_release
from publish.releases import Release, read_releases
from publish.storage.disk import Disk
from publish.tables import read_tables
from tests.transform.plans import PLAN, after, announced
from transform.checks import CHECKS
from transform.draft import draft_release
from transform.models import Draft
from transform.schema import TABLES

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DATASET = Dataset(
    id="towns",
    title="Tasks of the towns",
    licence="CC-BY-4.0",
    sources=(Source(id="towns", url="https://example.org/plan"),),
)


def draft() -> Draft:
    return draft_release(DATASET, [announced()], None, {})


def publish(folder: Path, made: Draft) -> Release:
    with lock_dataset(Disk(folder), "towns") as releases:
        return publish_release(releases, DATASET, made, NOW, problems={}).read(str(made.version))


def test_a_release_is_a_valid_data_package_with_keys(tmp_path: Path) -> None:
    published = publish(tmp_path, draft())
    report = frictionless.validate(str(tmp_path / published.folder / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    package = frictionless.Package(str(tmp_path / published.folder / "datapackage.json"))
    assert package.version == "1.0.0"
    assert [resource.name for resource in package.resources] == list(TABLES)
    tasks = package.get_resource("tasks").schema
    assert tasks.primary_key == ["task_id"]
    assert {key["reference"]["resource"] for key in tasks.foreign_keys} == {"documents", "areas", ""}


@pytest.mark.parametrize("broken", [("towns/a01", "towns/a77"), ("towns/t02", "towns/t01")])
def test_the_validator_would_notice_broken_keys(tmp_path: Path, broken: tuple[str, str]) -> None:
    published = publish(tmp_path, draft())
    path = tmp_path / published.folder / "tasks.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(*broken), encoding="utf-8")
    assert not frictionless.validate(str(tmp_path / published.folder / "datapackage.json")).valid


def test_the_same_draft_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_release(tmp_path / name, DATASET, draft(), NOW, problems={})
    written = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "other")]
    assert written[0] == written[1]
    assert set(written[0]) >= {f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")} | set(METADATA_FILES)


def test_the_checksums_name_every_other_file(tmp_path: Path) -> None:
    write_release(tmp_path, DATASET, draft(), NOW, problems={})
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    named = {line.split("  ")[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()}
    assert named == {path.name for path in tmp_path.iterdir()} - {"SHA256SUMS"}


def test_every_column_is_described(tmp_path: Path) -> None:
    descriptor = publish(tmp_path, draft()).descriptor.record
    fields = [field for resource in descriptor["resources"] for field in resource["schema"]["fields"]]
    assert all(field["description"].endswith(".") for field in fields)


def test_what_changed_is_told_to_people(tmp_path: Path) -> None:
    first = draft()
    publish(tmp_path, first)
    (ferries, listed), schools = PLAN
    made = after(first, announced(((ferries, (listed[0], "Build a harbour for night ferries.")), schools)))
    published = publish(tmp_path, made)
    text = published.read_file("CHANGES.md").decode()
    assert "`towns/t02`, text: “Build a ~~pier~~ **harbour** for night ferries.”" in text
    assert published.descriptor.change_summary == "1 task reworded"


def test_the_outcome_of_every_check_is_published(tmp_path: Path) -> None:
    checks = json.loads(publish(tmp_path, draft()).read_file("checks.json"))
    assert {check["name"]: check["passed"] for check in checks["checks"]} == dict.fromkeys(CHECKS, True)
    assert [claim["holds"] for claim in checks["claims"]] == [True, True]


def test_tables_come_back_as_they_were_put(tmp_path: Path) -> None:
    made = draft()
    publish(tmp_path, made)
    newest = read_releases(Disk(tmp_path), "towns").find_newest()
    assert newest is not None
    assert {name: table.to_pylist() for name, table in read_tables(newest).items()} == {
        name: table.to_pylist() for name, table in made.tables.items()
    }
