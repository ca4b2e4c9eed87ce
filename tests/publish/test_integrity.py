"""What is not as it was published is seen, whoever made it look right; and the shelf does not take it for its own."""

from __future__ import annotations

import json
from itertools import chain

import pytest

from publish.integrity import list_catalog_problems, list_dataset_problems, list_version_problems
from publish.locking import lock_dataset
from publish.releases import read_releases
from publish.shelf_files import write_catalog
from publish.storage.backend import ShelfError, Storage, format_checksums
from tests.publish.shelves import files_of, hash_files, is_whole, list_visible, put, read_index, remove_folder, withdraw


@pytest.fixture
def listed(two: Storage) -> Storage:
    """A storage with two versions and a catalogue."""
    write_catalog(read_releases(two, "towns"), None)
    return two


def forge(storage: Storage, version: str) -> None:
    """Alter a file of a version, and write its SHA256SUMS anew."""
    files = {**files_of(version), "tasks.csv": b"task_id,text\nt01,Nothing.\n"}
    storage.replace(f"towns/{version}/tasks.csv", files["tasks.csv"])
    storage.replace(f"towns/{version}/SHA256SUMS", format_checksums(hash_files(files)))


def flip(storage: Storage, name: str) -> None:
    content = storage.read(name)
    storage.replace(name, content[:-8] + bytes([content[-8] ^ 1]) + content[-7:])


def test_a_shelf_as_it_was_published_has_no_problems(listed: Storage) -> None:
    def list_problems() -> list[str]:
        versions = (list_version_problems(listed, "towns", version) for version in ("1.0.0", "1.0.1"))
        return [*chain(*versions), *list_dataset_problems(listed, "towns"), *list_catalog_problems(listed)]

    assert list_problems() == []
    withdraw(listed, "1.0.1")
    write_catalog(read_releases(listed, "towns"), None)
    assert list_problems() == []


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1"])
def test_a_version_whose_sums_were_written_anew_is_seen(two: Storage, version: str) -> None:
    forge(two, version)
    problems = list(list_version_problems(two, "towns", version))
    assert any(line.startswith("tasks.csv was altered") for line in problems)
    assert any(line.startswith("SHA256SUMS was altered") for line in problems)


def test_nothing_is_published_upon_a_version_whose_sums_were_written_anew(two: Storage) -> None:
    before = two.read("towns/releases.json")
    forge(two, "1.0.1")
    with pytest.raises(ShelfError, match=r"1\.0\.1/.*: is not as it was published; restore it"):
        put(two, "1.0.2", "1.0.1")
    assert two.read("towns/releases.json") == before
    assert is_whole(two, "latest")


def test_a_flipped_byte_of_the_newest_sums_is_seen(two: Storage) -> None:
    flip(two, "towns/1.0.1/SHA256SUMS")
    assert any("SHA256SUMS was altered" in line for line in list_version_problems(two, "towns", "1.0.1"))
    with pytest.raises(ShelfError, match="is not as it was published"):
        put(two, "1.0.2", "1.0.1")


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1"])
def test_a_version_that_is_listed_and_gone_is_told_with_its_number(two: Storage, version: str) -> None:
    remove_folder(two, version)
    assert version in read_releases(two, "towns").expected_versions
    assert [line.partition(",")[0] for line in list_version_problems(two, "towns", version)] == ["is gone"]


def test_an_index_that_differs_is_noticed_and_the_next_run_corrects_what_it_says_it_does(two: Storage) -> None:
    index = read_index(two)
    two.replace("towns/releases.json", json.dumps({**index, "latest": "1.0.0"}).encode())
    assert "says that the latest version is 1.0.0, not 1.0.1" in next(list_dataset_problems(two, "towns"))
    with lock_dataset(two, "towns"):
        assert list(list_dataset_problems(two, "towns")) == []
    index["releases"][1]["withdrawn"] = {"reason": "none", "at": "2026-11-24T08:00:00Z"}
    two.replace("towns/releases.json", json.dumps(index).encode())
    assert any(
        "says something else about the withdrawal of 1.0.0 than its folder" in line
        for line in list_dataset_problems(two, "towns")
    )


@pytest.mark.parametrize("content", [b"[" * 5000, b"junk", b"{}", b'{"releases": [{"version": "abc", "files": []}]}'])
def test_a_listing_that_is_none_is_one_line(two: Storage, content: bytes) -> None:
    two.replace("towns/releases.json", content)
    if two.has_atomic_folders:
        assert "run policytasks publish, which writes it again" in next(iter(list_dataset_problems(two, "towns")))
        with lock_dataset(two, "towns"):
            assert list(list_dataset_problems(two, "towns")) == []
    else:
        with pytest.raises(ShelfError, match=r"releases\.json: is not a release index"):
            list(list_dataset_problems(two, "towns"))


def test_latest_is_looked_at(two: Storage) -> None:
    flip(two, "towns/latest/tasks.csv")
    assert any(
        line.startswith("latest/tasks.csv is not the file of 1.0.1") for line in list_dataset_problems(two, "towns")
    )
    two.replace("towns/latest/extra.txt", b"mine")
    remove_folder(two, "latest")
    assert any(line.startswith("latest/ is missing") for line in list_dataset_problems(two, "towns"))
    with lock_dataset(two, "towns"):
        assert list(list_dataset_problems(two, "towns")) == []


@pytest.mark.parametrize("content", [b"junk", b"[]", b"{}", b"[" * 5000])
def test_what_stands_beside_and_is_junk_is_seen(two: Storage, content: bytes) -> None:
    two.replace("towns/sources.json", content)
    two.replace("catalog.json", content)
    assert any(line.startswith("sources.json is not a list") for line in list_dataset_problems(two, "towns"))
    assert any(line.startswith("catalog.json is not a catalog;") for line in list_catalog_problems(two))
    write_catalog(read_releases(two, "towns"), None)
    assert list(list_catalog_problems(two)) == []


def test_a_folder_that_says_it_is_another_version_is_refused_by_name(two: Storage) -> None:
    if not two.has_atomic_folders:
        pytest.skip("what the listing does not name is no version there, and is removed")
    for name in two.list_files("towns/1.0.1"):
        two.replace(f"towns/9.9.9/{name}", two.read(f"towns/1.0.1/{name}"))
    with pytest.raises(
        ShelfError,
        match=r"towns/9\.9\.9/datapackage\.json: describes towns 1\.0\.1, not towns 9\.9\.9; remove the folder",
    ):
        put(two, "1.0.2", "1.0.1")
    remove_folder(two, "9.9.9")
    two.replace("towns/9.9.9/notes.txt", b"mine")
    with pytest.raises(
        ShelfError, match=r"towns/9\.9\.9/: is not a version, because it has no datapackage\.json; remove it"
    ):
        put(two, "1.0.2", "1.0.1")


@pytest.mark.parametrize("name", ["tasks.csv", "datapackage.json", "SHA256SUMS"])
def test_a_damaged_newest_version_can_be_withdrawn_and_the_one_before_is_latest(two: Storage, name: str) -> None:
    was = {file["path"]: file["sha256"] for file in read_index(two)["releases"][0]["files"]}
    two.replace(f"towns/1.0.1/{name}", b"junk")
    withdraw(two, "1.0.1")
    assert two.read("towns/latest/CHANGES.md") == b"# 1.0.0\n"
    assert is_whole(two, "latest")
    assert is_whole(two, "1.0.1")
    (notice,) = read_releases(two, "towns").read_notices()
    assert notice.sha256 == {path.partition("/")[2]: sha for path, sha in was.items() if "SHA256SUMS" not in path}
    write_catalog(read_releases(two, "towns"), None)
    put(two, "1.0.2", "1.0.0")
    assert list_visible(two) == ["1.0.0", "1.0.1", "1.0.2", "latest", "releases.json"]


def test_a_version_that_is_gone_can_be_withdrawn(two: Storage) -> None:
    remove_folder(two, "1.0.0")
    withdraw(two, "1.0.0")
    assert is_whole(two, "1.0.0")
    put(two, "1.0.2", "1.0.1")


def test_a_damaged_version_does_not_become_the_newest_without_a_word(two: Storage) -> None:
    flip(two, "towns/1.0.0/tasks.csv")
    with pytest.raises(ShelfError, match=r"1\.0\.0/tasks\.csv: is not as it was published, and 1\.0\.0 would be"):
        withdraw(two, "1.0.1")
    assert is_whole(two, "1.0.1")
    withdraw(two, "1.0.0")
    withdraw(two, "1.0.1")
    assert read_releases(two, "towns").find_newest() is None
