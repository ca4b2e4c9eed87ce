"""A document has a new edition where its rows or the places of its rows changed, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.editions import Editions, extend_editions, find_altered_documents, parse_editions
from tests.transform.plans import PLAN, announced, dataset
from transform.draft import draft_release

OTHER = (("Paths", ("Mark the paths over the hills.", "Repair the bridge of the mill.")),)


def tables(*plans: Any) -> Any:
    sources = [{"id": plan.source_id, "url": plan.url + plan.source_id} for plan in plans]
    return draft_release(dataset(sources=sources), list(plans)).tables


BOTH = tables(announced(PLAN), announced(OTHER, source_id="villages"))


def test_all_documents_of_a_first_version_are_new() -> None:
    assert find_altered_documents(None, BOTH) == ["towns", "villages"]


def test_a_document_that_stays_has_no_new_edition() -> None:
    assert find_altered_documents(BOTH, BOTH) == []
    moved = tables(announced(PLAN), announced(OTHER, source_id="villages", advert="An advert\n\n"))
    assert find_altered_documents(BOTH, moved) == ["villages"]


def test_a_document_that_goes_has_none() -> None:
    assert find_altered_documents(BOTH, tables(announced(PLAN))) == []


def test_each_version_has_the_newest_edition_that_is_not_younger() -> None:
    editions = Editions(("1.0.0", "1.1.0", "10.0.0"), {"towns": ("1.0.0", "10.0.0")})
    assert [editions.find("towns", version) for version in editions.versions] == ["1.0.0", "1.0.0", "10.0.0"]
    with pytest.raises(KeyError):
        Editions(("1.0.0", "1.1.0"), {"villages": ("1.1.0",)}).find("villages", "1.0.0")


def test_editions_are_not_read_again_unless_a_version_was_withdrawn() -> None:
    versions = {"1.0.0": tables(announced(PLAN)), "1.1.0": BOTH}
    read: list[str] = []

    def reading(version: str) -> Any:
        read.append(version)
        return versions[version]

    first = extend_editions(Editions(), ["1.0.0"], reading)
    read.clear()
    second = extend_editions(first, ["1.0.0", "1.1.0"], reading)
    assert second.documents == {"towns": ("1.0.0",), "villages": ("1.1.0",)}
    assert parse_editions(second.to_json()) == second
    read.clear()
    assert extend_editions(second, ["1.0.0", "1.1.0"], reading) == second
    assert read == []
    assert extend_editions(second, ["1.1.0"], reading).documents == {"towns": ("1.1.0",), "villages": ("1.1.0",)}


@pytest.mark.parametrize("nothing", [None, [], {}, {"versions": 1, "documents": {}}, {"versions": [], "documents": []}])
def test_malformed_editions_are_made_anew(nothing: Any) -> None:
    assert parse_editions(nothing) == Editions()
