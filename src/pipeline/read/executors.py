"""Where captures are read, by one setting: POLICYTASKS_WORK.

    here                    one after the other; this is the default
    processes:4             four at a time; threads:4 is another name of it
    dask:4                  by a Dask cluster of four workers, which is started here and ends with the run
    dask:tcp://host:8786    by a Dask cluster that runs already, on whatever machines

In: a function and batches (`reader.py`), each of which takes its captures from the archive itself. Out: the results,
in the order of the batches. A few batches are under way for each thread, or for each worker of a cluster. Wherever a
batch is, each of its captures is read in a process with limits (`workers.py`). A cluster that loses its workers ends
the run with one line (`dask_cluster.py` has its time limits).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Protocol, TypeVar

from config.errors import PolicyTasksError

VARIABLE = "POLICYTASKS_WORK"
SETTING = re.compile(
    r"(?P<kind>threads|processes|dask):(?P<number>[1-9]\d{0,3})|dask:(?P<address>(?:tcp|tls|ucx)://[^\s@?]+)"
)
FORMS = "write here, processes:4, dask:4, or dask:tcp://host:8786"
# Batches under way: for each worker, or in all where it is not known how many workers a cluster has.
BATCHES_AHEAD, CLUSTER_BATCHES_AHEAD = 2, 64

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
        raise ExecutorError("is not an executor", VARIABLE, FORMS)  # and not the setting: it may hold a password
    if address := match["address"]:
        return BatchExecutor(lambda: open_cluster(address), CLUSTER_BATCHES_AHEAD)
    number = int(match["number"])
    if match["kind"] == "dask":
        return BatchExecutor(lambda: open_cluster(number), BATCHES_AHEAD * number)
    return BatchExecutor(lambda: _close_at_end(ThreadPoolExecutor(number, "reading")), BATCHES_AHEAD * number)


@contextmanager
def _close_at_end(executor: Executor) -> Iterator[Executor]:
    """At the end of the block batches that have begun are awaited, and the others are dropped."""
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
