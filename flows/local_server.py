"""The Prefect server that runs are kept on: the one that PREFECT_API_URL names, or else one on this machine.

A person alone on one machine has no server, and should not have to know of one: theirs is started here, on Prefect's
own address (127.0.0.1:4200, or as PREFECT_SERVER_API_HOST and PREFECT_SERVER_API_PORT say) with its database in
Prefect's home folder, and ends with us. One that is there already, because it was started by hand or outlived whoever
started it, is used as it is. A team names its server, which is never started from here.
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

from pipeline.errors import OrchestratorError

# Its first start makes a database, which takes a slow machine a while.
START_SECONDS = 180
STOP_SECONDS = 30
LOG = "policytasks-server.log"
# With its leases in files a server that is started again knows who holds which slot.
LEASES = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}


@dataclass
class Server:
    """A server, and the process that it is where it was started here; `log` is None where it never is."""

    url: str
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def ensure_running(self) -> bool:
        """Whether it answers; one that belongs to this machine and has ended is started. Raises OrchestratorError."""
        if is_answering(self.url):
            return True
        if self.log is None or (self.process and self.process.poll() is None):
            return False
        self.process = _start(self.log)
        _wait_until_answering(self.url, self.process, self.log)
        return True


@contextmanager
def run_server() -> Iterator[Server]:
    """A server that answers; Prefect's settings name it in the block. Raises OrchestratorError."""
    settings = get_current_settings()
    if settings.api.url:
        if not is_answering(settings.api.url):
            raise OrchestratorError(
                f"PREFECT_API_URL: no Prefect server answers at {settings.api.url}; "
                "start it there (prefect server start), or unset it to have one started on this machine"
            )
        yield Server(settings.api.url)
        return
    api = settings.server.api
    local = Server(f"http://{api.host}:{api.port}/api", Path(settings.home) / LOG)
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
        return bool(httpx.get(f"{url}/health", timeout=5).json() is True)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False


def _start(log: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C reaches it only after those who need it have ended."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start"],
            env={**LEASES, **os.environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not is_answering(url):
        if process.poll() is not None or time.monotonic() > end:
            raise OrchestratorError(f"Prefect's server did not start at {url}; {log} says why")
        time.sleep(0.3)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
