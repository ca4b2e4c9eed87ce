"""A dataset's configuration with all that it refers to: the archive, the other datasets, checks and tables.

`config.loader` validates one file by itself. Comes in: the workspace and a dataset's id. Goes out: the `Dataset`, in
which source ids are unique across the workspace, and which accepts and corrects only what exists.
"""

from __future__ import annotations

from collections import Counter

from config.errors import ConfigurationError
from config.loader import list_dataset_ids, may_mention, read_dataset
from config.models import Dataset
from pipeline.sources import list_readable_sources
from pipeline.workspace import Workspace
from transform.models import ACCEPTABLE


def read_configuration(workspace: Workspace, dataset_id: str) -> Dataset:
    """The configuration of a dataset. Raises ConfigurationError if it cannot be used as it is."""
    dataset = read_dataset(workspace.datasets, dataset_id)
    _check_source_ids(workspace, dataset)
    if dataset.corrections:
        from transform.corrections import check_corrections  # loads the tables, which few datasets need here

        check_corrections(dataset.corrections, f"datasets/{dataset.id}.yaml")
    for index, accepted in enumerate(dataset.accept):
        if accepted.check not in ACCEPTABLE:
            where = f"datasets/{dataset.id}.yaml: accept[{index}].check"
            fix = f"name one of {', '.join(ACCEPTABLE)}"
            raise ConfigurationError(f"{accepted.check!r} is not a check that can be accepted", where, fix)
    return dataset


def _check_source_ids(workspace: Workspace, dataset: Dataset) -> None:
    """Raise ConfigurationError if two sources of any dataset share an id, which names a folder of the archive."""
    ids = Counter(source.id for source, *_ in list_readable_sources(dataset, workspace.raw))
    where = f"datasets/{dataset.id}.yaml: sources"
    repeated = next((source_id for source_id, times in ids.items() if times > 1), None)
    if repeated is not None:
        what = f"the source id {repeated!r} is already used by a discovered article"
        raise ConfigurationError(what, where, "give the source another id")
    for other in list_dataset_ids(workspace.datasets):
        if other == dataset.id or not may_mention(workspace.datasets, other, ids.keys()):
            continue
        try:
            other_ids = {source.id for source in read_dataset(workspace.datasets, other).sources}
        except ConfigurationError:
            continue  # reported when that dataset is run
        shared = sorted(other_ids & ids.keys())
        if shared:
            what = f"{shared[0]!r} is also in datasets/{other}.yaml"
            raise ConfigurationError(what, where, "give one of them another id")
