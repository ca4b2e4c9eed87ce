from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import pytest

from publish.locking import lock_dataset
from publish.releases import read_releases
from publish.storage import disk
from publish.storage.backend import ShelfError
from publish.storage.disk import Disk
from publish.tables import read_tables
from tests.publish.shelves import is_whole, put, read_index

FORK = multiprocessing.get_context("fork")


def see(folder: Path) -> dict[str, bool]:
    """What a reader of the shelf sees: each folder that is not hidden, and whether it is whole."""
    return {name: is_whole(Disk(folder), name) for name in Disk(folder).list_folders("towns")}


def test_versions_are_ordered_as_numbers(tmp_path: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.0"):
        put(Disk(tmp_path), version)
    newest = read_releases(Disk(tmp_path), "towns").find_newest()
    assert newest is not None
    assert newest.version == "1.10.0"


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
    put(Disk(folder), "1.0.1")


def test_a_run_killed_at_any_moment_leaves_the_shelf_whole_and_the_next_run_succeeds(tmp_path: Path) -> None:
    killed = 0
    for step in range(200):
        folder = tmp_path / str(step)
        put(Disk(folder), "1.0.0")
        process = FORK.Process(target=_killed_at, args=(folder, step))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        killed += 1
        assert process.exitcode == -signal.SIGKILL
        assert all(see(folder).values()), f"half a release is seen after a kill at step {step}"
        assert {"1.0.0", "latest"} <= see(folder).keys()
        if "1.0.1" in see(folder):
            with lock_dataset(Disk(folder), "towns"):
                """The next run finds the version there, and finishes the listing."""
        else:
            put(Disk(folder), "1.0.1")
        assert see(folder) == {"1.0.0": True, "1.0.1": True, "latest": True}
        assert (folder / "towns" / "latest" / "CHANGES.md").read_text() == "# 1.0.1\n"
        assert read_index(Disk(folder))["latest"] == "1.0.1"
    assert killed > 15
    assert process.exitcode == 0


def test_a_file_altered_after_publishing_is_noticed(tmp_path: Path) -> None:
    put(Disk(tmp_path), "1.0.0")
    (tmp_path / "towns" / "1.0.0" / "tasks.parquet").write_bytes(b"PAR1")
    newest = read_releases(Disk(tmp_path), "towns").find_newest()
    assert newest is not None
    with pytest.raises(ShelfError, match="was altered after it was published"):
        read_tables(newest)


def test_a_shelf_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "towns").write_text("a file where a folder should be")
    with pytest.raises(ShelfError, match=r"cannot be written .* check its permissions"):
        put(Disk(tmp_path), "1.0.0")


@pytest.mark.parametrize("stray", ["latest", "releases.json", ".staged-x", "1.0.0/notes", "link"])
def test_stray_files_and_folders_do_not_jam_the_shelf(tmp_path: Path, stray: str) -> None:
    put(Disk(tmp_path), "1.0.0")
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
    put(Disk(tmp_path), "1.0.1")
    assert is_whole(Disk(tmp_path), "latest")
    assert not (folder / "latest").is_symlink()
    assert (folder / "latest" / "CHANGES.md").read_text() == "# 1.0.1\n"
    assert read_index(Disk(tmp_path))["latest"] == "1.0.1"
    assert not list(folder.glob(".staged*"))
