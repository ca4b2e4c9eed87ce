"""Read all archived captures again with the current rules, and show what would change."""

from __future__ import annotations

import argparse
from functools import partial

from cli.runs import print_result
from cli.selection import find_workspace
from cli.terminal import DONE, FAILED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("dataset", metavar="DATASET", help="id of a dataset")
    parser.add_argument("--publish", action="store_true", help="publish the result if the checks hold")


def run_command(options: argparse.Namespace) -> int:
    """Print what would change; with --publish, publish it."""
    from pipeline.run import preview_run, run_dataset

    workspace, dataset_id = find_workspace(options), options.dataset
    preview = partial(preview_run, workspace, dataset_id, offline=True)
    result = print_result(f"reading {dataset_id} again", preview)
    if options.publish and result.status == "planned":
        publish = partial(run_dataset, workspace, dataset_id, offline=True)
        result = print_result(f"publishing {dataset_id}", publish)
    return FAILED if result.failures else DONE
