"""The Prefect server that keeps the runs: the one that PREFECT_API_URL names, or else one on this machine.

A person alone on one machine has no server, and should not need to know of one. Theirs is started here, at Prefect's
own address (127.0.0.1:4200, or as PREFECT_SERVER_API_HOST and PREFECT_SERVER_API_PORT say) with its database in
Prefect's home folder, and ends with this process, also where that is killed. A server that runs there already is used
as it is. A team names its server, which is never started from here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings

from config.text import omit_credentials
from pipeline.errors import OrchestratorError
from pipeline.lifeline import start_module

# For how long a server that was started is waited for, in seconds: its first start makes a database, which takes a slow
# machine more than a minute.
START_SECONDS = 180
# For how long it may take to end before it is killed.
STOP_SECONDS = 30
HEALTH_SECONDS, HEALTH_INTERVAL = 5, 0.3
# With its leases in files, a server that is started again knows which run holds which slot.
LEASES = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}


@dataclass
class Server:
    """A server, and its process if it was started here. `log` is None if it is never started here."""

    url: str
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def ensure_running(self) -> bool:
        """Whether it answers; a server of this machine that has ended is started. Raises OrchestratorError."""
        if is_answering(self.url):
            return True
        if self.log is None or (self.process and self.process.poll() is None):
            return False
        self.process = _start(self.log)
        _wait_until_answering(self.url, self.process, self.log)
        return True


@contextmanager
def run_server() -> Iterator[Server]:
    """A server that answers, which Prefect's settings name within the block. Raises OrchestratorError."""
    settings = get_current_settings()
    if settings.api.url:
        if not is_answering(settings.api.url):
            raise OrchestratorError(
                f"no Prefect server answers at {omit_credentials(settings.api.url)}",
                "PREFECT_API_URL",
                "start it there (prefect server start), or unset it to have one started on this machine",
            )
        yield Server(settings.api.url)
        return
    api = settings.server.api
    local = Server(f"http://{api.host}:{api.port}/api", Path(settings.home) / "policytasks-server.log")
    try:
        local.ensure_running()
        with temporary_settings(updates={PREFECT_API_URL: local.url}):
            yield local
    finally:
        if local.process:
            _stop(local.process)


def is_answering(url: str) -> bool:
    """Whether a Prefect server answers at an address."""
    try:
        return bool(httpx.get(f"{url}/health", timeout=HEALTH_SECONDS).json() is True)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):  # a ValueError: what answers does not answer in JSON
        return False


def _start(log: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C reaches it only after those who need it have ended."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return start_module(
            [sys.executable, "-m", "prefect", "server", "start"],
            env={**LEASES, **os.environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not is_answering(url):
        if process.poll() is not None or time.monotonic() > end:
            raise OrchestratorError("Prefect's server did not start", url, f"see {log}")
        time.sleep(HEALTH_INTERVAL)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
