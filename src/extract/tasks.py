"""The areas and tasks of a chosen outline, with all that the text and its tables say about each."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from extract import grids
from extract.assignments import is_first_named_lead, read_assignments, strip_responsibility
from extract.deadlines import read_deadline
from extract.fragment import build_directive
from extract.grids import Grid
from extract.labels import Label, labels_of
from extract.levels import Choice
from extract.lexicon.rows import AREA, DEADLINE, LEAD, ORDINAL, RESPONSIBLE, SUPPORT, TASK, Lexicon
from extract.outline import Item
from extract.plan import Area, Assignment, Span, Task
from extract.reading.blocks import HEADING, ITEM, ROW, Block
from extract.sentences import heading_of, letters_of, unwrap_lines

# An area's line that is longer than this goes on after its title.
LONGEST_AREA_TITLE = 80
# Unlabelled lines that stand for an area are no longer than these.
LONGEST_TITLE_LINE, LONGEST_OPENER = 60, 200
# With more tasks than these, the last one is not longer than the longest before it.
FEW_TASKS = 3
# The share of a style's items that hold tasks where they are areas.
MOST = 0.5


def read_tasks(
    text: str, blocks: Sequence[Block], items: Sequence[Item], choice: Choice, lexicon: Lexicon
) -> tuple[tuple[Area, ...], tuple[Task, ...]]:
    """The areas and tasks that a choice among an outline's items makes, in the text's order.

    `text` is the reading text, `blocks` the article's blocks in it. Where nothing was chosen and nothing speaks
    against a plan, the rows of a table that lists tasks are the tasks.
    """
    return _TaskReader(text, blocks, items, choice, lexicon).read()


def words_of(blocks: Sequence[Block], item: Item) -> str:
    """The words of an item's line after its label."""
    return blocks[item.block].text[item.label.length :]


class _TaskReader:
    """The areas and tasks of a choice, with what each task's own words and the tables say about it."""

    def __init__(
        self, text: str, blocks: Sequence[Block], items: Sequence[Item], choice: Choice, lexicon: Lexicon
    ) -> None:
        self.text, self.blocks, self.items, self.choice, self.lexicon = text, blocks, items, choice, lexicon
        self.areas: list[Area] = []
        self.tasks: list[Task] = []
        self.first_leads = is_first_named_lead(text, lexicon)
        self.grids = grids.find_grids(blocks, lexicon)
        roots = {next(iter(list(self._above(index))[::-1]), None) for index in choice.tasks}
        self.common_root = roots.pop() if len(roots) == 1 else None
        self.item_blocks = {item.block for item in items}
        self.title_lines = self._find_title_lines()
        self.grouping_styles = self._find_grouping_styles()

    def read(self) -> tuple[tuple[Area, ...], tuple[Task, ...]]:
        """All areas and tasks in the text's order."""
        chosen, task_of = set(self.choice.tasks), dict[int, int]()
        area_of: dict[int, int] = {}
        for index, item in enumerate(self.items):
            if index in self.choice.omitted or not letters_of(words_of(self.blocks, item)):
                continue
            if index in chosen:
                task_of[index] = len(self.tasks)
                self._add_task(index, level=1, area=self._assign_area(index, area_of), parent=None)
            elif item.is_labelled and item.parent is not None and item.parent in task_of:
                above = self.tasks[task_of[item.parent]]
                parent = above.parent if above.parent is not None else task_of[item.parent]
                task_of[index] = len(self.tasks)
                self._add_task(index, level=2, area=above.area, parent=parent)
        lists = [grid for grid in self.grids if grids.is_task_list(grid)]
        if lists and (self._are_lists_inside_tasks(lists) or not (self.tasks or self.choice.problems)):
            self.areas, self.tasks = [], []
            self._take_rows_as_tasks(lists)
        else:
            self._join_grids()
        self._collect_from_sub_tasks()
        self._resolve_leads()
        return tuple(self.areas), tuple(self.tasks)

    def _assign_area(self, index: int, area_of: dict[int, int]) -> int | None:
        """The area of a task: the item above it, else a line that stands for one; made where the task is its first."""
        above_it = [one for one in self._above(index) if self._can_be_area(one)]
        parent = next(
            (one for one in above_it if self.items[one].label.style in self.grouping_styles), next(iter(above_it), None)
        )
        if parent is not None:
            block, label = self.blocks[self.items[parent].block], self.items[parent].label
        else:
            above = bisect_left(self.title_lines, self.items[index].block)
            if not above:
                return None
            block, label = self.blocks[self.title_lines[above - 1]], Label("", 0, "", 0)
        if block.start not in area_of:
            area_of[block.start] = len(self.areas)
            start = block.start + label.length
            words = block.text[label.length :].strip()
            title = heading_of(words) if len(words) > LONGEST_AREA_TITLE and len(heading_of(words)) > 1 else words
            title = title.rstrip(" .。") or title
            secured = any(
                self.lexicon.safeguards.search(heading_of(words_of(self.blocks, self.items[one])))
                for one in ((parent, *self._above(parent)) if parent is not None else ())
            )
            kind = "safeguard" if secured else "core"
            start += len(block.text[label.length :]) - len(block.text[label.length :].lstrip())
            self.areas.append(Area(len(self.areas) + 1, label.text, title, kind, Span(start, start + len(title))))
        return area_of[block.start]

    def _find_grouping_styles(self) -> set[str]:
        """The styles of which most items hold tasks; an item of another one seldom is an area."""
        holding = {above for index in self.choice.tasks for above in self._above(index)}
        every = Counter(item.label.style for at, item in enumerate(self.items) if at not in self.choice.omitted)
        filled = Counter(self.items[at].label.style for at in holding)
        return {style for style, count in filled.items() if count >= MOST * every[style]}

    def _can_be_area(self, index: int) -> bool:
        """Whether an item is an area, and not a heading that only says that tasks follow, or the name of the plan."""
        item = self.items[index]
        words = words_of(self.blocks, item).strip()
        if item.is_labelled:
            return True
        if self.lexicon.non_areas.fullmatch(words):
            return False
        return not (self.common_root == index and self.lexicon.plan_titles.fullmatch(words))

    def _above(self, index: int) -> Iterator[int]:
        parent = self.items[index].parent
        while parent is not None:
            yield parent
            parent = self.items[parent].parent

    def _find_title_lines(self) -> list[int]:
        """The blocks that stand for areas where no item does: lines that open a section, or short ones above tasks."""
        roots = [self.items[index].block for index in self.choice.tasks if self.items[index].parent is None]
        if not roots:
            return []
        above = [at - 1 for at in roots if at and self._is_like_title(at - 1)]
        if len(above) > 1 and above[0] == roots[0] - 1:
            return above
        openers = [
            at
            for at, block in enumerate(self.blocks[: roots[-1]])
            if len(block.text) <= LONGEST_OPENER and self.lexicon.openers.fullmatch(block.text)
        ]
        return ([at for at in openers if at > roots[0]] and openers) or openers[-1:]

    def _is_like_title(self, at: int) -> bool:
        text = self.blocks[at].text
        return (
            self.blocks[at].kind not in (ROW, ITEM)
            and at not in self.item_blocks
            and 1 < len(text) <= LONGEST_TITLE_LINE
            and not re.search(r"[.。,，;；:：!！?？]\s*$", text)
            and bool(re.match(r"[A-Z\u4e00-\u9fff]", text))
        )

    def _add_task(self, index: int, *, level: int, area: int | None, parent: int | None) -> None:
        item = self.items[index]
        block = self.blocks[item.block]
        end = self._find_end(index)
        words = block.text[item.label.length :]
        start = block.start + item.label.length + len(words) - len(words.lstrip())
        span = Span(start, self.blocks[end - 1].end)
        stated = self.text[span.start : span.end]
        own = [words, *(one.text for one in self.blocks[item.block + 1 : end] if one.kind != ROW)]
        prose = [words, *(one.text for one in self.blocks[item.block + 1 : end] if one.kind not in (ROW, ITEM))]
        deadline = read_deadline(unwrap_lines("\n".join(own)), self.lexicon, prose=unwrap_lines("\n".join(prose)))
        self.tasks.append(
            Task(
                ordinal=item.label.ordinal,
                label=item.label.text,
                title=strip_responsibility(heading_of(unwrap_lines(words)), self.lexicon),
                text=stated,
                kind=self.areas[area].kind if area is not None else "core",
                level=level,
                area=area,
                parent=parent,
                assignments=read_assignments(unwrap_lines("\n".join(own)), self.lexicon, first_leads=self.first_leads),
                deadline=deadline.day if deadline else None,
                deadline_stated=deadline.stated if deadline else None,
                span=span,
                fragment=build_directive(self.text, span.start, span.end),
            )
        )

    def _find_end(self, index: int) -> int:
        """The block after the last one of an item's own text: before the next label, annex, or heading outside it."""
        item = self.items[index]
        end = len(self.blocks)
        for after in range(index + 1, len(self.items)):
            one = self.items[after]
            if one.is_labelled or one.depth <= item.depth:
                end = one.block
                break
        for at in range(item.block + 1, end):
            text = self.blocks[at].text.strip()
            if at in self.title_lines or self.lexicon.annexes.fullmatch(text):
                return at
        if len(self.choice.tasks) > FEW_TASKS and index == self.choice.tasks[-1]:
            return min(end, item.block + self._measure_longest_before_last())
        return end

    def _measure_longest_before_last(self) -> int:
        """How many blocks the longest task but the last takes: what stands below the last one often closes the text."""
        return max(self._find_end(index) - self.items[index].block for index in self.choice.tasks[:-1])

    def _join_grids(self) -> None:
        """Give the tasks what tables say: those inside a task about it, the others about all that they name."""
        mains = [at for at, task in enumerate(self.tasks) if task.level == 1]
        ends: dict[int, int] = {}
        for at, task in enumerate(self.tasks):
            ends[at if task.parent is None else task.parent] = task.span.end
        starts = [self.tasks[at].span.start for at in mains]
        for grid in self.grids:
            place = grid.rows[0].start
            home = mains[above - 1] if (above := bisect_right(starts, place)) else None
            if home is not None and place < ends[home]:
                self._apply_rows(home, grid, grid.rows)
                continue
            for at, rows in zip(mains, grids.match_rows(grid, [self.tasks[at].title for at in mains]), strict=True):
                if rows:
                    self._apply_rows(at, grid, rows)

    def _apply_rows(self, at: int, grid: Grid, rows: Sequence[Block]) -> None:
        task = self.tasks[at]
        stated = grids.read_row_assignments(grid, rows, self.lexicon)
        deadline = grids.read_row_deadline(grid, rows, self.lexicon)
        if stated:
            task = replace(task, assignments=stated)
        if DEADLINE in grid.columns:
            task = replace(
                task,
                deadline=deadline.day if deadline else None,
                deadline_stated=deadline.stated if deadline else None,
            )
        self.tasks[at] = task

    def _collect_from_sub_tasks(self) -> None:
        """A task whose own words name no body has those that its parts name."""
        found: dict[int, dict[tuple[str, str], Assignment]] = defaultdict(dict)
        for task in self.tasks:
            if task.parent is not None:
                for one in task.assignments:
                    found[task.parent].setdefault((one.body, one.role), one)
        for at, named in found.items():
            if not self.tasks[at].assignments:
                self.tasks[at] = replace(self.tasks[at], assignments=tuple(named.values()))

    def _resolve_leads(self) -> None:
        """In a text that tells those who support from others, those who alone are responsible for a task lead it."""
        if any(one.role == SUPPORT for task in self.tasks for one in task.assignments):
            for at, task in enumerate(self.tasks):
                if {one.role for one in task.assignments} == {RESPONSIBLE}:
                    leads = tuple(replace(one, role=LEAD) for one in task.assignments)
                    self.tasks[at] = replace(task, assignments=leads)

    def _are_lists_inside_tasks(self, lists: Sequence[Grid]) -> bool:
        """Whether most tables that list tasks each stand in what was taken for a task, and so are the tasks."""
        starts = [task.span.start for task in self.tasks]
        homes = {bisect_right(starts, grid.rows[0].start) for grid in lists} - {0}
        return len(homes) > 1 and len(homes) >= MOST * len(self.tasks)

    def _take_rows_as_tasks(self, lists: Sequence[Grid]) -> None:
        """The rows of tables as the tasks, in the areas that a column or the heading above names."""
        for grid in lists:
            area_of: dict[str, int] = {}
            above = self._find_heading_above(grid)
            for ordinal, row in enumerate(grid.rows, 1):
                words = grid.read_cell(row, TASK)
                if not letters_of(words):
                    continue
                group = grid.read_cell(row, AREA)
                if group and group not in area_of:
                    area_of[group] = self._add_area(group, row.start + max(row.text.find(group), 0))
                if not group and above is not None and "" not in area_of:
                    area_of[""] = self._add_area(above.text, above.start)
                self._add_row_task(grid, row, words, ordinal, area_of.get(group))

    def _find_heading_above(self, grid: Grid) -> Block | None:
        """The heading right above a table, where it is not the plan's name."""
        before = [block for block in self.blocks if block.end <= grid.rows[0].start and block.kind != ROW][-2:]
        return next((block for block in reversed(before) if block.kind == HEADING), None)

    def _add_area(self, title: str, start: int) -> int:
        self.areas.append(Area(len(self.areas) + 1, "", title, "core", Span(start, start + len(title))))
        return len(self.areas) - 1

    def _add_row_task(self, grid: Grid, row: Block, words: str, ordinal: int, area: int | None) -> None:
        label = next(iter(labels_of(words)), Label("", ordinal, grid.read_cell(row, ORDINAL), 0))
        at = row.text.find(words)
        span = Span(row.start + max(at, 0) + label.length, row.end)
        deadline = grids.read_row_deadline(grid, [row], self.lexicon)
        self.tasks.append(
            Task(
                ordinal=label.ordinal,
                label=label.text,
                title=heading_of(words[label.length :]),
                text=self.text[span.start : span.end],
                kind="core",
                level=1,
                area=area,
                parent=None,
                assignments=grids.read_row_assignments(grid, [row], self.lexicon),
                deadline=deadline.day if deadline else None,
                deadline_stated=deadline.stated if deadline else None,
                span=span,
                fragment=build_directive(self.text, span.start, span.end),
            )
        )
