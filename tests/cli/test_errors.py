"""An error is one line; --debug adds its traceback; what nobody foresaw is reported as a defect of the program."""

from __future__ import annotations

import errno
import os

import pytest

from cli.main import main
from cli.terminal import MOST_ROWS, CommandError, print_table
from tests.conftest import Desk

COMMANDS_THAT_FAIL = [
    ["publish", "harbor", "--direct"],
    ["publish", "a" * 300, "--direct"],
    ["check", "harbor"],
    ["reextract", "harbor"],
    ["status", "harbor"],
    ["diff", "harbor"],
    ["archive", "harbor"],
    ["withdraw", "harbor", "1.0.0", "--reason", "nothing but a trial"],
    ["import", "/dev/null", "--dataset", "harbor"],
    ["export", "harbor", "--to", "out.warc"],
    ["add", "http://127.0.0.1:9/", "--dataset", "harbour"],
    ["serve", "--port", "70000"],
    ["schedule", "--every", "0"],
]


@pytest.mark.parametrize("arguments", COMMANDS_THAT_FAIL, ids=lambda arguments: str(arguments[0]))
def test_an_error_is_one_line_and_debug_adds_its_traceback(desk: Desk, arguments: list[str]) -> None:
    plain = desk.run(*arguments)
    assert plain.returncode in {1, 2}
    assert len(plain.stderr.splitlines()) == 1
    for words in ([*arguments, "--debug"], ["--debug", *arguments]):
        debugged = desk.run(*words)
        assert debugged.returncode == plain.returncode
        assert debugged.stderr.startswith(plain.stderr)
        assert debugged.stderr.splitlines()[1].startswith("Traceback (most recent call last)") or (
            "The above exception was the direct cause" in debugged.stderr
        )


def test_debug_shows_the_error_that_caused_it(desk: Desk) -> None:
    done = desk.run("import", "nowhere.html", "--dataset", "harbour", "--source", "harbour-2021", "--debug")
    assert "FileNotFoundError" in done.stderr
    assert "The above exception was the direct cause of the following exception" in done.stderr


def fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Have `policytasks schema` end with an error."""

    def raise_error() -> object:
        raise error

    monkeypatch.setattr("config.models.build_json_schema", raise_error)


def test_what_nobody_foresaw_is_reported_as_our_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(monkeypatch, KeyError("tasks"))
    assert main(["schema"]) == 1
    line = capsys.readouterr().err
    assert line.startswith("policytasks: internal error (KeyError: 'tasks', in cli.schema:")
    assert line.endswith("; please report it, --debug shows the traceback\n")
    assert line.count("\n") == 1
    assert main(["schema", "--debug"]) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            "the output: No space left on device; check its permissions and the free space",
        ),
        (
            PermissionError(errno.EACCES, os.strerror(errno.EACCES), "data/raw"),
            "data/raw: Permission denied; check its permissions and the free space",
        ),
        (
            IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), "prefect.yaml"),
            "prefect.yaml: Is a directory; check its permissions and the free space",
        ),
        (CommandError("is shut", "the harbour", "come back tomorrow"), "the harbour: is shut; come back tomorrow"),
    ],
)
def test_what_the_system_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, line: str
) -> None:
    fail(monkeypatch, error)
    assert main(["schema"]) == 1
    assert capsys.readouterr().err == f"policytasks: {line}\n"


def test_ctrl_c_ends_with_status_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fail(monkeypatch, KeyboardInterrupt())
    assert main(["schema"]) == 130
    assert capsys.readouterr().err.startswith("policytasks: interrupted: ")


def test_help_and_wrong_usage_return_their_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "publish" in capsys.readouterr().out
    assert main(["diff", "--cvs"]) == 2
    assert capsys.readouterr().err == (
        "policytasks: diff: the following arguments are required: DATASET; see policytasks diff --help\n"
    )


def test_a_name_that_is_too_long_is_one_line(desk: Desk) -> None:
    for arguments in (["status", "a" * 300], ["archive", "a" * 300], ["diff", "a" * 300], ["verify", "a" * 300]):
        done = desk.run(*arguments)
        assert (done.returncode in {1, 2}, len(done.stderr.splitlines())) == (True, 1), arguments
        assert "internal error" not in done.stderr


def test_a_long_table_is_laid_out_as_a_short_one(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("harbour-2021", "重庆市", "1"), ("a", "b", "1,000")]

    def print_lines(count: int) -> list[str]:
        print_table(("source", "place", "tasks"), rows * count, "All times are UTC.", right=["tasks"])
        return [line.rstrip() for line in capsys.readouterr().out.splitlines()]

    short, long = print_lines(1), print_lines(MOST_ROWS)
    assert long[:3] == short[:3]
    assert len(long) == 2 * MOST_ROWS + 2
    assert long[-1] == short[-1]
    print_table(("source",), [["a\x1b[2J"]] * (MOST_ROWS + 1), "")
    assert "\x1b" not in capsys.readouterr().out
