"""The bytes of a PDF in, a `Reading` out. pdfplumber finds letters, their sizes and ruled tables.

Printed lines become paragraphs and headings: a line in larger letters than the running text is a heading, and the
sizes, from the largest down, give its level. Lines at the same height of most pages are boilerplate; lines in smaller
letters than the running text are notes. Both are left out.
"""

from __future__ import annotations

import io
import itertools
import logging
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pdfplumber
from pdfminer.pdfpage import PDFPage
from pdfplumber.page import Page

from extract.labels import read_labels
from extract.plan import Problem
from extract.reading.blocks import (
    BOLD_LINE,
    HEADING,
    ITEM,
    PARAGRAPH,
    Line,
    Reading,
    assemble_reading,
    make_row,
    report_unreadable,
)
from extract.reading.pdf_limits import Budget, use_budget
from extract.sentences import needs_space

# Letter size, as a multiple of the running text's: above the first a line is a heading, below the second a note.
LARGER, SMALLER = 1.08, 0.85
# Share (0 to 1) of pages on which a line of boilerplate stands.
EVERY_PAGE = 0.5
# Height in points of a band of the page: lines in the same band stand at the same height.
BAND = 8
# Number of pages from which on, and on which at least, boilerplate is recognised.
LEAST_PAGES = 3
# Distance between the tops of two lines of one paragraph, as a multiple of the letter size, at most.
LINE_SPACING = 1.65
# Distance from the text's right edge, as a multiple of the letter size, from which on a line with a full stop ends its
# paragraph.
SHORT_LINE = 6
# Length in characters up to which a line in larger letters, and one in bold or italic, is a heading.
LONGEST_HEADING, LONGEST_STYLED_LINE = 300, 120
# Numbers of pages, and of ruled tables on a page, that are read. The longest plans have 1,000 pages.
MOST_PAGES, MOST_TABLES = 3_000, 50
BULLET = re.compile(r"[•▪●◦○■□➢❖·o](?=\s)\s*")
LEADERS = re.compile(r"(?:(?<!\.)\.{4,}+|(?<!…)…{2,}+)\s*+\d*+\s*$")
logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns of every unusual font; the text is read all the same


@dataclass(frozen=True, slots=True)
class _PrintedLine:
    """A printed line, or a row of a ruled table (`cells`).

    `page` counts from 0. `left`, `right`, `top` and `size` (of the letters) are in points. `styled` says that all of
    it is bold or italic.
    """

    text: str
    page: int
    left: float
    right: float
    top: float
    size: float
    cells: tuple[str, ...] = ()
    table: int = 0
    styled: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """The letters in lower case, without a page number beside them, and the band of the page: as on other pages."""
        return "".join(letter for letter in self.text.casefold() if letter.isalpha()), round(self.top / BAND)


def read_pdf(content: bytes) -> Reading:
    """The reading of a PDF; one that cannot be opened or holds only pictures is empty, with a problem that says so.

    What is over a limit of `pdf_limits` ends the reading of the pages; a problem says at which page, and why.
    """
    lines: list[_PrintedLine] = []
    title = None
    with use_budget(len(content)) as budget:
        try:
            document = pdfplumber.open(io.BytesIO(content))
            title = document.metadata.get("Title")
            for page_lines in _extract_pages(document, budget):
                lines += page_lines
        except MemoryError:  # the worker's limit, which is its business
            raise
        except Exception as error:  # noqa: BLE001 — on damaged bytes the libraries raise errors of any kind
            if not budget.reasons:
                return report_unreadable("the PDF", error)
    problems = tuple(
        Problem(f"the PDF is not read whole, but to page {budget.pages_read}: {reason}", 0) for reason in budget.reasons
    ) + tuple(Problem(note, 0) for note in budget.notes)
    meta = {"window": title if isinstance(title, str) else None}
    if not lines:
        problem = Problem("the PDF holds no text, only pictures perhaps: it needs OCR first", 0)
        return assemble_reading([], meta, problems or (problem,))
    return assemble_reading(_join_lines(lines), meta, problems)


def _extract_pages(document: Any, budget: Budget) -> Iterator[list[_PrintedLine]]:
    """The printed lines and table rows of each page, from top to bottom."""
    tables = itertools.count(1)
    for number, content in enumerate(PDFPage.create_pages(document.doc)):
        if number == MOST_PAGES:
            budget.refuse(f"it has more than {MOST_PAGES:,} pages")
            return
        budget.begin_page()
        page = Page(document, content, page_number=number + 1, initial_doctop=0)
        lines = list(_extract_lines(page, number, tables, budget))
        page.close()
        if budget.reasons:  # the libraries may have gone on without what was refused
            return
        budget.pages_read = number + 1
        if not all(math.isfinite(line.top) for line in lines):
            budget.record_note("letters that stand nowhere on their page are left out")
        yield sorted((line for line in lines if math.isfinite(line.top)), key=lambda line: line.top)


def _extract_lines(page: Any, number: int, tables: Iterator[int], budget: Budget) -> Iterator[_PrintedLine]:
    """The table rows of a page, then its other printed lines; `tables` numbers the tables."""
    ruled = [table for table in page.find_tables() if len(table.rows) > 1 and len(table.rows[0].cells) > 1]
    if len(ruled) > MOST_TABLES:
        budget.record_note(f"tables above the {MOST_TABLES}th of a page are read as lines")
    outside = page
    for table in ruled[:MOST_TABLES]:
        table_number = next(tables)
        for cells, row in zip(table.extract(), table.rows, strict=True):
            filled = tuple(" ".join((cell or "").split()) for cell in cells)
            left, top, right, _ = row.bbox
            yield _PrintedLine("", number, left, right, top, 0, filled, table_number)
        outside = outside.outside_bbox(table.bbox, strict=False)
    for line in outside.extract_text_lines(return_chars=True, strip=True):
        letters = [letter for letter in line["chars"] if letter["text"].strip()]
        if letters:
            size = Counter(round(letter["size"], 1) for letter in letters).most_common(1)[0][0]
            styled = all(re.search("bold|italic|black|heavy|semibold", letter["fontname"], re.I) for letter in letters)
            yield _PrintedLine(line["text"], number, line["x0"], line["x1"], line["top"], size, styled=styled)


def _join_lines(printed: list[_PrintedLine]) -> Iterator[Line]:
    """The paragraphs, headings, list items and rows that printed lines make, without boilerplate and notes."""
    characters_by_size = Counter[float]()
    for line in printed:
        characters_by_size[line.size] += len(line.text)
    body = characters_by_size.most_common(1)[0][0]
    pages = printed[-1].page + 1
    boilerplate = {
        key
        for key, count in Counter(line.key for line in printed).items()
        if pages >= LEAST_PAGES and count >= max(LEAST_PAGES, EVERY_PAGE * pages)
    }
    kept = [
        line
        for line in printed
        if line.cells
        or (
            line.key not in boilerplate
            and line.size >= SMALLER * body
            and not LEADERS.search(line.text)
            and not re.fullmatch(r"[-–— ]*(?:\d{1,3}|[ivxl]{1,5})[-–— ]*", line.text)
        )
    ]
    sizes = sorted({line.size for line in kept if line.size > LARGER * body}, reverse=True)
    right = max((line.right for line in kept), default=0.0)
    paragraph: list[_PrintedLine] = []
    left = math.inf  # the left edge of the paragraph's lines below its first
    for line in kept:
        if paragraph and not _is_continuation(paragraph, line, left, right):
            yield _make_line(paragraph, body, sizes)
            paragraph, left = [], math.inf
        left = min(left, line.left) if paragraph else left
        paragraph.append(line)
    if paragraph:
        yield _make_line(paragraph, body, sizes)


def _is_continuation(paragraph: list[_PrintedLine], line: _PrintedLine, left: float, right: float) -> bool:
    """Whether a printed line continues a paragraph or heading.

    `left` is the left edge of the paragraph's lines below its first, `right` the text's right edge, in points.
    """
    before, first = paragraph[-1], paragraph[0]
    if line.cells or before.cells or line.size != before.size or line.styled != before.styled:
        return False
    if read_labels(line.text) or BULLET.match(line.text):
        return False
    if line.page == before.page and line.top - before.top > LINE_SPACING * line.size:
        return False
    if before.right < right - SHORT_LINE * line.size and re.search(r"[.。：:；;!?！？]\s*$", before.text):
        return False
    return not (len(paragraph) > 1 and line.left > left + line.size and line.left > first.left)


def _make_line(lines: list[_PrintedLine], body: float, sizes: list[float]) -> Line:
    """Printed lines of one paragraph as a line.

    `body` is the letter size of the running text, `sizes` are those of headings, the largest first; all in points.
    """
    first = lines[0]
    if first.cells:
        return make_row(first.cells, first.table)
    parts = [first.text]
    for before, line in itertools.pairwise(lines):
        is_hyphenated = re.search(r"[a-z]-$", before.text[-3:]) and re.match(r"[a-z]", line.text)
        parts += [" ", line.text] if needs_space(before.text, line.text) and not is_hyphenated else [line.text]
    text = "".join(parts)
    bullet = BULLET.match(text)
    text = text[bullet.end() :] if bullet else text
    if first.size > LARGER * body and len(text) <= LONGEST_HEADING:
        return Line(text, HEADING, next((level for level, size in enumerate(sizes[:6], 1) if size == first.size), 6))
    if first.styled and len(text) <= LONGEST_STYLED_LINE and not bullet:
        return Line(text, HEADING, BOLD_LINE)
    return Line(text, ITEM if bullet else PARAGRAPH)
