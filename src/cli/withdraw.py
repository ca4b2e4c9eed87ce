"""`policytasks withdraw`: take a version back, so that nobody uses it, and say why."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.terminal import DONE, UsageError, add_home, home_of

if TYPE_CHECKING:
    from publish.storage.backend import Storage

SHORTEST_REASON = 10


def add(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("withdraw", help="take a published version back; a notice stands in its place")
    parser.add_argument("dataset", metavar="DATASET")
    parser.add_argument("version", metavar="VERSION", help="the number, such as 1.0.1; it is never given again")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for everyone who comes for the data")
    add_home(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Withdraw it, and say what is the newest version now."""
    from pipeline.run import update_catalog
    from publish import shelf
    from publish.release_index import latest_of

    home, dataset_id, version = home_of(options), options.dataset, options.version
    storage, reason = home.shelf, _reason(options.reason)
    _refuse_withdrawn(storage, dataset_id, version)
    with shelf.locked(storage, dataset_id, to_withdraw=True):
        _refuse_withdrawn(storage, dataset_id, version)
        ids, unread = _leaving(storage, dataset_id, version)
        shelf.withdraw(
            storage, dataset_id, version, reason=reason, when=datetime.now(UTC).replace(microsecond=0), ids=ids
        )
        latest = latest_of(list(shelf.listed(storage, dataset_id).values()))
        left = f"{latest} is the newest now" if latest else "no version is left, so there is no latest"
        print(f"{dataset_id}: withdrew {version}; {left}")
        if unread:
            print(f"What it had in {', '.join(unread)} could not be read: ids that it alone had may be given again.")
        shelf.put_catalog(storage, dataset_id, home.site)
        update_catalog(home, dataset_id)
    print("The next publish puts up what the sources say then; mend first what was wrong.")
    return DONE


def _reason(said: str) -> str:
    """The reason on one line. Raises MisuseError where it is too short, or holds what nobody sees."""
    reason = " ".join(said.split())
    unseen = next((sign for sign in reason if not sign.isprintable()), None)
    if unseen is not None:
        raise UsageError(f"--reason holds a sign that nobody sees, U+{ord(unseen):04X}; write it without")
    if len(reason) < SHORTEST_REASON:
        raise UsageError("a withdrawal needs a --reason of ten letters or more; it stands where the data stood")
    return reason


def _refuse_withdrawn(storage: Storage, dataset_id: str, version: str) -> None:
    """Raises MisuseError where there is no such version, or it was withdrawn before."""
    from cli.named import check_version
    from publish import shelf

    check_version(storage, dataset_id, version)
    if said := shelf.what_it_was(storage, dataset_id, version).get("withdrawn"):
        raise UsageError(f"{dataset_id}: {version} was withdrawn already, {said['at']} ({said['reason']})")


def _leaving(storage: Storage, dataset_id: str, version: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The ids that none of the versions which stand has, so that none of them is given to something else.

    And the tables that were damaged so that their ids are not among them.
    """
    from publish import shelf
    from transform.draft import list_leaving_ids
    from transform.schema import MINTED

    others = (one for one in reversed(shelf.numbers(storage, dataset_id)) if one != version)
    still = next((one for one in others if not shelf.what_it_was(storage, dataset_id, one).get("withdrawn")), None)
    tables = shelf.read_what_is_left(storage, dataset_id, version, MINTED)
    there = {name.removesuffix(".parquet") for name in shelf.sums_told(storage, dataset_id, version)}
    unread = [name for name in MINTED if name in there and name not in tables]
    return list_leaving_ids(
        tables, shelf.read_what_is_left(storage, dataset_id, still, MINTED) if still else None
    ), unread
