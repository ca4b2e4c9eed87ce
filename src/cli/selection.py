"""What a command works on: the workspace, and datasets, sources and versions by their names.

A name that stands for nothing raises UsageError, which lists the names that there are.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cli.terminal import UsageError

if TYPE_CHECKING:
    from config.models import Source
    from pipeline.workspace import Workspace
    from publish.storage.backend import Storage


def find_workspace(options: argparse.Namespace) -> Workspace:
    """The workspace that --home names, or else the nearest at or above the current folder; its settings are valid."""
    from pipeline.read.executors import ExecutorError
    from pipeline.workspace import Workspace
    from publish.storage.backend import ShelfError

    current = Path.cwd()
    candidates: list[Path] = [options.home] if options.home else [current, *current.parents]
    folder = next((folder for folder in candidates if (folder / "datasets").is_dir()), None)
    if folder is None:
        raise UsageError(
            "has no datasets/ folder", str(candidates[0]), "change to the checkout, or name it with --home"
        )
    workspace = Workspace(folder.resolve())
    try:
        workspace.check_settings()
    except (ShelfError, ExecutorError) as error:
        raise UsageError(error.what, error.where, error.fix) from error
    return workspace


def select_datasets(workspace: Workspace, names: list[str]) -> list[str]:
    """The datasets of these names, once each; without names all that the workspace has."""
    from config.loader import list_dataset_ids

    dataset_ids = names or list_dataset_ids(workspace.datasets)
    if not dataset_ids:
        raise UsageError("holds no dataset", "datasets/", "write one as <id>.yaml")
    return list(dict.fromkeys(dataset_ids))


def select_sources(workspace: Workspace, dataset_id: str, names: list[str]) -> tuple[list[Source], list[str]]:
    """The sources of these names; without names all of the dataset, those that it discovered included.

    With them a line for each record of articles that cannot be read: its articles are not among them.
    """
    from collect.discovery import is_named_after
    from config.defects import explain_error
    from config.loader import read_dataset
    from config.text import propose_name
    from pipeline.sources import list_readable_sources

    listed = list(list_readable_sources(read_dataset(workspace.datasets, dataset_id), workspace.raw))
    sources = {source.id: source for source, *_ in listed}
    unread = [(source, problem) for source, _, problem, _ in listed if problem is not None]
    for name in names:
        if name not in sources:
            if parent := next((parent for parent in unread if is_named_after(name, parent[0].id)), None):
                raise parent[1]
            fix = propose_name(name, sources, f"there are: {', '.join(list(sources)[:5])}")
            raise UsageError(f"has no source {name!r}", dataset_id, fix)
    problems = [] if names else [explain_error(problem, source.id) for source, problem in unread]
    return [sources[name] for name in names or sources], problems


def check_versions(storage: Storage, dataset_id: str, *versions: str) -> None:
    """Raise UsageError unless the dataset has releases, and among them all these versions.

    Versions that are withdrawn, damaged or lost count: `verify` and `withdraw` are about them.
    """
    import re

    from config.models import ID_PATTERN
    from publish.releases import list_datasets, read_releases

    numbers = read_releases(storage, dataset_id).expected_versions if re.fullmatch(ID_PATTERN, dataset_id) else []
    if not numbers:
        dataset_ids = ", ".join(list_datasets(storage))
        fix = f"datasets with a version: {dataset_ids}" if dataset_ids else f"run policytasks publish {dataset_id}"
        raise UsageError(f"no version of it is published in {storage.describe()}", repr(dataset_id), fix)
    for version in versions:
        if version not in numbers:
            raise UsageError(f"has no version {version!r}", dataset_id, f"its versions are {', '.join(numbers)}")
