from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import threading
from pathlib import Path

import pytest

from publish.locking import lock_dataset
from publish.releases import read_releases
from publish.staging import stage_release
from publish.storage import disk
from publish.storage.backend import ShelfError, format_checksums
from publish.storage.disk import Disk
from publish.tables import read_tables

FILES = {f"table{number}.csv": b"a,b\n" * 50 for number in range(4)}
FORK = multiprocessing.get_context("fork")


def files(version: str) -> dict[str, bytes]:
    descriptor = {
        "name": "towns",
        "title": "Towns",
        "version": version,
        "created": "2026-11-23T12:00:00Z",
        "schemaVersion": "1.0.0",
        "changeSummary": "first release",
        "contentHash": "sha256:0",
        "rowCounts": {},
        "resources": [],
    }
    return {**FILES, "version.txt": version.encode(), "datapackage.json": json.dumps(descriptor).encode()}


def put(folder: Path, version: str) -> None:
    with lock_dataset(Disk(folder), "towns") as releases, stage_release(releases, version) as made:
        written(made, version)


def written(folder: Path, version: str) -> None:
    for name, content in files(version).items():
        (folder / name).write_bytes(content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files(version).items()}
    (folder / "SHA256SUMS").write_bytes(format_checksums(sums))


def whole(folder: Path) -> bool:
    """Whether a folder holds a whole version: every file that its checksums name, and no other."""
    lines = (line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines())
    sums = {name: digest for digest, name in lines}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    del found["SHA256SUMS"]
    return sums == found


def seen(folder: Path) -> dict[str, bool]:
    """What a reader of the shelf sees: each folder that is not hidden, and whether it is whole."""
    return {path.name: whole(path) for path in (folder / "towns").iterdir() if path.is_dir() and path.name[0] != "."}


def test_a_version_appears_whole_with_latest_and_listing(tmp_path: Path) -> None:
    put(tmp_path, "1.0.0")
    put(tmp_path, "1.0.1")
    assert seen(tmp_path) == {"1.0.0": True, "1.0.1": True, "latest": True}
    assert (tmp_path / "towns" / "latest" / "version.txt").read_text() == "1.0.1"
    listing = json.loads((tmp_path / "towns" / "releases.json").read_text())
    assert (listing["latest"], [one["version"] for one in listing["releases"]]) == ("1.0.1", ["1.0.1", "1.0.0"])
    assert sorted(path.name for path in (tmp_path / "towns").iterdir()) == ["1.0.0", "1.0.1", "latest", "releases.json"]


def test_versions_are_ordered_as_numbers(tmp_path: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.0"):
        put(tmp_path, version)
    newest = read_releases(Disk(tmp_path), "towns").find_newest()
    assert newest is not None
    assert newest.version == "1.10.0"


def test_a_published_version_is_never_written_again(tmp_path: Path) -> None:
    put(tmp_path, "1.0.0")
    with pytest.raises(ShelfError, match="never changes"):
        put(tmp_path, "1.0.0")
    assert seen(tmp_path) == {"1.0.0": True, "latest": True}


def test_a_second_publisher_is_told_to_wait(tmp_path: Path) -> None:
    with lock_dataset(Disk(tmp_path), "towns"):
        said: list[str] = []

        def second() -> None:
            try:
                put(tmp_path, "1.0.0")
            except ShelfError as error:
                said.append(str(error))

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "another run is publishing towns" in said[0]
    put(tmp_path, "1.0.0")


def test_a_lock_without_a_release_leaves_nothing(tmp_path: Path) -> None:
    with lock_dataset(Disk(tmp_path / "published"), "towns"):
        pass
    assert not (tmp_path / "published" / "towns").exists()


def _killed_at(folder: Path, step: int) -> None:
    """Publish, and be killed at the given one of the moments at which something reaches the disk."""
    left = [step]

    def deadly(real: object) -> object:
        def call(*args: object, **named: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **named)  # type: ignore[operator]

        return call

    for owner, name in (
        (os, "fsync"),
        (Path, "rename"),
        (Path, "replace"),
        (Path, "mkdir"),
        (Path, "rmdir"),
        (disk, "_swap_folders"),
        (shutil, "rmtree"),
    ):
        setattr(owner, name, deadly(getattr(owner, name)))
    put(folder, "1.0.1")


def test_a_run_killed_at_any_moment_leaves_the_shelf_whole_and_the_next_run_succeeds(tmp_path: Path) -> None:
    killed = 0
    for step in range(200):
        folder = tmp_path / str(step)
        put(folder, "1.0.0")
        process = FORK.Process(target=_killed_at, args=(folder, step))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        killed += 1
        assert process.exitcode == -signal.SIGKILL
        assert all(seen(folder).values()), f"half a release is seen after a kill at step {step}"
        assert {"1.0.0", "latest"} <= seen(folder).keys()
        if "1.0.1" in seen(folder):
            with lock_dataset(Disk(folder), "towns"):
                """The next run finds the version there, and finishes the listing."""
        else:
            put(folder, "1.0.1")
        assert seen(folder) == {"1.0.0": True, "1.0.1": True, "latest": True}
        assert (folder / "towns" / "latest" / "version.txt").read_text() == "1.0.1"
        assert json.loads((folder / "towns" / "releases.json").read_text())["latest"] == "1.0.1"
    assert killed > 15
    assert process.exitcode == 0


def test_a_file_altered_after_publishing_is_noticed(tmp_path: Path) -> None:
    put(tmp_path, "1.0.0")
    (tmp_path / "towns" / "1.0.0" / "tasks.parquet").write_bytes(b"PAR1")
    newest = read_releases(Disk(tmp_path), "towns").find_newest()
    assert newest is not None
    with pytest.raises(ShelfError, match="was altered after it was published"):
        read_tables(newest)


def test_a_shelf_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "towns").write_text("a file where a folder should be")
    with pytest.raises(ShelfError, match=r"cannot be written .* check its permissions"):
        put(tmp_path, "1.0.0")


@pytest.mark.parametrize("name", ["version.txt", "table1.csv"])
def test_a_damaged_version_is_never_copied_over_a_good_latest(tmp_path: Path, name: str) -> None:
    put(tmp_path, "1.0.0")
    (tmp_path / "towns" / "1.0.0" / name).unlink()
    with (
        pytest.raises(ShelfError, match="is not as it was published; restore it"),
        lock_dataset(Disk(tmp_path), "towns"),
    ):
        pass
    assert whole(tmp_path / "towns" / "latest")


def test_an_altered_latest_is_made_anew(tmp_path: Path) -> None:
    put(tmp_path, "1.0.0")
    (tmp_path / "towns" / "latest" / "version.txt").write_text("9.9.9")
    with lock_dataset(Disk(tmp_path), "towns"):
        pass
    assert whole(tmp_path / "towns" / "latest")


def test_a_version_that_is_listed_and_gone_is_asked_for_and_its_number_not_given_again(tmp_path: Path) -> None:
    put(tmp_path, "1.0.0")
    shutil.rmtree(tmp_path / "towns" / "1.0.0")
    with pytest.raises(ShelfError, match="is listed but no longer there"):
        put(tmp_path, "1.0.0")


@pytest.mark.parametrize("stray", ["latest", "releases.json", ".staged-x", "1.0.0/notes", "link"])
def test_stray_files_and_folders_do_not_jam_the_shelf(tmp_path: Path, stray: str) -> None:
    put(tmp_path, "1.0.0")
    folder = tmp_path / "towns"
    if stray == "latest":
        shutil.rmtree(folder / stray)
        (folder / stray).write_text("a file")
    elif stray == "link":
        shutil.rmtree(folder / "latest")
        (folder / "latest").symlink_to("1.0.0")
    elif stray == "releases.json":
        (folder / stray).unlink()
        (folder / stray).mkdir()
    elif stray == ".staged-x":
        (folder / stray).write_text("a file")
    else:
        (folder / stray).mkdir()
    put(tmp_path, "1.0.1")
    assert whole(folder / "latest")
    assert not (folder / "latest").is_symlink()
    assert (folder / "latest" / "version.txt").read_text() == "1.0.1"
    assert json.loads((folder / "releases.json").read_text())["latest"] == "1.0.1"
    assert not list(folder.glob(".staged*"))


@pytest.mark.parametrize("content", ["{}", "[]", "", "nonsense"])
def test_a_descriptor_that_says_nothing_is_one_line(tmp_path: Path, content: str) -> None:
    put(tmp_path, "1.0.0")
    (tmp_path / "towns" / "1.0.0" / "datapackage.json").write_text(content)
    with pytest.raises(ShelfError, match="restore it"):
        read_releases(Disk(tmp_path), "towns").find_newest()
