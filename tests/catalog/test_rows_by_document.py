"""Each row belongs to one document, and what differs between two tables is told by document."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pytest

from catalog.rows_by_document import RowsByDocument, find_changed_owners, index_rows
from tests.catalog.test_editions import BOTH


def make_rows(*rows: tuple[str, str]) -> RowsByDocument:
    """A table of documents' ids and words."""
    ids, words = zip(*rows, strict=True) if rows else ((), ())
    schema = pa.schema([("document_id", pa.string()), ("text", pa.string())])
    return index_rows("claims", {"claims": pa.table({"document_id": ids, "text": words}, schema=schema)})


def list_texts(rows: RowsByDocument, owner: str) -> list[str]:
    return [row["text"] for row in rows.list_rows(owner)]


@pytest.mark.parametrize("name", ["documents", "areas", "tasks", "assignments", "claims", "citations", "mentions"])
def test_every_row_is_one_documents_and_in_its_order(name: str) -> None:
    rows = index_rows(name, BOTH)
    whose = {row["task_id"]: row["document_id"] for row in BOTH["tasks"].to_pylist()}
    expected: dict[str, list[Any]] = defaultdict(list)
    for row in BOTH[name].to_pylist():
        expected[row.get("document_id") or whose[row["task_id"]]].append(row)
    assert {document: rows.list_rows(document) for document in ("towns", "villages")} == {
        document: expected[document] for document in whose.values()
    }
    assert rows.list_rows("nowhere") == []


def test_a_change_belongs_to_the_document_that_its_row_is_of() -> None:
    ids = ["towns", "villages", "towns/t01", "towns/t01 office lead", "towns-2/t01"]
    changes = index_rows("changes", {"changes": pa.table({"row_id": ids})})
    assert {
        document: [row["row_id"] for row in changes.list_rows(document)]
        for document in ("towns", "villages", "towns-2")
    } == {
        "towns": ["towns", "towns/t01", "towns/t01 office lead"],
        "villages": ["villages"],
        "towns-2": ["towns-2/t01"],
    }


def test_rows_that_lie_apart_are_put_together() -> None:
    rows = make_rows(("a", "1"), ("b", "2"), ("a", "3"))
    assert list_texts(rows, "a") == ["1", "3"]
    assert find_changed_owners(rows, make_rows(("a", "1"), ("b", "2"), ("a", "4"))) == {"a"}
    assert find_changed_owners(rows, make_rows(("a", "1"), ("b", "2"), ("a", "3"))) == set()


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((("a", "1"), ("b", "2"), ("b", "3"), ("c", "4"), ("d", "5")), set()),
        ((("a", "1"), ("b", "2"), ("b", "x"), ("c", "4"), ("d", "5")), {"b"}),
        ((("a", "x"), ("b", "2"), ("b", "3"), ("c", "4"), ("d", "x")), {"a", "d"}),
        ((("a", "1"), ("b", "2"), ("c", "4"), ("d", "5")), {"b"}),
        ((("a", "1"), ("b", "2"), ("b", "3"), ("bb", "9"), ("c", "x"), ("d", "5")), {"bb", "c"}),
        ((("b", "2"), ("b", "3"), ("c", "4"), ("d", "5")), {"a"}),
        ((), {"a", "b", "c", "d"}),
    ],
)
def test_differences_are_the_same_in_both_directions(other: tuple[tuple[str, str], ...], expected: set[str]) -> None:
    rows = make_rows(("a", "1"), ("b", "2"), ("b", "3"), ("c", "4"), ("d", "5"))
    assert find_changed_owners(rows, make_rows(*other)) == find_changed_owners(make_rows(*other), rows) == expected
