"""What is scheduled is what the order book says, whoever runs it: one process, or a pool of workers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import yaml
from prefect.client.orchestration import SyncPrefectClient

from flows.deployments import KINDS, orders, prefect_yaml
from flows.turns import SIGNATURE
from flows.upkeep import MOST_CRASHES, SILENCE, tend
from publish.lease import this_process
from tests.conftest import CHECKOUT, POLICYTASKS, Desk
from tests.flows.prefect_servers import PREFECT, PrefectServer, free_port, prefect_environment, until
from tests.flows.scheduled import DAILY, DATASET, Gate, ended_as, order, pile_up, said_by, scheduling, states, versions

NOWHERE = "http://127.0.0.1:9/plan"
GONE = 2**22 + 1  # no process of Linux has such a number


def dataset(name: str, schedule: str = DAILY) -> str:
    return DATASET.format(id=name, url=NOWHERE, schedule=schedule)


def program(server: PrefectServer, desk: Desk, *arguments: str) -> str:
    """Run a command as a person would, in the home's folder."""
    done = subprocess.run(
        arguments, cwd=desk.home.root, env=server.environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def working(server: PrefectServer, desk: Desk) -> Iterator[None]:
    """A worker of the pool."""
    with (desk.home.root / "worker.log").open("w") as said:
        process = subprocess.Popen(
            [PREFECT, "worker", "start", "--pool", "policytasks"],
            cwd=desk.home.root,
            env={
                **server.environment,
                "POLICYTASKS_CACHE": os.environ["POLICYTASKS_CACHE"],
                "POLICYTASKS_HOME": str(desk.home.root),
            },
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    yield
    process.terminate()
    process.wait(timeout=60)


def test_the_committed_prefect_yaml_is_what_the_order_book_gives() -> None:
    assert (CHECKOUT / "prefect.yaml").read_text(encoding="utf-8") == prefect_yaml(CHECKOUT / "datasets")


def test_prefect_yaml_holds_every_deployment_with_its_limit_and_no_path_of_a_machine(desk: Desk) -> None:
    desk.write_dataset(dataset("daily"), "daily")
    desk.write_dataset(dataset("asked", ""), "asked")
    text = prefect_yaml(desk.home.datasets)
    assert str(desk.home.root) not in text
    assert str(CHECKOUT) not in text
    made = {(one["entrypoint"], one["name"]): one for one in yaml.safe_load(text)["deployments"]}
    of_datasets = [kind for kind in KINDS if kind.of == "dataset"]
    assert len(made) == 3 * len(of_datasets) + len(KINDS) - len(of_datasets)
    assert all(one["concurrency_limit"]["limit"] == 1 for one in made.values())
    publish = "flows.publish_dataset.publish_dataset"
    (planned,) = made[publish, "daily"]["schedules"]
    assert (planned["cron"], planned["timezone"]) == ("0 6 * * *", "Asia/Shanghai")
    assert made[publish, "asked"]["schedules"] == []


def test_a_broken_dataset_stops_no_other(desk: Desk) -> None:
    desk.write_dataset(dataset("broken").replace("title", "titel"), "broken")
    asked = orders(desk.home.datasets)
    assert list(asked.broken) == ["broken"]
    assert {one.name for one in asked.orders} == {"harbour", "all"}


@pytest.mark.parametrize(
    ("arguments", "setting", "status", "said"),
    [
        ([], {"PREFECT_API_URL": "http://127.0.0.1:9/api"}, 1, "no Prefect server answers at http://127.0.0.1:9/api"),
        (["--every", "0"], {}, 2, "--every 0: is no time to wait"),
        (["--home", "/nowhere"], {}, 2, "holds no datasets/ folder"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    desk: Desk, arguments: list[str], setting: dict[str, str], status: int, said: str
) -> None:
    done = subprocess.run(
        [POLICYTASKS, "schedule", *arguments],
        cwd=desk.home.root,
        env=prefect_environment(desk.home.root / "prefect", **setting),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_somebody_alone_needs_no_server(desk: Desk) -> None:
    desk.write_dataset(dataset("alone"), "alone")
    port = free_port()
    alone = PrefectServer(
        f"http://127.0.0.1:{port}/api",
        prefect_environment(desk.home.root / "prefect", PREFECT_SERVER_API_PORT=str(port)),
    )
    with scheduling(desk, alone):
        assert alone.deployment("publish-dataset/alone")["schedules"][0]["active"]
    with pytest.raises(requests.ConnectionError):
        requests.get(alone.url, timeout=5)


def test_what_changes_in_the_order_book_is_taken_up_while_it_runs(prefect_on_sqlite: PrefectServer, desk: Desk) -> None:
    server = prefect_on_sqlite
    for name in ("changes", "leaves", "breaks"):
        desk.write_dataset(dataset(name), name)

    def crons(name: str) -> list[str]:
        return [one["schedule"]["cron"] for one in server.deployment(f"publish-dataset/{name}")["schedules"]]

    def names() -> set[str]:
        return {one["name"] for one in server.post("deployments/filter")}

    with scheduling(desk, server):
        assert {"changes", "leaves", "breaks"} <= names()
        desk.write_dataset(dataset("breaks").replace("title", "titel"), "breaks")
        until(lambda: "datasets/breaks.yaml:2: titel: unknown key" in said_by(desk), "the broken file to be told")
        desk.write_dataset(dataset("changes", DAILY.replace("0 6", "30 7")), "changes")
        desk.write_dataset(dataset("comes"), "comes")
        (desk.home.datasets / "leaves.yaml").unlink()
        until(lambda: crons("changes") == ["30 7 * * *"], "the new time")
        until(lambda: "comes" in names() and "leaves" not in names(), "what comes and leaves")
        desk.write_dataset(dataset("changes", ""), "changes")
        until(lambda: crons("changes") == [], "the schedule to go")
    assert crons("breaks") == ["0 6 * * *"]
    told = said_by(desk)
    assert "changes: publish-dataset is taken up, 30 7 * * * Asia/Shanghai" in told
    assert "leaves: is not in datasets/ any more" in told
    assert told.count("titel") == 1
    assert "Traceback" not in told


def test_a_schedule_that_a_person_paused_stays_paused(prefect_on_sqlite: PrefectServer, desk: Desk) -> None:
    server = prefect_on_sqlite
    desk.write_dataset(dataset("rests"), "rests")
    with scheduling(desk, server):
        pass
    (schedule,) = server.deployment("publish-dataset/rests")["schedules"]
    program(server, desk, str(PREFECT), "deployment", "schedule", "pause", "publish-dataset/rests", schedule["id"])
    with scheduling(desk, server):
        assert [one["active"] for one in server.deployment("publish-dataset/rests")["schedules"]] == [False]


def test_a_pool_of_workers_runs_what_prefect_yaml_says_and_catches_up_once(
    prefect_on_sqlite: PrefectServer, desk: Desk, gate: Gate
) -> None:
    server = prefect_on_sqlite
    deployment = order(desk, gate, "pooled")
    program(server, desk, str(POLICYTASKS), "schedule", "--write-prefect-yaml")
    program(server, desk, str(PREFECT), "work-pool", "create", "policytasks", "--type", "process")
    program(server, desk, str(PREFECT), "--no-prompt", "deploy", "--all")
    pile_up(server, deployment, 2)
    with working(server, desk):
        until(lambda: {*states(server, deployment)} == {"Skipped", "Completed"}, "one of the pile to do the work")
        assert (sorted(states(server, deployment)), gate.asked) == (["Completed", "Skipped"], 1)
        run = server.trigger(deployment)
        until(ended_as(server, run, "Completed"), "a run that was asked for")
    assert gate.asked == 2
    assert versions(desk, "pooled") == ["1.0.0"]


def test_of_runs_that_nobody_looks_after_those_are_taken_up_that_are_dead(
    prefect_on_sqlite: PrefectServer, desk: Desk
) -> None:
    server = prefect_on_sqlite
    desk.write_dataset(dataset("tended"), "tended")
    with scheduling(desk, server):
        pass

    def left(pid: int, crashes: int = 0, **elsewhere: str) -> str:
        """A run that is Running, and was signed by a process; it crashed so often before."""
        run = server.trigger("publish-dataset/tended")
        requests.patch(
            f"{server.url}/flow_runs/{run}/labels",
            json={SIGNATURE: json.dumps({**this_process(), "pid": pid, **elsewhere})},
            timeout=30,
        )
        for state in ["CRASHED"] * crashes + ["RUNNING"]:
            server.post(f"flow_runs/{run}/set_state", state={"type": state}, force=True)
        return run

    def tended(later: timedelta = timedelta(0)) -> None:
        with SyncPrefectClient(server.url) as client:
            tend(client, datetime.now(UTC) + later)

    alive = left(os.getpid())
    far_away = left(GONE, host="elsewhere")
    dead = left(GONE)
    hopeless = left(GONE, crashes=MOST_CRASHES - 1)
    tended()
    found: dict[str, Any] = {run: server.state(run) for run in (alive, far_away, dead, hopeless)}
    assert found == {alive: "Running", far_away: "Running", dead: "TakenUp", hopeless: "Crashed"}
    server.post(f"flow_runs/{alive}/set_state", state={"type": "CANCELLED"}, force=True)
    tended(SILENCE / 2)
    assert server.state(far_away) == "Running"
    tended(SILENCE * 2)
    assert server.state(far_away) == "TakenUp"
