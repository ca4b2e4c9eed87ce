"""Show which rows and which metadata were added, removed or altered between two versions."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from cli.selection import check_versions, find_workspace
from cli.terminal import DONE, UsageError
from config.text import format_count
from pipeline.change_line import format_change, mark

if TYPE_CHECKING:
    from pipeline.workspace import Workspace
    from publish.datapackage import PropertyChange
    from publish.releases import Release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("dataset", metavar="DATASET", help="id of a dataset")
    parser.add_argument("old", nargs="?", metavar="OLD", help="a version (default: the one before the newest)")
    parser.add_argument("new", nargs="?", metavar="NEW", help="another version (default: the newest)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object with a list of changes")
    form.add_argument("--csv", action="store_true", help="print CSV with the columns of the changes table")


def run_command(options: argparse.Namespace) -> int:
    """Print the changes."""
    from publish.change_notes import split_words
    from publish.change_summary import summarise
    from publish.datapackage import list_changed_properties
    from publish.tables import compare_releases, read_tables
    from transform.changes import iterate_changes

    workspace = find_workspace(options)
    old, new = _select_versions(workspace, options)
    changes = compare_releases(old, new)
    properties = list_changed_properties(old.descriptor.record, new.descriptor.record)
    rows = summarise(changes, read_tables(new, {"areas": None})["areas"]) or "the same rows"
    names = ", ".join(split_words(change.name) for change in properties)
    summary_line = f"{rows}; metadata: {names}" if names else rows
    if options.csv:
        _print_csv(changes)
    elif options.json:
        document = {
            "dataset": options.dataset,
            "old": old.version,
            "new": new.version,
            "summary": summary_line,
            "metadata": [change._asdict() for change in properties],
            "changes": changes.to_pylist(),
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print(f"{options.dataset} {old.version} → {new.version}: {summary_line}")
        for change in properties:
            print(_format_property(change))
        for row in iterate_changes(changes):
            print(format_change(row))
    return DONE


def _format_property(change: PropertyChange) -> str:
    """A changed property as a line: its two values, or the tables whose columns are described otherwise."""
    from publish.change_notes import split_words

    name = f"  metadata {split_words(change.name)}:"
    if change.name == "columns":
        return f"{name} other columns or descriptions in {', '.join(dict.fromkeys([*change.before, *change.after]))}"
    return f"{name} {mark('gone', _format_value(change.before))}{mark('new', _format_value(change.after))}"


def _format_value(value: Any) -> str:
    """A value of a descriptor in one line: what it states, without the names of its parts; empty for None."""
    if isinstance(value, dict):
        return ", ".join(map(_format_value, value.values()))
    if isinstance(value, list):
        return "; ".join(map(_format_value, value))
    return "" if value is None else " ".join(str(value).split())


def _select_versions(workspace: Workspace, options: argparse.Namespace) -> tuple[Release, Release]:
    """The two versions to compare. Raises UsageError if there are not two, or one does not exist."""
    from publish.releases import read_releases

    storage, dataset_id = workspace.shelf, options.dataset
    given = [number for number in (options.old, options.new) if number is not None]
    check_versions(storage, dataset_id, *given)
    releases = read_releases(storage, dataset_id)
    if len(given) == 2:
        return releases.read_available(given[0]), releases.read_available(given[1])
    available = releases.list_available()
    if len(available) < (1 if given else 2):
        count = format_count(len(available), "version")
        fix = "policytasks publish makes the next when the data changed"
        raise UsageError(
            f"has {count} that are not withdrawn; a comparison needs two", f"{storage.describe(dataset_id)}/", fix
        )
    return (releases.read_available(given[0]) if given else available[-2]), available[-1]


def _print_csv(changes: Any) -> None:
    import csv

    writer = csv.DictWriter(sys.stdout, changes.column_names, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for batch in changes.to_batches(max_chunksize=10_000):
        writer.writerows(batch.to_pylist())
