"""Decisions in the dataset's file: identity rules, corrections, aliases and accepted checks."""

from __future__ import annotations

from typing import Any

import pytest

from config.errors import ConfigurationError
from tests.transform.plans import PLAN, Areas, after, announced, dataset, previous
from transform.corrections import check_corrections
from transform.draft import draft_release, list_leaving_ids
from transform.models import Draft, WithdrawnId

FERRIES, SCHOOLS = PLAN


def first(**settings: Any) -> Draft:
    return draft_release(dataset(**settings), [announced()])


def task_ids(draft: Draft) -> dict[str, str]:
    return {row["text"]: row["task_id"] for row in draft.tables["tasks"].to_pylist()}


def history(draft: Draft) -> list[tuple[str, str, str | None]]:
    return [(row["old_id"], row["event"], row["new_id"]) for row in draft.tables["id_history"].to_pylist()]


HALLS = "Heat the town halls with the warmth of the sea."
WITH_HALLS: Areas = ((FERRIES[0], (FERRIES[1][0], HALLS)), SCHOOLS)
SAME = {"words": HALLS, "is": "towns/t02", "reason": "the pier was to be heated from the start"}


def test_without_a_word_another_wording_is_another_task() -> None:
    draft = after(first(), announced(WITH_HALLS))
    assert task_ids(draft)[HALLS] == "towns/t05"
    assert history(draft) == [("towns/t02", "removed", None)]


def test_a_person_says_that_it_is_the_same_task() -> None:
    draft = after(first(), announced(WITH_HALLS), identity=[SAME])
    assert task_ids(draft)[HALLS] == "towns/t02"
    assert (draft.version, history(draft), draft.notes) == ("1.0.1", [], ())


def test_a_rule_that_has_done_its_work_is_reported() -> None:
    draft = after(first(), announced(WITH_HALLS), identity=[SAME])
    again = after(draft, announced(WITH_HALLS), identity=[SAME])
    assert task_ids(again)[HALLS] == "towns/t02"
    assert again.notes == ("identity[0]: is so without the rule; it can be taken out",)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({**SAME, "words": "Nobody says this"}, "no row begins with “Nobody says this”"),
        ({**SAME, "is": "towns/t77"}, "towns/t77 was never an id of this dataset"),
        ({"id": "towns/t44", "is": "towns/t02", "reason": "guess"}, "towns/t44 is no row's id any more"),
    ],
)
def test_a_rule_that_cannot_be_applied_is_reported_and_nothing_is_done(rule: dict[str, str], said: str) -> None:
    draft = after(first(), announced(WITH_HALLS), identity=[rule])
    assert said in draft.notes[0]
    assert task_ids(draft)[HALLS] == "towns/t05"


def test_a_task_published_under_two_ids_gets_its_first_one_back() -> None:
    minted = after(first(), announced(WITH_HALLS))
    rule = {"id": "towns/t05", "is": "towns/t02", "reason": "it was reworded, and not replaced"}
    draft = after(minted, announced(WITH_HALLS), identity=[rule])
    assert task_ids(draft)[HALLS] == "towns/t02"
    assert ("towns/t05", "renamed", "towns/t02") in history(draft)
    again = after(draft, announced(WITH_HALLS), identity=[rule])
    assert (again.version, task_ids(again)[HALLS]) == (None, "towns/t02")
    assert "towns/t05 is no row's id any more" in again.notes[0]


def test_a_person_says_that_it_is_not_the_same_task() -> None:
    harbour = "Build a harbour for night ferries."
    reworded: Areas = ((FERRIES[0], (FERRIES[1][0], harbour)), SCHOOLS)
    assert task_ids(after(first(), announced(reworded)))[harbour] == "towns/t02"
    rule = {"words": harbour, "is_not": "towns/t02", "reason": "the pier was given up"}
    draft = after(first(), announced(reworded), identity=[rule])
    assert task_ids(draft)[harbour] == "towns/t05"
    again = after(draft, announced(reworded), identity=[rule])
    assert (again.version, task_ids(again)[harbour]) == (None, "towns/t05")


CORRECTION = {
    "table": "tasks",
    "row": "towns/t02",
    "column": "text",
    "expect": "Build a pier for night ferries.",
    "correct": "Build a pier for day ferries.",
    "reason": "the plan itself says day",
    "tell": "editor@harbourtimes.example",
}


def test_a_correction_is_applied_published_and_makes_a_patch() -> None:
    draft = after(first(), announced(), corrections=[CORRECTION])
    assert (draft.version, draft.metadata_changed) == ("1.0.1", ("corrections",))
    assert task_ids(draft)["Build a pier for day ferries."] == "towns/t02"
    (row,) = draft.tables["corrections"].to_pylist()
    assert (row["stated"], row["corrected"], row["tell"]) == (
        CORRECTION["expect"],
        CORRECTION["correct"],
        CORRECTION["tell"],
    )
    assert after(draft, announced(), corrections=[CORRECTION]).version is None


def test_a_correction_does_not_outlive_the_mistake() -> None:
    draft = after(first(), announced(), corrections=[CORRECTION])
    mended: Areas = ((FERRIES[0], (FERRIES[1][0], "Build a pier for all ferries.")), SCHOOLS)
    again = after(draft, announced(mended), corrections=[CORRECTION])
    assert task_ids(again)["Build a pier for all ferries."] == "towns/t02"
    assert again.tables["corrections"].num_rows == 0
    assert "the source says “Build a pier for all ferries.” of text of towns/t02 now" in again.notes[0]


def test_the_same_words_stay_certain_although_they_were_corrected() -> None:
    draft = after(first(), announced(), corrections=[CORRECTION])
    again = after(draft, announced(advert="Ads\n\n"), corrections=[CORRECTION])
    assert again.uncertain == ()


def test_a_corrected_count_decides_anew_whether_the_claim_holds() -> None:
    wrong = {"table": "claims", "row": "towns/claim-tasks", "column": "stated", "expect": 7, "correct": 4, "reason": "seven was the draft"}  # fmt: skip
    draft = draft_release(dataset(corrections=[wrong]), [announced(count=7)])
    assert [row["holds"] for row in draft.tables["claims"].to_pylist() if row["counted"] == "tasks"] == [True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table": "changes"}, "table: 'changes' cannot be corrected; write one of documents, areas, tasks,"),
        ({"column": "task_id"}, "column: 'task_id' of tasks cannot be corrected; write one of level, ordinal, label,"),
        (
            {"column": "deadline", "expect": None, "correct": "soon"},
            "correct: 'soon' is not a value of tasks.deadline; write one of type date",
        ),
        ({"column": "label", "expect": 4.0}, "expect: 4.0 is not text; put it in quotes"),
        ({"correct": " "}, "correct: ' ' is not a value of tasks.text; write one of type string"),
        (
            {"column": "kind", "expect": "core", "correct": "main"},
            "correct: 'main' is not a value of tasks.kind; write one of core, safeguard",
        ),
        ({"correct": None}, "correct: tasks.text cannot be empty; write a value"),
    ],
)
def test_a_correction_that_can_never_apply_is_refused(change: dict[str, Any], message: str) -> None:
    settings = dataset(corrections=[{**CORRECTION, **change}])
    with pytest.raises(ConfigurationError) as caught:
        check_corrections(settings.corrections, "datasets/towns.yaml")
    assert str(caught.value).startswith(f"datasets/towns.yaml: corrections[0].{message}")


def test_a_cell_is_corrected_once() -> None:
    settings = dataset(corrections=[CORRECTION, {**CORRECTION, "correct": "Another text."}])
    with pytest.raises(
        ConfigurationError, match=r"corrections\[1\]\.column: text of towns/t02 is corrected twice; keep"
    ):
        check_corrections(settings.corrections, "datasets/towns.yaml")


def test_a_dataset_says_which_names_are_one_body() -> None:
    plan = announced((("Ferries", ("Light the pier. (Lead: Harbour Office)", "Sell it. (Lead: HO)")),))
    apart = draft_release(dataset(), [plan])
    assert {row["name"] for row in apart.tables["bodies"].to_pylist()} == {"Harbour Office", "HO"}
    alias = [{"name": "Harbour Office", "also": ["HO"]}]
    one = after(apart, plan, aliases=alias)
    assert [row["name"] for row in one.tables["bodies"].to_pylist()] == ["Harbour Office"]
    assert {row["stated_as"] for row in one.tables["assignments"].to_pylist()} == {"Harbour Office", "HO"}
    assert ("ho", "merged", "harbour-office") in history(one)
    assert one.version == "2.0.0"


def test_an_id_of_a_withdrawn_version_is_never_given_to_anything_else() -> None:
    old = first()
    more = after(old, announced(((FERRIES[0], (*FERRIES[1], "Paint the ferries.")), SCHOOLS)))
    gone = tuple(
        WithdrawnId(**row, version="1.1.0", reason="it was a draft")
        for row in list_leaving_ids(more.tables, old.tables)
    )
    assert [one.row_id for one in gone] == ["towns/t05"]
    known = {"highest": "1.1.0", "withdrawn": gone}
    other = announced(((FERRIES[0], (*FERRIES[1], "Count the swans.")), SCHOOLS))
    draft = draft_release(dataset(), [other], previous(old, **known), {})
    assert (draft.version, task_ids(draft)["Count the swans."]) == ("1.2.0", "towns/t06")
    assert history(draft) == [("towns/t05", "withdrawn", None)]
    same = announced(((FERRIES[0], (*FERRIES[1], "Paint the ferries.")), SCHOOLS))
    back = draft_release(dataset(), [same], previous(old, **known), {})
    assert task_ids(back)["Paint the ferries."] == "towns/t05"
    assert history(back) == [("towns/t05", "withdrawn", None), ("towns/t05", "returned", "towns/t05")]


def test_rows_of_documents_that_did_not_change_are_taken_over_without_reading() -> None:
    old = draft_release(dataset(), [announced(), announced(PLAN[:1], source_id="villages")])
    plans = [announced(WITH_HALLS), announced(PLAN[:1], source_id="villages")]
    carried = draft_release(dataset(), plans, previous(old), {})
    assert set(carried.read_problems) == {"towns"}
    anew = draft_release(dataset(), plans, previous(old).__class__(old.version, old.tables, {}), {})
    assert set(anew.read_problems) == {"towns", "villages"}
    assert {name: table.to_pylist() for name, table in carried.tables.items()} == {
        name: table.to_pylist() for name, table in anew.tables.items()
    }


def test_a_source_that_adopts_its_correction_keeps_the_tasks_id() -> None:
    correction = {**CORRECTION, "correct": "Build a heated harbour hall for sailors."}
    draft = after(first(), announced(), corrections=[correction])
    adopted: Areas = ((FERRIES[0], (FERRIES[1][0], "Build a heated harbour hall for sailors.")), SCHOOLS)
    for settings in ({}, {"corrections": [correction]}):
        again = after(draft, announced(adopted), **settings)
        assert task_ids(again)["Build a heated harbour hall for sailors."] == "towns/t02"
        assert "removed" not in {change.change for change in again.changes}


def test_a_corrected_text_has_its_own_heading() -> None:
    draft = after(first(), announced(), corrections=[{**CORRECTION, "correct": "Build a pier. It is for all."}])
    (row,) = [row for row in draft.tables["tasks"].to_pylist() if row["task_id"] == "towns/t02"]
    assert row["title"] == "Build a pier"


TWO = {**SAME, "is": "towns/t03"}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([SAME, TWO], "identity[0]: contradicts identity[1]; nothing was done"),
        ([SAME, {**SAME, "words": "Run one"}], "identity[0]: contradicts identity[1]; nothing was done"),
        ([TWO], "identity[0]: towns/t03 is another row, which has the same words as before; nothing was done"),
    ],
)
def test_rules_that_contradict_each_other_or_the_page_do_nothing(rules: list[dict[str, str]], said: str) -> None:
    draft = after(first(), announced(WITH_HALLS), identity=rules)
    assert said in draft.notes
    assert task_ids(draft)[HALLS] == "towns/t05"


def test_a_rule_by_words_about_a_row_that_had_an_id_tells_of_it() -> None:
    minted = after(first(), announced(WITH_HALLS))
    draft = after(minted, announced(WITH_HALLS), identity=[SAME])
    assert task_ids(draft)[HALLS] == "towns/t02"
    (renamed,) = [row for row in draft.tables["id_history"].to_pylist() if row["event"] == "renamed"]
    assert (renamed["old_id"], renamed["new_id"], renamed["reason"]) == ("towns/t05", "towns/t02", SAME["reason"])


def test_a_source_that_is_called_otherwise_keeps_the_ids_of_its_rows() -> None:
    draft = after(first(), announced(source_id="harbours"))
    assert task_ids(draft) == task_ids(first())
    assert {row["document_id"] for row in draft.tables["tasks"].to_pylist()} == {"harbours"}
    assert "sources: harbours goes on from towns, which had the same address; its rows keep their ids" in draft.notes
    assert not draft.blocking_checks
    assert after(draft, announced(source_id="harbours")).version is None


def test_rows_that_are_all_exchanged_are_refused() -> None:
    others: Areas = (
        ("Common Health", ("Vaccinate the children of the bay.", "Paint the clinic green.")),
        ("Common Parks", ("Plant four hundred lime trees.", "Mow the meadows twice a year.")),
    )
    draft = after(first(), announced(others))
    assert "rows-stay" in {check.name for check in draft.blocking_checks}


def test_an_acceptance_for_another_version_is_told() -> None:
    wrong = announced((FERRIES, (SCHOOLS[0], SCHOOLS[1][:1])), count=4)
    accept = [{"check": "claims-still-hold", "version": "7.0.0", "reason": "the town hall miscounted"}]
    draft = after(first(), wrong, accept=accept)
    assert draft.blocking_checks
    assert draft.notes == ("accept[0]: it is for 7.0.0, and this would be 2.0.0",)


def test_a_chinese_task_is_split_and_merged_too() -> None:
    whole: Areas = (("共享港口", ("推进城市轨道交通建设，完善港口设施。", "加快建设环湖公路，打通断头路。")),)
    parts: Areas = (("共享港口", ("推进城市轨道交通建设。", "完善港口设施。", "加快建设环湖公路，打通断头路。")),)
    old = draft_release(dataset(), [announced(whole)])
    split = after(old, announced(parts))
    assert ("towns/t01", "split", "towns/t03") in history(split)
    merged = after(split, announced(whole))
    assert ("towns/t03", "merged", "towns/t01") in history(merged)


LED: Areas = (
    (FERRIES[0], ("Run one timetable. Lead: Ferry Office.", "Build a pier. Lead: Fire Service.")),
    SCHOOLS,
)


@pytest.mark.parametrize("advert", ["", "Ads\n\n"])
def test_a_corrected_name_of_a_body_stays_corrected(advert: str) -> None:
    """The next draft compares the correction with the name that the source states, and not with the corrected one."""
    rename = {
        "table": "bodies",
        "row": "fire-service",
        "column": "name",
        "expect": "Fire Service",
        "correct": "Fire and Rescue Service",
        "reason": "its full name",
    }
    draft = draft_release(dataset(corrections=[rename]), [announced(LED)])
    again = after(draft, announced(LED, advert=advert), corrections=[rename])
    assert (again.version, again.notes) == (None, ())
    assert "Fire and Rescue Service" in again.tables["bodies"]["name"].to_pylist()
    assert again.tables["corrections"].to_pylist() == draft.tables["corrections"].to_pylist()
    without = after(draft, announced(LED))
    assert "Fire Service" in without.tables["bodies"]["name"].to_pylist()
