"""Which items of an outline are the tasks, and which of them the areas: decided by evidence, not by style.

The document's own counts weigh most; then how many items of a style begin with a verb of action or oblige somebody,
and how many say who answers for them; then depth, in so far as the style reaches into all the sections above it. A
section without items of that style has its tasks one level higher, as 保障措施 often has.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extract.claims import Statement
from extract.lexicon.rows import AREAS, TASKS, Lexicon
from extract.outline import UNLABELLED, Item
from extract.plan import Problem
from extract.reading.blocks import ROW, Block
from extract.sentences import heading_of

# What a kind of evidence weighs. A count that the document states outweighs all the rest together.
STATED_COUNT, ACTION, RESPONSIBILITY, DEPTH = 10.0, 4.0, 3.0, 1.5
# Below this share of items that begin with a verb of action or say who answers, only a stated count makes tasks; the
# second holds where the text calls itself a plan and has sections as plans have them, the third where it does neither.
LEAST_ACTION, LEAST_IN_A_PLAN, LEAST_ELSEWHERE = 0.5, 0.3, 0.6
LEAST_TASKS = 2
# Where this share of a style's items acts, a section of which none does holds another kind of list.
MOST_ACT = 0.6
# The same where nothing but its being a heading speaks for a style: then only in a text that calls itself a plan.
LEAST_HEADINGS = 3
# The same where only the text's title and the shape of its outline speak for tasks.
LEAST_BY_SHAPE = 6
# A stated count is that of a style only where the style reaches into this share of the sections above it.
LEAST_COVERAGE = 0.5
# From this many articles (第一条) on a text is a law or a regulation.
FEWEST_ARTICLES = 5
# From this many sections on that other kinds of texts have, such as "How to apply", it is one of those.
FOREIGN_SECTIONS = 2
# How many blocks before a new count may say that another outline begins, and how long the name of a plan may be.
BEFORE_A_PART, LONGEST_NAME = 8, 100
# What is told of a choice that is not certain.
OTHER_PART = "another outline, of {} lines, begins here and is left out: a notice before the plan or an annex after it"
BY_SHAPE = "only the title and the shape of the text say that these are tasks: hardly any begins with a verb of action"
# So much of a line is looked at to tell a question or an instruction.
LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """Indexes of the outline's items: the tasks, and the items that are left out with all that lies in them.

    `reasons` say why these are the tasks, `problems` why there are none or what is unsure about them.
    """

    tasks: tuple[int, ...]
    omitted: frozenset[int]
    reasons: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for one style of items being the tasks."""

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
        """All of it in one number."""
        inner = (
            ACTION * self.action_share + RESPONSIBILITY * self.responsibility_share + DEPTH * min(self.mean_depth, 3.0)
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
    """The items that the evidence speaks for most; none of them where no style of items holds tasks.

    `title` is what the document calls itself. `style`, the name of a label style, overrules the evidence.
    """
    other_parts = _find_other_outlines(blocks, items, lexicon)
    left_out = other_parts | frozenset(_find_sections_without_tasks(blocks, items, lexicon))
    kept = [index for index in range(len(items)) if index not in left_out]
    described = _KeptItems(blocks, items, kept, lexicon)
    if style is not None:
        if not described.count[style]:
            return Choice(
                (), left_out, (), (Problem(f"no line is labelled in the style {style!r}, which the settings name", 0),)
            )
        reason = f"the source's settings say that the tasks are the lines in the style {style}"
        return Choice(tuple(described.select_tasks(style)), left_out, (reason,))
    articles = sum(item.label.style == "article" for item in items)
    if articles >= FEWEST_ARTICLES:
        message = f"no task was found: the text has {articles} articles, as laws and regulations have"
        return Choice((), left_out, (), (Problem(message, 0),))
    names_plan = lexicon.plan_titles.fullmatch(title.strip())
    if (
        not names_plan
        and (other := lexicon.other_texts.search(title))
        and not any(one.counted == TASKS for one in statements)
    ):
        message = f"no task was found: the title names another kind of text ({other[0]})"
        return Choice((), left_out, (), (Problem(message, 0),))
    foreign = [words for item in items if lexicon.other_sections.fullmatch(words := read_heading(blocks, item))]
    if len(foreign) >= FOREIGN_SECTIONS:
        message = f"no task was found: the text has sections that plans have not ({foreign[0]}, {foreign[1]})"
        return Choice((), left_out, (), (Problem(message, 0),))
    is_plan = bool(lexicon.plans.search(title))
    has_sections = is_plan and (bool(left_out) or described.has_safeguards())
    every = [described.collect_evidence(name, statements) for name in described.count]
    likely = [one for one in every if _can_be_tasks(one, is_plan=is_plan, has_sections=has_sections)]
    unsure = (
        [Problem(OTHER_PART.format(len(other_parts)), blocks[items[min(other_parts)].block].start)]
        if other_parts
        else []
    )
    if not likely and names_plan:
        likely = [one for one in every if _is_shaped_like_tasks(one)]
        unsure += [Problem(BY_SHAPE, 0)] if likely else []
    if not likely:
        return Choice((), left_out)
    best = max(likely, key=lambda one: one.weight)
    tasks = described.select_tasks(best.style)
    if excluded := _find_exclusion(blocks, [items[index] for index in tasks], lexicon):
        return Choice((), left_out, (), (Problem(f"no task was found: {excluded}", 0),))
    return Choice(tuple(tasks), left_out, tuple(_list_reasons(best)), tuple(unsure))


def _can_be_tasks(one: _Evidence, *, is_plan: bool, has_sections: bool) -> bool:
    """Whether the evidence for a style is enough to believe that a text has tasks at all."""
    if one.style.startswith(UNLABELLED) and not (is_plan and one.count >= LEAST_HEADINGS):
        return False
    if one.has_stated_count:
        return one.count >= LEAST_TASKS and max(one.action_share, one.responsibility_share) >= LEAST_IN_A_PLAN
    acting = max(one.action_share, one.action_share_with_text) if has_sections else one.action_share
    least = LEAST_IN_A_PLAN if has_sections else LEAST_ACTION if is_plan else LEAST_ELSEWHERE
    return one.count >= LEAST_TASKS and max(acting, one.responsibility_share) >= least


def _is_shaped_like_tasks(one: _Evidence) -> bool:
    """Whether a style's items could be tasks by their shape alone: many, in all of several sections of a plan."""
    return one.count >= LEAST_BY_SHAPE and one.sections > 1 and one.coverage >= LEAST_COVERAGE


def read_heading(blocks: Sequence[Block], item: Item) -> str:
    """The heading sentence of an item, without its label and full stop."""
    return heading_of(blocks[item.block].text[item.label.length :])


def _find_sections_without_tasks(blocks: Sequence[Block], items: Sequence[Item], lexicon: Lexicon) -> Iterator[int]:
    """The items of sections without tasks, such as goals, principles and a review of the past, as their titles say."""
    below: set[int] = set()
    under_a_line = False
    for index, item in enumerate(items):
        title = read_heading(blocks, item)
        if (item.parent is None and item.label.ordinal == 1) or not item.is_labelled:
            under_a_line = _is_under_title_without_tasks(blocks, items, index, lexicon)
        if (
            item.parent in below
            or (item.parent is None and under_a_line)
            or lexicon.without_tasks.fullmatch(title)
            or (not item.is_labelled and lexicon.annexes.fullmatch(title))
        ):
            below.add(index)
            yield index


def _is_under_title_without_tasks(blocks: Sequence[Block], items: Sequence[Item], index: int, lexicon: Lexicon) -> bool:
    """Whether the line over an item is the title of a section without tasks, though nothing marks it as a heading."""
    above = items[index].block - 1
    if above < 0 or (index and items[index - 1].block == above):
        return False
    return blocks[above].kind != ROW and bool(lexicon.without_tasks.fullmatch(blocks[above].text.strip(" :：")))


def _find_other_outlines(blocks: Sequence[Block], items: Sequence[Item], lexicon: Lexicon) -> frozenset[int]:
    """The items of outlines beside the plan's own, as a cover notice before it or an annex after it has.

    A new outline begins where the outermost count begins anew after a line that closes a notice, names a plan or opens
    an annex. The one with the most items is the plan's.
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
    """Whether a line stands between two outlines: a day alone, the name of a plan, an annex."""
    text = block.text.strip()
    return (
        block.kind != ROW
        and len(text) <= LONGEST_NAME
        and any(row.fullmatch(text) for row in (lexicon.day_alone, lexicon.plan_titles, lexicon.annexes))
    )


class _KeptItems:
    """What can be said of the kept items: their styles, their children, what they say."""

    def __init__(self, blocks: Sequence[Block], items: Sequence[Item], kept: Sequence[int], lexicon: Lexicon) -> None:
        self.blocks, self.items, self.kept, self.lexicon = blocks, items, kept, lexicon
        self.count = Counter(items[index].label.style for index in kept)
        self.children: dict[int | None, list[int]] = defaultdict(list)
        for index in kept:
            self.children[items[index].parent].append(index)
        self.heading = {index: read_heading(blocks, items[index]) for index in kept}
        ends = [item.block for item in items[1:]] + [len(blocks)]
        self.end = dict(enumerate(ends))

    def select_style(self, style: str) -> list[int]:
        """The items of a style; of headings without labels only those below most of the labelled sections' kind."""
        here = [index for index in self.kept if self.items[index].label.style == style]
        if not style.startswith(UNLABELLED):
            return here
        above = Counter(self._style_above(index) for index in here)
        labelled = [one for one in above if one is not None and not one.startswith(UNLABELLED) and above[one] > 1]
        if not labelled:
            return here
        most = max(labelled, key=lambda one: above[one])
        return [index for index in here if self._style_above(index) == most]

    def _style_above(self, index: int) -> str | None:
        parent = self.items[index].parent
        return None if parent is None else self.items[parent].label.style

    def collect_evidence(self, style: str, statements: Sequence[Statement]) -> _Evidence:
        """What speaks for the items of a style being the tasks."""
        here = self.select_style(style)
        parents = Counter(
            self.items[parent].label.style if (parent := self.items[index].parent) is not None else None
            for index in here
        )
        stated = {
            counted: {one.stated for one in statements if one.counted == counted and one.parts is None}
            for counted in (TASKS, AREAS)
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
        """The items of the style, and in branches that have none of them, the innermost items that are like tasks."""
        inner = set(self.select_style(style))
        # an item of the style that lies in another one is that one's part
        nested = {index for index in inner if any(above in inner for above in self._above(index))}
        chosen = inner - nested
        chosen -= self._find_groups_without_tasks(chosen)
        holding = {above for index in chosen for above in self._above(index)}
        innermost = [
            index
            for index in self.kept
            if not self.children[index] and index not in chosen and chosen.isdisjoint(self._above(index))
        ]
        return sorted(chosen | {index for index in innermost if self._is_task_by_itself(index, holding)})

    def _find_groups_without_tasks(self, chosen: set[int]) -> set[int]:
        """The items of groups of which none acts, where most items of the style do: lists of problems, of places."""
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
        return {index for group in groups.values() if len(groups) > 2 and group.isdisjoint(acting) for index in group}

    def _is_task_by_itself(self, index: int, holding: set[int]) -> bool:
        """Whether an item without anything below it is a task, given the items that hold tasks of the chosen style."""
        above = list(self._above(index))
        branch = [one for one in above if one not in holding]
        if branch:
            return self._are_tasks(self.children[self.items[index].parent], branch)
        return bool(above) and self._is_like_its_siblings(index, holding)

    def has_safeguards(self) -> bool:
        """Whether a section is one that secures a plan."""
        return any(self.lexicon.safeguards.search(title) for title in self.heading.values())

    def _are_tasks(self, siblings: Sequence[int], branch: Sequence[int]) -> bool:
        """Whether innermost items of a branch without tasks are some: in safeguards, or where they act."""
        if any(not self.items[one].is_labelled for one in siblings):
            return False
        if any(self.lexicon.safeguards.search(self.heading[one]) for one in branch):
            return True
        like = sum(self._is_action(one) or self._has_responsibility(one) for one in siblings)
        return len(siblings) > 1 and like >= LEAST_ACTION * len(siblings)

    def _is_like_its_siblings(self, index: int, holding: set[int]) -> bool:
        """Whether an item without tasks below, among areas that have some, is a task by itself."""
        siblings = self.children[self.items[index].parent]
        return (
            self.items[index].is_labelled
            and any(one in holding for one in siblings)
            and (self._has_responsibility(index) or self._is_action(index))
        )

    def _above(self, index: int) -> Iterator[int]:
        parent = self.items[index].parent
        while parent is not None:
            yield parent
            parent = self.items[parent].parent

    def _measure_coverage(self, above: str | None, filled: set[int | None]) -> float:
        """The share of the sections of a style that hold items of the style below, safeguards apart."""
        if above is None:
            return 1.0
        sections = [
            index for index in self.kept if self.items[index].label.style == above and not self._is_safeguard(index)
        ]
        return sum(index in filled for index in sections) / len(sections) if sections else 1.0

    def _is_safeguard(self, index: int) -> bool:
        return any(self.lexicon.safeguards.search(self.heading[one]) for one in (index, *self._above(index)))

    def _is_action(self, index: int) -> bool:
        title = self.heading[index]
        return bool(self.lexicon.actions.match(title) or self.lexicon.obligations.search(title))

    def _has_obligation_below(self, index: int) -> bool:
        """Whether the text below a heading obliges somebody."""
        own = self.blocks[self.items[index].block + 1 : self.end[index]]
        return any(block.kind != ROW and self.lexicon.obligations.search(block.text) for block in own[:3])

    def _has_responsibility(self, index: int) -> bool:
        """Whether the item's own text states a responsibility."""
        own = self.blocks[self.items[index].block : self.end[index]]
        return any(block.kind != ROW and self.lexicon.responsibility.search(block.text) for block in own)


def _find_exclusion(blocks: Sequence[Block], tasks: Sequence[Item], lexicon: Lexicon) -> str | None:
    """The reason why the would-be tasks are none, such as that they are questions."""
    for exclusion in lexicon.exclusions:
        like = sum(bool(exclusion.pattern.match(blocks[item.block].text[:LONGEST_HEADING])) for item in tasks)
        share = like / max(len(tasks), 1)
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
