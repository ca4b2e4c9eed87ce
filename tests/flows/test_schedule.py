"""Scheduled runs on a real server: none is lost, none is doubled, no two of one dataset at a time."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

from tests.conftest import Desk
from tests.flows.prefect_servers import PrefectServer, until
from tests.flows.scheduled import EACH_MINUTE, Gate, ended_as, order, pile_up, said_by, scheduling, states, versions


def pid_of(prefect: PrefectServer, run: str) -> int:
    label = until(lambda: prefect.get(f"flow_runs/{run}")["labels"].get("policytasks.process"), "the signature")
    return int(json.loads(label)["pid"])


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
