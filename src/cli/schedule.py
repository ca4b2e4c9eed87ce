"""Run every dataset at the times that its file states, from this one process."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cli.selection import find_workspace
from cli.terminal import DONE, UsageError, print_table
from config.paths import replace_file
from config.text import omit_credentials

if TYPE_CHECKING:
    from config.models import Schedule
    from pipeline.schedule import DeploymentPlan
    from pipeline.workspace import Workspace

DEFAULT_SECONDS, MOST_SECONDS = 60, 86_400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument(
        "--every",
        type=float,
        default=DEFAULT_SECONDS,
        metavar="SECONDS",
        help="check datasets/ for changes every SECONDS seconds (default: %(default)s)",
    )
    parser.add_argument(
        "--write-prefect-yaml",
        action="store_true",
        help="write prefect.yaml, from which a pool of workers runs the same, and end",
    )


def run_command(options: argparse.Namespace) -> int:
    """Run the schedules until Ctrl-C, which is the normal end; or write prefect.yaml."""
    from flows.command_line import configure_prefect

    workspace = find_workspace(options)
    if not 0 < options.every <= MOST_SECONDS:
        raise UsageError(f"is not between 0 and {MOST_SECONDS:,} seconds", f"--every {options.every:g}")
    configure_prefect()
    if options.write_prefect_yaml:
        return _write_prefect_yaml(workspace)
    return _serve_schedules(workspace, options.every)


def _write_prefect_yaml(workspace: Workspace) -> int:
    from flows.deployments import to_prefect_yaml

    path = workspace.root / "prefect.yaml"
    with replace_file(path) as file:
        file.write(to_prefect_yaml(workspace.datasets).encode("utf-8"))
    print(f"wrote {path}; now: prefect deploy --all")
    return DONE


def _serve_schedules(workspace: Workspace, every: float) -> int:
    import asyncio

    from flows.local_server import run_server
    from flows.serving import serve

    stdout = sys.stdout

    def print_line(line: str) -> None:
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z {line}", file=stdout, flush=True)

    def print_schedules(plan: DeploymentPlan) -> None:
        with redirect_stdout(stdout):
            _print_table(plan, prefect.url)

    # Prefect prints for those who develop with it, tracebacks included; that is not shown.
    with run_server() as prefect, Path(os.devnull).open("w") as null, redirect_stdout(null):
        try:
            asyncio.run(serve(workspace, prefect, every=every, report=print_line, started=print_schedules))
        except (asyncio.CancelledError, KeyboardInterrupt):
            print_line("stopped; missed runs are made up for at the next start")
    return DONE


def _print_table(plan: DeploymentPlan, url: str) -> None:
    served = [deployment for deployment in plan.deployments if deployment.is_served]
    rows = [
        (
            deployment.name,
            deployment.flow_name,
            *_list_schedule_cells(deployment.schedule, f"{deployment.flow_name}/{deployment.name}"),
        )
        for deployment in sorted(served, key=lambda deployment: deployment.schedule is None)
    ]
    note = f"The runs are recorded and shown at {omit_credentials(url).removesuffix('/api')}/ Ctrl-C ends this program."
    print_table(("dataset", "flow", "cron", "timezone", "next run"), rows, note)
    sys.stdout.flush()


def _list_schedule_cells(schedule: Schedule | None, name: str) -> tuple[str, str, str]:
    """The cron expression, the time zone and the next run; the command of a run if there is no schedule."""
    if schedule is None:
        return "", "", f"prefect deployment run {name}"
    due = schedule.find_time_after(datetime.now(UTC))
    next_run = f"{due.astimezone(ZoneInfo(schedule.timezone)):%Y-%m-%d %H:%M %z}" if due else "never again"
    return schedule.cron, schedule.timezone, next_run
