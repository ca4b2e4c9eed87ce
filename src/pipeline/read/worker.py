"""The program of a worker: answers the calls of functions of `documents.py` that come over a pipe, within limits."""

from __future__ import annotations

import os
import pickle
import sys
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from config.errors import PolicyTasksError, describe_defect
from config.text import shorten
from pipeline.lifeline import end_with_parent
from pipeline.read import documents
from pipeline.read.workers import (
    ANSWER_BYTES,
    DEFECT,
    ERROR,
    ERROR_LENGTH,
    MEMORY,
    RESULT,
    SIZE,
    TRACEBACK_LENGTH,
    ReadingError,
    limit_memory,
)


def _limit_memory() -> None:
    """Hold this process to its memory, and let it leave no core file."""
    with suppress(ImportError):  # Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit_memory(), resource.getrlimit(resource.RLIMIT_AS)[1]))
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
        line = str(error)
        return ERROR, error if len(line) <= ERROR_LENGTH else ReadingError(shorten(line, ERROR_LENGTH))
    except MemoryError:
        return MEMORY, None
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the document's, and no other ends with it)
        return DEFECT, _describe_defect(error)


def _describe_defect(error: Exception) -> tuple[str, str]:
    """The line of an error that was not foreseen, and the end of its traceback."""
    return describe_defect(error), "".join(traceback.format_exception(error))[-TRACEBACK_LENGTH:]


def _encode_answer(kind: str, value: Any) -> memoryview | bytes:
    """An answer as bytes; where they are too many, or there is no memory for them, the answer that says so."""
    try:
        answer: memoryview = ForkingPickler.dumps((kind, value))
    except MemoryError:
        return pickle.dumps((MEMORY, None))
    except Exception as error:  # noqa: BLE001 (as above)
        return pickle.dumps((DEFECT, _describe_defect(error)))
    return answer if len(answer) <= ANSWER_BYTES else pickle.dumps((SIZE, None))


def main() -> None:
    """Answer the calls that come over a pipe until it is closed; the arguments are its number and the lifeline's."""
    end_with_parent(int(sys.argv[2]))
    _limit_memory()
    connection = Connection(int(sys.argv[1]))
    with suppress(EOFError, OSError):
        while True:
            connection.send_bytes(_encode_answer(*_run_call(*connection.recv())))


if __name__ == "__main__":
    main()
    os._exit(0)
