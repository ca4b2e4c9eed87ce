"""`main`: from the words of a command line to a command and its exit status.

It starts fast: a command imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from cli import (
    add,
    archive,
    backfill,
    check,
    diff,
    evaluate,
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
from cli.terminal import DONE, FAILED, INTERRUPTED, UsageError, print_message, report_error, report_unforeseen
from config.errors import PolicyTasksError

# A command is a module: its docstring is the help, `add_arguments` says what can be typed, `run_command` does it.
COMMANDS: dict[str, ModuleType] = {
    "publish": publish,
    "check": check,
    "reextract": reextract,
    "backfill": backfill,
    "extract": extract,
    "evaluate": evaluate,
    "add": add,
    "status": status,
    "diff": diff,
    "show": show,
    "verify": verify,
    "withdraw": withdraw,
    "archive": archive,
    "import": import_captures,
    "export": export_captures,
    "schedule": schedule,
    "serve": serve,
    "schema": schema,
}
PROGRAM = "policytasks"


class _OneLineParser(argparse.ArgumentParser):
    """Reports wrong usage as an error of ours, which is one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, self.prog.removeprefix(PROGRAM).strip(), f"see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 something failed, 2 wrong usage or configuration, 130 Ctrl-C.

    `argv` are the words after the program's name; without it those of this process. Nothing of the process is changed:
    `cli.__main__` sets up its streams and signals.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    debug = "--debug" in arguments
    try:
        options = build_parser().parse_args(arguments)
        debug = options.debug
        run_command: Callable[[argparse.Namespace], int] = options.run_command
        status = run_command(options)
        sys.stdout.flush()
    except SystemExit as ending:  # of --help
        return ending.code if isinstance(ending.code, int) else FAILED
    except KeyboardInterrupt:
        print_message(
            "interrupted: what was published stays, nothing is half-written; run the same command again to go on"
        )
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has left
        return DONE
    except PolicyTasksError as error:
        report_error(error, debug=debug)
        return error.exit_status
    except Exception as error:  # noqa: BLE001 (the last place: a person is shown a line, not a traceback)
        report_unforeseen(error, debug=debug)
        return FAILED
    return status


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _OneLineParser(prog=PROGRAM, description="Turns announcements of public plans into open, versioned data.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        command_parser = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        command.add_arguments(command_parser)
        if name not in ("extract", "evaluate", "schema"):  # which need no workspace
            command_parser.add_argument(
                "--home",
                type=Path,
                metavar="DIR",
                help="the folder with datasets/ and data/ (default: the current folder or the nearest one above it)",
            )
        command_parser.set_defaults(run_command=command.run_command)
    parser.set_defaults(debug=False)
    for each in (parser, *commands.choices.values()):
        each.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an error"
        )
    return parser
