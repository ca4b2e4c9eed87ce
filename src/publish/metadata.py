"""What the metadata formats state about a release: a draft in, one record out, from which each format is made.

Data Package, CSV on the Web, Croissant and the citations state the same facts under names of their own. What they state
about tables and columns comes from `transform.schema`, everything else from this record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import log
from typing import Any, NamedTuple
from urllib.parse import quote

from config.models import Contributor, Dataset, Schedule
from config.timestamps import format_timestamp
from transform.models import Draft

# Who is named if a dataset names nobody, as LICENSE-DATA.md does.
NOBODY_NAMED = Contributor(title="policytasks contributors", roles=("publisher",))
MAKERS = {"author", "creator"}

CSV_MEDIA_TYPE = "text/csv"
PARQUET_MEDIA_TYPE = "application/vnd.apache.parquet"

# The EU's list of frequencies.
FREQUENCIES = "http://publications.europa.eu/resource/authority/frequency/"
# Days between two publications, by the code of the term.
INTERVALS = {
    "HOURLY": 1 / 24,
    "DAILY_2": 1 / 2,
    "DAILY": 1,
    "WEEKLY_2": 7 / 2,
    "WEEKLY": 7,
    "BIWEEKLY": 14,
    "MONTHLY": 365.25 / 12,
    "QUARTERLY": 365.25 / 4,
    "ANNUAL_2": 365.25 / 2,
    "ANNUAL": 365.25,
}
# Over so many intervals the mean is taken.
COUNTED = 12


class Licence(NamedTuple):
    """A licence; `listed` says that `identifier` is written as SPDX writes it."""

    identifier: str
    title: str
    url: str
    listed: bool = True


# The common licences of data have the title and address that their owners use.
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


@dataclass(frozen=True, slots=True)
class ReleaseMetadata:
    """The facts about a release.

    `rows` has the number of rows by table, `files` size in bytes and SHA-256 by file name, `sources` title and address
    of each document. `period` is the first and the last day on which a document was published, `upcoming` has a
    sentence for each announced change of the schema. `created` is UTC, `content_hash` hexadecimal. What follows from
    the rows is empty if there are none.
    """

    dataset: Dataset
    created: datetime
    files: Mapping[str, tuple[int, str]]
    schema_version: str
    upcoming: Sequence[str] = ()
    version: str = ""
    previous_version: str | None = None
    content_hash: str = ""
    summary: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    sources: Sequence[tuple[str, str]] = ()
    languages: Sequence[str] = ()
    period: tuple[date, date] | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)

    @property
    def licence(self) -> Licence:
        """The licence of the data."""
        return find_licence(self.dataset.licence)

    @property
    def homepage(self) -> str | None:
        """The address of the dataset's page; None if it has none, or one that is not an http(s) address."""
        return to_web_address(self.dataset.homepage)

    @property
    def contributors(self) -> tuple[Contributor, ...]:
        """Who is named for the dataset; never empty."""
        return self.dataset.contributors or (NOBODY_NAMED,)

    @property
    def creators(self) -> tuple[Contributor, ...]:
        """Those named as author or creator, else all who are named."""
        return tuple(person for person in self.contributors if MAKERS & set(person.roles)) or self.contributors

    @property
    def publishers(self) -> tuple[Contributor, ...]:
        """Those named as publisher, else the creators."""
        return tuple(person for person in self.contributors if "publisher" in person.roles) or self.creators

    @property
    def frequency(self) -> str | None:
        """The IRI of the frequency of publication; None without a schedule."""
        return estimate_frequency(self.dataset.schedule, self.created)

    @property
    def moment(self) -> str:
        """`created` as ISO 8601 with a Z."""
        return format_timestamp(self.created)


def collect_metadata(
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    files: Mapping[str, tuple[int, str]],
    libraries: Mapping[str, str],
) -> ReleaseMetadata:
    """The facts about a draft's release.

    `files` gives size in bytes and SHA-256 by file name, `libraries` the versions of what wrote them; `created` is UTC.
    """
    from publish.change_notes import summarise_changes  # it imports pyarrow, which readers of releases need not load
    from transform.schema import SCHEMA_VERSION, UPCOMING_CHANGES

    documents = draft.tables["documents"].to_pylist()
    days = [row["published_date"] for row in documents if row["published_date"]]
    return ReleaseMetadata(
        dataset=dataset,
        version=str(draft.version),
        previous_version=draft.previous_version,
        created=created,
        content_hash=draft.content_hash,
        summary=summarise_changes(draft),
        rows={name: table.num_rows for name, table in draft.tables.items()},
        files=files,
        sources=[(row["title"] or row["url"], row["url"]) for row in documents],
        languages=sorted({row["language"] for row in documents}),
        period=(min(days), max(days)) if days else None,
        libraries=libraries,
        schema_version=SCHEMA_VERSION,
        upcoming=UPCOMING_CHANGES,
    )


def estimate_frequency(schedule: Schedule | None, moment: datetime) -> str | None:
    """The IRI of a schedule's frequency after a moment; None without a schedule, or if the schedule ends.

    It is the term whose interval is nearest to the mean interval of the schedule.
    """
    if schedule is None:
        return None
    first, last = schedule.find_time_after(moment), schedule.find_time_after(moment, COUNTED + 1)
    if first is None or last is None:
        return None
    days = (last - first).total_seconds() / 86_400 / COUNTED
    return FREQUENCIES + min(INTERVALS, key=lambda code: abs(log(days / INTERVALS[code])))


def find_licence(identifier: str) -> Licence:
    """The licence of an SPDX identifier, in upper or lower case.

    Any other identifier is taken as it is written, with the address that it would have in the SPDX list.
    """
    url = f"https://spdx.org/licenses/{quote(identifier, safe='')}.html"
    other = Licence(identifier, identifier, url, listed=False)
    return next((licence for licence in LICENCES if licence.identifier.casefold() == identifier.casefold()), other)


def omit_empty(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that have a value: one that is None or an empty collection is omitted, never null."""
    return {name: value for name, value in properties.items() if value not in (None, [], (), {})}


def to_one_line(text: str) -> str:
    """A text without line breaks, tabs and other characters that do not print."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def to_web_address(text: str | None) -> str | None:
    """An http(s) address with the characters escaped that an address cannot hold; None for any other text."""
    if text is None or not text.casefold().startswith(("http://", "https://")):
        return None
    return quote(text, safe="%/:=&?~#+!$,;'@()*[]")
