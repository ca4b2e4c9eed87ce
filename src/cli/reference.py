"""The pages of docs/ that are made from the code: commands, configuration keys, tables and columns.

`python -m cli.reference` writes them into the checkout; with `--check` it names those that are stale and ends with
status 1. A test holds each page to what is rendered here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cli.main import PROGRAM, build_parser
from cli.terminal import DONE, FAILED
from config.reference import render_keys
from transform.dictionary import render_dictionary

CHECKOUT = Path(__file__).parent.parent.parent

HEAD = """\
# Commands

`make docs` generates this page from the commands themselves. In a checkout the program is `.venv/bin/policytasks`.

Every command takes `--help`, and `--debug`, which shows the traceback of an error; `--debug` may also stand before the
command. `--home DIR` names the workspace, the folder with `datasets/` and `data/`; without it, it is the current folder
or the nearest one above. An error is one line on standard error that says where, what, and what to do.

| exit status | means |
| --- | --- |
| 0 | done, also if nothing changed |
| 1 | a source failed, a check did not hold, or something could not be done |
| 2 | wrong usage or configuration; nothing was done |
| 130 | interrupted; what was archived or published stays, and the same command continues |
"""


def render_commands() -> str:
    """The page docs/commands.md: every command with its arguments and options, in the order of `--help`."""
    parsers = _list_commands(build_parser())
    return "\n".join([HEAD, *(_render_command(name, parser) for name, parser in parsers.items())])


PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": render_commands,
    "docs/configuration.md": render_keys,
    "docs/data-dictionary.md": render_dictionary,
}


def list_stale_pages(folder: Path) -> list[str]:
    """The generated pages that are missing below a folder or differ from what is rendered."""
    return [name for name, render in PAGES.items() if _read_text(folder / name) != render()]


def main(argv: Sequence[str] | None = None) -> int:
    """Write the generated pages, or check them; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cli.reference", description="Write the generated pages of docs/.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the pages that are stale")
    options = parser.parse_args(argv)
    stale = list_stale_pages(CHECKOUT)
    for name in stale:
        if options.check:
            print(f"{name}: is not what the code says; run make docs", file=sys.stderr)
        else:
            (CHECKOUT / name).write_text(PAGES[name](), encoding="utf-8")
            print(f"wrote {name}")
    return FAILED if stale and options.check else DONE


def _list_commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (commands,) = (action for action in _list_actions(parser) if isinstance(action.choices, dict))
    return dict(commands.choices or {})


def _list_actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return parser._actions  # noqa: SLF001 (argparse has no other way to list them)


def _render_command(name: str, parser: argparse.ArgumentParser) -> str:
    actions = [action for action in _list_actions(parser) if action.dest not in {"help", "debug"}]
    usage = " ".join([PROGRAM, name, *map(_render_usage, actions)])
    lines = [f"## {name}", "", parser.description or "", "", f"    {usage}", ""]
    rows = [f"| `{_render_name(action)}` | {_render_help(action)} |" for action in actions if action.dest != "home"]
    return "\n".join([*lines, *(["| argument | |", "| --- | --- |", *rows, ""] if rows else [])])


def _render_name(action: argparse.Action) -> str:
    """An argument as it is written in a table, where `|` has to be escaped."""
    value = action.metavar if isinstance(action.metavar, str) else "|".join(map(str, action.choices or ()))
    return " ".join([*action.option_strings[-1:], *([] if action.nargs == 0 else [value.replace("|", "\\|")])])


def _render_usage(action: argparse.Action) -> str:
    name = _render_name(action).replace("\\|", "|")
    if action.nargs == "*":
        return f"[{name}…]"
    is_required = action.required if action.option_strings else action.nargs != "?"
    return name if is_required else f"[{name}]"


def _render_help(action: argparse.Action) -> str:
    text = (action.help or "") % {"default": action.default}
    return f"{text}; required" if action.option_strings and action.required else text


def _read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
