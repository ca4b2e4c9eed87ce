"""The lines of a document in, a `Reading` out: blocks with their kind, and the reading text that they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.text import CONTROLS, replace_controls
from extract.labels import read_labels
from extract.plan import Problem

PARAGRAPH, HEADING, ITEM, ROW = "paragraph", "heading", "item", "row"
# The heading level of a line that is bold from end to end but not marked up as a heading.
BOLD_LINE = 7
# Length in characters up to which such a line is a heading.
LONGEST_BOLD_LINE = 100
# Length in characters up to which a text before bold words may be their label.
LONGEST_LEAD_LABEL = 20
# Marks that end a bold beginning, whether or not they are bold themselves.
STOPS = ".:。："
# A bullet at the beginning of a line. The glyphs may stand right before the words, other marks have a space behind
# them. Letters stand for glyphs of the fonts Wingdings and Courier, as Word writes them. A page number is none.
BULLET = re.compile(
    r"\s*(?![-–—]\s*\d+\s*[-–—]\s*$)(?:"
    r"[•●▪◦■➢➤►▶‣⁃∙⮚◆◇❖✓✔\uf000-\uf0ff]\s*(?=\S)"
    r"|(?:--|[-*+·○□▫–—›»*])\s+|o(?:\t\s*|\s+(?=[A-Z“\"]))|[lnuqvØ§ü]\s+(?=[\u4e00-\u9fff]))"
)
# Characters that take no space on the page: where a word may be broken, and marks of direction.
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
CELL_SEPARATOR = "\t"
# What a cell over all columns of a table can say as a heading: words, not a "yes" that stands in every column.
SPANNING = re.compile(r"(?=.*(?:[\u4e00-\u9fff].*[\u4e00-\u9fff]|(?:[^\W\d_].*){4})).{1,90}")
# Length in characters of a block; the longest of real documents have 7,000. A longer paragraph is read in parts, of a
# longer table row the rest is not read: where a step takes time with the square of a block's length, it stays short.
LONGEST_BLOCK = 20_000
# Characters that the cells which span rows and columns may repeat in a document: a small file can ask for gigabytes.
MOST_REPEATED = 3_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row: its text, and the position in the reading text where it begins.

    `level` is a heading's, from 1 to 6, or `BOLD_LINE`; or a list item's depth, 1 for the outermost list, 0 where it is
    not known. `cells` are a row's, one per column; a cell that spans rows or columns is repeated in each. `table`
    numbers the tables of a document from 1. `lead` is the length in characters of a paragraph's or list item's bold
    beginning, with the label before it.
    """

    text: str
    start: int
    kind: str = PARAGRAPH
    level: int = 0
    cells: tuple[str, ...] = ()
    table: int = 0
    lead: int = 0

    @property
    def end(self) -> int:
        """The position in the reading text where the block ends."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading text and its blocks; no block is empty.

    `main` is the range of block indexes that holds the article; blocks outside it may still describe the article.
    `meta` is what the document's own head states: `title`, `headline`, `window` (the window's title), `site`,
    `published`, `byline`, `source`, `canonical` (the page's own address), `language` (a code such as `fr` or `zh-CN`).
    """

    text: str
    blocks: tuple[Block, ...]
    meta: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    main: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """A block before its position is known. `main` says whether it belongs to the article."""

    text: str
    kind: str = PARAGRAPH
    level: int = 0
    cells: tuple[str, ...] = ()
    table: int = 0
    main: bool = True
    lead: int = 0


@dataclass
class Repetition:
    """Repeats the texts of cells that span rows and columns, up to a limit for the whole document.

    `left` are the characters that may still be repeated; each cell takes one more than its text.
    """

    left: int = MOST_REPEATED

    def repeat(self, text: str, times: int) -> list[str]:
        """The text so many times; empty cells where the limit is reached."""
        self.left -= max(times, 0) * (len(text) + 1)
        return [text if self.left >= 0 else ""] * times

    def list_problems(self) -> Iterator[Problem]:
        """A problem where the limit was reached."""
        if self.left < 0:
            yield Problem(
                f"cells that span rows and columns repeat more than {MOST_REPEATED:,} characters: "
                "from there on each is written once",
                0,
            )


def make_paragraph(text: str, *, lead: int, item: int) -> Line:
    """A paragraph or list item as a line; a heading if it is short and bold from end to end.

    `lead` is the length of its bold beginning, `item` the depth of the list item, 0 for a paragraph.
    """
    if lead == len(text) <= LONGEST_BOLD_LINE:
        return Line(text, HEADING, BOLD_LINE)
    return Line(text, ITEM if item else PARAGRAPH, item, lead=lead)


def read_bullet(text: str, *, lead: int, item: int) -> Line:
    """The line that `make_paragraph` makes; one that begins with a bullet is an item without it."""
    bullet = BULLET.match(text)
    cut = bullet.end() if bullet else 0
    return make_paragraph(text[cut:], lead=max(lead - cut, 0), item=item or int(cut > 0))


def measure_lead(pieces: Iterable[tuple[str, bool]]) -> int:
    """The length in characters of the bold beginning of a line, with single spaces; 0 if the line does not begin bold.

    Each piece is a text and whether it is bold. A label before the bold words, and a stop or colon behind them, count.
    """
    words, has_bold = "", False
    for text, is_bold in pieces:
        if not text.strip() or is_bold:
            words += text
            has_bold = has_bold or (is_bold and bool(text.strip()))
        elif not has_bold and is_label(words + text):
            words += text
        else:
            words += text[:1] if text[0] in STOPS else ""
            break
    return len(" ".join(words.split())) if has_bold else 0


def normalise_space(text: str) -> str:
    """The text with single spaces and without characters that are not seen."""
    text = " ".join(text.split())
    return text if text.isascii() or not INVISIBLE.search(text) else " ".join(INVISIBLE.sub("", text).split())


def add_label(line: Line, label: str) -> Line:
    """The line with a label before its text, which counts in its bold beginning."""
    return replace(line, text=label + line.text, lead=len(label) + line.lead if line.lead else 0) if label else line


def is_label(text: str) -> bool:
    """Whether a text is a label and nothing else."""
    words = text.strip()
    return len(words) <= LONGEST_LEAD_LABEL and any(label.length > len(words) for label in read_labels(f"{words} A"))


def make_row(cells: Iterable[str], table: int, *, main: bool = True) -> Line:
    """A table row as a line. Equal cells side by side are written once; each cell is written on one line.

    A row that is one cell over all columns is a heading of the rows below it.
    """
    all_cells = tuple(cells)
    if len(all_cells) > 1 and len(set(all_cells)) == 1 and SPANNING.fullmatch(words := " ".join(all_cells[0].split())):
        return Line(words, HEADING, BOLD_LINE, main=main)
    shown = [cell for before, cell in zip((None, *all_cells), all_cells, strict=False) if cell and cell != before]
    return Line(CELL_SEPARATOR.join(" ".join(cell.split()) for cell in shown), ROW, 0, all_cells, table, main)


def assemble_reading(
    lines: Iterable[Line], meta: Mapping[str, str | None] | None = None, problems: tuple[Problem, ...] = ()
) -> Reading:
    """The reading of a document's lines: its text has one line per block; empty lines and metadata are omitted."""
    blocks: list[Block] = []
    inside: list[int] = []
    position = 0
    lengths: list[int] = []
    for line in map(_replace_controls, split_long_lines(lines, lengths)):
        if line.text:
            if line.main:
                inside.append(len(blocks))
            blocks.append(Block(line.text, position, line.kind, line.level, line.cells, line.table, line.lead))
            position += len(line.text) + 1
    text = "\n".join(block.text for block in blocks)
    main = (inside[0], inside[-1] + 1) if inside else (0, len(blocks))
    stated = {name: replace_controls(value or "").strip() for name, value in (meta or {}).items()}
    stated = {name: value for name, value in stated.items() if value}
    return Reading(text, tuple(blocks), stated, (*problems, *report_long(lengths)), main)


def _replace_controls(line: Line) -> Line:
    if not CONTROLS.search(line.text):
        return line
    return replace(line, text=replace_controls(line.text), cells=tuple(map(replace_controls, line.cells)))


def split_long_lines(lines: Iterable[Line], lengths: list[int]) -> Iterator[Line]:
    """The lines, those that are longer than a block in parts; the lengths of these are appended to `lengths`."""
    for line in lines:
        if len(line.text) <= LONGEST_BLOCK:
            yield line
            continue
        lengths.append(len(line.text))
        if line.kind == ROW:
            cells = tuple(cell[:LONGEST_BLOCK] for cell in line.cells)
            yield replace(line, text=line.text[:LONGEST_BLOCK], cells=cells)
        else:
            for start in range(0, len(line.text), LONGEST_BLOCK):
                yield replace(line, text=line.text[start : start + LONGEST_BLOCK], lead=0 if start else line.lead)


def report_long(lengths: Sequence[int]) -> Iterator[Problem]:
    """A problem where lines were longer than a block; `lengths` are theirs."""
    if lengths:
        yield Problem(
            f"lines with more than {LONGEST_BLOCK:,} characters: {len(lengths)}, the longest has {max(lengths):,}; "
            "a paragraph is read in parts, of a table row only the beginning",
            0,
        )


def report_unreadable(file: str, error: Exception) -> Reading:
    """The empty reading of a file (`the PDF`) that a library cannot open, with a problem that says why."""
    reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return assemble_reading([], problems=(Problem(f"{file} cannot be opened: {reason}", 0),))
