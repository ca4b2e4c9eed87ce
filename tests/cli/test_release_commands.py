"""diff, show, verify and withdraw as a person uses them, on releases of a home of their own."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import threading
from pathlib import Path

import pytest

from pipeline.run import run_dataset
from tests.conftest import Desk


@pytest.fixture
def two(harbour: Desk, report: str) -> Desk:
    """The harbour towns with two versions: in the second a pier became a jetty."""
    run_dataset(harbour.home, "harbour", offline=True)
    harbour.capture(report.replace("Build a pier", "Build a jetty"))
    run_dataset(harbour.home, "harbour", offline=True)
    return harbour


def folder(desk: Desk, *parts: str) -> Path:
    return Path(desk.home.root, "data", "published", "harbour", *parts)


def test_diff_shows_the_words_that_differ(two: Desk) -> None:
    done = two.run("diff", "harbour")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "harbour 1.0.0 → 1.0.1: 1 task reworded"
    assert "Build a [-pier-]{+jetty+} for night ferries." in done.stdout
    backwards = two.run("diff", "harbour", "1.0.1", "1.0.0")
    assert "Build a [-jetty-]{+pier+} for night ferries." in backwards.stdout


def test_diff_names_metadata_that_changed_in_one_line_each(harbour: Desk) -> None:
    run_dataset(harbour.home, "harbour", offline=True)
    path = harbour.home.datasets / "harbour.yaml"
    text = path.read_text().replace("CC-BY-4.0", "CC0-1.0").replace("Tasks of the harbour towns", "Tasks of the towns")
    path.write_text(text + "keywords: [ferries]\n")
    run_dataset(harbour.home, "harbour", offline=True)
    done = harbour.run("diff", "harbour")
    first, title, keywords, licenses = done.stdout.splitlines()
    assert first == "harbour 1.0.0 → 1.0.1: the same rows; metadata: title, keywords, licenses"
    assert title == "  metadata title: [-Tasks of the harbour towns-]{+Tasks of the towns+}"
    assert keywords == "  metadata keywords: {+ferries+}"
    assert licenses.startswith("  metadata licenses: [-CC-BY-4.0, Creative Commons Attribution 4.0")
    assert "{+CC0-1.0, CC0 1.0 Universal" in licenses
    found = json.loads(harbour.run("diff", "harbour", "--json").stdout)
    assert [(change["name"], change["after"]) for change in found["metadata"]][1] == ("keywords", ["ferries"])
    same = json.loads(harbour.run("diff", "harbour", "1.0.1", "1.0.1", "--json").stdout)
    assert same["metadata"] == []


def test_diff_as_json_and_csv_has_the_rows_of_changes(two: Desk) -> None:
    found = json.loads(two.run("diff", "harbour", "1.0.0", "1.0.1", "--json").stdout)
    (row,) = csv.DictReader(io.StringIO(two.run("diff", "harbour", "1.0.0", "1.0.1", "--csv").stdout))
    assert found["summary"] == "1 task reworded"
    assert found["changes"] == [row]
    assert row["row_id"] == "harbour-2021/t02"
    same = json.loads(two.run("diff", "harbour", "1.0.1", "1.0.1", "--json").stdout)
    assert (same["summary"], same["changes"]) == ("the same rows", [])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("diff", "harbour", "1.0.0", "7.7.7"), 2, "has no version '7.7.7'; its versions are 1.0.0, 1.0.1"),
        (("diff", "nowhere"), 2, "'nowhere': no version of it is published in data/published"),
        (("diff", "nowhere"), 2, "datasets with a version: harbour"),
        (("diff", ""), 2, "no version of it"),
        (("diff", "../harbour"), 2, "no version of it"),
        (("diff", "har\nbour"), 2, "no version of it"),
        (("diff", "harbour", ""), 2, "has no version ''"),
        (("show", "harbour-2021/\nt99\u202e"), 1, "harbour-2021/ t99\\u202e: no published dataset"),
        (("show", "harbour-2021/t99"), 1, "no published dataset has or had a task with this id; see task_id"),
        (("verify", "nowhere"), 2, "no version of it is published in"),
        (("verify", ""), 2, "no version of it is published in"),
        (("verify", "harbour", "0.0.1"), 2, "has no version '0.0.1'; its versions are 1.0.0, 1.0.1"),
        (("verify", "harbour", ""), 2, "has no version ''"),
        (("withdraw", "harbour", "3.0.0", "--reason", "nothing but a trial"), 2, "has no version '3.0.0'"),
        (("withdraw", "harbour", "1.0.1", "--reason", "short"), 2, "ten characters or more"),
    ],
)
def test_what_cannot_be_done_is_one_line(two: Desk, arguments: tuple[str, ...], status: int, said: str) -> None:
    done = two.run(*arguments)
    assert done.returncode == status
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout


def test_show_leads_from_the_row_to_its_sentence_and_through_its_life(two: Desk) -> None:
    done = two.run("show", "harbour-2021/t02")
    assert done.returncode == 0, done.stderr
    assert "area             II. Sharing Schools" not in done.stdout
    assert "area             I. Sharing Ferries" in done.stdout
    assert "| 2. »Build a jetty for night ferries." in done.stdout
    assert "| 1. Run one timetable" in done.stdout
    lines = done.stdout.splitlines()
    assert lines[0].startswith("harbour-2021/t02  (harbour 1.0.1)")
    assert any("text: Build a [-pier-]{+jetty+}" in line for line in lines)


def test_show_finds_a_task_that_is_gone(two: Desk, report: str) -> None:
    without = report.replace("5. Reduce the fees for school buses.", "").replace("seven key tasks", "six key tasks")
    two.capture(without.replace("Build a pier", "Build a jetty"))
    assert run_dataset(two.home, "harbour", offline=True).version == "2.0.0"
    done = two.run("show", "harbour-2021/t05")
    assert "(harbour 1.0.1, the last version that had it)" in done.stdout
    assert "removed: no longer in harbour-2021" in done.stdout


def test_verify_proves_every_file_the_rows_and_the_bytes(two: Desk) -> None:
    done = two.run("verify")
    assert done.returncode == 0, done.stdout
    assert "✓ harbour 1.0.1: its changes lead from 1.0.0 to it" in done.stdout
    assert "made again from 1 capture in data/raw: the same" in done.stdout
    assert "made again: the same bytes in 32 of 32 files" in done.stdout
    first = two.run("verify", "harbour", "1.0.0", "--json")
    assert all(finding["proved"] for finding in json.loads(first.stdout))


def test_verify_finds_what_was_altered_anywhere(two: Desk) -> None:
    path = folder(two, "1.0.0", "tasks.csv")
    path.write_bytes(path.read_bytes().replace(b"pier", b"quay"))
    (folder(two, "1.0.1") / "extra.txt").write_text("mine", encoding="utf-8")
    done = two.run("verify")
    assert done.returncode == 1
    assert "✗ harbour 1.0.0: tasks.csv was altered" in done.stdout
    assert "✗ harbour 1.0.1: extra.txt is not one of its files" in done.stdout


def test_verify_says_what_it_cannot_prove(two: Desk) -> None:
    shutil.rmtree(two.home.raw)
    done = two.run("verify")
    assert done.returncode == 0
    assert "? harbour 1.0.1: cannot be made again: data/raw/harbour-2021/ has no capture" in done.stdout


def test_verify_goes_on_where_files_cannot_be_read_and_always_prints_json(two: Desk) -> None:
    folder(two, "1.0.0", "datapackage.json").write_bytes(b"junk")
    forged(two, "1.0.1", "tasks.parquet", b"PAR1 junk PAR1")
    folder(two, "..", "catalog.json").write_bytes(b"[")
    done = two.run("verify", "--json")
    assert done.returncode == 1
    assert not done.stderr
    wrong = [f"{one['where']}: {one['said']}" for one in json.loads(done.stdout) if one["proved"] is False]
    assert any("harbour 1.0.0: datapackage.json was altered" in line for line in wrong)
    assert any("tasks.parquet: cannot be read as a table" in line for line in wrong)
    assert any(line.startswith("catalog.json: catalog.json is not a catalog;") for line in wrong)
    assert two.run("diff", "harbour", "1.0.1", "1.0.1").stderr.count("\n") == 1


def forged(desk: Desk, version: str, name: str, content: bytes) -> None:
    """Alter a file of a version, and everything that says what it was."""
    was = hashlib.sha256(folder(desk, version, name).read_bytes()).hexdigest()
    size = folder(desk, version, name).stat().st_size
    folder(desk, version, name).write_bytes(content)
    sums = folder(desk, version, "SHA256SUMS")
    old = hashlib.sha256(sums.read_bytes()).hexdigest()
    sums.write_text(sums.read_text().replace(was, hashlib.sha256(content).hexdigest()))
    told = folder(desk, "releases.json")
    text = told.read_text(encoding="utf-8").replace(old, hashlib.sha256(sums.read_bytes()).hexdigest())
    text = text.replace(was, hashlib.sha256(content).hexdigest())
    told.write_text(text.replace(f'"bytes": {size}', f'"bytes": {len(content)}'), encoding="utf-8")


def test_verify_sees_a_csv_that_says_otherwise_than_its_parquet(two: Desk) -> None:
    content = folder(two, "1.0.0", "tasks.csv").read_bytes()
    forged(two, "1.0.0", "tasks.csv", content.replace(b"pier", b"quay"))
    assert "✗ harbour 1.0.0: tasks.csv has other rows than tasks.parquet" in two.run("verify").stdout


def test_verify_of_one_version_does_not_mind_anothers_damage(two: Desk) -> None:
    folder(two, "1.0.0", "datapackage.json").write_bytes(b"junk")
    done = two.run("verify", "harbour", "1.0.1")
    assert done.returncode == 0, done.stdout
    assert "? harbour 1.0.1: cannot be made again: 1.0.0, which it builds on, cannot be read" in done.stdout


def test_verify_sees_raw_captures_that_were_altered(two: Desk) -> None:
    for path in (two.home.raw / "harbour-2021").glob("*.txt"):
        path.write_bytes(path.read_bytes() + b"more")
    done = two.run("verify")
    assert done.returncode == 1
    assert done.stdout.count("the raw capture was altered") == 3  # each capture, and why nothing is made again
    assert "✗ harbour 1.0.0: data/raw/harbour-2021/" in done.stdout
    for path in (two.home.raw / "harbour-2021").glob("*.txt"):
        path.unlink()
    done = two.run("verify")
    assert done.returncode == 0
    assert "? harbour 1.0.0: data/raw/harbour-2021/" in done.stdout


def test_messages_name_the_place_where_the_shelf_is(two: Desk, tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "elsewhere")
    for command in (["verify"], ["diff", "harbour"]):
        done = two.run(*command, POLICYTASKS_SHELF=elsewhere)
        assert done.returncode == 2
        assert elsewhere in done.stderr
        assert "data/published" not in done.stderr


@pytest.mark.parametrize(
    ("name", "setting"),
    [("POLICYTASKS_SITE", "nonsense"), ("POLICYTASKS_SHELF", "~nobody-here/x"), ("POLICYTASKS_SHELF", "s3:/b/x")],
)
def test_a_setting_that_names_nothing_is_said_before_anything_is_done(harbour: Desk, name: str, setting: str) -> None:
    done = harbour.run("publish", "--direct", "--offline", **{name: setting})
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    assert not harbour.shelf.exists()


def test_show_tells_of_the_first_release_and_of_what_was_withdrawn(two: Desk) -> None:
    lines = two.run("show", "harbour-2021/t01").stdout.splitlines()
    assert any(line.startswith("  1.0.0 ") and line.endswith("in the first release") for line in lines)
    assert any(line.startswith("  1.0.1 ") and line.endswith("unchanged") for line in lines)
    two.run("withdraw", "harbour", "1.0.1", "--reason", "the jetty was a hoax")
    lines = two.run("show", "harbour-2021/t01").stdout.splitlines()
    assert any(line.startswith("  1.0.1 ") and line.endswith(": the jetty was a hoax") for line in lines)


def test_verify_and_diff_beside_withdrawals_and_publishing_show_no_traceback(two: Desk, report: str) -> None:
    """Files change under their hands: then a line says so, and nothing else."""
    said: list[str] = []
    findings: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            for arguments in (["verify", "--json"], ["diff", "harbour"]):
                done = two.run_process(*arguments)
                said.append(done.stderr)
                if arguments[0] == "verify":
                    findings.append(done.stdout)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(4):
            two.capture(report.replace("Build a pier", f"Build a jetty of {turn} planks"))
            number = run_dataset(two.home, "harbour", offline=True).version
            two.run("withdraw", "harbour", number, "--reason", "nothing but a trial of ours")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert all(json.loads(output) for output in findings)
    assert findings
    assert not [line for line in said if "Traceback" in line or line.count("\n") > 1]


def test_verify_proves_what_corrections_and_a_persons_word_made(two: Desk) -> None:
    order = (two.home.datasets / "harbour.yaml").read_text(encoding="utf-8")
    two.write_dataset(
        order
        + "corrections:\n  - {table: tasks, row: harbour-2021/t04, column: label, expect: '4.', correct: 4a.,"
        + " reason: the office says so}\n"
    )
    assert run_dataset(two.home, "harbour", offline=True).version == "1.0.2"
    done = two.run("verify")
    assert done.returncode == 0, done.stdout
    assert "harbour 1.0.2: made again: the same bytes in 32 of 32 files" in done.stdout


def test_a_withdrawn_version_is_told_of_everywhere(two: Desk) -> None:
    done = two.run("withdraw", "harbour", "1.0.1", "--reason", "the jetty was a hoax")
    assert done.returncode == 0, done.stderr
    assert "1.0.0 is the newest now" in done.stdout
    assert "was withdrawn" in two.run("diff", "harbour", "1.0.0", "1.0.1").stderr
    assert "✓ harbour 1.0.1: withdrawn (the jetty was a hoax)" in two.run("verify").stdout
    listing = json.loads(folder(two, "releases.json").read_text(encoding="utf-8"))
    assert [(one["version"], bool(one["withdrawn"])) for one in listing["releases"]] == [
        ("1.0.1", True),
        ("1.0.0", False),
    ]
    catalog = json.loads(folder(two, "..", "catalog.json").read_text(encoding="utf-8"))
    assert catalog["dcat:dataset"][0]["dcat:version"] == "1.0.0"
    assert run_dataset(two.home, "harbour", offline=True).version == "1.0.2"


def test_a_record_that_lost_its_end_is_no_way_back(two: Desk) -> None:
    record = two.home.raw / "harbour-2021" / "captures.jsonl"
    record.write_bytes(record.read_bytes()[:-2])
    done = two.run("publish", "--direct", "--offline")
    assert done.returncode == 1
    assert "harbour: not published, 1.0.1 was made from a capture of 2021-04-03" in done.stderr
    assert '"release:captures-stay"' in folder(two, "troubles.json").read_text(encoding="utf-8")
    assert "has no more on record; restore it" in done.stderr
    assert "1.0.1" in folder(two, "releases.json").read_text(encoding="utf-8").splitlines()[3]
