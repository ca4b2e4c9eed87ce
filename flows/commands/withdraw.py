"""`policytasks withdraw`: take a version back, so that nobody uses it, and say why."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.terminal import DONE, MisuseError, add_home, home_of

if TYPE_CHECKING:
    from publish.place import Place
    from publish.shelf import Published

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
    from publish import shelf

    place = home_of(options).shelf
    reason = " ".join(options.reason.split())
    if len(reason) < SHORTEST_REASON or not reason.isprintable():
        raise MisuseError("a withdrawal needs a --reason of ten letters or more; it stands where the data stood")
    _standing(place, options.dataset, options.version)
    with shelf.locked(place, options.dataset):
        published = _standing(place, options.dataset, options.version)
        now = datetime.now(UTC).replace(microsecond=0)
        shelf.withdraw(place, options.dataset, options.version, reason=reason, when=now, ids=_minted(published))
        newest = shelf.newest(place, options.dataset)
    left = f"{newest.version} is the newest now" if newest else "no version is left, so there is no latest"
    print(f"{options.dataset}: withdrew {options.version}; {left}")
    print("The next publish puts up what the sources say then; mend first what was wrong.")
    return DONE


def _standing(place: Place, dataset_id: str, version: str) -> Published:
    """The version that is named. Raises MisuseError where there is none, or it was withdrawn before."""
    import re

    from collect.dataset import ID_PATTERN
    from publish import shelf

    if not re.match(ID_PATTERN, dataset_id) or not (found := shelf.releases(place, dataset_id)):
        raise MisuseError(f"{dataset_id!r}: no version of it is on the shelf; policytasks status lists the datasets")
    if version not in found:
        standing = [number for number, one in found.items() if not one.descriptor.get("withdrawn")]
        raise MisuseError(f"{dataset_id}: has no version {version!r}; those that stand are {', '.join(standing)}")
    if said := found[version].descriptor.get("withdrawn"):
        raise MisuseError(f"{dataset_id}: {version} was withdrawn already, {said['at']} ({said['reason']})")
    return found[version]


def _minted(published: Published) -> list[dict[str, str]]:
    """The ids that this version was the first to have, so that none of them is given to something else."""
    from publish.shelf import read_tables
    from transform.tables import ID_TABLES

    changes = read_tables(published, {"changes": ["table_name", "row_id", "change"]})["changes"].to_pylist()
    return [
        {"table": row["table_name"], "id": row["row_id"]}
        for row in changes
        if row["change"] == "added" and row["table_name"] in ID_TABLES
    ]
