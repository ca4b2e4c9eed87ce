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

from pipeline.read.executors import LOCAL, VARIABLE, ExecutorError, Future, OfDask, Pool, unreachable
from pipeline.workspace import Home


def home_at(root: str) -> Home:
    """The folder that a flow works in, whose batches are Prefect's tasks where they go to a Dask cluster."""
    return Home(Path(root), cluster_of_tasks)


@contextmanager
def cluster_of_tasks(where: int | str) -> Iterator[Pool]:
    """A Dask cluster by Prefect's own task runner: so many workers on this machine, or the one at an address.

    Raises WorkError.
    """
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise ExecutorError(f"{VARIABLE}: Dask is not installed; pip install 'policytasks[dask]'") from None
    named = {"address": where} if isinstance(where, str) else {"cluster_kwargs": {**LOCAL, "n_workers": where}}
    with ExitStack() as stack:
        runner = stack.enter_context(DaskTaskRunner(**named, client_kwargs={"set_as_default": False}))
        try:
            _ = runner.client  # which starts or reaches the cluster
        except (OSError, ValueError) as error:
            raise unreachable(where, error) from None
        yield _ByTasks(runner)


class _ByTasks:
    """A task runner as a pool."""

    def __init__(self, runner: Any) -> None:
        self._runner = runner

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Take a batch."""

        def read() -> Any:
            return function(*arguments)

        named = function.__name__.replace("_", "-")
        of_batch = task(name=named, cache_policy=NO_CACHE, persist_result=False)(read)
        return OfDask(self._runner.submit(of_batch, parameters={}))
