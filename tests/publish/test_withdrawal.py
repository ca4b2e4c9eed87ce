"""What is left of a version that was taken back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from publish.locking import lock_dataset
from publish.records import Notice, to_record
from publish.releases import read_releases
from publish.storage.backend import ShelfError, Storage
from publish.storage.object_store import open_store
from publish.withdrawal import make_notice_files
from tests.conftest import Desk
from tests.publish.shelves import MINTED, NOW, files_of, hash_files, is_whole, list_visible, put, read_index, withdraw

REASON = "the numbers of two towns were swapped"


def test_a_notice_stands_in_the_place_of_every_file(two: Storage) -> None:
    before = set(two.list_files("towns/1.0.1"))
    withdraw(two, "1.0.1")
    assert set(two.list_files("towns/1.0.1")) == before | {"withdrawn.json"}
    assert is_whole(two, "1.0.1")
    for name in ("tasks.csv", "tasks.parquet", "CHANGES.md"):
        assert two.read(f"towns/1.0.1/{name}").startswith(b"WITHDRAWN: towns 1.0.1 is no longer published\n")
        assert REASON.encode() in two.read(f"towns/1.0.1/{name}")
    descriptor = json.loads(two.read("towns/1.0.1/datapackage.json"))
    assert (descriptor["name"], descriptor["version"], descriptor["title"]) == ("towns", "1.0.1", "Towns")
    assert descriptor["withdrawn"] == {"reason": REASON, "at": "2026-11-24T08:00:00Z"}


def test_latest_and_newest_move_back_and_the_number_stays_given(two: Storage) -> None:
    withdraw(two, "1.0.1")
    newest = read_releases(two, "towns").find_newest()
    assert newest is not None
    assert (newest.version, read_releases(two, "towns").highest) == ("1.0.0", "1.0.1")
    assert two.read("towns/latest/CHANGES.md") == b"# 1.0.0\n"
    assert is_whole(two, "latest")
    index = read_index(two)
    assert index["latest"] == "1.0.0"
    assert [(entry["version"], entry["withdrawn"]) for entry in index["releases"]] == [
        ("1.0.1", {"reason": REASON, "at": "2026-11-24T08:00:00Z"}),
        ("1.0.0", None),
    ]
    with pytest.raises(ShelfError, match="never changes"):
        put(two, "1.0.1")
    put(two, "1.0.2", "1.0.0")
    assert two.read("towns/latest/CHANGES.md") == b"# 1.0.2\n"


def test_an_older_version_can_be_withdrawn_and_latest_stays(two: Storage) -> None:
    withdraw(two, "1.0.0")
    assert read_index(two)["latest"] == "1.0.1"
    assert two.read("towns/latest/CHANGES.md") == b"# 1.0.1\n"


def test_the_notice_keeps_the_checksums_and_the_ids_that_the_version_minted(two: Storage) -> None:
    withdraw(two, "1.0.1")
    (notice,) = read_releases(two, "towns").read_notices()
    assert (notice.version, notice.reason, notice.at) == ("1.0.1", REASON, NOW)
    assert [minted.record for minted in notice.ids] == [MINTED]
    assert notice.sha256 == hash_files(files_of("1.0.1", "1.0.0"))


def test_the_only_version_can_be_withdrawn_and_then_there_is_no_latest(storage: Storage) -> None:
    put(storage, "1.0.0")
    withdraw(storage, "1.0.0")
    assert list_visible(storage) == ["1.0.0", "releases.json"]
    assert (read_index(storage)["latest"], read_releases(storage, "towns").find_newest()) == (None, None)
    assert read_releases(storage, "towns").highest == "1.0.0"
    put(storage, "1.0.1")
    assert list_visible(storage) == ["1.0.0", "1.0.1", "latest", "releases.json"]


def test_no_version_and_one_withdrawn_already_are_one_line(two: Storage) -> None:
    withdraw(two, "1.0.1")
    with pytest.raises(ShelfError, match="was withdrawn already, 2026-11-24T08:00:00Z"):
        withdraw(two, "1.0.1")
    with pytest.raises(ShelfError, match="not a version of towns"):
        withdraw(two, "3.0.0")


def test_no_program_takes_the_notice_for_data(two: Storage, tmp_path: Path) -> None:
    withdraw(two, "1.0.1")
    content = two.read("towns/1.0.1/tasks.csv")
    path = tmp_path / "tasks.csv"
    path.write_bytes(content)
    with pytest.raises(pd.errors.ParserError):
        pd.read_csv(path)
    with pytest.raises(pa.ArrowInvalid):
        pa_csv.read_csv(path)
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(io.BytesIO(two.read("towns/1.0.1/tasks.parquet")))
    with pytest.raises(duckdb.Error):
        duckdb.connect().execute(f"select task_id from '{path}'").fetchall()


def test_a_withdrawal_that_was_cut_short_in_a_store_is_finished_by_the_next_run(bucket: str) -> None:
    two = open_store(bucket)
    put(two, "1.0.0")
    put(two, "1.0.1", "1.0.0")
    withdraw(two, "1.0.1")
    order = [
        "withdrawn.json",
        *sorted(two.list_files("towns/1.0.1").keys() - {"withdrawn.json", "SHA256SUMS"}),
        "SHA256SUMS",
    ]
    for done in range(1, len(order)):
        number = f"1.1.{done}"
        put(two, number, "1.0.0")
        published = read_releases(two, "towns").read_available(number)
        fields = {"version": number, "reason": REASON, "at": "2026-11-24T08:00:00Z", "ids": []}
        notice = to_record(Notice, {**fields, "sha256": published.read_checksums()})
        files = make_notice_files(published.descriptor, notice)
        for name in order[:done]:
            two.replace(f"towns/{number}/{name}", files[name])
        two.remove(f"towns/1.1.{done}/SHA256SUMS")
        with lock_dataset(two, "towns"):
            assert is_whole(two, f"1.1.{done}")
            assert read_index(two)["latest"] == "1.0.0"
            assert is_whole(two, "latest")
            assert two.read(f"towns/1.1.{done}/tasks.csv").startswith(b"WITHDRAWN")


def test_the_command_takes_a_version_back_and_the_next_number_is_a_new_one(harbour: Desk, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    harbour.capture(report.replace("Build a pier for", "Build a jetty for"))
    assert "published 1.0.1" in harbour.run("publish", "--direct", "--offline").stdout
    done = harbour.run("withdraw", "harbour", "1.0.1", "--reason", "it names a jetty that nobody builds")
    assert done.returncode == 0, done.stderr
    assert "withdrew 1.0.1; 1.0.0 is the newest now" in done.stdout
    storage = harbour.home.shelf
    assert "1.0.1" in str(read_releases(storage, "harbour").read_notices())
    assert "published 1.0.2: 1 task reworded" in harbour.run("publish", "--direct", "--offline").stdout
    assert [(entry["version"], entry["previous_version"]) for entry in read_index(storage, "harbour")["releases"]] == [
        ("1.0.2", "1.0.0"),
        ("1.0.1", "1.0.0"),
        ("1.0.0", None),
    ]


def test_the_command_takes_a_damaged_version_back_with_the_ids_that_its_copy_has(harbour: Desk, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    grown = report.replace("5. Reduce the fees", "5. Build a school.\n\n6. Reduce the fees")
    harbour.capture(grown.replace("seven key tasks", "eight key tasks"))
    harbour.run("publish", "--direct", "--offline")
    number = read_index(harbour.home.shelf, "harbour")["latest"]
    for name in ("tasks.parquet", "datapackage.json"):
        (harbour.shelf / "harbour" / number / name).write_bytes(b"junk")
    assert harbour.run("publish", "--direct", "--offline").returncode == 1
    done = harbour.run("withdraw", "harbour", number, "--reason", "its files were damaged by a disk")
    assert done.returncode == 0, done.stderr
    assert f"withdrew {number}; 1.0.0 is the newest now" in done.stdout
    assert "could not be read" not in done.stdout
    (notice,) = read_releases(harbour.home.shelf, "harbour").read_notices()
    assert "tasks" in {minted.table_name for minted in notice.ids}
    assert harbour.run("publish", "--direct", "--offline").returncode == 0
    assert harbour.run("verify").returncode == 0


def test_the_command_keeps_the_ids_that_the_version_minted(harbour: Desk) -> None:
    harbour.run("publish", "--direct", "--offline")
    done = harbour.run("withdraw", "harbour", "1.0.0", "--reason", "it was never meant to be public")
    assert "no version is left, so there is no latest" in done.stdout
    (notice,) = read_releases(harbour.home.shelf, "harbour").read_notices()
    assert ("tasks", "harbour-2021/t01") in {(minted.table_name, minted.row_id) for minted in notice.ids}
    assert "published 1.1.0" in harbour.run("publish", "--direct", "--offline").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["harbor", "1.0.0", "--reason", REASON], "no version of it is published in"),
        (["../harbour", "1.0.0", "--reason", REASON], "no version of it is published in"),
        (["har\nbour", "1.0.0", "--reason", REASON], "no version of it is published in"),
        (["harbour", "1.0.7", "--reason", REASON], "has no version '1.0.7'; its versions are 1.0.0"),
        (["harbour", "1.0.0", "--reason", "short"], "needs a reason of ten characters or more; add --reason TEXT"),
        (["harbour", "1.0.0", "--reason", "turned \u202e around by a mark"], "holds an invisible character, U+202E"),
        (["harbour", "1.0.0", "--reason", "rings a \x07 bell at night"], "holds an invisible character, U+0007"),
        (["harbour", "1.0.0"], "--reason"),
    ],
)
def test_the_command_answers_mistakes_with_one_line(harbour: Desk, arguments: list[str], message: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    before = {path: path.stat().st_mtime_ns for path in harbour.shelf.rglob("*")}
    done = harbour.run("withdraw", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr
    assert {path: path.stat().st_mtime_ns for path in harbour.shelf.rglob("*")} == before
