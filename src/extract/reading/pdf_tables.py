"""Ruled lines and letters of a page in, its tables out: which cells the lines bound, and what stands in them.

Lines that bound a single cell, or cells of which no two stand side by side with text in two rows, are decoration.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from extract.reading.pdf_letters import Letter, Rule
from extract.reading.pdf_limits import Budget

# Points on a page at which ruled lines cross, and pairs of lines that are looked at: above that they are no table.
MOST_CROSSINGS, MOST_PAIRS = 4_000, 400_000
# Number of tables on a page that are read.
MOST_TABLES = 50
# Distance in points up to which lines are one line, and up to which a line reaches another.
SAME_LINE, REACH = 2.0, 4.0
# Share (0 to 1) of a cell's side that a line has to cover to bound it.
COVERED = 0.6


@dataclass(slots=True)
class Grid:
    """The cells between ruled lines: `xs` and `ys` are the positions of the lines, `letters` what stands in each cell.

    `region[row][column]` numbers the cells; a cell that spans rows or columns has its number in each.
    """

    xs: list[float]
    ys: list[float]
    region: list[list[int]]
    letters: dict[int, list[Letter]] = field(default_factory=dict)

    @property
    def is_table(self) -> bool:
        """Whether cells with text stand side by side in two rows, or in the one that there is."""
        rows = [{number for number in row if number in self.letters} for row in self.region]
        return sum(len(filled) > 1 for filled in rows) >= min(2, len(rows))

    def list_rows(self) -> list[list[int]]:
        """The numbers of the cells, row by row, without rows and columns that hold nothing of their own."""
        rows = [
            row
            for index, row in enumerate(self.region)
            if any(number in self.letters for number in row) and (index == 0 or row != self.region[index - 1])
        ]
        columns = list(zip(*rows, strict=True))
        kept = [
            index
            for index, column in enumerate(columns)
            if any(number in self.letters for number in column)
            and (
                index == 0 or any(a != b and a in self.letters for a, b in zip(column, columns[index - 1], strict=True))
            )
        ]
        return [[row[index] for index in kept] for row in rows]


def find_grids(rules: Sequence[Rule], letters: Iterable[Letter], budget: Budget) -> tuple[list[Grid], list[Letter]]:
    """The tables of a page from top to bottom, and the letters outside them."""
    grids = sorted(_find_all_grids(rules, budget), key=lambda grid: grid.ys[0])
    outside = list(letters)
    tables: list[Grid] = []
    for grid in grids:
        rest = _fill_cells(grid, outside)
        if grid.is_table and len(tables) < MOST_TABLES:
            tables.append(grid)
            outside = rest
        elif grid.is_table:
            budget.record_note(f"tables above the {MOST_TABLES}th of a page are read as lines")
            break
    return tables, outside


def _find_all_grids(rules: Sequence[Rule], budget: Budget) -> Iterator[Grid]:
    upright = _merge_rules([rule for rule in rules if rule.upright])
    level = _merge_rules([rule for rule in rules if not rule.upright])
    crossings = _find_crossings(upright, level) if len(upright) * len(level) <= MOST_PAIRS else None
    if crossings is None or len(crossings) > MOST_CROSSINGS:
        budget.record_note(f"lines that cross more than {MOST_CROSSINGS:,} times on a page are read as no table")
        return
    for upright_group, level_group in _group_crossing(crossings):
        grid = _make_grid([upright[i] for i in upright_group], [level[i] for i in level_group])
        if grid is not None:
            yield grid


def _merge_rules(rules: Sequence[Rule]) -> list[Rule]:
    """The lines, those that continue or cover each other as one."""
    merged: list[Rule] = []
    clusters: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if clusters and rule.at - clusters[-1][0].at <= SAME_LINE:
            clusters[-1].append(rule)
        else:
            clusters.append([rule])
    for cluster in clusters:
        at = sum(rule.at for rule in cluster) / len(cluster)
        start = end = None
        for rule in sorted(cluster, key=lambda rule: rule.start):
            if start is None or end is None or rule.start > end + REACH:
                if start is not None and end is not None:
                    merged.append(Rule(rule.upright, at, start, end))
                start, end = rule.start, rule.end
            end = max(end, rule.end)
        if start is not None and end is not None:
            merged.append(Rule(cluster[0].upright, at, start, end))
    return merged


def _find_crossings(upright: Sequence[Rule], level: Sequence[Rule]) -> list[tuple[int, int]]:
    """The pairs of lines that meet, as their indexes."""
    return [
        (i, j)
        for i, line in enumerate(upright)
        for j, other in enumerate(level)
        if line.start - REACH <= other.at <= line.end + REACH and other.start - REACH <= line.at <= other.end + REACH
    ]


def _group_crossing(crossings: Sequence[tuple[int, int]]) -> Iterator[tuple[set[int], set[int]]]:
    """The lines that meet each other, directly or through others: indexes of upright and of level ones."""
    across: dict[int, set[int]] = defaultdict(set)
    down: dict[int, set[int]] = defaultdict(set)
    for i, j in crossings:
        across[i].add(j)
        down[j].add(i)
    while across:
        uprights, levels, waiting = set[int](), set[int](), [next(iter(across))]
        while waiting:
            i = waiting.pop()
            if i in uprights:
                continue
            uprights.add(i)
            for j in across.pop(i, ()):
                if j not in levels:
                    levels.add(j)
                    waiting += down[j]
        yield uprights, levels


def _make_grid(upright: list[Rule], level: list[Rule]) -> Grid | None:
    """The cells that lines bound; a table whose outer edges are not ruled ends where its other lines end."""
    for lines, others in ((upright, level), (level, upright)):
        ends = min(other.start for other in others), max(other.end for other in others)
        low, high = min(line.at for line in lines), max(line.at for line in lines)
        if low - ends[0] > 3 * REACH:
            lines.append(_make_edge(lines, others, ends[0]))
        if ends[1] - high > 3 * REACH:
            lines.append(_make_edge(lines, others, ends[1]))
    xs, ys = _list_positions(upright), _list_positions(level)
    if len(xs) < 3 or len(ys) < 2 or len(xs) * len(ys) > MOST_CROSSINGS:
        return None
    return Grid(xs, ys, _number_cells(xs, ys, upright, level))


def _make_edge(lines: Sequence[Rule], others: Sequence[Rule], at: float) -> Rule:
    """An outer edge that is not ruled, at the ends of the lines that it would meet."""
    return Rule(lines[0].upright, at, min(other.at for other in others), max(other.at for other in others))


def _list_positions(rules: Iterable[Rule]) -> list[float]:
    """Where lines stand, those that are one line once."""
    positions: list[float] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if not positions or rule.at - positions[-1] > SAME_LINE:
            positions.append(rule.at)
    return positions


def _number_cells(xs: list[float], ys: list[float], upright: Sequence[Rule], level: Sequence[Rule]) -> list[list[int]]:
    """The number of each cell, with the same number on both sides where no line is between; each is a rectangle."""
    columns, rows = len(xs) - 1, len(ys) - 1
    walls = {
        *((0, *wall) for wall in _find_walls(upright, xs, ys)),
        *((1, *wall) for wall in _find_walls(level, ys, xs)),
    }
    numbers = [[-1] * columns for _ in range(rows)]
    for start in range(rows * columns):
        if numbers[start // columns][start % columns] >= 0:
            continue
        cells = set[tuple[int, int]]()
        waiting = [(start // columns, start % columns)]
        while waiting:
            row, column = waiting.pop()
            if (row, column) not in cells:
                cells.add((row, column))
                waiting += _list_open_sides(row, column, walls, rows, columns)
        is_rectangle = len({row for row, _ in cells}) * len({column for _, column in cells}) == len(cells)
        for row, column in cells:  # what is no rectangle is no cell
            numbers[row][column] = start if is_rectangle else row * columns + column
    return numbers


def _list_open_sides(
    row: int, column: int, walls: set[tuple[int, int, int]], rows: int, columns: int
) -> Iterator[tuple[int, int]]:
    """The neighbours of a cell from which no line divides it."""
    if column + 1 < columns and (0, column + 1, row) not in walls:
        yield row, column + 1
    if column > 0 and (0, column, row) not in walls:
        yield row, column - 1
    if row + 1 < rows and (1, row + 1, column) not in walls:
        yield row + 1, column
    if row > 0 and (1, row, column) not in walls:
        yield row - 1, column


def _find_walls(rules: Sequence[Rule], positions: Sequence[float], stops: Sequence[float]) -> set[tuple[int, int]]:
    """The sides of cells that lines cover: the index of the line's position, and of the part between two stops."""
    walls: set[tuple[int, int]] = set()
    for rule in rules:
        index = max(bisect_right(positions, rule.at + SAME_LINE) - 1, 0)
        for part, (start, end) in enumerate(itertools.pairwise(stops)):
            if min(end, rule.end) - max(start, rule.start) >= COVERED * (end - start):
                walls.add((index, part))
    return walls


def _fill_cells(grid: Grid, letters: Sequence[Letter]) -> list[Letter]:
    """Put the letters into the cells that they stand in; the other letters."""
    outside: list[Letter] = []
    for letter in letters:
        column = bisect_right(grid.xs, (letter.left + letter.right) / 2) - 1
        row = bisect_right(grid.ys, letter.base - 0.3 * letter.size) - 1
        if 0 <= column < len(grid.xs) - 1 and 0 <= row < len(grid.ys) - 1:
            if not letter.text.isspace() or grid.region[row][column] in grid.letters:
                grid.letters.setdefault(grid.region[row][column], []).append(letter)
        else:
            outside.append(letter)
    return outside
