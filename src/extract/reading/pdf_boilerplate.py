"""Printed lines of a PDF in, those of its text out: no running heads and feet, page numbers, contents and notes."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from extract.labels import read_labels
from extract.reading.pdf_layout import Printed

# Number of pages from which on boilerplate is recognised; share (0 to 1) of the pages of a chapter that have it; number
# of lines at the head and at the foot of a page that may be boilerplate; height in points of a band of the page: lines
# in the same band of their pages stand at the same height.
LEAST_PAGES, MOST_OF_PAGES, EDGE_LINES, BAND = 3, 0.4, 3, 8
# Number of lines of running text on a page from which on small print below it may be notes.
LEAST_LINES = 3
# Share of a page's height, at its head and foot, in which a number alone is the page's.
PAGE_NUMBER_ZONE = 0.12
# Letter size below which a line is small print, and above which it is a heading, as multiples of the running text's.
SMALLER, LARGER = 0.85, 1.08
LEADERS = re.compile(r"(?:(?<!\.)\.{4,}+|(?<!…)…{2,}+|(?<!·)·{4,}+|(?:(?<!\.)\. ){4,}+)\s*+\d*+\s*$")
CONTENTS = re.compile(r"(?:table\s+of\s+)?contents|目\s*[录錄次]", re.IGNORECASE)
ENTRY = re.compile(rf"{LEADERS.pattern}|[^\W\d].*\s\d{{1,3}}$|\d{{1,3}}\s?[/|]")
NOTE = re.compile(r"[\[(（]?\d{1,3}(?![.、．]\S)|[*†‡①-⑳]|注|Notes?\b|Sources?\b|来源|资料来源")
PAGE_NUMBER = re.compile(
    r"[-–—·\s]*(?:page\s+|第\s*)?(\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/|页|共)\s*\d{0,4}\s*页?)?[-–—·\s]*", re.IGNORECASE
)


def select_text(lines: Sequence[Printed], heights: dict[int, float], body: float) -> list[Printed]:
    """The lines without running heads and feet, page numbers, tables of contents and notes."""
    boilerplate = _find_boilerplate(lines, body) | _find_page_numbers(lines, heights)
    kept = [line for index, line in enumerate(lines) if line.grid or index not in boilerplate]
    left_out = _find_contents(kept) | _find_notes(kept, body)
    return [line for index, line in enumerate(kept) if index not in left_out and not LEADERS.search(line.text)]


def _find_boilerplate(lines: Sequence[Printed], body: float) -> set[int]:
    """The indexes of running heads and feet: lines that stand at the same height of several pages.

    A number in them may differ if it grows with the pages, unless they begin with a label. A line in larger letters
    than the text is kept once.
    """
    at_same_height: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index in _list_edge_lines(lines):
        line = lines[index]
        at_same_height[re.sub(r"\d+", "#", line.text.casefold()), round(line.base / BAND)].append(index)
    left_out: set[int] = set()
    for indexes in at_same_height.values():
        pages = [lines[index].page for index in indexes]
        if len(set(pages)) < LEAST_PAGES or len(set(pages)) < MOST_OF_PAGES * (pages[-1] - pages[0] + 1):
            continue
        first = lines[indexes[0]]
        if len({lines[index].text for index in indexes}) > 1:
            if not read_labels(first.text) and _has_page_numbers(lines, indexes):
                left_out.update(indexes)
        else:
            left_out.update(indexes[1:] if first.size > LARGER * body else indexes)
    return left_out


def _has_page_numbers(lines: Sequence[Printed], indexes: Sequence[int]) -> bool:
    """Whether a number in the lines grows with their pages."""
    numbers = [[int(number[-9:]) for number in re.findall(r"\d+", lines[index].text)] for index in indexes]
    pages = [lines[index].page for index in indexes]
    steps = [after - before for before, after in itertools.pairwise(pages)]
    for column in zip(*numbers, strict=False):
        growth = [after - before for before, after in itertools.pairwise(column)]
        if growth in (steps, [2 * step for step in steps]):
            return True
    return False


def _list_edge_lines(lines: Sequence[Printed]) -> Iterator[int]:
    """The indexes of the lines at the head and at the foot of each page, from left to right."""
    by_page: dict[int, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if not line.grid:
            by_page[line.page].append(index)
    for indexes in by_page.values():
        bands = sorted({round(lines[index].base / BAND) for index in indexes})
        edges = {*bands[:EDGE_LINES], *bands[-EDGE_LINES:]}
        yield from (index for index in indexes if round(lines[index].base / BAND) in edges)


def _find_page_numbers(lines: Sequence[Printed], heights: dict[int, float]) -> set[int]:
    """The indexes of lines that are only a page's number: they stand in the upper or lower margin."""
    return {
        index
        for index in _list_edge_lines(lines)
        if PAGE_NUMBER.fullmatch(lines[index].text)
        and not PAGE_NUMBER_ZONE < lines[index].base / heights[lines[index].page] < 1 - PAGE_NUMBER_ZONE
    }


def _find_contents(lines: Sequence[Printed]) -> set[int]:
    """The indexes of tables of contents without leaders.

    They are lines that end, far to the right, in numbers that grow; and what stands below the word "contents" on its
    page if some of it ends in a number or leader.
    """
    left_out: set[int] = set()
    stretch: list[int] = []
    last = 0
    for index, line in enumerate([*lines, None]):
        number = re.search(r"\D(\d{1,3})$", line.text) if line and line.ends_wide else None
        if number and int(number[1]) >= last:
            stretch.append(index)
            last = int(number[1])
            continue
        left_out.update(stretch if len(stretch) >= LEAST_PAGES else ())
        stretch, last = ([index], int(number[1])) if number else ([], 0)
    for index, line in enumerate(lines):
        if CONTENTS.fullmatch(line.text):
            below = [other for other in range(index, len(lines)) if lines[other].page == line.page]
            if sum(bool(ENTRY.search(lines[other].text)) for other in below) >= LEAST_PAGES:
                left_out.update(below)
    return left_out


def _find_notes(lines: Sequence[Printed], body: float) -> set[int]:
    """The indexes of notes: lines in smaller letters than the running text that stands above them on their page.

    The first of them begins with the mark of a note; other small print is text.
    """
    lowest: dict[int, float] = defaultdict(float)
    text_lines = Counter[int]()
    for line in lines:
        if line.grid or line.size >= SMALLER * body:
            lowest[line.page] = max(lowest[line.page], line.grid.ys[-1] if line.grid else line.base)
            text_lines[line.page] += line.size <= LARGER * body
    notes: set[int] = set()
    for index, line in enumerate(lines):
        is_below = text_lines[line.page] >= LEAST_LINES and line.base > lowest[line.page]
        if not line.grid and line.size < SMALLER * body and is_below:
            is_next = index - 1 in notes and lines[index - 1].page == line.page
            if is_next or NOTE.match(line.text):
                notes.add(index)
    return notes
