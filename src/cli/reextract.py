"""`policytasks reextract`: the archive read anew by the rules of now, and the difference shown before it counts."""

from __future__ import annotations

import argparse
from typing import Any

from cli.selection import add_home_option, find_workspace
from cli.terminal import DONE, FAILED


def add_parser(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser(
        "reextract", help="read the archive anew, as after a change of rules, and show the difference"
    )
    parser.add_argument("dataset", metavar="DATASET")
    parser.add_argument("--publish", action="store_true", help="publish it where the checks hold")
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Show what would change, and publish it where that is asked for."""
    from cli.progress import show_progress
    from pipeline.report import describe_outcome
    from pipeline.run import preview_run, run_dataset

    workspace = find_workspace(options)
    with show_progress(f"reading {options.dataset} anew"):
        outcome = preview_run(workspace, options.dataset, offline=True)
    print("\n".join(describe_outcome(workspace, outcome)))
    if options.publish and outcome.status == "planned":
        with show_progress(f"publishing {options.dataset}"):
            outcome = run_dataset(workspace, options.dataset, offline=True)
        print("\n".join(describe_outcome(workspace, outcome)))
    return FAILED if outcome.failures else DONE
