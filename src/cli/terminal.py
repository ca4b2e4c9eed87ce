"""How commands speak and end: messages, tables, reports of errors, exit statuses."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Literal
from unicodedata import category

from config.errors import ConfigurationError, PolicyTasksError, describe_defect
from config.text import omit_credentials

if TYPE_CHECKING:
    from rich.text import Text

DONE, FAILED, INTERRUPTED = 0, 1, 130
# Unicode categories of characters that nobody sees and that could steer a terminal.
INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}
# Number of rows up to which a table is laid out by rich, which takes a millisecond for each.
MOST_ROWS = 2_000


class UsageError(ConfigurationError):
    """A command that cannot be carried out as it was given; exit status 2."""


class CommandError(PolicyTasksError):
    """A command that was given well and could not be carried out; exit status 1."""


def print_message(line: str) -> None:
    """Print a line on standard error after the program's name: without the users and passwords of addresses.

    Invisible characters are printed as their escapes.
    """
    print(f"policytasks: {_escape_invisible(omit_credentials(line))}", file=sys.stderr)


def _escape_invisible(line: str) -> str:
    return "".join(character if category(character) not in INVISIBLE else repr(character)[1:-1] for character in line)


def report_error(error: PolicyTasksError, *, debug: bool) -> None:
    """Print an error as its one line; with `debug` followed by its traceback and the errors that caused it."""
    print_message(str(error))
    if debug:
        _print_traceback(error)


def report_unforeseen(error: Exception, *, debug: bool) -> None:
    """Print an exception that is not a PolicyTasksError: what the system refuses as such, anything else as a defect."""
    if isinstance(error, OSError) and error.strerror:
        print_message(f"{error.filename or 'the output'}: {error.strerror}; check its permissions and the free space")
    else:
        print_message(f"internal error ({describe_defect(error)}); please report it, --debug shows the traceback")
    if debug:
        _print_traceback(error)


def _print_traceback(error: Exception) -> None:
    print(omit_credentials("".join(traceback.format_exception(error))), end="", file=sys.stderr)


def print_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    note: str,
    *,
    right: Collection[str] = (),
    unbroken: Collection[str] = (),
) -> None:
    """Print a table with a note below it; in colours on a terminal.

    The columns in `right` are aligned to the right, the cells of those in `unbroken` stay on one line. In a table of
    more than MOST_ROWS rows all of them do, and nothing is coloured.
    """
    listed = list(rows)
    if len(listed) > MOST_ROWS:
        _print_long_table(headings, listed, note, right)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        side: Literal["left", "right"] = "right" if heading in right else "left"
        table.add_column(heading, justify=side, overflow="fold", no_wrap=heading in unbroken)
    for row in listed:
        table.add_row(*row)
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else 200, highlight=False, force_terminal=is_terminal)
    with console.capture() as captured:  # printed by us: rich ends the program if whoever reads has left
        console.print(table)
        console.print(note, style="dim")
    print(captured.get(), end="")


def _print_long_table(
    headings: Sequence[str], rows: Sequence[Sequence[str | Text]], note: str, right: Collection[str]
) -> None:
    """Print a table with each row on one line."""
    from rich.cells import cell_len

    lines = [headings, *([_escape_invisible(str(cell)) for cell in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        padded = []
        for heading, cell, width in zip(headings, cells, widths, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if heading in right else cell + space)
        print("  ".join(padded).rstrip())
    print(note)
