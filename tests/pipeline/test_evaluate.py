from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.evaluate.comparison import (
    BETTER,
    WORSE,
    compare_documents,
    compare_totals,
    describe_evaluation,
    read_evaluation,
)
from pipeline.evaluate.measures import Counts, Figures, measure_document
from pipeline.evaluate.run import measure_documents
from pipeline.evaluate.totals import Band, add_up, collect_bands
from pipeline.evaluate.truth import AnnotatedDocument, Truth, TruthError, read_documents
from pipeline.read.workers import WORKERS, ReadingError
from tests.conftest import FIXTURES

ANNOTATED = FIXTURES / "annotated"

TRUTH = {
    "title": "Plan for the Old Harbour",
    "published_date": "2024-05",
    "areas": [{"label": "I.", "title": "Quays"}, {"label": "II.", "title": "Boats"}],
    "tasks": [
        {
            "label": "1.",
            "area_label": "I.",
            "title": "Repair the northern quay",
            "lead_bodies": ["Port Office"],
            "support_bodies": ["Town Council"],
            "deadline": "by the end of 2026",
        },
        {"label": "1.", "area_label": "II.", "title": "Buy two ferries", "lead_bodies": ["Ferry Board"]},
    ],
}


def read_as(**changes: Any) -> dict[str, Any]:
    """A reading that is right, but for the changes: of the first task, or `document`, `areas` or `tasks` as a whole."""
    first = {
        "label": "1.",
        "level": 1,
        "title": "Repair the northern quay",
        "text": "Repair the northern quay by the end of 2026.",
        "area_ordinal": 1,
        "assignments": [{"body": "Port Office", "role": "lead"}, {"body": "Town Council", "role": "support"}],
        "deadline": "by the end of 2026",
    }
    second = {
        "label": "1.",
        "level": 1,
        "title": "Buy two ferries",
        "text": "Buy two ferries",
        "area_ordinal": 2,
        "assignments": [{"body": "Ferry Board", "role": "lead"}],
        "deadline": None,
    }
    whole: dict[str, Any] = {n: changes.pop(n) for n in ("document", "areas", "tasks") if n in changes}
    return {
        "document": {"title": "Plan for the Old Harbour", "plan_title": None, "published_date": "2024-05-09"},
        "areas": [{"ordinal": 1, "label": "I.", "title": "Quays"}, {"ordinal": 2, "label": "II.", "title": "Boats"}],
        "tasks": [{**first, **changes}, second],
        **whole,
    }


def measure(reading: dict[str, Any] | None, truth: dict[str, Any] | None = None, *, is_soft: bool = False) -> Figures:
    document = AnnotatedDocument(
        "harbour", Path("source.txt"), Truth.model_validate_json(json.dumps(truth or TRUTH)), is_soft
    )
    return measure_document(document, reading, None if reading else "it ended")


def test_a_right_reading_is_right_in_everything() -> None:
    assert measure(read_as()) == Figures(
        "harbour",
        True,
        tasks=Counts(2),
        placed=2,
        areas=Counts(2),
        bodies=Counts(3),
        leads=Counts(2),
        deadlines=Counts(1),
        title=True,
        date=True,
    )
    assert measure(read_as()).is_right


@pytest.mark.parametrize(
    ("changes", "figure", "value"),
    [
        ({"title": "Repair the northern quays"}, "tasks", Counts(2)),  # nearly the same
        ({"title": "Repair"}, "tasks", Counts(2)),  # the beginning of it
        ({"title": "Quay", "text": "Repair the northern quay, at last"}, "tasks", Counts(2)),  # by its text
        ({"title": "Paint the light", "text": "Paint the light"}, "tasks", Counts(1, 1, 1)),
        ({"level": 2}, "tasks", Counts(1, 0, 1)),
        ({"area_ordinal": 2}, "placed", 1),
        ({"area_ordinal": None}, "placed", 1),
        ({"assignments": []}, "bodies", Counts(1, 0, 2)),
        ({"assignments": [{"body": "PORT OFFICE", "role": "support"}]}, "bodies", Counts(2, 0, 1)),
        ({"assignments": [{"body": "Port Office", "role": "support"}]}, "leads", Counts(1, 0, 1)),
        ({"assignments": [{"body": "Mayor", "role": "lead"}]}, "leads", Counts(1, 1, 1)),
        ({"title": "Paint the light", "text": "Paint the light"}, "bodies", Counts(1, 0, 2)),
        ({"deadline": "end of 2026"}, "deadlines", Counts(1)),
        ({"deadline": None}, "deadlines", Counts(0, 0, 1)),
        ({"areas": [{"ordinal": 1, "label": "I.", "title": "Quays"}]}, "areas", Counts(1, 0, 1)),
        ({"areas": [{"ordinal": 1, "label": "", "title": "Foreword"}]}, "areas", Counts(0, 1, 2)),
        ({"areas": [{"ordinal": 9, "label": "", "title": "Foreword"}]}, "areas", Counts(0, 0, 2)),  # holds no task
        ({"document": {"title": "Plan for the Old"}}, "title", False),
        ({"document": {"title": "News", "plan_title": "Plan for the Old Harbour"}}, "title", True),
        ({"document": {"published_date": "2023-05-09"}}, "date", False),
        ({"document": {"confidence": 0.25}}, "confidence", 0.25),
    ],
)
def test_each_figure_shows_what_was_read(changes: dict[str, Any], figure: str, value: object) -> None:
    assert getattr(measure(read_as(**changes)), figure) == value


def test_of_two_tasks_that_are_alike_the_one_with_the_same_label_is_taken() -> None:
    truth = {
        "areas": [{"label": "I.", "title": "Quays"}],
        "tasks": [{"label": "2.", "title": "Dredge", "area_label": "I."}],
    }
    alike = [{"label": label, "title": "Dredge", "area_ordinal": area} for label, area in (("1.", 2), ("2.", 1))]
    assert measure(read_as(tasks=alike), truth).placed == 1


def test_a_date_that_only_the_address_states_is_not_scored() -> None:
    assert measure(read_as(document={}), {**TRUTH, "published_date_note": "only in the URL"}).date is None


def test_a_text_without_tasks_is_right_if_none_is_found() -> None:
    assert measure(read_as(tasks=[]), {"tasks": []}).is_right
    assert measure(read_as(), {"tasks": []}).tasks == Counts(false=2)
    assert not measure(None, {"tasks": []}).is_right


def test_the_totals_are_those_of_all_documents_but_soft_ones() -> None:
    wrong = measure(read_as(title="Paint the light", text="", document={"confidence": 0.95}))
    held = measure(read_as(tasks=[], document={"confidence": 0.15}))
    documents = [
        measure(read_as()),
        wrong,
        held,
        measure(None, is_soft=True),
        measure(read_as(tasks=[]), {"tasks": []}, is_soft=True),
        measure(read_as(), {"tasks": []}),
    ]
    totals = add_up(documents)
    assert totals == pytest.approx(
        {
            "documents": 3,
            "task_f1": 6 / 10,
            "task_precision": 3 / 4,
            "task_recall": 3 / 6,
            "placed": 1.0,
            "area_f1": 1.0,  # in the third no area holds tasks, but all are there
            "macro_f1": (1 + 1 / 2 + 0) / 3,
            "whole_documents": 1 / 3,
            "held": 1 / 5,
            "silent": 2 / 5,
            "bodies_f1": 8 / 13,
            "leads_f1": 1.0,
            "deadline_f1": 1.0,
            "titles": 1 / 3,
            "dates": 1 / 3,
            "negatives": 2,
            "negatives_clean": 1,
            "failures": 1,
        }
    )
    assert add_up(documents, sure=0.97)["silent"] == pytest.approx(1 / 5)
    low, high = collect_bands(documents)
    assert low == Band(0.15, 0, 1)
    assert high == Band(high.claimed, 2, 4)
    assert high.claimed == pytest.approx(0.9875)
    assert add_up([])["macro_f1"] == 0.0


def test_documents_of_a_folder_are_read_and_measured_in_processes() -> None:
    documents = read_documents(ANNOTATED)
    assert [(each.name, len(each.truth.tasks)) for each in documents] == [
        ("en-mill-valley", 4),
        ("en-open-letter", 0),
        ("zh-two-lakes", 3),
    ]
    figures = list(measure_documents(documents, 2))
    assert all(each.is_right for each in figures)
    (lakes,) = [each for each in figures if each.name == "zh-two-lakes"]
    assert (lakes.bodies, lakes.leads, lakes.deadlines) == (Counts(6), Counts(3), Counts(1))
    assert [each.name for each in read_documents(ANNOTATED, only=["zh-two-lakes"])] == ["zh-two-lakes"]
    assert read_documents(ANNOTATED, only=["zh-two-lakes"], soft=["zh-two-lakes"])[0].is_soft


def test_a_document_that_cannot_be_read_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ReadingError("reading it takes more than 20 seconds")

    monkeypatch.setattr(WORKERS, "call", refuse)
    (figures,) = measure_documents(read_documents(ANNOTATED, only=["zh-two-lakes"]), 1)
    assert figures.failure == "reading it takes more than 20 seconds"
    assert figures.tasks == Counts(missed=3)
    assert add_up([figures])["failures"] == 1


@pytest.mark.parametrize(
    ("truth", "where", "what", "fix"),
    [
        ('{"tasks": [', "truth.json", "is not JSON", "correct it there"),
        ("[]", "truth.json", "is not an object", "write it in { }"),
        ("{}", "truth.json", "tasks: is missing", "add it"),
        ('{"tasks": {}}', "truth.json", "tasks: is not a list", "write it in [ ]"),
        ('{"tasks": [{"label": "1."}]}', "truth.json", "tasks[0].title: is missing", "add it"),
        ('{"tasks": [{"title": ""}]}', "truth.json", "tasks[0].title: is empty", "write what the document states"),
        ('{"tasks": [{"title": "A", "label": 1}]}', "truth.json", "tasks[0].label: is not text (1)", "in quotes"),
        (
            '{"tasks": [], "published_date": "9 May"}',
            "truth.json",
            'published_date: is not a day ("9 May")',
            "2026-03-31",
        ),
        (
            '{"areas": [{"title": "Quays"}], "tasks": [{"title": "A"}, {"title": "B", "area_label": "II."}]}',
            "truth.json",
            'tasks[1].area_label: no area has it ("II.")',
            "write it as in areas",
        ),
    ],
)
def test_a_mistake_in_a_truth_says_where_what_and_what_to_do(
    tmp_path: Path, truth: str, where: str, what: str, fix: str
) -> None:
    folder = tmp_path / "harbour"
    folder.mkdir()
    (folder / "source.txt").write_text("A plan", encoding="utf-8")
    (folder / "truth.json").write_text(truth, encoding="utf-8")
    with pytest.raises(TruthError) as caught:
        read_documents(tmp_path)
    assert caught.value.where == str(folder / where)
    assert what in caught.value.what
    assert fix in caught.value.fix
    assert "\n" not in str(caught.value)


def test_a_folder_that_holds_no_documents_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r"nowhere: cannot be read .*; name a folder"):
        read_documents(tmp_path / "nowhere")
    with pytest.raises(TruthError, match=r"holds no folder with a truth\.json"):
        read_documents(tmp_path)
    (tmp_path / "harbour").mkdir()
    (tmp_path / "harbour" / "meta.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TruthError, match=r"harbour: has no file source\.\*"):
        read_documents(tmp_path)
    with pytest.raises(TruthError, match=r"holds no document 'harbor'; did you mean harbour\?"):
        read_documents(tmp_path, only=["harbor"])


def test_two_evaluations_are_compared_by_document_and_in_total() -> None:
    before = [measure(read_as(title="Paint the light", text="")), measure(read_as(), {"tasks": []})]
    now = [measure(read_as()), measure(read_as(), {"tasks": []})]
    old, new = (
        {f"document {number}": document for number, document in enumerate(describe(documents))}
        for documents in (before, now)
    )
    (better,) = compare_documents(old, new)
    assert (better.name, better.kind) == ("document 0", BETTER)
    assert ("right", 0.0, 1.0) in better.changes
    assert ("tasks", 0.5, 1.0) in better.changes
    (worse,) = compare_documents(new, old)
    assert worse.kind == WORSE
    kinds = {name: kind for name, kind, *_ in compare_totals(add_up(before), add_up(now))}
    assert kinds["macro_f1"] == BETTER
    assert kinds["silent"] == BETTER
    assert [each.kind for each in compare_documents({"a": {}}, {"b": {}})] == ["only now", "only before"]


def describe(documents: list[Figures]) -> list[dict[str, float | None]]:
    """The figures by name of each document."""
    return [next(iter(describe_evaluation([each], 0.9)["documents"].values()))["figures"] for each in documents]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"documents": {"a": {"figures": {"tasks": "x"}}}, "totals": {}}'])
def test_a_file_that_is_no_evaluation_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "before.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TruthError, match=r"before\.json: is not an evaluation; name a file that policytasks evaluate"):
        read_evaluation(path)
