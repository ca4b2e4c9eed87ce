"""A secret of a setting is in nothing that Prefect is given: artifacts, names, states, events, parameters, log lines.

No server is needed: where a flow would hand something to Prefect, it is kept here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from flows import artifacts, execution
from flows.artifacts import create_result_artifacts
from flows.deployments import to_prefect_yaml, to_runner_deployment
from flows.execution import execute_flow
from pipeline.report import summarise
from pipeline.run import preview_run, run_dataset
from pipeline.schedule import plan_deployments
from tests.conftest import Desk
from tests.pipeline.test_secrets import ENVIRONMENT, FAR_SOURCE, NOTIFY, PASSWORD, SECRETS, STORE, TOKEN


class Handed(list[object]):
    """All that Prefect was given."""

    def keep(self, *arguments: object, **options: object) -> None:
        self.append((arguments, options))

    def assert_no_secret(self, log: str) -> None:
        text = "\n".join([*map(repr, self), log])
        assert not [secret for secret in SECRETS if secret in text], text


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Handed:
    """What flows hand to Prefect, while steps run as plain calls."""
    handed = Handed()

    def run_plainly(**options: Any) -> Callable[[Any], Any]:
        handed.keep(options)
        return lambda function: function

    for name in ("create_markdown_artifact", "create_table_artifact"):
        monkeypatch.setattr(artifacts, name, handed.keep)
    for name in ("create_progress_artifact", "update_progress_artifact", "emit_event", "rename_run"):
        monkeypatch.setattr(execution, name, handed.keep)
    monkeypatch.setattr(execution, "PROGRESS_SECONDS", 0)
    monkeypatch.setattr(execution, "task", run_plainly)
    return handed


@pytest.mark.parametrize("run", [run_dataset, preview_run])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"POLICYTASKS_SHELF": "s3://no-such-bucket/x", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        {"POLICYTASKS_SHELF": f"s3://tester:{STORE}@bucket/x"},
        {"POLICYTASKS_SITE": f"https://anna:{STORE}@towns.example/"},
        {"POLICYTASKS_SMTP": f"smtp://anna:{PASSWORD}@mail.example:x"},
        {"OUR_HOOK": f"no address {TOKEN}"},
    ],
)
def test_a_flow_hands_no_secret_to_prefect(
    harbour: Desk,
    handed: Handed,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    run: Any,
    settings: dict[str, str],
) -> None:
    caplog.set_level(logging.DEBUG)
    file = harbour.home.datasets / "harbour.yaml"
    file.write_text(file.read_text(encoding="utf-8") + FAR_SOURCE + NOTIFY, encoding="utf-8")
    for name, value in {**ENVIRONMENT, **settings}.items():
        monkeypatch.setenv(name, value)
    result: object = execute_flow(
        "harbour",
        lambda steps: run(harbour.home, "harbour", step=steps),
        summarise,
        create_artifacts=lambda result: create_result_artifacts(harbour.home, result),
    )
    handed.keep(result)
    assert "'key': 'harbour-release'" in repr(handed), repr(handed)
    handed.assert_no_secret(caplog.text)


def test_deployments_have_no_secret_in_their_parameters(
    harbour: Desk, handed: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = harbour.home.datasets / "harbour.yaml"
    file.write_text(file.read_text(encoding="utf-8") + FAR_SOURCE + NOTIFY, encoding="utf-8")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    handed.keep(to_prefect_yaml(harbour.home.datasets))
    for deployment in plan_deployments(harbour.home.datasets).deployments:
        made = to_runner_deployment(deployment, harbour.home.root)
        handed.keep(made.model_dump())
        assert set(made.parameters) <= {"dataset_id", "home"}
    assert "harbour" in repr(handed)
    handed.assert_no_secret("")


@pytest.mark.parametrize(
    "settings",
    [
        {"PREFECT_API_URL": f"http://anna:{PASSWORD}@127.0.0.1:9/api"},
        {"PREFECT_API_URL": f"http://anna:{PASSWORD}@127.0.0.1:9/api", "PREFECT_API_REQUEST_TIMEOUT": TOKEN},
    ],
)
@pytest.mark.parametrize("command", [("publish",), ("schedule",)])
def test_a_secret_of_prefects_settings_is_in_no_message(
    harbour: Desk, command: tuple[str, ...], settings: dict[str, str]
) -> None:
    home = {"PREFECT_HOME": str(harbour.home.root / "prefect"), "PREFECT_CLIENT_MAX_RETRIES": "0"}
    done = harbour.run_process(*command, **home, **settings)
    assert done.returncode == (2 if "PREFECT_API_REQUEST_TIMEOUT" in settings else 1)
    assert "Prefect" in done.stderr
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr], done.stdout + done.stderr
