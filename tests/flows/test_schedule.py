"""Scheduled runs on a real server: none is lost, none is doubled, no two of one dataset at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.conftest import POLICYTASKS, Desk, Site
from tests.flows.prefect_servers import PrefectServer, until

DATASET = """\
id: {id}
title: Tasks of the harbour towns
licence: CC-BY-4.0
delay: 0
{schedule}sources:
  - id: {id}-2021
    url: {url}
"""
DAILY = 'schedule: {cron: "0 6 * * *", timezone: Asia/Shanghai}\n'
EACH_MINUTE = 'schedule: {cron: "* * * * *"}\n'


class Gate:
    """A page that is answered only while the gate is open; knows how often it was asked for."""

    def __init__(self, site: Site, text: str) -> None:
        self.url, self._site, self._body = f"{site.url}/plan", site, text.encode()
        self._open = threading.Event()
        self._open.set()
        site.answers["/plan"] = self._answer

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self._open.wait(120)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain; charset=utf-8")
        handler.send_header("Content-Length", str(len(self._body)))
        handler.end_headers()
        handler.wfile.write(self._body)

    @property
    def asked(self) -> int:
        return len(self._site.asked)

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate(site: Site, report: str) -> Iterator[Gate]:
    made = Gate(site, report)
    yield made
    made.open()


@contextmanager
def scheduling(desk: Desk, prefect: PrefectServer) -> Iterator[subprocess.Popen[str]]:
    """`policytasks schedule`, once it says what it serves; ended as a service manager ends it."""
    log = desk.home.root / "schedule.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [POLICYTASKS, "schedule", "--every", "2", "--home", desk.home.root],
            env={**prefect.environment, "POLICYTASKS_CACHE": os.environ["POLICYTASKS_CACHE"]},
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        until(lambda: process.poll() is not None or "Ctrl-C" in log.read_text(), "the table")
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def said_by(desk: Desk) -> str:
    return (desk.home.root / "schedule.log").read_text()


def order(desk: Desk, gate: Gate, name: str, schedule: str = DAILY) -> str:
    """Write a dataset; the full name of the deployment that publishes it."""
    (desk.home.datasets / "harbour.yaml").unlink(missing_ok=True)
    desk.write_dataset(DATASET.format(id=name, url=gate.url, schedule=schedule), name)
    return f"publish-dataset/{name}"


def pile_up(prefect: PrefectServer, deployment: str, runs: int) -> None:
    """Have the server plan runs of the last so many days, as if nobody had been there to run them."""
    now = datetime.now(UTC)
    prefect.post(
        f"deployments/{prefect.deployment(deployment)['id']}/schedule",
        start_time=(now - timedelta(days=runs)).isoformat(),
        end_time=now.isoformat(),
        min_runs=1,
        max_runs=runs,
        min_time=timedelta(days=runs).total_seconds(),
    )


def states(prefect: PrefectServer, deployment: str) -> list[str]:
    """The states of those runs whose time has come."""
    now = datetime.now(UTC).isoformat()
    return [run["state"]["name"] for run in prefect.runs(deployment) if run["expected_start_time"] <= now]


def ended_as(prefect: PrefectServer, run: str, state: str) -> Callable[[], bool]:
    return lambda: prefect.state(run) == state


def pid_of(prefect: PrefectServer, run: str) -> int:
    label = until(lambda: prefect.get(f"flow_runs/{run}")["labels"].get("policytasks.process"), "the signature")
    return int(json.loads(label)["pid"])


def versions(desk: Desk, name: str) -> list[str]:
    folder = desk.shelf / name
    return sorted(path.name for path in folder.glob("[0-9]*")) if folder.exists() else []


def slots_taken(prefect: PrefectServer, deployment: str) -> int:
    return int(prefect.deployment(deployment)["global_concurrency_limit"]["active_slots"])


def test_a_deployment_runs_when_asked_and_leaves_its_result_on_record(
    prefect: PrefectServer, desk: Desk, gate: Gate
) -> None:
    deployment = order(desk, gate, "asked")
    with scheduling(desk, prefect):
        run = prefect.trigger(deployment)
        until(ended_as(prefect, run, "Completed"), "the run")
        artifacts = prefect.post("artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
    assert [one["key"] for one in artifacts] == ["asked-release"]
    assert "**1.0.0**, published" in artifacts[0]["data"]
    assert versions(desk, "asked") == ["1.0.0"]
    (planned, *_) = prefect.deployment(deployment)["schedules"]
    assert planned["active"]
    assert "asked    publish-dataset  0 6 * * *  Asia/Shanghai" in said_by(desk)
    assert "Traceback" not in said_by(desk)


def test_a_scheduled_run_fires_and_no_other_of_its_dataset_runs_beside_it(
    prefect: PrefectServer, desk: Desk, gate: Gate
) -> None:
    gate.close()
    deployment = order(desk, gate, "fires", EACH_MINUTE)
    with scheduling(desk, prefect):
        first = until(
            lambda: next((run for run in prefect.runs(deployment) if run["state"]["name"] == "Running"), None),
            "a scheduled run",
        )
        assert first["auto_scheduled"]
        second = prefect.trigger(deployment)
        until(ended_as(prefect, second, "AwaitingConcurrencySlot"), "the second run to be turned away")
        assert gate.asked == 1
        gate.open()
        until(ended_as(prefect, second, "Completed"), "the second run")
    ran = [prefect.get(f"flow_runs/{run}") for run in (first["id"], second)]
    assert [run["state"]["name"] for run in ran] == ["Completed", "Completed"]
    assert ran[0]["end_time"] <= ran[1]["start_time"]
    assert versions(desk, "fires") == ["1.0.0"]


def test_a_killed_run_is_taken_up_again_and_nothing_is_lost_or_doubled(
    prefect: PrefectServer, desk: Desk, gate: Gate
) -> None:
    gate.close()
    deployment = order(desk, gate, "killed")
    with scheduling(desk, prefect) as process:
        run = prefect.trigger(deployment)
        until(lambda: gate.asked == 1, "the run to ask")
        killed = pid_of(prefect, run)
        process.kill()
        os.kill(killed, signal.SIGKILL)
    assert prefect.state(run) == "Running"
    with scheduling(desk, prefect):
        until(lambda: gate.asked == 2, "the run to ask again")
        os.kill(pid_of(prefect, run), signal.SIGKILL)  # this time the one that serves lives on
        until(lambda: gate.asked == 3, "the run to ask a third time")
        gate.open()
        until(ended_as(prefect, run, "Completed"), "the run")
    assert [one["id"] for one in prefect.runs(deployment) if one["state"]["name"] != "Scheduled"] == [run]
    assert versions(desk, "killed") == ["1.0.0"]
    assert slots_taken(prefect, deployment) == 0


def test_after_an_outage_one_run_catches_up(prefect: PrefectServer, desk: Desk, gate: Gate) -> None:
    deployment = order(desk, gate, "outage")
    with scheduling(desk, prefect):
        pass
    pile_up(prefect, deployment, 5)
    assert len(states(prefect, deployment)) == 5
    with scheduling(desk, prefect):
        until(lambda: "Completed" in states(prefect, deployment), "a run to catch up")
        until(lambda: not {"Scheduled", "Late", "Running"} & {*states(prefect, deployment)}, "all to end")
    assert states(prefect, deployment) == ["Skipped"] * 4 + ["Completed"]
    assert gate.asked == 1
    assert versions(desk, "outage") == ["1.0.0"]


def test_ending_it_pauses_no_schedule_and_loses_no_run(prefect: PrefectServer, desk: Desk, gate: Gate) -> None:
    gate.close()
    deployment = order(desk, gate, "ended")
    with scheduling(desk, prefect) as process:
        run = prefect.trigger(deployment)
        until(lambda: gate.asked == 1, "the run to ask")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert "stopped; what is due meanwhile is run when it starts again" in said_by(desk).splitlines()[-1]
    kept: dict[str, Any] = prefect.deployment(deployment)
    assert (kept["paused"], [one["active"] for one in kept["schedules"]]) == (False, [True])
    gate.open()
    with scheduling(desk, prefect):
        until(ended_as(prefect, run, "Completed"), "the run that was interrupted")
    assert versions(desk, "ended") == ["1.0.0"]
