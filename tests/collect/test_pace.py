"""Turns at a host are given whatever lies in the folder of the turns, and whatever the host is called."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from collect.pace import TooEarlyError, TurnFileError, defer_host, take_turn

HOST = "example.org:8080"


def take_two(folder: Path, host: str = HOST) -> list[float]:
    """The waits of two requests, one after the other, with a delay of a minute."""
    waits: list[float] = []
    for _ in range(2):
        take_turn(folder, host, 60, max_wait=100, wait=waits.append)
    return waits


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"nan",
        b"inf",
        b"-inf",
        b"1e999",
        b"9" * 4000,
        b"\xff\xfe",
        b"1700000000.0   and more that another program wrote behind it",
        b"7" * 5_000_000,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_a_damaged_turn_is_made_again_and_the_next_request_waits(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "example.org%3A8080"
    path.write_bytes(content)
    (wait,) = take_two(tmp_path)
    assert 58 < wait <= 60
    assert path.stat().st_size == 24


def make_folder(path: Path) -> None:
    (path / "within").mkdir(parents=True)


def make_loop(path: Path) -> None:
    path.symlink_to(path)


def make_link(path: Path) -> None:
    path.with_name("of somebody").write_text("precious")
    path.symlink_to(path.with_name("of somebody"))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [make_folder, make_loop, make_link, os.mkfifo], ids=lambda make: make.__name__)
def test_what_lies_in_the_place_of_a_turn_is_set_aside(
    tmp_path: Path, make: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "turns"
    folder.mkdir()
    make(folder / "example.org%3A8080")
    with caplog.at_level("INFO"):
        assert len(take_two(folder)) == 1
    assert len(caplog.messages) == 1
    assert [path.name for path in folder.glob("unusable-*")]
    if make is make_link:
        assert (folder / "of somebody").read_text() == "precious"


def test_a_file_in_the_place_of_the_folder_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "turns").write_text("")
    assert len(take_two(tmp_path / "turns")) == 1


@pytest.mark.parametrize("host", ["a" * 5000, "\udcff", "海" * 100, "../../../etc/passwd", ".", "..", "a/b"])
def test_a_host_of_any_name_has_a_turn_of_its_own(tmp_path: Path, host: str) -> None:
    folder = tmp_path / "turns"
    assert len(take_two(folder, host)) == 1
    assert len(list(folder.iterdir())) == 1
    assert list(tmp_path.iterdir()) == [folder]


def test_a_host_that_asks_to_be_left_alone_is(tmp_path: Path) -> None:
    defer_host(tmp_path, HOST, 1e300)
    with pytest.raises(TooEarlyError) as error:
        take_two(tmp_path)
    assert error.value.until <= time.time() + 86_401


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_folder_that_cannot_be_written_to_is_a_fault_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "pwrite", fail)
    with pytest.raises(TurnFileError) as error:
        take_two(tmp_path / "turns")
    assert str(error.value).startswith(f"{tmp_path / 'turns'}: ")
    assert f"a fault of this machine ({os.strerror(code)}); make room there" in str(error.value)
