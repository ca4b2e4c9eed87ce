"""The whole way of one dataset, top to bottom: collect → extract → transform → publish.

`walk` is given how to run a step: as a plain call, or as a Prefect task. So both ways run the very same steps, and
nothing here imports Prefect.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from collect.archive import ArchiveError
from collect.dataset import Dataset
from collect.fetch import RefusedError, UnreachableError
from collect.gate import Collected, collect, sources_of
from collect.order_book import OrderBookError, dataset_ids, read_dataset
from flows.feeding import Extracted, NoPlanError, read_sources
from flows.home import Home
from flows.readings import Memory, Readings
from publish import shelf
from publish.notes import summary_of_changes
from publish.place import ShelfError
from publish.release import publish_release
from publish.standing import Standing, as_rows
from transform import checks
from transform.checks import Check
from transform.draft import Draft, draft_release

log = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])
Step = Callable[[Function], Function]


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
class Outcome:
    """How a run ended: `published`, `unchanged` or `planned` (a dry run); `failures` has a line a failed source."""

    dataset_id: str
    done: str
    version: str
    summary: str
    checks: tuple[Check, ...]
    standing: tuple[Standing, ...]
    failures: tuple[str, ...]


def plainly(function: Function) -> Function:
    """Run a step as a plain call."""
    return function


def walk(
    home: Home, dataset_id: str, *, offline: bool = False, dry_run: bool = False, step: Step[Any] = plainly
) -> Outcome:
    """Take a dataset through every room. Raises one of KNOWN_ERRORS; nothing is published then."""
    dataset, place = read_order(home, dataset_id), home.shelf  # a shelf that nobody can open is told before all work
    collected = step(collect_sources)(home, dataset, offline=offline or dry_run)
    extracted = step(extract_plans)(home, collected)
    with nullcontext() if dry_run else shelf.locked(place, dataset.id):
        draft = step(draft_tables)(home, dataset, extracted)
        try:
            if draft.version is None:
                return _outcome(dataset, draft, extracted, "unchanged")
            _refuse_if_broken(dataset, draft)
            if dry_run:
                return _outcome(dataset, draft, extracted, "planned")
            step(publish_draft)(home, dataset, draft, extracted)
        finally:
            if not dry_run:
                shelf.put_sources(place, dataset.id, as_rows(extracted.standing))
    return _outcome(dataset, draft, extracted, "published")


def read_order(home: Home, dataset_id: str) -> Dataset:
    """Read a dataset from the order book, and see that the checks it accepts exist. Raises OrderBookError."""
    dataset = read_dataset(home.datasets, dataset_id)
    _refuse_shared_ids(home, dataset)
    for index, accepted in enumerate(dataset.accept):
        if accepted.check not in checks.ACCEPTABLE:
            known = ", ".join(checks.ACCEPTABLE)
            where = f"datasets/{dataset_id}.yaml: accept[{index}].check"
            raise OrderBookError(f"{where}: {accepted.check!r} is no check that can be accepted; those are {known}")
    return dataset


def _refuse_shared_ids(home: Home, dataset: Dataset) -> None:
    """A source's id is the name of its folder in the archive: no two may have the same, of whatever dataset."""
    ids = Counter(source.id for source, _ in sources_of(dataset, home.raw))
    twice = next((name for name, times in ids.items() if times > 1), None)
    where = f"datasets/{dataset.id}.yaml: sources"
    if twice is not None:
        raise OrderBookError(f"{where}: {twice!r} is the id of an article that was discovered; give it another")
    for other in dataset_ids(home.datasets):
        try:
            others = {} if other == dataset.id else {one.id for one in read_dataset(home.datasets, other).sources}
        except OrderBookError:
            continue  # it is told when that dataset's turn comes
        shared = sorted(others & ids.keys()) if others else []
        if shared:
            raise OrderBookError(
                f"{where}: {shared[0]!r} is also in datasets/{other}.yaml; give one of them another id"
            )


def collect_sources(home: Home, dataset: Dataset, *, offline: bool) -> list[Collected]:
    """Ask every source of a dataset and archive what comes, or take what the archive holds.

    Raises UnreachableError where there is nothing to go on with and trying again may help.
    """
    collected = collect(dataset, home.raw, Readings(home.raw, Memory()), offline=offline)
    passing = [one for one in collected if one.check and one.check.came in ("unreachable", "broken off")]
    if passing and not any(one.captures for one in collected):
        first = passing[0]
        archive = f"data/raw/{first.source.id}/"
        raise UnreachableError(f"{first.note}, and {archive} holds no capture; check the address")
    return collected


def extract_plans(home: Home, collected: Sequence[Collected]) -> Extracted:
    """Read the plan of every source from the first of its captures that holds one."""
    return read_sources(home.raw, collected)


def draft_tables(home: Home, dataset: Dataset, extracted: Extracted) -> Draft:
    """Make the tables, keeping the ids of the newest release, and decide what the next version is."""
    place = home.shelf
    last = shelf.newest(place, dataset.id)
    previous = shelf.read_tables(last) if last else None
    if last and previous:
        _refuse_if_lost(dataset, extracted, last.version, previous["documents"]["source_id"].to_pylist())
    counted_from = shelf.highest(place, dataset.id)  # the number of a version that was withdrawn is not given again
    draft = draft_release(
        extracted.announced, previous, counted_from, {one.check: one.reason for one in dataset.accept}
    )
    draft = replace(draft, previous_version=last.version if last else None)
    log.info("%s: %s", dataset.id, "nothing changed" if draft.version is None else f"drafted {draft.version}")
    return draft


def publish_draft(home: Home, dataset: Dataset, draft: Draft, extracted: Extracted) -> None:
    """Put a draft on the shelf as an immutable version."""
    now = datetime.now(UTC).replace(microsecond=0)
    published = publish_release(
        home.shelf, dataset, draft, now, problems=extracted.problems, standing=extracted.standing
    )
    log.info("%s: published %s", dataset.id, published.version)


def _refuse_if_lost(dataset: Dataset, extracted: Extracted, version: str, published: Sequence[str]) -> None:
    """A source that was published, and of which nothing can be read any more, must not vanish from the data."""
    read = {one.source_id for one in extracted.announced}
    lost = next((one for one in extracted.standing if one.source_id in set(published) - read), None)
    if lost is not None:
        why = next((line for line in extracted.failures if line.startswith(f"{lost.source_id}:")), lost.why)
        mend = f"restore its captures, or take it out of datasets/{dataset.id}.yaml"
        raise RefusedReleaseError(
            f"{dataset.id}: not published, {lost.source_id} is in {version} and cannot be read now ({why}); {mend}"
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
        extracted.standing,
        extracted.failures,
    )
