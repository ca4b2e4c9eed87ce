"""The bytes of a PDF in, a `Reading` out, by these steps.

- `pdf_letters`     bytes → letters and ruled lines with their positions, within the limits of `pdf_limits`
- `pdf_tables`      ruled lines → tables
- `pdf_lines`       letters → runs of words
- `pdf_layout`      runs of words → printed lines, column by column
- `pdf_boilerplate` printed lines → those of the text
- `pdf_paragraphs`  printed lines → paragraphs, headings, list items
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from extract.plan import Problem
from extract.reading.blocks import Line, Reading, assemble_reading, make_row, report_unreadable
from extract.reading.pdf_boilerplate import select_text
from extract.reading.pdf_layout import Printed, group_lines, list_printed, make_printed
from extract.reading.pdf_letters import UNKNOWN, Font, extract_pages, open_pdf
from extract.reading.pdf_limits import Budget, use_budget
from extract.reading.pdf_lines import make_runs
from extract.reading.pdf_paragraphs import describe_style, find_body_size, join_cell, join_lines
from extract.reading.pdf_tables import Grid, find_grids

# Points by which the columns of a table may differ that continues on the next page.
SAME_COLUMN = 4.0


def read_pdf(content: bytes) -> Reading:
    """The reading of a PDF; one that cannot be opened or holds only pictures is empty, with a problem that says so.

    What is over a limit of `pdf_limits` ends the reading of the pages; a problem says at which page, and why. A page
    that is damaged is named by a problem; the others are read.
    """
    lines: list[Printed] = []
    title = None
    fonts = Counter[Font]()
    heights: dict[int, float] = {}
    turned = unknown = 0
    with use_budget(len(content)) as budget:
        try:
            document, title = open_pdf(content)
        except MemoryError:  # the worker's limit, which is its business
            raise
        except Exception as error:  # noqa: BLE001 — on damaged bytes the library raises errors of any kind
            if not budget.reasons:
                return report_unreadable("the PDF", error)
        else:
            columns = itertools.count()
            for page in extract_pages(document, budget):
                heights[page.number] = page.height
                fonts.update(letter.font for letter in page.letters if not letter.text.isspace())
                grids, letters = find_grids(page.rules, page.letters, budget)
                lines += list_printed(make_runs(letters), grids, page.number, columns)
                turned += page.turned
                unknown += sum(UNKNOWN in letter.text for letter in page.letters)
    if turned:
        budget.record_note(f"letters that stand at another angle than the text of their page are left out: {turned:,}")
    if unknown:
        budget.record_note(f"letters whose font does not say what they are, read as U+FFFD: {unknown:,}")
    problems = tuple(_list_problems(budget))
    meta = {"window": title}
    if not lines:
        problem = Problem("the PDF holds no text, only pictures perhaps: it needs OCR first", 0)
        return assemble_reading([], meta, problems or (problem,))
    return assemble_reading(_make_blocks(lines, heights, fonts), meta, problems)


def _list_problems(budget: Budget) -> Iterator[Problem]:
    for reason in budget.reasons:
        yield Problem(f"the PDF is not read whole, but to page {budget.pages_read}: {reason}", 0)
    for note in budget.notes:
        yield Problem(note, 0)


def _make_blocks(lines: Sequence[Printed], heights: dict[int, float], fonts: Counter[Font]) -> Iterator[Line]:
    """The paragraphs, headings, list items and table rows of a document."""
    body = find_body_size(lines)
    text = select_text(lines, heights, body)
    style = describe_style(text, body, fonts)
    tables = _number_tables(text)
    for is_table, group in itertools.groupby(text, key=lambda line: line.grid is not None):
        if is_table:
            for line in group:
                if line.grid:
                    yield from _make_rows(line.grid, *tables[id(line.grid)])
        else:
            yield from join_lines(group, style)


def _number_tables(lines: Sequence[Printed]) -> dict[int, tuple[int, tuple[str, ...]]]:
    """For each table, by its identity: its number, and the heading row that a page break repeats in it.

    A table with the same columns as the one on the page before, with no text between them, continues it.
    """
    numbers: dict[int, tuple[int, tuple[str, ...]]] = {}
    number = 0
    for before, line in zip([None, *lines], lines, strict=False):
        if line.grid is None:
            continue
        last = before.grid if before and before.page == line.page - 1 else None
        if last and _are_same_columns(last, line.grid):
            heading = numbers[id(last)][1] or tuple(map(_make_cell_reader(last), last.list_rows()[0]))
            numbers[id(line.grid)] = number, heading
        else:
            number += 1
            numbers[id(line.grid)] = number, ()
    return numbers


def _are_same_columns(grid: Grid, other: Grid) -> bool:
    return len(grid.xs) == len(other.xs) and all(
        abs(a - b) < SAME_COLUMN for a, b in zip(grid.xs, other.xs, strict=True)
    )


def _make_rows(grid: Grid, number: int, repeated: tuple[str, ...]) -> Iterator[Line]:
    """The rows of a table; `repeated` is a heading row that is left out."""
    read_cell = _make_cell_reader(grid)
    for index, row in enumerate(grid.list_rows()):
        cells = tuple(map(read_cell, row))
        if index or cells != repeated:
            yield make_row(cells, number)


def _make_cell_reader(grid: Grid) -> Callable[[int], str]:
    """A function for the text of a cell, by its number; each is formed once."""
    texts: dict[int, str] = {}

    def read_cell(number: int) -> str:
        if number not in texts:
            runs = make_runs(grid.letters.get(number, ()))
            texts[number] = join_cell([make_printed(line, 0, 0, 0.0, 0.0) for line in group_lines(runs)])
        return texts[number]

    return read_cell
