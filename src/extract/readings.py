"""Units and their probabilities in, readings out: the sets of units that could be the tasks, each with its features.

A reading says which units are the tasks. Proposed are the units of one style: all of them, those in one section, those
under one style, those in groups that look like tasks; each also with the labelled units beside them that nothing else
stands for; and whatever groups look like tasks, whatever their style. That there is no task is a reading too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extract.features import OVER_DOCUMENT, UnitFeatures
from extract.units import COLUMN, Unit

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]
Indexes = NDArray[np.int64]
# Probabilities from which on a group, or a unit, is taken into a reading: several of each, so that the scores decide.
GROUP_STEPS, UNIT_STEPS, FILL_STEPS = (0.1, 0.25, 0.45), (0.15, 0.3, 0.5), (0.3, 0.5)
MIXED_STEPS = (0.2, 0.35, 0.5, 0.65)
# Sections in which the units of a style are proposed on their own, the largest first.
MOST_SECTIONS = 12
# Properties of units whose mean over a reading is a feature of it.
AVERAGED = (
    "log_title", "acts", "obliges", "responsible", "own_responsible", "deadline", "full_stop", "question", "you",
    "binds", "reports", "past", "heading", "labelled", "is_bullet", "is_paragraph", "is_line", "is_column", "is_lead",
    "numeral", "depth", "title_case", "without_tasks", "above_without_tasks", "above_safeguards", "above_annex",
    "above_foreign", "parent_non_area", "parent_named_other", "children", "position", "stated_style", "stated_group",
    "table_has_task", "column_kind", "log_own", "sentences", "after_colon", "named_task", "intro_task", "intro_goal",
    "intro_obliges", "title_task", "title_goal", "parent_title_task", "parent_title_goal", "above_title_task",
    "above_title_goal", "relative_acts", "relative_obliges", "relative_own_responsible", "best_marked_acts",
    "children_acts", "parent_group_acts", "repeats", "is_repeated", "card", "speaks", "law", "advises", "states",
)  # fmt: skip
# Properties of the document, and the features of a reading that are also compared with the document's other readings.
OF_DOCUMENT = (
    "log_units", "zh", "names_plan", "is_plan_title", "other_text", "articles",
    *(f"mean_{name}" for name in OVER_DOCUMENT),
)  # fmt: skip
COMPARED = (
    "count", "expected", "expected_f1", "mean", "least", "low", "best_left", "left", "has_stated_count",
    "has_stated_areas", "style_purity", "styles",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """A set of units that could be the tasks: their indexes in the order of the text, and how they were proposed."""

    tasks: tuple[int, ...]
    proposal: str


class Outline:
    """Units as arrays: the parent of each (-1 if none), the numbers of its style and of its group of siblings.

    `head` tells apart the cells of one style whose columns have different heads.
    """

    def __init__(self, units: Sequence[Unit], tables: Sequence[int], probabilities: Numbers) -> None:
        styles: dict[str, int] = {}
        groups: dict[tuple[int | None, str, str, int], int] = {}
        self.units = units
        self.count = len(units)
        self.parent = np.array([-1 if unit.parent is None else unit.parent for unit in units], dtype=np.int64)
        self.style = np.array([styles.setdefault(unit.style, len(styles)) for unit in units], dtype=np.int64)
        heads: dict[tuple[str, str], int] = {}
        self.head = np.array([heads.setdefault((unit.style, unit.head), len(heads)) for unit in units], dtype=np.int64)
        keys = ((unit.parent, unit.style, unit.head, table) for unit, table in zip(units, tables, strict=True))
        self.group = np.array([groups.setdefault(key, len(groups)) for key in keys], dtype=np.int64)
        self.styles = list(styles)
        words: dict[str, int] = {}
        self.words = np.array([words.setdefault(unit.title, len(words)) for unit in units], dtype=np.int64)
        self.is_cell = np.array([unit.style.startswith(COLUMN) for unit in units], dtype=bool)
        self.has_cells = bool(self.is_cell.any())
        self.labelled = np.array([unit.label.length > 0 for unit in units], dtype=bool)
        self.ordinal = np.array([unit.label.ordinal for unit in units], dtype=np.int64)
        self.probability = probabilities
        sizes = np.bincount(self.group, minlength=len(groups))
        self.group_mean = np.bincount(self.group, probabilities, len(groups)) / np.maximum(sizes, 1)
        self.of_group = self.group_mean[self.group] if self.count else probabilities
        self.parent_style = np.where(self.parent >= 0, self.style[self.parent], -1) if self.count else self.parent
        self.counted_before, self.counted_after = self._find_neighbours_in_count()
        self.end = self._find_ends()

    def _find_ends(self) -> Indexes:
        """For each unit the index after the last one that lies in it: these follow it directly, as in any outline."""
        end = list(range(1, self.count + 1))
        parents = self.parent.tolist()
        for at in range(self.count - 1, -1, -1):
            if (above := parents[at]) >= 0:
                end[above] = max(end[above], end[at])
        return np.array(end, dtype=np.int64)

    def _find_neighbours_in_count(self) -> tuple[Indexes, Indexes]:
        """For each unit the one before it whose label has the number before, and the one after it with the next.

        Both have the unit's style; -1 if there is none. A count that goes on in the next section is one count.
        """
        before, after = np.full(self.count, -1), np.full(self.count, -1)
        last: dict[tuple[int, int], int] = {}
        keys = zip(self.style.tolist(), self.ordinal.tolist(), self.labelled.tolist(), strict=True)
        for at, (style, ordinal, is_labelled) in enumerate(keys):
            if not is_labelled:
                continue
            if (previous := last.get((style, ordinal - 1))) is not None:
                before[at] = previous
                if after[previous] < 0:
                    after[previous] = at
            last[style, ordinal] = at
        return before, after

    def count_inside(self, chosen: Mask) -> Indexes:
        """For each unit the number of chosen ones that lie in it."""
        before = np.concatenate(([0], np.cumsum(chosen)))
        inside: Indexes = before[self.end] - before[1:]
        return inside

    def find_above(self, chosen: Mask) -> Mask:
        """The units that a chosen one lies in."""
        return self.count_inside(chosen) > 0

    def find_inside(self, chosen: Mask) -> Mask:
        """The units that lie in a chosen one."""
        at = np.flatnonzero(chosen)
        opened = np.bincount(at + 1, minlength=self.count + 1) - np.bincount(self.end[at], minlength=self.count + 1)
        inside: Mask = np.cumsum(opened[:-1]) > 0
        return inside

    def keep_outermost(self, chosen: Mask) -> Mask:
        """The chosen units that lie in no other chosen one; without the cells that only repeat the words of a line."""
        outermost: Mask = chosen & ~self.find_inside(chosen)
        if not self.has_cells:
            return outermost
        return outermost & ~(self.is_cell & np.isin(self.words, self.words[chosen & ~self.is_cell]))


def propose_readings(outline: Outline) -> list[Reading]:
    """The readings of an outline, without repetitions; the first is that nothing is a task."""
    readings = [Reading((), "nothing")]
    seen = set[bytes]()
    for mask, proposal in _propose_masks(outline):
        if (key := mask.tobytes()) in seen:
            continue
        seen.add(key)
        chosen = outline.keep_outermost(mask)
        if chosen.any() and ((kept := chosen.tobytes()) == key or kept not in seen):
            seen.add(kept)
            readings.append(Reading(tuple(np.flatnonzero(chosen).tolist()), proposal))
    return readings


def _propose_masks(outline: Outline) -> Iterator[tuple[Mask, str]]:
    probability, of_group = outline.probability, outline.of_group
    for number, style in enumerate(outline.styles):
        mine = outline.style == number
        parts = {mask.tobytes(): mask for mask in _propose_parts(outline, mine)}
        for kept in map(outline.keep_outermost, parts.values()):
            yield kept, style
            for filled in _fill(outline, kept):
                if filled.sum() <= 2 * kept.sum():  # otherwise it is a reading of another style
                    yield filled, f"{style}, and what stands beside them"
    for step in MIXED_STEPS:
        yield of_group >= step, f"groups of any style, from {step:.0%} on"
        yield probability >= step, f"units of any style, from {step:.0%} on"
    for bonus in (0.0, 0.7):
        yield _choose_levels(outline, bonus), "in each section the level that looks most like tasks"


def _propose_parts(outline: Outline, mine: Mask) -> Iterator[Mask]:
    """Parts of a style's units: those in likely groups, in one section, under one style."""
    yield mine
    for step in GROUP_STEPS:
        yield mine & (outline.of_group >= step)
    for step in UNIT_STEPS:
        yield mine & (outline.probability >= step)
    total = int(mine.sum())
    inside = outline.count_inside(mine)
    sections = np.flatnonzero((inside >= 2) & (inside < total))
    for section in sections[np.argsort(-inside[sections], kind="stable")][:MOST_SECTIONS]:
        only = np.zeros(outline.count, dtype=bool)
        only[section] = True
        yield mine & outline.find_inside(only)
    for head in np.unique(outline.head[mine]):
        under = mine & (outline.head == head)
        if under.sum() < total:
            yield under
            yield under & (outline.of_group >= GROUP_STEPS[1])
    for style in np.unique(outline.parent_style[mine]):
        under = mine & (outline.parent_style == style)
        if under.sum() < total:
            yield under
            yield under & (outline.of_group >= GROUP_STEPS[1])


def _fill(outline: Outline, chosen: Mask) -> Iterator[Mask]:
    """The chosen units, and labelled ones that look like tasks where no chosen one is above, below or in them."""
    free = outline.labelled & ~(chosen | outline.find_above(chosen) | outline.find_inside(chosen))
    for step in FILL_STEPS:
        more = free & (outline.of_group >= step) & (outline.probability >= 0.8 * step)
        yield chosen | outline.keep_outermost(more)


def _choose_levels(outline: Outline, bonus: float) -> Mask:
    """The units with the largest sum of log odds, of which none lies in another."""
    own = (_to_log_odds(outline.probability) + _to_log_odds(outline.of_group)) / 2 + bonus
    best = np.zeros(outline.count + 1)  # the last is the sum of what lies in no unit
    taken = np.zeros(outline.count, dtype=bool)
    for at in range(outline.count - 1, -1, -1):
        taken[at] = own[at] > max(best[at], 0)
        best[at] = max(own[at], best[at], 0)
        best[outline.parent[at]] += best[at]
    return taken


def _to_log_odds(probability: Numbers) -> Numbers:
    likely = np.clip(probability, 0.02, 0.98)
    return np.log(likely / (1 - likely))


def measure_readings(
    outline: Outline, readings: Sequence[Reading], features: UnitFeatures, *, tasks: set[int], areas: set[int]
) -> tuple[Numbers, list[str]]:
    """The features of readings: one row each, and their names.

    `tasks` and `areas` are the counts that the document states of them.
    """
    rows = [_measure(outline, reading, features, tasks, areas) for reading in readings]
    names = list(rows[1] if len(rows) > 1 else rows[0])
    matrix = np.array([[row.get(name, -1.0) for name in names] for row in rows], dtype=float)
    return _compare(matrix, names)


def _measure(
    outline: Outline, reading: Reading, features: UnitFeatures, tasks: set[int], areas: set[int]
) -> dict[str, float]:
    probability, count = outline.probability, len(reading.tasks)
    index = np.array(reading.tasks, dtype=np.int64)
    chosen = np.zeros(outline.count, dtype=bool)
    chosen[index] = True
    inside, left = probability[index], probability[~chosen]
    expected, total = float(inside.sum()), float(probability.sum())
    parents = np.unique(outline.parent[index])
    of_style = np.bincount(outline.style[index], minlength=len(outline.styles))
    main = int(of_style.argmax()) if count else -1
    row = {
        "is_nothing": float(count == 0),
        "count": float(np.log1p(count)),
        "expected": expected,
        "expected_f1": 2 * expected / (count + max(total, 1e-6)),
        "mean": float(inside.mean()) if count else 0.0,
        "least": float(inside.min()) if count else 0.0,
        "low": float(np.percentile(inside, 20)) if count else 0.0,
        "spread": float(inside.std()) if count else 0.0,
        "best_left": float(left.max()) if left.size else 0.0,
        "left": float(left.sum()),
        "likely_left": float((left > 0.5).sum()),
        "possible_left": float((left > 0.3).sum()),
        "most_likely": float(probability.max()),
        "total": total,
        "has_stated_count": float(count in tasks),
        "is_near_stated_count": float(any(0 < abs(count - stated) <= 2 for stated in tasks)),
        "states_count": float(bool(tasks)),
        "has_stated_areas": float(len(parents) in areas),
        "parents": float(len(parents)),
        "style_purity": float(of_style.max() / count) if count else 0.0,
        "styles": float((of_style > 0).sum()),
    }
    row |= {name: float(features.matrix[0, features.columns[name]]) for name in OF_DOCUMENT}
    if not count:
        return row
    row |= zip(AVERAGED, features.matrix[index][:, features.select(AVERAGED)].mean(axis=0).tolist(), strict=True)
    groups = np.unique(outline.group[index])
    others = np.ones(len(outline.group_mean), dtype=bool)
    others[groups] = False
    same = (outline.style == main) & ~chosen
    same_head = np.isin(outline.head, outline.head[index]) & ~chosen
    above, below = outline.find_above(chosen), outline.find_inside(chosen)
    holders = parents[parents >= 0]
    holder_style = np.bincount(outline.style[holders]).argmax() if holders.size else -1
    alike = outline.style == holder_style
    ordinals = outline.ordinal[index][outline.labelled[index]]
    counted = np.concatenate([outline.counted_before[index], outline.counted_after[index]])
    left_in_count = np.unique(counted[counted >= 0])
    left_in_count = left_in_count[~chosen[left_in_count]]
    row |= {
        "text_share": float(features.matrix[index, features.columns["subtree_share"]].sum()),
        "groups": float(len(groups)),
        "weakest_group": float(outline.group_mean[groups].min()),
        "best_other_group": float(outline.group_mean[others].max()) if others.any() else 0.0,
        "same_style_left": float(same.sum()),
        "mean_of_same_style_left": float(probability[same].mean()) if same.any() else 0.0,
        "same_head_left": float(same_head.sum() / count),
        "share_in_sections": float((outline.parent[index] >= 0).mean()),
        "sections_of_style": float(alike.sum()),
        "filled_sections": float(np.isin(np.flatnonzero(alike), holders).mean()) if holders.size else 1.0,
        "best_above": float(probability[above].max()) if above.any() else 0.0,
        "mean_above": float(probability[above].mean()) if above.any() else 0.0,
        "best_below": float(probability[below].max()) if below.any() else 0.0,
        "mean_below": float(probability[below].mean()) if below.any() else 0.0,
        "below": float(below.sum() / count),
        "counts_up": float(((np.diff(ordinals) == 1) | (ordinals[1:] == 1)).mean()) if len(ordinals) > 1 else 0.0,
        "labelled_share": len(ordinals) / count,
        "left_in_count": left_in_count.size / count,
        "likely_left_in_count": float(probability[left_in_count].max()) if left_in_count.size else -1.0,
    }
    return row


def _compare(matrix: Numbers, names: list[str]) -> tuple[Numbers, list[str]]:
    """The features of readings with how each compares to the best of the document's other readings with tasks."""
    compared = [names.index(name) for name in COMPARED if name in names]
    averaged = [names.index(name) for name in AVERAGED[:10] if name in names]
    columns = compared + averaged
    rest = matrix[1:] if len(matrix) > 1 else matrix
    behind = matrix[:, columns] - rest[:, columns].max(axis=0)
    ranked = [names.index(name) for name in ("expected_f1", "mean", "expected", "count")]
    ranks = np.stack([(matrix[:, [at]] < rest[:, at]).mean(axis=1) for at in ranked], axis=1)
    nothing = np.zeros((len(matrix), 2))
    nothing[0] = [rest[:, names.index("expected_f1")].max(), rest[:, names.index("mean")].max()]
    new = [f"{names[at]}_behind" for at in columns] + [f"{names[at]}_rank" for at in ranked]
    new += ["nothing_against_f1", "nothing_against_mean"]
    return np.concatenate([matrix, behind, ranks, nothing], axis=1), names + new
