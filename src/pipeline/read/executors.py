"""Where captures are read, by one setting: POLICYTASKS_WORK.

    here                    in this process, one after the other; so too where it is not set
    threads:4               by four threads of this process
    processes:4             by four processes of this machine
    dask:4                  by a Dask cluster of four workers, which is started here and ends with the run
    dask:tcp://host:8786    by a Dask cluster that is there already, whatever machines it is on

Workers are started when there is work for them, and what they are given are batches (`batches.py`), which each fetches
from the archive itself. Who asked gets the answers back in the order of the batches, a few of them under way at a time.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any, Protocol, TypeVar

from config.errors import PolicyTasksError

VARIABLE = "POLICYTASKS_WORK"
SETTING = re.compile(
    r"(?P<kind>threads|processes|dask):(?P<number>[1-9]\d{0,3})|dask:(?P<address>(?:tcp|tls|ucx)://\S+)"
)
FORMS = "write here, threads:4, processes:4, dask:4, or dask:tcp://host:8786"
# For each worker so many batches are under way; of a cluster that is elsewhere, so many in all.
BATCHES_AHEAD, CLUSTER_BATCHES_AHEAD = 2, 64
# For how long one waits for a scheduler, in seconds.
CONNECT_SECONDS = 10

# What workers import as they start, so that it is not the first batch of each that waits for it.
PRELOADED_MODULES = ["pipeline.read.batches", "extract.reader", "pyarrow"]

# How a cluster of this machine is made: a process a worker, of one thread, since reading is work for a processor.
# Dask's own profiler, which looks at each worker a hundred times a second, stays off.
LOCAL_CLUSTER: dict[str, Any] = {
    "threads_per_worker": 1,
    "preload": PRELOADED_MODULES,
    "config": {"distributed.worker.profile.enabled": False},
    "processes": True,
    "dashboard_address": None,
    "silence_logs": logging.CRITICAL,
}

Result = TypeVar("Result")


class ExecutorError(PolicyTasksError):
    """Workers that cannot be had, or that ended in their work; the message is one line."""


class Future(Protocol):
    """What will come of a batch."""

    def result(self) -> Any:
        """What came; waits for it."""


class Pool(Protocol):
    """Whoever takes batches."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Take one."""


PoolOpener = Callable[[], AbstractContextManager[Pool]]
# Opens a cluster: a number of workers that are started, or the address of one that is there.
ClusterOpener = Callable[[int | str], AbstractContextManager[Pool]]


class BatchExecutor:
    """Workers that start with their first batch; use it in a `with` block, at whose end they are let go."""

    def __init__(self, opener: PoolOpener | None = None, ahead: int = 1) -> None:
        self._opener, self._ahead = opener, ahead
        self._pool: Pool | None = None
        self._stack = ExitStack()

    @property
    def is_parallel(self) -> bool:
        """Whether there is anybody to read ahead."""
        return self._opener is not None

    def __enter__(self) -> BatchExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool = None
        self._stack.close()

    def start(self) -> None:
        """Start now, and not with the first batch; nothing where there is nobody to start. Raises WorkError."""
        if self.is_parallel:
            self._open_pool()

    def run_batches(self, function: Callable[..., Result], batches: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
        """What a function gives for each batch, in their order. Raises WorkError."""
        futures: deque[Future] = deque()
        try:
            for batch in batches:
                futures.append(self._open_pool().submit(function, *batch))
                if len(futures) >= self._ahead:
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()
        except BrokenExecutor:
            raise ExecutorError(
                f"{VARIABLE}: a worker ended in the middle of its work, as for want of memory; "
                "run it again with fewer of them, or with here"
            ) from None

    def _open_pool(self) -> Pool:
        if self._pool is None:
            if self._opener is None:
                raise ExecutorError(f"{VARIABLE}: there are no workers; {FORMS}")
            self._pool = self._stack.enter_context(self._opener())
        return self._pool


IN_PROCESS = BatchExecutor()


def parse_executor(setting: str | None, open_cluster: ClusterOpener) -> BatchExecutor:
    """The workers that the setting names; `cluster` opens a Dask cluster. Raises WorkError where it names none."""
    if not setting or setting == "here":
        return IN_PROCESS
    match = SETTING.fullmatch(setting)
    if match is None:
        raise ExecutorError(f"{VARIABLE}: {setting!r} is no place of work; {FORMS}")
    if address := match["address"]:
        return BatchExecutor(lambda: open_cluster(address), CLUSTER_BATCHES_AHEAD)
    number = int(match["number"])
    openers: dict[str, PoolOpener] = {
        "threads": lambda: _open_threads(number),
        "processes": lambda: _open_processes(number),
        "dask": lambda: open_cluster(number),
    }
    return BatchExecutor(openers[match["kind"]], BATCHES_AHEAD * number)


@contextmanager
def _shut_down_at_end(executor: Executor) -> Iterator[Executor]:
    """Whatever happens, what has not begun is not begun any more."""
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _open_threads(number: int) -> AbstractContextManager[Pool]:
    return _shut_down_at_end(ThreadPoolExecutor(number, "reading"))


def _open_processes(number: int) -> AbstractContextManager[Pool]:
    """Processes that know nothing of this one's threads."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    with suppress(AttributeError):
        context.set_forkserver_preload(PRELOADED_MODULES)  # imported once for all of them
    return _shut_down_at_end(ProcessPoolExecutor(number, context, _start_worker))


def _start_worker() -> None:
    """Leave Ctrl-C to whoever gives the work, and end when that one ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def exit_with_parent() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=exit_with_parent, daemon=True).start()


def make_unreachable_error(where: object, error: Exception) -> ExecutorError:
    """The error of a cluster that cannot be had."""
    reason = " ".join(str(error).split())[:160]
    return ExecutorError(
        f"{VARIABLE}: no Dask scheduler answers at {where} ({reason}); start it there, or write dask:4"
    )


@contextmanager
def open_dask_cluster(where: int | str) -> Iterator[Pool]:
    """A Dask cluster: one of so many workers on this machine, or the one at an address. Raises WorkError."""
    try:
        import distributed
    except ImportError:
        raise ExecutorError(f"{VARIABLE}: Dask is not installed; pip install 'policytasks[dask]'") from None
    dask: Any = distributed  # which is typed in part
    with ExitStack() as stack:
        try:
            cluster = (
                stack.enter_context(dask.LocalCluster(n_workers=where, **LOCAL_CLUSTER))
                if isinstance(where, int)
                else where
            )
            client = stack.enter_context(dask.Client(cluster, timeout=CONNECT_SECONDS, set_as_default=False))
        except (OSError, ValueError) as error:
            raise make_unreachable_error(where, error) from None
        yield _DaskPool(client)


class _DaskPool:
    """A Dask client as a pool."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Take a batch."""
        return DaskFuture(self._client.submit(function, *arguments, pure=False))


class DaskFuture:
    """A future of Dask, or of Prefect on Dask, whose loss is told as that of any worker."""

    def __init__(self, future: Any) -> None:
        self._future = future

    def result(self) -> Any:
        """What came. Raises BrokenExecutor where workers, or the whole cluster, ended over it."""
        from distributed import CancelledError, KilledWorker

        try:
            return self._future.result()
        except (CancelledError, KilledWorker) as error:
            raise BrokenExecutor(str(error)) from None
