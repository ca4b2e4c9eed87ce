"""Deployments are what datasets/ says, whoever serves them: one process, or a pool of workers by prefect.yaml."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
import yaml

from flows.deployments import to_prefect_yaml
from pipeline.schedule import DATASET_FLOWS, WORKSPACE_FLOWS, plan_deployments
from pipeline.workspace import Workspace
from tests.conftest import CHECKOUT, POLICYTASKS, Desk, Gate, until
from tests.flows.prefect_servers import PREFECT, PrefectServer, free_port, prefect_environment
from tests.flows.scheduled import DAILY, DATASET, Scheduler, ended_as, pile_up, states, versions

NOWHERE = "http://127.0.0.1:9/plan"


def dataset(name: str, schedule: str = DAILY) -> str:
    return DATASET.format(id=name, url=NOWHERE, schedule=schedule)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    """Somebody alone on a machine, with no server set up, types `policytasks schedule`."""
    home, port = Workspace(tmp_path_factory.mktemp("alone")), free_port()
    home.datasets.mkdir()
    environment = prefect_environment(home.root / "prefect", PREFECT_SERVER_API_PORT=str(port))
    made = Scheduler(Desk(home), PrefectServer(f"http://127.0.0.1:{port}/api", environment))
    made.order_only("first", NOWHERE)
    made.start()
    yield made
    made.end()
    assert "Traceback" not in made.said
    with pytest.raises(requests.ConnectionError):  # the server that it started has ended with it
        requests.get(made.prefect.url, timeout=5)


def program(of: Scheduler, *arguments: str) -> None:
    """Run a command as a person would, in the home's folder."""
    environment = {**of.prefect.environment, "PREFECT_API_URL": of.prefect.url}
    done = subprocess.run(
        arguments, cwd=of.desk.home.root, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def working(of: Scheduler) -> Iterator[None]:
    """A worker of the pool."""
    home = of.desk.home.root
    here = {"PREFECT_API_URL": of.prefect.url, "POLICYTASKS_HOME": str(home), "POLICYTASKS_CACHE": str(home / "state")}
    with (home / "worker.log").open("w") as said:
        process = subprocess.Popen(
            [PREFECT, "worker", "start", "--pool", "policytasks"],
            env={**of.prefect.environment, **here},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=120)


def test_the_committed_prefect_yaml_is_what_datasets_gives() -> None:
    assert (CHECKOUT / "prefect.yaml").read_text(encoding="utf-8") == to_prefect_yaml(CHECKOUT / "datasets")


def test_prefect_yaml_holds_every_deployment_with_its_limit_and_no_path_of_a_machine(desk: Desk) -> None:
    desk.write_dataset(dataset("daily"), "daily")
    desk.write_dataset(dataset("asked", ""), "asked")
    text = to_prefect_yaml(desk.home.datasets)
    assert str(desk.home.root) not in text
    assert str(CHECKOUT) not in text
    made = {
        (deployment["entrypoint"], deployment["name"]): deployment for deployment in yaml.safe_load(text)["deployments"]
    }
    assert len(made) == 3 * (1 + len(DATASET_FLOWS)) + len(WORKSPACE_FLOWS)
    assert all(deployment["concurrency_limit"]["limit"] == 1 for deployment in made.values())
    publish = "flows.publish_dataset.publish_dataset"
    (planned,) = made[publish, "daily"]["schedules"]
    assert (planned["cron"], planned["timezone"]) == ("0 6 * * *", "Asia/Shanghai")
    assert made[publish, "asked"]["schedules"] == []


def test_a_broken_dataset_stops_no_other(desk: Desk) -> None:
    desk.write_dataset(dataset("broken").replace("title", "titel"), "broken")
    asked = plan_deployments(desk.home.datasets)
    assert list(asked.broken) == ["broken"]
    assert {deployment.name for deployment in asked.deployments} == {"harbour", "all"}


@pytest.mark.parametrize(
    ("arguments", "setting", "status", "said"),
    [
        ([], {"PREFECT_API_URL": "http://127.0.0.1:9/api"}, 1, "no Prefect server answers at http://127.0.0.1:9/api"),
        (["--every", "0"], {}, 2, "--every 0: is not between 0 and 86,400 seconds"),
        (["--every", "nan"], {}, 2, "--every nan: is not between 0 and 86,400 seconds"),
        (["--every", "inf"], {}, 2, "--every inf: is not between 0 and 86,400 seconds"),
        (["--home", "/nowhere"], {}, 2, "has no datasets/ folder"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    desk: Desk, arguments: list[str], setting: dict[str, str], status: int, said: str
) -> None:
    done = subprocess.run(
        [*POLICYTASKS, "schedule", *arguments],
        cwd=desk.home.root,
        env=prefect_environment(desk.home.root / "prefect", **setting),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_somebody_alone_needs_no_server_and_is_told_what_runs_when(alone: Scheduler) -> None:
    assert alone.prefect.deployment("publish-dataset/first")["schedules"][0]["active"]
    assert re.search(r"first +publish-dataset +0 6 \* \* \* +Asia/Shanghai +20\d\d-\d\d-\d\d 06:00 \+0800", alone.said)


def test_what_changes_in_datasets_is_taken_up_while_it_runs(alone: Scheduler) -> None:
    server, desk = alone.prefect, alone.desk
    for name in ("changes", "leaves", "breaks"):
        alone.order(name, NOWHERE)

    def crons(name: str) -> list[str]:
        return [schedule["schedule"]["cron"] for schedule in server.deployment(f"publish-dataset/{name}")["schedules"]]

    desk.write_dataset(dataset("breaks").replace("title", "titel"), "breaks")
    until(lambda: "datasets/breaks.yaml:2: titel: unknown key" in alone.said, "the broken file to be told")
    desk.write_dataset(dataset("changes", DAILY.replace("0 6", "30 7")), "changes")
    alone.order("comes", NOWHERE)
    (desk.home.datasets / "leaves.yaml").unlink()
    until(lambda: crons("changes") == ["30 7 * * *"], "the new time")
    until(lambda: not server.has("publish-dataset/leaves"), "what is gone to leave")
    desk.write_dataset(dataset("changes", ""), "changes")
    until(lambda: crons("changes") == [], "the schedule to go")
    assert crons("breaks") == ["0 6 * * *"]
    assert "changes: publish-dataset is deployed, 30 7 * * * Asia/Shanghai" in alone.said
    assert "leaves: is not in datasets/ any more" in alone.said
    assert alone.said.count("titel") == 1
    desk.write_dataset(dataset("breaks"), "breaks")


def test_a_schedule_that_a_person_paused_stays_paused(alone: Scheduler) -> None:
    deployment = alone.order("rests", NOWHERE)
    (schedule,) = alone.prefect.deployment(deployment)["schedules"]
    program(alone, str(PREFECT), "deployment", "schedule", "pause", deployment, schedule["id"])
    alone.desk.write_dataset(dataset("rests", DAILY.replace("0 6", "0 8")), "rests")

    def now() -> tuple[str, bool]:
        (schedule,) = alone.prefect.deployment(deployment)["schedules"]
        return schedule["schedule"]["cron"], schedule["active"]

    until(lambda: now()[0] == "0 8 * * *", "the new time")
    assert now() == ("0 8 * * *", False)


def test_a_pool_of_workers_runs_what_prefect_yaml_says_and_skips_what_is_done(
    alone: Scheduler, desk: Desk, gate: Gate
) -> None:
    pooled, deployment = Scheduler(desk, alone.prefect), "publish-dataset/pooled"
    (desk.home.datasets / "harbour.yaml").unlink()
    pooled.order_only("pooled", gate.url)
    program(pooled, *POLICYTASKS, "schedule", "--write-prefect-yaml")
    program(pooled, str(PREFECT), "work-pool", "create", "policytasks", "--type", "process")
    program(pooled, str(PREFECT), "--no-prompt", "deploy", "--all")
    with working(pooled):
        run = pooled.prefect.trigger(deployment)
        until(ended_as(pooled.prefect, run, "Completed"), "a run that was asked for")
        pile_up(pooled.prefect, deployment, 1)
        until(lambda: sorted(states(pooled.prefect, deployment)) == ["Completed", "Skipped"], "the late one")
    assert gate.asked == 1
    assert versions(desk, "pooled") == ["1.0.0"]
