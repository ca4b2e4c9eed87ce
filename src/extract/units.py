"""Blocks and their outline in, units out: every line, list item and table cell that could be an area or a task.

This is the proposing half of the reading's decision: nothing is left out because of its words. Units of one style are
alike in the way that the document marks them; `readings` proposes which styles are the areas and which the tasks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from extract.grids import is_head_row, join_heads, read_card
from extract.labels import Label, read_labels
from extract.lexicon.rows import Lexicon
from extract.outline import Item
from extract.reading.blocks import HEADING, ITEM, ROW, Block
from extract.sentences import reduce_to_letters

# Length in characters up to which a line without a mark can be a heading.
LONGEST_LINE = 90
# Number of labelled units of a style from which on, and share (0 to 1) of distinct words beside their labels up to
# which, these words do not name them.
FEWEST_ALIKE, SHARE_ALIKE = 3, 0.5
# Length in characters up to which a cell can be the head of its column, and how many times as long as it the cells of
# some column are on average.
LONGEST_HEAD, LONGER = 40, 2.0
# Number of columns up to which a table's columns can hold tasks.
MOST_COLUMNS = 16
NO_LABEL = Label("", 0, "", 0)
LINE, PARAGRAPH, BULLET, LEAD_IN, COLUMN, LOOSE = "line", "paragraph", "bullet", "lead", "column", "loose"
# The end of a text that is a sentence or introduces what follows, and so is no heading.
SENTENCE_END = re.compile(r"[.。,，;；:：!！?？…]\W*$")
HEADING_START = re.compile(r"[A-Z0-9\u4e00-\u9fff“\"《]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A line, list item or cell that could be an area or a task.

    `block` is its block's index, `item` the outline's item that it is (None if it is none), `parent` the index of the
    unit that it lies in. `title` is its text without its label, or the text below if `borrows` says that its own line
    does not name it. `start` is the position of its own words in the block's text, `column` the column of a cell, and
    `head` the letters of the column's head.
    """

    block: int
    style: str
    label: Label
    depth: int
    parent: int | None
    title: str
    start: int = 0
    item: int | None = None
    column: int = 0
    head: str = ""
    borrows: bool = False


def propose_units(blocks: Sequence[Block], items: Sequence[Item], lexicon: Lexicon) -> list[Unit]:
    """The units of an article, in the order of the text; those of a table column by column."""
    units: list[Unit] = []
    at_item = {item.block: index for index, item in enumerate(items)}
    unit_of: dict[int, int] = {}  # the unit of each item
    holder: int | None = None  # the unit that the next block lies in: the last item, or a line below it
    line: int | None = None
    bullets: list[tuple[int, int]] = []  # the depth and unit of each open list item, the outermost first
    heads, cards = _find_heads(blocks, lexicon)
    rows_from = {rows[0][0]: rows for rows in _list_rows(blocks)}
    for index, block in enumerate(blocks):
        if block.kind == ROW:
            if rows := rows_from.get(index):
                above = line if line is not None else holder
                depth = 0 if above is None else units[above].depth + 1
                units += (
                    _propose_values(rows, above, depth)
                    if block.table in cards
                    else _propose_cells(rows, above, depth, heads.get(block.table))
                )
            bullets = []
            continue
        if index in at_item:
            item = items[at_item[index]]
            parent = None if item.parent is None else unit_of[item.parent]
            unit_of[at_item[index]] = holder = len(units)
            line, bullets = None, []
            units.append(
                _make_unit(
                    block, index, item.label.style, item.label, depth=item.depth, parent=parent, item=at_item[index]
                )
            )
            continue
        above = line if line is not None else holder
        depth = 0 if above is None else units[above].depth + 1
        if block.kind == ITEM:
            level = max(block.level, 1)
            while bullets and bullets[-1][0] >= level:
                bullets.pop()
            parent = bullets[-1][1] if bullets else above
            bullets.append((level, len(units)))
            units.append(
                _make_unit(block, index, f"{BULLET} {level}", NO_LABEL, depth=depth + len(bullets) - 1, parent=parent)
            )
            continue
        bullets = []
        label = next(iter(read_labels(block.text)), NO_LABEL)
        style, parent = _name_style(block, label, lexicon), above
        if style == LINE:
            depth, parent = (0, None) if holder is None else (units[holder].depth + 1, holder)
            line = len(units)
        if style:
            units.append(_make_unit(block, index, style, label, depth=depth, parent=parent))
    return _add_titles_below(units)


def _name_style(block: Block, label: Label, lexicon: Lexicon) -> str:
    """The style of a block that is no item of the outline or a list; "" if it only says something of what is above."""
    if label.length:
        return f"{LOOSE} {label.style}"
    if 0 < block.lead < len(block.text):
        return LEAD_IN
    if is_field(block.text, lexicon):
        return ""
    return LINE if _is_line(block) else PARAGRAPH


def is_field(text: str, lexicon: Lexicon) -> bool:
    """Whether a line names what it states of a task: who is responsible, or until when."""
    patterns = (
        *(row.pattern for row in lexicon.role_fields[:-1]),
        *(style.pattern for style in lexicon.assignments if not style.prominent),
        *(style.pattern for style in lexicon.deadlines if style.field),
    )
    return any(pattern.match(text) for pattern in patterns)


def _add_titles_below(units: list[Unit]) -> list[Unit]:
    """The units, those whose label has no words beside it, or the same as others, with the title from the line below.

    So it is where "Action 1" and its title are two headings, or where the words beside it are the state of the action.
    """
    words: dict[str, list[str]] = defaultdict(list)
    for unit in units:
        if unit.item is not None and unit.label.length:
            words[unit.style].append(reduce_to_letters(unit.title))
    repeated = {
        style
        for style, titles in words.items()
        if len(titles) >= FEWEST_ALIKE and len(set(titles)) <= SHARE_ALIKE * len(titles)
    }
    borrowed = list(units)
    for at, unit in enumerate(units[:-1]):
        below = units[at + 1]
        is_empty = unit.item is not None and bool(unit.label.length) and not reduce_to_letters(unit.title)
        if (
            (is_empty or (unit.style in repeated and unit.label.length))
            and not below.label.length
            and below.block == unit.block + 1
        ):
            borrowed[at] = replace(unit, title=below.title, borrows=True)
    return borrowed


def _make_unit(
    block: Block, index: int, style: str, label: Label, *, depth: int, parent: int | None, item: int | None = None
) -> Unit:
    words = block.text[label.length :]
    start = label.length + len(words) - len(words.lstrip())
    return Unit(index, style, label, depth, parent, words.strip(), start, item)


def _is_line(block: Block) -> bool:
    """Whether a block without a mark is as short as a heading and does not end like a sentence."""
    text = block.text.strip()
    return block.kind == HEADING or (
        1 < len(text) <= LONGEST_LINE and not SENTENCE_END.search(text) and bool(HEADING_START.match(text))
    )


def _list_rows(blocks: Sequence[Block]) -> Iterator[list[tuple[int, Block]]]:
    """The rows of each table that follow each other, with their indexes: a heading within a table begins new ones."""
    for table, group in groupby(enumerate(blocks), key=lambda pair: pair[1].table if pair[1].kind == ROW else None):
        if table is not None:
            yield list(group)


def _find_heads(blocks: Sequence[Block], lexicon: Lexicon) -> tuple[dict[int, Block], set[int]]:
    """The first row of each table, by the table's number, if it names the columns; and the tables that are cards."""
    tables: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.kind == ROW:
            tables[block.table].append(block)
    cards = {table for table, rows in tables.items() if read_card(rows, lexicon) is not None}
    return {table: rows[0] for table, rows in tables.items() if _is_head(rows, lexicon)}, cards


def _propose_values(rows: Sequence[tuple[int, Block]], parent: int | None, depth: int) -> Iterator[Unit]:
    """The units of a card: its values, each under the name that stands before it."""
    for index, row in rows:
        for at in range(0, len(row.cells) - 1, 2):
            words = " ".join(row.cells[at + 1].split())
            if words and row.cells[at] != row.cells[at + 1]:
                yield _make_cell(index, row, at + 1, words, parent, depth, reduce_to_letters(row.cells[at]))


def _propose_cells(
    rows: Sequence[tuple[int, Block]], parent: int | None, depth: int, head: Block | None
) -> Iterator[Unit]:
    """The units of a table's cells, row by row, without its head; a cell that spans rows is one unit."""
    above: tuple[str, ...] = ()
    heads = [reduce_to_letters(cell) for cell in join_heads([head, *(row for _, row in rows)])] if head else []
    for index, row in rows:
        if head and is_head_row(row, head):
            continue
        for column, cell in enumerate(row.cells[:MOST_COLUMNS]):
            words = " ".join(cell.split())
            if (
                not words
                or (column < len(above) and above[column] == cell)
                or (column and row.cells[column - 1] == cell)
            ):
                continue
            name = heads[column] if column < len(heads) else ""
            yield _make_cell(index, row, column, words, parent, depth, name)
        above = row.cells


def _make_cell(  # noqa: PLR0917 (as the unit has them)
    index: int, row: Block, column: int, words: str, parent: int | None, depth: int, name: str
) -> Unit:
    label = next((label for label in read_labels(words) if label.length < len(words)), NO_LABEL)
    start = max(row.text.find(words), 0) + label.length
    return Unit(
        index, f"{COLUMN} {column}", label, depth, parent, words[label.length :].strip(), start, None, column, name
    )


def find_ends(units: Sequence[Unit], count: int) -> list[int]:
    """For each unit the index of the block after the last one in it; `count` is the number of blocks."""
    ends = [count] * len(units)
    open_units: list[int] = []
    for at, unit in enumerate(units):
        while open_units and units[open_units[-1]].depth >= unit.depth:
            ends[open_units.pop()] = unit.block
        open_units.append(at)
    return ends


def _is_head(rows: Sequence[Block], lexicon: Lexicon) -> bool:
    """Whether a table's first row names its columns: known words, or short ones above longer ones in some column."""
    cells = [" ".join(cell.split()) for cell in rows[0].cells]
    below = [row.cells for row in rows[1:]]
    others = [  # "No." names a column too, though it ends like a sentence
        cell
        for cell in cells
        if not any(pattern.fullmatch(cell.strip(" *:：")) for pattern in lexicon.columns.values())
    ]
    if not below or any(len(cell) > LONGEST_HEAD or SENTENCE_END.search(cell) for cell in others):
        return False
    if len(others) < len(cells):
        return True
    lengths = [[len(row[at]) for row in below if at < len(row)] for at in range(len(cells))]
    return any(
        sum(column) >= LONGER * len(column) * max(len(cell), 1)
        for cell, column in zip(cells, lengths, strict=True)
        if column
    )
