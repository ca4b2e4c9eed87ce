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

from flows.deployments import SLUG, TAG, Order, Orders, orders, served
from flows.local_server import Server
from flows.upkeep import tend
from pipeline.errors import OrchestratorError
from pipeline.workspace import Home

Tell = Callable[[str], None]
# What Prefect raises where its server is away, or answers that it cannot.
SERVER_ERRORS = (httpx.HTTPError, PrefectException, RuntimeError, OSError)
# How often a server that went away is asked whether it is back, in seconds.
PATIENCE = 5.0
WIDTH = 200
PAGE = 200


@dataclass
class Book:
    """The order book as a runner serves it, and what was told of each dataset that it cannot serve."""

    home: Home
    tell: Tell
    runner: Runner
    told: dict[str, str] = field(default_factory=dict)
    serving: dict[tuple[str, str], Order] = field(default_factory=dict)

    async def take_up(self) -> Orders:
        """Deploy what is new or changed, take off what is gone. Raises one of SERVER_ERRORS."""
        asked = orders(self.home.datasets)
        wrong = dict(asked.broken)
        for order in asked.orders:
            if order.served and self.serving.get(order.key) != order:
                try:
                    await self._deploy(order)
                except (ValueError, DeploymentApplyError) as error:
                    wrong[order.name] = f"{order.name}: Prefect does not take its deployment ({_short(error)})"
        for name, line in wrong.items():
            if self.told.get(name) != line:
                self.tell(f"{line}; its schedule waits until that is mended")
        self.told = wrong
        await asyncio.to_thread(self._take_off, asked)
        return asked

    async def _deploy(self, order: Order) -> None:
        deployment_id = await self.runner.aadd_deployment(served(order, self.home.root))
        self.serving[order.key] = order
        if order.schedule is None:
            async with get_client() as client:
                for schedule in await client.read_deployment_schedules(deployment_id):
                    if schedule.slug == SLUG:
                        await client.delete_deployment_schedule(deployment_id, schedule.id)

    def _take_off(self, asked: Orders) -> None:
        """Delete the deployments of this folder that its order book does not have any more; their runs stay."""
        wanted = {order.key for order in asked.orders if order.served}
        mine = DeploymentFilter.model_validate({"tags": {"all_": [TAG]}})
        with get_client(sync_client=True) as client:
            for deployment in client.read_deployments(deployment_filter=mine, limit=PAGE):
                key = (deployment.entrypoint or "", deployment.name)
                of_here = deployment.parameters.get("home") == str(self.home.root)
                if of_here and key not in wanted and deployment.name not in asked.broken:
                    client.delete_deployment(deployment.id)
                    self.serving.pop(key, None)
                    self.tell(f"{deployment.name}: is not in datasets/ any more; {key[0]} is not run for it")


async def serve(home: Home, server: Server, *, every: float, tell: Tell, started: Callable[[Orders], None]) -> None:
    """Serve until cancelled, which SIGTERM does too; `started` is called once all is deployed.

    Raises OrchestratorError where the server answers and does not take the deployments.
    """
    told: dict[str, str] = {}
    serving = False
    while True:
        book = Book(home, tell, Runner(name=TAG, pause_on_shutdown=False), told)
        try:
            asked = await book.take_up()
            if not serving:
                started(asked)
            serving = True
            await _keep(book, asked, every)
        except SERVER_ERRORS as error:
            if not serving:
                raise OrchestratorError(f"Prefect's server at {server.url} does not serve ({_short(error)})") from None
            tell(f"Prefect's server is away ({_short(error)}); waiting for it")
            await asyncio.sleep(PATIENCE)
            while not await asyncio.to_thread(server.revive):
                await asyncio.sleep(PATIENCE)
            tell("Prefect's server is back")
        told = book.told


async def _keep(book: Book, asked: Orders, every: float) -> None:
    """Poll for runs, and every so often see to the order book and to the runs. Raises one of SERVER_ERRORS."""
    looked = datetime.now(UTC)
    await asyncio.to_thread(_look_after, book.tell, looked)
    polling = asyncio.create_task(book.runner.start())
    await asyncio.sleep(0)  # the runner has set its own handler by then, which would not end what is around it
    here = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: here and here.cancel())
    failed = ""
    try:
        while not (await asyncio.wait({polling}, timeout=every))[0]:
            try:
                before, asked = asked, await book.take_up()
                for line in differences(before, asked):
                    book.tell(line)
                since, looked = looked, datetime.now(UTC)
                await asyncio.to_thread(_look_after, book.tell, since)
                failed = ""
            except SERVER_ERRORS as error:  # where it lasts, the runner ends by it, and not the runs that are under way
                if failed != (failed := _short(error)):
                    book.tell(f"Prefect's server did not answer ({failed}); it is asked again")
        await polling
    finally:
        polling.cancel()
        with suppress(asyncio.CancelledError, *SERVER_ERRORS):
            await polling


def differences(before: Orders, after: Orders) -> Iterator[str]:
    """A line for each deployment that is new, or runs at other times."""
    was = {order.key: order for order in before.orders}
    for order in after.orders:
        if order != was.get(order.key) and order.served:
            when = f"{order.schedule.cron} {order.schedule.timezone}" if order.schedule else "when asked for"
            yield f"{order.name}: {order.flow} is taken up, {when}"


def _look_after(tell: Tell, since: datetime) -> None:
    """Look after the runs, and tell how those went that ended since then."""
    ended = FlowRunFilter.model_validate({"end_time": {"after_": since}})
    mine = DeploymentFilter.model_validate({"tags": {"all_": [TAG]}})
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(
            flow_run_filter=ended, deployment_filter=mine, sort=FlowRunSort.END_TIME_DESC, limit=PAGE
        ):
            why = f" ({_short(run.state.message)})" if run.state and run.state.message else ""
            tell(f"{run.name}: {run.state_name}{why}")
        for line in tend(client, datetime.now(UTC)):
            tell(line)


def _short(said: object) -> str:
    text = str(said).strip() or type(said).__name__
    return " ".join(text.split())[:WIDTH]
