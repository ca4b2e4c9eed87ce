"""One process that serves every deployment of a workspace, until it is ended.

It reads the datasets when it starts, and again at an interval: what is new or changed is deployed, what was removed is
deleted from the server, and a broken file is reported and does not stop the others. At the same interval it recovers
crashed and missed runs (`upkeep.py`), and reports the runs that ended. The runs are processes of their own. If the
server stops answering, it waits until there is one again. Ending it neither pauses a schedule nor loses a run: a run
that is interrupted, or missed meanwhile, runs when it starts again.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import DeploymentApplyError
from prefect.runner import Runner

from config.text import omit_credentials, summarise_message
from flows.deployments import OURS, PAGE_SIZE, SLUG, TAG, read_all, to_runner_deployment
from flows.errors import is_prefect_error
from flows.local_server import Server
from flows.upkeep import recover_runs
from pipeline.errors import OrchestratorError
from pipeline.schedule import Deployment, DeploymentPlan, list_differences, plan_deployments
from pipeline.workspace import Workspace

Report = Callable[[str], None]
# How often a server that went away is looked for, in seconds.
RETRY_SECONDS = 5.0


@dataclass
class ServedDatasets:
    """The datasets of a workspace as a runner serves them, and the errors that were reported of others, by name."""

    workspace: Workspace
    report: Report
    runner: Runner
    reported: dict[str, str] = field(default_factory=dict)
    deployed: dict[tuple[str, str], Deployment] = field(default_factory=dict)

    async def apply_datasets(self) -> DeploymentPlan:
        """Deploy what is new or changed, and delete what was removed. Raises what Prefect raises."""
        plan = plan_deployments(self.workspace.datasets)
        errors = dict(plan.broken)
        for deployment in plan.deployments:
            if deployment.is_served and self.deployed.get(deployment.key) != deployment:
                try:
                    await self._deploy(deployment)
                except (ValueError, DeploymentApplyError) as error:
                    errors[deployment.name] = (
                        f"{deployment.name}: Prefect rejects its deployment ({summarise_message(error)})"
                    )
        for name, line in errors.items():
            if self.reported.get(name) != line:
                self.report(f"{line}; its schedule waits until that is fixed")
        self.reported = errors
        await asyncio.to_thread(self._delete_removed, plan)
        return plan

    async def _deploy(self, deployment: Deployment) -> None:
        deployment_id = await self.runner.aadd_deployment(to_runner_deployment(deployment, self.workspace.root))
        self.deployed[deployment.key] = deployment
        if deployment.schedule is None:
            async with get_client() as client:
                for schedule in await client.read_deployment_schedules(deployment_id):
                    if schedule.slug == SLUG:
                        await client.delete_deployment_schedule(deployment_id, schedule.id)

    def _delete_removed(self, plan: DeploymentPlan) -> None:
        """Delete the deployments of this workspace that the plan does not have; their runs stay."""
        wanted = {deployment.key for deployment in plan.deployments if deployment.is_served}
        with get_client(sync_client=True) as client:
            for deployment in read_all(client.read_deployments):
                key = (deployment.entrypoint or "", deployment.name)
                is_from_here = deployment.parameters.get("home") == str(self.workspace.root)
                if is_from_here and key not in wanted and deployment.name not in plan.broken:
                    client.delete_deployment(deployment.id)
                    self.deployed.pop(key, None)
                    self.report(f"{deployment.name}: is not in datasets/ any more; {key[0]} does not run for it")


async def serve(
    workspace: Workspace, server: Server, *, every: float, report: Report, started: Callable[[DeploymentPlan], None]
) -> None:
    """Serve until cancelled, as SIGTERM does too; `started` is called once all is deployed.

    Raises OrchestratorError if the server answers and does not accept the deployments.
    """
    reported: dict[str, str] = {}
    is_serving = False
    while True:
        served = ServedDatasets(workspace, report, Runner(name=TAG, pause_on_shutdown=False), reported)
        try:
            plan = await served.apply_datasets()
            if not is_serving:
                started(plan)
            is_serving = True
            await _poll(served, plan, every)
        except Exception as error:
            if not is_prefect_error(error):
                raise
            if not is_serving:
                raise OrchestratorError(
                    f"Prefect's server does not accept the deployments ({summarise_message(error)})",
                    omit_credentials(server.url),
                ) from error
            report(f"Prefect's server does not answer ({summarise_message(error)}); waiting for it")
            await asyncio.sleep(RETRY_SECONDS)
            while not await asyncio.to_thread(server.ensure_running):
                await asyncio.sleep(RETRY_SECONDS)
            report("Prefect's server answers again")
        reported = served.reported


async def _poll(served: ServedDatasets, plan: DeploymentPlan, every: float) -> None:
    """Have the runner poll for runs; every `every` seconds apply the datasets and recover runs.

    Raises what Prefect raises if its server is away for longer.
    """
    checked_at = datetime.now(UTC)
    await asyncio.to_thread(_recover_and_report, served.report, checked_at)
    polling = asyncio.create_task(served.runner.start())
    await asyncio.sleep(0)  # by then the runner has set its own signal handler, which would end the runner only
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
            except Exception as error:
                if not is_prefect_error(error):
                    raise
                # Runs that are under way go on. If the server stays away, the runner ends by itself.
                if last_error != (last_error := summarise_message(error)):
                    served.report(f"Prefect's server did not answer ({last_error}); trying again")
        await polling
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)  # its end is no news


def _recover_and_report(report: Report, since: datetime) -> None:
    """Report the runs that ended since a moment, and recover crashed and missed ones."""
    ended = FlowRunFilter.model_validate({"end_time": {"after_": since}})
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(
            flow_run_filter=ended, deployment_filter=OURS, sort=FlowRunSort.END_TIME_DESC, limit=PAGE_SIZE
        ):
            why = f" ({summarise_message(run.state.message)})" if run.state and run.state.message else ""
            report(f"{run.name}: {run.state_name}{why}")
        for line in recover_runs(client, datetime.now(UTC)):
            report(line)
