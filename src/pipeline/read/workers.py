"""Processes that read documents, each within limits of time and memory: what they read comes from strangers.

In: the name of a function of `documents.py` and its arguments, which a worker (`worker.py`) calls. Out: its result, or
a `ReadingError` that says which limit was reached, or what failed. So a document that takes all time or memory there
is, or that meets a defect of this program, is one document that cannot be read, and nothing else ends with it.

A worker is started when it is needed, is kept for further calls, and ends with this process. The system holds it to
its limits: RLIMIT_AS to its memory, RLIMIT_CPU to the processor time of each call. Windows has neither; there only a
call that does not return in time is ended.
"""

from __future__ import annotations

import atexit
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from config.defects import store_traceback
from config.errors import PolicyTasksError

# Address space of a worker, in bytes; the largest documents of the corpus need a fifth of it.
MEMORY_BYTES = 1_400_000_000
# Seconds of processor for a document, and for each million bytes of it. A page takes some 0.03 s, a PDF of a million
# bytes one to five.
SECONDS, SECONDS_PER_MILLION_BYTES = 20.0, 10.0
# A worker that does not answer is ended after so many times the seconds of its call: it may wait for a processor.
PATIENCE = 5.0

# The module that a worker runs.
WORKER_PROGRAM = "pipeline.read.worker"
# What a worker sends first: whether the call gave its result, raised an error of ours, met a defect, or took too much.
RESULT, ERROR, DEFECT, MEMORY = "result", "error", "defect", "memory"
# What stands in place of an answer: the worker reached its limit of time, did not answer by the clock, or ended.
TIME, LATE, ENDED = "time", "late", "ended"


class Document(NamedTuple):
    """A document to be read: its bytes, and what its server and its source say of it.

    `key` is that of its reading in the cache; `address` is the source's, `url` the one that answered, "" where there is
    none. `selector`, `tasks` and `language` are the source's settings, see `extract.reader.Overrides`.
    """

    key: str
    content: bytes
    media_type: str
    encoding: str | None
    address: str
    url: str
    selector: str | None = None
    tasks: str | None = None
    language: str | None = None


class ReadingError(PolicyTasksError):
    """A document that cannot be read; `is_lasting` unless another try may succeed."""

    def __init__(self, what: str, where: str = "", fix: str = "", *, is_lasting: bool = True) -> None:
        super().__init__(what, where, fix)
        self.is_lasting = is_lasting


def limit_seconds(byte_count: int) -> float:
    """Seconds of processor for the reading of a document of so many bytes."""
    return SECONDS + SECONDS_PER_MILLION_BYTES * byte_count / 1_000_000


@dataclass
class Worker:
    """A process that runs calls; `calls` counts them."""

    process: subprocess.Popen[bytes]
    connection: Connection
    calls: int = 0

    def run(self, function: str, arguments: tuple[Any, ...], seconds: float) -> tuple[str, Any]:
        """What a call came to, and what it gave: a result, an error, a defect's lines, or how the process ended."""
        self.calls += 1
        is_late = False
        try:
            self.connection.send((function, arguments, seconds))
            is_late = not self.connection.poll(PATIENCE * seconds)
            if is_late:
                self.process.kill()
            answer: tuple[str, Any] = self.connection.recv()
        except (EOFError, OSError):
            status = -self.process.wait()
            if is_late:
                return LATE, None
            if status == getattr(signal, "SIGXCPU", None):
                return TIME, None
            return ENDED, signal.Signals(status).name if status in set(signal.Signals) else f"status {-status}"
        return answer

    def end(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.wait()


@dataclass
class WorkerPool:
    """The workers of this process; threads may share it, since each call has a worker of its own."""

    _idle: list[Worker] = field(default_factory=list)

    def call(self, function: str, *arguments: Any, seconds: float = SECONDS) -> Any:
        """The result of a function of `documents.py`, which is called in a worker.

        Raises ReadingError if a limit is reached or the function fails, and each PolicyTasksError of the function.
        """
        while True:
            worker = self._idle.pop() if self._idle else start_worker()
            try:
                kind, value = worker.run(function, arguments, seconds)
            except BaseException:  # Ctrl-C in the middle of a call
                worker.end()
                raise
            if kind == RESULT:
                self._idle.append(worker)
                return value
            worker.end()
            if kind == ERROR:
                raise value
            if worker.calls == 1 or kind in (TIME, LATE, DEFECT):
                raise _explain_failure(kind, value, seconds)
            # Else again, in a new worker: what earlier documents left in its memory is not the fault of this one.

    def close(self) -> None:
        """End all workers."""
        while self._idle:
            self._idle.pop().end()


WORKERS = WorkerPool()
atexit.register(WORKERS.close)


def start_worker() -> Worker:
    """A new worker, which ends when this process ends, however it does: its pipe then has no other end."""
    ours, theirs = Pipe()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 (this program)
            [sys.executable, "-m", WORKER_PROGRAM, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            process_group=0,  # so that Ctrl-C reaches this process alone, which then ends the worker
        )
    return Worker(process, ours)


def _explain_failure(kind: str, value: Any, seconds: float) -> ReadingError:
    """The error of a document: which limit it reached, or what it met."""
    if kind == MEMORY:
        return ReadingError(f"reading it takes more than {MEMORY_BYTES // 1_000_000:,} MB of memory")
    if kind == TIME:
        return ReadingError(f"reading it takes more than {seconds:.0f} seconds")
    if kind == LATE:  # which a busy machine may cause as well
        return ReadingError(f"reading it does not end within {PATIENCE * seconds:.0f} seconds", is_lasting=False)
    if kind == DEFECT:
        line, text = value
        path = store_traceback(text)
        return ReadingError(f"reading it meets a defect of this program ({line})", fix=path and f"please report {path}")
    return ReadingError(f"the process that reads it ended ({value})", is_lasting=value != "SIGKILL")
