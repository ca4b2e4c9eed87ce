"""The Prefect flow on Prefect itself: first with the embedded server, then with one set up."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests

from collect.transfer import RETRY
from tests.conftest import CHECKOUT, DATASET, Desk, Site

PREFECT = Path(sys.executable).parent / "prefect"
START_SECONDS = 180
REQUESTS_A_TRY = 1 + int(RETRY.total or 0)


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


def quiet(prefect_home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {**kept, "PREFECT_HOME": str(prefect_home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", **more}


@pytest.fixture(scope="session")
def server(prefect_home: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (prefect_home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
            env=quiet(prefect_home),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}/api"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"{url}/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.3)
    pytest.fail("Prefect's server did not start")


def recorded(url: str, kind: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.post(f"{url}/{kind}/filter", json={"sort": key}, timeout=30).json()
    return found


def artifacts(url: str) -> dict[str, str]:
    """The newest artifact of each key."""
    return {one["key"]: one["data"] for one in reversed(recorded(url, "artifacts", "CREATED_DESC"))}


def events(url: str, name: str, least: int = 1) -> list[tuple[str, str, str]]:
    """Whom events are about, with the version and why, oldest first; the server takes them up after a moment."""
    query = {"filter": {"event": {"name": [name]}, "order": "ASC"}}
    end = time.monotonic() + 60
    found: list[dict[str, Any]] = []
    while len(found) < least and time.monotonic() < end:
        found = requests.post(f"{url}/events/filter", json=query, timeout=30).json()["events"]
        time.sleep(0.3)
    return [
        (
            one["resource"]["prefect.resource.id"],
            one["payload"].get("version", ""),
            one["payload"].get("summary") or one["payload"]["why"],
        )
        for one in found
    ]


@pytest.fixture
def first_run(harbour: Desk, prefect_home: Path) -> subprocess.CompletedProcess[str]:
    return harbour.run("publish", "--offline", **quiet(prefect_home, PREFECT_API_URL=""))


@pytest.mark.smoke
def test_it_runs_with_no_server_set_up_and_then_with_one(
    first_run: subprocess.CompletedProcess[str], harbour: Desk, prefect_home: Path, request: pytest.FixtureRequest
) -> None:
    assert first_run.returncode == 0, first_run.stderr
    assert "published 1.0.0" in first_run.stdout
    assert "read 7 tasks in 3 areas" in first_run.stderr

    url = request.getfixturevalue("server")
    again = harbour.run("publish", "--offline", **quiet(prefect_home, PREFECT_API_URL=url))
    assert again.returncode == 0, again.stderr
    assert "nothing changed" in again.stdout

    runs = recorded(url, "flow_runs", "START_TIME_ASC")
    assert [(run["name"], run["state_type"]) for run in runs] == [
        ("harbour: published 1.0.0", "COMPLETED"),
        ("harbour: nothing changed", "COMPLETED"),
    ]
    left = artifacts(url)
    assert sorted(left) == ["harbour-changes", "harbour-release", "harbour-sources"]
    for said in ("**1.0.0**, unchanged", "| tasks | 7 |", "✓ “seven key tasks” (found 7)", "`harbour/versions/1.0.0/`"):
        assert said in left["harbour-release"]
    (source,) = json.loads(left["harbour-sources"])
    assert (source["source"], source["state"]) == ("harbour-2021", "active")
    assert "It holds:" in left["harbour-changes"]
    assert events(url, "policytasks.published") == [("policytasks.dataset.harbour", "1.0.0", "first release")]


def test_one_task_a_step_and_prefects_own_command_line_lists_the_run(
    harbour: Desk, prefect_home: Path, server: str
) -> None:
    environment = quiet(prefect_home, PREFECT_API_URL=server)
    assert harbour.run("publish", "--offline", **environment).returncode == 0
    for noun, said in (("flow-run", "harbour: published 1.0.0"), ("artifact", "harbour-release")):
        done = subprocess.run(
            [PREFECT, noun, "ls"],
            env={**environment, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert said in done.stdout
    (newest, *_) = recorded(server, "flow_runs", "START_TIME_DESC")
    names: list[str] = []
    end = time.monotonic() + 60
    while len(names) < 6 and time.monotonic() < end:  # the server records task runs later than they happen
        names = sorted({run["name"].rpartition("-")[0] for run in task_runs(server, newest["id"])})
        time.sleep(0.5)
    assert names == [
        "collect-sources",
        "draft-tables",
        "extract-plans",
        "publish-draft",
        "notify-channels",
        "write-catalog",
    ]


def test_a_run_that_fails_is_one_line_here_and_failed_there(desk: Desk, prefect_home: Path, server: str) -> None:
    desk.capture("The towns met.")
    done = desk.run("publish", "--offline", **quiet(prefect_home, PREFECT_API_URL=server))
    assert done.returncode == 1
    assert "no task was found" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    run = recorded(server, "flow_runs", "START_TIME_DESC")[0]
    line = done.stderr.splitlines()[-1].removeprefix("policytasks: ")
    assert (run["state_type"], run["state"]["message"]) == ("FAILED", line)
    assert run["name"].startswith("harbour: failed, harbour-2021: data/raw/")
    said = "\n".join(logs(server, run["id"]))
    assert line in said
    assert not [word for word in ("Traceback", "NoPlanError(", "Finished in state") if word in said], said
    assert "**What:** harbour-2021: data/raw/" in artifacts(server)["harbour-release"]


def logs(url: str, run_id: str) -> list[str]:
    """What a run logged, once it has come to an end there."""
    query = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"}
    end, found, before = time.monotonic() + 60, list[str](), None
    while found != before or not found:
        before = found
        time.sleep(2.5)  # a run's log is sent every two seconds
        found = [one["message"] for one in requests.post(f"{url}/logs/filter", json=query, timeout=30).json()]
        assert time.monotonic() < end, found
    return found


def test_a_source_that_breaks_and_is_mended_is_an_event_each_and_a_refusal_says_the_check(
    desk: Desk, site: Site, report: str, prefect_home: Path, server: str
) -> None:
    environment = quiet(prefect_home, PREFECT_API_URL=server)
    desk.write_dataset(DATASET.format(url=site.page("/plan", report.encode(), content_type="text/plain")))
    assert desk.run("publish", **environment).returncode == 0
    site.page("/plan", b"gone", status=410)
    for _ in range(2):
        desk.run("publish", **environment)
    site.page("/plan", report.replace("4. Train teachers together.\n", "").encode(), content_type="text/plain")
    assert desk.run("publish", **environment).returncode == 1
    (broke,) = events(server, "policytasks.source.broke")
    assert broke[0] == "policytasks.source.harbour-2021"
    assert "the server answered 410" in broke[2]
    assert len(events(server, "policytasks.source.mended")) == 1
    assert [one[0] for one in events(server, "policytasks.dataset.broke")] == ["policytasks.dataset.harbour"]
    run = recorded(server, "flow_runs", "START_TIME_DESC")[0]
    assert run["name"] == "harbour: refused, claims-still-hold does not hold"
    left = artifacts(server)
    assert "**The mend:** look at the source" in left["harbour-release"]
    assert json.loads(left["harbour-sources"])[0]["source"] == "harbour-2021"


@pytest.mark.parametrize(("broken_times", "status"), [(1, 0), (9, 1)])
def test_fetching_is_tried_again_where_that_can_help(
    desk: Desk, site: Site, report: str, prefect_home: Path, server: str, broken_times: int, status: int
) -> None:
    def breaking(handler: BaseHTTPRequestHandler) -> None:
        if len(site.asked) >= broken_times * REQUESTS_A_TRY:
            site.page("/plan", report.encode(), content_type="text/plain")
        handler.close_connection = True

    site.answers["/plan"] = breaking
    desk.write_dataset(DATASET.format(url=f"{site.url}/plan"))
    script = (
        "import sys, flows.runs as it; it.RETRY_SECONDS = 0; from cli.main import main;"
        f"sys.exit(main(['publish', '--home', {str(desk.home.root)!r}]))"
    )
    environment = quiet(prefect_home, PREFECT_API_URL=server)
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert len(site.asked) == (REQUESTS_A_TRY + 1 if status == 0 else 3 * REQUESTS_A_TRY)


def test_a_server_that_is_not_there_is_one_line(harbour: Desk, prefect_home: Path) -> None:
    done = harbour.run("publish", "--offline", **quiet(prefect_home, PREFECT_API_URL="http://127.0.0.1:9/api"))
    assert done.returncode == 1
    assert "PREFECT_API_URL" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_dataset_with_a_mistake_starts_nothing(desk: Desk, prefect_home: Path) -> None:
    desk.write_dataset(DATASET.replace("title", "titel"))
    begun = time.monotonic()
    done = desk.run("publish", **quiet(prefect_home, PREFECT_API_URL=""))
    assert done.returncode == 2
    assert "titel" in done.stderr
    assert time.monotonic() - begun < 10


JOBS = """
import sys
from datetime import UTC, datetime, timedelta
from flows.check_sources import check_sources
from flows.reextract import reextract
from flows.verify_shelf import verify_shelf
from flows.backfill import backfill
home, kept = sys.argv[1:]
check_sources("harbour", home)
check_sources("harbour", home)
reextract("harbour", home)
verify_shelf("harbour", home)
backfill("harbour", kept, home)
"""
CLEANING = """
from datetime import UTC, datetime, timedelta
from prefect import flow
from flows.cleanup import cleanup, remove_before
@flow(name="somebody-elses", flow_run_name="not ours")
def other(): ...
other()
print(cleanup(30), remove_before(datetime.now(UTC) + timedelta(seconds=1)), cleanup(30))
"""


def in_one_process(script: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_flows_beside_it_say_how_they_ended_and_publish_only_what_is_new(
    desk: Desk, site: Site, report: str, prefect_home: Path, server: str, tmp_path: Path
) -> None:
    desk.write_dataset(DATASET.format(url=site.page("/plan", report.encode(), content_type="text/plain")))
    (tmp_path / "2019-05-01.txt").write_text("The towns met.")
    before = {run["id"] for run in recorded(server, "flow_runs", "START_TIME_ASC")}
    kept = str(tmp_path / "2019-05-01.txt")
    done = in_one_process(JOBS, str(desk.home.root), kept, **quiet(prefect_home, PREFECT_API_URL=server))
    assert done.returncode == 0, done.stderr
    names = [run["name"] for run in recorded(server, "flow_runs", "START_TIME_ASC") if run["id"] not in before]
    proof = names.pop(4)
    assert names == [
        "harbour: 1 source changed",
        "harbour: published 1.0.0",
        "harbour: nothing changed",
        "harbour: nothing changed",
        "harbour: backfilled 0 versions",
    ]
    assert proof.startswith("harbour: verified, ")
    left = artifacts(server)
    assert "nothing would change; 1.0.0 stays the newest" in left["harbour-reextract"]
    assert "made again" in left["harbour-proof"]


def test_old_runs_of_ours_are_removed_with_what_they_left_but_the_newest_and_nobody_elses_are(
    harbour: Desk, prefect_home: Path, server: str
) -> None:
    environment = quiet(prefect_home, PREFECT_API_URL=server)
    for _ in range(2):
        assert harbour.run("publish", "--offline", **environment).returncode == 0
    ours = len(recorded(server, "flow_runs", "START_TIME_ASC"))
    assert len(recorded(server, "artifacts", "CREATED_DESC")) > len(artifacts(server))
    done = in_one_process(CLEANING, **environment)
    assert done.returncode == 0, done.stderr
    young, removed, again = map(int, done.stdout.split()[-3:])
    assert (young, again) == (0, 0)
    assert removed == ours + 1  # and the first of the two cleanings
    names = [run["name"] for run in recorded(server, "flow_runs", "START_TIME_ASC")]
    assert sorted(name.partition(":")[0] for name in names) == ["cleaned up", "not ours"]
    assert len(recorded(server, "artifacts", "CREATED_DESC")) == len(artifacts(server))
    assert "harbour-release" in artifacts(server)
    assert (harbour.shelf / "harbour" / "1.0.0").is_dir()


BATCHES = """
import sys
from flows import runs
runs.PROGRESS_SECONDS = 0
from flows.publish_dataset import publish_dataset
print(publish_dataset("harbour", sys.argv[1], offline=True).status)
"""


def test_under_prefect_each_batch_for_dask_is_a_task_and_the_run_has_a_bar(
    harbour: Desk, prefect_home: Path, server: str
) -> None:
    environment = quiet(prefect_home, PREFECT_API_URL=server, POLICYTASKS_WORK="dask:1")
    done = in_one_process(BATCHES, str(harbour.home.root), **environment)
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["published"]), done.stderr
    (newest, *_) = recorded(server, "flow_runs", "START_TIME_DESC")
    names: set[str] = set()
    end = time.monotonic() + 60
    while "read-batch" not in names and time.monotonic() < end:  # the server records task runs later than they happen
        names = {run["name"].rpartition("-")[0] for run in task_runs(server, newest["id"])}
        time.sleep(0.5)
    assert "read-batch" in names
    assert float(artifacts(server)["harbour-progress"]) == 100


def task_runs(server: str, flow_run_id: str) -> list[dict[str, Any]]:
    query = {"flow_runs": {"id": {"any_": [flow_run_id]}}, "sort": "EXPECTED_START_TIME_ASC"}
    found: list[dict[str, Any]] = requests.post(f"{server}/task_runs/filter", json=query, timeout=30).json()
    return found
