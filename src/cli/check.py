"""Fetch the sources and show what changed since the newest version; without --publish, publish nothing."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from cli.progress import show_progress
from cli.runs import print_result, run_each

if TYPE_CHECKING:
    from pipeline.check import DatasetCheck
    from pipeline.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="ids of datasets (default: all)")
    parser.add_argument(
        "--publish",
        action="store_true",
        help="publish the datasets in which something changed; for the others update the status of their sources",
    )


def run_command(options: argparse.Namespace) -> int:
    """Check the datasets one by one."""
    return run_each(options, _check)


def _check(options: argparse.Namespace, workspace: Workspace, dataset_id: str) -> tuple[str, ...]:
    """Check a dataset and print what changed, with --publish publish it; returns a line for each failure."""
    from pipeline.check import check_dataset
    from pipeline.run import publish_source_statuses, run_dataset

    with show_progress(f"checking {dataset_id}"):
        check = check_dataset(workspace, dataset_id)
    _print_check(check)
    if not options.publish:
        return check.failures
    if not check.has_news:
        publish_source_statuses(workspace, dataset_id, check.source_statuses)
        return check.failures
    # From the archive: the sources were just fetched.
    publish = partial(run_dataset, workspace, dataset_id, offline=True)
    return check.failures + print_result(f"publishing {dataset_id}", publish).failures


def _print_check(check: DatasetCheck) -> None:
    from pipeline.check import summarise_check

    confirmed = sum(not status.stale for status in check.source_statuses)
    print(
        f"{check.dataset_id}: {summarise_check(check)}; {confirmed} of {len(check.source_statuses)} sources confirmed"
    )
    for names, what in ((check.changed, "is not what was published"), (check.gone, "is published, and is gone")):
        for name in names:
            print(f"  {name} {what}")
