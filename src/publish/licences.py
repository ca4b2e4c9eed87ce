"""The title and the address of a licence, by its SPDX identifier.

The common licences of data have the title and address that their owners use. Any other identifier is taken as it is
written, with the address that it would have in the SPDX list.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote


class Licence(NamedTuple):
    """A licence; `listed` says that `identifier` is written as SPDX writes it."""

    identifier: str
    title: str
    url: str
    listed: bool = True


CREATIVE, OPEN_DATA = "https://creativecommons.org", "https://opendatacommons.org/licenses"
LICENCES = [
    Licence("CC-BY-4.0", "Creative Commons Attribution 4.0 International", f"{CREATIVE}/licenses/by/4.0/"),
    Licence(
        "CC-BY-SA-4.0", "Creative Commons Attribution-ShareAlike 4.0 International", f"{CREATIVE}/licenses/by-sa/4.0/"
    ),
    Licence("CC0-1.0", "CC0 1.0 Universal", f"{CREATIVE}/publicdomain/zero/1.0/"),
    Licence("ODC-By-1.0", "Open Data Commons Attribution License 1.0", f"{OPEN_DATA}/by/1-0/"),
    Licence("ODbL-1.0", "Open Data Commons Open Database License 1.0", f"{OPEN_DATA}/odbl/1-0/"),
    Licence("PDDL-1.0", "Open Data Commons Public Domain Dedication & License 1.0", f"{OPEN_DATA}/pddl/1-0/"),
]


def find_licence(identifier: str) -> Licence:
    """The licence of an identifier, in upper or lower case."""
    url = f"https://spdx.org/licenses/{quote(identifier, safe='')}.html"
    other = Licence(identifier, identifier, url, listed=False)
    return next((licence for licence in LICENCES if licence.identifier.casefold() == identifier.casefold()), other)
