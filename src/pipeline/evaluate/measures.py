"""What the reader gives for one document, and its truth, in; the figures of that document out.

A reading is the object that `policytasks extract --json` prints (`pipeline.plan_json`). Sub-tasks are not measured.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, TypeVar

from pipeline.evaluate.truth import AnnotatedDocument, TrueArea, TrueTask, Truth

Reading = Mapping[str, Any]
Entry = TypeVar("Entry", TrueArea, TrueTask)

# Similarity (0 to 1) from which on two titles are the same.
LEAST_ALIKE = 0.9
# A title that is the beginning of another one is the same, if it has so many letters.
LEAST_LETTERS = 4
# Letters of a true title that have to begin a task's text, if the title that was read is another one.
LETTERS_OF_TEXT = 24


@dataclass(frozen=True, slots=True)
class Counts:
    """How many were read rightly (`right`), read though they are not true (`false`), and not read (`missed`)."""

    right: int = 0
    false: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 if there was nothing to read and nothing was read."""
        total = 2 * self.right + self.false + self.missed
        return 2 * self.right / total if total else 1.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.false + other.false, self.missed + other.missed)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one document.

    `is_plan` says that it has tasks in truth; of a text without, only `tasks.false` (sub-tasks count too), `confidence`
    and `failure` say something. `placed` is the number of tasks read in the right area. `date` is None where no date
    is scored, `failure` why the document could not be read.
    """

    name: str
    is_plan: bool
    is_soft: bool = False
    confidence: float = 1.0
    failure: str | None = None
    tasks: Counts = field(default_factory=Counts)
    placed: int = 0
    areas: Counts = field(default_factory=Counts)
    bodies: Counts = field(default_factory=Counts)
    leads: Counts = field(default_factory=Counts)
    deadlines: Counts = field(default_factory=Counts)
    title: bool = False
    date: bool | None = None

    @property
    def is_right(self) -> bool:
        """Whether the document is right as a whole: exactly its tasks, each in its area; none if it has none."""
        if not self.is_plan:
            return not self.tasks.false and self.failure is None
        return not self.tasks.false and not self.tasks.missed and self.placed == self.tasks.right

    def is_silent(self, sure: float) -> bool:
        """Whether it is wrong and not held for a person: its confidence is at least `sure`."""
        return not self.is_right and self.confidence >= sure


def measure_document(document: AnnotatedDocument, reading: Reading | None, failure: str | None = None) -> Figures:
    """The figures of a document; `reading` is None if it could not be read, and `failure` says why."""
    reading = reading or {}
    stated = reading.get("document") or {}
    confidence = 1.0 if stated.get("confidence") is None else float(stated["confidence"])
    truth, tasks = document.truth, reading.get("tasks") or []
    if not truth.tasks:
        return Figures(
            name=document.name,
            is_plan=False,
            is_soft=document.is_soft,
            confidence=confidence,
            failure=failure,
            tasks=Counts(false=len(tasks)),
        )
    tasks = [task for task in tasks if (task.get("level") or 1) == 1]
    areas = reading.get("areas") or []
    pairs = _match_entries(truth.tasks, tasks)
    bodies, leads = _measure_bodies(truth, pairs)
    return Figures(
        name=document.name,
        is_plan=True,
        is_soft=document.is_soft,
        confidence=confidence,
        failure=failure,
        tasks=Counts(len(pairs), len(tasks) - len(pairs), len(truth.tasks) - len(pairs)),
        placed=_count_placed(truth, pairs, areas),
        areas=_measure_areas(truth, areas, tasks),
        bodies=bodies,
        leads=leads,
        deadlines=_measure_deadlines(pairs),
        title=_is_title_whole(truth, stated),
        date=_is_date_right(truth, stated),
    )


@lru_cache(maxsize=10_000)
def reduce_to_signs(text: str | None) -> str:
    """The letters and digits of a text, compatibility forms and case made equal."""
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    return "".join(filter(str.isalnum, folded))


def are_alike(first: str, second: str) -> bool:
    """Whether two titles, reduced to their letters and digits, are the same or nearly so."""
    if not first or not second or first == second:
        return first == second
    if min(len(first), len(second)) >= LEAST_LETTERS and (first.startswith(second) or second.startswith(first)):
        return True
    return _is_ratio_high(SequenceMatcher(None, first, second))


def _is_ratio_high(matcher: SequenceMatcher[str]) -> bool:
    """Whether two texts are alike enough; the cheap upper bounds of their likeness decide most of them."""
    return (
        matcher.real_quick_ratio() >= LEAST_ALIKE
        and matcher.quick_ratio() >= LEAST_ALIKE
        and matcher.ratio() >= LEAST_ALIKE
    )


def _match_entries(truth: Sequence[Entry], entries: Sequence[Reading]) -> list[tuple[Entry, Reading]]:
    """Each true entry with the first one that was read like it, one of the same label if there is any; each once."""
    used: set[int] = set()
    pairs = []
    for expected in truth:
        title, label = reduce_to_signs(expected.title), reduce_to_signs(expected.label)
        alike = [index for index, entry in enumerate(entries) if index not in used and _is_entry(title, entry)]
        if alike:
            best = next((i for i in alike if reduce_to_signs(entries[i].get("label")) == label), alike[0])
            used.add(best)
            pairs.append((expected, entries[best]))
    return pairs


def _is_entry(title: str, entry: Reading) -> bool:
    beginning = title[:LETTERS_OF_TEXT]
    return are_alike(title, reduce_to_signs(entry.get("title"))) or bool(
        beginning and reduce_to_signs(entry.get("text")).startswith(beginning)
    )


def _count_placed(truth: Truth, pairs: Iterable[tuple[TrueTask, Reading]], areas: Iterable[Reading]) -> int:
    """The number of tasks that were read in the area that is theirs, or that have none."""
    titles_read = {area.get("ordinal"): area.get("title") for area in areas}
    placed = 0
    for expected, task in pairs:
        title = truth.find_area(expected)
        read = titles_read.get(task.get("area_ordinal"))
        placed += not title or are_alike(reduce_to_signs(title), reduce_to_signs(read))
    return placed


def _measure_areas(truth: Truth, areas: Sequence[Reading], tasks: Iterable[Reading]) -> Counts:
    """How the areas were read; those that hold no task are not counted as false."""
    right = len(_match_entries(truth.areas, areas))
    holding = {task.get("area_ordinal") for task in tasks}
    count = sum(area.get("ordinal") in holding for area in areas)
    return Counts(right, max(0, count - right), len(truth.areas) - right)


def _measure_bodies(truth: Truth, pairs: Sequence[tuple[TrueTask, Reading]]) -> tuple[Counts, Counts]:
    """How the bodies of the tasks were read, and which of them lead; the latter only where others support."""
    bodies = leads = Counts()
    tells_leads = any(task.support_bodies for task in truth.tasks)
    for expected, task in pairs:
        assignments = task.get("assignments") or []
        lead = {reduce_to_signs(body) for body in expected.lead_bodies}
        support = {reduce_to_signs(body) for body in expected.support_bodies}
        read = {reduce_to_signs(assignment["body"]) for assignment in assignments}
        read_leads = {reduce_to_signs(each["body"]) for each in assignments if each["role"] == "lead"}
        bodies += _compare_sets(lead | support, read)
        leads += _compare_sets(lead, read_leads) if tells_leads else Counts()
    if any(task.lead_bodies for task in truth.tasks):
        paired = {id(expected) for expected, _ in pairs}
        missed = [task for task in truth.tasks if id(task) not in paired]
        bodies += Counts(missed=sum(len(task.lead_bodies) + len(task.support_bodies) for task in missed))
    return bodies, leads


def _compare_sets(truth: set[str], read: set[str]) -> Counts:
    return Counts(len(truth & read), len(read - truth), len(truth - read))


def _measure_deadlines(pairs: Iterable[tuple[TrueTask, Reading]]) -> Counts:
    """How the deadlines were read: right if the words that were read hold the true ones, or the other way round."""
    counts = Counts()
    for expected, task in pairs:
        truth, read = expected.deadline, task.get("deadline")
        if truth and read:
            true_words, words = reduce_to_signs(truth), reduce_to_signs(str(read))
            counts += Counts(right=int(true_words in words or words in true_words))
        else:
            counts += Counts(false=int(bool(read)), missed=int(bool(truth)))
    return counts


def _is_title_whole(truth: Truth, stated: Reading) -> bool:
    """Whether the title of the article or of its plan was read as one of them, and not only its beginning."""
    titles = [reduce_to_signs(title) for title in (truth.title, truth.plan_title) if title]
    titles_read = [reduce_to_signs(stated.get(name)) for name in ("title", "plan_title")]
    return any(
        title == read or _is_ratio_high(SequenceMatcher(None, title, read, autojunk=False))
        for title in titles
        for read in titles_read
        if title and read
    )


def _is_date_right(truth: Truth, stated: Reading) -> bool | None:
    """Whether the date of publication was read, as far as the truth knows it; None if it is not scored."""
    if not truth.published_date or "URL" in (truth.published_date_note or ""):
        return None
    return str(stated.get("published_date") or "").startswith(truth.published_date)
