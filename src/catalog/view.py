"""What the shelf holds of a dataset, as its pages need it: asked once a run, tables only when a page wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, TypeVar

import pyarrow as pa

from catalog.editions import Editions, extend_editions, parse_editions
from catalog.rows_by_document import RowsByDocument, index_rows
from catalog.version_summary import VersionSummary, parse_summaries, summarise_version
from publish.json_files import parse_json
from publish.records import find_newest, version_order_of
from publish.releases import DatasetReleases, Release, read_releases
from publish.shelf_files import SOURCES
from publish.source_status import SourceStatus
from publish.storage.backend import MissingError, ShelfError, Storage
from publish.tables import read_tables
from transform.arrow_tables import align_columns
from transform.schema import TABLES

Row = Mapping[str, Any]
Result = TypeVar("Result")
# What is told of each source.
STATUS_FIELDS = {one.name for one in fields(SourceStatus)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A capture as a reader can look at it: its file's name, its bytes, and its reading text, in which spans count."""

    file_name: str
    content: bytes
    text: str


# Gives the evidence of a row of `documents` and one of `captures`; raises ArchiveError where the archive has it not.
Archive = Callable[[Row, Row], Evidence]


@dataclass
class DatasetView:
    """A dataset on the shelf. `site` is the shelf's address on the web, if known."""

    storage: Storage
    dataset_id: str
    site: str | None
    archive: Archive
    _kept: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    _tables: dict[str, _Tables] = field(default_factory=dict)

    @cached_property
    def releases(self) -> DatasetReleases:
        """The dataset's releases, read once. Raises ShelfError."""
        return read_releases(self.storage, self.dataset_id)

    @cached_property
    def entries(self) -> list[Row]:
        """Every version as `releases.json` lists it, newest first."""
        entries = sorted(self.releases.entries.values(), key=lambda entry: version_order_of(entry.version))
        return [entry.record for entry in reversed(entries)]

    @cached_property
    def latest(self) -> str | None:
        """The newest version that stands."""
        newest = find_newest(self.releases.entries.values())
        return newest.version if newest else None

    @cached_property
    def versions(self) -> list[str]:
        """The versions that stand, oldest first."""
        return [one["version"] for one in reversed(self.entries) if not one["withdrawn"]]

    @cached_property
    def descriptor(self) -> Mapping[str, Any]:
        """The descriptor of the newest version that stands, or of the newest notice where none does."""
        return self.read_descriptor(self.latest or self.entries[0]["version"])

    @property
    def title(self) -> str:
        """The dataset's title."""
        return str(self.descriptor["title"])

    @cached_property
    def sources(self) -> list[dict[str, Any]]:
        """How its sources are doing, as told last; else as they were when the newest version was published."""
        try:
            rows = [dict(row) for row in parse_json(self.storage.read(f"{self.dataset_id}/{SOURCES}"))["sources"]]
            if all(row.keys() >= STATUS_FIELDS for row in rows):
                return rows
        except (MissingError, ValueError, TypeError, KeyError):
            pass  # the next run of its dataset puts it right
        return list(self.read_release(self.latest).read_checks().sources) if self.latest else []

    @cached_property
    def editions(self) -> Editions:
        """The editions of its documents over the versions that stand."""
        try:
            known = parse_editions(parse_json(self.storage.read(f"{self.dataset_id}/plans/editions.json")))
        except (MissingError, ValueError):
            known = Editions()
        return extend_editions(known, self.versions, self.read_tables)

    @cached_property
    def summaries(self) -> dict[str, VersionSummary]:
        """What each version that stands changed, by version."""
        try:
            recorded = parse_summaries(parse_json(self.storage.read(f"{self.dataset_id}/versions/summaries.json")))
        except (MissingError, ValueError):
            recorded = {}
        previous = {entry["version"]: entry["previous_version"] for entry in self.entries}
        return {
            version: recorded.get(version) or self._summarise(version, previous[version]) for version in self.versions
        }

    def _summarise(self, version: str, previous: str | None) -> VersionSummary:
        if previous is None:
            return VersionSummary()
        descriptors = self.read_descriptor(version), self.read_descriptor(previous)
        return summarise_version(self.read_tables(version), self.read_tables(previous), *descriptors)

    def edition_of(self, document_id: str, version: str) -> str:
        """The edition of a document that a version has. Raises ShelfError where the memory of editions has none."""
        try:
            return self.editions.find(document_id, version)
        except KeyError:
            where = self.storage.describe(f"{self.dataset_id}/plans/editions.json")
            raise ShelfError(f"{where}: does not tell of {document_id} in {version}; remove the file") from None

    def read_release(self, version: str) -> Release:
        """A version. Raises ShelfError."""
        return self.releases.read(version)

    def read_descriptor(self, version: str) -> Mapping[str, Any]:
        """What a version says of itself."""
        return self.read_release(version).descriptor.record

    def read_tables(self, version: str) -> _Tables:
        """A version's tables under the schema of today, each read when it is asked for; those of two versions are kept.

        Asking for one raises ShelfError where it cannot be read.
        """
        if version not in self._tables:
            while len(self._tables) > 1:
                del self._tables[next(iter(self._tables))]
            self._tables[version] = _Tables(self.read_release(version))
        return self._tables[version]

    def rows_of(self, version: str, table: str, owner: str) -> list[dict[str, Any]]:
        """The rows of a table that belong to a document (of `captures`, the capture of that id), in their order."""
        return self.read_tables(version).index_rows(table).rows_of(owner)

    def memoise(self, what: str, of: Any, make: Callable[[], Result]) -> Result:
        """Something that several pages need: what was made of the same the last time, else made now."""
        if what not in self._kept or self._kept[what][0] != of:
            self._kept[what] = (of, make())
        made: Result = self._kept[what][1]
        return made

    def read_document(self, version: str, document_id: str) -> dict[str, Any]:
        """A document's own row in a version. Raises ShelfError where the memory of editions tells of another."""
        found = self.rows_of(version, "documents", document_id)
        if not found:
            where = self.storage.describe(f"{self.dataset_id}/plans/editions.json")
            raise ShelfError(f"{where}: tells of {document_id} in {version}, which has it not; remove the file")
        return found[0]

    def load_evidence(self, document: Row, capture: Row) -> Evidence:
        """The capture of a document, which its pages in all languages show. Raises ArchiveError."""
        of = (document["document_id"], capture["capture_id"])
        return self.memoise("evidence", of, lambda: self.archive(document, capture))


class _Tables(Mapping[str, pa.Table]):
    """The tables of a version by name, each read when it is asked for, and those of their rows by document."""

    def __init__(self, of: Release) -> None:
        self._of = of
        self._read: dict[str, pa.Table] = {}
        self._owned: dict[str, RowsByDocument] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._read:
            self._read[name] = align_columns(name, read_tables(self._of, {name: None}).get(name))
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)

    def index_rows(self, name: str) -> RowsByDocument:
        """A table's rows by document."""
        if name not in self._owned:
            self._owned[name] = index_rows(name, self)
        return self._owned[name]


def files_of(entry: Row) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of each file of a version, by its name there."""
    return {file["path"].partition("/")[2]: (file["bytes"], file["sha256"]) for file in entry["files"]}


def count_rows(entry: Row) -> Sequence[tuple[str, int]]:
    """How many plans, areas and tasks a version has, by the table's name."""
    rows = entry.get("rows") or {}
    return [(name, int(rows.get(name, 0))) for name in ("documents", "areas", "tasks")]
