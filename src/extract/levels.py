"""Which level of an outline holds the tasks, and which the areas: decided by evidence, not by style.

The document's own counts weigh most; then how many items begin with a verb of action, and how many say who answers
for them; then depth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extract.claims import Statement
from extract.lexicon.rows import AREAS, TASKS, Lexicon
from extract.outline import Item
from extract.reading import Block
from extract.sentences import heading_of

# What a kind of evidence weighs. A count that the document states outweighs all the rest together.
STATED_COUNT, ACTION, RESPONSIBILITY, DEPTH = 10.0, 4.0, 3.0, 1.5
# Below this share of items that begin with a verb of action or say who answers, only a stated count makes tasks.
LEAST_ACTION = 0.5
LEAST_TASKS = 2


@dataclass(frozen=True, slots=True)
class Levels:
    """The depths of tasks and of areas (None where there are no areas), and the reasons for that choice."""

    tasks: int
    areas: int | None
    reasons: tuple[str, ...]


def with_tasks(blocks: Sequence[Block], items: Sequence[Item], lexicon: Lexicon) -> list[Item]:
    """The items that are not in sections without tasks, such as goals and principles, as their titles say."""
    kept: list[Item] = []
    left_out: int | None = None
    for item in items:
        if left_out is not None and item.depth <= left_out:
            left_out = None
        if left_out is None and lexicon.without_tasks.fullmatch(heading(blocks, item)):
            left_out = item.depth
        if left_out is None:
            kept.append(item)
    return kept


def heading(blocks: Sequence[Block], item: Item) -> str:
    """The heading sentence of an item, without its label and full stop."""
    return heading_of(blocks[item.block].text[item.label.length :])


def choose_levels(
    blocks: Sequence[Block],
    items: Sequence[Item],
    statements: Sequence[Statement],
    lexicon: Lexicon,
) -> Levels | None:
    """The level that the evidence speaks for most, or None where no level holds tasks."""
    best: tuple[float, Levels] | None = None
    count = Counter(item.depth for item in items)
    stated = {
        counted: {s.stated for s in statements if s.counted == counted and s.parts is None}
        for counted in (TASKS, AREAS)
    }
    for depth in sorted(count):
        here = [item for item in items if item.depth == depth]
        acting = sum(bool(lexicon.actions.match(heading(blocks, item))) for item in here) / len(here)
        answered = sum(_says_who_answers(blocks, item, lexicon) for item in here) / len(here)
        counted = count[depth] in stated[TASKS]
        if count[depth] < LEAST_TASKS or (max(acting, answered) < LEAST_ACTION and not counted):
            continue
        above = depth - 1 if depth else None
        weight = STATED_COUNT * counted + ACTION * acting + RESPONSIBILITY * answered + DEPTH * depth
        reasons = [f"{acting:.0%} of {len(here)} items begin with a verb of action"]
        if answered:
            reasons.append(f"{answered:.0%} say who is responsible")
        if counted:
            reasons.append(f"the document states {count[depth]} tasks")
        if above is not None and count[above] in stated[AREAS]:
            weight += STATED_COUNT / 2
            reasons.append(f"the level above has the stated {count[above]} areas")
        if best is None or weight > best[0]:
            best = (weight, Levels(depth, above, tuple(reasons)))
    return best[1] if best else None


def _says_who_answers(blocks: Sequence[Block], item: Item, lexicon: Lexicon) -> bool:
    """Whether the item's own text states a responsibility."""
    return any(lexicon.responsibility.search(block.text) for block in blocks[item.block : item.end])
