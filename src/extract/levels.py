"""Which level of an outline holds the tasks, and which the areas: decided by evidence, not by style.

The document's own counts weigh most; then how many items begin with a verb of action; then depth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extract.claims import Statement
from extract.lexicon.rows import AREAS, TASKS, Lexicon
from extract.outline import Item
from extract.reading import Block

# What a kind of evidence weighs. A count that the document states outweighs all the rest together.
STATED_COUNT, ACTION, DEPTH = 10.0, 4.0, 0.5
# Below this share of items that begin with a verb of action, only a stated count makes a level one of tasks.
LEAST_ACTION = 0.5
LEAST_TASKS = 2


@dataclass(frozen=True, slots=True)
class Levels:
    """The depths of tasks and of areas (None where there are no areas), and the reasons for that choice."""

    tasks: int
    areas: int | None
    reasons: tuple[str, ...]


def choose_levels(
    blocks: Sequence[Block], items: Sequence[Item], statements: Sequence[Statement], lexicon: Lexicon
) -> Levels | None:
    """The level that the evidence speaks for most, or None where no level holds tasks."""
    best: tuple[float, Levels] | None = None
    count = Counter(item.depth for item in items)
    stated = {
        counted: {s.stated for s in statements if s.counted == counted and s.parts is None}
        for counted in (TASKS, AREAS)
    }
    for depth in sorted(count):
        texts = [blocks[item.block].text[item.label.length :] for item in items if item.depth == depth]
        share = sum(bool(lexicon.actions.match(text)) for text in texts) / len(texts)
        counted = count[depth] in stated[TASKS]
        if count[depth] < LEAST_TASKS or (share < LEAST_ACTION and not counted):
            continue
        above = depth - 1 if depth else None
        weight = STATED_COUNT * counted + ACTION * share + DEPTH * depth
        reasons = [f"{share:.0%} of {len(texts)} items begin with a verb of action"]
        if counted:
            reasons.append(f"the document states {count[depth]} tasks")
        if above is not None and count[above] in stated[AREAS]:
            weight += STATED_COUNT / 2
            reasons.append(f"the level above has the stated {count[above]} areas")
        if best is None or weight > best[0]:
            best = (weight, Levels(depth, above, tuple(reasons)))
    return best[1] if best else None
