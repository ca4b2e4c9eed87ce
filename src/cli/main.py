"""The command line. It starts fast: what a command does not need is not imported."""

from __future__ import annotations

import argparse
import gc
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from cli import (
    add,
    archive,
    backfill,
    carry,
    check,
    diff,
    extract,
    publish,
    reextract,
    schedule,
    schema,
    serve,
    show,
    status,
    verify,
    withdraw,
)
from cli.terminal import DONE, FAILED, INTERRUPTED, MISUSED, say, without_pandas
from config.errors import PolicyTasksError

COMMANDS = (
    publish,
    check,
    reextract,
    backfill,
    extract,
    add,
    status,
    diff,
    show,
    verify,
    withdraw,
    archive,
    carry,
    schedule,
    serve,
    schema,
)

# After how many new objects garbage is looked for: there are many objects at a time here, and few of them are garbage.
GARBAGE = (20_000, 10, 10)
# What runs Prefect, which may ask for pandas; `publish` sees to it itself where it does not.
WITH_PREFECT = (publish.run, schedule.run)


class _OneLine(argparse.ArgumentParser):
    """Answers bad usage with one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISUSED, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 something failed, 2 bad usage or configuration."""
    _make_ready()
    try:
        options = _parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = options.run
        if run not in WITH_PREFECT:
            without_pandas()
        ended = run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        say("interrupted: what was published stays, nothing is half-written; run the same command again to go on")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (the reader left: nothing more may reach it)
        return DONE
    except OSError as error:
        say(f"{error.filename or 'the output'}: {error.strerror or error}; check its permissions and the free space")
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (what could not be written is not tried again)
        return FAILED
    except PolicyTasksError as error:
        say(str(error))
        return error.exit_status
    return ended


def _make_ready() -> None:
    """Have streams to write to, whatever they can show, end on signals as on Ctrl-C, and seldom look for garbage."""
    gc.set_threshold(*GARBAGE)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 (for as long as the program runs)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no ✓ shows ?
    signal.signal(signal.SIGTERM, _interrupt)
    hangup = getattr(signal, "SIGHUP", None)  # which is not everywhere
    if hangup and signal.getsignal(hangup) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(hangup, _interrupt)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """End on a signal to end as on Ctrl-C, so that whatever was started ends too."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = _OneLine(prog="policytasks", description="Turns announcements of public plans into open, versioned data.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return parser
