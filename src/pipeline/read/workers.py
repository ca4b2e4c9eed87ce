"""Processes that read documents, each within limits of time and memory: what they read comes from strangers.

In: the name of a function of `documents.py` and its arguments, which a worker (`worker.py`) calls. Out: its result, or
a `ReadingError` that says which limit was reached, or what failed. So a document that takes all time or memory there
is, or that meets a defect of this program, is one document that cannot be read, and nothing else ends with it.

A worker is started when it is needed, is kept for further calls, and ends with this process, however that ends: each
holds one end of a lifeline, a pipe whose other end only this process has. The system holds a worker to its limits:
RLIMIT_AS to its memory, RLIMIT_CPU to the processor time of each call. Windows has neither. Whatever else a worker
does, it is ended if its whole answer has not come in time by the clock, and an answer has a limit of size.
"""

from __future__ import annotations

import atexit
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from config.defects import store_traceback
from config.errors import PolicyTasksError

# Address space of a worker, in bytes; the largest documents of the corpus need a fifth of it.
MEMORY_BYTES = 1_400_000_000
# Seconds of processor for a document, for each million bytes of it, and at most for one of any size. A page takes some
# 0.03 s, a PDF of a million bytes one to five.
SECONDS, SECONDS_PER_MILLION_BYTES, MOST_SECONDS = 20.0, 10.0, 120.0
# A worker that has not taken its call and sent its whole answer is ended after so many times the seconds of its call:
# it may wait for a processor.
PATIENCE = 5.0
# Bytes of an answer, pickled: the largest plan and text that a reading may have (64 MB each, `cache.py`), and some
# more. Neither process takes more memory for it than for such a reading.
ANSWER_BYTES = 160_000_000
# Characters of an error's line, and of the traceback of a defect, of which the end is sent.
ERROR_LENGTH, TRACEBACK_LENGTH = 2_000, 200_000

# The signals by which a process ends where code in C fails, which it does again at the next try.
CRASHES = {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL"}
# What a worker has of our environment: what Python and its libraries need to start and to find their files, how they
# use memory and processors, and no more. The rest holds passwords and keys, which a worker's documents could be after.
PASSED_ON = re.compile(
    r"PATH|HOME|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|PYTHON.*|VIRTUAL_ENV|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH"
    r"|[A-Z]+_NUM_THREADS|MALLOC_ARENA_MAX"
)
# The module that a worker runs.
WORKER_PROGRAM = "pipeline.read.worker"
# What a worker sends first: whether the call gave its result, raised an error of ours, met a defect, or took or gave
# too much.
RESULT, ERROR, DEFECT, MEMORY, SIZE = "result", "error", "defect", "memory", "size"
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


def list_limits() -> tuple[float, ...]:
    """The limits that decide which documents can be read: a failure under other ones says nothing."""
    return (MEMORY_BYTES, SECONDS, SECONDS_PER_MILLION_BYTES, MOST_SECONDS, ANSWER_BYTES)


def limit_memory() -> int:
    """Bytes of address space of a worker: fewer than MEMORY_BYTES where this process may not have as many itself."""
    try:
        import resource
    except ImportError:  # Windows
        return MEMORY_BYTES
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    return MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)


def limit_seconds(byte_count: int) -> float:
    """Seconds of processor for the reading of a document of so many bytes."""
    return min(SECONDS + SECONDS_PER_MILLION_BYTES * byte_count / 1_000_000, MOST_SECONDS)


@dataclass
class Worker:
    """A process that runs calls; `calls` counts them. `lifeline` is the end of a pipe that is open while we live."""

    process: subprocess.Popen[bytes]
    connection: Connection
    lifeline: int
    calls: int = 0

    def run(self, function: str, arguments: tuple[Any, ...], seconds: float) -> tuple[str, Any]:
        """What a call came to, and what it gave: a result, an error, a defect's lines, or how the process ended."""
        self.calls += 1
        is_late = threading.Event()

        def end_late() -> None:
            is_late.set()
            self.process.kill()

        # A worker may be stopped in the middle of its answer, or before it has taken its call: no wait ends by itself.
        timer = threading.Timer(PATIENCE * seconds, end_late)
        timer.daemon = True
        timer.start()
        try:
            self.connection.send((function, arguments, seconds))
            answer = self.connection.recv_bytes(ANSWER_BYTES)
        except (EOFError, OSError):
            end = self._explain_end()
            return (LATE, None) if is_late.is_set() else end
        finally:
            timer.cancel()
        kind, value = pickle.loads(answer)  # noqa: S301 (of a process that runs this program)
        return kind, value

    def _explain_end(self) -> tuple[str, Any]:
        """How the process ended that did not answer; one that sends more than an answer may have is ended here."""
        if not self.connection.readable:
            return SIZE, None
        status = -self.process.wait()
        if status == getattr(signal, "SIGXCPU", None):
            return TIME, None
        return ENDED, signal.Signals(status).name if status in set(signal.Signals) else f"status {-status}"

    def end(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.wait()
        os.close(self.lifeline)


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
            if worker.calls == 1 or kind in (TIME, LATE, DEFECT, SIZE):
                raise _explain_failure(kind, value, seconds)
            # Else again, in a new worker: what earlier documents left in its memory is not the fault of this one.

    def close(self) -> None:
        """End all workers."""
        while self._idle:
            self._idle.pop().end()


WORKERS = WorkerPool()
atexit.register(WORKERS.close)


def start_worker() -> Worker:
    """A new worker, which ends when this process ends, however it does: the lifeline then has no other end."""
    ours, theirs = Pipe()
    reading_end, writing_end = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 (this program)
            [sys.executable, "-m", WORKER_PROGRAM, str(theirs.fileno()), str(reading_end)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno(), reading_end],
            env={name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)},
            process_group=0,  # so that Ctrl-C reaches this process alone, which then ends the worker
        )
    except BaseException:
        os.close(writing_end)
        raise
    finally:
        theirs.close()
        os.close(reading_end)
    return Worker(process, ours, writing_end)


def _explain_failure(kind: str, value: Any, seconds: float) -> ReadingError:
    """The error of a document: which limit it reached, or what it met."""
    if kind == MEMORY:
        most = limit_memory()
        what = f"reading it takes more than {most // 1_000_000:,} MB of memory"
        return ReadingError(what, is_lasting=most == MEMORY_BYTES)
    if kind == SIZE:
        return ReadingError(f"what is read of it has more than {ANSWER_BYTES // 1_000_000} MB")
    if kind == TIME:
        return ReadingError(f"reading it takes more than {seconds:.0f} seconds")
    if kind == LATE:  # which a busy machine may cause as well
        return ReadingError(f"reading it does not end within {PATIENCE * seconds:.0f} seconds", is_lasting=False)
    if kind == DEFECT:
        line, text = value
        path = store_traceback(text)
        return ReadingError(f"reading it meets a defect of this program ({line})", fix=path and f"please report {path}")
    # Code in C may end for want of memory; a process that did not even start says nothing of the document.
    is_lasting = value in CRASHES and limit_memory() == MEMORY_BYTES
    return ReadingError(f"the process that reads it ended ({value})", is_lasting=is_lasting)
