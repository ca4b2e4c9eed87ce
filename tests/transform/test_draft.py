"""Each change of a source gives the version and the ids that a careful person expects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.transform.plans import PLAN, Areas, after, announced, dataset
from transform.draft import draft_release
from transform.models import Draft
from transform.schema import TABLES, build_arrow_schema

FERRIES, SCHOOLS = PLAN


def first() -> Draft:
    return draft_release(dataset(), [announced()])


def ids(draft: Draft, table: str = "tasks", key: str = "task_id", words: str = "text") -> dict[str, str]:
    return {row[words]: row[key] for row in draft.tables[table].to_pylist()}


def changed(draft: Draft) -> list[tuple[str, str, str, str]]:
    return [(one.table_name, one.row_id, one.change, one.column_name) for one in draft.changes]


def rows(draft: Draft, table: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = draft.tables[table].to_pylist()
    return listed


def test_the_first_release_is_1_0_0_and_changes_nothing() -> None:
    draft = first()
    assert draft.version == "1.0.0"
    assert draft.changes == ()
    assert list(ids(draft).values()) == [f"towns/t{number:02d}" for number in range(1, 5)]


def test_every_table_is_there_and_has_the_schemas_columns() -> None:
    draft = first()
    assert list(draft.tables) == list(TABLES)
    for name, table in draft.tables.items():
        assert table.schema.equals(build_arrow_schema(TABLES[name]), check_metadata=True)


def test_the_same_again_is_no_release() -> None:
    draft = after(first(), announced())
    assert (draft.version, draft.changes) == (None, ())


def test_text_above_that_moves_every_span_is_no_change_of_data() -> None:
    old = first()
    draft = after(old, announced(advert="Ads\n\n"))
    assert rows(draft, "tasks")[0]["span_start"] == rows(old, "tasks")[0]["span_start"] + 5
    assert rows(draft, "captures")[0]["capture_id"] != rows(old, "captures")[0]["capture_id"]
    assert draft.version is None
    assert draft.content_hash == old.content_hash


def test_one_word_altered_is_a_patch_with_one_change() -> None:
    areas: Areas = ((FERRIES[0], (FERRIES[1][0], "Build a harbour for night ferries.")), SCHOOLS)
    draft = after(first(), announced(areas))
    assert draft.version == "1.0.1"
    (change,) = draft.changes
    assert (change.table_name, change.row_id, change.change, change.column_name) == (
        "tasks",
        "towns/t02",
        "altered",
        "text",
    )
    assert (change.before, change.after) == ("Build a pier for night ferries.", "Build a harbour for night ferries.")
    assert list(ids(draft).values()) == list(ids(first()).values())
    assert [(one.row_id, one.rule) for one in draft.uncertain] == [("towns/t02", "same label and place")]


def test_one_more_task_is_a_minor_version_and_the_others_keep_their_ids() -> None:
    areas: Areas = ((FERRIES[0], ("Paint the ferries.", *FERRIES[1])), SCHOOLS)
    draft = after(first(), announced(areas))
    assert draft.version == "1.1.0"
    assert ids(draft) == ids(first()) | {"Paint the ferries.": "towns/t05"}
    assert ("tasks", "towns/t05", "added", "*") in changed(draft)
    assert ("tasks", "towns/t01", "altered", "label") in changed(draft)
    assert ("claims", "towns/claim-tasks", "altered", "stated") in changed(draft)
    added = next(one for one in draft.changes if one.row_id == "towns/t05")
    assert json.loads(added.after or "")["text"] == "Paint the ferries."


def test_a_task_removed_is_a_major_version_and_its_id_is_never_used_again() -> None:
    areas: Areas = (FERRIES, (SCHOOLS[0], SCHOOLS[1][:1]))
    gone = after(first(), announced(areas))
    assert gone.version == "2.0.0"
    assert ("tasks", "towns/t04", "removed", "*") in changed(gone)
    assert [(row["old_id"], row["new_id"], row["version"], row["event"]) for row in rows(gone, "id_history")] == [
        ("towns/t04", None, "2.0.0", "removed")
    ]
    assert all(ids(gone)[text] == old for text, old in ids(first()).items() if text in ids(gone))
    more = after(gone, announced((FERRIES, (SCHOOLS[0], (SCHOOLS[1][0], "Buy books for every class.")))))
    assert more.version == "2.1.0"
    assert ids(more)["Buy books for every class."] == "towns/t05"
    assert len(rows(more, "id_history")) == 1


def test_a_task_that_moves_to_another_area_keeps_its_id() -> None:
    areas: Areas = ((FERRIES[0], FERRIES[1][:1]), (SCHOOLS[0], (*SCHOOLS[1], FERRIES[1][1])))
    draft = after(first(), announced(areas))
    assert ids(draft) == ids(first())
    assert ("tasks", "towns/t02", "altered", "area_id") in changed(draft)


def test_an_area_that_is_renamed_keeps_its_id() -> None:
    draft = after(first(), announced(((FERRIES[0], FERRIES[1]), ("Sharing the Schools", SCHOOLS[1]))))
    assert draft.version == "1.0.1"
    assert changed(draft) == [("areas", "towns/a02", "altered", "title")]


def test_another_source_is_added_and_taken_away() -> None:
    both = after(first(), announced(), announced(PLAN[:1], source_id="villages"))
    assert both.version == "1.1.0"
    assert ids(both, "documents", "document_id", "source_id") == {"towns": "towns", "villages": "villages"}
    assert {one.change for one in both.changes} == {"added"}
    assert after(both, announced()).version == "2.0.0"


def test_a_claim_that_stops_holding_refuses_the_release_until_a_person_accepts_it() -> None:
    wrong = announced((FERRIES, (SCHOOLS[0], SCHOOLS[1][:1])), count=4)
    draft = after(first(), wrong)
    (check,) = draft.blocking_checks
    assert check.name == "claims-still-hold"
    assert "4 tasks" in check.detail
    accepted = after(first(), wrong, accept=[{"check": "claims-still-hold", "reason": "the town hall miscounted"}])
    assert not accepted.blocking_checks
    assert {check.accepted for check in accepted.checks} == {None, "the town hall miscounted"}


def test_a_claim_that_never_held_is_published_as_it_is() -> None:
    draft = draft_release(dataset(), [announced(count=7)])
    assert not draft.blocking_checks
    assert [row["holds"] for row in rows(draft, "claims") if row["counted"] == "tasks"] == [False]


@pytest.mark.parametrize("count", [1, 5])
def test_claims_keep_their_ids_over_versions(count: int) -> None:
    draft = first()
    for _ in range(count):
        draft = after(draft, announced())
    assert ids(draft, "claims", "claim_id", "counted") == {"tasks": "towns/claim-tasks", "areas": "towns/claim-areas"}


def test_deep_links_open_the_page_at_the_task() -> None:
    assert rows(first(), "tasks")[0]["deep_link"].endswith("/plan#:~:text=Run%20one%20timetable%20for%20all%20ferries.")


def test_ids_do_not_shift_when_a_task_is_put_before_others_that_are_reworded() -> None:
    def improve(*towns: str, where: str = "valley") -> Areas:
        return (("Roads", tuple(f"Improve the roads of {town} in the {where}." for town in towns)),)

    numbers = tuple(f"town number {number}" for number in range(1, 6))
    old = draft_release(dataset(), [announced(improve(*numbers))])
    new = after(old, announced(improve("the new town of Xi", *numbers, where="wide valley")))
    kept = {row["text"].split(" in ")[0]: row["task_id"] for row in rows(old, "tasks")}
    assert {row["text"].split(" in ")[0]: row["task_id"] for row in rows(new, "tasks")} == kept | {
        "Improve the roads of the new town of Xi": "towns/t06"
    }


def test_two_sources_that_serve_the_same_bytes_share_a_capture() -> None:
    draft = draft_release(dataset(), [announced(), announced(source_id="villages")])
    assert not draft.blocking_checks
    assert len(rows(draft, "captures")) == 1
    assert len(rows(draft, "documents")) == 2
