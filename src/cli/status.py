"""`policytasks status`: the state of each source."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from cli.selection import add_home_option, find_workspace, select_datasets
from cli.terminal import DONE, print_table
from config.timestamps import format_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.workspace import Workspace
    from publish.source_status import SourceStatus

SUMMARY = "Show for each source when it was last checked, changed and good, its state and the reason."
COLOURS = {"active": "green", "stale": "yellow", "broken": "red", "retired": "dim"}


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("status", help=SUMMARY, description=SUMMARY)
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="ids of datasets (default: all)")
    parser.add_argument("--json", action="store_true", help="print a JSON list with one object per source")
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


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
        _print_table(rows)
    return DONE


def _read_statuses(workspace: Workspace, dataset_id: str) -> list[tuple[SourceStatus, str]]:
    """The status of each source of a dataset, and how many claims of its document hold in the newest release."""
    from config.loader import read_dataset
    from pipeline.sources import read_source_statuses
    from publish.releases import read_releases

    newest = read_releases(workspace.shelf, dataset_id).find_newest()
    claims = newest.read_checks().claims_by_document if newest else {}
    return [
        (status, f"{sum(held)} of {len(held)}" if (held := claims.get(status.source_id)) else "")
        for status in read_source_statuses(read_dataset(workspace.datasets, dataset_id), workspace.raw)
    ]


def _to_json_object(dataset_id: str, status: SourceStatus, claims: str) -> dict[str, Any]:
    from dataclasses import asdict

    cells = {
        name: value for name, value in asdict(status).items() if name not in ("capture_id", "captured_at", "stale")
    }
    times = {name: _format_moment(value) for name, value in cells.items() if name.startswith("last_")}
    return {"dataset": dataset_id, **cells, **times, "claims_held": claims or None}


def _format_moment(value: datetime | None) -> str | None:
    return format_timestamp(value) if value else None


def _print_table(rows: list[tuple[str, SourceStatus, str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("dataset", "source", "state", "last checked", "last changed", "last good", "claims", "why"):
        table.add_column(heading, overflow="fold", no_wrap=heading.startswith("last"))
    for dataset_id, status, claims in rows:
        times = (status.last_checked, status.last_changed, status.last_good)
        table.add_row(
            dataset_id,
            status.source_id,
            Text(status.state, COLOURS[status.state]),
            *(f"{time:%Y-%m-%d %H:%M}" if time else "never" for time in times),
            claims,
            Text(status.why),
        )
    print_table(table, "All times are UTC.")
