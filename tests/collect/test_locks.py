"""Waiting for another process has an end."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from collect import pace, records
from collect.archive import ArchiveError, store_capture
from collect.records import lock_file
from tests.pipeline.test_status import DAY


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A file that somebody else holds: locks are of open files, so that another open file does as another process."""
    path = tmp_path / "data" / "raw" / "harbour" / "captures.jsonl"
    path.parent.mkdir(parents=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield path
    os.close(descriptor)


def test_a_lock_is_waited_for_only_so_long(locked: Path) -> None:
    descriptor = os.open(locked, os.O_RDWR)
    with pytest.raises(TimeoutError):
        lock_file(descriptor, 0.2)
    os.close(descriptor)


def test_an_archive_that_another_run_holds_is_one_line(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LOCK_SECONDS", 0.1)
    with pytest.raises(ArchiveError) as caught:
        store_capture(
            locked.parents[1],
            b"a plan",
            source_id="harbour",
            url="https://example.org/plan",
            fetched_at=DAY,
            method="http",
            media_type="text/html",
        )
    assert caught.value.where == "data/raw/harbour/captures.jsonl"
    assert "another run has been writing here" in caught.value.what
    assert caught.value.fix == "wait for that run, or end it"


def test_a_turn_that_a_stopped_process_holds_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "LOCK_SECONDS", 0.1)
    path = tmp_path / "example.org"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    waits: list[float] = []
    with pytest.raises(pace.TooEarlyError):
        pace.take_turn(tmp_path, "example.org", 1.0, max_wait=60.0, wait=waits.append)
    with pytest.raises(pace.TooEarlyError):
        pace.defer_host(tmp_path, "example.org", 90.0)
    os.close(descriptor)
    pace.take_turn(tmp_path, "example.org", 1.0, max_wait=60.0, wait=waits.append)
    assert waits == []
