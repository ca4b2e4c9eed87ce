"""Documents with truth in, the weights of the reader out: `python training/fit.py FOLDER…`.

Each folder holds annotated documents as docs/evaluation.md describes them. The weights are written to
`src/extract/weights.json` with the hashes of the documents and with how well documents are read that the weights have
not seen: each publisher's documents are left out in turn (in one of `FOLDS` parts). Printed is the same, what is
better and worse than with the weights before, and the curve over the number of documents.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression

from config.errors import PolicyTasksError
from extract.choice import Ranking, describe_certainty, describe_task_certainty
from extract.context import describe_context
from extract.features import UnitFeatures, describe_units
from extract.lexicon.rows import AREAS, TASKS
from extract.reader import open_capture, read_outlined_article
from extract.reading import choose_media_type
from extract.readings import Outline, Reading, measure_readings, propose_readings
from extract.scoring import FARTHEST, compute_shares, to_probability
from extract.sentences import shorten_to_heading
from extract.units import Unit, propose_units
from pipeline.evaluate.measures import are_alike, reduce_to_signs
from pipeline.evaluate.truth import read_documents

Numbers = NDArray[np.float64]
WEIGHTS = Path(__file__).parents[1] / "src" / "extract" / "weights.json"
# Parts that the publishers are divided into; each is judged by weights that were fitted without it.
FOLDS = 8
# The forests: trees, leaves of each, the least units or readings of a leaf, the share of features tried at a split.
TREES, LEAVES, LEAST, FEATURES = 60, 128, 5, 0.3
READING_TREES, READING_LEAVES, LEAST_READINGS = 60, 160, 3
# How strongly the weights of the ranks are drawn to nothing, and how much worse than the best a good reading may be.
RIDGE, NEARLY = 20.0, 0.08
SEED = 7
# What texts without tasks weigh among all, from 0 to 1: a task that is none is worse than a plan that is not found.
OF_NOTHING = 0.4
# Share of all documents that may be wrong and say nothing: it decides from which confidence on a reading is sure.
SILENT = 0.03
# How freely the weights of the confidence follow the documents (the inverse of a penalty).
CERTAINTY = 0.1


@dataclass(slots=True)
class Document:
    """An annotated document with its units and features, and what the current part's weights say of it."""

    name: str
    publisher: str
    digest: str
    units: list[Unit]
    tables: list[int]
    features: UnitFeatures
    stated: dict[str, set[int]]
    matches: list[list[int]]
    is_soft: bool
    is_copy: bool = False
    fold: int = 0
    context: Numbers | None = None
    is_task: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    probability: Numbers = field(default_factory=lambda: np.zeros(0))
    outline: Outline | None = None
    readings: list[Reading] = field(default_factory=list)
    matrix: Numbers = field(default_factory=lambda: np.zeros((0, 0)))
    names: list[str] = field(default_factory=list)
    f1: Numbers = field(default_factory=lambda: np.zeros(0))
    scores: Numbers = field(default_factory=lambda: np.zeros(0))
    shares: Numbers = field(default_factory=lambda: np.zeros(0))
    confidence: float = 0.0
    bonus: float = 0.0

    @property
    def is_plan(self) -> bool:
        """Whether it has tasks in truth."""
        return bool(self.matches)

    @property
    def best(self) -> int:
        """The reading with the highest score."""
        return int(self.scores.argmax())

    @property
    def result(self) -> float:
        """The F1 of the best reading."""
        return float(self.f1[self.best])


def read_document(folder: Path) -> Document | None:
    """The annotated document in a folder; None if the reader finds no text in it."""
    source = next(path for path in sorted(folder.iterdir()) if path.name.startswith("source."))
    content = source.read_bytes()
    truth = _read_json(folder / "truth.json") or {"tasks": [], "areas": []}
    meta = _read_json(folder / "meta.json") or {}
    opened = open_capture(content, choose_media_type(str(source), content), "")
    outlined = read_outlined_article(opened)
    units = propose_units(outlined.blocks, outlined.items, opened.lexicon)
    if not units:
        return None
    publisher = (
        truth.get("publisher") or meta.get("publisher") or "-".join(folder.name.removeprefix("neg-").split("-")[:2])
    )
    return Document(
        name=folder.name,
        publisher=str(publisher),
        digest=hashlib.sha256(content).hexdigest()[:16],
        units=units,
        tables=[outlined.blocks[unit.block].table for unit in units],
        features=describe_units(units, outlined.blocks, outlined.statements, opened.lexicon, outlined.title),
        stated={unit: {each.stated for each in outlined.statements if each.counted == unit} for unit in (TASKS, AREAS)},
        matches=match_tasks(truth["tasks"], units),
        is_soft=bool(meta.get("soft")),
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def match_tasks(tasks: Sequence[dict[str, Any]], units: Sequence[Unit]) -> list[list[int]]:
    """For each task in truth the units that are it, by their words and, if several have them, by their labels."""
    whole = [reduce_to_signs(unit.title) for unit in units]
    heads = [reduce_to_signs(shorten_to_heading(unit.title)) for unit in units]
    matches = []
    for task in tasks:
        title, label = reduce_to_signs(task["title"]), reduce_to_signs(task.get("label") or "")
        found = [at for at in range(len(units)) if _is_same(title, heads[at], whole[at])]
        labelled = [at for at in found if label and reduce_to_signs(units[at].label.text) == label]
        matches.append(labelled or found)
    return matches


def _is_same(title: str, head: str, whole: str) -> bool:
    """Whether a unit, reduced to its letters, is a task by its title: equal, begun by it, or alike."""
    if not title or not head:
        return False
    if title in (head, whole) or (
        min(len(head), len(title)) >= 4 and (head.startswith(title) or title.startswith(head))
    ):
        return True
    if len(title) >= 8 and whole.startswith(title[:24]):
        return True
    return abs(len(head) - len(title)) < 0.2 * max(len(head), len(title)) and are_alike(head, title)


def compute_f1(document: Document, tasks: Iterable[int]) -> float:
    """The F1 of a reading; 1 if it and the truth have no task."""
    chosen = set(tasks)
    if not document.matches:
        return 0.0 if chosen else 1.0
    used: set[int] = set()
    for match in document.matches:
        used.update([at for at in match if at in chosen and at not in used][:1])
    return 2 * len(used) / (len(chosen) + len(document.matches))


def add_stated_counts(documents: Sequence[Document]) -> list[Document]:
    """The documents, and a copy of each plan that says how many tasks it has.

    Few documents state that, and those that do are the surest: so the copies teach what such a statement is worth.
    """
    return [*documents, *(_state_count(each) for each in documents if each.is_plan and not each.is_soft)]


def _state_count(document: Document) -> Document:
    count = len(document.matches)
    styles = Counter(unit.style for unit in document.units)
    keys = [(unit.parent, unit.style, table) for unit, table in zip(document.units, document.tables, strict=True)]
    groups, columns = Counter(keys), document.features.columns
    matrix = document.features.matrix.copy()
    matrix[:, columns["stated_style"]] = [styles[unit.style] == count for unit in document.units]
    matrix[:, columns["stated_group"]] = [groups[key] == count for key in keys]
    matrix[:, columns["doc_stated"]] = 1
    return replace(
        document,
        features=UnitFeatures(matrix, columns),
        stated={**document.stated, TASKS: {count}},
        is_copy=True,
    )


def assign_folds(documents: Sequence[Document]) -> None:
    """Divide the documents into parts, all of a publisher into one."""
    publishers = sorted({document.publisher for document in documents})
    np.random.RandomState(SEED).shuffle(publishers)
    part = {publisher: at % FOLDS for at, publisher in enumerate(publishers)}
    for document in documents:
        document.fold = part[document.publisher]
        document.is_task = np.zeros(len(document.units), dtype=bool)
        document.is_task[[at for match in document.matches for at in match]] = True


def join_features(document: Document) -> Numbers:
    """The features of the document's units, with those of their surroundings as soon as they are known."""
    own = document.features.matrix
    return own if document.context is None else np.concatenate([own, document.context], axis=1)


def judge_units(documents: Sequence[Document]) -> list[Numbers]:
    """The probabilities of each document's units, by a forest that was fitted without its part."""
    probabilities = [np.zeros(0)] * len(documents)
    for part in range(FOLDS):
        forest = fit_units([document for document in documents if document.fold != part])
        for at, document in enumerate(documents):
            if document.fold == part:
                probabilities[at] = forest.predict_proba(join_features(document))[:, 1]
    return probabilities


def fit_units(documents: Sequence[Document]) -> ExtraTreesClassifier:
    """The forest that gives the probability that a unit is a task; a document weighs as the root of its units."""
    matrix = np.vstack([join_features(document) for document in documents])
    weight = np.concatenate([np.full(len(each.units), 1 / np.sqrt(len(each.units))) for each in documents])
    forest = ExtraTreesClassifier(
        TREES, max_leaf_nodes=LEAVES, min_samples_leaf=LEAST, max_features=FEATURES, random_state=SEED, n_jobs=-1
    )
    return forest.fit(
        matrix, np.concatenate([each.is_task for each in documents]), sample_weight=weight / weight.mean()
    )


def fit_readings(documents: Sequence[Document]) -> ExtraTreesRegressor:
    """The forest that gives the F1 of a reading; each document weighs the same."""
    weight = np.concatenate([np.full(len(each.f1), 1 / len(each.f1)) for each in documents])
    forest = ExtraTreesRegressor(
        READING_TREES,
        max_leaf_nodes=READING_LEAVES,
        min_samples_leaf=LEAST_READINGS,
        max_features=FEATURES,
        random_state=SEED,
        n_jobs=-1,
    )
    matrix = np.vstack([document.matrix for document in documents])
    return forest.fit(matrix, np.concatenate([each.f1 for each in documents]), sample_weight=weight / weight.mean())


@dataclass(frozen=True, slots=True)
class Sum:
    """A linear score: the mean and scale of each feature, its weight, and a constant."""

    mean: Numbers
    scale: Numbers
    weight: Numbers
    constant: float = 0.0

    def score(self, matrix: Numbers) -> Numbers:
        """The score of each row."""
        return np.clip((matrix - self.mean) / self.scale, -FARTHEST, FARTHEST) @ self.weight + self.constant

    def write(self) -> dict[str, Any]:
        """The sum as it stands in the file of weights."""
        parts = {"mean": self.mean, "scale": self.scale, "weight": self.weight}
        return {name: [float(f"{value:.6g}") for value in values] for name, values in parts.items()} | {
            "constant": float(f"{self.constant:.6g}")
        }


def fit_ranks(documents: Sequence[Document]) -> Sum:
    """The linear score by which a document's readings compare, the good ones with the others (conditional logit)."""
    matrix = np.vstack([document.matrix for document in documents])
    mean, scale = matrix.mean(axis=0), matrix.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    rows = [np.clip((each.matrix - mean) / scale, -FARTHEST, FARTHEST) for each in documents]
    wanted = [compute_shares((each.f1 - each.f1.max()) / NEARLY) for each in documents]

    def compute_loss(weight: Numbers) -> tuple[float, Numbers]:
        loss, slope = RIDGE * (weight @ weight) / 2, RIDGE * weight
        for row, want in zip(rows, wanted, strict=True):
            share = compute_shares(row @ weight)
            loss -= float((want * np.log(share + 1e-12)).sum())
            slope = slope + row.T @ (share - want)
        return loss, slope

    found = minimize(compute_loss, np.zeros(matrix.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return Sum(mean, scale, found.x)


def fit_odds(matrix: Numbers, is_right: NDArray[np.bool_], strength: float) -> Sum:
    """The linear score whose value is the log odds of being right."""
    mean, scale = matrix.mean(axis=0), matrix.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    model = LogisticRegression(C=strength, max_iter=1000)
    model.fit(np.clip((matrix - mean) / scale, -FARTHEST, FARTHEST), is_right)
    return Sum(mean, scale, model.coef_[0], float(model.intercept_[0]))


def propose(document: Document, probability: Numbers) -> None:
    """Make the document's readings with the probabilities of its units, and measure them."""
    document.probability = probability
    document.outline = Outline(document.units, document.tables, probability)
    document.readings = propose_readings(document.outline)
    document.matrix, document.names = measure_readings(
        document.outline,
        document.readings,
        document.features,
        tasks=document.stated[TASKS],
        areas=document.stated[AREAS],
    )
    document.f1 = np.array([compute_f1(document, reading.tasks) for reading in document.readings])


def cross_validate(documents: Sequence[Document]) -> None:
    """Judge each document by weights that were fitted without its part: its units, its readings, its confidence."""
    for document in documents:
        document.context = None
    for document, probability in zip(documents, judge_units(documents), strict=True):
        document.context = describe_context(Outline(document.units, document.tables, probability))
    for document, probability in zip(documents, judge_units(documents), strict=True):
        propose(document, probability)
    for part in range(FOLDS):
        others = [document for document in documents if document.fold != part]
        forest, ranks = fit_readings(others), fit_ranks(others)
        for document in documents:
            if document.fold == part:
                score(document, forest, ranks)
    bonus = fit_bonus(documents)
    for document in documents:
        document.scores[0] += bonus
        document.bonus = bonus
    real = [document for document in documents if not document.is_copy]
    rows, right = describe_all(real), np.array([document.result > 0.999 for document in real])
    folds = np.array([document.fold for document in real])
    for part in range(FOLDS):
        odds = fit_odds(rows[folds != part], right[folds != part], CERTAINTY)
        for at in np.flatnonzero(folds == part):
            real[at].confidence = float(to_probability(odds.score(rows[[at]]))[0])


def fit_bonus(documents: Sequence[Document]) -> float:
    """What the score of the reading without tasks needs, for texts without tasks to weigh `OF_NOTHING` of all."""
    real = [document for document in documents if not document.is_copy and not document.is_soft]
    plans, others = [each for each in real if each.is_plan], [each for each in real if not each.is_plan]

    def measure_with(bonus: float) -> float:
        means = []
        for group in (plans, others):
            best = [(each.scores + bonus * (np.arange(len(each.scores)) == 0)).argmax() for each in group]
            means.append(float(np.mean([each.f1[at] for each, at in zip(group, best, strict=True)])) if group else 0.0)
        return (1 - OF_NOTHING) * means[0] + OF_NOTHING * means[1]

    return float(max(np.arange(-0.2, 0.61, 0.02), key=measure_with))


def score(document: Document, forest: ExtraTreesRegressor, ranks: Sum) -> None:
    """Score the document's readings."""
    document.shares = compute_shares(ranks.score(document.matrix))
    document.scores = forest.predict(document.matrix) + document.shares


def to_ranking(document: Document) -> Ranking:
    """The document's readings as the reader ranks them."""
    order = np.argsort(-document.scores, kind="stable").tolist()
    if document.outline is None:
        raise ValueError(f"{document.name}: its readings are not proposed yet")
    return Ranking(
        document.units,
        document.outline,
        document.readings,
        document.matrix,
        document.names,
        document.scores,
        document.shares,
        order,
    )


def describe_all(documents: Sequence[Document]) -> Numbers:
    """What the confidence in each document's best reading is computed from."""
    return np.array([describe_certainty(to_ranking(document), document.best) for document in documents])


def describe_tasks(documents: Sequence[Document]) -> tuple[Numbers, NDArray[np.bool_]]:
    """What the confidence in each task of the best readings is computed from, and whether it is one."""
    rows, right = [], []
    for document in documents:
        ranking = to_ranking(document)
        for at in document.readings[document.best].tasks:
            rows.append(describe_task_certainty(ranking, at, document.confidence))
            right.append(bool(document.is_task[at]))
    return np.array(rows), np.array(right)


def find_sure(documents: Sequence[Document]) -> float:
    """The lowest confidence from which on at most `SILENT` of all documents are wrong without a word."""
    ranked = sorted(documents, key=lambda each: -each.confidence)
    wrong, sure = 0, 1.0
    for document in ranked:
        wrong += document.result < 0.999
        if wrong > SILENT * len(documents):
            break
        sure = document.confidence
    return round(sure, 3)


def write_forest(forest: Any, value_of: Callable[[NDArray[np.float64]], float]) -> dict[str, list[float]]:
    """A forest as it stands in the file of weights: the nodes of all trees, numbered through."""
    written: dict[str, list[float]] = {name: [] for name in ("feature", "threshold", "left", "right", "value", "roots")}
    for estimator in forest.estimators_:
        tree, first = estimator.tree_, len(written["feature"])
        written["roots"].append(first)
        for node in range(tree.node_count):
            is_leaf = tree.children_left[node] < 0
            written["feature"].append(-1 if is_leaf else int(tree.feature[node]))
            written["threshold"].append(0 if is_leaf else float(f"{tree.threshold[node]:.6g}"))
            written["left"].append(0 if is_leaf else first + int(tree.children_left[node]))
            written["right"].append(0 if is_leaf else first + int(tree.children_right[node]))
            written["value"].append(float(f"{value_of(tree.value[node]):.4g}") if is_leaf else 0)
    return written


def measure(documents: Sequence[Document]) -> dict[str, float]:
    """How well documents are read: means over documents, shares from 0 to 1."""
    documents = [document for document in documents if not document.is_copy]
    plans = [document for document in documents if document.is_plan and not document.is_soft]
    others = [document for document in documents if not document.is_plan]
    least = find_sure(documents)
    sure = [document for document in documents if document.confidence >= least]
    return {
        "plans": len(plans),
        "macro_f1": float(np.mean([document.result for document in plans])) if plans else 0.0,
        "whole": float(np.mean([document.result > 0.999 for document in plans])) if plans else 0.0,
        "best_possible": float(np.mean([document.f1.max() for document in plans])) if plans else 0.0,
        "without_tasks": len(others),
        "clean": float(np.mean([document.result for document in others])) if others else 0.0,
        "held": 1 - len(sure) / max(len(documents), 1),
        "silent": sum(document.result < 0.999 for document in sure) / max(len(documents), 1),
    }


def list_bands(documents: Sequence[Document]) -> Iterator[tuple[float, float, int]]:
    """For each band of confidence the mean that was claimed, the share that was right, and the number of documents."""
    documents = [document for document in documents if not document.is_copy]
    for low in np.arange(0, 1, 0.1):
        band = [
            document
            for document in documents
            if low <= document.confidence < low + 0.1 or (low > 0.85 and document.confidence >= 1)
        ]
        if band:
            yield (
                float(np.mean([each.confidence for each in band])),
                float(np.mean([each.result > 0.999 for each in band])),
                len(band),
            )


def main() -> int:
    """Fit the weights of the folders named on the command line, and print what they are worth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="annotated documents, one in a folder")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the file that is written (src/extract/weights.json)")
    parser.add_argument("--curve", action="store_true", help="measure with a quarter and half of the documents too")
    parser.add_argument("--check", action="store_true", help="measure only, and write nothing")
    parser.add_argument("--verbose", action="store_true", help="print a line for each document that is not read whole")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    try:
        for folder in options.folders:
            read_documents(folder)  # checked here, for one line that says where a mistake is
    except PolicyTasksError as error:
        print(f"fit.py: {error}", file=sys.stderr)
        return 2
    folders = [each for folder in options.folders for each in sorted(folder.iterdir()) if _is_document(each)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        documents = [document for document in pool.map(read_document, folders, chunksize=4) if document is not None]
    documents = add_stated_counts(documents)
    assign_folds(documents)
    before = _read_json(options.out) or {}
    cross_validate(documents)
    report(documents, before.get("about", {}), verbose=options.verbose)
    for folder in options.folders:
        names = {each.name for each in folder.iterdir()}
        print(f"of {folder}: {_format(measure([each for each in documents if each.name in names]))}")
    if options.curve:
        for share in (0.25, 0.5):
            chosen = [each for at, each in enumerate(documents) if (at * 7919) % 100 < 100 * share]
            cross_validate(chosen)
            print(f"with {len(chosen)} documents: {_format(measure(chosen))}")
        cross_validate(documents)
    if not options.check:
        part = options.out.with_suffix(".part")  # the weights are never half written
        part.write_text(json.dumps(fit_all(documents), separators=(",", ":")) + "\n", "utf-8")
        part.replace(options.out)
        print(f"written: {options.out}, {options.out.stat().st_size:,} bytes")
    return 0


def _is_document(folder: Path) -> bool:
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return bool({"truth.json", "meta.json"} & names) and any(name.startswith("source.") for name in names)


def fit_all(documents: Sequence[Document]) -> dict[str, Any]:
    """The file of weights: fitted on all documents, the confidence on what was said of each when it was left out."""
    real = [document for document in documents if not document.is_copy]
    about = {
        "fitted_on": datetime.now(UTC).date().isoformat(),
        "figures": {name: round(value, 4) for name, value in measure(documents).items()},
        "bands": [[round(claimed, 3), round(right, 3), count] for claimed, right, count in list_bands(documents)],
        "documents": {document.digest: round(document.result, 3) for document in real},
    }
    confidence = fit_odds(describe_all(real), np.array([document.result > 0.999 for document in real]), CERTAINTY)
    task_confidence = fit_odds(*describe_tasks(real), 1.0)
    # Contexts and readings are made with the probabilities of when a document was left out, which are a stranger's.
    readings, ranks, in_context = fit_readings(documents), fit_ranks(documents), fit_units(documents)
    units = fit_units([replace(document, context=None) for document in documents])
    first = documents[0]
    return {
        "about": about,
        "unit_features": list(first.features.columns),
        "units": write_forest(units, lambda value: value[0][1] / value[0].sum()),
        "units_in_context": write_forest(in_context, lambda value: value[0][1] / value[0].sum()),
        "reading_features": first.names,
        "readings": write_forest(readings, lambda value: value[0][0]),
        "ranks": ranks.write(),
        "nothing": round(first.bonus, 4),
        "confidence": confidence.write(),
        "task_confidence": task_confidence.write(),
        "sure": find_sure(real),
    }


def report(documents: Sequence[Document], before: dict[str, Any], *, verbose: bool) -> None:
    """Print the figures, the bands of confidence, and what is better and worse than before."""
    documents = [document for document in documents if not document.is_copy]
    print(f"each document judged without its publisher's: {_format(measure(documents))}")
    for language in (0.0, 1.0):
        mine = [each for each in documents if each.features.matrix[0, each.features.columns["zh"]] == language]
        print(f"  {'Chinese' if language else 'English'}: {_format(measure(mine))}")
    for claimed, right, count in list_bands(documents):
        print(f"  confidence {claimed:.2f}: right {right:.2f} of {count}")
    then = before.get("documents", {})
    changed = [(each.result - then[each.digest], each.name) for each in documents if each.digest in then]
    for change, name in sorted(changed):
        if abs(change) > 0.05:
            print(f"  {'better' if change > 0 else 'worse'}: {name} {change:+.2f}")
    if verbose:
        for document in sorted(documents, key=lambda each: each.result):
            if document.result < 0.999:
                print(describe_result(document))


def describe_result(document: Document) -> str:
    """One line on what was read, and on the best of the readings that were proposed."""
    soft = " (soft)" if document.is_soft else ""
    return (
        f"  {document.name}{soft}: {_describe_reading(document, document.best)} of {len(document.matches)}; "
        f"best possible {_describe_reading(document, int(document.f1.argmax()))}; confidence {document.confidence:.2f}"
    )


def _describe_reading(document: Document, at: int) -> str:
    reading = document.readings[at]
    return f"{document.f1[at]:.2f} with {len(reading.tasks)} ({reading.proposal})"


def _format(figures: dict[str, float]) -> str:
    return ", ".join(
        f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}" for name, value in figures.items()
    )


if __name__ == "__main__":
    sys.exit(main())
