"""Checks whether anything changed at the sources of a dataset; nothing is published.

The sources are fetched and judged, and compared with what the newest version was made from. So a change that was seen
and not published yet (the run was killed, the release refused) counts until it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.errors import PolicyTasksError
from config.models import Dataset
from config.text import format_count
from pipeline.configuration import read_configuration
from pipeline.notify.channels import notify_channels
from pipeline.notify.incidents import RUN, SOURCE, Incident, Observations, find_source_incidents
from pipeline.select import Extracted
from pipeline.steps import Step, collect_sources, extract_plans, run_directly
from pipeline.workspace import Workspace
from publish.releases import read_releases
from publish.source_status import SourceStatus
from publish.tables import read_tables


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """What a check of a dataset's sources showed.

    `changed` are the sources whose capture is not that of the newest version, `gone` those that are in it and no longer
    in the dataset's file; `failures` has a line for each failed source.
    """

    dataset_id: str
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    source_statuses: tuple[SourceStatus, ...]
    failures: tuple[str, ...]

    @property
    def has_news(self) -> bool:
        """Whether publishing may make a new version."""
        return bool(self.changed or self.gone)


def check_dataset(workspace: Workspace, dataset_id: str, *, step: Step[Any] = run_directly) -> DatasetCheck:
    """Fetch every source of a dataset, archive what comes, and compare it with the newest version.

    The dataset's channels are notified. Raises PolicyTasksError if the check fails.
    """
    dataset = read_configuration(workspace, dataset_id)
    try:
        collected = step(collect_sources)(workspace, dataset, offline=False)
        extracted: Extracted = step(extract_plans)(workspace, dataset, collected)
        check = _compare_with_newest(workspace, dataset, extracted)
    except PolicyTasksError as error:
        incident = Incident(f"{RUN}:{type(error).__name__}", str(error))
        step(notify_channels)(workspace, dataset, Observations(frozenset([RUN]), (incident,)))
        raise
    scheduled = dataset.schedule is not None
    incidents = find_source_incidents(extracted.source_statuses, extracted.failures, scheduled=scheduled)
    step(notify_channels)(workspace, dataset, Observations(frozenset([RUN, SOURCE]), tuple(incidents)))
    return check


def _compare_with_newest(workspace: Workspace, dataset: Dataset, extracted: Extracted) -> DatasetCheck:
    now = {document.source_id: document.capture_id for document in extracted.announced}
    newest = read_releases(workspace.shelf, dataset.id).find_newest()
    columns = {"documents": ["source_id", "capture_id"]}
    rows = read_tables(newest, columns)["documents"].to_pylist() if newest else []
    published = {row["source_id"]: row["capture_id"] for row in rows}
    return DatasetCheck(
        dataset.id,
        changed=tuple(sorted(name for name, capture_id in now.items() if published.get(name) != capture_id)),
        gone=tuple(sorted(published.keys() - now.keys())),
        source_statuses=extracted.source_statuses,
        failures=extracted.failures,
    )


def summarise_check(check: DatasetCheck) -> str:
    """What is new, in a few words."""
    parts = [
        f"{format_count(len(names), 'source')} {verb}"
        for names, verb in ((check.changed, "changed"), (check.gone, "gone"))
        if names
    ]
    return ", ".join(parts) or "nothing changed"
