"""Which edition of a document each version has: the number of the version in which its rows last changed.

A document's page is written once an edition and never again, so that ten thousand documents of which one changed cost
one page. Comes in: the tables of two versions; goes out: the documents that are new in the later one, or whose rows,
capture or places in it differ. `plans/editions.json` keeps the answer, for the next run and for the pages' scripts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from publish.listing import in_order

Tables = Mapping[str, pa.Table]
# The tables whose rows a document's page shows, and that have its id.
SHOWN = ("documents", "areas", "tasks", "claims", "citations", "mentions")


@dataclass(frozen=True, slots=True)
class Editions:
    """Of which versions it tells, oldest first, and each document's editions among them, oldest first."""

    versions: tuple[str, ...] = ()
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def at(self, document_id: str, version: str) -> str:
        """The edition of a document that a version has. Raises KeyError where there is none."""
        known = self.documents[document_id]
        index = bisect_right([in_order(one) for one in known], in_order(version))
        if not index:
            raise KeyError(document_id)
        return known[index - 1]

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"versions": list(self.versions), "documents": {one: list(of) for one, of in self.documents.items()}}


def editions_in(document: Any) -> Editions:
    """The editions that a JSON document tells of; none where it is no such document."""
    try:
        documents = {str(one): tuple(map(str, of)) for one, of in document["documents"].items()}
        return Editions(tuple(map(str, document["versions"])), documents)
    except (TypeError, KeyError, AttributeError):
        return Editions()


def editions(known: Editions, versions: Sequence[str], read: Callable[[str], Tables]) -> Editions:
    """The editions of all documents over the versions that stand, oldest first; `read` gives a version's tables.

    Goes on from what is known where the versions do; begins anew where one of them was withdrawn.
    """
    if tuple(versions[: len(known.versions)]) != known.versions:
        known = Editions()
    documents = {one: list(of) for one, of in known.documents.items()}
    before = known.versions[-1] if known.versions else None
    for version in versions[len(known.versions) :]:
        for document_id in altered_documents(read(before) if before else {}, read(version)):
            documents.setdefault(document_id, []).append(version)
        before = version
    return Editions(tuple(versions), {one: tuple(of) for one, of in sorted(documents.items())})


def altered_documents(old: Tables, new: Tables) -> list[str]:
    """The documents of the later tables that the earlier ones do not have, or have otherwise."""
    found: set[str] = set()
    for name in (*SHOWN, "assignments"):
        rows, ids = _rows(new, name)
        earlier, earlier_ids = _rows(old, name)
        for mine, theirs, whose in ((rows, earlier, ids), (earlier, rows, earlier_ids)):
            odd = pc.invert(pc.is_in(mine, value_set=theirs))
            found.update(whose.filter(odd).to_pylist())
    return sorted(found & set(new["documents"]["document_id"].to_pylist()))


def _rows(tables: Tables, name: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Each row as one string, and the document that it belongs to."""
    table = tables.get(name)
    if table is None or not table.num_rows:
        nothing = pa.chunked_array([], pa.string())
        return nothing, nothing
    cells = [pc.fill_null(column.cast(pa.string()), "\x00") for column in table.columns]
    rows = pc.binary_join_element_wise(*cells, "\x1f")
    if name != "assignments":
        return rows, table["document_id"]
    tasks = tables["tasks"]
    return rows, tasks["document_id"].take(pc.index_in(table["task_id"], value_set=tasks["task_id"]))


def rows_by_owner(owners: Iterable[str]) -> dict[str, list[int]]:
    """The places of each owner's rows, from the owner of each row."""
    found: dict[str, list[int]] = {}
    for index, one in enumerate(owners):
        found.setdefault(one, []).append(index)
    return found
