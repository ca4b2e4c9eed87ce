"""One run of one dataset, from top to bottom: collect → extract → transform → publish → catalog → notify.

`run_dataset` and `preview_run` are given how to run a step: as a plain call, or as a Prefect task. So the same steps
run with and without Prefect, and nothing here imports it. The steps themselves are in `steps.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.errors import PolicyTasksError
from config.models import Dataset
from pipeline.configuration import read_configuration
from pipeline.errors import ReleaseRefusedError
from pipeline.notify.channels import notify_channels
from pipeline.notify.incidents import RELEASE, RUN, SOURCE, Incident, Observations, find_source_incidents
from pipeline.select import Extracted
from pipeline.steps import (
    Step,
    collect_sources,
    draft_tables,
    extract_plans,
    keep_failing_sources,
    make_refusal,
    publish_draft,
    refuse_if_broken,
    run_directly,
    update_catalog,
)
from pipeline.workspace import Workspace
from publish.locking import lock_dataset
from publish.releases import DatasetReleases, Release, read_releases
from publish.shelf_files import write_catalog, write_sources
from publish.source_status import SourceStatus, to_rows
from publish.storage.backend import BusyError, ShelfError
from transform.models import Draft, ReleaseCheck

if TYPE_CHECKING:
    from pipeline.dry_run import Preview

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended: `status` is published or unchanged, of a dry run planned, refused or unchanged.

    `version` is the newest one, of a dry run the planned one; `failures` has a line for each failed source, and one
    that says why the release, or what is kept out of it, is not published. `release_or_preview` is the newest release,
    of a dry run its preview.
    """

    dataset_id: str
    status: str
    version: str
    summary: str
    checks: tuple[ReleaseCheck, ...]
    source_statuses: tuple[SourceStatus, ...]
    failures: tuple[str, ...]
    release_or_preview: Release | Preview


def run_dataset(
    workspace: Workspace, dataset_id: str, *, offline: bool = False, step: Step[Any] = run_directly
) -> RunResult:
    """Fetch, read and publish a dataset, and notify its channels; if `offline`, from the archive as it is.

    Raises a PolicyTasksError if the run fails. Then no version is published, but the source statuses that the run found
    are.
    """
    dataset = read_configuration(workspace, dataset_id)
    extracted: Extracted | None = None
    published: Draft | None = None
    refusal: ReleaseRefusedError | None = None
    try:
        storage = workspace.shelf  # first: a shelf that cannot be opened ends the run before any work
        collected = step(collect_sources)(workspace, dataset, offline=offline)
        extracted = step(extract_plans)(workspace, dataset, collected)
        with lock_dataset(storage, dataset.id) as earlier:
            releases = earlier
            draft, extracted, refusal = _draft_release(workspace, dataset, extracted, releases, step)
            try:
                if draft.version is not None:
                    refuse_if_broken(dataset, draft)
                    releases = step(publish_draft)(dataset, draft, extracted, releases)
                    published = draft
            except PolicyTasksError:
                try:
                    _update_shelf(workspace, releases, extracted.source_statuses, step)
                except ShelfError as error:  # logged, so that the run ends with the first error
                    log.warning("%s", error)
                raise
            _update_shelf(workspace, releases, extracted.source_statuses, step)
            newest = releases.read(draft.version or draft.previous_version or "")
    except BusyError:
        raise  # the run that holds the shelf notifies
    except PolicyTasksError as error:
        step(notify_channels)(workspace, dataset, _observe(dataset, extracted, published, error))
        raise
    step(notify_channels)(workspace, dataset, _observe(dataset, extracted, published, refusal))
    return _make_result(dataset, draft, extracted, "published" if published else "unchanged", newest, refusal=refusal)


def preview_run(
    workspace: Workspace, dataset_id: str, *, offline: bool = False, step: Step[Any] = run_directly
) -> RunResult:
    """What `run_dataset` would do with the archive as it is; nothing is fetched, written or sent.

    If `offline`, the preview names no source to fetch. Raises PolicyTasksError as `run_dataset` does.
    """
    from pipeline.dry_run import make_preview  # loads what tables are made with

    dataset = read_configuration(workspace, dataset_id)
    storage = workspace.shelf  # first, as in `run_dataset`
    collected = step(collect_sources)(workspace, dataset, offline=True)
    extracted = step(extract_plans)(workspace, dataset, collected)
    releases = read_releases(storage, dataset.id)
    draft, extracted, refusal = _draft_release(workspace, dataset, extracted, releases, step)
    preview = make_preview(collected, extracted, draft, offline=offline)
    if draft.version is None:
        return _make_result(dataset, draft, extracted, "unchanged", preview)
    if draft.blocking_checks:
        return _make_result(dataset, draft, extracted, "refused", preview, refusal=make_refusal(dataset, draft))
    return _make_result(dataset, draft, extracted, "planned", preview, refusal=refusal)


def publish_source_statuses(
    workspace: Workspace, dataset_id: str, statuses: Sequence[SourceStatus], *, step: Step[Any] = run_directly
) -> None:
    """Publish the statuses of sources that were checked without a new version; while another run has the lock, skip it.

    Raises ShelfError.
    """
    try:
        with lock_dataset(workspace.shelf, dataset_id) as releases:
            _update_shelf(workspace, releases, statuses, step)
    except BusyError as error:
        log.info("%s", error)  # that run publishes the statuses too


def _draft_release(
    workspace: Workspace, dataset: Dataset, extracted: Extracted, releases: DatasetReleases, step: Step[Any]
) -> tuple[Draft, Extracted, ReleaseRefusedError | None]:
    """The draft of the next version, the documents that it is made from, and why some of them stay as they were.

    If checks fail in some sources alone and the others have something new, the draft is that of the others. So no
    source can stop the others by what it says.
    """
    draft = step(draft_tables)(workspace, dataset, extracted, releases)
    if not draft.failing_documents:
        return draft, extracted, None
    kept = step(keep_failing_sources)(draft, extracted, releases)
    rest = step(draft_tables)(workspace, dataset, kept, releases)
    if rest.version is None or rest.blocking_checks:
        return draft, extracted, None
    refusal = make_refusal(dataset, draft, is_kept=True)
    log.warning("%s", refusal)
    return rest, kept, refusal


def _update_shelf(
    workspace: Workspace, releases: DatasetReleases, statuses: Sequence[SourceStatus], step: Step[Any]
) -> None:
    """Bring what stands beside the versions up to date: source statuses, catalog and pages. Raises ShelfError."""
    write_sources(releases, to_rows(statuses))
    write_catalog(releases, workspace.site)
    step(update_catalog)(workspace, releases)


def _observe(
    dataset: Dataset, extracted: Extracted | None, published: Draft | None, error: PolicyTasksError | None = None
) -> Observations:
    """What a run observed, as far as it came: the sources if they were read, the release if one was judged."""
    judged, incidents = {RUN}, list[Incident]()
    if extracted is not None:
        judged.add(SOURCE)
        scheduled = dataset.schedule is not None
        incidents += find_source_incidents(extracted.source_statuses, extracted.failures, scheduled=scheduled)
    if error is None or isinstance(error, ReleaseRefusedError):
        judged.add(RELEASE)
    if isinstance(error, ReleaseRefusedError):
        incidents.append(Incident(f"{RELEASE}:{error.check}", str(error)))
    elif error is not None:
        incidents.append(Incident(f"{RUN}:{type(error).__name__}", str(error)))
    version = published.version if published else None
    return Observations(frozenset(judged), tuple(incidents), version, _summarise(published) if published else "")


def _make_result(
    dataset: Dataset,
    draft: Draft,
    extracted: Extracted,
    status: str,
    release_or_preview: Release | Preview,
    *,
    refusal: ReleaseRefusedError | None = None,
) -> RunResult:
    return RunResult(
        dataset_id=dataset.id,
        status=status,
        version=draft.version or draft.previous_version or "",
        summary=_summarise(draft) if draft.version else "nothing changed",
        checks=draft.checks,
        source_statuses=extracted.source_statuses,
        failures=(*extracted.failures, *([str(refusal)] if refusal else [])),
        release_or_preview=release_or_preview,
    )


def _summarise(draft: Draft) -> str:
    from publish.change_notes import summarise_changes

    return summarise_changes(draft)
