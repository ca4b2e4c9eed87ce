"""A document's text with its areas and tasks marked: text and rows in, lines of marked pieces out. Pure.

A task is marked at its span. Spans were counted in the text as it was read when the version was made; if today's
reading has other words there, the task is searched by its words, and one that is not found has no mark. An area has no
span in the tables: its mark is the last place of its title before its first task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

# What is shown of a text at most; a plan of 300 pages has some 1,000,000 characters and 20,000 lines.
MOST_CHARACTERS, MOST_LINES = 3_000_000, 100_000
# Characters that are searched for the rows of a text that are not at their spans; from there on they have no marks.
MOST_SEARCHED = 1_000_000_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """The span `[start, end)` of a row in the text; `kind` is `area`, `task` or `sub`."""

    row_id: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of a line, under one mark or none; `first` if it is the first piece of its mark."""

    text: str
    mark: Mark | None
    first: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text as pieces, and the marks that end in it."""

    pieces: tuple[TextPiece, ...]
    ended: tuple[Mark, ...]

    @property
    def is_heading(self) -> bool:
        """Whether the line has the heading of an area."""
        return any(piece.mark and piece.mark.kind == "area" for piece in self.pieces)


def shorten_text(text: str) -> str:
    """The part of a text that is shown: MOST_LINES lines and MOST_CHARACTERS characters."""
    lines = text[:MOST_CHARACTERS].split("\n", MOST_LINES)
    return "\n".join(lines[:MOST_LINES])


def find_marks(text: str, areas: Sequence[Row], tasks: Sequence[Row]) -> list[Mark]:
    """The marks of areas and tasks in the order of the text; rows that are not found have none."""
    marks, left = list[Mark](), MOST_SEARCHED
    for task in tasks:
        mark = _mark_span(text, task)
        if mark is None and left > 0:
            left -= 2 * len(text)
            mark = _find_task(text, task)
        if mark is not None:
            marks.append(mark)
    starts = {mark.row_id: mark.start for mark in marks}
    first: dict[str, int] = {}
    for task in tasks:
        start = starts.get(task["task_id"])
        if start is not None and task["area_id"] is not None:
            first[task["area_id"]] = min(start, first.get(task["area_id"], start))
    after = 0
    for area in sorted(areas, key=lambda area: first.get(area["area_id"], len(text))):
        before = first.get(area["area_id"], len(text))
        left -= max(0, before - after)
        mark = _mark_area(text, area, after, before) if left > 0 else None
        if mark is not None:
            marks.append(mark)
            after = mark.end
    return sorted(marks, key=lambda mark: (mark.start, -mark.end))


def split_lines(text: str, marks: Sequence[Mark]) -> Iterator[Line]:
    """The lines of the text without empty ones; if marks overlap, a piece has the shortest.

    The marks are in the order of the text.
    """
    begun: set[str] = set()
    start, position = 0, 0
    here: list[Mark] = []
    for line in text.split("\n"):
        end = start + len(line)
        here = [mark for mark in here if mark.end > start]
        while position < len(marks) and marks[position].start < end:
            here += [marks[position]] if marks[position].end > start else []
            position += 1
        if line.strip():
            pieces = tuple(_split_pieces(text, start, end, here, begun))
            yield Line(pieces, tuple(mark for mark in here if start < mark.end <= end))
        start = end + 1


def _split_pieces(text: str, start: int, end: int, marks: Sequence[Mark], begun: set[str]) -> Iterator[TextPiece]:
    cuts = sorted({start, end, *(at for mark in marks for at in (mark.start, mark.end) if start < at < end)})
    for left, right in pairwise(cuts):
        over = [mark for mark in marks if mark.start <= left and mark.end >= right]
        inner = min(over, key=lambda mark: mark.end - mark.start, default=None)
        yield TextPiece(text[left:right], inner, inner is not None and inner.row_id not in begun)
        if inner is not None:
            begun.add(inner.row_id)


def _mark_span(text: str, task: Row) -> Mark | None:
    """The mark of a task whose words are at its span."""
    start, end = task["span_start"], task["span_end"]
    return _make_mark(task, start) if task["text"] and text[start:end] == task["text"] else None


def _find_task(text: str, task: Row) -> Mark | None:
    """The mark of a task where its words are nearest to its span."""
    start, end, words = task["span_start"], task["span_end"], task["text"]
    places = [at for at in (text.rfind(words, 0, end), text.find(words, start)) if at >= 0]
    return _make_mark(task, min(places, key=lambda at: abs(at - start))) if places and words else None


def _make_mark(task: Row, start: int) -> Mark:
    kind = "sub" if task["parent_task_id"] else "task"
    return Mark(task["task_id"], kind, start, start + len(task["text"]))


def _mark_area(text: str, area: Row, after: int, before: int) -> Mark | None:
    words = area["title"] or area["label"] or ""
    at = text.rfind(words, after, before) if words else -1
    if at < 0:
        return None
    begin = max(text.rfind("\n", 0, at) + 1, after)
    label = text.find(area["label"], begin, at) if area["title"] and area["label"] else -1
    return Mark(area["area_id"], "area", label if label >= 0 else at, at + len(words))
