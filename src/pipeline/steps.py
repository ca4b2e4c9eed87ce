"""The steps of a run: each takes the results of earlier steps and returns what the next one needs.

`run.py` calls them in order. Each can run as a plain call or as a Prefect task, so none keeps anything in a
variable of this module. Code that takes seconds to load, and that only a run with something to fetch or to write needs,
is imported inside the step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from config.interruption import check_interruption
from config.models import Dataset
from config.timestamps import read_clock
from pipeline import decisions
from pipeline.errors import ReleaseRefusedError
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader
from pipeline.select import Extracted, Restorer, read_sources
from pipeline.sources import CollectedSource, assess_sources
from pipeline.workspace import Workspace
from publish.releases import DatasetReleases
from transform.models import ACCEPTABLE, Draft

log = logging.getLogger(__name__)

# Sources that a line names at most.
MOST_NAMED = 5

Function = TypeVar("Function", bound=Callable[..., Any])
# How a step is run: takes its function and returns one that is called in its place.
Step = Callable[[Function], Function]


def run_directly(function: Function) -> Function:
    """Run a step as a plain call. Raises KeyboardInterrupt if the process was told to end."""
    check_interruption()
    return function


def collect_sources(workspace: Workspace, dataset: Dataset, *, offline: bool) -> list[CollectedSource]:
    """Fetch every source of a dataset and archive what comes; if `offline`, use what the archive holds.

    Raises UnreachableError if there is nothing to go on with and trying again may help.
    """
    if offline:
        return _add_published(workspace, dataset, assess_sources(dataset, workspace.raw, {}))
    from collect.fetch import UnreachableError
    from pipeline.collecting import collect_all

    with workspace.executor as executor:
        collected = collect_all(dataset, workspace.raw, CaptureReader(workspace.raw, ReadingCache(), executor))
    collected = _add_published(workspace, dataset, collected)
    if not any(source.captures for source in collected):
        for item in collected:
            if item.check and item.check.answer_kind in ("unreachable", "broken off"):
                what = f"{item.note}, and data/raw/{item.source.id}/ holds no capture"
                raise UnreachableError(what, fix="check the address and the network")
    return collected


def _add_published(workspace: Workspace, dataset: Dataset, collected: list[CollectedSource]) -> list[CollectedSource]:
    """The sources, of those whose record cannot be read what is published."""
    if not any(source.is_stopped for source in collected):
        return collected
    from pipeline.captures import list_published_articles, make_restorer

    restore = make_restorer(workspace, dataset)
    sources = [restore(source) if source.is_stopped else source for source in collected]
    return [*sources, *list_published_articles(workspace, dataset, collected)]


def extract_plans(workspace: Workspace, dataset: Dataset, collected: Sequence[CollectedSource]) -> Extracted:
    """Read the plan of every source from the first of its captures that holds one.

    A source whose captures cannot be read is stopped: what is published of it stays. Raises NoPlanError and ShelfError.
    """

    @cache
    def load_restorer() -> Restorer:
        from pipeline.captures import make_restorer  # loads what tables are read with, which few runs need

        return make_restorer(workspace, dataset)

    def restore(source: CollectedSource) -> CollectedSource:
        return load_restorer()(source)

    with workspace.executor as executor:
        return read_sources(workspace.raw, collected, executor, restore)


def draft_tables(workspace: Workspace, dataset: Dataset, extracted: Extracted, releases: DatasetReleases) -> Draft:
    """Make the tables of the next version, with the ids of the newest release; `version` is None if nothing is new.

    If an earlier run decided for the same inputs that nothing is new, no table is made.
    """
    draft = decisions.recall_draft(dataset, extracted, releases)
    if draft is None:
        from pipeline.drafting import make_draft

        draft = make_draft(workspace.raw, dataset, extracted, releases)
        if draft.version is None:
            decisions.remember_draft(dataset, extracted, draft, releases)
    log.info("%s: %s", dataset.id, "nothing changed" if draft.version is None else f"drafted {draft.version}")
    for note in draft.notes:
        log.warning("datasets/%s.yaml: %s", dataset.id, note)
    return draft


def keep_failing_sources(draft: Draft, extracted: Extracted, releases: DatasetReleases) -> Extracted:
    """The documents of a dataset, of which those stay as they are published in which a check of the draft fails."""
    from pipeline.drafting import keep_published

    return keep_published(extracted, releases, draft.failing_documents)


def publish_draft(dataset: Dataset, draft: Draft, extracted: Extracted, releases: DatasetReleases) -> DatasetReleases:
    """Publish a draft as an immutable version; returns the releases with it."""
    from pipeline.drafting import gather_problems
    from publish.release import publish_release

    problems = gather_problems(draft, releases)
    releases = publish_release(
        releases, dataset, draft, read_clock(), problems=problems, statuses=extracted.source_statuses
    )
    log.info("%s: published %s", dataset.id, draft.version)
    if not (dataset.identity or dataset.corrections or dataset.accept):  # the next run may have notes on these
        decisions.remember_draft(dataset, extracted, draft, releases)
    return releases


def update_catalog(workspace: Workspace, releases: DatasetReleases) -> None:
    """Bring the catalog's pages up to date with the shelf; the caller holds the dataset's lock. Raises ShelfError."""
    dataset_id = releases.dataset_id
    if decisions.are_pages_current(workspace, dataset_id):
        return
    from catalog import build
    from pipeline.captures import make_evidence_reader

    archive = make_evidence_reader(workspace, releases)
    build.write_dataset_pages(workspace.shelf, dataset_id, workspace.site, archive)
    build.write_home_pages(workspace.shelf, workspace.site, archive)
    decisions.remember_pages(workspace, dataset_id)


def refuse_if_broken(dataset: Dataset, draft: Draft) -> None:
    """Raise ReleaseRefusedError if a check of a draft does not hold."""
    if draft.blocking_checks:
        raise make_refusal(dataset, draft)


def make_refusal(dataset: Dataset, draft: Draft, *, is_kept: bool = False) -> ReleaseRefusedError:
    """The error that says why a draft with failed checks may not be published.

    If `is_kept`, the others are published without the sources in which the checks fail.
    """
    check = draft.blocking_checks[0]
    more = f" (and {len(draft.blocking_checks) - 1} more checks)" if len(draft.blocking_checks) > 1 else ""
    accept = f", or accept it for {draft.version} with a reason under accept: in datasets/{dataset.id}.yaml"
    names = ", ".join(sorted(draft.failing_documents)[:MOST_NAMED])
    others = len(draft.failing_documents) - MOST_NAMED
    stays = f"; the rows of {names}{f' and {others} more' if others > 0 else ''} stay as they are published"
    what = f"{check.name} does not hold: {check.detail}{more}"
    return ReleaseRefusedError(
        f"{what}{stays}" if is_kept else f"not published, {what}",
        where=dataset.id,
        fix=f"look at the source{accept if check.name in ACCEPTABLE else ''}",
        check=check.name,
    )
