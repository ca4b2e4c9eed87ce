"""The program of a worker: answers the calls of functions of `documents.py` that come over a pipe, within limits."""

from __future__ import annotations

import os
import sys
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from config.errors import PolicyTasksError, describe_defect
from pipeline.read import documents
from pipeline.read.workers import DEFECT, ERROR, MEMORY, MEMORY_BYTES, RESULT


def _limit_memory() -> None:
    """Hold this process to its memory, and let it leave no core file."""
    with suppress(ImportError):  # Windows
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: float) -> None:
    """End this process by SIGXCPU when it has had so many more seconds of processor."""
    with suppress(ImportError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        end = int(time.process_time() + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (end if hard == resource.RLIM_INFINITY else min(end, hard), hard))


def _run_call(function: str, arguments: tuple[Any, ...], seconds: float) -> tuple[str, Any]:
    """Run a call: what it came to, and what it gave."""
    _limit_time(seconds)
    try:
        return RESULT, getattr(documents, function)(*arguments)
    except PolicyTasksError as error:
        return ERROR, error
    except MemoryError:
        return MEMORY, None
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the document's, and no other ends with it)
        return DEFECT, (describe_defect(error), "".join(traceback.format_exception(error)))


def main() -> None:
    """Answer the calls that come over the pipe whose number is this process's argument, until it is closed."""
    _limit_memory()
    connection = Connection(int(sys.argv[1]))
    with suppress(EOFError, OSError):
        while True:
            answer = _run_call(*connection.recv())
            try:
                connection.send(answer)
            except MemoryError:
                connection.send((MEMORY, None))


if __name__ == "__main__":
    main()
    os._exit(0)
