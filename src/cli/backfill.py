"""Archive a history of captures and publish it: a version for each day on which the data changed."""

from __future__ import annotations

import argparse
from pathlib import Path

from cli.selection import find_workspace
from cli.terminal import DONE, FAILED, print_message
from config.text import format_count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("dataset", metavar="DATASET", help="id of a dataset")
    parser.add_argument(
        "path", type=Path, metavar="PATH", help="a WARC file, or a folder with files such as SOURCE/2021-03-04.html"
    )


def run_command(options: argparse.Namespace) -> int:
    """Archive and publish the history, and print the versions that were made."""
    from cli.progress import show_progress
    from pipeline.backfill import backfill_history

    workspace = find_workspace(options)
    with show_progress(f"backfilling {options.dataset}"):
        done = backfill_history(workspace, options.dataset, options.path)
    new, made = len(done.taken.new), len(done.versions)
    unmatched = (
        f", {format_count(done.taken.unmatched, 'page')} with an address that is not a source"
        if done.taken.unmatched
        else ""
    )
    captures = f"{format_count(new, 'new capture')}{unmatched}"
    print(f"{done.dataset_id}: {captures}; {format_count(made, 'new version') if made else 'no new versions'}")
    for day, version in done.versions:
        print(f"  {day}  {version}")
    for line in (*done.taken.skipped, *([done.too_old] if done.too_old else [])):
        print_message(f"{done.dataset_id}: {line}")
    return FAILED if done.too_old or done.taken.skipped or done.run_result.failures else DONE
