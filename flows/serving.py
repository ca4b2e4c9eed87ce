"""One process that serves every deployment of an order book, for as long as it runs.

It takes up the order book when it starts, and again every minute: what is new or changed is deployed, what is gone is
taken off the server, a file that is broken is told and stops no other. In the same minute it looks after the runs that
nobody looks after (`upkeep.py`), and tells how those that ended went. The runs are processes of their own. Where the
server stops answering, it waits until there is one again. Ending it neither pauses a schedule nor loses a run: one that
is interrupted, or missed meanwhile, is run when it starts again.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import DeploymentApplyError
from prefect.exceptions import PrefectException
from prefect.runner import Runner

from flows.deployments import SLUG, TAG, Deployment, DeploymentPlan, plan_deployments, to_runner_deployment
from flows.local_server import Server
from flows.upkeep import recover_runs
from pipeline.errors import OrchestratorError
from pipeline.workspace import Workspace

Report = Callable[[str], None]
# What Prefect raises where its server is away, or answers that it cannot.
SERVER_ERRORS = (httpx.HTTPError, PrefectException, RuntimeError, OSError)
# How often a server that went away is asked whether it is back, in seconds.
RETRY_SECONDS = 5.0
MAX_WIDTH = 200
PAGE = 200


@dataclass
class ServedDatasets:
    """The order book as a runner serves it, and what was told of each dataset that it cannot serve."""

    home: Workspace
    report: Report
    runner: Runner
    reported: dict[str, str] = field(default_factory=dict)
    deployed: dict[tuple[str, str], Deployment] = field(default_factory=dict)

    async def apply_datasets(self) -> DeploymentPlan:
        """Deploy what is new or changed, take off what is gone. Raises one of SERVER_ERRORS."""
        plan = plan_deployments(self.home.datasets)
        errors = dict(plan.broken)
        for deployment in plan.deployments:
            if deployment.is_served and self.deployed.get(deployment.key) != deployment:
                try:
                    await self._deploy(deployment)
                except (ValueError, DeploymentApplyError) as error:
                    errors[deployment.name] = (
                        f"{deployment.name}: Prefect does not take its deployment ({_shorten(error)})"
                    )
        for name, line in errors.items():
            if self.reported.get(name) != line:
                self.report(f"{line}; its schedule waits until that is mended")
        self.reported = errors
        await asyncio.to_thread(self._delete_removed, plan)
        return plan

    async def _deploy(self, deployment: Deployment) -> None:
        deployment_id = await self.runner.aadd_deployment(to_runner_deployment(deployment, self.home.root))
        self.deployed[deployment.key] = deployment
        if deployment.schedule is None:
            async with get_client() as client:
                for schedule in await client.read_deployment_schedules(deployment_id):
                    if schedule.slug == SLUG:
                        await client.delete_deployment_schedule(deployment_id, schedule.id)

    def _delete_removed(self, plan: DeploymentPlan) -> None:
        """Delete the deployments of this folder that its order book does not have any more; their runs stay."""
        wanted = {order.key for order in plan.deployments if order.is_served}
        mine = DeploymentFilter.model_validate({"tags": {"all_": [TAG]}})
        with get_client(sync_client=True) as client:
            for deployment in client.read_deployments(deployment_filter=mine, limit=PAGE):
                key = (deployment.entrypoint or "", deployment.name)
                is_from_here = deployment.parameters.get("home") == str(self.home.root)
                if is_from_here and key not in wanted and deployment.name not in plan.broken:
                    client.delete_deployment(deployment.id)
                    self.deployed.pop(key, None)
                    self.report(f"{deployment.name}: is not in datasets/ any more; {key[0]} is not run for it")


async def serve(
    home: Workspace, server: Server, *, every: float, report: Report, started: Callable[[DeploymentPlan], None]
) -> None:
    """Serve until cancelled, which SIGTERM does too; `started` is called once all is deployed.

    Raises OrchestratorError where the server answers and does not take the deployments.
    """
    reported: dict[str, str] = {}
    serving = False
    while True:
        served = ServedDatasets(home, report, Runner(name=TAG, pause_on_shutdown=False), reported)
        try:
            plan = await served.apply_datasets()
            if not serving:
                started(plan)
            serving = True
            await _poll(served, plan, every)
        except SERVER_ERRORS as error:
            if not serving:
                raise OrchestratorError(
                    f"Prefect's server at {server.url} does not serve ({_shorten(error)})"
                ) from None
            report(f"Prefect's server is away ({_shorten(error)}); waiting for it")
            await asyncio.sleep(RETRY_SECONDS)
            while not await asyncio.to_thread(server.ensure_running):
                await asyncio.sleep(RETRY_SECONDS)
            report("Prefect's server is back")
        reported = served.reported


async def _poll(served: ServedDatasets, plan: DeploymentPlan, every: float) -> None:
    """Poll for runs, and every so often see to the order book and to the runs. Raises one of SERVER_ERRORS."""
    checked_at = datetime.now(UTC)
    await asyncio.to_thread(_recover_and_report, served.report, checked_at)
    polling = asyncio.create_task(served.runner.start())
    await asyncio.sleep(0)  # the runner has set its own handler by then, which would not end what is around it
    serving_task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: serving_task and serving_task.cancel())
    last_error = ""
    try:
        while not (await asyncio.wait({polling}, timeout=every))[0]:
            try:
                before, plan = plan, await served.apply_datasets()
                for line in list_differences(before, plan):
                    served.report(line)
                since, checked_at = checked_at, datetime.now(UTC)
                await asyncio.to_thread(_recover_and_report, served.report, since)
                last_error = ""
            except SERVER_ERRORS as error:  # where it lasts, the runner ends by it, and not the runs that are under way
                if last_error != (last_error := _shorten(error)):
                    served.report(f"Prefect's server did not answer ({last_error}); it is asked again")
        await polling
    finally:
        polling.cancel()
        with suppress(asyncio.CancelledError, *SERVER_ERRORS):
            await polling


def list_differences(before: DeploymentPlan, after: DeploymentPlan) -> Iterator[str]:
    """A line for each deployment that is new, or runs at other times."""
    earlier = {order.key: order for order in before.deployments}
    for deployment in after.deployments:
        if deployment != earlier.get(deployment.key) and deployment.is_served:
            when = (
                f"{deployment.schedule.cron} {deployment.schedule.timezone}"
                if deployment.schedule
                else "when asked for"
            )
            yield f"{deployment.name}: {deployment.flow_name} is taken up, {when}"


def _recover_and_report(report: Report, since: datetime) -> None:
    """Look after the runs, and tell how those went that ended since then."""
    ended = FlowRunFilter.model_validate({"end_time": {"after_": since}})
    mine = DeploymentFilter.model_validate({"tags": {"all_": [TAG]}})
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(
            flow_run_filter=ended, deployment_filter=mine, sort=FlowRunSort.END_TIME_DESC, limit=PAGE
        ):
            why = f" ({_shorten(run.state.message)})" if run.state and run.state.message else ""
            report(f"{run.name}: {run.state_name}{why}")
        for line in recover_runs(client, datetime.now(UTC)):
            report(line)


def _shorten(message: object) -> str:
    text = str(message).strip() or type(message).__name__
    return " ".join(text.split())[:MAX_WIDTH]
