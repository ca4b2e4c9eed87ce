"""What every metadata format is told of a release: one record, made once, from which each format is a pure function.

Data Package, CSV on the Web, Croissant and the citations say the same things in words of their own. What they say of
tables and columns comes from the schema module, all else from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from config.models import Contributor, Dataset
from config.timestamps import format_timestamp
from publish.frequency import frequency_of
from publish.licences import Licence, licence_of
from transform.models import Draft

# Who is named where a dataset names nobody, as LICENSE-DATA.md does.
NOBODY_NAMED = Contributor(title="policytasks contributors", roles=("publisher",))
MAKERS = {"author", "creator"}

CSV_MEDIA_TYPE = "text/csv"
PARQUET_MEDIA_TYPE = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class ReleaseMetadata:
    """A release: `rows` by table, `files` as size in bytes and SHA-256 by name, `sources` as title and address.

    `period` is the first and the last day on which a document was published, `coming` has a sentence for each announced
    change of the schema. `created` is UTC, `content_hash` hexadecimal.
    """

    dataset: Dataset
    version: str
    previous_version: str | None
    created: datetime
    content_hash: str
    summary: str
    rows: Mapping[str, int]
    files: Mapping[str, tuple[int, str]]
    sources: Sequence[tuple[str, str]]
    languages: Sequence[str]
    period: tuple[date, date] | None
    libraries: Mapping[str, str]
    schema_version: str
    coming: Sequence[str] = ()

    @property
    def licence(self) -> Licence:
        """The licence of the data."""
        return licence_of(self.dataset.licence)

    @property
    def homepage(self) -> str | None:
        """The dataset's page, where it has one that can be followed."""
        return to_web_address(self.dataset.homepage)

    @property
    def contributors(self) -> tuple[Contributor, ...]:
        """Who stands behind the dataset; never empty."""
        return self.dataset.contributors or (NOBODY_NAMED,)

    @property
    def creators(self) -> tuple[Contributor, ...]:
        """Who made it: those with the role, else all who are named."""
        return tuple(person for person in self.contributors if MAKERS & set(person.roles)) or self.contributors

    @property
    def publishers(self) -> tuple[Contributor, ...]:
        """Who publishes it: those with the role, else its creators."""
        return tuple(person for person in self.contributors if "publisher" in person.roles) or self.creators

    @property
    def frequency(self) -> str | None:
        """The IRI of how often it is meant to be published, where it has a schedule."""
        return frequency_of(self.dataset.schedule, self.created)

    @property
    def moment(self) -> str:
        """When it was made, as ISO 8601 with a Z."""
        return format_timestamp(self.created)


def collect_metadata(
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    files: Mapping[str, tuple[int, str]],
    libraries: Mapping[str, str],
    *,
    coming: Sequence[str] = (),
) -> ReleaseMetadata:
    """What is to be told of a draft's release.

    `files` gives size in bytes and SHA-256 by file name, `libraries` the versions of what wrote them; `created` is UTC.
    """
    from publish.change_notes import summarise_changes  # those who only read releases need no tables
    from transform.schema import SCHEMA_VERSION

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
        coming=coming,
    )


def omit_empty(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that have a value: what a release says nothing of is left out, never null."""
    return {name: value for name, value in properties.items() if value is not None}


def to_one_line(text: str) -> str:
    """A text without line breaks, tabs and other signs that do not print."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def to_web_address(text: str | None) -> str | None:
    """An address of the web with every sign that an address cannot hold escaped; None where it is none."""
    if text is None or not text.casefold().startswith(("http://", "https://")):
        return None
    return quote(text, safe="%/:=&?~#+!$,;'@()*[]")
