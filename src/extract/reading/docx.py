"""The bytes of a Word document in, a `Reading` out, through python-docx.

Headings are recognised by their styles. Word does not store an automatic label with its paragraph's text, so labels
are counted here by the document's own definitions.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import docx
from docx.oxml.ns import qn
from docx.table import Table

from extract.numerals import to_chinese, to_roman
from extract.plan import Problem
from extract.reading.blocks import HEADING, Line, Reading, assemble_reading, make_paragraph, make_row, report_unreadable

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

# Bytes that a document may unpack to.
LARGEST = 200_000_000
# How Word's number formats write a number. A format that is not listed is written in digits.
FORMATS: dict[str, Callable[[int], str]] = {
    "upperRoman": to_roman,
    "lowerRoman": lambda number: to_roman(number).lower(),
    "upperLetter": lambda number: chr(ord("A") + (number - 1) % 26),
    "lowerLetter": lambda number: chr(ord("a") + (number - 1) % 26),
    **dict.fromkeys(("chineseCounting", "chineseCountingThousand", "japaneseCounting"), to_chinese),
    **dict.fromkeys(
        ("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), lambda number: chr(0x2460 + (number - 1) % 20)
    ),
}


def read_docx(content: bytes) -> Reading:
    """The reading of a Word document; one that cannot be opened is empty, with a problem that says so."""
    try:
        if sum(part.file_size for part in ZipFile(io.BytesIO(content)).infolist()) > LARGEST:
            problem = Problem("the Word document unpacks to more than a reader can hold", 0)
            return assemble_reading([], problems=(problem,))
        document = docx.Document(io.BytesIO(content))
        return assemble_reading(_read_lines(document), {"window": document.core_properties.title})
    except Exception as error:  # noqa: BLE001 — on damaged bytes the library raises errors of any kind
        return report_unreadable("the Word document", error)


def _read_lines(document: Document) -> Iterator[Line]:
    numbering = _Numbering(document)
    tables = 0
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            tables += 1
            for row in part.rows:
                yield make_row((" ".join(cell.text.split()) for cell in row.cells), tables)
        else:
            yield from _read_paragraph(part, numbering)


def _read_paragraph(paragraph: Paragraph, numbering: _Numbering) -> Iterator[Line]:
    label = numbering.number_paragraph(paragraph)
    style = paragraph.style.name if paragraph.style is not None and paragraph.style.name else ""
    level = re.fullmatch(r"(?:heading|标题)\s*(\d)", style, re.IGNORECASE)
    bold = [run.bold for run in paragraph.runs if run.text.strip()]
    parts = (" ".join(line.split()) for line in paragraph.text.split("\n"))
    for index, part in enumerate(filter(None, parts)):
        text = part if index else (label or "") + part
        if style.lower() in ("title", "标题"):
            yield Line(text, HEADING, 1)
        elif level:
            yield Line(text, HEADING, min(int(level[1]), 6))
        else:
            yield make_paragraph(text, is_bold=bool(bold) and all(bold), is_item=label is not None)


class _Numbering:
    """The labels that Word shows before automatically numbered paragraphs.

    `abstract` gives the definition that each list id uses; `levels` gives for each definition and depth the number
    format, the label's text with `%1` for a number, and the first number. `counts` is the state while paragraphs are
    read in order: the last number of each definition and depth.
    """

    def __init__(self, document: Document) -> None:
        self.levels: dict[str, dict[str, tuple[str, str, int]]] = {}
        self.counts: dict[str, dict[int, int]] = defaultdict(dict)
        self.abstract: dict[str, str] = {}
        relations = document.part.rels.values()
        part = next((relation.target_part for relation in relations if relation.reltype.endswith("/numbering")), None)
        for definition in part.element.findall(qn("w:abstractNum")) if part else ():
            self.levels[definition.get(qn("w:abstractNumId"))] = {
                level.get(qn("w:ilvl")): (
                    _read_value(level, "w:numFmt", "decimal"),
                    _read_value(level, "w:lvlText", "%1."),
                    int(_read_value(level, "w:start", "1")),
                )
                for level in definition.findall(qn("w:lvl"))
            }
        for number in part.element.findall(qn("w:num")) if part else ():
            self.abstract[number.get(qn("w:numId"))] = _read_value(number, "w:abstractNumId", "")

    def number_paragraph(self, paragraph: Paragraph) -> str | None:
        """Count a paragraph and return its label with a space: "" for a bullet, None if it is not numbered."""
        properties = self._find_numbering(paragraph)
        if properties is None:
            return None
        definition, depth = self.abstract.get(properties[0], ""), properties[1]
        level = self.levels.get(definition, {}).get(str(depth))
        if not level:
            return None
        form, text, start = level
        if form in ("bullet", "none"):
            return ""
        counts = self.counts[definition]
        counts[depth] = counts.get(depth, start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]

        def write_number(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            number_format = self.levels[definition].get(str(at), ("decimal", "", 1))[0]
            write: Callable[[int], str] = FORMATS.get(number_format, str)
            return write(counts.get(at, 1))

        return re.sub(r"%(\d)", write_number, text) + " "

    def _find_numbering(self, paragraph: Paragraph) -> tuple[str, int] | None:
        """The list id and depth of a paragraph, from itself or else from its styles; None if it is not numbered."""
        stated: Any = paragraph._p.pPr.numPr if paragraph._p.pPr is not None else None  # noqa: SLF001 — python-docx offers no other way
        style = paragraph.style
        while stated is None and style is not None:
            properties = style.element.find(qn("w:pPr"))
            stated = properties.find(qn("w:numPr")) if properties is not None else None
            style = getattr(style, "base_style", None)
        if stated is None or stated.numId is None:
            return None
        return str(stated.numId.val), stated.ilvl.val if stated.ilvl is not None else 0


def _read_value(element: Any, name: str, default: str) -> str:
    child = element.find(qn(name))
    return default if child is None else str(child.get(qn("w:val"), default))
