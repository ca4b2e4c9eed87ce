"""An outline's items and the document's stated counts in, a `Choice` out: which items are the tasks, and why.

Items of one label style are judged together, by evidence. The document's own counts weigh most; then the share of
items that begin with a verb of action or oblige somebody, and of those that state who is responsible; then the depth,
as far as the style reaches into all sections above it. A section without items of the chosen style has its tasks one
level higher, as 保障措施 often does. What is uncertain about a choice is reported as a problem.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extract.claims import Statement
from extract.lexicon.rows import AREAS, TASKS, Lexicon
from extract.outline import UNLABELLED, Item, iterate_ancestors
from extract.plan import Problem
from extract.reading.blocks import ROW, Block
from extract.sentences import shorten_to_heading

# Weights of the kinds of evidence, without a unit: a stated count counts once, a share (0 to 1) and the mean depth (in
# levels) are multiplied by theirs. A stated number of areas counts half. A stated count outweighs all other evidence.
STATED_COUNT, ACTION, RESPONSIBILITY, DEPTH = 10.0, 4.0, 3.0, 1.5
# Mean depth in levels above which depth adds no more weight.
DEEPEST = 3.0
# Share (0 to 1) of a style's items that begin with a verb of action, or that state who is responsible, from which on
# they can be tasks: in a text whose title names a plan; in such a text that also has sections as plans have them; in
# any other text. The second also holds if the document states the number of tasks.
LEAST_ACTION, LEAST_IN_A_PLAN, LEAST_ELSEWHERE = 0.5, 0.3, 0.6
# Number of items of a style from which on they can be tasks.
LEAST_TASKS = 2
# Share (0 to 1) of a style's items that act, from which on a section without any that acts is another kind of list.
MOST_ACT = 0.6
# Number of such sections (groups of items in one parent) from which on this is judged.
FEWEST_GROUPS = 3
# Number of headings without labels from which on they can be tasks, in a text whose title names a plan.
LEAST_HEADINGS = 3
# Number of items of a style from which on they can be tasks by the text's title and the outline's shape alone.
LEAST_BY_SHAPE = 6
# Share (0 to 1) of the sections above that have to hold items of a style, for a stated count to be theirs.
LEAST_COVERAGE = 0.5
# Number of articles (第一条) from which on a text is a law or a regulation.
FEWEST_ARTICLES = 5
# Number of sections that plans do not have, such as "How to apply", from which on a text is not a plan.
FOREIGN_SECTIONS = 2
# Number of blocks before a count that restarts, which may say that another outline begins.
BEFORE_A_PART = 8
# Length in characters up to which a line can be the name of a plan.
LONGEST_NAME = 100
# Number of blocks below a heading that are searched for an obligation.
BLOCKS_BELOW = 3
# Messages about a choice that is uncertain.
OTHER_PART = "another outline, of {} lines, begins here and is left out: a notice before the plan or an annex after it"
BY_SHAPE = "only the title and the shape of the text say that these are tasks: hardly any begins with a verb of action"
# Characters of a line, from its beginning, that are searched for the mark of a question or an instruction.
LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen tasks, and the items that are omitted with everything inside them, as indexes of the outline's items.

    `reasons` say why these are the tasks; `problems` say why there are none, or what is uncertain about them.
    """

    tasks: tuple[int, ...]
    omitted: frozenset[int]
    reasons: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The evidence that the items of one style are the tasks.

    `count` is the number of items. All shares are from 0 to 1: of items that act (`action_share`), that act or are
    followed by an obligation (`action_share_with_text`), that state who is responsible; `coverage` is the share of the
    sections above that hold such items. `mean_depth` is in levels from 0, `sections` the number of sections that hold
    items, and `stated_areas` the same number if the document states it, else None.
    """

    style: str
    count: int
    action_share: float
    action_share_with_text: float
    responsibility_share: float
    has_stated_count: bool
    coverage: float
    mean_depth: float
    stated_areas: int | None
    sections: int = 0

    @property
    def weight(self) -> float:
        """The sum of all evidence, weighted."""
        inner = (
            ACTION * self.action_share
            + RESPONSIBILITY * self.responsibility_share
            + DEPTH * min(self.mean_depth, DEEPEST)
        )
        return (
            STATED_COUNT * self.has_stated_count
            + STATED_COUNT / 2 * (self.stated_areas is not None)
            + inner * self.coverage
        )


def choose_tasks(
    blocks: Sequence[Block],
    items: Sequence[Item],
    statements: Sequence[Statement],
    lexicon: Lexicon,
    *,
    title: str = "",
    style: str | None = None,
) -> Choice:
    """The choice of the items with the most evidence; without tasks if no style has enough.

    `title` is the document's title. `style`, the name of a label style, overrules the evidence.
    """
    other_outlines = _find_other_outlines(blocks, items, lexicon)
    omitted = other_outlines | frozenset(_find_sections_without_tasks(blocks, items, lexicon))
    kept = [index for index in range(len(items)) if index not in omitted]
    described = _KeptItems(blocks, items, kept, lexicon)
    if style is not None:
        if not described.count[style]:
            return _refuse(f"no line is labelled in the style {style!r}, which the settings name", omitted)
        reason = f"the source's settings say that the tasks are the lines in the style {style}"
        return Choice(tuple(described.select_tasks(style)), omitted, (reason,))
    articles = sum(item.label.style == "article" for item in items)
    if articles >= FEWEST_ARTICLES:
        return _refuse(f"no task was found: the text has {articles} articles, as laws and regulations have", omitted)
    names_plan = lexicon.plan_titles.fullmatch(title.strip())
    if (
        not names_plan
        and (other := lexicon.other_texts.search(title))
        and not any(statement.counted == TASKS for statement in statements)
    ):
        return _refuse(f"no task was found: the title names another kind of text ({other[0]})", omitted)
    foreign = [words for item in items if lexicon.other_sections.fullmatch(words := read_heading(blocks, item))]
    if len(foreign) >= FOREIGN_SECTIONS:
        return _refuse(
            f"no task was found: the text has sections that plans have not ({foreign[0]}, {foreign[1]})", omitted
        )
    is_plan = bool(lexicon.plans.search(title))
    has_sections = is_plan and (bool(omitted) or described.has_safeguards(kept))
    candidates = [described.collect_evidence(name, statements) for name in described.count]
    likely = [
        evidence for evidence in candidates if _can_be_tasks(evidence, is_plan=is_plan, has_sections=has_sections)
    ]
    problems = (
        [Problem(OTHER_PART.format(len(other_outlines)), blocks[items[min(other_outlines)].block].start)]
        if other_outlines
        else []
    )
    if not likely and names_plan:
        likely = [evidence for evidence in candidates if _is_shaped_like_tasks(evidence)]
        problems += [Problem(BY_SHAPE, 0)] if likely else []
    if not likely:
        return Choice((), omitted)
    best = max(likely, key=lambda evidence: evidence.weight)
    tasks = described.select_tasks(best.style)
    if exclusion := _find_exclusion(blocks, [items[index] for index in tasks], lexicon):
        return _refuse(f"no task was found: {exclusion}", omitted)
    return Choice(tuple(tasks), omitted, tuple(_list_reasons(best)), tuple(problems))


def _refuse(message: str, omitted: frozenset[int]) -> Choice:
    return Choice((), omitted, (), (Problem(message, 0),))


def _can_be_tasks(evidence: _Evidence, *, is_plan: bool, has_sections: bool) -> bool:
    """Whether there is enough evidence that a style's items are tasks.

    `is_plan` says that the title names a plan, `has_sections` that the text also has sections as plans have them.
    """
    if evidence.style.startswith(UNLABELLED) and not (is_plan and evidence.count >= LEAST_HEADINGS):
        return False
    if evidence.count < LEAST_TASKS:
        return False
    share, least = evidence.action_share, LEAST_ACTION if is_plan else LEAST_ELSEWHERE
    if evidence.has_stated_count:
        least = LEAST_IN_A_PLAN
    elif has_sections:
        share, least = max(share, evidence.action_share_with_text), LEAST_IN_A_PLAN
    return max(share, evidence.responsibility_share) >= least


def _is_shaped_like_tasks(evidence: _Evidence) -> bool:
    """Whether a style's items can be tasks by their shape alone: many, in most of several sections of a plan."""
    return evidence.count >= LEAST_BY_SHAPE and evidence.sections > 1 and evidence.coverage >= LEAST_COVERAGE


def read_heading(blocks: Sequence[Block], item: Item) -> str:
    """The first sentence of an item, without its label and full stop."""
    return shorten_to_heading(blocks[item.block].text[item.label.length :])


def _find_sections_without_tasks(blocks: Sequence[Block], items: Sequence[Item], lexicon: Lexicon) -> Iterator[int]:
    """The indexes of the items in sections whose titles say that they hold goals, principles or a review, not tasks."""
    omitted: set[int] = set()
    is_under_title = False
    for index, item in enumerate(items):
        title = read_heading(blocks, item)
        if (item.parent is None and item.label.ordinal == 1) or not item.is_labelled:
            is_under_title = _is_under_title_without_tasks(blocks, items, index, lexicon)
        if (
            item.parent in omitted
            or (item.parent is None and is_under_title)
            or lexicon.without_tasks.fullmatch(title)
            or (not item.is_labelled and lexicon.annexes.fullmatch(title))
        ):
            omitted.add(index)
            yield index


def _is_under_title_without_tasks(blocks: Sequence[Block], items: Sequence[Item], index: int, lexicon: Lexicon) -> bool:
    """Whether the line above an item is the title of a section without tasks, though nothing marks it as a heading."""
    above = items[index].block - 1
    if above < 0 or (index and items[index - 1].block == above):
        return False
    return blocks[above].kind != ROW and bool(lexicon.without_tasks.fullmatch(blocks[above].text.strip(" :：")))


def _find_other_outlines(blocks: Sequence[Block], items: Sequence[Item], lexicon: Lexicon) -> frozenset[int]:
    """The indexes of the items in outlines other than the plan's, such as of a cover notice before it or an annex.

    A new outline begins if the outermost count restarts after a line that closes a notice, names a plan or opens an
    annex. The outline with the most items is the plan's.
    """
    begins = [0]
    for index, item in enumerate(items):
        if index and item.parent is None and item.label.ordinal == 1 and item.is_labelled:
            begin = index
            while begin and not items[begin - 1].is_labelled:
                begin -= 1
            after = items[begin - 1].block + 1 if begin else 0
            since = blocks[max(after, item.block - BEFORE_A_PART) : item.block]
            if begin and any(_is_boundary(block, lexicon) for block in since):
                begins.append(begin)
    if len(begins) == 1:
        return frozenset()
    spans = list(zip(begins, [*begins[1:], len(items)], strict=True))
    largest = max(spans, key=lambda span: span[1] - span[0])
    return frozenset(range(len(items))) - frozenset(range(*largest))


def _is_boundary(block: Block, lexicon: Lexicon) -> bool:
    """Whether a line separates two outlines: a day alone, the name of a plan, the title of an annex."""
    text = block.text.strip()
    return (
        block.kind != ROW
        and len(text) <= LONGEST_NAME
        and any(row.fullmatch(text) for row in (lexicon.day_alone, lexicon.plan_titles, lexicon.annexes))
    )


class _KeptItems:
    """The items that are not omitted.

    `count` is the number of items of each style, `children` the indexes of the items inside each. `heading` and `end`
    are given for all items: the first sentence, and the index of the block after the item's own text.
    """

    def __init__(self, blocks: Sequence[Block], items: Sequence[Item], kept: Sequence[int], lexicon: Lexicon) -> None:
        self.blocks, self.items, self.kept, self.lexicon = blocks, items, kept, lexicon
        self.count = Counter(items[index].label.style for index in kept)
        self.children: dict[int | None, list[int]] = defaultdict(list)
        for index in kept:
            self.children[items[index].parent].append(index)
        # An item may lie in one of another outline, which is omitted; so headings are read for all items.
        self.heading = [read_heading(blocks, item) for item in items]
        self.end = [item.block for item in items[1:]] + [len(blocks)]
        # What is decided once for all items of one parent, and once for each item.
        self._are_siblings_tasks: dict[int | None, bool] = {}
        self._acts: dict[int, bool] = {}
        self._states_responsibility: dict[int, bool] = {}

    def select_style(self, style: str) -> list[int]:
        """The indexes of a style's items; of headings without labels only those inside one labelled style."""
        here = [index for index in self.kept if self.items[index].label.style == style]
        if not style.startswith(UNLABELLED):
            return here
        above = Counter(self._find_outer_style(index) for index in here)
        labelled = [
            name for name, count in above.items() if name is not None and not name.startswith(UNLABELLED) and count > 1
        ]
        if not labelled:
            return here
        most_common = max(labelled, key=lambda name: above[name])
        return [index for index in here if self._find_outer_style(index) == most_common]

    def _find_outer_style(self, index: int) -> str | None:
        parent = self.items[index].parent
        return None if parent is None else self.items[parent].label.style

    def collect_evidence(self, style: str, statements: Sequence[Statement]) -> _Evidence:
        """The evidence that the items of a style are the tasks."""
        here = self.select_style(style)
        parents = Counter(map(self._find_outer_style, here))
        stated = {
            unit: {
                statement.stated for statement in statements if statement.counted == unit and statement.parts is None
            }
            for unit in (TASKS, AREAS)
        }
        above = parents.most_common(1)[0][0]
        filled = {self.items[index].parent for index in here}
        areas = sum(parent is not None for parent in filled)
        coverage = self._measure_coverage(above, filled)
        return _Evidence(
            style=style,
            count=len(here),
            action_share=sum(self._is_action(index) for index in here) / len(here),
            action_share_with_text=sum(self._is_action(index) or self._has_obligation_below(index) for index in here)
            / len(here),
            responsibility_share=sum(self._has_responsibility(index) for index in here) / len(here),
            has_stated_count=len(here) in stated[TASKS] and coverage >= LEAST_COVERAGE,
            coverage=coverage,
            mean_depth=sum(self.items[index].depth for index in here) / len(here),
            sections=areas,
            stated_areas=areas if areas > 1 and areas in stated[AREAS] else None,
        )

    def select_tasks(self, style: str) -> list[int]:
        """The indexes of a style's items, and in branches without them of the innermost items that are like tasks."""
        inner = set(self.select_style(style))
        # An item inside another one of the same style is a part of it.
        nested = {index for index in inner if any(above in inner for above in iterate_ancestors(self.items, index))}
        chosen = inner - nested
        chosen -= self._find_groups_without_tasks(chosen)
        holding = {above for index in chosen for above in iterate_ancestors(self.items, index)}
        innermost = [
            index
            for index in self.kept
            if not self.children[index]
            and index not in chosen
            and chosen.isdisjoint(iterate_ancestors(self.items, index))
        ]
        return sorted(chosen | {index for index in innermost if self._is_task_by_itself(index, holding)})

    def _find_groups_without_tasks(self, chosen: set[int]) -> set[int]:
        """The items of groups in which none acts, such as lists of problems; empty unless most chosen items act."""
        acting = {
            index
            for index in chosen
            if self._is_action(index) or self._has_responsibility(index) or self._has_obligation_below(index)
        }
        if len(acting) < MOST_ACT * len(chosen):
            return set()
        groups: dict[int | None, set[int]] = defaultdict(set)
        for index in chosen:
            groups[self.items[index].parent].add(index)
        return {
            index
            for group in groups.values()
            if len(groups) >= FEWEST_GROUPS and group.isdisjoint(acting)
            for index in group
        }

    def _is_task_by_itself(self, index: int, holding: set[int]) -> bool:
        """Whether an innermost item of another style is a task; `holding` are the items that hold chosen ones."""
        above = list(iterate_ancestors(self.items, index))
        branch = [ancestor for ancestor in above if ancestor not in holding]
        if branch:
            parent = self.items[index].parent
            if parent not in self._are_siblings_tasks:
                self._are_siblings_tasks[parent] = self._are_tasks(self.children[parent], branch)
            return self._are_siblings_tasks[parent]
        return bool(above) and self._is_like_its_siblings(index, holding)

    def has_safeguards(self, indexes: Iterable[int]) -> bool:
        """Whether a heading of the items names a section of safeguards."""
        return any(self.lexicon.safeguards.search(self.heading[index]) for index in indexes)

    def _are_tasks(self, siblings: Sequence[int], branch: Sequence[int]) -> bool:
        """Whether the innermost items of a branch without tasks are tasks: in safeguards, or if enough act."""
        if any(not self.items[index].is_labelled for index in siblings):
            return False
        if self.has_safeguards(branch):
            return True
        acting = sum(self._is_action(index) or self._has_responsibility(index) for index in siblings)
        return len(siblings) > 1 and acting >= LEAST_ACTION * len(siblings)

    def _is_like_its_siblings(self, index: int, holding: set[int]) -> bool:
        """Whether an item without tasks inside, beside areas that hold some, is a task itself."""
        siblings = self.children[self.items[index].parent]
        return (
            self.items[index].is_labelled
            and (self._has_responsibility(index) or self._is_action(index))
            and any(sibling in holding for sibling in siblings)
        )

    def _measure_coverage(self, above: str | None, filled: set[int | None]) -> float:
        """The share (0 to 1) of the sections of a style, without safeguards, that are among the `filled` items.

        1 if the items have no section above (`above` is None).
        """
        if above is None:
            return 1.0
        sections = [
            index
            for index in self.kept
            if self.items[index].label.style == above
            and not self.has_safeguards((index, *iterate_ancestors(self.items, index)))
        ]
        return sum(index in filled for index in sections) / len(sections) if sections else 1.0

    def _is_action(self, index: int) -> bool:
        if index not in self._acts:
            title = self.heading[index]
            self._acts[index] = bool(self.lexicon.actions.match(title) or self.lexicon.obligations.search(title))
        return self._acts[index]

    def _has_obligation_below(self, index: int) -> bool:
        """Whether the first blocks below an item's own line oblige somebody."""
        below = self.blocks[self.items[index].block + 1 : self.end[index]][:BLOCKS_BELOW]
        return any(block.kind != ROW and self.lexicon.obligations.search(block.text) for block in below)

    def _has_responsibility(self, index: int) -> bool:
        """Whether the item's own text states a responsibility."""
        if index not in self._states_responsibility:
            own = self.blocks[self.items[index].block : self.end[index]]
            self._states_responsibility[index] = any(
                block.kind != ROW and self.lexicon.responsibility.search(block.text) for block in own
            )
        return self._states_responsibility[index]


def _find_exclusion(blocks: Sequence[Block], tasks: Sequence[Item], lexicon: Lexicon) -> str | None:
    """The reason why the chosen items are not tasks, such as that they are questions; None if they are."""
    for exclusion in lexicon.exclusions:
        matching = sum(bool(exclusion.pattern.match(blocks[item.block].text[:LONGEST_HEADING])) for item in tasks)
        share = matching / max(len(tasks), 1)
        if share >= exclusion.share:
            return exclusion.reason.format(share=share)
    return None


def _list_reasons(best: _Evidence) -> Iterator[str]:
    yield f"the style of these lines is: {best.style}"
    if best.action_share:
        yield f"{best.action_share:.0%} of {best.count} items begin with a verb of action or oblige somebody"
    if best.responsibility_share:
        yield f"{best.responsibility_share:.0%} say who is responsible"
    if best.has_stated_count:
        yield f"the document states {best.count} tasks"
    if best.stated_areas is not None:
        yield f"the level above has the stated {best.stated_areas} areas"
    if best.mean_depth:
        yield f"they stand in {best.coverage:.0%} of the sections of the level above"
