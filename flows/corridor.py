"""The whole way of one dataset, top to bottom: collect → extract → transform → publish.

`walk` is given how to run a step: as a plain call, or as a Prefect task. So both ways run the very same steps, and
nothing here imports Prefect.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from collect.archive import ArchiveError, Capture, read_bytes
from collect.fetch import RefusedError, UnreachableError
from collect.gate import Collected, collect
from collect.order_book import Dataset, OrderBookError, read_dataset
from extract.plan import Plan
from extract.reader import Overrides, read_plan
from publish import shelf
from publish.notes import summary_of_changes
from publish.release import publish_release
from publish.shelf import ShelfError
from transform import checks
from transform.checks import Check
from transform.draft import Draft, draft_release
from transform.tables import Announced

log = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])
Step = Callable[[Function], Function]
Problems = dict[str, list[dict[str, Any]]]


class NoPlanError(RuntimeError):
    """A source none of whose captures holds a plan; the message is one line."""


class RefusedReleaseError(RuntimeError):
    """A draft that did not pass its checks; the message is one line."""


class OrchestratorError(RuntimeError):
    """Prefect could not run the steps; the message is one line."""


# What a user may meet: each of these is shown as one line, never as a traceback.
KNOWN_ERRORS = (
    OrderBookError,
    ArchiveError,
    UnreachableError,
    RefusedError,
    NoPlanError,
    RefusedReleaseError,
    ShelfError,
    OrchestratorError,
)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds the order book, the archive and the shelf."""

    root: Path

    @property
    def datasets(self) -> Path:
        """The order book."""
        return self.root / "datasets"

    @property
    def raw(self) -> Path:
        """The archive."""
        return self.root / "data" / "raw"

    @property
    def shelf(self) -> Path:
        """The shelf."""
        return self.root / "data" / "published"


@dataclass(frozen=True, slots=True)
class Extracted:
    """The plans of a dataset's sources, the problems met in reading them, and the sources that failed on the way."""

    announced: tuple[Announced, ...]
    problems: Problems
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `published`, `unchanged` or `planned` (a dry run); `failures` has a line a failed source."""

    dataset_id: str
    done: str
    version: str
    summary: str
    checks: tuple[Check, ...]
    failures: tuple[str, ...]


def plainly(function: Function) -> Function:
    """Run a step as a plain call."""
    return function


def walk(
    home: Home, dataset_id: str, *, offline: bool = False, dry_run: bool = False, step: Step[Any] = plainly
) -> Outcome:
    """Take a dataset through every room. Raises one of KNOWN_ERRORS; nothing is published then."""
    dataset = read_order(home, dataset_id)
    collected = step(collect_sources)(home, dataset, offline=offline or dry_run)
    extracted = step(extract_plans)(home, collected)
    with nullcontext() if dry_run else shelf.locked(home.shelf, dataset.id):
        draft = step(draft_tables)(home, dataset, extracted)
        if draft.version is None:
            return _outcome(dataset, draft, extracted, "unchanged")
        _refuse_if_broken(dataset, draft)
        if dry_run:
            return _outcome(dataset, draft, extracted, "planned")
        step(publish_draft)(home, dataset, draft, extracted.problems)
    return _outcome(dataset, draft, extracted, "published")


def read_order(home: Home, dataset_id: str) -> Dataset:
    """Read a dataset from the order book, and see that the checks it accepts exist. Raises OrderBookError."""
    dataset = read_dataset(home.datasets, dataset_id)
    for index, accepted in enumerate(dataset.accept):
        if accepted.check not in checks.ACCEPTABLE:
            known = ", ".join(checks.ACCEPTABLE)
            where = f"datasets/{dataset_id}.yaml: accept[{index}].check"
            raise OrderBookError(f"{where}: {accepted.check!r} is no check that can be accepted; those are {known}")
    return dataset


def collect_sources(home: Home, dataset: Dataset, *, offline: bool) -> list[Collected]:
    """Fetch and archive every source of a dataset, or take what the archive holds."""
    return [collect(source, home.raw, offline=offline) for source in dataset.sources]


def extract_plans(home: Home, collected: Sequence[Collected]) -> Extracted:
    """Read the plan of every source from its newest capture that holds one."""
    announced, problems, failures = [], {}, []
    for one in collected:
        plan, found, failed = _newest_plan(home, one)
        announced.append(plan)
        problems[one.source.id] = found
        failures += [*one.failures, *failed]
    for line in failures:
        log.warning("%s", line)
    return Extracted(tuple(announced), problems, tuple(failures))


def draft_tables(home: Home, dataset: Dataset, extracted: Extracted) -> Draft:
    """Make the tables, keeping the ids of the newest release, and decide what the next version is."""
    last = shelf.newest(home.shelf, dataset.id)
    previous = shelf.read_tables(last) if last else None
    draft = draft_release(
        extracted.announced, previous, last.version if last else None, {one.check: one.reason for one in dataset.accept}
    )
    log.info("%s: %s", dataset.id, "nothing changed" if draft.version is None else f"drafted {draft.version}")
    return draft


def publish_draft(home: Home, dataset: Dataset, draft: Draft, problems: Problems) -> None:
    """Put a draft on the shelf as an immutable version."""
    published = publish_release(home.shelf, dataset, draft, datetime.now(UTC).replace(microsecond=0), problems)
    log.info("%s: published %s", dataset.id, published.version)


def _newest_plan(home: Home, one: Collected) -> tuple[Announced, list[dict[str, Any]], list[str]]:
    failed: list[str] = []
    for capture in one.captures:
        plan = read_plan(
            read_bytes(home.raw, capture),
            capture.media_type,
            one.source.url,
            encoding=capture.encoding,
            overrides=Overrides(one.source.selector, one.source.tasks, one.source.language),
        )
        if plan.tasks:
            log.info(
                "%s: read %d tasks in %d areas",
                one.source.id,
                sum(task.level == 1 for task in plan.tasks),
                len(plan.areas),
            )
            if failed:
                failed.append(f"{one.source.id}: using the capture of {capture.fetched_at.date()} instead")
            return _announced(one, capture, plan), [asdict(problem) for problem in plan.problems], failed
        reasons = "; ".join(problem.message for problem in plan.problems)
        failed.append(f"{one.source.id}: data/raw/{one.source.id}/{capture.file_name}: {reasons}")
    raise NoPlanError(f"{failed[0]}; check that {one.source.url} still announces the plan")


def _announced(one: Collected, capture: Capture, plan: Plan) -> Announced:
    return Announced(
        source_id=one.source.id,
        url=one.source.url,
        capture_url=capture.url,
        capture_id=capture.capture_id,
        fetched_at=capture.fetched_at,
        media_type=capture.media_type,
        encoding=capture.encoding,
        byte_count=capture.byte_count,
        plan=plan,
    )


def _refuse_if_broken(dataset: Dataset, draft: Draft) -> None:
    if draft.refused:
        check = draft.refused[0]
        more = f" (and {len(draft.refused) - 1} more checks)" if len(draft.refused) > 1 else ""
        accept = f", or accept it with a reason under accept: in datasets/{dataset.id}.yaml"
        mend = f"look at the source{accept if check.name in checks.ACCEPTABLE else ''}"
        raise RefusedReleaseError(
            f"{dataset.id}: not published, {check.name} does not hold: {check.detail}{more}; {mend}"
        )


def _outcome(dataset: Dataset, draft: Draft, extracted: Extracted, done: str) -> Outcome:
    version = draft.version or draft.previous_version or ""
    return Outcome(
        dataset.id,
        done,
        version,
        summary_of_changes(draft) if draft.version else "nothing changed",
        draft.checks,
        extracted.failures,
    )
