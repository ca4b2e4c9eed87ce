"""What tests of scheduling share: a dataset with a schedule, and the program that serves."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.conftest import POLICYTASKS, Desk, until
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
                [*POLICYTASKS, "schedule", "--every", "2", "--home", self.desk.home.root],
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
        return self.process.wait(timeout=120)

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


def set_due(prefect: PrefectServer, run: str) -> None:
    """Have a planned run's time come now."""
    due = {"type": "SCHEDULED", "state_details": {"scheduled_time": datetime.now(UTC).isoformat()}}
    prefect.post(f"flow_runs/{run}/set_state", state=due, force=True)


def states(prefect: PrefectServer, deployment: str) -> list[str]:
    """The states of those runs whose time has come."""
    now = datetime.now(UTC).isoformat()
    return [run["state"]["name"] for run in prefect.runs(deployment) if run["expected_start_time"] <= now]


def ended_as(prefect: PrefectServer, run: str, state: str) -> Callable[[], bool]:
    return lambda: prefect.state(run) == state


def versions(desk: Desk, name: str) -> list[str]:
    folder = desk.shelf / name
    return sorted(path.name for path in folder.glob("[0-9]*")) if folder.exists() else []
