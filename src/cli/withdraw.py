"""Withdraw a published version; a notice takes its place, and its number is never used again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cli.selection import check_versions, find_workspace
from cli.terminal import DONE, UsageError
from config.timestamps import read_clock

if TYPE_CHECKING:
    from publish.records import MintedId
    from publish.releases import DatasetReleases
    from publish.storage.backend import Storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("dataset", metavar="DATASET", help="id of a dataset")
    parser.add_argument("version", metavar="VERSION", help="number of the version, such as 1.0.1")
    parser.add_argument(
        "--reason", required=True, metavar="TEXT", help="the reason, ten characters or more; it is published"
    )


def run_command(options: argparse.Namespace) -> int:
    """Withdraw the version, and print which is the newest now."""
    from pipeline.steps import update_catalog
    from publish.locking import lock_dataset
    from publish.releases import read_releases
    from publish.shelf_files import write_catalog
    from publish.withdrawal import withdraw

    workspace, dataset_id, version = find_workspace(options), options.dataset, options.version
    storage, reason = workspace.shelf, _check_reason(options.reason)
    _check_not_withdrawn(storage, dataset_id, version)
    with lock_dataset(storage, dataset_id, to_withdraw=True) as releases:
        _check_not_withdrawn(storage, dataset_id, version)
        ids, unreadable = _read_lost_ids(releases, version)
        withdraw(releases, version, reason=reason, when=read_clock(), ids=ids)
        remaining = read_releases(storage, dataset_id)
        latest = remaining.index.latest if remaining.index else None
        note = f"{latest} is the newest now" if latest else "no version is left, so there is no latest"
        print(f"{dataset_id}: withdrew {version}; {note}")
        if unreadable:
            print(f"Its tables {', '.join(unreadable)} could not be read: ids that only it had may be given again.")
        write_catalog(remaining, workspace.site)
        update_catalog(workspace, remaining)
    print("Fix what was wrong before the next run: it makes a version from the sources as they are then.")
    return DONE


def _check_reason(text: str) -> str:
    """The reason on one line. Raises UsageError if it is too short or holds an invisible character."""
    reason = " ".join(text.split())
    invisible = next((character for character in reason if not character.isprintable()), None)
    if invisible is not None:
        raise UsageError(f"holds an invisible character, U+{ord(invisible):04X}", "--reason", "leave it out")
    if len(reason) < 10:
        raise UsageError(
            "a withdrawal needs a reason of ten characters or more",
            fix="add --reason TEXT, which is published in place of the data",
        )
    return reason


def _check_not_withdrawn(storage: Storage, dataset_id: str, version: str) -> None:
    """Raise UsageError if there is no such version, or it is withdrawn already."""
    from publish.releases import read_releases

    check_versions(storage, dataset_id, version)
    if withdrawal := read_releases(storage, dataset_id).describe_version(version).withdrawn:
        raise UsageError(f"{version} was withdrawn already, {withdrawal.at} ({withdrawal.reason})", dataset_id)


def _read_lost_ids(releases: DatasetReleases, version: str) -> tuple[list[MintedId], list[str]]:
    """The ids that no other version has, which are never given again; and the damaged tables, whose ids are unknown."""
    from publish.records import MintedId, to_record
    from publish.tables import read_undamaged_tables
    from transform.draft import list_leaving_ids
    from transform.schema import MINTED

    others = (number for number in reversed(releases.expected_versions) if number != version)
    available_version = next((number for number in others if not releases.describe_version(number).withdrawn), None)
    tables = read_undamaged_tables(releases, version, MINTED)
    listed_tables = {name.removesuffix(".parquet") for name in releases.read_listed_checksums(version)}
    unreadable = [name for name in MINTED if name in listed_tables and name not in tables]
    remaining = read_undamaged_tables(releases, available_version, MINTED) if available_version else None
    return [to_record(MintedId, row) for row in list_leaving_ids(tables, remaining)], unreadable
