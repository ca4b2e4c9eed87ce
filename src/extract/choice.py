"""An article's blocks, outline and stated counts in, a `Choice` out: which units are the tasks, and how sure that is.

Propose: every line, list item and cell is a unit (`units`), and sets of units are readings (`readings`). Score: fitted
weights (`scoring`) judge each unit and each reading by its features. Choose: the best reading, the next best, and the
probability that the best is right as a whole. What is uncertain about a choice is reported as a problem.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from extract.claims import Statement
from extract.context import describe_context
from extract.features import UnitFeatures, describe_units
from extract.labels import Label
from extract.lexicon.rows import AREAS, TASKS, Lexicon
from extract.outline import UNLABELLED, Item
from extract.plan import Problem
from extract.reading.blocks import Block
from extract.readings import Outline, Reading, measure_readings, propose_readings
from extract.scoring import Weights, compute_shares, load_weights, to_probability
from extract.units import BULLET, COLUMN, LEAD_IN, LINE, LOOSE, PARAGRAPH, Unit, find_ends, propose_units

Numbers = NDArray[np.float64]
NOTHING = "no task was found: no line looks like one"
# How likely it is that all tasks are right, in words, from which confidence on (0 to 1).
GRADES = ((0.7, "probably right"), (0.4, "perhaps not all are right"), (0.0, "probably not all are right"))
# How a reading compares with the best one, in words, by how much less it scores.
MARGINS = ((0.6, "much less likely"), (0.2, "less likely"), (0.0, "nearly as likely"), (-math.inf, "more likely"))
# What a unit without a label is, for people, by the first word of its style; the rest of it is the number.
MARKS = {
    BULLET: "items of a list, level {}",
    COLUMN: "cells of a table, column {}",
    LEAD_IN: "bold words that begin a paragraph",
    LINE: "lines on their own",
    PARAGRAPH: "paragraphs",
}
# Characters of a title that a message quotes, and the number of titles.
QUOTED, MOST_QUOTED = 30, 3


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen tasks among the outline's items, and the cells that are tasks.

    `items` are the outline's, with the list items, lines and paragraphs that are tasks or hold some. `tasks` are
    indexes of them; `ends` gives the block after the last one of a task that no label marks, `titles` the title of an
    item whose own line does not name it. `cells` are the chosen cells of tables. `confidence` (0 to 1) is the
    probability that all tasks are right, `task_confidence` that of each by its block and column. `reasons` say why
    these are the tasks; `problems` say why there are none, or what is uncertain about them.
    """

    items: tuple[Item, ...]
    tasks: tuple[int, ...]
    ends: dict[int, int] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    cells: tuple[Unit, ...] = ()
    confidence: float = 0.0
    task_confidence: dict[tuple[int, int], float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """The readings of an article with their scores and features, the best first in `order`.

    `shares` are each one's share of the preference among all, from 0 to 1.
    """

    units: list[Unit]
    outline: Outline
    readings: list[Reading]
    features: Numbers
    names: list[str]
    scores: Numbers
    shares: Numbers
    order: list[int]


def choose_tasks(
    blocks: Sequence[Block],
    items: Sequence[Item],
    statements: Sequence[Statement],
    lexicon: Lexicon,
    *,
    title: str = "",
    style: str | None = None,
) -> Choice:
    """The choice of the best reading; without tasks if that none is a task is the best.

    `title` is the document's title. `style`, the name of a label style, leaves only the readings whose tasks are
    mostly in it.
    """
    units = propose_units(blocks, items, lexicon)
    if not units:
        return Choice(tuple(items), (), confidence=1.0, problems=(Problem(NOTHING, 0),))
    features = describe_units(units, blocks, statements, lexicon, title)
    stated = {unit: {each.stated for each in statements if each.counted == unit} for unit in (TASKS, AREAS)}
    tables = [blocks[unit.block].table for unit in units]
    ranking = rank_readings(units, tables, features, tasks=stated[TASKS], areas=stated[AREAS], weights=load_weights())
    order = ranking.order
    if style is not None:
        order = [at for at in order if _find_main_style(units, ranking.readings[at]) == style]
        if not order:
            message = f"no line is labelled in the style {style!r}, which the settings name"
            return Choice(tuple(items), (), problems=(Problem(message, 0),))
    best = order[0]
    confidence = compute_confidence(ranking, best, load_weights())
    reading = ranking.readings[best]
    if not reading.tasks:
        problem = Problem(_explain_none(ranking, confidence), 0)
        return Choice(tuple(items), (), confidence=confidence, problems=(problem,))
    merged, tasks, ends, titles = _merge(units, [at for at in reading.tasks if not _is_cell(units[at])], len(blocks))
    return Choice(
        items=tuple(merged),
        tasks=tuple(tasks),
        ends=ends,
        titles=titles,
        cells=tuple(units[at] for at in reading.tasks if _is_cell(units[at])),
        confidence=confidence,
        task_confidence=_compute_task_confidence(ranking, reading, confidence, load_weights()),
        reasons=tuple(_list_reasons(ranking, reading, features, statements, style)),
        problems=tuple(_list_doubts(ranking, best, confidence, blocks)),
    )


def rank_readings(
    units: list[Unit],
    tables: Sequence[int],
    features: UnitFeatures,
    *,
    tasks: set[int],
    areas: set[int],
    weights: Weights,
) -> Ranking:
    """All readings of an article, scored; `tables` are the numbers of the units' tables, 0 outside one."""
    own = features.matrix[:, features.select(weights.unit_features)]
    first = Outline(units, tables, weights.units.compute_means(own))
    in_context = np.concatenate([own, describe_context(first)], axis=1)
    outline = Outline(units, tables, weights.units_in_context.compute_means(in_context))
    readings = propose_readings(outline)
    matrix, names = measure_readings(outline, readings, features, tasks=tasks, areas=areas)
    shares = compute_shares(weights.ranks.compute_scores(matrix))
    scores = weights.readings.compute_means(matrix) + shares
    scores[0] += weights.nothing
    order = np.argsort(-scores, kind="stable").tolist()
    return Ranking(units, outline, readings, matrix, names, scores, shares, order)


def describe_certainty(ranking: Ranking, best: int) -> list[float]:
    """What the probability that a reading is right as a whole is computed from."""
    others = [at for at in ranking.order if at != best]
    row = dict(zip(ranking.names, ranking.features[best].tolist(), strict=True))
    nearest = max((ranking.scores[at] for at in others), default=0.0)
    empty = row["is_nothing"] > 0
    return [
        float(ranking.scores[best]),
        float(ranking.shares[best]),
        float(ranking.scores[best] - nearest),
        float(ranking.scores[best] - ranking.scores[0]) if not empty else 0.0,
        float(empty),
        row["most_likely"] if empty else 0.0,
        row["total"] if empty else 0.0,
        row["expected_f1"],
        0.0 if empty else row["least"],
        0.0 if empty else row["low"],
        0.0 if empty else row["best_left"],
        row["has_stated_count"],
        row["style_purity"],
        row["zh"],
        row["is_plan_title"],
        row["log_units"],
    ]


def compute_confidence(ranking: Ranking, best: int, weights: Weights) -> float:
    """The probability, from 0 to 1, that a reading is right as a whole."""
    log_odds = weights.confidence.compute_scores(np.array([describe_certainty(ranking, best)]))
    return float(to_probability(log_odds)[0])


def describe_task_certainty(ranking: Ranking, unit: int, confidence: float) -> list[float]:
    """What the probability that a task is right is computed from: its own, its group's and its reading's."""
    likely = np.clip([ranking.outline.probability[unit], ranking.outline.of_group[unit], confidence], 0.01, 0.99)
    return [float(value) for value in np.log(likely / (1 - likely))]


def _compute_task_confidence(
    ranking: Ranking, reading: Reading, confidence: float, weights: Weights
) -> dict[tuple[int, int], float]:
    described = [describe_task_certainty(ranking, at, confidence) for at in reading.tasks]
    probabilities = to_probability(weights.task_confidence.compute_scores(np.array(described)))
    places = [(ranking.units[at].block, ranking.units[at].column) for at in reading.tasks]
    return dict(zip(places, probabilities.tolist(), strict=True))


def _is_cell(unit: Unit) -> bool:
    return unit.style.startswith(COLUMN)


def _find_main_style(units: Sequence[Unit], reading: Reading) -> str | None:
    """The style of most tasks of a reading; None if it has none."""
    counts = Counter(units[at].style for at in reading.tasks)
    return counts.most_common(1)[0][0] if counts else None


def _merge(
    units: Sequence[Unit], chosen: Sequence[int], count: int
) -> tuple[list[Item], list[int], dict[int, int], dict[int, str]]:
    """The outline's items together with the chosen units and those that hold some.

    With them come the chosen ones, where unmarked ones end, and the titles that stand below their label. `count` is
    the number of blocks.
    """
    wanted = set(chosen)
    for at in chosen:
        above = units[at].parent
        while above is not None and above not in wanted:
            wanted.add(above)
            above = units[above].parent
    ends = find_ends(units, count)
    items: list[Item] = []
    item_of: dict[int, int] = {}
    siblings: Counter[tuple[int | None, str]] = Counter()
    ends_of: dict[int, int] = {}
    titles: dict[int, str] = {}
    for at, unit in enumerate(units):
        if _is_cell(unit) or (unit.item is None and at not in wanted):
            continue
        above = unit.parent
        while above is not None and above not in item_of:
            above = units[above].parent
        parent = None if above is None else item_of[above]
        label = unit.label
        if not label.length:
            siblings[parent, unit.style] += 1
            style = unit.style if unit.style.startswith(UNLABELLED) else f"{UNLABELLED} {unit.style}"
            label = Label(style, label.ordinal or siblings[parent, unit.style], label.text, 0)
        item_of[at] = len(items)
        if unit.item is None:
            ends_of[len(items)] = max(ends[at], unit.block + 1)
        if unit.borrows:
            titles[len(items)] = unit.title
        items.append(Item(unit.block, label, 0 if parent is None else items[parent].depth + 1, parent))
    return items, [item_of[at] for at in chosen], ends_of, titles


def _list_reasons(
    ranking: Ranking,
    reading: Reading,
    features: UnitFeatures,
    statements: Sequence[Statement],
    style: str | None,
) -> Iterator[str]:
    """Why a reading's units are the tasks, as a person would check it."""
    index = list(reading.tasks)
    if style is not None:
        yield f"the source's settings say that the tasks are the lines in the style {style}"
    yield f"these lines are: {_describe_styles(ranking.units, reading)}"
    means = features.matrix[index][:, features.select(("acts", "obliges", "responsible"))].mean(axis=0)
    for share, words in zip(
        means.tolist(), ("begin with a verb of action", "oblige somebody", "say who is responsible"), strict=True
    ):
        if share:
            yield f"{share:.0%} of {len(index)} {words}"
    if any(each.counted == TASKS and each.stated == len(index) for each in statements):
        yield f"the document states {len(index)} tasks"
    if len(ranking.order) > 1:
        second = next(at for at in ranking.order if ranking.readings[at] != reading)
        yield _describe_runner_up(ranking, reading, second)


def _describe_styles(units: Sequence[Unit], reading: Reading) -> str:
    """How the units of a reading are marked, as a person sees it, the most frequent marks first."""
    first = {units[at].style: units[at] for at in reversed(reading.tasks)}
    counts = Counter(units[at].style for at in reading.tasks)
    words = [(_describe_mark(first[style]), count) for style, count in counts.most_common()]
    return ", ".join(f"{mark} ({count})" if len(words) > 1 else mark for mark, count in words)


def _describe_mark(unit: Unit) -> str:
    if unit.label.length and not unit.style.startswith(COLUMN):
        return f"numbered as “{unit.label.text}” is ({unit.style.removeprefix(LOOSE).strip()})"
    kind, _, number = unit.style.partition(" ")
    return MARKS.get(kind, unit.style).format(unit.column + 1 if kind == COLUMN else number)


def _describe_runner_up(ranking: Ranking, reading: Reading, second: int) -> str:
    """How good the next best reading is, and what it leaves out and adds."""
    best = ranking.readings.index(reading)
    margin = ranking.scores[best] - ranking.scores[second]
    how = next(words for least, words in MARGINS if margin >= least)
    mine, its = set(reading.tasks), set(ranking.readings[second].tasks)
    if not its:
        return f"another reading is {how}: that nothing is a task"
    parts = [
        f"{verb} {_quote_titles(ranking.units, sorted(tasks))}"
        for verb, tasks in (("leaves out", mine - its), ("adds", its - mine))
        if tasks
    ]
    return f"another reading is {how}: it {' and '.join(parts)}"


def _quote_titles(units: Sequence[Unit], tasks: Sequence[int]) -> str:
    """The number of units, and the beginning of the first ones."""
    quoted = [f"“{' '.join([units[at].label.text, units[at].title]).strip()[:QUOTED]}”" for at in tasks[:MOST_QUOTED]]
    return f"{len(tasks)} ({', '.join(quoted)}{', …' if len(tasks) > MOST_QUOTED else ''})"


def _explain_none(ranking: Ranking, confidence: float) -> str:
    """How sure it is that nothing is a task, and which units would be the tasks if that is wrong."""
    others = [at for at in ranking.order if ranking.readings[at].tasks]
    if not others:
        return NOTHING
    tasks = ranking.readings[others[0]].tasks
    return (
        f"no task was found ({confidence:.0%} sure that there is none); "
        f"another reading has {_quote_titles(ranking.units, tasks)}"
    )


def _list_doubts(ranking: Ranking, best: int, confidence: float, blocks: Sequence[Block]) -> Iterator[Problem]:
    """What is uncertain about a reading, each with its place."""
    reading, units = ranking.readings[best], ranking.units
    first = _place(units, blocks, reading.tasks[0])
    sure = load_weights().sure
    if confidence < sure:
        second = next(at for at in ranking.order if at != best)
        grade = next(words for least, words in GRADES if confidence >= least)
        yield Problem(
            f"check the tasks: {grade} ({confidence:.0%} sure that all are right); "
            f"{_describe_runner_up(ranking, reading, second)}",
            first,
        )
    yield from _find_missing_numbers(units, reading, blocks)
    if confidence < sure:
        yield from _find_unlike_sections(units, reading, blocks)


def _place(units: Sequence[Unit], blocks: Sequence[Block], at: int) -> int:
    return blocks[units[at].block].start + units[at].start


def _find_missing_numbers(units: Sequence[Unit], reading: Reading, blocks: Sequence[Block]) -> Iterator[Problem]:
    """A problem for each number that is missing between two tasks of one style."""
    by_style: dict[str, list[int]] = defaultdict(list)
    for at in reading.tasks:
        if units[at].label.length:
            by_style[units[at].style].append(at)
    for indexes in by_style.values():
        for before, after in pairwise(indexes):
            gap = units[after].label.ordinal - units[before].label.ordinal
            if gap > 1:
                missing = ", ".join(map(str, range(units[before].label.ordinal + 1, units[after].label.ordinal)[:20]))
                yield Problem(
                    f"between the tasks {units[before].label.text} and {units[after].label.text} a number is missing: "
                    f"{missing}",
                    _place(units, blocks, after),
                )


def _find_unlike_sections(units: Sequence[Unit], reading: Reading, blocks: Sequence[Block]) -> Iterator[Problem]:
    """A problem for each section without tasks between sections of its style and rank that have some."""
    holders = {units[at].parent for at in reading.tasks} - {None}
    ranks = {(units[at].style, units[at].parent) for at in holders if at is not None}
    inside = range(reading.tasks[0], reading.tasks[-1])
    for at in inside:
        unit = units[at]
        if (
            at not in holders
            and at not in reading.tasks
            and unit.item is not None
            and (unit.style, unit.parent) in ranks
        ):
            yield Problem(
                f"the section {unit.label.text or unit.title[:40]!r} has no tasks, unlike others of its rank",
                _place(units, blocks, at),
            )
