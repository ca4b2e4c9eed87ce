"""Which edition of a document each version has: the number of the version in which its rows last changed.

A document's page is written once an edition and never again, so that ten thousand documents of which one changed cost
one page. Comes in: the tables of two versions; goes out: the documents that are new in the later one, or whose rows,
capture or places in it differ. `plans/editions.json` keeps the answer, for the next run and for the pages' scripts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.rows_by_document import Tables, find_changed_owners, index_rows
from publish.records import version_order_of

# The tables whose rows a document's page shows.
SHOWN_TABLES = ("documents", "areas", "tasks", "assignments", "claims", "citations", "mentions")


@dataclass(frozen=True, slots=True)
class Editions:
    """Of which versions it tells, oldest first, and each document's editions among them, oldest first."""

    versions: tuple[str, ...] = ()
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def find(self, document_id: str, version: str) -> str:
        """The edition of a document that a version has. Raises KeyError where there is none."""
        known = self.documents[document_id]
        index = bisect_right([version_order_of(one) for one in known], version_order_of(version))
        if not index:
            raise KeyError(document_id)
        return known[index - 1]

    def to_json(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"versions": list(self.versions), "documents": {one: list(of) for one, of in self.documents.items()}}


def parse_editions(document: Any) -> Editions:
    """The editions that a JSON document tells of; none where it is no such document."""
    try:
        documents = {str(one): tuple(map(str, of)) for one, of in document["documents"].items()}
        return Editions(tuple(map(str, document["versions"])), documents)
    except (TypeError, KeyError, AttributeError):
        return Editions()


def extend_editions(known: Editions, versions: Sequence[str], read: Callable[[str], Tables]) -> Editions:
    """The editions of all documents over the versions that stand, oldest first; `read` gives a version's tables.

    Goes on from what is known where the versions do; begins anew where one of them was withdrawn.
    """
    if tuple(versions[: len(known.versions)]) != known.versions:
        known = Editions()
    documents = {one: list(of) for one, of in known.documents.items()}
    before = known.versions[-1] if known.versions else None
    for version in versions[len(known.versions) :]:
        for document_id in find_altered_documents(read(before) if before else {}, read(version)):
            documents.setdefault(document_id, []).append(version)
        before = version
    return Editions(tuple(versions), {one: tuple(of) for one, of in sorted(documents.items())})


def find_altered_documents(old: Tables, new: Tables) -> list[str]:
    """The documents of the later tables that the earlier ones do not have, or have otherwise."""
    there = new["documents"]["document_id"].to_pylist()
    if not old:
        return sorted(there)
    found = {one for name in SHOWN_TABLES for one in find_changed_owners(index_rows(name, new), index_rows(name, old))}
    return sorted(found.intersection(there))
