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
from pipeline.collecting import Collected
from pipeline.notify.incidents import RUN, SOURCE, Incident, Observations, find_source_incidents
from pipeline.notify.notify import notify_channels
from pipeline.run import Step, collect_sources, extract_plans, plainly, read_order
from pipeline.select import Extracted
from pipeline.workspace import Home
from publish import shelf
from publish.source_status import Standing


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at a dataset's sources told.

    `changed` are the sources that say otherwise than the newest version, `gone` those that are in it and no longer
    ordered; `failures` has a line a failed source.
    """

    dataset_id: str
    asked: int
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    standing: tuple[Standing, ...]
    failures: tuple[str, ...]

    @property
    def is_news(self) -> bool:
        """Whether publishing may make a new version."""
        return bool(self.changed or self.gone)


def look(home: Home, dataset_id: str, *, step: Step[Any] = plainly) -> Looked:
    """Ask every source of a dataset, archive what comes, and say what is new. Raises one of PolicyTasksError."""
    dataset = read_order(home, dataset_id)
    try:
        collected: list[Collected] = step(collect_sources)(home, dataset, offline=False)
        extracted: Extracted = step(extract_plans)(home, collected)
        looked = _compared(home, dataset, collected, extracted)
    except PolicyTasksError as error:
        trouble = Incident(f"{RUN}:{type(error).__name__}", str(error))
        step(notify_channels)(home, dataset, Observations(frozenset([RUN]), (trouble,)))
        raise
    found = find_source_incidents(extracted.standing, extracted.failures, scheduled=dataset.schedule is not None)
    step(notify_channels)(home, dataset, Observations(frozenset([RUN, SOURCE]), tuple(found)))
    return looked


def _compared(home: Home, dataset: Dataset, collected: Sequence[Collected], extracted: Extracted) -> Looked:
    now = {one.source_id: one.capture_id for one in extracted.announced}
    newest = shelf.newest(home.shelf, dataset.id)
    columns = {"documents": ["source_id", "capture_id"]}
    rows = shelf.read_tables(newest, columns)["documents"].to_pylist() if newest else []
    then = {row["source_id"]: row["capture_id"] for row in rows}
    return Looked(
        dataset.id,
        asked=sum(one.check is not None for one in collected),
        changed=tuple(sorted(name for name, capture_id in now.items() if then.get(name) != capture_id)),
        gone=tuple(sorted(then.keys() - now.keys())),
        standing=extracted.standing,
        failures=extracted.failures,
    )


def in_words(looked: Looked) -> str:
    """What is new, in a few words."""
    parts = [
        f"{len(names)} source{'' if len(names) == 1 else 's'} {verb}"
        for names, verb in ((looked.changed, "changed"), (looked.gone, "gone"))
        if names
    ]
    return ", ".join(parts) or "nothing changed"
