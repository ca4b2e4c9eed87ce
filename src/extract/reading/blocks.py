"""What every kind of document becomes: a stream of blocks, each with its kind and its place in the reading text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from extract.plan import Problem

PARAGRAPH, HEADING, ITEM, ROW = "paragraph", "heading", "item", "row"
# The level of a line that is set like a heading (bold from end to end) without being marked as one.
BOLD_LINE = 7
CELL_SEPARATOR = "\t"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or row of a table: its text, and where in the reading text that text begins.

    `level` is a heading's, from 1 to 6, or `BOLD_LINE`. `cells` are a row's, one a column: a cell that spans rows or
    columns is repeated in each. `table` numbers the tables of a document from 1.
    """

    text: str
    start: int
    kind: str = PARAGRAPH
    level: int = 0
    cells: tuple[str, ...] = ()
    table: int = 0

    @property
    def end(self) -> int:
        """Where the block's text ends in the reading text."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading text and its blocks without the empty ones.

    `main` is the range of blocks that holds the article; what stands before and after it may still tell of it.
    `meta` is what the document's own head says about it: `title`, `site`, `published`, `byline`, `source`,
    `canonical` (its own address).
    """

    text: str
    blocks: tuple[Block, ...]
    meta: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    main: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """A block before it has its place."""

    text: str
    kind: str = PARAGRAPH
    level: int = 0
    cells: tuple[str, ...] = ()
    table: int = 0
    main: bool = True


def make_row(cells: Iterable[str], table: int, *, main: bool = True) -> Line:
    """A table's row as a line; cells that are repeated beside each other are written once, their lines as one."""
    all_cells = tuple(cells)
    shown = [cell for before, cell in zip((None, *all_cells), all_cells, strict=False) if cell and cell != before]
    return Line(CELL_SEPARATOR.join(" ".join(cell.split()) for cell in shown), ROW, 0, all_cells, table, main)


def assemble_reading(
    lines: Iterable[Line], meta: Mapping[str, str] | None = None, problems: tuple[Problem, ...] = ()
) -> Reading:
    """Give each line its place in a reading text of one line a block."""
    blocks: list[Block] = []
    inside: list[int] = []
    position = 0
    for line in lines:
        if line.text:
            if line.main:
                inside.append(len(blocks))
            blocks.append(Block(line.text, position, line.kind, line.level, line.cells, line.table))
            position += len(line.text) + 1
    text = "\n".join(block.text for block in blocks)
    main = (inside[0], inside[-1] + 1) if inside else (0, len(blocks))
    return Reading(text, tuple(blocks), meta or {}, problems, main)
