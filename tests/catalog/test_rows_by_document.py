"""Each row belongs to one document, and what differs between two tables is told by document."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pytest

from catalog.rows_by_document import RowsByDocument, find_changed_owners, index_rows
from tests.catalog.test_editions import BOTH


def of(*rows: tuple[str, str]) -> RowsByDocument:
    """A table of documents' ids and words."""
    ids, words = zip(*rows, strict=True) if rows else ((), ())
    schema = pa.schema([("document_id", pa.string()), ("text", pa.string())])
    return index_rows("claims", {"claims": pa.table({"document_id": ids, "text": words}, schema=schema)})


def text_of(one: RowsByDocument, owner: str) -> list[str]:
    return [row["text"] for row in one.list_rows(owner)]


@pytest.mark.parametrize("name", ["documents", "areas", "tasks", "assignments", "claims", "citations", "mentions"])
def test_every_row_is_one_documents_and_in_its_order(name: str) -> None:
    found = index_rows(name, BOTH)
    whose = {row["task_id"]: row["document_id"] for row in BOTH["tasks"].to_pylist()}
    expected: dict[str, list[Any]] = defaultdict(list)
    for row in BOTH[name].to_pylist():
        expected[row.get("document_id") or whose[row["task_id"]]].append(row)
    assert {one: found.list_rows(one) for one in ("towns", "villages")} == {
        one: expected[one] for one in whose.values()
    }
    assert found.list_rows("nowhere") == []


def test_a_change_belongs_to_the_document_that_its_row_is_of() -> None:
    ids = ["towns", "villages", "towns/t01", "towns/t01 office lead", "towns-2/t01"]
    changes = index_rows("changes", {"changes": pa.table({"row_id": ids})})
    assert {one: [row["row_id"] for row in changes.list_rows(one)] for one in ("towns", "villages", "towns-2")} == {
        "towns": ["towns", "towns/t01", "towns/t01 office lead"],
        "villages": ["villages"],
        "towns-2": ["towns-2/t01"],
    }


def test_rows_that_lie_apart_are_put_together() -> None:
    one = of(("a", "1"), ("b", "2"), ("a", "3"))
    assert text_of(one, "a") == ["1", "3"]
    assert find_changed_owners(one, of(("a", "1"), ("b", "2"), ("a", "4"))) == {"a"}
    assert find_changed_owners(one, of(("a", "1"), ("b", "2"), ("a", "3"))) == set()


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
def test_what_differs_is_told_whichever_way_round(other: tuple[tuple[str, str], ...], expected: set[str]) -> None:
    one = of(("a", "1"), ("b", "2"), ("b", "3"), ("c", "4"), ("d", "5"))
    assert find_changed_owners(one, of(*other)) == find_changed_owners(of(*other), one) == expected
