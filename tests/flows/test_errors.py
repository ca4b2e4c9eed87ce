"""What Prefect raises is told from what our own code raises, whatever the class."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from distributed.utils import open_port
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.utilities.collections import visit_collection

from config import interruption
from config.errors import PolicyTasksError
from flows.errors import is_prefect_error
from flows.execution import Steps
from tests.conftest import Desk


def raised_by(function: Callable[[], Any]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 (whatever it raises)
        function()
    return caught.value


def reach_no_server() -> None:
    with (
        temporary_settings(updates={PREFECT_API_URL: f"http://127.0.0.1:{open_port()}/api"}),
        get_client(sync_client=True) as client,
    ):
        client.raise_for_api_version_mismatch()


def test_what_prefect_raises_is_prefects() -> None:
    error = raised_by(reach_no_server)
    assert type(error) is RuntimeError  # which Prefect raises without a class of its own
    assert is_prefect_error(error)


@pytest.mark.parametrize("error", [RuntimeError("ours"), OSError("ours"), KeyError("ours"), PolicyTasksError("ours")])
def test_what_our_code_raises_below_prefect_is_not(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setitem(fail.__globals__, "__name__", "pipeline.made_up")
    assert raised_by(lambda: visit_collection([1], visit_fn=fail, return_data=False)) is error
    assert not is_prefect_error(error)


def test_a_setting_that_prefect_rejects_is_one_line() -> None:
    command = [sys.executable, "-c", "from flows.command_line import configure_prefect as it; it()"]
    done = subprocess.run(
        command, env={**os.environ, "PREFECT_API_REQUEST_TIMEOUT": "soon"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "config.errors.ConfigurationError: Prefect (APISettings, request_timeout): its setting is not valid: "
        "Input should be a valid number, unable to parse string as a number; "
        "correct it, or remove it"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"PREFECT_API_URL": "http://anna:pa/hunter2@127.0.0.1:9/api"},
            "PREFECT_API_URL: is not the address of a server",
        ),
        ({"PREFECT_API_URL": "anna:hunter2@127.0.0.1:9/api"}, "PREFECT_API_URL: is not the address of a server"),
        ({"PREFECT_API_URL": "http://[hunter2/api"}, "its setting is not valid"),
        (
            {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PREFECT_API_KEY": "hunter2密"},
            "PREFECT_API_KEY: has characters",
        ),
        (
            {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PREFECT_API_KEY": "hunter2\nx"},
            "PREFECT_API_KEY: has characters",
        ),
    ],
)
def test_what_prefects_client_cannot_send_is_misuse(harbour: Desk, settings: dict[str, str], message: str) -> None:
    done = harbour.run_process("publish", "--debug", **settings)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr.splitlines()[0]
    assert "hunter2" not in done.stderr


def test_a_flow_that_was_told_to_end_ends_at_its_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "_interrupted", True)
    with pytest.raises(KeyboardInterrupt):
        Steps()(lambda: pytest.fail("the step was run"))()
