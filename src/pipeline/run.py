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
from typing import TYPE_CHECKING, Any, TypeVar

from collect.fetch import UnreachableError
from config.errors import ConfigurationError, PolicyTasksError
from config.loader import list_dataset_ids, may_mention, read_dataset
from config.models import Dataset
from pipeline import decisions as verdicts
from pipeline.collecting import CollectedSource, collect_all, sources_of
from pipeline.errors import ReleaseRefusedError
from pipeline.notify.incidents import RELEASE, RUN, SOURCE, Incident, Observations, find_source_incidents
from pipeline.notify.notify import notify_channels
from pipeline.progress import report_progress
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader
from pipeline.select import Extracted, read_sources
from pipeline.workspace import Workspace
from publish import shelf
from publish.source_status import SourceStatus, to_rows
from publish.storage.backend import BusyError, ShelfError
from transform.models import ACCEPTABLE, Check, Draft

if TYPE_CHECKING:
    from pipeline.dry_run import Preview

log = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])
Step = Callable[[Function], Function]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `published`, `unchanged`, or of a dry run `planned` or `refused`, with its `preview`.

    `failures` has a line a failed source, and why a planned release would be refused.
    """

    dataset_id: str
    status: str
    version: str
    summary: str
    checks: tuple[Check, ...]
    source_statuses: tuple[SourceStatus, ...]
    failures: tuple[str, ...]
    preview: Preview | None = None


def run_directly(function: Function) -> Function:
    """Run a step as a plain call."""
    return function


def run_dataset(
    home: Workspace, dataset_id: str, *, offline: bool = False, dry_run: bool = False, step: Step[Any] = run_directly
) -> Outcome:
    """Take a dataset through every room, and tell people what is new.

    Raises one of PolicyTasksError; nothing is published then.
    """
    dataset, way = read_configuration(home, dataset_id), _Way()
    try:
        outcome = _go(home, dataset, way, offline=offline, dry_run=dry_run, step=step)
    except BusyError:
        raise  # whoever holds the shelf tells of it
    except PolicyTasksError as error:
        if not dry_run:
            step(notify_channels)(home, dataset, _seen(dataset, way, error))
        raise
    if not dry_run:
        step(notify_channels)(home, dataset, _seen(dataset, way))
    return outcome


@dataclass(slots=True)
class _Way:
    """How far a run came."""

    extracted: Extracted | None = None
    draft: Draft | None = None
    done: str = ""


def _go(home: Workspace, dataset: Dataset, way: _Way, *, offline: bool, dry_run: bool, step: Step[Any]) -> Outcome:
    storage = home.shelf  # one that nobody can open is told before all work
    collected = step(collect_sources)(home, dataset, offline=offline or dry_run)
    way.extracted = extracted = step(extract_plans)(home, collected)
    with nullcontext() if dry_run else shelf.locked(storage, dataset.id):
        way.draft = draft = step(draft_tables)(home, dataset, extracted)
        try:
            way.done = _carry_out(home, dataset, draft, extracted, dry_run=dry_run, step=step)
        except PolicyTasksError:
            try:
                _tell(home, dataset.id, extracted.source_statuses, dry_run=dry_run, step=step)
            except ShelfError as error:
                log.warning("%s", error)  # what went wrong first is what the run ends with
            raise
        _tell(home, dataset.id, extracted.source_statuses, dry_run=dry_run, step=step)
    outcome = _make_outcome(dataset, draft, extracted, way.done)
    if not dry_run:
        return outcome
    from pipeline.dry_run import make_preview

    return replace(outcome, preview=make_preview(collected, extracted, draft, offline=offline))


def _seen(dataset: Dataset, way: _Way, error: Exception | None = None) -> Observations:
    """What a run saw: how each source does where it came so far, whether the release passed, how the run ended."""
    judged, found = {RUN}, []
    if way.extracted is not None:
        judged.add(SOURCE)
        scheduled = dataset.schedule is not None
        found += find_source_incidents(way.extracted.source_statuses, way.extracted.failures, scheduled=scheduled)
    if isinstance(error, ReleaseRefusedError):
        judged.add(RELEASE)
        found.append(Incident(f"{RELEASE}:{error.check}", str(error)))
    elif error is not None:
        found.append(Incident(f"{RUN}:{type(error).__name__}", str(error)))
    else:
        judged.add(RELEASE)
    version = way.draft.version if way.draft and way.done == "published" else None
    summary = _summarise(way.draft) if way.draft and version else ""
    return Observations(frozenset(judged), tuple(found), version, summary)


def _carry_out(
    home: Workspace, dataset: Dataset, draft: Draft, extracted: Extracted, *, dry_run: bool, step: Step[Any]
) -> str:
    """Publish a draft that has something new and may be published; how the run ended."""
    if draft.version is None:
        return "unchanged"
    if dry_run:
        return "refused" if draft.blocking_checks else "planned"
    refuse_if_broken(dataset, draft)
    step(publish_draft)(home, dataset, draft, extracted)
    return "published"


def publish_source_statuses(
    home: Workspace, dataset_id: str, standing: Sequence[SourceStatus], *, step: Step[Any] = run_directly
) -> None:
    """Say on the shelf how sources are doing that were asked just now, where nothing is to be published.

    Whoever publishes the dataset meanwhile says it too; then nothing is done. Raises ShelfError.
    """
    try:
        with shelf.locked(home.shelf, dataset_id):
            _tell(home, dataset_id, standing, dry_run=False, step=step)
    except BusyError as error:
        log.info("%s", error)


def _tell(
    home: Workspace, dataset_id: str, standing: Sequence[SourceStatus], *, dry_run: bool, step: Step[Any]
) -> None:
    """Say beside the versions how things are now, whether or not there is a new one."""
    if not dry_run:
        shelf.put_sources(home.shelf, dataset_id, to_rows(standing))
        shelf.put_catalog(home.shelf, dataset_id, home.site)
        step(update_catalog)(home, dataset_id)


def update_catalog(home: Workspace, dataset_id: str) -> None:
    """Bring the catalog's pages up to what the shelf holds; call it with the dataset locked. Raises ShelfError."""
    if verdicts.are_pages_current(home, dataset_id):
        return
    from catalog import build  # which imports what pages are made with
    from pipeline.captures import make_evidence_reader

    archive = make_evidence_reader(home, dataset_id)
    build.write_dataset_pages(home.shelf, dataset_id, home.site, archive)
    build.write_home_pages(home.shelf, home.site, archive)
    verdicts.remember_pages(home, dataset_id)


def read_configuration(home: Workspace, dataset_id: str) -> Dataset:
    """Read a dataset from the order book, and see that the checks it accepts exist. Raises ConfigurationError."""
    dataset = read_dataset(home.datasets, dataset_id)
    _refuse_shared_ids(home, dataset)
    if dataset.corrections:
        from transform.corrections import find_misplaced_corrections

        for index, key, wrong in find_misplaced_corrections(dataset.corrections):
            raise ConfigurationError(f"datasets/{dataset_id}.yaml: corrections[{index}].{key}: {wrong}")
    for index, accepted in enumerate(dataset.accept):
        if accepted.check not in ACCEPTABLE:
            known = ", ".join(ACCEPTABLE)
            where = f"datasets/{dataset_id}.yaml: accept[{index}].check"
            raise ConfigurationError(f"{where}: {accepted.check!r} is no check that can be accepted; those are {known}")
    return dataset


def _refuse_shared_ids(home: Workspace, dataset: Dataset) -> None:
    """A source's id is the name of its folder in the archive: no two may have the same, of whatever dataset."""
    ids = Counter(source.id for source, _ in sources_of(dataset, home.raw))
    twice = next((name for name, times in ids.items() if times > 1), None)
    where = f"datasets/{dataset.id}.yaml: sources"
    if twice is not None:
        raise ConfigurationError(f"{where}: {twice!r} is the id of an article that was discovered; give it another")
    for other in list_dataset_ids(home.datasets):
        if other == dataset.id or not may_mention(home.datasets, other, ids.keys()):
            continue
        try:
            others = {one.id for one in read_dataset(home.datasets, other).sources}
        except ConfigurationError:
            continue  # it is told when that dataset's turn comes
        shared = sorted(others & ids.keys())
        if shared:
            raise ConfigurationError(
                f"{where}: {shared[0]!r} is also in datasets/{other}.yaml; give one of them another id"
            )


def collect_sources(home: Workspace, dataset: Dataset, *, offline: bool) -> list[CollectedSource]:
    """Ask every source of a dataset and archive what comes, or take what the archive holds.

    Raises UnreachableError where there is nothing to go on with and trying again may help.
    """
    with home.executor as executor:
        readings = CaptureReader(home.raw, ReadingCache(), executor)
        collected = collect_all(dataset, home.raw, readings, offline=offline, report=report_progress)
    passing = [one for one in collected if one.check and one.check.answer_kind in ("unreachable", "broken off")]
    if passing and not any(one.captures for one in collected):
        first = passing[0]
        archive = f"data/raw/{first.source.id}/"
        raise UnreachableError(f"{first.note}, and {archive} holds no capture; check the address")
    return collected


def extract_plans(home: Workspace, collected: Sequence[CollectedSource]) -> Extracted:
    """Read the plan of every source from the first of its captures that holds one."""
    with home.executor as executor:
        return read_sources(home.raw, collected, executor)


def draft_tables(home: Workspace, dataset: Dataset, extracted: Extracted) -> Draft:
    """Make the tables, keeping the ids of the newest release, and decide what the next version is.

    Where it was decided before, of the very same, that nothing is new, no table is made.
    """
    draft = verdicts.recall_draft(home, dataset, extracted)
    if draft is None:
        from pipeline.drafting import make_draft  # which costs what making tables costs

        draft = make_draft(home, dataset, extracted)
        if draft.version is None:
            verdicts.remember_draft(home, dataset, extracted, draft)
    log.info("%s: %s", dataset.id, "nothing changed" if draft.version is None else f"drafted {draft.version}")
    for note in draft.notes:
        log.warning("datasets/%s.yaml: %s", dataset.id, note)
    return draft


def publish_draft(home: Workspace, dataset: Dataset, draft: Draft, extracted: Extracted) -> None:
    """Put a draft on the shelf as an immutable version."""
    from pipeline.drafting import put_on_shelf

    version = put_on_shelf(home, dataset, draft, extracted)
    log.info("%s: published %s", dataset.id, version)
    if not (dataset.identity or dataset.corrections or dataset.accept):  # of which the next run may have more to say
        verdicts.remember_draft(home, dataset, extracted, draft)


def refuse_if_broken(dataset: Dataset, draft: Draft) -> None:
    """Raise RefusedReleaseError where a check does not hold."""
    if draft.blocking_checks:
        raise ReleaseRefusedError(_describe_refusal(dataset, draft), draft.blocking_checks[0].name)


def _describe_refusal(dataset: Dataset, draft: Draft) -> str:
    """Why a draft may not be published, in one line."""
    check = draft.blocking_checks[0]
    more = f" (and {len(draft.blocking_checks) - 1} more checks)" if len(draft.blocking_checks) > 1 else ""
    accept = f", or accept it for {draft.version} with a reason under accept: in datasets/{dataset.id}.yaml"
    mend = f"look at the source{accept if check.name in ACCEPTABLE else ''}"
    return f"{dataset.id}: not published, {check.name} does not hold: {check.detail}{more}; {mend}"


def _make_outcome(dataset: Dataset, draft: Draft, extracted: Extracted, done: str) -> Outcome:
    version = draft.version or draft.previous_version or ""
    return Outcome(
        dataset.id,
        done,
        version,
        _summarise(draft) if draft.version else "nothing changed",
        draft.checks,
        extracted.source_statuses,
        (*extracted.failures, *([_describe_refusal(dataset, draft)] if done == "refused" else [])),
    )


def _summarise(draft: Draft) -> str:
    from publish.change_notes import summarise_changes

    return summarise_changes(draft)
