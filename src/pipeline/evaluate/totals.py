"""The figures of all documents in, the totals out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.evaluate.measures import Counts, Figures

# Confidence from which on a document does not wait for a person.
SURE = 0.9
# Number of bands of confidence.
BANDS = 10


@dataclass(frozen=True, slots=True)
class Band:
    """The documents whose confidence lies in one band: the mean of it (0 to 1), how many are right, and how many."""

    claimed: float
    right: int
    documents: int


def add_up(documents: Iterable[Figures], sure: float = SURE) -> dict[str, int | float]:
    """The totals by name, as docs/evaluation.md describes them; soft documents are left out. Shares are 0 to 1."""
    judged = _select_judged(documents)
    plans, others = [each for each in judged if each.is_plan], [each for each in judged if not each.is_plan]
    tasks = sum((each.tasks for each in plans), Counts())
    dated = [each.date for each in plans if each.date is not None]
    return {
        "documents": len(plans),
        "task_f1": tasks.f1,
        "task_precision": _compute_share(tasks.right, tasks.right + tasks.false),
        "task_recall": _compute_share(tasks.right, tasks.right + tasks.missed),
        "placed": _compute_share(sum(each.placed for each in plans), tasks.right),
        "area_f1": sum((each.areas for each in plans), Counts()).f1,
        "macro_f1": _compute_share(sum(each.tasks.f1 for each in plans), len(plans)),
        "whole_documents": _compute_share(sum(each.is_right for each in plans), len(plans)),
        "held": _compute_share(sum(each.confidence < sure for each in judged), len(judged)),
        "silent": _compute_share(sum(each.is_silent(sure) for each in judged), len(judged)),
        "bodies_f1": sum((each.bodies for each in plans), Counts()).f1,
        "leads_f1": sum((each.leads for each in plans), Counts()).f1,
        "deadline_f1": sum((each.deadlines for each in plans), Counts()).f1,
        "titles": _compute_share(sum(each.title for each in plans), len(plans)),
        "dates": _compute_share(sum(dated), len(dated)),
        "negatives": len(others),
        "negatives_clean": sum(each.is_right for each in others),
        "failures": sum(each.failure is not None for each in documents),
    }


def collect_bands(documents: Iterable[Figures]) -> list[Band]:
    """What the confidence of documents claims, and what was right, by bands of a tenth; empty bands are left out."""
    bands: defaultdict[int, list[Figures]] = defaultdict(list)
    for each in _select_judged(documents):
        bands[min(int(each.confidence * BANDS), BANDS - 1)].append(each)
    return [
        Band(
            _compute_share(sum(each.confidence for each in band), len(band)),
            sum(each.is_right for each in band),
            len(band),
        )
        for _, band in sorted(bands.items())
    ]


def _select_judged(documents: Iterable[Figures]) -> Sequence[Figures]:
    """All documents but soft plans; a text without tasks is not open to argument."""
    return [each for each in documents if not (each.is_soft and each.is_plan)]


def _compute_share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
