"""Show which captures are stored of each source and which versions were made from them; check or remove them."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from cli.selection import find_workspace, select_datasets
from cli.terminal import DONE, FAILED, UsageError, print_message, print_table
from config.text import format_count
from config.timestamps import read_clock

if TYPE_CHECKING:
    from collect.inventory import Inventory
    from pipeline.workspace import Workspace

NUMBERS = ("captures", "bytes", "checks", "in releases", "in none", "removed")
COLUMNS = ("dataset", "source", *NUMBERS[:3], "since", "newest", *NUMBERS[3:])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="ids of datasets (default: all)")
    parser.add_argument("--json", action="store_true", help="print a JSON list with every capture")
    parser.add_argument("--check", action="store_true", help="read all stored bytes and compare their SHA-256")
    parser.add_argument("--remove", metavar="SHA256", help="remove the bytes of one capture; its record stays")
    parser.add_argument(
        "--reason", metavar="TEXT", help="the reason for --remove, ten characters or more; it is recorded"
    )


def run_command(options: argparse.Namespace) -> int:
    """Print the captures as a table or as JSON, or remove one."""
    from collect.inventory import take_inventory
    from collect.records import ArchiveError
    from config.defects import explain_error
    from config.loader import read_dataset
    from pipeline.sources import list_readable_sources
    from publish.releases import read_releases
    from publish.tables import list_captures_in_use

    workspace = find_workspace(options)
    inventories, unread = [], list[str]()
    for dataset_id in select_datasets(workspace, options.datasets):
        captures_in_releases = list_captures_in_use(read_releases(workspace.shelf, dataset_id))
        for source, _, problem, _ in list_readable_sources(read_dataset(workspace.datasets, dataset_id), workspace.raw):
            if problem is not None:
                unread.append(explain_error(problem, source.id))
            try:
                inventory = take_inventory(workspace.raw, source.id, captures_in_releases, verify=options.check)
            except ArchiveError as error:
                unread.append(str(error))
            else:
                inventories.append((dataset_id, inventory))
    if options.remove:
        for line in unread:  # which may be why the capture is not found
            print_message(line)
        _remove_capture(workspace, [inventory for _, inventory in inventories], options)
        return FAILED if unread else DONE
    if options.json:
        rows = [{"dataset": dataset_id, **inventory.to_object()} for dataset_id, inventory in inventories]
        print(json.dumps(rows, indent=2))
    else:
        total = sum(inventory.bytes_stored for _, inventory in inventories)
        note = f"{total:,} bytes in all. Only --remove deletes captures."
        print_table(COLUMNS, [_list_cells(*item) for item in inventories], note, right=NUMBERS)
    problems = [*unread, *(line for _, inventory in inventories for line in inventory.problems)]
    for line in problems:
        print_message(line)
    return FAILED if problems else DONE


def _remove_capture(workspace: Workspace, inventories: list[Inventory], options: argparse.Namespace) -> None:
    from collect.archive import delete_files, read_removals, remove_bytes
    from pipeline.read.cache import ReadingCache

    matches = [
        (inventory, capture)
        for inventory in inventories
        for capture in inventory.captures
        if len(options.remove) >= 8 and capture.capture_id.startswith(options.remove)
    ]
    if not matches and len(options.remove) >= 8:  # a run that was killed as it removed them may have left some
        for inventory in inventories:
            for removal in read_removals(workspace.raw, inventory.source_id):
                if removal.capture_id.startswith(options.remove):
                    count = delete_files(workspace.raw, inventory.source_id, removal.capture_id)
                    ReadingCache().remove_all()
                    left = f"; deleted what was left, {format_count(count, 'file')}" if count else ""
                    print(f"{inventory.source_id}: removed already, on {removal.removed_at.date()}{left}")
                    return
    if len({capture.capture_id for _, capture in matches}) != 1:
        problem = "is the beginning of several captures" if matches else "is not a capture of these datasets"
        raise UsageError(problem, f"--remove {options.remove!r}", "policytasks archive --json lists them")
    if not options.reason or len(options.reason) < 10:
        raise UsageError(
            "a removal needs a reason of ten characters or more", fix="add --reason TEXT, which is recorded"
        )
    now = read_clock()
    for inventory, capture in {inventory.source_id: (inventory, capture) for inventory, capture in matches}.values():
        remove_bytes(workspace.raw, capture, options.reason, now)
        ReadingCache().remove_all()
        versions = inventory.used.get(capture.capture_id, ())
        note = f"; {', '.join(versions)} can no longer be rebuilt from the archive" if versions else ""
        print(
            f"removed {capture.byte_count:,} bytes of {inventory.source_id}, captured {capture.fetched_at.date()}{note}"
        )


def _list_cells(dataset_id: str, inventory: Inventory) -> tuple[str, ...]:
    """The cells of a source, in the order of COLUMNS."""
    days = [f"{capture.fetched_at:%Y-%m-%d}" for capture in inventory.captures] or [""]
    return (
        dataset_id,
        inventory.source_id,
        str(len(inventory.captures)),
        f"{inventory.bytes_stored:,}",
        str(inventory.checks),
        days[0],
        days[-1],
        str(len(inventory.in_releases)),
        str(len(inventory.distinct) - len(inventory.in_releases)),
        str(inventory.removed),
    )
