from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collect.archive import (
    ArchiveError,
    Capture,
    make_capture,
    read_bytes,
    read_captures,
    read_removals,
    remove_bytes,
    store_capture,
    store_captures,
)
from tests.conftest import CHECKOUT

DAY = datetime(2021, 3, 4, tzinfo=UTC)
USUAL: dict[str, Any] = {"url": "https://example.org/", "method": "http", "media_type": "text/html", "status": 200}


def keep_text(raw: Path, content: bytes, **details: Any) -> Capture:
    return store_capture(raw, content, source_id="harbour", fetched_at=DAY, **USUAL | details)


def test_what_is_kept_comes_back_byte_for_byte(tmp_path: Path) -> None:
    content = "\ufeff一、\r\n\x00<p>".encode()
    kept = keep_text(tmp_path, content)
    assert kept.capture_id == hashlib.sha256(content).hexdigest()
    assert read_captures(tmp_path, "harbour") == [kept]
    assert read_bytes(tmp_path, kept) == content


def test_times_on_record_are_in_the_zone_that_python_has_for_utc(tmp_path: Path) -> None:
    keep_text(tmp_path, b"one")
    record = tmp_path / "harbour" / "captures.jsonl"
    record.write_text(record.read_text().replace("2021-03-04T00:00:00Z", "2021-03-04T08:00:00+08:00"))
    (capture,) = read_captures(tmp_path, "harbour")
    assert capture.fetched_at == DAY
    assert capture.fetched_at.tzinfo is UTC  # one of pydantic's own, freed at the very end, would crash the process


def test_the_same_bytes_again_are_not_recorded_again(tmp_path: Path) -> None:
    first = keep_text(tmp_path, b"one")
    assert keep_text(tmp_path, b"one") == first
    assert len(read_captures(tmp_path, "harbour")) == 1


def test_the_same_bytes_twice_in_one_batch_are_stored_once(tmp_path: Path) -> None:
    capture = keep_text(tmp_path / "other", b"one")
    elsewhere = replace(capture, url="https://example.org/elsewhere")
    assert store_captures(tmp_path, [(capture, b"one"), (elsewhere, b"one")]) == [capture, elsewhere]
    assert read_captures(tmp_path, "harbour") == [capture, elsewhere]
    assert sorted(path.name for path in (tmp_path / "harbour").iterdir()) == [capture.file_name, "captures.jsonl"]


def test_what_a_killed_run_left_is_deleted_by_the_next_writer(tmp_path: Path) -> None:
    keep_text(tmp_path, b"one")
    partial = tmp_path / "harbour" / ".half.html.partial"
    partial.write_bytes(b"ha")
    keep_text(tmp_path, b"two")
    assert not partial.exists()


def test_a_page_that_goes_back_to_what_it_was_is_recorded_and_stored_once(tmp_path: Path) -> None:
    for content in (b"one", b"two", b"one"):
        keep_text(tmp_path, content)
    assert [capture.byte_count for capture in read_captures(tmp_path, "harbour")] == [3, 3, 3]
    assert len(list((tmp_path / "harbour").glob("*.html"))) == 2


def test_a_missing_or_altered_capture_is_noticed(tmp_path: Path) -> None:
    kept = keep_text(tmp_path, b"one")
    path = tmp_path / "harbour" / kept.file_name
    path.write_bytes(b"0ne")
    with pytest.raises(ArchiveError, match=r"was altered .* restore the file"):
        read_bytes(tmp_path, kept)
    path.unlink()
    with pytest.raises(ArchiveError, match=r"is missing; restore the file"):
        read_bytes(tmp_path, kept)


def test_half_a_record_that_a_killed_run_left_is_skipped_and_dropped(tmp_path: Path) -> None:
    first = keep_text(tmp_path, b"one")
    with (tmp_path / "harbour" / "captures.jsonl").open("a") as file:
        file.write('{"capture_id": "12')
    assert read_captures(tmp_path, "harbour") == [first]
    second = keep_text(tmp_path, b"two")
    assert read_captures(tmp_path, "harbour") == [first, second]


def test_a_record_that_is_no_record_is_named_by_line(tmp_path: Path) -> None:
    keep_text(tmp_path, b"one")
    with (tmp_path / "harbour" / "captures.jsonl").open("a") as file:
        file.write("[1]\n")
    with pytest.raises(ArchiveError, match=r"captures\.jsonl:2: is not a valid record"):
        read_captures(tmp_path, "harbour")


def test_a_whole_last_line_without_its_end_is_a_line(tmp_path: Path) -> None:
    first = keep_text(tmp_path, b"one")
    record = tmp_path / "harbour" / "captures.jsonl"
    record.write_bytes(record.read_bytes().rstrip(b"\n"))
    assert read_captures(tmp_path, "harbour") == [first]
    second = keep_text(tmp_path, b"two")
    assert read_captures(tmp_path, "harbour") == [first, second]


@pytest.mark.parametrize("at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)])
def test_what_could_not_be_read_again_is_not_written(tmp_path: Path, at: datetime) -> None:
    content = b"one"
    capture = replace(make_capture(content, **USUAL, source_id="harbour", fetched_at=DAY), fetched_at=at)
    with pytest.raises(ArchiveError, match=r"cannot be recorded \(fetched_at: .*\); check the clock of this machine"):
        store_captures(tmp_path, [(capture, content)])
    assert list(tmp_path.iterdir()) == []


def test_a_line_of_another_source_is_not_followed(tmp_path: Path) -> None:
    keep_text(tmp_path, b"one")
    record = tmp_path / "harbour" / "captures.jsonl"
    record.write_text(record.read_text().replace('"source_id":"harbour"', '"source_id":"../../etc"'))
    with pytest.raises(ArchiveError, match=r"captures\.jsonl:1: is a line of another source \('\.\./\.\./etc'\)"):
        read_captures(tmp_path, "harbour")


def test_a_size_on_record_that_is_not_that_of_the_bytes_is_noticed(tmp_path: Path) -> None:
    kept = keep_text(tmp_path, b"one")
    with pytest.raises(ArchiveError, match=r"was altered \(it has 3 bytes, on record are 30\)"):
        read_bytes(tmp_path, replace(kept, byte_count=30))


@pytest.mark.parametrize("name", ["captures.jsonl", "removed.jsonl"])
def test_a_record_that_is_no_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "harbour").mkdir()
    os.mkfifo(tmp_path / "harbour" / name)
    with pytest.raises(ArchiveError, match="it is no plain file"):
        read_captures(tmp_path, "harbour")
    with pytest.raises(ArchiveError, match="it is no plain file"):
        keep_text(tmp_path, b"one")


def test_a_record_larger_than_any_is_refused_at_once(tmp_path: Path) -> None:
    keep_text(tmp_path, b"one")
    os.truncate(tmp_path / "harbour" / "captures.jsonl", 6_000_000_000)
    with pytest.raises(ArchiveError, match="it has more than 500 MB"):
        read_captures(tmp_path, "harbour")


def test_removed_bytes_are_removed_in_every_form(tmp_path: Path) -> None:
    page = keep_text(tmp_path, b"one")
    keep_text(tmp_path, b"one", media_type="text/plain")
    (tmp_path / "harbour" / f".{page.file_name}.partial").write_bytes(b"on")
    for _ in range(2):
        remove_bytes(tmp_path, page, "it named a person", DAY)
    assert sorted(path.name for path in (tmp_path / "harbour").iterdir()) == ["captures.jsonl", "removed.jsonl"]
    assert len(read_removals(tmp_path, "harbour")) == 1


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    contents = [f"page {number}".encode() for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: keep_text(tmp_path, content), contents))
    captures = read_captures(tmp_path, "harbour")
    assert sorted(read_bytes(tmp_path, capture) for capture in captures) == sorted(contents)


def test_an_archive_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "harbour").write_text("a file where a folder should be")
    with pytest.raises(ArchiveError, match="cannot be written"):
        keep_text(tmp_path, b"one")


def test_every_committed_capture_is_what_its_record_says() -> None:
    raw = CHECKOUT / "data" / "raw"
    sources = [path.parent for path in raw.glob("*/captures.jsonl")]
    assert sources
    for folder in sources:
        for capture in read_captures(raw, folder.name):
            assert len(read_bytes(raw, capture)) == capture.byte_count
        for line in (folder / "captures.jsonl").read_text(encoding="utf-8").splitlines():
            assert {"capture_id", "url", "method", "media_type", "byte_count"} <= json.loads(line).keys()


def test_a_record_may_hold_any_character(tmp_path: Path) -> None:
    kept = keep_text(tmp_path, b"one", encoding="utf\x858", note="line\u2028end")
    assert read_captures(tmp_path, "harbour") == [kept]


def test_the_same_bytes_from_elsewhere_or_as_something_else_are_recorded(tmp_path: Path) -> None:
    for url, media_type in (
        ("https://a.example/", "text/plain"),
        ("https://b.example/", "text/plain"),
        ("https://b.example/", "text/html"),
    ):
        keep_text(tmp_path, b"one", url=url, media_type=media_type)
    assert [(capture.url, capture.media_type) for capture in read_captures(tmp_path, "harbour")][1:] == [
        ("https://b.example/", "text/plain"),
        ("https://b.example/", "text/html"),
    ]


def test_bytes_that_were_lost_come_back_with_the_next_fetch(tmp_path: Path) -> None:
    kept = keep_text(tmp_path, b"one")
    (tmp_path / "harbour" / kept.file_name).unlink()
    assert read_bytes(tmp_path, keep_text(tmp_path, b"one")) == b"one"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("byte_count", -1),
        ("byte_count", 3e9),
        ("encoding", 5),
        ("media_type", ["a"]),
        ("fetched_at", "0001-01-01T00:00:00Z"),
        ("capture_id", "../x"),
    ],
)
def test_a_record_with_a_wrong_value_is_one_line(tmp_path: Path, name: str, value: object) -> None:
    keep_text(tmp_path, b"one")
    path = tmp_path / "harbour" / "captures.jsonl"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}) + "\n")
    with pytest.raises(ArchiveError, match=rf"captures.jsonl:1: is not a valid record \({name}: "):
        read_captures(tmp_path, "harbour")
