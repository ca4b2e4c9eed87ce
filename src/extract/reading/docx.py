"""The bytes of a Word document in, a `Reading` out, through python-docx.

Headings are recognised by their styles. Word does not store an automatic label with its paragraph's text, so labels
are counted here by the document's own definitions.

A small file can ask for gigabytes: by its compression, by cells that span, by numbers and labels without end. What is
over a limit below is not read, and a problem says so. The text is read by loops over the elements, since the library's
own properties take time with the square of a paragraph's breaks, and of a table's merged rows.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import docx
from docx.oxml.ns import qn

from extract.numerals import write_chinese, write_roman
from extract.plan import Problem
from extract.reading.blocks import (
    HEADING,
    Line,
    Reading,
    Repetition,
    add_label,
    assemble_reading,
    make_row,
    measure_lead,
    normalise_space,
    read_bullet,
    report_unreadable,
)
from extract.reading.breaks import split_at_breaks

if TYPE_CHECKING:
    from docx.document import Document


def _to_path(names: str) -> str:
    """The path of nested elements, such as `w:pPr/w:numPr`, as lxml writes it."""
    return "/".join(map(qn, names.split("/")))


# Bytes that a document may unpack to, and those of its parts in XML, which take ten times as much memory when read.
LARGEST, LARGEST_XML = 200_000_000, 40_000_000
# Number of parts (text, styles, pictures …) that a document may have.
MOST_PARTS = 5_000
# Number of columns of a table in Word, and of levels of a list.
MOST_COLUMNS, MOST_LEVELS = 63, 9
# Length in characters of the text of a label; Word's own are shorter. A longer one is not written.
LONGEST_LABEL = 100
XML_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
# What elements of a run stand for in its text, besides `w:t` and `w:br`.
CHARACTERS = {qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:ptab"): "\t", qn("w:tab"): "\t"}
RUN, RUN_STYLE, BOLD = qn("w:r"), _to_path("w:rPr/w:rStyle"), _to_path("w:rPr/w:b")
# Where a run says that its text is not shown.
INVISIBLE = [_to_path(f"w:rPr/w:{name}") for name in ("vanish", "strike", "dstrike")]
# Where a paragraph says that its end, and a table row that it was deleted.
DELETED_END, DELETED_ROW = _to_path("w:pPr/w:rPr/w:del"), _to_path("w:trPr/w:del")
# Elements that hold text of the document in other elements; `w:del` and `w:moveFrom` do not.
WRAPPERS = frozenset(
    qn(f"w:{name}")
    for name in ("customXml", "dir", "bdo", "fldSimple", "hyperlink", "ins", "moveTo", "sdt", "sdtContent", "smartTag")
)


# How Word's number formats write a number. A format that is not listed is written in digits.
FORMATS: dict[str, Callable[[int], str]] = {
    "upperRoman": write_roman,
    "lowerRoman": lambda number: write_roman(number).lower(),
    "upperLetter": lambda number: chr(ord("A") + (number - 1) % 26),
    "lowerLetter": lambda number: chr(ord("a") + (number - 1) % 26),
    **dict.fromkeys(
        ("chineseCounting", "chineseCountingThousand", "japaneseCounting"),
        write_chinese,
    ),
    **dict.fromkeys(
        ("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), lambda number: chr(0x2460 + (number - 1) % 20)
    ),
}


def read_docx(content: bytes) -> Reading:
    """The reading of a Word document; one that cannot be opened is empty, with a problem that says so."""
    try:
        if problem := _find_excess(ZipFile(io.BytesIO(content))):
            return assemble_reading([], problems=(Problem(problem, 0),))
        document = docx.Document(io.BytesIO(content))
        reader = _DocumentReader(document)
        lines = list(reader.read_lines())
        return assemble_reading(lines, {"window": document.core_properties.title}, tuple(reader.list_problems()))
    except MemoryError:  # the worker's limit, which is its business
        raise
    except Exception as error:  # noqa: BLE001 — on damaged bytes the library raises errors of any kind
        return report_unreadable("the Word document", error)


def _find_excess(archive: ZipFile) -> str:
    """What is too much in a document's archive; "" where all of it can be read."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        return f"the Word document has more than {MOST_PARTS:,} parts, and is not read"
    if sum(part.file_size for part in parts) > LARGEST:
        return f"the Word document unpacks to more than {LARGEST // 1_000_000} MB, and is not read"
    if sum(part.file_size for part in parts) <= LARGEST_XML:
        return ""
    in_xml = 0
    for part in parts:
        with archive.open(part) as file:
            in_xml += part.file_size if XML_BEGINNING.match(file.read(64)) else 0
    if in_xml <= LARGEST_XML:
        return ""
    return f"text and styles of the Word document unpack to more than {LARGEST_XML // 1_000_000} MB, and are not read"


class _DocumentReader:
    """Reads the paragraphs and tables of a document, in its order.

    `repetition` holds spanning cells to their limit, `numbering` counts the labels, `styles` are the styles by id.
    `pieces` are the texts of the current paragraph, each with whether it is bold.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.pieces: list[tuple[str, bool]] = []
        self.repetition = Repetition()
        self.styles = _Styles(document)
        self.numbering = _Numbering(document, self.styles)

    def read_lines(self) -> Iterator[Line]:
        """The lines of the text."""
        tables = 0
        for part in _list_parts(self.document.element.body, qn("w:p"), qn("w:tbl")):
            if part.tag == qn("w:tbl"):
                tables += 1
                yield from self._read_table(part, tables)
            else:
                yield from self._read_paragraph(part)

    def list_problems(self) -> Iterator[Problem]:
        """What the limits left out."""
        yield from self.repetition.list_problems()
        if self.numbering.has_long_label:
            yield Problem(f"labels of more than {LONGEST_LABEL} characters are left out", 0)

    def _read_table(self, table: Any, number: int) -> Iterator[Line]:
        """The rows of a table; a cell that spans rows or columns is repeated in each of them."""
        above: dict[int, tuple[str, int]] = {}  # text and width of each cell of the row above, by its first column
        for row in _list_parts(table, qn("w:tr")):
            if row.find(DELETED_ROW) is not None:
                continue
            here: dict[int, tuple[str, int]] = {}
            cells: list[str] = []
            column = min(_read_number(row, "w:trPr/w:gridBefore", 0), MOST_COLUMNS)
            for cell in _list_parts(row, qn("w:tc")):
                width = min(_read_number(cell, "w:tcPr/w:gridSpan", 1), MOST_COLUMNS)
                merge = cell.find(_to_path("w:tcPr/w:vMerge"))
                if merge is not None and merge.get(qn("w:val"), "continue") == "continue":
                    here[column] = above.get(column, ("", width))
                    cells += self.repetition.repeat(*here[column])
                else:
                    text = " ".join(" ".join(map(_read_text, _list_parts(cell, qn("w:p")))).split())
                    here[column] = (text, width)
                    cells += [text, *self.repetition.repeat(text, width - 1)] if width else []
                column += width
            above = here
            yield make_row(cells, number)

    def _read_paragraph(self, paragraph: Any) -> Iterator[Line]:
        """The lines of a paragraph; of one whose end was deleted, none: its text begins the next paragraph's."""
        bold = bool(self.styles.find_bold(self.styles.find_style(paragraph)))
        self.pieces += [(_read_run(run), self._is_bold(run, inherited=bold)) for run in _list_parts(paragraph, RUN)]
        if paragraph.find(DELETED_END) is not None:
            return
        label, depth = self.numbering.number_paragraph(paragraph)
        name = self.styles.find_style(paragraph).name
        level = re.fullmatch(r"(?:heading|标题)\s*(\d)", name, re.IGNORECASE)
        is_title = level is not None or name.lower() in ("title", "标题")
        pieces, self.pieces = self.pieces, []
        has_bold = any(is_bold and text.strip() for text, is_bold in pieces)
        for part in split_at_breaks(pieces, "\n", is_title=is_title):
            text = normalise_space("".join(text for text, _ in part))
            if not text:
                continue
            if name.lower() in ("title", "标题"):
                line = Line(text, HEADING, 1)
            elif level:
                line = Line(text, HEADING, min(int(level[1]), 6))
            else:
                line = read_bullet(text, lead=measure_lead(part) if has_bold else 0, item=depth)
            yield add_label(line, label)
            label, depth = "", 0

    def _is_bold(self, run: Any, *, inherited: bool) -> bool:
        """Whether a run is bold: as it states, or its style, or else as its paragraph's style does (`inherited`)."""
        stated = _read_switch(run, BOLD)
        if stated is None and (style := run.find(RUN_STYLE)) is not None:
            stated = self.styles.find_bold(self.styles.by_id.get(style.get(qn("w:val"))))
        return inherited if stated is None else stated


def _list_parts(parent: Any, *tags: str) -> Iterator[Any]:
    """The elements with these tags in an element, also in content controls, fields, links and insertions.

    What was deleted or moved away is left out. The parser lets no document nest deeper than 256 elements.
    """
    for child in parent.iterchildren():
        if child.tag in tags:
            yield child
        elif child.tag in WRAPPERS:
            yield from _list_parts(child, *tags)


def _read_text(paragraph: Any) -> str:
    """The text of a paragraph, with line breaks and tabs."""
    return "".join(map(_read_run, _list_parts(paragraph, RUN)))


def _read_run(run: Any) -> str:
    """The text of a run; breaks of pages and columns are not in it, nor is hidden or struck text."""
    texts: list[str] = []
    if any(_read_switch(run, path) for path in INVISIBLE):
        return ""
    for child in run:
        if child.tag == qn("w:t"):
            texts.append(child.text or "")
        elif child.tag == qn("w:br"):
            texts.append("\n" if child.get(qn("w:type"), "textWrapping") == "textWrapping" else "")
        elif child.tag == qn("w:ruby"):
            texts += map(_read_run, child.findall(_to_path("w:rubyBase/w:r")))
        else:
            texts.append(CHARACTERS.get(child.tag, ""))
    return "".join(texts)


def _read_switch(element: Any, path: str) -> bool | None:
    """What a switch such as `w:b` is set to; None where it is not there."""
    switch = element.find(path)
    return None if switch is None else switch.get(qn("w:val"), "1") in ("1", "true", "on")


@dataclass
class _Style:
    """A style: its name, the element that numbers its paragraphs, whether it is bold (None: unsaid), its base's id."""

    name: str = ""
    numbering: Any = None
    bold: bool | None = None
    base: str | None = None


class _Styles:
    """The styles of a document, by id; `default` is that of a paragraph which names none."""

    def __init__(self, document: Document) -> None:
        self.by_id: dict[str, _Style] = {}
        self.of_paragraphs: set[str] = set()
        self.default = _Style()
        for element in document.styles.element.iterchildren(qn("w:style")):
            style_id = element.get(qn("w:styleId")) or ""
            style = _Style(
                _read_value(element, "w:name", ""),
                element.find(_to_path("w:pPr/w:numPr")),
                _read_switch(element, BOLD),
                _read_value(element, "w:basedOn", "") or None,
            )
            is_paragraph = element.get(qn("w:type"), "paragraph") == "paragraph"
            if style_id not in self.by_id:
                self.by_id[style_id] = style
                self.of_paragraphs |= {style_id} if is_paragraph else set()
            if is_paragraph and element.get(qn("w:default")) in ("1", "true", "on"):
                self.default = style

    def find_style(self, paragraph: Any) -> _Style:
        """The style of a paragraph."""
        stated = paragraph.find(_to_path("w:pPr/w:pStyle"))
        style_id = stated.get(qn("w:val")) if stated is not None else None
        return self.by_id[style_id] if style_id in self.of_paragraphs else self.default

    def find_numbering(self, paragraph: Any) -> Any:
        """The element that numbers a paragraph, its own or else its styles'; None where there is none."""
        stated = paragraph.find(_to_path("w:pPr/w:numPr"))
        styles = self._list_bases(self.find_style(paragraph)) if stated is None else ()
        return next((style.numbering for style in styles if style.numbering is not None), stated)

    def find_bold(self, style: _Style | None) -> bool | None:
        """Whether a style or one that it is based on is bold; None where none states it."""
        return next((other.bold for other in self._list_bases(style) if other.bold is not None), None)

    def _list_bases(self, style: _Style | None) -> Iterator[_Style]:
        """A style and those that it is based on; one that is based on itself is there once."""
        seen: set[int] = set()
        while style is not None and id(style) not in seen:
            yield style
            seen.add(id(style))
            style = self.by_id.get(style.base) if style.base else None


class _Numbering:
    """The labels that Word shows before automatically numbered paragraphs.

    `abstract` gives the definition that each list id uses; `levels` gives for each definition and depth the number
    format, the label's text with `%1` for a number, and the first number. `counts` is the state while paragraphs are
    read in order: the last number of each definition and depth.
    """

    def __init__(self, document: Document, styles: _Styles) -> None:
        self.styles = styles
        self.levels: dict[str, dict[str, tuple[str, str, int]]] = {}
        self.counts: dict[str, dict[int, int]] = defaultdict(dict)
        self.abstract: dict[str, str] = {}
        self.has_long_label = False
        relations = document.part.rels.values()
        part = next((relation.target_part for relation in relations if relation.reltype.endswith("/numbering")), None)
        for definition in part.element.findall(qn("w:abstractNum")) if part else ():
            self.levels[definition.get(qn("w:abstractNumId"))] = {
                level.get(qn("w:ilvl")): (
                    _read_value(level, "w:numFmt", "decimal"),
                    _read_value(level, "w:lvlText", "%1."),
                    _read_number(level, "w:start", 1),
                )
                for level in definition.findall(qn("w:lvl"))
            }
        for number in part.element.findall(qn("w:num")) if part else ():
            self.abstract[number.get(qn("w:numId"))] = _read_value(number, "w:abstractNumId", "")

    def number_paragraph(self, paragraph: Any) -> tuple[str, int]:
        """Count a paragraph; its label with a space ("" for a bullet) and its depth in the list (0: not in a list)."""
        properties = self._find_numbering(paragraph)
        if properties is None:
            return "", 0
        definition, depth = self.abstract.get(properties[0], ""), properties[1]
        level = self.levels.get(definition, {}).get(str(depth))
        if not level or depth >= MOST_LEVELS:
            return "", 0
        form, text, start = level
        if form in ("bullet", "none"):
            return "", depth + 1
        counts = self.counts[definition]
        counts[depth] = counts.get(depth, start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        if len(text) > LONGEST_LABEL:
            self.has_long_label = True
            return "", depth + 1

        def write_number(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            number_format = self.levels[definition].get(str(at), ("decimal", "", 1))[0]
            write: Callable[[int], str] = FORMATS.get(number_format, str)
            return write(counts.get(at, 1))

        return re.sub(r"%(\d)", write_number, text) + " ", depth + 1

    def _find_numbering(self, paragraph: Any) -> tuple[str, int] | None:
        """The list id and depth of a paragraph, from itself or else from its styles; None if it is not numbered."""
        stated = self.styles.find_numbering(paragraph)
        if stated is None or stated.find(qn("w:numId")) is None:
            return None
        return str(_read_number(stated, "w:numId", 0)), _read_number(stated, "w:ilvl", 0)


def _read_value(element: Any, name: str, default: str) -> str:
    child = element.find(qn(name))
    return default if child is None else str(child.get(qn("w:val"), default))


def _read_number(element: Any, names: str, default: int) -> int:
    """The number, of up to 15 digits, that a nested element states; the default where it states none."""
    child = element.find(_to_path(names))
    match = re.fullmatch(r"\s*\+?(\d{1,15})\s*", child.get(qn("w:val"), "") if child is not None else "", re.ASCII)
    return int(match[1]) if match else default
