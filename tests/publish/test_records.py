"""Malformed files are noticed where they are read, and what this program does not know survives a rewrite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publish.locking import lock_dataset
from publish.records import Descriptor, ReleaseIndex, parse_record, write_index
from publish.releases import read_releases
from publish.storage.backend import ShelfError
from publish.storage.disk import Disk
from publish.storage.object_store import ObjectStore, open_store
from tests.conftest import CHECKOUT
from tests.publish.shelves import files_of, put

ENTRY = {
    "colour": "green",
    "version": "1.0.0",
    "published_at": "2026-11-23T12:00:00Z",
    "schema_version": "1.0.0",
    "summary": "first release",
    "content_hash": "sha256:0",
    "rows": {"tasks": 2},
    "files": [{"path": "1.0.0/tasks.csv", "mood": "fine", "bytes": 3, "sha256": "0"}],
}
INDEX = {"dataset": "towns", "title": "Towns", "latest": "1.0.0", "releases": [ENTRY]}


def test_the_committed_indexes_and_descriptors_are_understood_and_written_again_byte_for_byte() -> None:
    paths = list((CHECKOUT / "data" / "published").glob("*/releases.json"))
    assert paths
    for path in paths:
        index = parse_record(ReleaseIndex, path.read_bytes())
        assert write_index(index.dataset, index.title, index.releases) == path.read_bytes()
        for descriptor in path.parent.glob("*/datapackage.json"):
            parse_record(Descriptor, descriptor.read_bytes())


def test_fields_that_the_program_does_not_know_survive_a_rewrite() -> None:
    index = parse_record(ReleaseIndex, json.dumps(INDEX).encode())
    (written,) = json.loads(write_index("towns", "Towns", index.releases))["releases"]
    assert written == {**ENTRY, "withdrawn": None}
    assert list(written) == [*ENTRY, "withdrawn"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": "one"}, "releases.0.version"),
        ({"rows": {"tasks": "2"}}, "releases.0.rows.tasks"),
        ({"files": [{"path": "1.0.0/tasks.csv", "bytes": 3}]}, "releases.0.files.0.sha256"),
        ({"withdrawn": {"reason": "none"}}, "releases.0.withdrawn.at"),
    ],
)
def test_a_malformed_entry_is_refused_with_its_field(change: dict[str, Any], field: str) -> None:
    document = json.dumps({**INDEX, "releases": [{**ENTRY, **change}]}).encode()
    with pytest.raises(ValueError, match=f"^{field}: "):
        parse_record(ReleaseIndex, document)


TITLE_IS_A_NUMBER = files_of("1.0.0")["datapackage.json"].replace(b'"Towns"', b"7")


@pytest.mark.parametrize(
    ("content", "cause"),
    [(TITLE_IS_A_NUMBER, "title: "), (b"{}", "name: "), (b"[]", ""), (b"", ""), (b"nonsense", "")],
)
def test_a_malformed_descriptor_is_one_line_with_file_field_and_fix(tmp_path: Path, content: bytes, cause: str) -> None:
    storage = Disk(tmp_path)
    put(storage, "1.0.0")
    path = tmp_path / "towns" / "1.0.0" / "datapackage.json"
    path.write_bytes(content)
    with pytest.raises(ShelfError) as caught:
        read_releases(storage, "towns").find_newest()
    assert caught.value.where == str(path)
    assert caught.value.what.startswith(f"cannot be understood ({cause}")
    assert caught.value.fix == "restore it, for example with git checkout"


def test_a_snapshot_reads_the_index_and_each_descriptor_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("1.0.0", "1.0.1"):
        put(Disk(tmp_path), version)
    names: list[str] = []
    read = Disk.read

    def read_and_count(self: Disk, name: str) -> bytes:
        names.append(name)
        return read(self, name)

    monkeypatch.setattr(Disk, "read", read_and_count)
    with lock_dataset(Disk(tmp_path), "towns") as releases:
        assert releases.highest == "1.0.1"
    assert names.count("towns/releases.json") == 1
    names.clear()
    releases = read_releases(Disk(tmp_path), "towns")
    assert [releases.find_newest(), releases.find_newest()] == [releases.read("1.0.1")] * 2
    assert releases.read_title() == "Towns"
    assert names == ["towns/releases.json", "towns/1.0.1/datapackage.json"]


class Broken:
    """A store's client whose calls raise."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def invalidate_cache(self) -> None: ...

    def exists(self, _: str) -> bool:
        raise self.error


def test_a_defect_of_the_program_is_not_reported_as_a_failing_store() -> None:
    with pytest.raises(TypeError, match="no such argument"):
        ObjectStore("s3://bucket/x", "bucket/x", Broken(TypeError("no such argument"))).has("towns/releases.json")
    with pytest.raises(ShelfError, match="the store does not answer as it should") as caught:
        ObjectStore("s3://bucket/x", "bucket/x", Broken(RuntimeError("timed out"))).has("towns/releases.json")
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_an_error_in_the_block_of_a_caller_passes_through(bucket: str) -> None:
    storage = open_store(bucket)
    storage.write("towns/notes.txt", b"mine")

    def stumble() -> None:
        with storage.open_local("towns/notes.txt"):
            raise OSError("an error of the caller")

    with pytest.raises(OSError, match="an error of the caller"):
        stumble()
