"""What the shelf holds of a dataset, as its pages need it: asked once a run, tables only when a page wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from catalog.editions import Editions, editions, editions_in, rows_by_document
from publish import shelf
from publish.listing import Entry, in_order, latest_of, read_json
from publish.place import MissingError, Place
from publish.shelf import SOURCES, Published
from transform.schema import TABLES
from transform.sheets import conformed

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A capture as a reader can look at it: its file's name, its bytes, and its reading text, in which spans count."""

    file_name: str
    content: bytes
    text: str


# Gives the evidence of a row of `documents` and one of `captures`; raises ArchiveError where the archive has it not.
Archive = Callable[[Row, Row], Evidence]


@dataclass
class Holding:
    """A dataset on the shelf. `site` is the shelf's address on the web, if known."""

    place: Place
    dataset_id: str
    site: str | None
    archive: Archive
    kept: dict[str, Any] = field(default_factory=dict)
    _tables: dict[str, dict[str, pa.Table]] = field(default_factory=dict)
    _places: dict[tuple[str, str], dict[str, list[int]]] = field(default_factory=dict)

    @cached_property
    def entries(self) -> list[Entry]:
        """Every version as `releases.json` lists it, newest first."""
        listed = shelf.listed(self.place, self.dataset_id)
        return sorted(listed.values(), key=lambda one: in_order(one["version"]), reverse=True)

    @cached_property
    def latest(self) -> str | None:
        """The newest version that stands."""
        return latest_of(self.entries)

    @cached_property
    def standing(self) -> list[str]:
        """The versions that stand, oldest first."""
        return [one["version"] for one in reversed(self.entries) if not one["withdrawn"]]

    @cached_property
    def said(self) -> Mapping[str, Any]:
        """The descriptor of the newest version that stands, or of the newest notice where none does."""
        return self.published(self.latest or self.entries[0]["version"]).descriptor

    @property
    def title(self) -> str:
        """The dataset's title."""
        return str(self.said["title"])

    @cached_property
    def sources(self) -> list[dict[str, Any]]:
        """How its sources are doing, as told last; else as they were when the newest version was published."""
        try:
            rows = read_json(self.place.read(f"{self.dataset_id}/{SOURCES}"))["sources"]
        except (MissingError, ValueError, TypeError, KeyError):
            rows = shelf.read_checks(self.published(self.latest)).get("sources", []) if self.latest else []
        return [dict(row) for row in rows]

    @cached_property
    def editions(self) -> Editions:
        """The editions of its documents over the versions that stand."""
        try:
            known = editions_in(read_json(self.place.read(f"{self.dataset_id}/plans/editions.json")))
        except (MissingError, ValueError):
            known = Editions()
        return editions(known, self.standing, self.tables)

    def published(self, version: str) -> Published:
        """A version. Raises ShelfError."""
        return shelf.version_of(self.place, self.dataset_id, version)

    def descriptor(self, version: str) -> Mapping[str, Any]:
        """What a version says of itself."""
        return self.published(version).descriptor

    def tables(self, version: str) -> dict[str, pa.Table]:
        """A version's tables under the schema of today; the last two asked for are kept. Raises ShelfError."""
        if version not in self._tables:
            while len(self._tables) > 1:
                gone = next(iter(self._tables))
                del self._tables[gone]
                self._places = {key: of for key, of in self._places.items() if key[0] != gone}
            found = shelf.read_tables(self.published(version))
            self._tables[version] = {name: conformed(name, found.get(name)) for name in TABLES}
        return self._tables[version]

    def rows(self, version: str, table: str, document_id: str) -> list[dict[str, Any]]:
        """The rows of a table that belong to a document, in the order of the document."""
        tables = self.tables(version)
        key = (version, table)
        if key not in self._places:
            self._places[key] = rows_by_document(tables[table], tables[table]["document_id"].to_pylist())
        found: list[dict[str, Any]] = (
            tables[table].take(pa.array(self._places[key].get(document_id, []), pa.int64())).to_pylist()
        )
        return found


def area_and_task_counts(entry: Entry) -> Sequence[tuple[str, int]]:
    """How many plans, areas and tasks a version has, by the table's name."""
    rows = entry.get("rows") or {}
    return [(name, int(rows.get(name, 0))) for name in ("documents", "areas", "tasks")]
