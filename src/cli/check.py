"""`policytasks check`: whether anything changed at the sources."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cli.selection import add_home_option, find_workspace, select_datasets
from cli.terminal import DONE, FAILED, report_error

if TYPE_CHECKING:
    from pipeline.check import DatasetCheck
    from pipeline.workspace import Workspace

SUMMARY = "Fetch the sources and show what changed since the newest version; without --publish, publish nothing."


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("check", help=SUMMARY, description=SUMMARY)
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="ids of datasets (default: all)")
    parser.add_argument(
        "--publish",
        action="store_true",
        help="publish the datasets in which something changed; for the others update the status of their sources",
    )
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Check the datasets one by one; one that fails does not stop the others."""
    from cli.progress import show_progress
    from config.errors import PolicyTasksError
    from pipeline.check import check_dataset
    from pipeline.configuration import read_configuration
    from pipeline.run import publish_source_statuses

    workspace = find_workspace(options)
    dataset_ids = select_datasets(workspace, options.datasets)
    for dataset_id in dataset_ids:
        read_configuration(workspace, dataset_id)
    status = DONE
    for dataset_id in dataset_ids:
        try:
            with show_progress(f"checking {dataset_id}"):
                looked = check_dataset(workspace, dataset_id)
            _print_result(looked)
            failures = looked.failures
            if options.publish and looked.has_news:
                failures = (*failures, *_publish_changes(workspace, dataset_id))
            elif options.publish:
                publish_source_statuses(workspace, dataset_id, looked.source_statuses)
            status = max(status, FAILED if failures else DONE)
        except PolicyTasksError as error:
            report_error(error, debug=options.debug)
            status = FAILED
    return status


def _print_result(looked: DatasetCheck) -> None:
    from pipeline.check import summarise_check

    confirmed = sum(not status.stale for status in looked.source_statuses)
    print(
        f"{looked.dataset_id}: {summarise_check(looked)}; "
        f"{confirmed} of {len(looked.source_statuses)} sources confirmed"
    )
    for names, what in ((looked.changed, "is not what was published"), (looked.gone, "is published, and is gone")):
        for name in names:
            print(f"  {name} {what}")


def _publish_changes(workspace: Workspace, dataset_id: str) -> tuple[str, ...]:
    """Publish from the archive, since the sources were just fetched; returns a line for each failure."""
    from cli.progress import show_progress
    from pipeline.report import describe_outcome
    from pipeline.run import run_dataset

    with show_progress(f"publishing {dataset_id}"):
        outcome = run_dataset(workspace, dataset_id, offline=True)
    print("\n".join(describe_outcome(outcome)))
    return outcome.failures
