"""Probabilities of units in, features of what stands around each unit out, by which it is judged a second time.

The first judgement sees a unit's words and place. The second also sees what the first says of its siblings, of the
units above and below it, and of the units that stand in like sections: a document marks all its tasks alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extract.readings import Outline

Numbers = NDArray[np.float64]
NAMES = (
    "likely", "likely_in_group", "likely_in_style", "best_group_of_style", "likely_above", "likely_in_group_above",
    "best_above", "best_below", "sum_below", "likely_in_cousins", "best_cousins", "likely_beside_parent",
    "rank_of_group", "most_likely", "log_sum", "before", "after", "sibling_before", "sibling_after", "cousins_before",
    "cousins_after", "against_style", "against_cousins", "counted_before", "counted_after", "counts_on",
)  # fmt: skip
# The value of a probability that there is none of, such as that of the unit above one that lies in no other.
NONE = -0.1


def describe_context(outline: Outline) -> Numbers:
    """The features of the units' surroundings: a row for each unit and a column for each of `NAMES`.

    Groups are siblings of one style; cousins are the groups of one style (and head) that lie in units of one style.
    """
    likely, of_group, parent = outline.probability, outline.of_group, outline.parent
    has_parent = parent >= 0
    style_mean = _compute_means(outline.head, likely)[outline.head]
    style_best = _compute_best(outline.head, of_group)[outline.head]
    group_above = np.where(has_parent, outline.group[parent], -1) + 1
    best_below, sum_below = _add_up_below(outline)
    cousins = _Cousins(outline)
    order = np.argsort(outline.group, kind="stable")
    is_sibling = outline.group[order][1:] == outline.group[order][:-1]
    sibling_before, sibling_after = np.full(outline.count, NONE), np.full(outline.count, NONE)
    sibling_before[order[1:]] = np.where(is_sibling, likely[order[:-1]], NONE)
    sibling_after[order[:-1]] = np.where(is_sibling, likely[order[1:]], NONE)
    columns = (
        likely,
        of_group,
        style_mean,
        style_best,
        np.where(has_parent, likely[parent], NONE),
        np.where(has_parent, of_group[parent], NONE),
        _find_best_above(outline),
        best_below,
        sum_below,
        cousins.mean,
        cousins.best,
        _compute_means(group_above, likely)[group_above],
        np.searchsorted(np.sort(cousins.group_mean), of_group) / len(cousins.group_mean),
        np.full(outline.count, likely.max()),
        np.full(outline.count, np.log1p(likely.sum())),
        np.concatenate([[0], likely[:-1]]),
        np.concatenate([likely[1:], [0]]),
        sibling_before,
        sibling_after,
        cousins.before,
        cousins.after,
        likely - style_mean,
        of_group - cousins.best,
        np.where(outline.counted_before >= 0, likely[outline.counted_before], NONE),
        np.where(outline.counted_after >= 0, likely[outline.counted_after], NONE),
        (outline.counted_before >= 0) & (parent[outline.counted_before] != parent),
    )
    return np.column_stack(columns)


class _Cousins:
    """For each unit what is said of the groups like its own: their mean, the best, and the ones before and after."""

    def __init__(self, outline: Outline) -> None:
        groups, first = np.unique(outline.group, return_index=True)
        kinds = outline.head * (len(outline.styles) + 1) + outline.parent_style
        kind = np.unique(kinds, return_inverse=True)[1]
        kind_of_group = kind[first]
        self.group_mean = outline.group_mean[groups]
        total, count = np.bincount(kind_of_group, self.group_mean), np.bincount(kind_of_group)
        others = (total[kind] - outline.of_group) / np.maximum(count[kind] - 1, 1)
        self.mean = np.where(count[kind] > 1, others, NONE)
        self.best = _compute_best(kind_of_group, self.group_mean)[kind]
        before, after = np.full(len(groups), NONE), np.full(len(groups), NONE)
        order = np.lexsort((first, kind_of_group))
        is_like = kind_of_group[order][1:] == kind_of_group[order][:-1]
        before[order[1:]] = np.where(is_like, self.group_mean[order[:-1]], NONE)
        after[order[:-1]] = np.where(is_like, self.group_mean[order[1:]], NONE)
        position = np.searchsorted(groups, outline.group)
        self.before, self.after = before[position], after[position]


def _compute_means(numbers: NDArray[np.int64], values: Numbers) -> Numbers:
    """The mean of the values for each number."""
    means: Numbers = np.bincount(numbers, values) / np.maximum(np.bincount(numbers), 1)
    return means


def _compute_best(numbers: NDArray[np.int64], values: Numbers) -> Numbers:
    """The largest of the values for each number."""
    best = np.full(int(numbers.max()) + 1, NONE)
    np.maximum.at(best, numbers, values)
    return best


def _find_best_above(outline: Outline) -> Numbers:
    """The largest mean of a group that the unit lies in."""
    best = [NONE] * outline.count
    means = outline.of_group.tolist()
    for at, above in enumerate(outline.parent.tolist()):
        if above >= 0:
            best[at] = max(best[above], means[above])
    return np.array(best)


def _add_up_below(outline: Outline) -> tuple[Numbers, Numbers]:
    """The largest mean of a group below each unit, and the sum of all probabilities below."""
    best, total = [NONE] * outline.count, [0.0] * outline.count
    parents, means, likely = outline.parent.tolist(), outline.of_group.tolist(), outline.probability.tolist()
    for at in range(outline.count - 1, -1, -1):
        above = parents[at]
        if above >= 0:
            best[above] = max(best[above], best[at], means[at])
            total[above] += total[at] + likely[at]
    return np.array(best), np.array(total)
