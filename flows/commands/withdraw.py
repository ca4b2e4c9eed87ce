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

    home = home_of(options)
    place = home.shelf
    reason = " ".join(options.reason.split())
    if len(reason) < SHORTEST_REASON or not reason.isprintable():
        raise MisuseError("a withdrawal needs a --reason of ten letters or more; it stands where the data stood")
    _standing(place, options.dataset, options.version)
    with shelf.locked(place, options.dataset):
        published = _standing(place, options.dataset, options.version)
        now = datetime.now(UTC).replace(microsecond=0)
        shelf.withdraw(place, options.dataset, options.version, reason=reason, when=now, ids=_leaving(place, published))
        shelf.put_catalog(place, options.dataset, home.site)
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


def _leaving(place: Place, published: Published) -> list[dict[str, Any]]:
    """The ids that none of the versions which stand has, so that none of them is given to something else."""
    from publish import shelf
    from transform.draft import leaving

    others = [one for one in shelf.versions(place, published.dataset_id) if one.version != published.version]
    return leaving(shelf.read_tables(published), shelf.read_tables(others[-1]) if others else None)
