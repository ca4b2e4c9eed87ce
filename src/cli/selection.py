"""The datasets and versions that a command is given by name: those there are, or a line that says which there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cli.terminal import UsageError
from config.models import ID_PATTERN
from publish.releases import list_datasets, read_releases
from publish.storage.backend import Storage

if TYPE_CHECKING:
    from config.models import Source
    from pipeline.workspace import Workspace


def read_version_numbers(storage: Storage, dataset_id: str) -> list[str]:
    """Every version of a dataset, oldest first, those withdrawn, damaged or gone too.

    Raises MisuseError where there is none.
    """
    numbers = read_releases(storage, dataset_id).expected_versions if re.fullmatch(ID_PATTERN, dataset_id) else []
    if not numbers:
        dataset_ids = ", ".join(list_datasets(storage))
        fix = (
            f"those that have one are {dataset_ids}"
            if dataset_ids
            else f"run policytasks publish {dataset_id}".rstrip()
        )
        raise UsageError(f"{dataset_id!r}: no version of it is on the shelf, {storage.describe()}; {fix}")
    return numbers


def check_versions(storage: Storage, dataset_id: str, *given: str) -> None:
    """See that a dataset has the versions named. Raises MisuseError where it has not."""
    numbers = read_version_numbers(storage, dataset_id)
    for number in given:
        if number not in numbers:
            raise UsageError(f"{dataset_id}: has no version {number!r}; its versions are {', '.join(numbers)}")


def select_sources(workspace: Workspace, dataset_id: str, given: list[str]) -> list[Source]:
    """The sources that are named, or all of a dataset. Raises MisuseError where one of them is not in it."""
    import difflib

    from config.loader import read_dataset
    from pipeline.sources import list_sources

    sources = {
        source.id: source for source, _ in list_sources(read_dataset(workspace.datasets, dataset_id), workspace.raw)
    }
    for name in given:
        if name not in sources:
            near = difflib.get_close_matches(name, sources, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(list(sources)[:5])}"
            raise UsageError(f"{dataset_id}: has no source {name!r}; {hint}")
    return [sources[name] for name in given or sources]
