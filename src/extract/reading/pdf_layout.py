"""Runs of words on a page in, printed lines out, in the order in which people read them: column by column.

A page is divided where, over several lines, a gutter runs to the left of words that begin at about one edge. Above and
below it lines may take the whole width. Rows of words that only stand beside each other, such as a name and its value,
are no columns.
"""

from __future__ import annotations

import itertools
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extract.reading.pdf_letters import Font
from extract.reading.pdf_lines import Run
from extract.reading.pdf_tables import Grid
from extract.sentences import needs_space

# Least number of lines on each side of a gutter; its least width, as a multiple of the letter size.
LEAST_LINES, GUTTER = 3, 0.3
# Width of lines, as a multiple of the letter size, from which on two sides are columns; below it they are columns only
# if their lines stand at different heights. Share (0 to 1) of lines at one height up to which they do.
COLUMN, ALIGNED = 12.0, 0.6
# The least width of a side, so measured: labels and bullets are no column.
NARROWEST = 4.0
# Distance between two lines, as a multiple of the letter size, from which on they are no lines of one paragraph.
LOOSE = 1.9
# Distance in points up to which the lines of a column may hang behind its bullets and labels.
HANGING = 30
# How deep columns may stand in columns, how many left edges are tried at a time, and how many runs a page may have so
# that it is divided at all.
MOST_DIVISIONS, MOST_EDGES, MOST_RUNS = 8, 16, 6_000


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed line or a table, with the page and column that it stands in.

    `left` and `right` are its edges, `margin` and `edge` those of its column's text, in points. `ends_wide` says that
    its last words stand far from the others, as the page numbers in a table of contents do. `ink` is the colour of all
    its letters.
    """

    text: str
    page: int
    column: int
    left: float
    right: float
    base: float
    size: float
    margin: float = 0.0
    edge: float = 0.0
    styled: bool = False
    starts_styled: bool = False
    ends_styled: bool = False
    ends_wide: bool = False
    ink: str | None = None
    mark: str = ""
    mark_font: Font | None = None
    grid: Grid | None = None


def list_printed(runs: Sequence[Run], grids: Sequence[Grid], page: int, columns: Iterator[int]) -> Iterator[Printed]:
    """The printed lines and tables of a page as they are read; `columns` numbers the columns of the document."""
    items: list[Run | Grid] = [*runs, *grids]
    for column_items in _divide(items, MOST_DIVISIONS if len(runs) <= MOST_RUNS else 0):
        yield from _list_column(column_items, page, next(columns))


def _find_left(item: Run | Grid) -> float:
    return item.left if isinstance(item, Run) else item.xs[0]


def _find_right(item: Run | Grid) -> float:
    return item.right if isinstance(item, Run) else item.xs[-1]


def _find_top(item: Run | Grid) -> float:
    return item.base - 0.8 * item.size if isinstance(item, Run) else item.ys[0]


def _group_rows(items: Iterable[Run | Grid]) -> list[list[Run | Grid]]:
    """The items that stand at one height, from top to bottom and from left to right."""
    rows: list[list[Run | Grid]] = []
    for item in sorted(items, key=lambda item: item.base if isinstance(item, Run) else item.ys[0]):
        last = rows[-1][0] if rows else None
        if isinstance(item, Run) and isinstance(last, Run) and item.base - last.base <= 0.4 * min(item.size, last.size):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [sorted(row, key=_find_left) for row in rows]


# columns


@dataclass(frozen=True, slots=True)
class _Gutter:
    """A gutter to the left of `at`, in the rows from `first` to before `last`."""

    at: float
    first: int
    last: int


def _divide(items: Sequence[Run | Grid], depth: int) -> Iterator[list[Run | Grid]]:
    """The items of each column, in the order of reading."""
    rows = _group_rows(items)
    gutter = _find_gutter(rows) if depth else None
    if gutter is None:
        if items:
            yield [item for row in rows for item in row]
        return
    inside = [item for row in rows[gutter.first : gutter.last] for item in row]
    for part in (
        [item for row in rows[: gutter.first] for item in row],
        [item for item in inside if _find_left(item) < gutter.at],
        [item for item in inside if _find_left(item) >= gutter.at],
        [item for row in rows[gutter.last :] for item in row],
    ):
        yield from _divide(part, depth - 1)


def _find_gutter(rows: Sequence[Sequence[Run | Grid]]) -> _Gutter | None:
    """The gutter beside which most lines stand."""
    lefts = sorted(round(_find_left(item)) for row in rows for item in row)
    edges = sorted(
        ((bisect_right(lefts, at + HANGING) - bisect_left(lefts, at - 1), at) for at in set(lefts)), reverse=True
    )
    best: tuple[int, _Gutter] | None = None
    tried: list[int] = []
    for count, at in edges:
        if count < LEAST_LINES or len(tried) == MOST_EDGES:
            break
        if at < lefts[0] + HANGING or any(abs(at - other) <= 2 for other in tried):
            continue
        tried.append(at)
        for first, last in _find_free_rows(rows, at - 1.5):
            weight = _weigh_gutter(rows[first:last], at - 1.5)
            if weight and (best is None or weight > best[0]):
                best = weight, _Gutter(at - 1.5, first, last)
    return best[1] if best else None


def _find_free_rows(rows: Sequence[Sequence[Run | Grid]], at: float) -> Iterator[tuple[int, int]]:
    """The stretches of rows of which nothing crosses a position: the first row, and the one after the last.

    A stretch begins with the first line on the right: what stands above it on the left is read first in any case.
    """
    for is_free, stretch in itertools.groupby(
        range(len(rows)),
        key=lambda index: all(_find_left(item) >= at or _find_right(item) <= at for item in rows[index]),
    ):
        indexes = list(stretch)
        right = [index for index in indexes if any(_find_left(item) >= at for item in rows[index])]
        if is_free and right:
            yield right[0], _find_end(rows, right[-1], indexes[-1] + 1)


def _find_end(rows: Sequence[Sequence[Run | Grid]], last: int, end: int) -> int:
    """The row before which columns end, if `last` is the last with a line on the right and `end` the latest possible.

    A line on the left below both columns, such as a heading over the full-width text that follows, is in neither.
    """
    if end == len(rows):
        return end
    for index in range(last + 1, end):
        before, item = rows[index - 1][0], rows[index][0]
        if isinstance(before, Run) and isinstance(item, Run) and item.base - before.base > LOOSE * item.size:
            return index
    return end


def _weigh_gutter(rows: Sequence[Sequence[Run | Grid]], at: float) -> int:
    """The number of lines beside a gutter; 0 if it is none."""
    left = [[item for item in row if _find_left(item) < at] for row in rows]
    right = [[item for item in row if _find_left(item) >= at] for row in rows]
    left_lines, right_lines = [line for line in left if line], [line for line in right if line]
    if min(len(left_lines), len(right_lines)) < LEAST_LINES:
        return 0
    size = statistics.median([10.0] + [item.size for row in rows for item in row if isinstance(item, Run)])
    if at + 1.5 - max(_find_right(line[-1]) for line in left_lines) < GUTTER * size:
        return 0
    widths = [
        sorted((_find_right(line[-1]) - _find_left(line[0])) / size for line in lines)
        for lines in (left_lines, right_lines)
    ]
    if min(width[-1] for width in widths) < NARROWEST:
        return 0
    both = sum(bool(a) and bool(b) for a, b in zip(left, right, strict=True))
    is_aligned = both > ALIGNED * min(len(left_lines), len(right_lines))
    if is_aligned and min(width[len(width) * 3 // 4] for width in widths) < COLUMN:
        return 0
    if _are_cells(left, right):
        return 0
    return len(left_lines) + len(right_lines)


def _are_cells(left: Sequence[Sequence[Run | Grid]], right: Sequence[Sequence[Run | Grid]]) -> bool:
    """Whether the paragraphs on both sides begin at the same heights, as cells of a table do that is not ruled.

    Below its first row a table has no headings in larger letters.
    """
    sizes = [item.size for side in (left, right) for line in side[1:] for item in line if isinstance(item, Run)]
    if sizes and max(sizes) > 1.08 * statistics.median(sizes):
        return False
    starts = [_find_starts(side) for side in (left, right)]
    if min(map(len, starts)) < LEAST_LINES:
        return False
    shared = len(starts[0] & starts[1])
    return shared >= 0.8 * max(map(len, starts))


def _find_starts(side: Sequence[Sequence[Run | Grid]]) -> set[int]:
    """The indexes of rows at which a paragraph begins: where the distance to the line above is not the usual one."""
    indexes = [index for index, line in enumerate(side) if line]
    distances = [round(_find_top(side[b][0]) - _find_top(side[a][0]), 1) for a, b in itertools.pairwise(indexes)]
    if not distances:
        return set(indexes)
    usual = min(Counter(distances).most_common(2), key=lambda pair: (-pair[1], pair[0]))[0]
    return {
        indexes[0],
        *(index for index, distance in zip(indexes[1:], distances, strict=True) if distance > 1.3 * usual),
    }


# lines


def _list_column(items: Sequence[Run | Grid], page: int, column: int) -> Iterator[Printed]:
    """The printed lines and tables of a column."""
    rows = _group_rows(items)
    lines = [[item for item in row if isinstance(item, Run)] for row in rows]
    margin, edge = _find_edges([line for line in lines if line])
    for row, line in zip(rows, lines, strict=True):
        if line:
            yield make_printed(line, page, column, margin, edge)
        for grid in row:
            if isinstance(grid, Grid):
                yield Printed("", page, column, grid.xs[0], grid.xs[-1], grid.ys[0], 0, margin, edge, grid=grid)


def _find_edges(lines: Sequence[Sequence[Run]]) -> tuple[float, float]:
    """The left and right edge of a column's running text."""
    sizes = Counter[float]()
    for line in lines:
        sizes[line[0].size] += sum(len(run.text) for run in line)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    of_text = [line for line in lines if line[0].size == usual]
    if not of_text:
        return 0.0, 0.0
    lefts = Counter(round(line[0].left) for line in of_text)
    rights = sorted(line[-1].right for line in of_text)
    return min(at for at, count in lefts.items() if 3 * count >= max(lefts.values())), rights[len(rights) * 3 // 4]


def make_printed(line: Sequence[Run], page: int, column: int, margin: float, edge: float) -> Printed:
    """The runs at one height as a printed line."""
    first = line[0]
    sizes = Counter[float]()
    for run in line:
        sizes[run.size] += len(run.text)
    is_mark_apart = len(line) > 1 and len(first.text) <= 2 and first.fonts[0] != line[1].fonts[0]
    mark = first.mark or (first.text if is_mark_apart else "")
    return Printed(
        _join_runs(line),
        page,
        column,
        first.left,
        line[-1].right,
        first.base,
        sizes.most_common(1)[0][0],
        margin,
        edge,
        styled=all(run.styled for run in line),
        starts_styled=first.starts_styled,
        ends_styled=line[-1].ends_styled,
        ends_wide=len(line) > 1 and line[-1].left - line[-2].right > 2 * first.size,
        ink=first.ink if all(run.ink == first.ink for run in line) else None,
        mark=mark,
        mark_font=first.fonts[0] if mark else None,
    )


def group_lines(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """The runs at each height, from top to bottom and from left to right."""
    for row in _group_rows(runs):
        yield [run for run in row if isinstance(run, Run)]


def _join_runs(line: Sequence[Run]) -> str:
    parts = [line[0].text]
    for before, run in itertools.pairwise(line):
        is_gap = run.left - before.right > 1.5 * run.size
        parts += [" ", run.text] if is_gap or needs_space(before.text, run.text) else [run.text]
    return "".join(parts)
