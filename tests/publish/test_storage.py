"""What holds of a shelf wherever it stands."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest
import requests

from publish.consistency import RELEASE_FOLDERS, list_release_files
from publish.locking import lock_dataset, lock_root
from publish.release import stage_release
from publish.releases import list_datasets, read_releases
from publish.storage.backend import BusyError, ShelfError, Storage
from publish.storage.disk import Disk
from publish.storage.location import open_storage
from tests.conftest import Desk
from tests.publish.shelves import is_whole, list_versions, list_visible, put, read_index, remove_folder
from tests.publish.store import s3


def test_a_version_is_listed_with_every_file_and_latest_is_its_copy(two: Storage) -> None:
    assert list_visible(two) == ["1.0.0", "1.0.1", "latest", "releases.json"]
    assert all(is_whole(two, folder) for folder in ("1.0.0", "1.0.1", "latest"))
    assert two.read("towns/latest/CHANGES.md") == b"# 1.0.1\n"
    assert (read_index(two)["latest"], list_versions(two)) == ("1.0.1", ["1.0.1", "1.0.0"])
    for entry in read_index(two)["releases"]:
        names = {file["path"].partition("/")[2] for file in entry["files"]}
        assert names == set(two.list_files(f"towns/{entry['version']}"))
        for file in entry["files"]:
            content = two.read(f"towns/{file['path']}")
            assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert (entry["withdrawn"], entry["rows"]) == (None, {"tasks": 2})


def test_a_run_that_changes_nothing_writes_nothing(storage: Storage) -> None:
    put(storage, "1.0.0")

    def state() -> dict[str, object]:
        if isinstance(storage, Disk):
            return {str(path): path.stat().st_mtime_ns for path in storage.root.rglob("*")}
        objects = storage.system.find(storage.root, detail=True)  # type: ignore[attr-defined]
        return {name: (info["ETag"], info["LastModified"]) for name, info in objects.items() if "/.lock/" not in name}

    before = state()
    time.sleep(0.01 if isinstance(storage, Disk) else 1.1)
    with lock_dataset(storage, "towns"):
        pass
    assert state() == before


def test_a_published_number_is_never_given_again(storage: Storage) -> None:
    put(storage, "1.0.0")
    with pytest.raises(ShelfError, match="is published already and never changes"):
        put(storage, "1.0.0")
    assert list_visible(storage) == ["1.0.0", "latest", "releases.json"]


def test_a_release_that_cannot_be_made_leaves_the_shelf_as_it_was(storage: Storage) -> None:
    put(storage, "1.0.0")
    before = storage.list_files("towns")

    def stumble() -> None:
        with lock_dataset(storage, "towns") as releases, stage_release(releases, "1.0.1") as folder:
            (folder / "tasks.csv").write_bytes(b"a,b\n")
            raise KeyError("what the writer stumbled over")

    with pytest.raises(KeyError):
        stumble()
    with lock_dataset(storage, "towns"):
        after = storage.list_files("towns")
    assert {name: facts for name, facts in after.items() if not name.startswith(".")} == {
        name: facts for name, facts in before.items() if not name.startswith(".")
    }


def test_a_file_of_the_newest_version_that_is_gone_is_noticed(storage: Storage) -> None:
    put(storage, "1.0.0")
    storage.remove("towns/1.0.0/tasks.csv")
    with pytest.raises(ShelfError, match=r"tasks\.csv: is not as it was published; restore it"):
        put(storage, "1.0.1")
    assert is_whole(storage, "latest")


def test_a_latest_that_lost_a_file_or_has_another_is_made_anew(storage: Storage) -> None:
    put(storage, "1.0.0")
    # An object store does not tell when a file was written, so there only another size is noticed.
    other = b"# 9.9.9\n" if storage.has_atomic_folders else b"# 10.9.9\n"
    changes: list[Callable[[], object]] = [
        lambda: storage.remove("towns/latest/tasks.csv"),
        lambda: storage.remove("towns/latest/SHA256SUMS"),
        lambda: storage.replace("towns/latest/CHANGES.md", other),
    ]
    for change in changes:
        change()
        with lock_dataset(storage, "towns"):
            pass
        assert is_whole(storage, "latest")


def test_a_version_that_is_listed_and_gone_is_asked_for(storage: Storage) -> None:
    put(storage, "1.0.0")
    remove_folder(storage, "1.0.0")
    with pytest.raises(ShelfError, match="is listed but no longer there"):
        put(storage, "1.0.0")


def test_a_second_publisher_is_refused_while_the_first_one_publishes(storage: Storage) -> None:
    with lock_dataset(storage, "towns"), pytest.raises(BusyError, match="another run is publishing towns"):
        put(storage, "1.0.0")
    put(storage, "1.0.0")


def test_of_publishers_at_the_same_moment_one_publishes_and_the_others_are_refused(storage: Storage) -> None:
    messages: list[str] = []

    def publish() -> None:
        try:
            put(storage, "1.0.0")
            messages.append("")
        except ShelfError as error:
            messages.append(str(error))

    threads = [threading.Thread(target=publish) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert messages.count("") == 1
    assert all("another run is publishing towns" in line or "never changes" in line for line in messages if line)
    assert list_versions(storage) == ["1.0.0"]
    assert is_whole(storage, "1.0.0")


def test_many_files_are_put_over_what_was_there_and_taken_away_again(storage: Storage) -> None:
    files = {f"towns/plans/{number}/index.html": f"<p>{number}".encode() for number in range(250)}
    storage.put_all(files.items())
    storage.put_all([("towns/plans/7/index.html", b"<p>other")])
    assert storage.read("towns/plans/7/index.html") == b"<p>other"
    assert storage.read("towns/plans/249/index.html") == b"<p>249"
    assert len(storage.list_files("towns/plans")) == 250
    storage.remove("towns/plans/7/index.html")
    storage.remove("towns/plans/7/index.html")
    assert "7" not in storage.list_folders("towns/plans")
    assert len(storage.list_files("towns/plans")) == 249


def test_releases_are_listed_without_the_pages_beside_them(storage: Storage) -> None:
    put(storage, "1.0.0")
    storage.put_all([("towns/plans/1/index.html", b"<p>"), ("towns/index.html", b"<p>"), ("towns/1.0/odd", b"")])
    tree = list_release_files(storage, "towns")
    assert tree == {folder: storage.list_files(f"towns/{folder}") for folder in ("1.0.0", "latest")}
    assert storage.list_files("nowhere", RELEASE_FOLDERS) == {}


def test_a_file_at_the_root_is_replaced_under_a_lock_that_waits(storage: Storage) -> None:
    def add(number: int) -> None:
        with lock_root(storage):
            lines = storage.read("catalog.json").decode() if storage.has("catalog.json") else ""
            storage.replace("catalog.json", f"{lines}{number}\n".encode())

    threads = [threading.Thread(target=add, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(storage.read("catalog.json").decode().split()) == list("01234")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "check the credentials"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, "connect"),
        ({"AWS_ENDPOINT_URL": "nonsense", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, "Invalid endpoint"),
    ],
)
def test_a_store_that_does_not_answer_is_one_line(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    assert message in fail_to_lock(tmp_path, environment)


def test_refused_credentials_are_one_line(tmp_path: Path) -> None:
    with s3() as environment:
        requests.post(f"{environment['AWS_ENDPOINT_URL']}/moto-api/reset-auth", data="0", timeout=10)
        assert "check the credentials in the environment" in fail_to_lock(tmp_path, environment)


def fail_to_lock(tmp_path: Path, environment: Mapping[str, str]) -> str:
    """The one line that a program gets that locks a dataset in a store."""
    script = (
        "from publish.locking import lock_dataset; from publish.storage.backend import ShelfError\n"
        "from publish.storage.location import open_storage; from pathlib import Path\n"
        "try:\n    with lock_dataset(open_storage('s3://shelves/x', Path()), 'towns'): pass\n"
        "except ShelfError as error: print(error)"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**inherited, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    missing = open_storage("s3://no-such-bucket/x", tmp_path)
    with pytest.raises(ShelfError, match=r"s3://no-such-bucket/x: there is no such bucket"):
        put(missing, "1.0.0")


def test_a_listing_that_is_lost_from_a_store_deletes_nothing(bucket: str, tmp_path: Path) -> None:
    storage = open_storage(bucket, tmp_path)
    put(storage, "1.0.0")
    storage.remove("towns/releases.json")
    with pytest.raises(ShelfError, match=r"releases\.json: is missing"):
        put(storage, "1.0.1")
    assert list_datasets(storage) == ["towns"]
    with pytest.raises(ShelfError, match=r"releases\.json: is missing"):
        read_releases(storage, "towns")
    assert is_whole(storage, "1.0.0")


def test_a_store_names_the_media_type_of_each_file(bucket: str, tmp_path: Path) -> None:
    storage = open_storage(bucket, tmp_path)
    put(storage, "1.0.0")
    kinds = {
        name: storage.system.info(f"{storage.root}/towns/{name}")["ContentType"]  # type: ignore[attr-defined]
        for name in ("releases.json", "latest/tasks.csv")
    }
    assert kinds == {"releases.json": "application/json", "latest/tasks.csv": "text/csv"}


def test_the_command_line_works_on_a_store_as_on_a_disk(harbour: Desk, report: str, bucket: str) -> None:
    def run(*arguments: str) -> str:
        done = harbour.run(*arguments, POLICYTASKS_SHELF=bucket)
        assert done.returncode == 0, done.stderr
        return done.stdout

    output = run("publish", "--direct", "--offline")
    assert "published 1.0.0" in output
    assert f"pandas.read_parquet('{bucket}/harbour/latest/tasks.parquet')" in output
    assert "nothing changed; 1.0.0 stays the newest" in run("publish", "--direct", "--offline")
    harbour.capture(report.replace("Build a pier for", "Build a jetty for"))
    assert "published 1.0.1: 1 task reworded" in run("publish", "--direct", "--offline")
    assert "3 of 3" in run("status")
    assert "2" in run("archive")
    assert "withdrew 1.0.1; 1.0.0 is the newest now" in run(
        "withdraw", "harbour", "1.0.1", "--reason", "nobody builds it"
    )
    assert "would publish 1.0.2" in run("publish", "--direct", "--dry-run")
    assert not harbour.shelf.exists()
    assert len(pd.read_parquet(f"{bucket}/harbour/latest/tasks.parquet")) == 7


@pytest.mark.parametrize("command", ["publish", "status", "archive"])
def test_a_setting_that_names_no_storage_is_one_line_of_every_command(harbour: Desk, command: str) -> None:
    options = ["--direct", "--offline"] if command == "publish" else []
    done = harbour.run(command, *options, POLICYTASKS_SHELF="s4://bucket/x")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("policytasks: s4://bucket/x: ")
    assert "POLICYTASKS_SHELF is a path, or a URL such as s3://bucket/x" in line
