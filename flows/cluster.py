"""A Dask cluster by Prefect's task runner: each batch is a task of the run, and is seen in Prefect's interface.

In: a workspace, or a number of workers or an address as `pipeline/read/executors.py` has it. Out: the pool. Batches and
their results pass between this process and the cluster; Prefect's server gets their states. The time limits are those
of `pipeline/read/dask_cluster.py`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from pipeline.read.dask_cluster import ClusterLimits, DaskPool, close_quietly, make_missing_error, open_dask_cluster
from pipeline.read.executors import Pool
from pipeline.workspace import Workspace


def open_workspace(root: str) -> Workspace:
    """The workspace of a flow: on a Dask cluster its batches are Prefect tasks."""
    return Workspace(Path(root), open_task_cluster)


def open_task_cluster(target: int | str, limits: ClusterLimits | None = None) -> AbstractContextManager[Pool]:
    """A cluster of `target` workers on this machine, or the one at the address `target`. Raises ExecutorError."""
    return open_dask_cluster(target, limits, connect_runner)


def connect_runner(cluster: Any, limits: ClusterLimits, stack: ExitStack) -> DaskPool:
    """A pool whose batches are tasks on a cluster, or on the one at an address. Raises OSError and ValueError."""
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise make_missing_error() from error
    location = {"address": cluster} if isinstance(cluster, str) else {"cluster": cluster}
    runner = DaskTaskRunner(**location, client_kwargs={"timeout": limits.connect, "set_as_default": False})
    runner.__enter__()  # type: ignore[no-untyped-call]
    stack.callback(close_quietly, runner.__exit__, None, None, None)

    def start(function: Any, *arguments: Any) -> tuple[Any, Any]:
        def read() -> Any:
            return function(*arguments)

        name = function.__name__.replace("_", "-")
        future = runner.submit(task(name=name, cache_policy=NO_CACHE, persist_result=False)(read), parameters={})
        return future, future.wrapped_future

    return DaskPool(runner.client, limits, start)
