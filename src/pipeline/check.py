"""Has anything changed at the sources? They are asked and judged; nothing is published.

What a source says now is held against what the newest version was made from, so that a change which was seen and not
published yet (the run was killed, the release refused) counts until it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.errors import PolicyTasksError
from config.models import Dataset
from pipeline.collecting import CollectedSource
from pipeline.notify.incidents import RUN, SOURCE, Incident, Observations, find_source_incidents
from pipeline.notify.notify import notify_channels
from pipeline.run import Step, collect_sources, extract_plans, read_configuration, run_directly
from pipeline.select import Extracted
from pipeline.workspace import Workspace
from publish import shelf
from publish.source_status import SourceStatus


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """What looking at a dataset's sources told.

    `changed` are the sources that say otherwise than the newest version, `gone` those that are in it and no longer
    ordered; `failures` has a line a failed source.
    """

    dataset_id: str
    checked_count: int
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    source_statuses: tuple[SourceStatus, ...]
    failures: tuple[str, ...]

    @property
    def has_news(self) -> bool:
        """Whether publishing may make a new version."""
        return bool(self.changed or self.gone)


def check_dataset(home: Workspace, dataset_id: str, *, step: Step[Any] = run_directly) -> DatasetCheck:
    """Ask every source of a dataset, archive what comes, and say what is new. Raises one of PolicyTasksError."""
    dataset = read_configuration(home, dataset_id)
    try:
        collected: list[CollectedSource] = step(collect_sources)(home, dataset, offline=False)
        extracted: Extracted = step(extract_plans)(home, collected)
        looked = _compare_with_newest(home, dataset, collected, extracted)
    except PolicyTasksError as error:
        trouble = Incident(f"{RUN}:{type(error).__name__}", str(error))
        step(notify_channels)(home, dataset, Observations(frozenset([RUN]), (trouble,)))
        raise
    found = find_source_incidents(extracted.source_statuses, extracted.failures, scheduled=dataset.schedule is not None)
    step(notify_channels)(home, dataset, Observations(frozenset([RUN, SOURCE]), tuple(found)))
    return looked


def _compare_with_newest(
    home: Workspace, dataset: Dataset, collected: Sequence[CollectedSource], extracted: Extracted
) -> DatasetCheck:
    now = {one.source_id: one.capture_id for one in extracted.announced}
    newest = shelf.newest(home.shelf, dataset.id)
    columns = {"documents": ["source_id", "capture_id"]}
    rows = shelf.read_tables(newest, columns)["documents"].to_pylist() if newest else []
    then = {row["source_id"]: row["capture_id"] for row in rows}
    return DatasetCheck(
        dataset.id,
        checked_count=sum(one.check is not None for one in collected),
        changed=tuple(sorted(name for name, capture_id in now.items() if then.get(name) != capture_id)),
        gone=tuple(sorted(then.keys() - now.keys())),
        source_statuses=extracted.source_statuses,
        failures=extracted.failures,
    )


def describe_check(looked: DatasetCheck) -> str:
    """What is new, in a few words."""
    parts = [
        f"{len(names)} source{'' if len(names) == 1 else 's'} {verb}"
        for names, verb in ((looked.changed, "changed"), (looked.gone, "gone"))
        if names
    ]
    return ", ".join(parts) or "nothing changed"
