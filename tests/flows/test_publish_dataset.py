"""The Prefect flow on Prefect itself: with the embedded server, and with one that is set up."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from collect.transfer import RETRY
from pipeline.workspace import Workspace
from tests.conftest import CHECKOUT, DATASET, NOWHERE, POLICYTASKS, Answer, Desk, Gate, Site, until
from tests.flows.prefect_servers import PREFECT, PrefectServer, prefect_environment

REQUESTS_A_TRY = 1 + int(RETRY.total or 0)
PATIENCE = 300
ENDED = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"]}}}


@dataclass(frozen=True)
class Record:
    """What a server has on record of the runs that began after a moment and have ended."""

    server: PrefectServer
    since: str

    @property
    def environment(self) -> dict[str, str]:
        """That of the server, with the reading cache of this test: one of another test may hold the same captures."""
        return {**self.server.environment, "POLICYTASKS_CACHE": os.environ["POLICYTASKS_CACHE"]}

    @property
    def _runs(self) -> dict[str, Any]:
        return {**ENDED, "start_time": {"after_": self.since}}  # others may be planned there

    def runs(self) -> list[dict[str, Any]]:
        """Flow runs, the earliest first."""
        found: list[dict[str, Any]] = self.server.post("flow_runs/filter", sort="START_TIME_ASC", flow_runs=self._runs)
        return found

    def artifacts(self) -> dict[str, str]:
        """The newest artifact of each key."""
        found = self.server.post("artifacts/filter", sort="CREATED_DESC", flow_runs=self._runs)
        return {artifact["key"]: artifact["data"] for artifact in reversed(found)}

    def events(self, name: str) -> list[tuple[str, str, str]]:
        """Whom events are about, with the version and why, oldest first; waits for one, which comes after a moment."""
        query = {"event": {"name": [name]}, "occurred": {"since": self.since}, "order": "ASC"}
        found = until(lambda: self.server.post("events/filter", filter=query)["events"], f"the event {name}")
        return [
            (
                event["resource"]["prefect.resource.id"],
                event["payload"].get("version", ""),
                event["payload"].get("summary") or event["payload"]["why"],
            )
            for event in found
        ]

    def steps(self, run: str) -> set[str]:
        """The names of a run's task runs, which the server records later than they happen."""
        query = {"flow_runs": {"id": {"any_": [run]}}, "sort": "EXPECTED_START_TIME_ASC"}
        return {task["name"].rpartition("-")[0] for task in self.server.post("task_runs/filter", **query)}

    def log(self, run: str) -> str:
        """What a run logged; a process that ended has sent all of it."""
        query = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC"}
        return "\n".join(line["message"] for line in self.server.post("logs/filter", **query))


@pytest.fixture
def record(prefect_on_sqlite: PrefectServer) -> Record:
    return Record(prefect_on_sqlite, datetime.now(UTC).isoformat())


@pytest.fixture(scope="module")
def twice(prefect_on_sqlite: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The record of the first two runs of a dataset, between which nothing changed."""
    record = Record(prefect_on_sqlite, datetime.now(UTC).isoformat())
    desk = Desk(Workspace(tmp_path_factory.mktemp("twice")))
    desk.write_dataset(DATASET.format(url=NOWHERE))
    desk.capture((CHECKOUT / "tests" / "fixtures" / "harbour-towns.txt").read_text(encoding="utf-8"))
    environment = {**record.server.environment, "POLICYTASKS_CACHE": str(desk.home.root / "state")}
    for words in ("published 1.0.0", "nothing changed"):
        done = desk.run_process("publish", "--offline", **environment)
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
    return record


@pytest.fixture
def no_server(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has set up no server."""
    return prefect_environment(tmp_path / "prefect", PREFECT_API_URL="")


@pytest.mark.smoke
def test_it_runs_with_no_server_set_up(harbour: Desk, no_server: dict[str, str]) -> None:
    done = harbour.run_process("publish", "--offline", **no_server)
    assert done.returncode == 0, done.stderr
    assert "published 1.0.0" in done.stdout
    assert "read 7 tasks in 3 areas" in done.stderr
    with closing(sqlite3.connect(Path(no_server["PREFECT_HOME"], "prefect.db"))) as database:
        runs = database.execute("SELECT name, state_type FROM flow_run").fetchall()
    assert runs == [("harbour: published 1.0.0", "COMPLETED")]


def test_a_run_leaves_its_name_its_artifacts_and_its_event_on_a_server(twice: Record) -> None:
    assert [(run["name"], run["state_type"]) for run in twice.runs()[:2]] == [
        ("harbour: published 1.0.0", "COMPLETED"),
        ("harbour: nothing changed", "COMPLETED"),
    ]
    artifacts = twice.artifacts()
    assert sorted(artifacts) == ["harbour-changes", "harbour-release", "harbour-sources"]
    for words in (
        "**1.0.0**, unchanged",
        "| tasks | 7 |",
        "✓ “seven key tasks” (found 7)",
        "`harbour/versions/1.0.0/`",
    ):
        assert words in artifacts["harbour-release"]
    (source,) = json.loads(artifacts["harbour-sources"])
    assert (source["source"], source["state"]) == ("harbour-2021", "active")
    assert "It holds:" in artifacts["harbour-changes"]
    assert twice.events("policytasks.published")[0] == ("policytasks.dataset.harbour", "1.0.0", "first release")


def test_one_task_a_step_and_prefects_own_command_line_lists_the_run(twice: Record) -> None:
    ended = ["--state-type", "COMPLETED", "--limit", "200"]
    for noun, options, words in (
        ("flow-run", ended, "harbour: published 1.0.0"),
        ("artifact", [], "harbour-release"),
    ):
        done = subprocess.run(
            [PREFECT, noun, "ls", *options],
            env={**twice.environment, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert words in done.stdout
    first = twice.runs()[0]["id"]
    steps = {"collect-sources", "draft-tables", "extract-plans", "publish-draft", "notify-channels", "update-catalog"}
    until(lambda: len(twice.steps(first)) >= len(steps), "the steps of the run")
    assert twice.steps(first) == steps


def test_a_run_that_fails_is_one_line_here_and_failed_there(desk: Desk, record: Record) -> None:
    desk.capture("The towns met.")
    done = desk.run_process("publish", "--offline", **record.environment)
    assert done.returncode == 1
    assert "no task was found" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    (run,) = record.runs()
    line = done.stderr.splitlines()[-1].removeprefix("policytasks: ")
    assert (run["state_type"], run["state"]["message"]) == ("FAILED", line)
    assert run["name"].startswith("harbour: failed, harbour-2021: data/raw/")
    until(lambda: line in record.log(run["id"]), "the run's log")
    log = record.log(run["id"])
    assert not [word for word in ("Traceback", "NoPlanError(", "Finished in state") if word in log], log
    assert "**What:** harbour-2021: data/raw/" in record.artifacts()["harbour-release"]


THREE_RUNS = """
import sys
from flows.publish_dataset import publish_dataset
for _ in range(3):
    publish_dataset("harbour", sys.argv[1])
"""


def answer_in_turn(site: Site, *answers: Answer) -> None:
    """Have the page give each answer once, and the last one from then on."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        answers[min(len(site.asked), len(answers)) - 1](handler)

    site.answers["/plan"] = answer


def test_a_source_that_breaks_and_is_mended_is_an_event_each_and_a_refusal_says_the_check(
    desk: Desk, site: Site, report: str, record: Record
) -> None:
    answers = []
    for body, status in (
        (report, 200),
        ("gone", 410),
        ("gone", 410),
        (report.replace("4. Train teachers together.\n", ""), 200),
    ):
        site.page("/plan", body.encode(), status=status, content_type="text/plain")
        answers.append(site.answers["/plan"])
    answer_in_turn(site, *answers)
    desk.write_dataset(DATASET.format(url=f"{site.url}/plan"))
    done = run_script(THREE_RUNS, desk.home.root, **record.environment)
    assert done.returncode == 0, done.stderr
    assert desk.run_process("publish", **record.environment).returncode == 1
    (broke,) = record.events("policytasks.source.broke")
    assert broke[0] == "policytasks.source.harbour-2021"
    assert "the server answered 410" in broke[2]
    assert len(record.events("policytasks.source.mended")) == 1
    assert [event[0] for event in record.events("policytasks.dataset.broke")] == ["policytasks.dataset.harbour"]
    assert record.runs()[-1]["name"] == "harbour: refused, claims-still-hold does not hold"
    artifacts = record.artifacts()
    assert "**The fix:** look at the source" in artifacts["harbour-release"]
    assert json.loads(artifacts["harbour-sources"])[0]["source"] == "harbour-2021"


@pytest.mark.parametrize(("broken_times", "status"), [(1, 0), (9, 1)])
def test_fetching_is_tried_again_where_that_can_help(
    desk: Desk, site: Site, report: str, record: Record, broken_times: int, status: int
) -> None:
    def breaking(handler: BaseHTTPRequestHandler) -> None:
        if len(site.asked) >= broken_times * REQUESTS_A_TRY:
            site.page("/plan", report.encode(), content_type="text/plain")
        handler.close_connection = True

    site.answers["/plan"] = breaking
    desk.write_dataset(DATASET.format(url=f"{site.url}/plan"))
    script = (
        "import sys, flows.execution as steps; steps.RETRY_SECONDS = 0; from cli.main import main;"
        "sys.exit(main(['publish', '--home', sys.argv[1]]))"
    )
    done = run_script(script, desk.home.root, **record.environment)
    assert done.returncode == status, done.stderr
    assert len(site.asked) == (REQUESTS_A_TRY + 1 if status == 0 else 3 * REQUESTS_A_TRY)


def test_a_server_that_is_not_there_is_one_line(harbour: Desk, no_server: dict[str, str]) -> None:
    done = harbour.run_process("publish", "--offline", **no_server | {"PREFECT_API_URL": "http://127.0.0.1:9/api"})
    assert done.returncode == 1
    assert "PREFECT_API_URL" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_dataset_with_a_mistake_starts_nothing(desk: Desk, no_server: dict[str, str]) -> None:
    desk.write_dataset(DATASET.replace("title", "titel"))
    done = desk.run_process("publish", **no_server)
    assert done.returncode == 2
    assert "titel" in done.stderr
    assert not Path(no_server["PREFECT_HOME"]).exists()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_ctrl_c_ends_a_run_with_the_embedded_server_and_leaves_no_server(
    desk: Desk, gate: Gate, no_server: dict[str, str]
) -> None:
    desk.write_dataset(DATASET.format(url=gate.url))
    gate.close()
    run = subprocess.Popen(
        [*POLICYTASKS, "publish", "--home", desk.home.root],
        env=no_server,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    until(lambda: gate.asked, "the run to ask", PATIENCE)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to all that were started in it
    _, lines = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130, lines
    assert lines.splitlines()[-1].startswith("policytasks: interrupted: what was published stays")
    assert "Traceback" not in lines
    assert processes_in(Path(no_server["PREFECT_HOME"])) == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_a_run_that_is_killed_leaves_no_embedded_server(desk: Desk, gate: Gate, no_server: dict[str, str]) -> None:
    desk.write_dataset(DATASET.format(url=gate.url))
    gate.close()
    command = [*POLICYTASKS, "publish", "--home", str(desk.home.root)]
    with subprocess.Popen(command, env=no_server, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
        until(lambda: gate.asked, "the run to ask", PATIENCE)
        assert any("uvicorn" in command for command in processes_in(Path(no_server["PREFECT_HOME"])))
        run.kill()
    until(lambda: not processes_in(Path(no_server["PREFECT_HOME"])), "the server to end", 10)


def processes_in(prefect_home: Path) -> list[str]:
    """The processes that have this folder as Prefect's home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(prefect_home).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # of somebody else, or ended meanwhile
            continue
    return found


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
import sys
from datetime import UTC, datetime, timedelta
from prefect import flow
from prefect.client.orchestration import get_client
from flows.cleanup import cleanup, remove_runs_before
from flows.publish_dataset import publish_dataset
@flow(name="somebody-elses", flow_run_name="not ours")
def other(): ...
other()
for _ in range(2):
    publish_dataset("harbour", sys.argv[1], offline=True)
with get_client(sync_client=True) as client:
    print(*(artifact.key for artifact in client.read_artifacts()))
print(cleanup(30), remove_runs_before(datetime.now(UTC) + timedelta(seconds=1)), cleanup(30))
"""


def run_script(script: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run flows as somebody's own script does."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_flows_beside_it_say_how_they_ended_and_publish_only_what_is_new(
    desk: Desk, site: Site, report: str, record: Record, tmp_path: Path
) -> None:
    desk.write_dataset(DATASET.format(url=site.page("/plan", report.encode(), content_type="text/plain")))
    kept = tmp_path / "2019-05-01.txt"
    kept.write_text("The towns met.")
    done = run_script(JOBS, desk.home.root, kept, **record.environment)
    assert done.returncode == 0, done.stderr
    names = [run["name"] for run in record.runs()]
    proof = names.pop(4)
    assert names == [
        "harbour: 1 source changed",
        "harbour: published 1.0.0",
        "harbour: nothing changed",
        "harbour: nothing changed",
        "harbour: backfilled 0 versions",
    ]
    assert proof.startswith("harbour: verified, ")
    artifacts = record.artifacts()
    assert "nothing would change; 1.0.0 stays the newest" in artifacts["harbour-reextract"]
    assert "made again" in artifacts["harbour-proof"]


def test_old_runs_of_ours_are_removed_with_what_they_left_but_the_newest_and_nobody_elses_are(
    harbour: Desk, record: Record
) -> None:
    def ended() -> list[str]:
        return [run["name"] for run in record.server.post("flow_runs/filter", flow_runs=ENDED)]

    def artifacts() -> list[str]:
        return [artifact["key"] for artifact in record.server.post("artifacts/filter")]

    before = len(ended())
    done = run_script(CLEANING, harbour.home.root, **record.environment)
    assert done.returncode == 0, done.stderr
    keys, removals = (line.split() for line in done.stdout.splitlines()[-2:])
    assert len(keys) > len(set(keys))
    young, removed, again = map(int, removals)
    assert (young, again) == (0, 0)
    assert removed == before + 3  # the two of publishing, and the first of the two cleanings
    assert sorted(name.partition(":")[0] for name in ended()) == ["cleaned up", "not ours"]
    assert sorted(artifacts()) == sorted(set(artifacts()))
    assert "harbour-release" in artifacts()
    assert (harbour.shelf / "harbour" / "1.0.0").is_dir()


BATCHES = """
import sys
from flows import execution
execution.PROGRESS_SECONDS = 0
from flows.publish_dataset import publish_dataset
print(publish_dataset("harbour", sys.argv[1], offline=True).status)
"""


def test_under_prefect_each_batch_for_dask_is_a_task_and_the_run_has_a_bar(harbour: Desk, record: Record) -> None:
    done = run_script(BATCHES, harbour.home.root, **record.environment, POLICYTASKS_WORK="dask:1")
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["published"]), done.stderr
    (run,) = record.runs()
    until(lambda: "read-batch" in record.steps(run["id"]), "the batch to be on record")
    assert float(record.artifacts()["harbour-progress"]) == 100
