"""Features in, scores out: the arithmetic of the fitted weights in `weights.json`.

The weights are made by `training/fit.py`, which also writes what they were fitted on and how well they do on documents
that they have not seen. Here nothing is fitted: a forest is a mean over its trees, a linear score a sum.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
# A linear score counts no feature for more than this many standard deviations.
FARTHEST = 4.0


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees whose nodes are numbered through.

    Of each node: the feature that it splits by (-1 at a leaf), the largest value that goes left, the nodes to the left
    and right, and a leaf's value. `roots` are the trees' first nodes.
    """

    feature: NDArray[np.int64]
    threshold: Numbers
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Numbers
    roots: NDArray[np.int64]

    def compute_means(self, matrix: NDArray[Any]) -> Numbers:
        """The mean of all trees' values for each row of features."""
        values = matrix.astype(np.float32).astype(np.float64)  # as fitted: splits are between single precision numbers
        node = np.repeat(self.roots[None, :], len(values), axis=0).ravel()
        row = np.repeat(np.arange(len(values)), len(self.roots))
        active = np.flatnonzero(self.feature[node] >= 0)
        while active.size:
            at = node[active]
            goes_left = values[row[active], self.feature[at]] <= self.threshold[at]
            node[active] = at = np.where(goes_left, self.left[at], self.right[at])
            active = active[self.feature[at] >= 0]
        mean: Numbers = self.value[node].reshape(len(values), len(self.roots)).mean(axis=1)
        return mean


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of weighted features, each reduced to standard deviations from its mean, and of a constant."""

    mean: Numbers
    scale: Numbers
    weight: Numbers
    constant: float = 0.0

    def compute_scores(self, matrix: NDArray[Any]) -> Numbers:
        """The score of each row of features."""
        standard = np.clip((matrix - self.mean) / self.scale, -FARTHEST, FARTHEST)
        total: Numbers = standard @ self.weight + self.constant
        return total


@dataclass(frozen=True, slots=True)
class Weights:
    """All that is fitted.

    `units` gives the probability that a unit is a task, `units_in_context` the same with the first known; `readings`
    the F1 that a reading would have, and `ranks` how it
    compares with the document's others; `nothing` is added to the score of the reading without tasks. `confidence` and
    `task_confidence` give, as log odds, how likely a whole reading and a single task are right; below the
    probability `sure` a reading is uncertain, and says so. The names are those of
    the features, in the order of the columns.
    """

    units: Forest
    units_in_context: Forest
    unit_features: tuple[str, ...]
    readings: Forest
    ranks: Linear
    reading_features: tuple[str, ...]
    nothing: float
    confidence: Linear
    task_confidence: Linear
    sure: float


@cache
def load_weights() -> Weights:
    """The weights of this version of the reader."""
    return parse_weights(json.loads(files("extract").joinpath("weights.json").read_text("utf-8")))


def parse_weights(written: dict[str, Any]) -> Weights:
    """The weights that a file states."""
    return Weights(
        units=_parse_forest(written["units"]),
        units_in_context=_parse_forest(written["units_in_context"]),
        unit_features=tuple(written["unit_features"]),
        readings=_parse_forest(written["readings"]),
        ranks=_parse_linear(written["ranks"]),
        reading_features=tuple(written["reading_features"]),
        nothing=float(written["nothing"]),
        confidence=_parse_linear(written["confidence"]),
        task_confidence=_parse_linear(written["task_confidence"]),
        sure=float(written["sure"]),
    )


def _parse_forest(written: dict[str, Any]) -> Forest:
    indexes = {name: np.array(written[name], dtype=np.int64) for name in ("feature", "left", "right", "roots")}
    numbers = {name: np.array(written[name], dtype=np.float64) for name in ("threshold", "value")}
    return Forest(
        indexes["feature"], numbers["threshold"], indexes["left"], indexes["right"], numbers["value"], indexes["roots"]
    )


def _parse_linear(written: dict[str, Any]) -> Linear:
    numbers = {name: np.array(written[name], dtype=np.float64) for name in ("mean", "scale", "weight")}
    return Linear(**numbers, constant=float(written["constant"]))


def to_probability(log_odds: Numbers) -> Numbers:
    """The probability, from 0 to 1, that log odds express."""
    probability: Numbers = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return probability


def compute_shares(scores: Numbers) -> Numbers:
    """The share, from 0 to 1, that each of several scores has if they are compared with one another."""
    powers = np.exp(scores - scores.max())
    shares: Numbers = powers / powers.sum()
    return shares
