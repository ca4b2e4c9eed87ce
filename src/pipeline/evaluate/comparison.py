"""Two evaluations in, as `policytasks evaluate --json` prints them; what got better and what got worse out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.evaluate.measures import Figures
from pipeline.evaluate.totals import add_up, collect_bands
from pipeline.evaluate.truth import TruthError

# Of these totals less is better; of the others more, or they only count.
LESS_IS_BETTER = frozenset({"held", "silent", "failures"})
BETTER, WORSE, MIXED, ADDED, REMOVED = "better", "worse", "better and worse", "only now", "only before"


@dataclass(frozen=True, slots=True)
class Difference:
    """A document whose figures differ: `changes` are the name of each such figure, its value before, and now.

    A value is from 0 to 1, or None where the figure says nothing. `kind` is one of those above.
    """

    name: str
    kind: str
    changes: tuple[tuple[str, float | None, float | None], ...]


def describe_evaluation(documents: Sequence[Figures], sure: float) -> dict[str, Any]:
    """The evaluation as values of JSON: totals, calibration, and each document with its figures and counts."""
    return {
        "sure": sure,
        "totals": add_up(documents, sure),
        "calibration": [asdict(band) for band in collect_bands(documents)],
        "documents": {each.name: {"figures": list_figures(each, sure), **asdict(each)} for each in documents},
    }


def list_figures(document: Figures, sure: float) -> dict[str, float | None]:
    """The figures of a document by name, of all of which more is better; None where one says nothing."""
    figures: dict[str, float | None] = {
        "read": float(document.failure is None),
        "right": float(document.is_right),
        "not silent": float(not document.is_silent(sure)),
    }
    if not document.is_plan:
        return figures
    return {
        **figures,
        "tasks": document.tasks.f1,
        "placed": document.placed / document.tasks.right if document.tasks.right else None,
        "areas": document.areas.f1,
        "bodies": document.bodies.f1,
        "leads": document.leads.f1,
        "deadlines": document.deadlines.f1,
        "title": float(document.title),
        "date": None if document.date is None else float(document.date),
    }


def read_evaluation(path: Path) -> dict[str, Any]:
    """What `policytasks evaluate --json` wrote into a file. Raises TruthError if it is something else."""
    fix = "name a file that policytasks evaluate --json wrote"
    try:
        evaluation = json.loads(path.read_bytes())
        documents = {name: dict(document["figures"]) for name, document in evaluation["documents"].items()}
        totals = {name: float(value) for name, value in evaluation["totals"].items()}
        _ = [float(value) for figures in documents.values() for value in figures.values() if value is not None]
    except OSError as error:
        raise TruthError(f"cannot be read ({error.strerror})", str(path), fix) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TruthError("is not an evaluation", str(path), fix) from error
    return {"documents": documents, "totals": totals}


def compare_documents(
    before: Mapping[str, Mapping[str, float | None]], now: Mapping[str, Mapping[str, float | None]]
) -> Iterator[Difference]:
    """The documents that differ, those that got worse first, then by name; each with its figures by name."""
    differences = [
        Difference(name, _judge(changes), changes)
        for name in before.keys() & now.keys()
        if (changes := tuple(_list_changes(before[name], now[name])))
    ]
    differences += [Difference(name, ADDED, ()) for name in now.keys() - before.keys()]
    differences += [Difference(name, REMOVED, ()) for name in before.keys() - now.keys()]
    ranks = [WORSE, MIXED, BETTER, ADDED, REMOVED]
    yield from sorted(differences, key=lambda each: (ranks.index(each.kind), each.name))


def compare_totals(
    before: Mapping[str, float], now: Mapping[str, float]
) -> Iterator[tuple[str, str, float | None, float | None]]:
    """The totals that differ: name, whether it got better or worse ("" where it only counts), value before, and now."""
    for name, old, new in _list_changes(before, now):
        if name in ("documents", "negatives") or old is None or new is None:
            yield name, "", old, new
        else:
            yield name, BETTER if (new > old) != (name in LESS_IS_BETTER) else WORSE, old, new


def _list_changes(
    before: Mapping[str, float | None], now: Mapping[str, float | None]
) -> Iterator[tuple[str, float | None, float | None]]:
    for name in (*now, *(name for name in before if name not in now)):
        if before.get(name) != now.get(name):
            yield name, before.get(name), now.get(name)


def _judge(changes: Sequence[tuple[str, float | None, float | None]]) -> str:
    """Whether the changes are for the better, the worse, or both; a figure that says nothing is neither."""
    compared = [new > old for _, old, new in changes if old is not None and new is not None]
    return MIXED if not compared or len(set(compared)) > 1 else BETTER if compared[0] else WORSE
