"""Tables that assign tasks: which column says what, and which row speaks of which task.

A table inside a task speaks of that task. A table of its own, often an annex, speaks of the tasks that its rows name
or number. Where a text has no other outline, the rows of such a table are the tasks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from extract.assignments import resolve_leads, split_names
from extract.deadlines import Deadline, read_day
from extract.lexicon.rows import AREA, DEADLINE, LEAD, RESPONSIBLE, SUPPORT, TASK, Lexicon
from extract.plan import Assignment
from extract.reading.blocks import ROW, Block
from extract.sentences import letters_of

ROLES = (LEAD, SUPPORT, RESPONSIBLE)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a head that says what its columns hold: the index of each kind of column, and the rows' blocks."""

    columns: dict[str, int]
    rows: tuple[Block, ...]

    def read_cell_lines(self, row: Block, kind: str) -> str:
        """What a row holds in the column of a kind, line by line; empty where there is no such column or cell."""
        at = self.columns.get(kind, -1)
        return row.cells[at] if 0 <= at < len(row.cells) else ""

    def read_cell(self, row: Block, kind: str) -> str:
        """The same on one line."""
        return " ".join(self.read_cell_lines(row, kind).split())


def find_grids(blocks: Sequence[Block], lexicon: Lexicon) -> list[Grid]:
    """The tables whose heads name a column of bodies, of deadlines or of tasks."""
    grids = []
    tables = groupby((block for block in blocks if block.kind == ROW), key=lambda block: block.table)
    for _, group in tables:
        rows = list(group)
        for at, head in enumerate(rows[:3]):
            kinds = _recognise_columns(head.cells, lexicon)
            if {kind for kind, _ in kinds} & {*ROLES, DEADLINE} and len(rows) > at + 1:
                below = tuple(row for row in rows[at + 1 :] if row.cells != head.cells)
                grids.append(Grid(_choose_columns(kinds, below), below))
                break
    return grids


def read_row_assignments(grid: Grid, rows: Sequence[Block], lexicon: Lexicon) -> tuple[Assignment, ...]:
    """The bodies that the rows name; one that leads in any of them leads, and is not named as support again."""
    found: dict[tuple[str, str], Assignment] = {}
    for role in ROLES:
        for row in rows:
            stated = grid.read_cell_lines(row, role)
            if not lexicon.empty_cells.fullmatch(stated):
                for name in split_names(stated, lexicon):
                    if role == LEAD or (name, LEAD) not in found:
                        found.setdefault((name, role), Assignment(name, role, name))
    return resolve_leads(found.values())


def read_row_deadline(grid: Grid, rows: Sequence[Block], lexicon: Lexicon) -> Deadline | None:
    """The one deadline that the rows agree on, or None."""
    stated = {cell for row in rows if (cell := grid.read_cell(row, DEADLINE).strip(" *†‡"))}
    day = read_day(next(iter(stated)), lexicon) if len(stated) == 1 else None
    return (
        Deadline(next(iter(stated)), day)
        if len(stated) == 1 and (day or re.search(r"\d{4}", next(iter(stated))))
        else None
    )


def match_rows(grid: Grid, titles: Sequence[str]) -> list[list[Block]]:
    """For each task title the rows that speak of it: by its words, else by place where there are as many."""
    keys = [letters_of(title) for title in titles]
    named = [_find_named_task(row, keys) for row in grid.rows]
    if sum(at is not None for at in named) * 2 >= len(grid.rows):
        return [[row for row, at in zip(grid.rows, named, strict=True) if at == index] for index in range(len(keys))]
    numbered = list(_group_by_number(grid))
    if len(numbered) == len(titles):
        return numbered
    return [[] for _ in titles]


def _recognise_columns(head: Sequence[str], lexicon: Lexicon) -> list[tuple[str, int]]:
    """The kind of each column that is known by its head, and its index."""
    found = []
    for at, cell in enumerate(head):
        words = " ".join(cell.split()).strip(" *:：")
        row = next((row for row in lexicon.columns if words and len(words) < 60 and row.pattern.fullmatch(words)), None)
        if row is not None and row.holds:
            found.append((row.holds, at))
    return found


def _choose_columns(kinds: Sequence[tuple[str, int]], rows: Sequence[Block]) -> dict[str, int]:
    """The column of each kind, the first of its kind; of several that name tasks, the one that repeats itself least.

    A column of tasks that repeats itself more than that groups them, and so is the areas'.
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


def _find_named_task(row: Block, keys: Sequence[str]) -> int | None:
    cells = [letters_of(re.sub(r"^[\s\d.、（()）]+", "", cell)) for cell in row.cells]
    for index, key in enumerate(keys):
        if any(
            len(cell) > 3 and (cell == key or (len(cell) > 5 and (cell.startswith(key) or key.startswith(cell))))
            for cell in cells
            if key
        ):
            return index
    return None


def _group_by_number(grid: Grid) -> Iterator[list[Block]]:
    """The rows parted where the number in the first column changes."""
    for _, group in groupby(grid.rows, key=lambda row: row.cells[0] if row.cells else ""):
        yield list(group)


def is_task_list(grid: Grid) -> bool:
    """Whether the rows could be tasks: they have words for what is to be done."""
    return TASK in grid.columns and len(grid.rows) > 1


def area_of(grid: Grid, row: Block) -> str:
    """The area that a row names, or "" where the table has no such column."""
    return grid.read_cell(row, AREA)
