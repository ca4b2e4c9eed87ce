"""What all commands share: how they speak, how they end, and how they find the folder that they work in."""

from __future__ import annotations

import argparse
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category

from config.errors import ConfigurationError
from pipeline.read.executors import ExecutorError
from pipeline.workspace import Workspace
from publish.storage.backend import ShelfError

if TYPE_CHECKING:
    from rich.table import Table

FILE_WIDTH = 200
# Controls, marks of direction and line ends, by their Unicode category.
INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}
DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


class UsageError(ConfigurationError):
    """A command that cannot be carried out as it was given; the message is one line."""


def print_message(line: str) -> None:
    """Say a line on standard error, in the program's name; what would break it, or steer a terminal, is spelt out."""
    visible = "".join(sign if category(sign) not in INVISIBLE else repr(sign)[1:-1] for sign in line)
    print(f"policytasks: {visible}", file=sys.stderr)


def print_table(table: Table, note: str) -> None:
    """Print a table with a note below it; in colours where there is a terminal."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(width=None if terminal else FILE_WIDTH, highlight=False, force_terminal=terminal)
    with console.capture() as captured:  # printed by us, since the library ends the program where a reader leaves
        console.print(table)
        console.print(note, style="dim")
    print(captured.get(), end="")


def format_count(number: int, noun: str) -> str:
    """A number with its noun, such as "1 capture" or "3 captures"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def add_home_option(parser: argparse.ArgumentParser) -> None:
    """Give a command the option that names its folder."""
    parser.add_argument(
        "--home",
        type=Path,
        default=None,
        metavar="DIR",
        help="the folder with datasets/ and data/; this one or the nearest above where not given",
    )


def find_workspace(options: argparse.Namespace) -> Workspace:
    """The folder with `datasets/` and `data/`. Raises MisuseError where there is none, or a setting names nothing."""
    given: Path | None = options.home
    working_folder = Path.cwd()
    folder = given or next(
        (place for place in (working_folder, *working_folder.parents) if (place / "datasets").is_dir()), None
    )
    if folder is None or not (folder / "datasets").is_dir():
        raise UsageError(
            f"{folder or working_folder}: holds no datasets/ folder; go to the checkout, or name it with --home"
        )
    workspace = Workspace(folder.resolve())
    try:
        workspace.check_settings()
    except (ShelfError, ExecutorError) as error:
        raise UsageError(str(error)) from None
    return workspace


def select_datasets(workspace: Workspace, given: list[str]) -> list[str]:
    """The datasets that are named, once each, or else all. Raises MisuseError where there are none."""
    from config.loader import list_dataset_ids

    dataset_ids_ = given or list_dataset_ids(workspace.datasets)
    if not dataset_ids_:
        raise UsageError("datasets/: holds no dataset; write one as <id>.yaml")
    return list(dict.fromkeys(dataset_ids_))


class _NoPandas(MetaPathFinder):
    """Answers as if pandas were not installed.

    pyarrow imports it, where it is there, at the first value that it is given: 2 s for nothing that is needed here.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        """Refuse pandas, and leave every other module to the next finder."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def hide_pandas() -> None:
    """Spare this process the import of pandas, whoever asks for it."""
    if not any(isinstance(finder, _NoPandas) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NoPandas())
