"""Scheduled runs on a real server: none is lost, none is doubled, no two of one dataset at a time."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prefect.client.orchestration import SyncPrefectClient

from flows.duplicates import PROCESS_LABEL
from flows.upkeep import MAX_CRASHES, MAX_SILENCE, recover_runs
from pipeline.workspace import Workspace
from publish.storage.lease import identify_process
from tests.conftest import Desk, Gate, until
from tests.flows.prefect_servers import PrefectServer
from tests.flows.scheduled import Scheduler, ended_as, pile_up, set_due, states, versions

GONE = 2**22 + 1  # no process of Linux has such a number


@pytest.fixture(scope="module")
def scheduler(prefect: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    home = Workspace(tmp_path_factory.mktemp("scheduled"))
    home.datasets.mkdir()
    made = Scheduler(Desk(home), prefect)
    made.start()
    yield made
    made.end()
    assert "Traceback" not in made.said


def pid_of(prefect: PrefectServer, run: str) -> int:
    label = until(lambda: prefect.get(f"flow_runs/{run}")["labels"].get("policytasks.process"), "the signature")
    return int(json.loads(label)["pid"])


def slots_taken(prefect: PrefectServer, deployment: str) -> int:
    return int(prefect.deployment(deployment)["global_concurrency_limit"]["active_slots"])


def test_a_deployment_runs_when_asked_and_leaves_its_artifacts_and_event_on_record(
    prefect: PrefectServer, scheduler: Scheduler, gate: Gate
) -> None:
    deployment = scheduler.order("asked", gate.url)
    run = prefect.trigger(deployment)
    until(ended_as(prefect, run, "Completed"), "the run")
    artifacts = prefect.post("artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
    release = next(artifact["data"] for artifact in artifacts if artifact["key"] == "asked-release")
    assert "**1.0.0**, published" in release
    told = {"event": {"name": ["policytasks.published"]}, "resource": {"id": ["policytasks.dataset.asked"]}}
    (event,) = until(lambda: prefect.post("events/filter", filter=told)["events"], "the event")
    assert event["payload"]["version"] == "1.0.0"
    assert versions(scheduler.desk, "asked") == ["1.0.0"]


def test_a_scheduled_run_fires_and_no_other_of_its_dataset_runs_beside_it(
    prefect: PrefectServer, scheduler: Scheduler, gate: Gate
) -> None:
    gate.close()
    deployment = scheduler.order("fires", gate.url)
    first, *_ = until(lambda: prefect.runs(deployment), "the server to plan runs")
    assert first["auto_scheduled"]
    assert datetime.fromisoformat(first["expected_start_time"]).astimezone(UTC).strftime("%H:%M") == "22:00"
    set_due(prefect, first["id"])
    until(ended_as(prefect, first["id"], "Running"), "the scheduled run")
    second = prefect.trigger(deployment)
    until(ended_as(prefect, second, "AwaitingConcurrencySlot"), "the second run to be turned away")
    until(lambda: gate.asked, "the scheduled run to ask")
    assert gate.asked == 1
    gate.open()
    until(ended_as(prefect, second, "Completed"), "the second run")
    ran = [prefect.get(f"flow_runs/{run}") for run in (first["id"], second)]
    assert [run["state"]["name"] for run in ran] == ["Completed", "Completed"]
    assert ran[0]["end_time"] <= ran[1]["start_time"]
    assert versions(scheduler.desk, "fires") == ["1.0.0"]


def test_a_killed_run_is_taken_up_again_and_nothing_is_lost_or_doubled(
    prefect: PrefectServer, scheduler: Scheduler, gate: Gate
) -> None:
    gate.close()
    deployment = scheduler.order("killed", gate.url)
    run = prefect.trigger(deployment)
    until(lambda: gate.asked == 1, "the run to ask")
    killed = pid_of(prefect, run)
    scheduler.end(by=signal.SIGKILL)
    os.kill(killed, signal.SIGKILL)
    assert prefect.state(run) == "Running"
    scheduler.start()
    until(lambda: gate.asked == 2, "the run to ask again")
    os.kill(pid_of(prefect, run), signal.SIGKILL)  # this time the one that serves lives on
    until(lambda: gate.asked == 3, "the run to ask a third time")
    gate.open()
    until(ended_as(prefect, run, "Completed"), "the run")
    assert [other["id"] for other in prefect.runs(deployment) if other["state"]["name"] != "Scheduled"] == [run]
    assert versions(scheduler.desk, "killed") == ["1.0.0"]
    assert slots_taken(prefect, deployment) == 0


def test_after_an_outage_one_run_catches_up_and_what_was_interrupted_goes_on(
    prefect: PrefectServer, scheduler: Scheduler, gate: Gate
) -> None:
    missed, cut_off = scheduler.order("missed", gate.url), scheduler.order("cut-off", gate.url)
    gate.close()
    run = prefect.trigger(cut_off)
    until(lambda: gate.asked == 1, "the run to ask")
    assert scheduler.end(by=signal.SIGINT) == 0
    assert "stopped; missed runs are made up for at the next start" in scheduler.said.splitlines()[-1]
    kept = prefect.deployment(missed)
    assert (kept["paused"], [schedule["active"] for schedule in kept["schedules"]]) == (False, [True])
    pile_up(prefect, missed, 5)
    assert len(states(prefect, missed)) == 5
    gate.open()
    scheduler.start()
    until(lambda: sorted(states(prefect, missed)) == ["Completed"] + ["Skipped"] * 4, "one to catch up")
    until(ended_as(prefect, run, "Completed"), "the run that was interrupted")
    assert states(prefect, missed)[-1] == "Completed"
    assert gate.asked == 3
    assert [versions(scheduler.desk, name) for name in ("missed", "cut-off")] == [["1.0.0"], ["1.0.0"]]


def test_of_runs_that_nobody_looks_after_those_are_taken_up_that_are_dead(
    prefect: PrefectServer, scheduler: Scheduler
) -> None:
    deployment = scheduler.order("tended", "http://127.0.0.1:9/plan")
    scheduler.end()

    def left(pid: int, crashes: int = 0, **elsewhere: str) -> str:
        """A run that is Running, and was signed by a process; it crashed so often before."""
        run = prefect.trigger(deployment)
        signature = identify_process().model_copy(update={"pid": pid, **elsewhere})
        prefect.label(run, **{PROCESS_LABEL: signature.model_dump_json()})
        for state in [*["RUNNING", "CRASHED"] * crashes, "RUNNING"]:
            prefect.post(f"flow_runs/{run}/set_state", state={"type": state}, force=True)
        return run

    def tended(later: timedelta = timedelta(0)) -> None:
        with SyncPrefectClient(prefect.url) as client:
            recover_runs(client, datetime.now(UTC) + later)

    alive = left(os.getpid())
    far_away = left(GONE, host="elsewhere")
    dead = left(GONE)
    hopeless = left(GONE, crashes=MAX_CRASHES - 1)
    tended()
    found = {run: prefect.state(run) for run in (alive, far_away, dead, hopeless)}
    assert found == {alive: "Running", far_away: "Running", dead: "TakenUp", hopeless: "Crashed"}
    prefect.post(f"flow_runs/{alive}/set_state", state={"type": "CANCELLED"}, force=True)
    tended(MAX_SILENCE / 2)
    assert prefect.state(far_away) == "Running"
    tended(MAX_SILENCE * 2)
    assert prefect.state(far_away) == "TakenUp"
