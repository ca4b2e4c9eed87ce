"""A Dask cluster that runs batches, and the time limits within which it has to answer.

In: a number of workers to start on this machine, or the address of a scheduler. Out: a pool whose futures end, with
the result of a batch or with an ExecutorError. Dask by itself waits for ever if a cluster has no workers, if all
of them are lost, if the scheduler is stopped while the connection to it stays open, or if a batch never ends.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from config.text import summarise_message
from pipeline.read.executors import (
    FORMS,
    VARIABLE,
    ExecutorError,
    Future,
    Pool,
)

# Seconds that one batch may take: 16 captures of some 25 milliseconds each, of which each may take its whole limit.
BATCH_SECONDS = 1800.0
# What workers import as they start, so that not the first batch of each waits for it.
PRELOADED_MODULES = ["pipeline.read.reader", "pyarrow"]


@dataclass(frozen=True, slots=True)
class ClusterLimits:
    """For how long a cluster is waited for, in seconds.

    `connect`: a scheduler that runs answers within milliseconds; ten seconds are for a slow name server or network.
    `workers`: for how long a cluster may be without any worker. Dask starts a local worker, or one that ended, again
    within some ten seconds; a minute is for a busy machine.
    `probe`: how often, while a batch is awaited, the scheduler is asked for its workers. Its answer may take as long.
    `close`: for how long a cluster of this machine may take to end.
    `batch`: for how long one batch may be awaited while there are workers.
    """

    connect: float = 10
    workers: float = 60
    probe: float = 5
    close: float = 30
    batch: float = BATCH_SECONDS


LIMITS = ClusterLimits()
# Makes a pool of a cluster, or of the address of one; what has to be closed goes on the stack.
Connect = Callable[[Any, ClusterLimits, ExitStack], "DaskPool"]
# How Dask reports that its scheduler cannot import what a batch is made of.
UNREADABLE_BATCH = "Error during deserialization"


def connect_client(cluster: Any, limits: ClusterLimits, stack: ExitStack) -> DaskPool:
    """A pool whose batches are calls on a cluster, or on the one at an address. Raises OSError and ValueError."""
    import distributed

    dask: Any = distributed  # which has types in part only
    client = dask.Client(cluster, timeout=limits.connect, set_as_default=False)
    stack.callback(close_quietly, client.close)

    def start(function: Callable[..., Any], *arguments: Any) -> tuple[Any, Any]:
        future = client.submit(function, *arguments, pure=False)
        return future, future

    return DaskPool(client, limits, start)


@contextmanager
def open_dask_cluster(
    target: int | str, limits: ClusterLimits | None = None, connect: Connect = connect_client
) -> Iterator[Pool]:
    """A cluster of `target` workers on this machine, or the one at the address `target`. Raises ExecutorError.

    `connect` makes the pool of it; by default a pool whose batches are calls.
    """
    limits = limits or LIMITS
    try:
        import distributed  # noqa: F401 (before a cluster is started)
    except ImportError as error:
        raise make_missing_error() from error
    with ExitStack() as stack:
        try:
            cluster: Any = target
            if isinstance(target, int):
                cluster = stack.enter_context(open_local_cluster(target, limits))
            else:
                greet_scheduler(target, limits)
            pool = connect(cluster, limits, stack)
        except (OSError, ValueError) as error:
            what, fix = f"the Dask cluster of {target} workers does not start", FORMS
            if isinstance(target, str):
                what, fix = f"no Dask scheduler answers at {target}", "start it there, or write dask:4"
            raise ExecutorError(f"{what} ({summarise_message(error)})", VARIABLE, fix) from error
        yield pool


def greet_scheduler(address: str, limits: ClusterLimits) -> None:
    """Raise OSError unless something answers in Dask's protocol at an address, in time.

    A Dask client itself waits for ever for an answer once it has a connection.
    """
    import distributed.comm

    dask: Any = distributed
    security = dask.Security().get_connection_args("client")

    import asyncio  # here, since most runs read without Dask

    async def greet() -> None:
        connection = dask.comm.connect(address, timeout=limits.connect, **security)
        (await asyncio.wait_for(connection, limits.connect)).abort()

    with ThreadPoolExecutor(1) as thread:  # the caller's thread may have an event loop that runs
        thread.submit(lambda: asyncio.run(greet())).result()


@contextmanager
def open_local_cluster(count: int, limits: ClusterLimits) -> Iterator[Any]:
    """A cluster of `count` workers on this machine, which ends with the block. Raises OSError if none starts."""
    import distributed

    local_cluster: Any = distributed.LocalCluster
    try:
        cluster = local_cluster(
            n_workers=count,
            threads_per_worker=1,  # reading needs a processor
            processes=True,
            preload=PRELOADED_MODULES,
            death_timeout=limits.workers,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            # Dask's profiler looks at each worker a hundred times a second; nobody reads what it records.
            config={"distributed.worker.profile.enabled": False},
        )
    except RuntimeError as error:  # how Dask reports a worker that ends before it is ready
        raise OSError(f"a worker ended before it was ready: {error}") from error
    try:
        yield cluster
    finally:
        close_quietly(cluster.close, timeout=limits.close)


def close_quietly(close: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Close a client or a cluster; what cannot be closed is left, so that the first error is the one shown.

    Dask raises whatever it meets there: TimeoutError, CommClosedError, an AssertionError for a worker that it was about
    to restart. By then every result has been handed over, so that no such error says anything about them.
    """
    with suppress(Exception):
        close(*arguments, **options)


@dataclass(frozen=True, slots=True)
class DaskPool:
    """A Dask client as a pool; `start` starts a batch and returns the two futures that `DaskFuture` is made of."""

    client: Any
    limits: ClusterLimits
    start: Callable[..., tuple[Any, Any]]

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Start a batch. Raises ExecutorError if the connection to the cluster is lost."""
        from distributed.client import ClosedClientError

        try:
            future, dask_future = self.start(function, *arguments)
        except ClosedClientError as error:
            raise _make_lost_error(error) from error
        return DaskFuture(future, dask_future, self.client, self.limits)


def make_slow_error(seconds: float) -> ExecutorError:
    """The error of a batch that has not ended within its time."""
    return ExecutorError(
        f"a worker has not ended a batch of captures within {seconds:g} seconds",
        VARIABLE,
        "write here to see how far the reading gets, and retire the source that stops it",
    )


class DaskFuture:
    """The result of a batch on a cluster.

    `future` gives the result; `dask_future` is the future of Dask itself, which is the same, or is inside of it if
    Prefect runs the batch as a task.
    """

    def __init__(self, future: Any, dask_future: Any, client: Any, limits: ClusterLimits) -> None:
        self._future, self._dask_future = future, dask_future
        self._client, self._limits = client, limits

    def result(self) -> Any:
        """The result; waits for it. Raises BrokenExecutor, ExecutorError, and what the batch raised."""
        from distributed import CancelledError, KilledWorker

        while True:
            self._wait()
            try:
                return self._future.result(timeout=self._limits.workers)
            except KilledWorker as error:
                raise BrokenExecutor(str(error)) from error
            except CancelledError as error:
                raise _make_lost_error(error) from error
            except (ImportError, RuntimeError) as error:
                if isinstance(error, ImportError) or UNREADABLE_BATCH in str(error):
                    what = f"the Dask cluster cannot import policytasks ({summarise_message(error)})"
                    fix = "install the same version on its scheduler and workers, or write dask:4"
                    raise ExecutorError(what, VARIABLE, fix) from error
                raise
            except TimeoutError as error:
                if self._dask_future.status == "error":
                    raise
                if self._dask_future.status == "finished":
                    raise _make_lost_error(error) from error
                # The worker was lost together with the result: the batch runs again, on another one.

    def _wait(self) -> None:
        """Wait until the batch has ended. Raises ExecutorError if it, or a worker to run it, takes too long."""
        begin = last_seen = time.monotonic()
        has_answered = False
        while True:
            try:
                self._dask_future.exception(timeout=self._limits.probe)
            except TimeoutError as error:
                count = self._count_workers()
                has_answered = has_answered or count is not None
                if count:
                    last_seen, has_answered = time.monotonic(), False
                elif time.monotonic() - last_seen >= self._limits.workers:
                    silence, fix = "scheduler has not answered", "see that it runs, or write dask:4"
                    if has_answered:
                        silence = "cluster has had no worker"
                        fix = "start workers there (dask worker ADDRESS), or write dask:4"
                    what = f"the Dask {silence} for {self._limits.workers:g} seconds"
                    raise ExecutorError(what, VARIABLE, fix) from error
                if time.monotonic() - begin >= self._limits.batch:
                    raise make_slow_error(self._limits.batch) from error
            else:
                return

    def _count_workers(self) -> int | None:
        """Number of workers that the scheduler has; None if it does not answer."""
        try:
            scheduler = self._client.scheduler
            return len(self._client.sync(scheduler.ncores, callback_timeout=self._limits.probe)) if scheduler else None
        except OSError:
            return None


def make_missing_error() -> ExecutorError:
    """The error of a cluster without the library."""
    return ExecutorError("Dask is not installed", VARIABLE, "pip install 'policytasks[dask]'")


def _make_lost_error(error: Exception) -> ExecutorError:
    """The error of a connection to a cluster that ended while batches were under way."""
    what = f"the connection to the Dask cluster was lost ({summarise_message(error)})"
    return ExecutorError(what, VARIABLE, "run it again")
