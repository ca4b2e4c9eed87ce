"""The main job: fetch the sources, read what is new, and publish a version if the data changed."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from cli.runs import print_result, run_each

if TYPE_CHECKING:
    from pipeline.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="ids of datasets (default: all)")
    parser.add_argument("--offline", action="store_true", help="read the archived captures; fetch nothing")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="show what would be fetched, read and published, judged by the archive as it is; write nothing",
    )
    parser.add_argument("--direct", action="store_true", help="run the same steps without Prefect")


def run_command(options: argparse.Namespace) -> int:
    """Publish the datasets one by one."""
    return run_each(options, _publish)


def _publish(options: argparse.Namespace, workspace: Workspace, dataset_id: str) -> tuple[str, ...]:
    """Publish a dataset and print its result; returns a line for each failure."""
    if options.direct:
        from pipeline.run import preview_run, run_dataset

        direct = preview_run if options.dry_run else run_dataset
        run = partial(direct, workspace, dataset_id, offline=options.offline)
    else:
        from flows.command_line import publish_with_prefect

        run = partial(
            publish_with_prefect, workspace.root, dataset_id, offline=options.offline, dry_run=options.dry_run
        )
    return print_result(f"publishing {dataset_id}", run).failures
