"""A PDF into lines: pdfplumber finds letters, sizes and ruled tables; here lines become paragraphs and headings.

A letter size above that of the running text makes a heading; sizes, from the largest down, give its level. What
stands on most pages at the same height is the page's furniture, and letters below the running text's size are notes.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pdfplumber

from extract.labels import labels_of
from extract.plan import Problem
from extract.reading.blocks import BOLD_LINE, HEADING, ITEM, PARAGRAPH, Line, Reading, assemble_reading, make_row

# A line is set like a heading from this much above the running text's size on.
LARGER, SMALLER = 1.08, 0.85
# The share of pages that shows a line of furniture.
EVERY_PAGE = 0.5
BULLET = re.compile(r"[•▪●◦○■□➢❖·o](?=\s)\s*")
LEADERS = re.compile(r"\.{4,}\s*\d*\s*$|…{2,}\s*\d*\s*$")
logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns of every odd font, which is no one's concern here

HAN = r"[\u3000-\u9fff\uff00-\uffef]"


@dataclass(frozen=True, slots=True)
class _PrintedLine:
    """A printed line: its words, place on the page in points, letter size, whether bold or italic throughout."""

    text: str
    page: int
    left: float
    right: float
    top: float
    size: float
    cells: tuple[str, ...] = ()
    table: int = 0
    styled: bool = False


def read_pdf(content: bytes) -> Reading:
    """The reading of a PDF; one that cannot be opened or holds only pictures is empty, with a problem that says so."""
    try:
        with pdfplumber.open(io.BytesIO(content)) as document:
            lines = list(_extract_lines(document))
            meta = _read_metadata(document.metadata)
    except Exception as error:  # noqa: BLE001 — on damaged bytes the libraries raise whatever they come upon
        reason = str(error) or type(error).__name__
        return Reading("", (), {}, (Problem(f"the PDF cannot be opened: {reason.splitlines()[0][:120]}", 0),))
    if not lines:
        return Reading("", (), meta, (Problem("the PDF holds no text, only pictures perhaps: it needs OCR first", 0),))
    return assemble_reading(_join_lines(lines), meta)


def _extract_lines(document: Any) -> Iterator[_PrintedLine]:
    tables = 0
    for number, page in enumerate(document.pages):
        found: list[_PrintedLine] = []
        ruled = [table for table in page.find_tables() if len(table.rows) > 1 and len(table.rows[0].cells) > 1]
        for table in ruled:
            tables += 1
            for cells, place in zip(table.extract(), table.rows, strict=True):
                filled = tuple(" ".join((cell or "").split()) for cell in cells)
                found.append(_PrintedLine("", number, place.bbox[0], place.bbox[2], place.bbox[1], 0, filled, tables))
        outside = page
        for table in ruled:
            outside = outside.outside_bbox(table.bbox, strict=False)
        for line in outside.extract_text_lines(return_chars=True, strip=True):
            letters = [letter for letter in line["chars"] if letter["text"].strip()]
            if letters:
                size = Counter(round(letter["size"], 1) for letter in letters).most_common(1)[0][0]
                styled = all(
                    re.search("bold|italic|black|heavy|semibold", letter["fontname"], re.I) for letter in letters
                )
                found.append(
                    _PrintedLine(line["text"], number, line["x0"], line["x1"], line["top"], size, styled=styled)
                )
        yield from sorted(found, key=lambda line: line.top)
        page.close()


def _join_lines(printed: list[_PrintedLine]) -> Iterator[Line]:
    prose = Counter[float]()
    for line in printed:
        prose[line.size] += len(line.text)
    body = prose.most_common(1)[0][0]
    pages = printed[-1].page + 1
    furniture = {
        words
        for words, count in Counter((_keep_letters(line.text), round(line.top / 8)) for line in printed).items()
        if pages > 2 and count >= max(3, EVERY_PAGE * pages)
    }
    kept = [
        line
        for line in printed
        if line.cells
        or (
            (_keep_letters(line.text), round(line.top / 8)) not in furniture
            and line.size >= SMALLER * body
            and not LEADERS.search(line.text)
            and not re.fullmatch(r"[-–— ]*(?:\d{1,3}|[ivxl]{1,5})[-–— ]*", line.text)
        )
    ]
    sizes = sorted({line.size for line in kept if line.size > LARGER * body}, reverse=True)
    right = max((line.right for line in kept), default=0.0)
    begun: list[_PrintedLine] = []
    for line in kept:
        if begun and not _is_continuation(begun, line, right):
            yield _make_line(begun, body, sizes)
            begun = []
        begun.append(line)
    if begun:
        yield _make_line(begun, body, sizes)


def _keep_letters(text: str) -> str:
    """The letters of a line, without the page number that may stand beside them."""
    return "".join(letter for letter in text.casefold() if letter.isalpha())


def _is_continuation(begun: list[_PrintedLine], line: _PrintedLine, right: float) -> bool:
    """Whether a printed line continues the paragraph or heading that the lines before began."""
    before, first = begun[-1], begun[0]
    if line.cells or before.cells or line.size != before.size or line.styled != before.styled:
        return False
    if labels_of(line.text) or BULLET.match(line.text):
        return False
    if line.page == before.page and line.top - before.top > 1.65 * line.size:
        return False
    if before.right < right - 6 * line.size and re.search(r"[.。：:；;!?！？]\s*$", before.text):
        return False
    return not (
        len(begun) > 1 and line.left > min(one.left for one in begun[1:]) + line.size and line.left > first.left
    )


def _make_line(lines: list[_PrintedLine], body: float, sizes: list[float]) -> Line:
    first = lines[0]
    if first.cells:
        return make_row(first.cells, first.table)
    text = first.text
    for line in lines[1:]:
        close = re.match(HAN, line.text) and re.search(rf"{HAN}$", text)
        hyphenated = re.search(r"[a-z]-$", text) and re.match(r"[a-z]", line.text)
        text = text + ("" if close or hyphenated else " ") + line.text
    bullet = BULLET.match(text)
    text = text[bullet.end() :] if bullet else text
    if first.size > LARGER * body and len(text) <= 300:
        return Line(text, HEADING, min(sizes.index(first.size) + 1, 6))
    if first.styled and len(text) <= 120 and not bullet:
        return Line(text, HEADING, BOLD_LINE)
    return Line(text, ITEM if bullet else PARAGRAPH)


def _read_metadata(stated: dict[str, Any]) -> dict[str, str]:
    title, made = stated.get("Title"), stated.get("CreationDate")
    meta = {"window": title.strip()} if isinstance(title, str) and title.strip() else {}
    day = re.match(r"D:(\d{4})(\d{2})(\d{2})", made) if isinstance(made, str) else None
    return meta | ({"made": "-".join(day.groups())} if day else {})
