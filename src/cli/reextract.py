"""`policytasks reextract`: what today's rules read from the archive, compared with what is published."""

from __future__ import annotations

import argparse
from typing import Any

from cli.selection import add_home_option, find_workspace
from cli.terminal import DONE, FAILED

SUMMARY = "Read all archived captures again with the current rules, and show what would change."


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("reextract", help=SUMMARY, description=SUMMARY)
    parser.add_argument("dataset", metavar="DATASET", help="id of a dataset")
    parser.add_argument("--publish", action="store_true", help="publish the result if the checks hold")
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Print what would change; with --publish, publish it."""
    from cli.progress import show_progress
    from pipeline.report import describe_outcome
    from pipeline.run import preview_run, run_dataset

    workspace = find_workspace(options)
    with show_progress(f"reading {options.dataset} again"):
        outcome = preview_run(workspace, options.dataset, offline=True)
    print("\n".join(describe_outcome(outcome)))
    if options.publish and outcome.status == "planned":
        with show_progress(f"publishing {options.dataset}"):
            outcome = run_dataset(workspace, options.dataset, offline=True)
        print("\n".join(describe_outcome(outcome)))
    return FAILED if outcome.failures else DONE
