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
WRITE = "write here, threads:4, processes:4, dask:4, or dask:tcp://host:8786"
# For each worker so many batches are under way; of a cluster that is elsewhere, so many in all.
AHEAD, ELSEWHERE = 2, 64
# For how long one waits for a scheduler, in seconds.
PATIENCE = 10

# What workers import as they start, so that it is not the first batch of each that waits for it.
READY = ["pipeline.read.batches", "extract.reader", "pyarrow"]

# How a cluster of this machine is made: a process a worker, of one thread, since reading is work for a processor.
# Dask's own profiler, which looks at each worker a hundred times a second, stays off.
LOCAL: dict[str, Any] = {
    "threads_per_worker": 1,
    "preload": READY,
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


Opening = Callable[[], AbstractContextManager[Pool]]
# Opens a cluster: a number of workers that are started, or the address of one that is there.
Cluster = Callable[[int | str], AbstractContextManager[Pool]]


class Workers:
    """Workers that start with their first batch; use it in a `with` block, at whose end they are let go."""

    def __init__(self, opening: Opening | None = None, under_way: int = 1) -> None:
        self._opening, self._under_way = opening, under_way
        self._pool: Pool | None = None
        self._open = ExitStack()

    @property
    def several(self) -> bool:
        """Whether there is anybody to read ahead."""
        return self._opening is not None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool = None
        self._open.close()

    def start(self) -> None:
        """Start now, and not with the first batch; nothing where there is nobody to start. Raises WorkError."""
        if self.several:
            self._opened()

    def each(self, function: Callable[..., Result], batches: Sequence[tuple[Any, ...]]) -> Iterator[Result]:
        """What a function gives for each batch, in their order. Raises WorkError."""
        waiting: deque[Future] = deque()
        try:
            for batch in batches:
                waiting.append(self._opened().submit(function, *batch))
                if len(waiting) >= self._under_way:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenExecutor:
            raise ExecutorError(
                f"{VARIABLE}: a worker ended in the middle of its work, as for want of memory; "
                "run it again with fewer of them, or with here"
            ) from None

    def _opened(self) -> Pool:
        if self._pool is None:
            if self._opening is None:
                raise ExecutorError(f"{VARIABLE}: there are no workers; {WRITE}")
            self._pool = self._open.enter_context(self._opening())
        return self._pool


HERE = Workers()


def workers(setting: str | None, cluster: Cluster) -> Workers:
    """The workers that the setting names; `cluster` opens a Dask cluster. Raises WorkError where it names none."""
    if not setting or setting == "here":
        return HERE
    named = SETTING.fullmatch(setting)
    if named is None:
        raise ExecutorError(f"{VARIABLE}: {setting!r} is no place of work; {WRITE}")
    if address := named["address"]:
        return Workers(lambda: cluster(address), ELSEWHERE)
    number = int(named["number"])
    opening: dict[str, Opening] = {
        "threads": lambda: _threads(number),
        "processes": lambda: _processes(number),
        "dask": lambda: cluster(number),
    }
    return Workers(opening[named["kind"]], AHEAD * number)


@contextmanager
def _let_go(executor: Executor) -> Iterator[Executor]:
    """Whatever happens, what has not begun is not begun any more."""
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _threads(number: int) -> AbstractContextManager[Pool]:
    return _let_go(ThreadPoolExecutor(number, "reading"))


def _processes(number: int) -> AbstractContextManager[Pool]:
    """Processes that know nothing of this one's threads."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    with suppress(AttributeError):
        context.set_forkserver_preload(READY)  # imported once for all of them
    return _let_go(ProcessPoolExecutor(number, context, _begin))


def _begin() -> None:
    """Leave Ctrl-C to whoever gives the work, and end when that one ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def mind() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=mind, daemon=True).start()


def unreachable(where: object, error: Exception) -> ExecutorError:
    """The error of a cluster that cannot be had."""
    said = " ".join(str(error).split())[:160]
    return ExecutorError(f"{VARIABLE}: no Dask scheduler answers at {where} ({said}); start it there, or write dask:4")


@contextmanager
def dask_cluster(where: int | str) -> Iterator[Pool]:
    """A Dask cluster: one of so many workers on this machine, or the one at an address. Raises WorkError."""
    try:
        import distributed
    except ImportError:
        raise ExecutorError(f"{VARIABLE}: Dask is not installed; pip install 'policytasks[dask]'") from None
    dask: Any = distributed  # which is typed in part
    with ExitStack() as stack:
        try:
            there = (
                stack.enter_context(dask.LocalCluster(n_workers=where, **LOCAL)) if isinstance(where, int) else where
            )
            client = stack.enter_context(dask.Client(there, timeout=PATIENCE, set_as_default=False))
        except (OSError, ValueError) as error:
            raise unreachable(where, error) from None
        yield _ByDask(client)


class _ByDask:
    """A Dask client as a pool."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Take a batch."""
        return OfDask(self._client.submit(function, *arguments, pure=False))


class OfDask:
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
