"""A document's text with its areas and tasks marked in place: text and rows in, lines of marked runs out. Pure.

The rows' own spans say where a task stands. They were counted in the text as the rules of that day read it; where other
words stand there now, the task is looked for by its words, and one that is not found has no mark and is told as such.
An area has no span in the tables: it is its heading, last before its first task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch `[start, end)` of the text that a row stands for; `kind` is area, task or sub."""

    row_id: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line under one mark, or none; `first`: the mark begins here."""

    text: str
    mark: Mark | None
    first: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text, and the marks that end in it."""

    runs: tuple[Run, ...]
    ended: tuple[Mark, ...]

    @property
    def is_heading(self) -> bool:
        """Whether an area's heading stands here."""
        return any(run.mark and run.mark.kind == "area" for run in self.runs)


def marks_of(text: str, areas: Sequence[Row], tasks: Sequence[Row]) -> list[Mark]:
    """Where areas and tasks stand, in the text's order; those that are not found are left out."""
    marks = [mark for task in tasks if (mark := _mark_task(text, task))]
    starts = {mark.row_id: mark.start for mark in marks}
    first: dict[str, int] = {}
    for task in tasks:
        start = starts.get(task["task_id"])
        if start is not None and task["area_id"] is not None:
            first[task["area_id"]] = min(start, first.get(task["area_id"], start))
    after = 0
    for area in sorted(areas, key=lambda one: first.get(one["area_id"], len(text))):
        mark = _mark_area(text, area, after, first.get(area["area_id"], len(text)))
        if mark is not None:
            marks.append(mark)
            after = mark.end
    return sorted(marks, key=lambda mark: (mark.start, -mark.end))


def lines_of(text: str, marks: Sequence[Mark]) -> Iterator[Line]:
    """The text line by line, empty lines left out; of marks that lie in each other the innermost counts."""
    begun: set[str] = set()
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        here = [mark for mark in marks if mark.start < end and mark.end > start]
        if line.strip():
            runs = tuple(_split_runs(text, start, end, here, begun))
            yield Line(runs, tuple(mark for mark in here if start < mark.end <= end))
        start = end + 1


def _split_runs(text: str, start: int, end: int, marks: Sequence[Mark], begun: set[str]) -> Iterator[Run]:
    cuts = sorted({start, end, *(at for mark in marks for at in (mark.start, mark.end) if start < at < end)})
    for left, right in pairwise(cuts):
        over = [mark for mark in marks if mark.start <= left and mark.end >= right]
        inner = min(over, key=lambda mark: mark.end - mark.start, default=None)
        yield Run(text[left:right], inner, inner is not None and inner.row_id not in begun)
        if inner is not None:
            begun.add(inner.row_id)


def _mark_task(text: str, task: Row) -> Mark | None:
    kind = "sub" if task["parent_task_id"] else "task"
    start, end, words = task["span_start"], task["span_end"], task["text"]
    if text[start:end] != words:
        others: Iterable[int] = (at for at in (text.rfind(words, 0, end), text.find(words, start)) if at >= 0)
        start = min(others, key=lambda at: abs(at - task["span_start"]), default=-1)
        end = start + len(words)
    return Mark(task["task_id"], kind, start, end) if start >= 0 and words else None


def _mark_area(text: str, area: Row, after: int, before: int) -> Mark | None:
    words = area["title"] or area["label"] or ""
    at = text.rfind(words, after, before) if words else -1
    if at < 0:
        return None
    begin = max(text.rfind("\n", 0, at) + 1, after)
    label = text.find(area["label"], begin, at) if area["title"] and area["label"] else -1
    return Mark(area["area_id"], "area", label if label >= 0 else at, at + len(words))
