"""A Dask cluster under Prefect: each batch that goes to it is a task of the run, seen in Prefect's interface.

What a batch is and what comes of it goes between this process and the cluster; Prefect's server is told the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from pipeline.read.executors import (
    LOCAL_CLUSTER,
    VARIABLE,
    DaskFuture,
    ExecutorError,
    Future,
    Pool,
    make_unreachable_error,
)
from pipeline.workspace import Workspace


def open_workspace(root: str) -> Workspace:
    """The folder that a flow works in, whose batches are Prefect's tasks where they go to a Dask cluster."""
    return Workspace(Path(root), open_task_cluster)


@contextmanager
def open_task_cluster(where: int | str) -> Iterator[Pool]:
    """A Dask cluster by Prefect's own task runner: so many workers on this machine, or the one at an address.

    Raises WorkError.
    """
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise ExecutorError(f"{VARIABLE}: Dask is not installed; pip install 'policytasks[dask]'") from None
    arguments = (
        {"address": where} if isinstance(where, str) else {"cluster_kwargs": {**LOCAL_CLUSTER, "n_workers": where}}
    )
    with ExitStack() as stack:
        runner = stack.enter_context(DaskTaskRunner(**arguments, client_kwargs={"set_as_default": False}))
        try:
            _ = runner.client  # which starts or reaches the cluster
        except (OSError, ValueError) as error:
            raise make_unreachable_error(where, error) from None
        yield _TaskPool(runner)


class _TaskPool:
    """A task runner as a pool."""

    def __init__(self, runner: Any) -> None:
        self._runner = runner

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Take a batch."""

        def read() -> Any:
            return function(*arguments)

        name = function.__name__.replace("_", "-")
        batch_task = task(name=name, cache_policy=NO_CACHE, persist_result=False)(read)
        return DaskFuture(self._runner.submit(batch_task, parameters={}))
