"""The workspace: a folder with `datasets/` and `data/`, and what the environment sets for it.

<root>/datasets/           dataset configurations, such as china-2026.yaml
<root>/data/raw/           the archive
<root>/data/published/     the shelf, unless POLICYTASKS_SHELF names another location
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.read.dask_cluster import open_dask_cluster
from pipeline.read.executors import VARIABLE as WORK
from pipeline.read.executors import BatchExecutor, ClusterOpener, parse_executor
from publish.storage.backend import Storage
from publish.storage.location import SHELF_VARIABLE, SITE_VARIABLE, folder_of, open_storage, site_of


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder that holds the datasets, the archive and the shelf; `open_cluster` opens a Dask cluster."""

    root: Path
    open_cluster: ClusterOpener = open_dask_cluster

    @property
    def datasets(self) -> Path:
        """The folder of the dataset configurations."""
        return self.root / "datasets"

    @property
    def raw(self) -> Path:
        """The folder of the archive."""
        return self.root / "data" / "raw"

    @property
    def site(self) -> str | None:
        """The shelf's address on the web, from POLICYTASKS_SITE. Raises ShelfError where that is not a URL."""
        return site_of(os.environ.get(SITE_VARIABLE))

    @property
    def shelf(self) -> Storage:
        """The storage of the shelf: where POLICYTASKS_SHELF says, else in this folder. Raises ShelfError."""
        return open_storage(
            os.environ.get(SHELF_VARIABLE), self.root / "data" / "published", excluded=(self.raw, self.datasets)
        )

    @property
    def executor(self) -> BatchExecutor:
        """What reads captures, from POLICYTASKS_WORK. Raises ExecutorError where the setting is not valid."""
        return parse_executor(os.environ.get(WORK), self.open_cluster)

    def check_settings(self) -> None:
        """Raise ShelfError or ExecutorError where a setting is not valid; nothing is opened."""
        parse_executor(os.environ.get(WORK), self.open_cluster)
        if setting := os.environ.get(SHELF_VARIABLE):
            folder_of(setting, (self.raw, self.datasets))
        site_of(os.environ.get(SITE_VARIABLE))
