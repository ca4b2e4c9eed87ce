"""`policytasks diff`: what changed between two versions of a dataset."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from cli.terminal import DONE, UsageError, add_home, home_of
from pipeline.change_line import format_change

if TYPE_CHECKING:
    from pipeline.workspace import Workspace
    from publish.shelf import Release


def add(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("diff", help="rows added, removed and altered between two versions")
    parser.add_argument("dataset", metavar="DATASET")
    parser.add_argument(
        "old", nargs="?", metavar="OLD", help="a version; the one before the newest where none is named"
    )
    parser.add_argument("new", nargs="?", metavar="NEW", help="another; the newest where none is named")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object, with a list of changes")
    form.add_argument("--csv", action="store_true", help="the rows of a changes table")
    add_home(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the changes."""
    from publish import shelf
    from publish.change_summary import summarise
    from transform.changes import iterate_changes

    home = home_of(options)
    old, new = _versions(home, options)
    changes = shelf.changes_since(old, new)
    said = summarise(changes, shelf.read_tables(new, {"areas": None})["areas"]) or "the same rows"
    if options.csv:
        _print_csv(changes)
    elif options.json:
        whole = {
            "dataset": options.dataset,
            "old": old.version,
            "new": new.version,
            "summary": said,
            "changes": changes.to_pylist(),
        }
        print(json.dumps(whole, ensure_ascii=False, indent=2))
    else:
        print(f"{options.dataset} {old.version} → {new.version}: {said}")
        for change in iterate_changes(changes):
            print(format_change(change))
    return DONE


def _versions(home: Workspace, options: argparse.Namespace) -> tuple[Release, Release]:
    """The two versions to compare. Raises MisuseError where there are no two, or one that is named is not there."""
    from cli.named import check_version
    from publish import shelf

    storage, dataset_id = home.shelf, options.dataset
    named = [number for number in (options.old, options.new) if number is not None]
    check_version(storage, dataset_id, *named)
    if len(named) == 2:
        return shelf.version(storage, dataset_id, named[0]), shelf.version(storage, dataset_id, named[1])
    standing = shelf.versions(storage, dataset_id)
    if len(standing) < (1 if named else 2):
        count = f"{len(standing)} version{'' if len(standing) == 1 else 's'}"
        mend = "policytasks publish makes the next when the data changed"
        raise UsageError(f"{storage.describe(dataset_id)}/: holds {count} that stand; a difference needs two; {mend}")
    return (shelf.version(storage, dataset_id, named[0]) if named else standing[-2]), standing[-1]


def _print_csv(changes: Any) -> None:
    import csv

    writer = csv.DictWriter(sys.stdout, changes.column_names, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for batch in changes.to_batches(max_chunksize=10_000):
        writer.writerows(batch.to_pylist())
