"""A Dask cluster by Prefect's task runner: each batch is a task of the run, and is seen in Prefect's interface.

In: a workspace, or a number of workers or an address as `pipeline/read/executors.py` has it. Out: the pool. Batches and
their results pass between this process and the cluster; Prefect's server gets their states. The time limits are those
of `pipeline/read/dask_cluster.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from pipeline.read import dask_cluster
from pipeline.read.dask_cluster import ClusterLimits, DaskFuture
from pipeline.read.executors import Future, Pool
from pipeline.workspace import Workspace


def open_workspace(root: str) -> Workspace:
    """The workspace of a flow: on a Dask cluster its batches are Prefect tasks."""
    return Workspace(Path(root), open_task_cluster)


@contextmanager
def open_task_cluster(target: int | str, limits: ClusterLimits | None = None) -> Iterator[Pool]:
    """A cluster of `target` workers on this machine, or the one at the address `target`. Raises ExecutorError."""
    limits = limits or dask_cluster.LIMITS
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise dask_cluster.make_missing_error() from error
    with ExitStack() as stack:
        options = {"timeout": limits.connect, "set_as_default": False}
        try:
            if isinstance(target, int):
                cluster = stack.enter_context(dask_cluster.open_local_cluster(target, limits))
                runner = DaskTaskRunner(cluster=cluster, client_kwargs=options)
            else:
                dask_cluster.greet_scheduler(target, limits)
                runner = DaskTaskRunner(address=target, client_kwargs=options)
            runner.__enter__()  # type: ignore[no-untyped-call]
            stack.callback(dask_cluster.close_quietly, runner.__exit__, None, None, None)
            client = runner.client  # which connects
        except (OSError, ValueError) as error:
            raise dask_cluster.make_unreachable_error(target, error) from error
        yield _TaskPool(runner, client, limits)


class _TaskPool:
    """A task runner as a pool."""

    def __init__(self, runner: Any, client: Any, limits: ClusterLimits) -> None:
        self._runner, self._client, self._limits = runner, client, limits

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Start a batch as a task. Raises ExecutorError where the connection to the cluster is lost."""
        from distributed.client import ClosedClientError

        def read() -> Any:
            return function(*arguments)

        name = function.__name__.replace("_", "-")
        batch_task = task(name=name, cache_policy=NO_CACHE, persist_result=False)(read)
        try:
            future = self._runner.submit(batch_task, parameters={})
        except ClosedClientError as error:
            raise dask_cluster.make_lost_error(error) from error
        return DaskFuture(future, future.wrapped_future, self._client, self._limits)
