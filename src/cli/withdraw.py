"""`policytasks withdraw`: take a version back, so that nobody uses it, and say why."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.selection import add_home_option, check_versions, find_workspace
from cli.terminal import DONE, UsageError

if TYPE_CHECKING:
    from publish.releases import DatasetReleases
    from publish.storage.backend import Storage

SHORTEST_REASON = 10


def add_parser(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("withdraw", help="take a published version back; a notice stands in its place")
    parser.add_argument("dataset", metavar="DATASET")
    parser.add_argument("version", metavar="VERSION", help="the number, such as 1.0.1; it is never given again")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for everyone who comes for the data")
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Withdraw it, and say what is the newest version now."""
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
        withdraw(releases, version, reason=reason, when=datetime.now(UTC).replace(microsecond=0), ids=ids)
        remaining = read_releases(storage, dataset_id)
        latest = remaining.index.latest if remaining.index else None
        note = f"{latest} is the newest now" if latest else "no version is left, so there is no latest"
        print(f"{dataset_id}: withdrew {version}; {note}")
        if unreadable:
            print(
                f"What it had in {', '.join(unreadable)} could not be read: ids that it alone had may be given again."
            )
        write_catalog(remaining, workspace.site)
        update_catalog(workspace, dataset_id)
    print("The next publish puts up what the sources say then; mend first what was wrong.")
    return DONE


def _check_reason(text: str) -> str:
    """The reason on one line. Raises MisuseError where it is too short, or holds what nobody sees."""
    reason = " ".join(text.split())
    invisible = next((sign for sign in reason if not sign.isprintable()), None)
    if invisible is not None:
        raise UsageError(f"--reason holds a sign that nobody sees, U+{ord(invisible):04X}; write it without")
    if len(reason) < SHORTEST_REASON:
        raise UsageError("a withdrawal needs a --reason of ten letters or more; it stands where the data stood")
    return reason


def _check_not_withdrawn(storage: Storage, dataset_id: str, version: str) -> None:
    """Raises MisuseError where there is no such version, or it was withdrawn before."""
    from publish.releases import read_releases

    check_versions(storage, dataset_id, version)
    if withdrawal := read_releases(storage, dataset_id).describe_version(version).withdrawn:
        raise UsageError(f"{dataset_id}: {version} was withdrawn already, {withdrawal.at} ({withdrawal.reason})")


def _read_lost_ids(releases: DatasetReleases, version: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The ids that none of the versions which stand has, so that none of them is given to something else.

    And the tables that were damaged so that their ids are not among them.
    """
    from publish.tables import read_undamaged_tables
    from transform.draft import list_leaving_ids
    from transform.schema import MINTED

    others = (number for number in reversed(releases.expected_versions) if number != version)
    standing_version = next((number for number in others if not releases.describe_version(number).withdrawn), None)
    tables = read_undamaged_tables(releases, version, MINTED)
    listed_tables = {name.removesuffix(".parquet") for name in releases.read_listed_checksums(version)}
    unreadable = [name for name in MINTED if name in listed_tables and name not in tables]
    remaining = read_undamaged_tables(releases, standing_version, MINTED) if standing_version else None
    return list_leaving_ids(tables, remaining), unreadable
