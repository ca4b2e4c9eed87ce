"""What tests of scheduling share: a dataset with a schedule, a page behind a gate, and the program that serves."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

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


def versions(desk: Desk, name: str) -> list[str]:
    folder = desk.shelf / name
    return sorted(path.name for path in folder.glob("[0-9]*")) if folder.exists() else []
