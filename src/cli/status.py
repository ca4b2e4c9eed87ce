"""Show each source: when it was last checked, last changed and last good, its state and the reason."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from cli.selection import find_workspace, select_datasets
from cli.terminal import DONE, print_table
from config.timestamps import format_timestamp

if TYPE_CHECKING:
    from rich.text import Text

    from pipeline.workspace import Workspace
    from publish.source_status import SourceStatus

COLOURS = {"active": "green", "stale": "yellow", "broken": "red", "retired": "dim"}
TIMES = ("last checked", "last changed", "last good")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="ids of datasets (default: all)")
    parser.add_argument("--json", action="store_true", help="print a JSON list with one object per source")


def run_command(options: argparse.Namespace) -> int:
    """Print the sources as a table or as JSON."""
    workspace = find_workspace(options)
    rows = [
        (dataset_id, status, claims)
        for dataset_id in select_datasets(workspace, options.datasets)
        for status, claims in _read_statuses(workspace, dataset_id)
    ]
    if options.json:
        print(json.dumps([_to_json_object(*row) for row in rows], ensure_ascii=False, indent=2))
    else:
        headings = ("dataset", "source", "state", *TIMES, "claims", "why")
        print_table(headings, [_list_cells(*row) for row in rows], "All times are UTC.", unbroken=TIMES)
    return DONE


def _read_statuses(workspace: Workspace, dataset_id: str) -> list[tuple[SourceStatus, str]]:
    """The status of each source of a dataset, and how many claims of its document hold in the newest release."""
    from config.loader import read_dataset
    from pipeline.sources import assess_sources
    from publish.releases import read_releases

    newest = read_releases(workspace.shelf, dataset_id).find_newest()
    claims = newest.read_checks().claims_by_document if newest else {}
    return [
        (source.status, f"{sum(held)} of {len(held)}" if (held := claims.get(source.status.source_id)) else "")
        for source in assess_sources(read_dataset(workspace.datasets, dataset_id), workspace.raw, {})
    ]


def _to_json_object(dataset_id: str, status: SourceStatus, claims: str) -> dict[str, Any]:
    from dataclasses import asdict

    cells = {
        name: format_timestamp(value) if value and name.startswith("last_") else value
        for name, value in asdict(status).items()
        if name not in ("capture_id", "captured_at", "stale")
    }
    return {"dataset": dataset_id, **cells, "claims_held": claims or None}


def _list_cells(dataset_id: str, status: SourceStatus, claims: str) -> tuple[str | Text, ...]:
    """The cells of a source, in the order of the headings."""
    from rich.text import Text

    times = [
        f"{time:%Y-%m-%d %H:%M}" if time else "never"
        for time in (status.last_checked, status.last_changed, status.last_good)
    ]
    state = Text(status.state, COLOURS[status.state])
    return (dataset_id, status.source_id, state, *times, claims, Text(status.why))
