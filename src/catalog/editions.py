"""Which edition of a document each version has. An edition is named after the version in which its rows last changed.

In: the tables of two versions. Out: the documents that are new in the later one, or whose rows, capture or spans
differ. A document's page is written once for each edition: cost follows change. `plans/editions.json` keeps the
editions, for the next run and for the pages' scripts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.rows_by_document import Tables, find_changed_owners, index_rows
from publish.records import parse_version

# The tables whose rows a document's page shows.
SHOWN_TABLES = ("documents", "areas", "tasks", "assignments", "claims", "citations", "mentions")


@dataclass(frozen=True, slots=True)
class Editions:
    """The versions that were compared, and the editions of each document among them, both oldest first."""

    versions: tuple[str, ...] = ()
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def find(self, document_id: str, version: str) -> str:
        """The edition of a document that a version has. Raises KeyError if there is none."""
        editions = self.documents[document_id]
        index = bisect_right(list(map(parse_version, editions)), parse_version(version))
        if not index:
            raise KeyError(document_id)
        return editions[index - 1]

    def to_json(self) -> dict[str, Any]:
        """The content of `plans/editions.json`."""
        return {
            "versions": list(self.versions),
            "documents": {document_id: list(editions) for document_id, editions in self.documents.items()},
        }


def parse_editions(document: Any) -> Editions:
    """The editions in a `plans/editions.json`; none if it is damaged."""
    try:
        documents = {str(id_): tuple(map(str, editions)) for id_, editions in document["documents"].items()}
        return Editions(tuple(map(str, document["versions"])), documents)
    except (TypeError, KeyError, AttributeError):
        return Editions()


def extend_editions(recorded: Editions, versions: Sequence[str], read: Callable[[str], Tables]) -> Editions:
    """The editions of all documents over `versions`, oldest first; `read` gives a version's tables.

    Only versions after those of `recorded` are compared; all of them if one of those was withdrawn.
    """
    if tuple(versions[: len(recorded.versions)]) != recorded.versions:
        recorded = Editions()
    documents = {document_id: list(editions) for document_id, editions in recorded.documents.items()}
    before = recorded.versions[-1] if recorded.versions else None
    for version in versions[len(recorded.versions) :]:
        for document_id in find_altered_documents(read(before) if before else None, read(version)):
            documents.setdefault(document_id, []).append(version)
        before = version
    return Editions(tuple(versions), {id_: tuple(editions) for id_, editions in sorted(documents.items())})


def find_altered_documents(old: Tables | None, new: Tables) -> list[str]:
    """The ids of the documents that are only in the later tables, or differ there."""
    there = new["documents"]["document_id"].to_pylist()
    if old is None:
        return sorted(there)
    changed: set[str] = set()
    for name in SHOWN_TABLES:
        changed |= find_changed_owners(index_rows(name, new), index_rows(name, old))
    return sorted(changed.intersection(there))
