"""A dataset on the shelf as its pages need it. All is read once in a run, and tables only when a page needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import pyarrow as pa

from catalog.editions import Editions, extend_editions, parse_editions
from catalog.evidence import Archive
from catalog.rows_by_document import RowsByDocument, index_rows
from catalog.version_summary import VersionSummary, format_summary, parse_summaries, summarise_version
from publish.records import Descriptor, ReleaseEntry, find_newest, parse_json, parse_version
from publish.releases import DatasetReleases, Release, read_releases
from publish.shelf_files import SOURCES
from publish.source_status import SourceStatus, from_rows
from publish.storage.backend import MissingError, ShelfError, Storage
from publish.tables import read_tables
from transform.arrow_tables import align_columns

Result = TypeVar("Result")


@dataclass
class DatasetView:
    """A dataset on the shelf. `site` is the shelf's address on the web, if known."""

    storage: Storage
    dataset_id: str
    site: str | None
    archive: Archive
    _memoised: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    _tables: dict[str, _Tables] = field(default_factory=dict)

    @cached_property
    def releases(self) -> DatasetReleases:
        """The dataset's releases, read once. Raises ShelfError."""
        return read_releases(self.storage, self.dataset_id)

    @cached_property
    def entries(self) -> list[ReleaseEntry]:
        """Every version as `releases.json` lists it, newest first."""
        entries = self.releases.entries.values()
        return sorted(entries, key=lambda entry: parse_version(entry.version), reverse=True)

    @cached_property
    def newest(self) -> ReleaseEntry | None:
        """The newest version that was not withdrawn."""
        return find_newest(self.entries)

    @property
    def latest(self) -> str | None:
        """The number of the newest version that was not withdrawn."""
        return self.newest.version if self.newest else None

    @cached_property
    def versions(self) -> list[str]:
        """The versions that were not withdrawn, oldest first."""
        return [entry.version for entry in reversed(self.entries) if not entry.withdrawn]

    @cached_property
    def descriptor(self) -> Descriptor:
        """The descriptor of the newest version, or of the newest withdrawal notice if all versions are withdrawn."""
        return self.read_descriptor(self.latest or self.entries[0].version)

    @property
    def title(self) -> str:
        """The dataset's title."""
        return self.descriptor.title

    @property
    def description(self) -> str:
        """The dataset's description, or its title if it has none."""
        return self.descriptor.description or self.title

    def _read_json(self, name: str) -> Any:
        """The content of a file of the dataset; None if it is missing or is not JSON."""
        try:
            return parse_json(self.storage.read(f"{self.dataset_id}/{name}"))
        except (MissingError, ValueError):
            return None

    @property
    def heading(self) -> dict[str, str]:
        """The dataset as the heads of pages name it."""
        return {"id": self.dataset_id, "title": self.title}

    @cached_property
    def sources(self) -> list[SourceStatus]:
        """The status of its sources at the last run; if that is damaged, when the newest version was published."""
        try:
            return from_rows(self._read_json(SOURCES)["sources"])
        except (ValueError, TypeError, KeyError):
            pass  # the next run of the dataset writes it again
        return list(self.read_release(self.latest).read_checks().sources) if self.latest else []

    @cached_property
    def editions(self) -> Editions:
        """The editions of its documents over all versions that were not withdrawn."""
        recorded = parse_editions(self._read_json("plans/editions.json"))
        return extend_editions(recorded, self.versions, self.read_tables)

    @cached_property
    def summaries(self) -> dict[str, VersionSummary]:
        """What each version that was not withdrawn changed, by version."""
        recorded = parse_summaries(self._read_json("versions/summaries.json"))
        previous = {entry.version: entry.previous_version for entry in self.entries}
        return {
            version: recorded.get(version) or self._summarise(version, previous[version]) for version in self.versions
        }

    def summarise(self, entry: ReleaseEntry, lang: str) -> str:
        """What a version that was not withdrawn changed, in one line."""
        return format_summary(entry, self.summaries[entry.version], lang)

    def _summarise(self, version: str, previous: str | None) -> VersionSummary:
        if previous is None:
            return VersionSummary()
        descriptors = self.read_descriptor(version), self.read_descriptor(previous)
        return summarise_version(self.read_tables(version), self.read_tables(previous), *descriptors)

    def find_edition(self, document_id: str, version: str) -> str:
        """The edition of a document that a version has. Raises ShelfError if `editions.json` has none."""
        try:
            return self.editions.find(document_id, version)
        except KeyError as error:
            raise self._refuse_editions(f"lacks {document_id} in {version}") from error

    def read_release(self, version: str) -> Release:
        """A version, read once. Raises ShelfError."""
        return self.releases.read(version)

    def read_descriptor(self, version: str) -> Descriptor:
        """The descriptor of a version. Raises ShelfError."""
        return self.read_release(version).descriptor

    def read_tables(self, version: str) -> _Tables:
        """A version's tables with the columns of today's schema; those of the last two versions are kept in memory.

        Each table is read when it is first used, which raises ShelfError if it cannot be read.
        """
        if version not in self._tables:
            while len(self._tables) > 1:
                del self._tables[next(iter(self._tables))]
            self._tables[version] = _Tables(self.read_release(version))
        return self._tables[version]

    def list_rows(self, version: str, table: str, owner: str) -> list[dict[str, Any]]:
        """The rows of a table that belong to a document; for `captures`, the capture with that id."""
        return self.read_tables(version).index_rows(table).list_rows(owner)

    def memoise(self, key: str, inputs: Any, make: Callable[[], Result]) -> Result:
        """Memoise `make()` under `key`; rebuild when `inputs` change. Pages in several languages share it."""
        if key not in self._memoised or self._memoised[key][0] != inputs:
            self._memoised[key] = (inputs, make())
        result: Result = self._memoised[key][1]
        return result

    def read_document(self, version: str, document_id: str) -> dict[str, Any]:
        """A document's own row in a version. Raises ShelfError if the version lacks it."""
        rows = self.list_rows(version, "documents", document_id)
        if not rows:
            raise self._refuse_editions(f"names {document_id} in {version}, which does not have it")
        return rows[0]

    def _refuse_editions(self, what: str) -> ShelfError:
        """The error for an `editions.json` that does not fit the versions."""
        where = self.storage.describe(f"{self.dataset_id}/plans/editions.json")
        return ShelfError(what, where, "remove the file; the next run makes it again")


class _Tables(dict[str, pa.Table]):
    """The tables of a version by name, each read when it is first used, and their rows by document."""

    def __init__(self, release: Release) -> None:
        super().__init__()
        self._release = release
        self._indexed: dict[str, RowsByDocument] = {}

    def __missing__(self, name: str) -> pa.Table:
        self[name] = align_columns(name, read_tables(self._release, {name: None}).get(name))
        return self[name]

    def index_rows(self, name: str) -> RowsByDocument:
        """The rows of a table by document."""
        if name not in self._indexed:
            self._indexed[name] = index_rows(name, self)
        return self._indexed[name]


def count_rows(entry: ReleaseEntry) -> list[tuple[str, int]]:
    """How many plans, areas and tasks a version has, by the name of the table."""
    return [(name, entry.rows.get(name, 0)) for name in ("documents", "areas", "tasks")]
