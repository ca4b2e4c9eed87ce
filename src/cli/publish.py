"""`policytasks publish`: the main job."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cli.selection import add_home_option, find_workspace, select_datasets
from cli.terminal import DONE, FAILED, report_error

if TYPE_CHECKING:
    from pipeline.run import Outcome
    from pipeline.workspace import Workspace

SUMMARY = "The main job: fetch the sources, read what is new, and publish a version if the data changed."


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("publish", help=SUMMARY, description=SUMMARY)
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="ids of datasets (default: all)")
    parser.add_argument("--offline", action="store_true", help="read the archived captures; fetch nothing")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="show what would be fetched, read and published, judged by the archive as it is; write nothing",
    )
    parser.add_argument("--direct", action="store_true", help="run the same steps without Prefect")
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Publish the datasets one by one; one that fails does not stop the others."""
    from cli.progress import show_progress
    from config.errors import PolicyTasksError
    from pipeline.configuration import read_configuration
    from pipeline.report import describe_outcome

    workspace = find_workspace(options)
    dataset_ids = select_datasets(workspace, options.datasets)
    for dataset_id in dataset_ids:
        read_configuration(workspace, dataset_id)
    status = DONE
    publish = _publish_directly if options.direct else _publish_with_prefect
    for dataset_id in dataset_ids:
        try:
            with show_progress(f"publishing {dataset_id}"):
                outcome = publish(workspace, dataset_id, options)
            print("\n".join(describe_outcome(outcome)))
            status = max(status, FAILED if outcome.failures else DONE)
        except PolicyTasksError as error:
            report_error(error, debug=options.debug)
            status = FAILED
    return status


def _publish_directly(workspace: Workspace, dataset_id: str, options: argparse.Namespace) -> Outcome:
    from pipeline.run import preview_run, run_dataset

    publish = preview_run if options.dry_run else run_dataset
    return publish(workspace, dataset_id, offline=options.offline)


def _publish_with_prefect(workspace: Workspace, dataset_id: str, options: argparse.Namespace) -> Outcome:
    from flows.command_line import publish_with_prefect

    return publish_with_prefect(workspace.root, dataset_id, offline=options.offline, dry_run=options.dry_run)
