"""The program `policytasks`: one process around `cli.main.main`, with its streams, its signals and its exit status."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from cli.main import main
from config.interruption import record_interruption

# Objects that are made before garbage is looked for: what a command loads and reads stays, and is rarely in cycles.
GARBAGE_THRESHOLD = 20_000


def run() -> int:
    """Run this process's command line and return its exit status."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    _prepare_streams()
    _end_on_signals()
    status = main()
    try:
        sys.stdout.flush()
    except OSError:  # `main` has reported it; the interpreter would try once more as it ends, and print a traceback
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (for as long as the program runs)
    return status


def _prepare_streams() -> None:
    """Replace streams that are closed, and let characters that a terminal cannot show appear as `?`."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 (for as long as the program runs)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _end_on_signals() -> None:
    """End on SIGTERM and SIGHUP as on Ctrl-C, so that the processes that a command started end too.

    A signal that is lost, since it came in the middle of a destructor, is noted: a run ends at its next step.
    """
    sys.unraisablehook = _record_lost_interrupt
    signal.signal(signal.SIGTERM, _interrupt)
    hangup = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup and signal.getsignal(hangup) is not signal.SIG_IGN:  # nohup ignores it
        signal.signal(hangup, _interrupt)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    record_interruption()
    raise KeyboardInterrupt


def _record_lost_interrupt(unraisable: sys.UnraisableHookArgs) -> None:
    """Note an interrupt that Python drops; report any other exception of a destructor as Python does."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        record_interruption()
    else:
        sys.__unraisablehook__(unraisable)


if __name__ == "__main__":
    sys.exit(run())
