"""What the shelf holds of a dataset, as its pages need it: asked once a run, tables only when a page wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.editions import Editions, editions, editions_in, rows_by_owner
from publish import shelf
from publish.listing import Entry, in_order, latest_of, read_json
from publish.place import MissingError, Place, ShelfError
from publish.shelf import SOURCES, Published
from publish.standing import Standing
from transform.schema import TABLES
from transform.sheets import conformed

Row = Mapping[str, Any]
# What is told of each source.
TOLD = {one.name for one in fields(Standing)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A capture as a reader can look at it: its file's name, its bytes, and its reading text, in which spans count."""

    file_name: str
    content: bytes
    text: str


def _of_task(tables: Mapping[str, pa.Table]) -> Any:
    tasks = tables["tasks"]
    return tasks["document_id"].take(pc.index_in(tables["assignments"]["task_id"], value_set=tasks["task_id"]))


# To what a table's rows belong, where they have no document's id. An id of a row begins with its document's.
OWNERS: Mapping[str, Callable[[Mapping[str, pa.Table]], Any]] = {
    "assignments": _of_task,
    "captures": lambda tables: tables["captures"]["capture_id"],
    "changes": lambda tables: pc.replace_substring_regex(tables["changes"]["row_id"], "[/ ].*", ""),
}

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
    _said: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _tables: dict[str, dict[str, pa.Table]] = field(default_factory=dict)
    _shown: tuple[tuple[str, str], Evidence] | None = None
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
        return self.descriptor(self.latest or self.entries[0]["version"])

    @property
    def title(self) -> str:
        """The dataset's title."""
        return str(self.said["title"])

    @cached_property
    def sources(self) -> list[dict[str, Any]]:
        """How its sources are doing, as told last; else as they were when the newest version was published."""
        try:
            rows = [dict(row) for row in read_json(self.place.read(f"{self.dataset_id}/{SOURCES}"))["sources"]]
            if all(row.keys() >= TOLD for row in rows):
                return rows
        except (MissingError, ValueError, TypeError, KeyError):
            pass  # the next run of its dataset puts it right
        return list(shelf.read_checks(self.published(self.latest)).get("sources", [])) if self.latest else []

    @cached_property
    def editions(self) -> Editions:
        """The editions of its documents over the versions that stand."""
        try:
            known = editions_in(read_json(self.place.read(f"{self.dataset_id}/plans/editions.json")))
        except (MissingError, ValueError):
            known = Editions()
        return editions(known, self.standing, self.tables)

    def edition(self, document_id: str, version: str) -> str:
        """The edition of a document that a version has. Raises ShelfError where the memory of editions has none."""
        try:
            return self.editions.at(document_id, version)
        except KeyError:
            where = self.place.where(f"{self.dataset_id}/plans/editions.json")
            raise ShelfError(f"{where}: does not tell of {document_id} in {version}; remove the file") from None

    def published(self, version: str) -> Published:
        """A version. Raises ShelfError."""
        return shelf.version_of(self.place, self.dataset_id, version)

    def descriptor(self, version: str) -> Mapping[str, Any]:
        """What a version says of itself."""
        if version not in self._said:
            self._said[version] = self.published(version).descriptor
        return self._said[version]

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

    def rows(self, version: str, table: str, owner: str) -> list[dict[str, Any]]:
        """The rows of a table that belong to a document (of `captures`, the capture of that id), in their order."""
        tables = self.tables(version)
        key = (version, table)
        if key not in self._places:
            owners = OWNERS[table](tables) if table in OWNERS else tables[table]["document_id"]
            self._places[key] = rows_by_owner(owners.to_pylist())
        places = pa.array(self._places[key].get(owner, []), pa.int64())
        found: list[dict[str, Any]] = tables[table].take(places).to_pylist()
        return found

    def document(self, version: str, document_id: str) -> dict[str, Any]:
        """A document's own row in a version. Raises ShelfError where the memory of editions tells of another."""
        found = self.rows(version, "documents", document_id)
        if not found:
            where = self.place.where(f"{self.dataset_id}/plans/editions.json")
            raise ShelfError(f"{where}: tells of {document_id} in {version}, which has it not; remove the file")
        return found[0]

    def evidence(self, document: Row, capture: Row) -> Evidence:
        """The capture of a document; the last one is kept, since its pages in all languages show it."""
        if self._shown is None or self._shown[0] != (document["document_id"], capture["capture_id"]):
            self._shown = ((document["document_id"], capture["capture_id"]), self.archive(document, capture))
        return self._shown[1]


def area_and_task_counts(entry: Entry) -> Sequence[tuple[str, int]]:
    """How many plans, areas and tasks a version has, by the table's name."""
    rows = entry.get("rows") or {}
    return [(name, int(rows.get(name, 0))) for name in ("documents", "areas", "tasks")]
