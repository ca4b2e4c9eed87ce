"""Processes that end with the one that started them, however that ends, also where it is killed.

Such a process holds one end of a lifeline, a pipe whose other end only the one that started it has.

    python -m pipeline.lifeline 5 uvicorn --port 4200    runs the module uvicorn until the lifeline 5 closes
"""

from __future__ import annotations

import fcntl
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from typing import Any

PROGRAM = "pipeline.lifeline"


def start_module(args: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """Start `[python, "-m", module, …]` in a session of its own, with a lifeline; `options` are those of Popen."""
    python, _, *command = args
    reading_end, writing_end = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 (a module of this environment)
            [python, "-m", PROGRAM, str(reading_end), *command],
            pass_fds=[reading_end],
            start_new_session=True,
            **options,
        )
    except BaseException:
        os.close(writing_end)
        raise
    finally:
        os.close(reading_end)
    weakref.finalize(process, os.close, writing_end).atexit = False  # the system closes it when this process has ended
    return process


def end_with_parent(lifeline: int) -> None:
    """Have this process killed as soon as the other end of its lifeline closes, whatever it is doing then.

    Linux sends the signal itself, also to code in C that runs no Python code. Elsewhere a thread watches. The system's
    own "signal me when my parent ends" (PR_SET_PDEATHSIG) is not used: it means the thread that started this process.
    """
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([lifeline], [], [], 0)[0]:  # it closed before
            os._exit(1)
    else:
        threading.Thread(target=_watch_lifeline, args=[lifeline], daemon=True).start()


def _watch_lifeline(lifeline: int) -> None:
    os.read(lifeline, 1)  # nothing is ever written to it
    os._exit(1)


def main() -> None:
    """Run a module as a program until the lifeline closes; the arguments are its number, and the module's own."""
    lifeline, module, *arguments = sys.argv[1:]
    end_with_parent(int(lifeline))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
