"""Real Prefect servers on loopback, on SQLite and on PostgreSQL, and what a test asks them."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import until

PREFECT = Path(sys.executable).parent / "prefect"
START_SECONDS = 180
# What the server answers while its database is locked; its own client tries again too.
BUSY = 503
# So that a test need not wait as long as an operator would.
QUICK = {
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "2",
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_WORKER_PREFETCH_SECONDS": "1",
}


@dataclass(frozen=True)
class PrefectServer:
    """A server that answers, and the environment in which Prefect's programs know it."""

    url: str
    environment: dict[str, str]

    def post(self, path: str, **body: Any) -> Any:
        """Ask or change something; returns what it answers."""
        return self._asked("POST", path, json=body)

    def get(self, path: str) -> Any:
        """What it answers to a question."""
        return self._asked("GET", path)

    def _asked(self, method: str, path: str, **more: Any) -> Any:
        def answered() -> requests.Response | None:
            answer = requests.request(method, f"{self.url}/{path}", timeout=30, **more)
            return None if answer.status_code == BUSY else answer

        answer = until(answered, "a database that is not busy")
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def label(self, run: str, **labels: str) -> None:
        """Give a run some labels."""
        self._asked("PATCH", f"flow_runs/{run}/labels", json=labels)

    def deployment(self, name: str) -> dict[str, Any]:
        """A deployment, by the names of its flow and its own."""
        found: dict[str, Any] = self.get(f"deployments/name/{name}")
        return found

    def has(self, name: str) -> bool:
        """Whether there is such a deployment."""
        return requests.get(f"{self.url}/deployments/name/{name}", timeout=30).ok

    def trigger(self, name: str) -> str:
        """Ask for a run, as `prefect deployment run` does; its id."""
        made = self.post(f"deployments/{self.deployment(name)['id']}/create_flow_run", state={"type": "SCHEDULED"})
        return str(made["id"])

    def runs(self, name: str) -> list[dict[str, Any]]:
        """Every run of a deployment, the earliest first."""
        wanted = {"deployments": {"id": {"any_": [self.deployment(name)["id"]]}}}
        found: list[dict[str, Any]] = self.post("flow_runs/filter", sort="EXPECTED_START_TIME_ASC", **wanted)
        return found

    def state(self, run: str) -> str:
        return str(self.get(f"flow_runs/{run}")["state"]["name"])


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def prefect_environment(folder: Path, **more: str) -> dict[str, str]:
    """An environment in which Prefect keeps what it has in a folder, and tells nobody of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {**kept, "PREFECT_HOME": str(folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", **QUICK, **more}


@contextmanager
def prefect_server(folder: Path, **more: str) -> Iterator[PrefectServer]:
    """A server that keeps its things in a folder."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    environment = prefect_environment(folder, **more)
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: process.poll() is not None or _answers(url), "Prefect's server", START_SECONDS)
        assert process.poll() is None, (folder / "server.log").read_text()
        yield PrefectServer(url, {**environment, "PREFECT_API_URL": url})
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=60)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health", timeout=5).ok
    except requests.ConnectionError:
        return False


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a database in a cluster of its own; skipped if PostgreSQL is not there, a failure with CI."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None, key=lambda path: int(path.parts[-3]))
    bare = shutil.which("initdb")
    folder_of = programs.parent if programs else Path(bare).parent if bare else None
    if folder_of is None:
        said = "needs PostgreSQL (Debian: apt-get install postgresql)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(said)
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        port, as_user = free_port(), _unprivileged(Path(folder))
        data, where = f"{folder}/data", ["-h", "127.0.0.1", "-p", str(port), "-U", "prefect"]
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run = partial(
            subprocess.run, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=180
        )  # a pipe would be kept open
        run([*as_user, folder_of / "initdb", "-D", data, "-U", "prefect", "-A", "trust", "-N"])
        run([*as_user, folder_of / "pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", settings, "-w", "start"])
        try:
            run([folder_of / "createdb", *where, "prefect"])
            yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/prefect"
        finally:
            run([*as_user, folder_of / "pg_ctl", "-D", data, "-m", "immediate", "stop"])


def _unprivileged(folder: Path) -> list[str]:
    """What runs a program as somebody whom PostgreSQL accepts, to whom the folder is given."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres" if any(account.pw_name == "postgres" for account in pwd.getpwall()) else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
