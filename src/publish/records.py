"""The JSON files of releases as typed records: bytes in, frozen models out, or ValueError with the first wrong field.

    releases.json      ReleaseIndex, a ReleaseEntry for each version
    datapackage.json   Descriptor, as far as this program reads it
    checks.json        ReleaseChecks
    provenance.json    Provenance
    withdrawn.json     Notice

Each keeps, as `record`, the JSON object that it was read from: what is written again is that object, with all fields
that this program does not know. So a malformed file is noticed here, and nobody else meets a missing field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from publish.source_status import SourceStatus
from publish.storage.backend import CHECKSUMS, VERSION, parse_checksums

# The fields of an entry that are taken over from a version's descriptor, and their names there.
FROM_DESCRIPTOR = {
    "published_at": "created",
    "previous_version": "previousVersion",
    "schema_version": "schemaVersion",
    "summary": "changeSummary",
    "content_hash": "contentHash",
    "rows": "rowCounts",
    "withdrawn": "withdrawn",
}

T = TypeVar("T")
Tuple = Annotated[tuple[T, ...], Field(strict=False)]  # JSON knows lists alone


class Record(BaseModel):
    """A JSON object whose fields are checked; `record` is the object itself."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", defer_build=True)

    record: dict[str, Any] = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keep_record(cls, value: object) -> object:
        return {**value, "record": value} if isinstance(value, dict) else value


R = TypeVar("R", bound=Record)


class Withdrawal(Record):
    """Why and when (UTC) a version was withdrawn."""

    reason: str
    at: str


class ReleaseFile(Record):
    """A file of a version: its path from the dataset's folder, its size, and its checksum."""

    path: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in the version's folder."""
        return self.path.partition("/")[2]


class ReleaseEntry(Record):
    """A version as `releases.json` lists it."""

    version: str = Field(pattern=rf"^{VERSION.pattern}$")
    published_at: str
    schema_version: str
    summary: str
    content_hash: str
    rows: dict[str, int]
    previous_version: str | None = None
    withdrawn: Withdrawal | None = None
    files: Tuple[ReleaseFile]

    @model_validator(mode="before")
    @classmethod
    def _state_withdrawal(cls, value: object) -> object:
        """The earliest entries do not state that a version is not withdrawn."""
        return {**value, "withdrawn": value.get("withdrawn")} if isinstance(value, dict) else value

    @cached_property
    def checksums(self) -> Mapping[str, str]:
        """The SHA-256 of each file by its name."""
        return {file.name: file.sha256 for file in self.files}

    def has_same_files(self, other: ReleaseEntry) -> bool:
        """Whether another entry is of the same files: by SHA256SUMS, which covers all, if this one lists it.

        The earliest entries name the tables' files only.
        """
        if CHECKSUMS in self.checksums:
            return self.checksums[CHECKSUMS] == other.checksums.get(CHECKSUMS)
        return all(other.checksums.get(name) == digest for name, digest in self.checksums.items())


class ReleaseIndex(Record):
    """`releases.json`: a dataset's versions, newest first. On an object store a version is published by its entry."""

    dataset: str
    title: str
    latest: str | None = None
    releases: Tuple[ReleaseEntry]

    @cached_property
    def entries(self) -> Mapping[str, ReleaseEntry]:
        """The entries by version, in the order of the file."""
        return {entry.version: entry for entry in self.releases}


class Described(Record):
    """An object of a descriptor, whose field names are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class DescribedFile(Described):
    """A file as a descriptor states it; `hash` begins with `sha256:`."""

    path: str
    bytes: int
    hash: str
    format: str
    mediatype: str


class Resource(DescribedFile):
    """A table's CSV as a descriptor states it, with its Parquet under `alternates`."""

    description: str
    alternates: Tuple[DescribedFile] = ()


class DescribedLicence(Described):
    """A licence: its title and its address."""

    title: str
    path: str


class DescribedContributor(Described):
    """Who is named for a dataset, in which roles, and the address of their own."""

    title: str
    roles: Tuple[str] = ()
    path: str | None = None


class Period(Described):
    """The first and the last day on which a document was published."""

    start: str
    end: str


class Descriptor(Described):
    """`datapackage.json` of a version, or what a withdrawal left of it."""

    name: str
    version: str
    title: str
    created: str
    schema_version: str
    change_summary: str
    content_hash: str
    row_counts: dict[str, int]
    resources: Tuple[Resource]
    previous_version: str | None = None
    description: str | None = None
    homepage: str | None = None
    keywords: Tuple[str] = ()
    licenses: Tuple[DescribedLicence] = ()
    contributors: Tuple[DescribedContributor] = ()
    languages: Tuple[str] = ()
    temporal: Period | None = None
    accrual_periodicity: str | None = None
    schema_changes_ahead: Tuple[str] = ()
    written_with: dict[str, str] = Field(default_factory=dict)
    withdrawn: Withdrawal | None = None


class ClaimCheck(Record):
    """A claim of a document about itself, and whether its tables bear it out; None if that cannot be counted."""

    claim_id: str
    quote: str
    computed: int | None = Field(alias="found")
    holds: bool | None


class ReadingProblem(Record):
    """What the reading of a document is unsure of, and its position in the reading text in code points."""

    message: str
    start: int


class ReleaseChecks(Record):
    """`checks.json`, as far as this program reads it: the outcomes of claims, the readings' problems, the sources."""

    claims: Tuple[ClaimCheck]
    problems: dict[str, Tuple[ReadingProblem]] = Field(default_factory=dict)
    sources: Tuple[SourceStatus] = ()

    @property
    def claims_by_document(self) -> dict[str, list[bool]]:
        """Whether each claim holds, by document; claims that could not be counted are omitted."""
        outcomes: dict[str, list[bool]] = {}
        for claim in self.claims:
            if claim.holds is not None:
                outcomes.setdefault(claim.claim_id.rpartition("/")[0], []).append(claim.holds)
        return outcomes


class MintedId(Record):
    """An id that only one version had, and the fingerprint of its row's words."""

    table_name: str
    row_id: str
    fingerprint: str


class Notice(Record):
    """`withdrawn.json`: a version, why and when (UTC) it was withdrawn, its files' checksums, and the ids it minted."""

    version: str
    reason: str
    at: AwareDatetime = Field(strict=False)
    sha256: dict[str, str]
    ids: Tuple[MintedId]


class Provenance(Record):
    """`provenance.json`: the dataset configuration (`order`), and the reading id of each document."""

    order: dict[str, Any]
    readings: dict[str, str]


def to_json(value: object) -> bytes:
    """A value as a JSON file: UTF-8, two blanks a level, a line break at the end."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def parse_json(document: bytes) -> Any:
    """The value that a JSON document holds. Raises ValueError if it is not JSON, or is nested too deep to read."""
    try:
        return json.loads(document)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def parse_record(model: type[R], document: bytes) -> R:
    """The record that a JSON file holds. Raises ValueError."""
    return to_record(model, parse_json(document))


def to_record(model: type[R], value: object) -> R:
    """The record that a JSON value is. Raises ValueError, which names the first field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, problem["loc"]))
        raise ValueError(f"{field}: {problem['msg']}" if field else problem["msg"]) from error


def parse_version(version: str) -> tuple[int, ...]:
    """The parts of a version number, by which versions are sorted."""
    return tuple(map(int, version.split(".")))


def make_entry(descriptor: Descriptor, checksums: bytes, sizes: Mapping[str, int]) -> ReleaseEntry:
    """A version's entry, from its descriptor, its SHA256SUMS and the sizes of its files.

    Raises KeyError, with the file's name, if a file that has a checksum is not there, and UnicodeDecodeError if
    the checksums are not text.
    """
    digests = {**parse_checksums(checksums), CHECKSUMS: hashlib.sha256(checksums).hexdigest()}
    version = descriptor.version
    return to_record(
        ReleaseEntry,
        {
            "version": version,
            **{name: descriptor.record.get(key) for name, key in FROM_DESCRIPTOR.items()},
            "files": [
                {"path": f"{version}/{name}", "bytes": sizes[name], "sha256": digest}
                for name, digest in sorted(digests.items())
            ],
        },
    )


def make_descriptor(entry: ReleaseEntry, dataset_id: str, title: str) -> Descriptor:
    """What an index says of a version's descriptor, for when the descriptor itself is damaged."""
    fields = {key: entry.record[name] for name, key in FROM_DESCRIPTOR.items() if entry.record.get(name) is not None}
    return to_record(
        Descriptor, {"name": dataset_id, "version": entry.version, "title": title, **fields, "resources": []}
    )


def find_newest(entries: Iterable[ReleaseEntry]) -> ReleaseEntry | None:
    """The entry of the newest version that is not withdrawn."""
    available = (entry for entry in entries if not entry.withdrawn)
    return max(available, key=lambda entry: parse_version(entry.version), default=None)


def write_index(dataset_id: str, title: str, entries: Iterable[ReleaseEntry]) -> bytes:
    """The content of `releases.json`."""
    newest_first = sorted(entries, key=lambda entry: parse_version(entry.version), reverse=True)
    newest = find_newest(newest_first)
    return to_json(
        {
            "dataset": dataset_id,
            "title": title,
            "latest": newest.version if newest else None,
            "releases": [entry.record for entry in newest_first],
        }
    )
