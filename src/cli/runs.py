"""Runs of datasets: each with its progress on standard error, and its result or its error as lines."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cli.selection import find_workspace, select_datasets
from cli.terminal import DONE, FAILED, report_error
from config.errors import PolicyTasksError

if TYPE_CHECKING:
    from pipeline.run import RunResult
    from pipeline.workspace import Workspace


def run_each(options: argparse.Namespace, run: Callable[[argparse.Namespace, Workspace, str], Sequence[str]]) -> int:
    """Run the datasets that `options` name one by one, and return the exit status; one that fails does not stop others.

    `run` returns a line for each failure. All configurations are read first, so that a mistake in one stops all.
    """
    from pipeline.configuration import read_configuration

    workspace = find_workspace(options)
    dataset_ids = select_datasets(workspace, options.datasets)
    for dataset_id in dataset_ids:
        read_configuration(workspace, dataset_id)
    status = DONE
    for dataset_id in dataset_ids:
        try:
            failures = run(options, workspace, dataset_id)
        except PolicyTasksError as error:
            report_error(error, debug=options.debug)
            status = max(status, error.exit_status)
        else:
            status = max(status, FAILED if failures else DONE)
    return status


def print_result(doing: str, run: Callable[[], RunResult]) -> RunResult:
    """Carry out a run under the progress line `doing`, print its result, and return it."""
    from cli.progress import show_progress
    from pipeline.report import describe_result

    with show_progress(doing):
        result = run()
    print("\n".join(describe_result(result)))
    return result
