"""A choice of an outline's items in, areas and tasks out, with all that the text and its tables state about each.

Every area and task has its span in the reading text, and every task the link to it: this keeps the promise that a row
leads back to its sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from extract import grids
from extract.assignments import read_assignments, read_lead_in, strip_responsibility
from extract.choice import Choice
from extract.deadlines import Deadline, read_deadline
from extract.fragment import build_directive
from extract.grids import Grid
from extract.labels import Label
from extract.lexicon.rows import AREA, DEADLINE, LEAD, ORDINAL, RESPONSIBLE, SUPPORT, Lexicon
from extract.outline import Item, iterate_ancestors
from extract.plan import Area, Assignment, Span, Task
from extract.reading.blocks import HEADING, ITEM, ROW, Block
from extract.sentences import reduce_to_letters, shorten_to_heading, unwrap_lines
from extract.units import Unit, is_field

# Length in characters above which only the first sentence of an area's line is its title.
LONGEST_AREA_TITLE = 80
# Length in characters up to which a text between an area's title and its first task belongs to the title.
LONGEST_AREA_HEAD = 400
# Lengths in characters up to which a line without a label can be the title of an area, and can open a speech's section.
LONGEST_TITLE_LINE, LONGEST_OPENER = 60, 200
# Number of tasks above which the last one takes no more blocks than the longest before it.
FEW_TASKS = 3
# Share (0 to 1) of a table's rows up to which a column's different cells are the names of groups.
MOST_GROUPS = 0.7
# Share (0 to 1) of a style's items that have to hold tasks, for the style to be that of areas; and of the tasks that
# have to hold tables of tasks, for the rows of those to be the tasks.
MOST = 0.5


def read_tasks(
    text: str, blocks: Sequence[Block], choice: Choice, lexicon: Lexicon
) -> tuple[tuple[Area, ...], tuple[Task, ...]]:
    """The areas and tasks of a choice, in the order of the text.

    `text` is the reading text, `blocks` are the article's blocks in it.
    """
    return _TaskReader(text, blocks, choice, lexicon).read()


def strip_label(blocks: Sequence[Block], item: Item) -> str:
    """The text of an item's block after its label."""
    return blocks[item.block].text[item.label.length :]


class _TaskReader:
    """Reads the areas and tasks of a choice.

    `common_root` is the outermost item if it holds all tasks, `title_lines` are the indexes of the blocks without a
    label that name areas, and `grouping_styles` the label styles whose items are areas.
    """

    def __init__(self, text: str, blocks: Sequence[Block], choice: Choice, lexicon: Lexicon) -> None:
        self.text, self.blocks, self.choice, self.lexicon = text, blocks, choice, lexicon
        self.items = items = choice.items
        self.areas: list[Area] = []
        self.tasks: list[Task] = []
        self.group_columns: dict[int, int | None] = {}  # the column that groups the rows of each table
        self.first_leads = bool(lexicon.first_leads.search(text))
        self.leads_before_comma = bool(lexicon.leads_before_comma.search(text))
        self.grids = grids.find_grids(blocks, lexicon)
        roots = {next(iter([*iterate_ancestors(items, index)][::-1]), None) for index in choice.tasks}
        self.common_root = roots.pop() if len(roots) == 1 else None
        self.item_starts = [item.block for item in items]
        self.item_blocks = set(self.item_starts)
        words = (reduce_to_letters(strip_label(blocks, item)) for item in items if not item.is_labelled)
        self.unlabelled_words = Counter(words)
        self.title_lines = self._find_title_lines()
        self.title_line_blocks = set(self.title_lines)
        self.outside_tables = [block for block in blocks if block.kind != ROW]
        self.grouping_styles = self._find_grouping_styles()

    def read(self) -> tuple[tuple[Area, ...], tuple[Task, ...]]:
        """All areas and tasks in the order of the text."""
        chosen, task_of = set(self.choice.tasks), dict[int, int]()  # the index of the task that each item is
        area_of: dict[int, int] = {}  # the index of the area that begins at each position
        for index, item in enumerate(self.items):
            if index not in self.choice.titles and not reduce_to_letters(strip_label(self.blocks, item)):
                continue
            if index in chosen:
                task_of[index] = len(self.tasks)
                self._add_task(index, level=1, area=self._assign_area(index, area_of), parent=None)
            elif item.is_labelled and item.parent is not None and item.parent in task_of:
                above = self.tasks[task_of[item.parent]]
                parent = above.parent if above.parent is not None else task_of[item.parent]
                task_of[index] = len(self.tasks)
                self._add_task(index, level=2, area=above.area, parent=parent)
        self._add_cells(area_of)
        self._join_grids()
        self._collect_from_sub_tasks()
        self._add_lead_ins()
        self._take_from_areas()
        self._resolve_leads()
        return tuple(self.areas), tuple(self.tasks)

    def _assign_area(self, index: int, area_of: dict[int, int]) -> int | None:
        """The index of a task's area, which is added with its first task; None if the task has no area.

        The area is the item above the task, or else the line above it that names an area.
        """
        candidates = [item for item in iterate_ancestors(self.items, index) if self._can_be_area(item)]
        grouping = (item for item in candidates if self.items[item].label.style in self.grouping_styles)
        parent = next(grouping, next(iter(candidates), None))
        if parent is not None:
            block, label = self.blocks[self.items[parent].block], self.items[parent].label
        else:
            lines_above = bisect_left(self.title_lines, self.items[index].block)
            if not lines_above:
                return None
            block, label = self.blocks[self.title_lines[lines_above - 1]], Label("", 0, "", 0)
        return self._open_area(block, label, parent, area_of)

    def _open_area(self, block: Block, label: Label, parent: int | None, area_of: dict[int, int]) -> int:
        """The index of the area that begins at a block, which is added with its first task.

        `parent` is the item that the area is, None if it is a line.
        """
        if block.start not in area_of:
            start = block.start + label.length
            words = block.text[label.length :].strip()
            title = (
                shorten_to_heading(words)
                if len(words) > LONGEST_AREA_TITLE and len(shorten_to_heading(words)) > 1
                else words
            )
            title = title.rstrip(" .。") or title
            is_safeguard = any(
                self.lexicon.safeguards.search(shorten_to_heading(strip_label(self.blocks, self.items[item])))
                for item in ((parent, *iterate_ancestors(self.items, parent)) if parent is not None else ())
            )
            start += len(block.text[label.length :]) - len(block.text[label.length :].lstrip())
            area_of[block.start] = self._add_area(title, start, label.text, "safeguard" if is_safeguard else "core")
        return area_of[block.start]

    def _find_grouping_styles(self) -> set[str]:
        """The label styles of which most items hold tasks; items of other styles are seldom areas."""
        holding = {above for index in self.choice.tasks for above in iterate_ancestors(self.items, index)}
        every = Counter(item.label.style for item in self.items)
        filled = Counter(self.items[at].label.style for at in holding)
        return {style for style, count in filled.items() if count >= MOST * every[style]}

    def _can_be_area(self, index: int) -> bool:
        """Whether an item can be an area: it is not the plan's name or a heading that only says that tasks follow."""
        item = self.items[index]
        words = strip_label(self.blocks, item).strip()
        if item.is_labelled:
            return True
        letters = reduce_to_letters(words)
        if len(letters) < 2 or letters.isdigit() or self.unlabelled_words[letters] > 1:
            return False  # an ornament, a page number, or words that stand above each list
        if self.lexicon.non_areas.fullmatch(words):
            return False
        return not (self.common_root == index and self.lexicon.plan_titles.fullmatch(words))

    def _find_title_lines(self) -> list[int]:
        """The indexes of blocks that name areas if no item does: short lines above tasks, or lines of a speech."""
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
        """Whether a block is a short line without a label that begins like a title and does not end a sentence."""
        text = self.blocks[at].text
        return (
            self.blocks[at].kind not in (ROW, ITEM)
            and at not in self.item_blocks
            and 1 < len(text) <= LONGEST_TITLE_LINE
            and not re.search(r"[.。,，;；:：!！?？]\s*$", text)
            and bool(re.match(r"[A-Z\u4e00-\u9fff]", text))
            and not is_field(text, self.lexicon)
        )

    def _add_task(self, index: int, *, level: int, area: int | None, parent: int | None) -> None:
        """Add an item as a task, with its text up to the next item, its assignments and its deadline."""
        item = self.items[index]
        block = self.blocks[item.block]
        end = self._find_end(index)
        words = block.text[item.label.length :]
        start = block.start + item.label.length + len(words) - len(words.lstrip())
        span = Span(start, self.blocks[end - 1].end)
        below = self.blocks[item.block + 1 : end]
        text = unwrap_lines("\n".join([words, *(block.text for block in below if block.kind != ROW)]))
        prose = unwrap_lines("\n".join([words, *(block.text for block in below if block.kind not in (ROW, ITEM))]))
        self._append(
            item.label,
            strip_responsibility(shorten_to_heading(unwrap_lines(self.choice.titles.get(index, words))), self.lexicon),
            span,
            self._read_assignments(text),
            read_deadline(text, self.lexicon, prose=prose),
            level=level,
            area=area,
            parent=parent,
            confidence=self.choice.task_confidence.get((item.block, 0)),
        )

    def _append(
        self,
        label: Label,
        title: str,
        span: Span,
        assignments: tuple[Assignment, ...],
        deadline: Deadline,
        *,
        area: int | None,
        level: int = 1,
        parent: int | None = None,
        confidence: float | None = None,
    ) -> None:
        """Add a task, whose text and link are those of its span."""
        self.tasks.append(
            Task(
                ordinal=label.ordinal,
                label=label.text,
                title=title,
                text=self.text[span.start : span.end],
                kind=self.areas[area].kind if area is not None else "core",
                level=level,
                area=area,
                parent=parent,
                assignments=assignments,
                deadline=deadline.day,
                deadline_stated=deadline.stated,
                span=span,
                fragment=build_directive(self.text, span.start, span.end),
                confidence=confidence,
            )
        )

    def _find_end(self, index: int) -> int:
        """The index of the block after an item's text, which ends at the next label, annex, or heading outside it."""
        item = self.items[index]
        if index in self.choice.ends:
            return self.choice.ends[index]
        end = len(self.blocks)
        for after in range(index + 1, len(self.items)):
            following = self.items[after]
            if following.is_labelled or following.depth <= item.depth:
                end = following.block
                break
        for at in range(item.block + 1, end):
            text = self.blocks[at].text.strip()
            if at in self.title_line_blocks or self.lexicon.annexes.fullmatch(text):
                return at
        if len(self.choice.tasks) > FEW_TASKS and index == self.choice.tasks[-1]:
            # Below the last task the text often goes on; so the task is no longer than the longest before it.
            longest = max(self._find_end(before) - self.items[before].block for before in self.choice.tasks[:-1])
            return min(end, item.block + longest)
        return end

    def _join_grids(self) -> None:
        """Apply the tables to the tasks: one inside a task to that task, any other to all tasks that it names."""
        mains = [at for at, task in enumerate(self.tasks) if task.level == 1]
        ends: dict[int, int] = {}
        for at, task in enumerate(self.tasks):
            ends[at if task.parent is None else task.parent] = task.span.end
        starts = [self.tasks[at].span.start for at in mains]
        titles = grids.Titles((self.tasks[at].title for at in mains), (self.tasks[at].ordinal for at in mains))
        listing = {self.blocks[cell.block].table for cell in self.choice.cells}  # the tables whose cells are the tasks
        for grid in self.grids:
            if grid.rows[0].table in listing:
                continue
            position = grid.rows[0].start
            before = mains[count - 1] if (count := bisect_right(starts, position)) else None
            if before is not None and position < ends[before]:
                self._apply_rows(before, grid, grid.rows)
                continue
            for at, rows in zip(mains, grids.match_rows(grid, titles), strict=True):
                if rows:
                    self._apply_rows(at, grid, rows)

    def _apply_rows(self, at: int, grid: Grid, rows: Sequence[Block]) -> None:
        """Give a task the assignments and the deadline that rows of a table state."""
        task = self.tasks[at]
        assignments = grids.read_row_assignments(grid, rows, self.lexicon)
        deadline = grids.read_row_deadline(grid, rows, self.lexicon)
        if assignments:
            task = replace(task, assignments=assignments)
        if DEADLINE in grid.columns:
            task = replace(task, deadline=deadline.day, deadline_stated=deadline.stated)
        self.tasks[at] = task

    def _collect_from_sub_tasks(self) -> None:
        """Give each task without assignments those of its sub-tasks."""
        collected: dict[int, dict[tuple[str, str], Assignment]] = defaultdict(dict)
        for task in self.tasks:
            if task.parent is not None:
                for assignment in task.assignments:
                    collected[task.parent].setdefault((assignment.body, assignment.role), assignment)
        for at, assignments in collected.items():
            if not self.tasks[at].assignments:
                self.tasks[at] = replace(self.tasks[at], assignments=tuple(assignments.values()))

    def _add_lead_ins(self) -> None:
        """Let the bodies of a line such as "The Harbour Office shall:" lead the tasks below it without a lead."""
        starts = [task.span.start for task in self.tasks]
        leads: tuple[Assignment, ...] = ()
        for block in self.blocks:
            tasks = range(bisect_left(starts, block.start), bisect_left(starts, block.end))
            for at in tasks:
                assignments = self.tasks[at].assignments
                if leads and all(assignment.role == SUPPORT for assignment in assignments):
                    self.tasks[at] = replace(self.tasks[at], assignments=(*leads, *assignments))
            if block.kind == HEADING:
                leads = read_lead_in(block.text, self.lexicon)
            elif not tasks:
                leads = read_lead_in(block.text, self.lexicon) or leads

    def _take_from_areas(self) -> None:
        """Give tasks without assignments those that stand beside their area's title, which loses them."""
        starts = sorted([*(area.span.start for area in self.areas), *(task.span.start for task in self.tasks)])
        stated = []
        for at, area in enumerate(self.areas):
            following = starts[count] if (count := bisect_right(starts, area.span.start)) < len(starts) else None
            text = self.text[area.span.start : following][:LONGEST_AREA_HEAD]
            stated.append(self._read_assignments(text, is_heading=True))
            title = strip_responsibility(area.title, self.lexicon)
            span = Span(area.span.start, area.span.start + len(title))
            self.areas[at] = replace(area, title=title, span=span) if title != area.title else area
        for at, task in enumerate(self.tasks):
            if task.area is not None and not task.assignments and stated[task.area]:
                self.tasks[at] = replace(task, assignments=stated[task.area])

    def _read_assignments(self, text: str, *, is_heading: bool = False) -> tuple[Assignment, ...]:
        """The assignments that a text states, by the document's own rule about leading bodies."""
        return read_assignments(
            text,
            self.lexicon,
            first_leads=self.first_leads,
            leads_before_comma=self.leads_before_comma,
            is_heading=is_heading,
        )

    def _resolve_leads(self) -> None:
        """If the text names supporting bodies, let bodies that are responsible for a task without others lead it."""
        if any(assignment.role == SUPPORT for task in self.tasks for assignment in task.assignments):
            for at, task in enumerate(self.tasks):
                if {assignment.role for assignment in task.assignments} == {RESPONSIBLE}:
                    leads = tuple(replace(assignment, role=LEAD) for assignment in task.assignments)
                    self.tasks[at] = replace(task, assignments=leads)

    def _add_cells(self, area_of: dict[int, int]) -> None:
        """Add the chosen cells of tables as tasks, and put all tasks into the order of the text."""
        if not self.choice.cells:
            return
        grid_of = {row.start: grid for grid in self.grids for row in grid.rows}
        ordinals: Counter[tuple[int, int]] = Counter()
        groups: dict[tuple[int, str], int] = {}  # the area of each table and name of a group
        for cell in self.choice.cells:
            row = self.blocks[cell.block]
            ordinals[row.table, cell.column] += 1
            grid = grid_of.get(row.start)
            group = self._read_group(row, cell.column, grid)
            if group and (row.table, group) not in groups:
                groups[row.table, group] = self._add_area(group, row.start + max(row.text.find(group), 0))
            area = groups[row.table, group] if group else self._assign_cell_area(cell, area_of)
            self._add_cell(cell, row, grid, ordinals[row.table, cell.column], area)
        self._sort()

    def _read_group(self, row: Block, column: int, grid: Grid | None) -> str:
        """The words of the cell that groups a row: in the column of areas, else in one whose cells span several rows.

        "" if there is none to the left of the tasks' `column`.
        """
        if grid is not None and grid.columns.get(AREA, column) != column:
            return grid.read_cell(row, AREA)
        if row.table not in self.group_columns:
            cells = [block.cells for block in self.blocks if block.kind == ROW and block.table == row.table][1:]
            self.group_columns[row.table] = next((at for at in range(column) if _is_grouping(cells, at)), None)
        at = self.group_columns[row.table]
        return " ".join(row.cells[at].split()) if at is not None and at < len(row.cells) else ""

    def _assign_cell_area(self, cell: Unit, area_of: dict[int, int]) -> int | None:
        """The area of a cell: the item that its table stands in, or else the heading above the table."""
        holder = bisect_right(self.item_starts, cell.block) - 1
        candidates = [holder, *iterate_ancestors(self.items, holder)] if holder >= 0 else []
        for item in candidates:
            if self._can_be_area(item) and item not in self.choice.tasks:
                block, label = self.blocks[self.items[item].block], self.items[item].label
                return self._open_area(block, label, item, area_of)
        return None

    def _add_cell(self, cell: Unit, row: Block, grid: Grid | None, ordinal: int, area: int | None) -> None:
        """Add a cell as a task; `ordinal` is its number in its column, if it has no label."""
        label = cell.label
        stated = grid.rows[0] if grid is not None and grid.is_card else row
        if not label.length:
            label = Label("", ordinal, grid.read_cell(stated, ORDINAL) if grid is not None else "", 0)
        self._append(
            label,
            shorten_to_heading(cell.title),
            Span(row.start + cell.start, row.end),
            grids.read_row_assignments(grid, [stated], self.lexicon) if grid is not None else (),
            grids.read_row_deadline(grid, [stated], self.lexicon) if grid is not None else Deadline(),
            area=area,
            confidence=self.choice.task_confidence.get((cell.block, cell.column)),
        )

    def _sort(self) -> None:
        """Put the tasks and areas into the order of the text."""
        tasks = sorted(range(len(self.tasks)), key=lambda at: self.tasks[at].span.start)
        areas = sorted(range(len(self.areas)), key=lambda at: self.areas[at].span.start)
        task_at, area_at = ({old: new for new, old in enumerate(order)} for order in (tasks, areas))
        self.areas = [replace(self.areas[old], ordinal=new) for new, old in enumerate(areas, 1)]
        self.tasks = [
            replace(
                task,
                area=None if task.area is None else area_at[task.area],
                parent=None if task.parent is None else task_at[task.parent],
            )
            for task in (self.tasks[old] for old in tasks)
        ]

    def _add_area(self, title: str, start: int, label: str = "", kind: str = "core") -> int:
        """Add an area, and return its index."""
        self.areas.append(Area(len(self.areas) + 1, label, title, kind, Span(start, start + len(title))))
        return len(self.areas) - 1


def _is_grouping(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column's cells name groups of rows: words, each in rows that follow one another, fewer than rows."""
    cells = [row[column] for row in rows if column < len(row)]
    runs = [name for name, _ in groupby(cells)]
    named = [name for name in runs if re.search(r"[^\W\d_]{2}", name)]
    return 1 < len(runs) <= MOST_GROUPS * len(cells) and len(named) == len(runs) == len(set(runs))
