"""Measure how well documents are read whose right reading is known (docs/evaluation.md says how to annotate them)."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.progress import show_progress
from cli.terminal import DONE, FAILED

if TYPE_CHECKING:
    from pipeline.evaluate.measures import Figures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder with one folder for each document")
    parser.add_argument("--json", action="store_true", help="print the totals and each document's figures as JSON")
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="show what got better or worse since FILE, an earlier --json"
    )
    parser.add_argument(
        "--sure",
        type=to_share,
        default=0.9,
        metavar="SHARE",
        help="confidence from which on a document does not wait for a person (default: %(default)s)",
    )
    parser.add_argument("--verbose", action="store_true", help="print a line for each document too")
    parser.add_argument("--only", type=to_names, default=(), metavar="NAMES", help="documents to measure, with commas")
    parser.add_argument(
        "--soft", type=to_names, default=(), metavar="NAMES", help="more documents to leave out of the totals"
    )
    parser.add_argument(
        "--jobs",
        type=to_number,
        default=os.cpu_count() or 1,
        metavar="NUMBER",
        help="documents to read at a time (default: the number of processors)",
    )


def run_command(options: argparse.Namespace) -> int:
    """Print the totals; the exit status is 1 if a document could not be read."""
    from pipeline.evaluate.comparison import describe_evaluation, read_evaluation
    from pipeline.evaluate.run import measure_documents
    from pipeline.evaluate.truth import read_documents

    earlier = read_evaluation(options.compare) if options.compare else None
    documents = read_documents(options.folder, options.only, options.soft)
    with show_progress("evaluating"):
        figures = list(measure_documents(documents, options.jobs))
    evaluation = describe_evaluation(figures, options.sure)
    if options.json:
        if earlier is not None:
            evaluation["compared"] = list(_render_comparison(earlier, evaluation))
        print(json.dumps(evaluation, ensure_ascii=False, indent=2))
    else:
        lines = [*(_render_documents(figures) if options.verbose else ()), *_render_totals(figures, evaluation)]
        print("\n".join([*lines, *(_render_comparison(earlier, evaluation) if earlier is not None else ())]))
    return FAILED if any(each.failure for each in figures) else DONE


def to_share(text: str) -> float:
    """A number from 0 to 1. Raises ArgumentTypeError."""
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return share


def to_number(text: str) -> int:
    """A number of at least 1. Raises ArgumentTypeError."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def to_names(text: str) -> tuple[str, ...]:
    """The names in a text with commas."""
    return tuple(filter(None, text.split(",")))


def _render_documents(documents: Sequence[Figures]) -> Iterator[str]:
    """A line for each document: plans first, then those open to argument, then the texts without a plan."""
    width = max(len(each.name) for each in documents)
    for each in sorted(documents, key=lambda each: (not each.is_plan, each.is_soft)):
        confidence = f"confidence {each.confidence:.2f}"
        if not each.is_plan:
            yield f"{each.name:{width}}  no plan: {each.tasks.false} tasks  {confidence}"
            continue
        tasks, areas = each.tasks, each.areas
        yield "  ".join(
            [
                f"{each.name:{width}}",
                f"tasks {tasks.right:3}/{tasks.right + tasks.missed:3} (+{tasks.false} false)",
                f"placed {each.placed:3}/{tasks.right:3}",
                f"areas {areas.right}/{areas.right + areas.missed}",
                f"bodies {each.bodies.f1:.2f}",
                f"leads {each.leads.f1:.2f}",
                f"title {'yes' if each.title else 'no'}",
                f"date {'-' if each.date is None else 'yes' if each.date else 'no'}",
                f"{confidence}{' (soft)' if each.is_soft else ''}",
            ]
        )


def _render_totals(documents: Sequence[Figures], evaluation: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"FAILED {each.name}: {each.failure}" for each in documents if each.failure)
    for name, value in evaluation["totals"].items():
        yield f"{name:18} {value:.3f}" if isinstance(value, float) else f"{name:18} {value}"
    for band in evaluation["calibration"]:
        yield f"{'calibration':18} claimed {band['claimed']:.2f}, right {band['right']}/{band['documents']}"


def _render_comparison(earlier: Mapping[str, Any], evaluation: Mapping[str, Any]) -> Iterator[str]:
    """What got better and what got worse, by document and in total."""
    from pipeline.evaluate.comparison import compare_documents, compare_totals

    figures = {name: document["figures"] for name, document in evaluation["documents"].items()}
    differences = list(compare_documents(earlier["documents"], figures))
    yield f"compared: {len(differences)} of {len(figures)} documents differ"
    for each in differences:
        changes = ", ".join(f"{name} {_format(old)} → {_format(new)}" for name, old, new in each.changes)
        yield f"  {each.kind}: {each.name}{changes and f': {changes}'}"
    for name, kind, old, new in compare_totals(earlier["totals"], evaluation["totals"]):
        yield f"  {kind or 'total'}: {name} {_format(old)} → {_format(new)}"


def _format(value: float | None) -> str:
    """A figure with at most three decimals; "none" where there is none."""
    return "none" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")
