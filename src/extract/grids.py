"""A text's tables in, what they state about tasks out: what each column holds, and which rows belong to which task.

A table inside a task belongs to that task. A table of its own, often an annex, belongs to the tasks that its rows name
or number. If a text has no other outline, the rows of such a table are the tasks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice, takewhile

from extract.assignments import read_names, resolve_leads
from extract.deadlines import Deadline, resolve_day
from extract.lexicon.rows import AREA, BODY, DEADLINE, LEAD, ORDINAL, OUTPUT, RESPONSIBLE, SUPPORT, TASK, Lexicon
from extract.numerals import parse_numeral
from extract.plan import Assignment
from extract.reading.blocks import ROW, Block
from extract.sentences import reduce_to_letters

ROLES = (LEAD, SUPPORT, RESPONSIBLE)
# Number of rows, from the first, that may be the head of a table.
HEAD_ROWS = 3
# Number of rows from which on the names before their values make a table a card of one task.
FEWEST_NAMED = 2
# Length in characters below which a cell of the head can name its column.
LONGEST_HEAD = 60
# What stands around a number in a cell.
NUMBER_MARKS = re.compile(r"[\s.、．()（）第项条]")
# Number of letters above which a cell can name a task by its whole title, and by the beginning of it.
LEAST_LETTERS, LEAST_LETTERS_OF_PART = 3, 5


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose head names its columns: the index of each kind of column, and the rows below it, one or more.

    If it `is_card`, it has one row, which is that of its task.
    """

    columns: dict[str, int]
    rows: tuple[Block, ...]
    is_card: bool = False

    def read_cell_lines(self, row: Block, kind: str) -> str:
        """A row's cell in the column of a kind, with its line breaks; "" if there is no such column or cell."""
        at = self.columns.get(kind, -1)
        return row.cells[at] if 0 <= at < len(row.cells) else ""

    def read_cell(self, row: Block, kind: str) -> str:
        """A row's cell in the column of a kind, on one line; "" if there is no such column or cell."""
        return " ".join(self.read_cell_lines(row, kind).split())


def find_grids(blocks: Sequence[Block], lexicon: Lexicon) -> list[Grid]:
    """The tables whose heads name a column of bodies or of deadlines."""
    grids = []
    tables = groupby((block for block in blocks if block.kind == ROW), key=lambda block: block.table)
    for _, group in tables:
        rows = list(group)
        if (card := read_card(rows, lexicon)) is not None:
            grids.append(card)
            continue
        for at, head in enumerate(rows[:HEAD_ROWS]):
            kinds = _recognise_columns(join_heads(rows[at:]), lexicon)
            below = tuple(row for row in rows[at + 1 :] if not is_head_row(row, head))
            if below and {kind for kind, _ in kinds} & {*ROLES, DEADLINE}:
                grids.append(Grid(_choose_columns(kinds, below), below))
                break
    return grids


def read_card(rows: Sequence[Block], lexicon: Lexicon) -> Grid | None:
    """A table that says of one task, row by row, who leads it and until when, as a grid of one row; None if it is none.

    The names of its values stand before them, in one column or in several, and not in the first row alone.
    """
    pairs = [
        (row.cells[at], row.cells[at + 1])
        for row in rows
        for at in range(0, len(row.cells) - 1, 2)
        if len(row.cells) % 2 == 0
    ]
    kinds = _recognise_columns([name for name, _ in pairs], lexicon)
    named_rows = sum(bool(_recognise_columns(row.cells[::2], lexicon)) for row in rows)
    is_card = len({kind for kind, _ in kinds}) > 1 and {kind for kind, _ in kinds} & {*ROLES, DEADLINE}
    if named_rows < FEWEST_NAMED or not is_card or len(_recognise_columns(rows[0].cells[1::2], lexicon)):
        return None
    columns = dict(reversed(kinds))
    return Grid(columns, (replace(rows[0], cells=tuple(value for _, value in pairs)),), is_card=True)


def is_head_row(row: Block, head: Block) -> bool:
    """Whether a row is a part of the head, or repeats it: some cell spans both, or says the same."""
    return any(cell.strip() and cell == above for cell, above in zip(row.cells, head.cells, strict=False))


def join_heads(rows: Sequence[Block]) -> tuple[str, ...]:
    """The cells of a table's head, the first of the rows; where more rows are part of it, those of the last."""
    head = rows[0]
    return next((row.cells for row in reversed(rows[1:HEAD_ROWS]) if is_head_row(row, head)), head.cells)


def read_row_assignments(grid: Grid, rows: Sequence[Block], lexicon: Lexicon) -> tuple[Assignment, ...]:
    """The assignments that the rows state, in the order of the rows and columns.

    A body that leads in one of the rows is not listed in another role as well.
    """
    roles = sorted((role for role in ROLES if role in grid.columns), key=lambda role: grid.columns[role])
    stated = [(new.body, new.role) for row in rows for role in roles for new in _read_names(grid, row, role, lexicon)]
    leads = {name for name, role in stated if role == LEAD}
    unique = dict.fromkeys((name, role) for name, role in stated if role == LEAD or name not in leads)
    return resolve_leads(Assignment(name, role, name) for name, role in unique)


def _read_names(grid: Grid, row: Block, role: str, lexicon: Lexicon) -> Iterable[Assignment]:
    """The assignments of a row's cell in the column of a role."""
    names = grid.read_cell_lines(row, role)
    return () if lexicon.empty_cells.fullmatch(names) else read_names(names, role, lexicon)


def read_row_deadline(grid: Grid, rows: Sequence[Block], lexicon: Lexicon) -> Deadline:
    """The deadline that all rows state; empty if they state none or several, or words without any date."""
    cells = {cell for row in rows if (cell := grid.read_cell(row, DEADLINE).strip(" *†‡"))}
    if len(cells) != 1:
        return Deadline()
    (stated,) = cells
    is_date = re.search(r"\d{4}", stated) or any(style.search(stated) for style in lexicon.deadline_days)
    return Deadline(stated, resolve_day(stated, lexicon)) if is_date else Deadline()


def match_rows(grid: Grid, titles: Titles) -> list[list[Block]]:
    """For each task the rows that belong to it; `titles` are those of the tasks.

    Rows are matched by the title's words if at least half of them name a task; else by their numbers, if these are
    exactly those of the tasks. The position of a row says nothing.
    """
    tasks = [titles.find_named_task(row) for row in grid.rows]
    if sum(task is not None for task in tasks) * 2 < len(grid.rows):
        tasks = titles.find_numbered_tasks([_read_number(grid, row) for row in grid.rows])
    rows_of: list[list[Block]] = [[] for _ in titles.keys]
    for row, task in zip(grid.rows, tasks, strict=True):
        if task is not None:
            rows_of[task].append(row)
    return rows_of


def _read_number(grid: Grid, row: Block) -> int | None:
    """A row's number: in the column of numbers, else alone in its first cell; None if it has none."""
    cell = grid.read_cell(row, ORDINAL) if ORDINAL in grid.columns else row.cells[0] if row.cells else ""
    return parse_numeral(NUMBER_MARKS.sub("", cell))


def _recognise_columns(head: Sequence[str], lexicon: Lexicon) -> list[tuple[str, int]]:
    """The kind and index of each column that the head names, as a whole or by one of the names between slashes."""
    kinds = []
    for at, cell in enumerate(head):
        words = " ".join(cell.split()).strip(" *:：")
        if 0 < len(words) < LONGEST_HEAD:
            names = (words, *(name.strip() for name in words.split("/") if "/" in words))
            matches = (kind for name in names for kind, pattern in lexicon.columns.items() if pattern.fullmatch(name))
            kind = next(matches, "")
            kinds += [(kind, at)] if kind else []
    present = {kind for kind, _ in kinds}
    meaning = {OUTPUT: OUTPUT if TASK in present else TASK, BODY: RESPONSIBLE if DEADLINE in present else BODY}
    return [(meaning.get(kind, kind), at) for kind, at in kinds]


def _choose_columns(kinds: Sequence[tuple[str, int]], rows: Sequence[Block]) -> dict[str, int]:
    """The index of the column of each kind: the first of its kind.

    Of several columns of tasks it is the one with the most distinct cells; the one with the fewest, if it has fewer,
    groups the tasks and so holds the areas.
    """
    columns: dict[str, int] = {}
    for kind, at in kinds:
        columns.setdefault(kind, at)
    distinct = {at: len({row.cells[at] for row in rows if at < len(row.cells)}) for kind, at in kinds if kind == TASK}
    if distinct:
        columns[TASK] = max(distinct, key=lambda at: (distinct[at], -at))
        fewest = min(distinct, key=lambda at: (distinct[at], at))
        if distinct[fewest] < distinct[columns[TASK]]:
            columns.setdefault(AREA, fewest)
    return columns


class Titles:
    """The titles of tasks, among which that of a table's row is found in a time that does not grow with their number.

    `ordinals` are the tasks' numbers, `keys` the letters of each title, `first` is the index of the first title of each
    key, `lengths` are the lengths of keys, and `in_order` the keys in alphabetical order.
    """

    def __init__(self, titles: Iterable[str], ordinals: Iterable[int] = ()) -> None:
        self.keys = [reduce_to_letters(title) for title in titles]
        self.ordinals = list(ordinals)
        self.first = {key: index for index, key in reversed(list(enumerate(self.keys))) if key}
        self.lengths = sorted({len(key) for key in self.first})
        self.in_order = sorted(self.first)
        self.first_for_cell: dict[str, int | None] = {}

    def find_numbered_tasks(self, numbers: Sequence[int | None]) -> list[int | None]:
        """For each number the index of the task that has it; None for all unless the numbers are those of the tasks."""
        index_of = {ordinal: index for index, ordinal in enumerate(self.ordinals)}
        is_same = len(index_of) == len(self.keys) and set(index_of) == set(numbers)
        return [index_of[number] if is_same and number is not None else None for number in numbers]

    def find_named_task(self, row: Block) -> int | None:
        """The index of the first title that a cell of the row holds; None if none does."""
        cells = (reduce_to_letters(re.sub(r"^[\s\d.、（()）]+", "", cell)) for cell in row.cells)
        matches = (self._find_first(cell) for cell in cells if len(cell) > LEAST_LETTERS)
        return min((index for index in matches if index is not None), default=None)

    def _find_first(self, cell: str) -> int | None:
        """The index of the first title that a cell equals, or whose beginning it is, or that begins it."""
        if cell not in self.first_for_cell:
            matches = [self.first.get(cell)]
            if len(cell) > LEAST_LETTERS_OF_PART:
                matches += [self.first.get(cell[:length]) for length in self.lengths if length < len(cell)]
                start = bisect_left(self.in_order, cell)
                longer = takewhile(lambda key: key.startswith(cell), islice(self.in_order, start, None))
                matches += [self.first[key] for key in longer]
            self.first_for_cell[cell] = min((index for index in matches if index is not None), default=None)
        return self.first_for_cell[cell]
