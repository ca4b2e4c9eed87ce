"""Where captures are read, by one setting: POLICYTASKS_WORK.

    here                    in this process, one after the other; this is the default
    threads:4               by four threads of this process
    processes:4             by four processes of this machine
    dask:4                  by a Dask cluster of four workers, which is started here and ends with the run
    dask:tcp://host:8786    by a Dask cluster that runs already, on whatever machines

In: a function and batches (`reader.py`), each of which takes its captures from the archive itself. Out: the results,
in the order of the batches. Workers start with the first batch, and a few batches for each are under way at a time. A
worker that ends, a batch that does not, or a cluster without workers ends the run with one line (`dask_cluster.py` has
the time limits of a cluster). What runs in this process, in a thread or not, cannot be ended from outside: it has no
limit.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor, wait
from concurrent.futures import Future as LocalFuture
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from config.errors import PolicyTasksError

VARIABLE = "POLICYTASKS_WORK"
SETTING = re.compile(
    r"(?P<kind>threads|processes|dask):(?P<number>[1-9]\d{0,3})|dask:(?P<address>(?:tcp|tls|ucx)://\S+)"
)
FORMS = "write here, threads:4, processes:4, dask:4, or dask:tcp://host:8786"
# Batches under way: for each worker, or in all if it is not known how many workers a cluster has.
BATCHES_AHEAD, CLUSTER_BATCHES_AHEAD = 2, 64

# Seconds that one batch may take in another process. A batch is 16 captures of some 25 milliseconds each; the slowest
# documents that were seen take minutes.
BATCH_SECONDS = 1800.0

# What workers import as they start, so that not the first batch of each waits for it.
PRELOADED_MODULES = ["pipeline.read.reader", "extract.reader", "pyarrow"]

Result = TypeVar("Result")


class ExecutorError(PolicyTasksError):
    """Workers that cannot be started or reached, or that ended before their work did."""


class Future(Protocol):
    """The coming result of a batch."""

    def result(self) -> Any:
        """The result; waits for it. Raises ExecutorError if it does not come in time."""


class Pool(Protocol):
    """Something that runs batches."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Start a batch."""


PoolOpener = Callable[[], AbstractContextManager[Pool]]
# Opens a cluster, given a number of workers to start, or the address of a scheduler.
ClusterOpener = Callable[[int | str], AbstractContextManager[Pool]]


class BatchExecutor:
    """Runs a function over batches. Its workers start with the first batch, and end with the `with` block."""

    def __init__(self, opener: PoolOpener | None = None, ahead: int = 1) -> None:
        self._opener, self._ahead = opener, ahead
        self._pool: Pool | None = None
        self._stack = ExitStack()

    @property
    def is_parallel(self) -> bool:
        """Whether there are workers; without them captures are read one by one, if they are needed."""
        return self._opener is not None

    def __enter__(self) -> BatchExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool = None
        self._stack.close()

    def run_batches(self, function: Callable[..., Result], batches: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
        """The result of `function(*batch)` for each batch, in their order. Raises ExecutorError."""
        futures: deque[Future] = deque()
        try:
            for batch in batches:
                futures.append(self._open_pool().submit(function, *batch))
                if len(futures) >= self._ahead:
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()
        except BrokenExecutor as error:
            raise ExecutorError(
                "a worker ended in the middle of its work, as where memory runs out",
                VARIABLE,
                "run it again with fewer workers, or with here",
            ) from error

    def _open_pool(self) -> Pool:
        if self._pool is None:
            if self._opener is None:
                raise ExecutorError("there are no workers", VARIABLE, FORMS)
            self._pool = self._stack.enter_context(self._opener())
        return self._pool


IN_PROCESS = BatchExecutor()


def parse_executor(setting: str | None, open_cluster: ClusterOpener) -> BatchExecutor:
    """The executor that the setting names. Raises ExecutorError if it is not one of the forms above."""
    if not setting or setting == "here":
        return IN_PROCESS
    match = SETTING.fullmatch(setting)
    if match is None:
        raise ExecutorError(f"{setting!r} is not an executor", VARIABLE, FORMS)
    if address := match["address"]:
        return BatchExecutor(lambda: open_cluster(address), CLUSTER_BATCHES_AHEAD)
    number = int(match["number"])
    openers: dict[str, PoolOpener] = {
        "threads": lambda: _close_at_end(ThreadPoolExecutor(number, "reading")),
        "processes": lambda: _open_processes(number),
        "dask": lambda: open_cluster(number),
    }
    return BatchExecutor(openers[match["kind"]], BATCHES_AHEAD * number)


def make_slow_error(seconds: float) -> ExecutorError:
    """The error of a batch that has not ended within its time."""
    return ExecutorError(
        f"a worker has not ended a batch of captures within {seconds:g} seconds",
        VARIABLE,
        f"set {VARIABLE}=here to see how far the reading gets, and retire the source at which it stops",
    )


@dataclass(frozen=True, slots=True)
class _ProcessFuture:
    """The result of a batch in another process, which is ended if it takes too long."""

    future: LocalFuture[Any]

    def result(self) -> Any:
        """The result; waits for it. Raises ExecutorError, BrokenExecutor, and what the batch raised."""
        if not wait([self.future], BATCH_SECONDS).done:
            for process in multiprocessing.active_children():
                process.kill()
            raise make_slow_error(BATCH_SECONDS)
        return self.future.result()


@dataclass(frozen=True, slots=True)
class _ProcessPool:
    """A pool of processes of this machine."""

    executor: Executor

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Start a batch."""
        return _ProcessFuture(self.executor.submit(function, *arguments))


@contextmanager
def _close_at_end(executor: Executor) -> Iterator[Executor]:
    """At the end of the block batches that have begun are awaited, and the others are dropped."""
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _open_processes(number: int) -> Iterator[Pool]:
    """Processes that are not forks of this one, whose threads may hold locks."""
    from concurrent.futures import ProcessPoolExecutor  # loads much that nobody else needs

    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(PRELOADED_MODULES)  # imported once for all of them
    with _close_at_end(ProcessPoolExecutor(number, context, _start_worker)) as executor:
        yield _ProcessPool(executor)


def _start_worker() -> None:
    """Leave Ctrl-C to the parent process, and end when it ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def exit_with_parent() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=exit_with_parent, daemon=True).start()
