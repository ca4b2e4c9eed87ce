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
    check,
    diff,
    export_captures,
    extract,
    import_captures,
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
from cli.terminal import DONE, FAILED, INTERRUPTED, MISUSED, hide_pandas, print_message
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
    import_captures,
    export_captures,
    schedule,
    serve,
    schema,
)

# After how many new objects garbage is looked for: there are many objects at a time here, and few of them are garbage.
GC_THRESHOLDS = (20_000, 10, 10)
# What runs Prefect, which may ask for pandas; `publish` sees to it itself where it does not.
WITH_PREFECT = (publish.run_command, schedule.run_command)


class _OneLineParser(argparse.ArgumentParser):
    """Answers bad usage with one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISUSED, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 something failed, 2 bad usage or configuration."""
    _prepare_process()
    try:
        options = build_parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = options.run
        if run not in WITH_PREFECT:
            hide_pandas()
        status = run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print_message(
            "interrupted: what was published stays, nothing is half-written; run the same command again to go on"
        )
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (the reader left: nothing more may reach it)
        return DONE
    except OSError as error:
        print_message(
            f"{error.filename or 'the output'}: {error.strerror or error}; check its permissions and the free space"
        )
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (what could not be written is not tried again)
        return FAILED
    except PolicyTasksError as error:
        print_message(str(error))
        return error.exit_status
    return status


def _prepare_process() -> None:
    """Have streams to write to, whatever they can show, end on signals as on Ctrl-C, and seldom look for garbage."""
    gc.set_threshold(*GC_THRESHOLDS)
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


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _OneLineParser(
        prog="policytasks", description="Turns announcements of public plans into open, versioned data."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser
