"""What tests of scheduling share: a dataset with a schedule, a page behind a gate, and the program that serves."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.conftest import POLICYTASKS, Desk, Site, until
from tests.flows.prefect_servers import PrefectServer

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


@dataclass
class Scheduler:
    """`policytasks schedule` for a home: started, ended and killed as a test wants it."""

    desk: Desk
    prefect: PrefectServer
    process: subprocess.Popen[str] | None = None

    @property
    def said(self) -> str:
        """What it printed since it was started last."""
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.desk.home.root / "schedule.log"

    def start(self) -> None:
        """Start it, and wait until it says what it serves."""
        with self._log.open("w") as said:
            process = subprocess.Popen(
                [POLICYTASKS, "schedule", "--every", "2", "--home", self.desk.home.root],
                env={**self.prefect.environment, "POLICYTASKS_CACHE": str(self.desk.home.root / "state")},
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.process = process
        until(lambda: process.poll() is not None or "Ctrl-C" in self.said, "the table")
        assert process.poll() is None, self.said

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; its exit status."""
        assert self.process
        self.process.send_signal(by)
        return self.process.wait(timeout=60)

    def order(self, name: str, url: str, schedule: str = DAILY) -> str:
        """Write a dataset's file, and wait until it is served; the full name of the deployment that publishes it."""
        self.order_only(name, url, schedule)
        deployment = f"publish-dataset/{name}"
        until(lambda: self.prefect.has(deployment), f"{name} to be served")
        return deployment

    def order_only(self, name: str, url: str, schedule: str = DAILY) -> None:
        """Write a dataset's file."""
        self.desk.write_dataset(DATASET.format(id=name, url=url, schedule=schedule), name)


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
