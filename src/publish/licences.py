"""The title and the address of a licence, by its SPDX identifier.

The common licences of data have the title and address that their owners use. Any other identifier is taken as it is
written, with the address that it would have in the SPDX list.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence; `listed` says that `identifier` is written as SPDX writes it."""

    identifier: str
    title: str
    url: str
    listed: bool = True


LICENCES = {
    licence.identifier.casefold(): licence
    for licence in (
        Licence(
            "CC-BY-4.0",
            "Creative Commons Attribution 4.0 International",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        Licence(
            "CC-BY-SA-4.0",
            "Creative Commons Attribution-ShareAlike 4.0 International",
            "https://creativecommons.org/licenses/by-sa/4.0/",
        ),
        Licence("CC0-1.0", "CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
        Licence(
            "ODC-By-1.0",
            "Open Data Commons Attribution License 1.0",
            "https://opendatacommons.org/licenses/by/1-0/",
        ),
        Licence(
            "ODbL-1.0", "Open Data Commons Open Database License 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"
        ),
        Licence(
            "PDDL-1.0",
            "Open Data Commons Public Domain Dedication & License 1.0",
            "https://opendatacommons.org/licenses/pddl/1-0/",
        ),
    )
}


def find_licence(identifier: str) -> Licence:
    """The licence of an identifier, in upper or lower case."""
    licence = LICENCES.get(identifier.casefold())
    url = f"https://spdx.org/licenses/{quote(identifier, safe='')}.html"
    return licence or Licence(identifier, identifier, url, listed=False)
