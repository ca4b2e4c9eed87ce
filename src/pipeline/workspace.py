"""The workspace: its folders, and what the environment sets for it.

datasets/<id>.yaml          the datasets' configuration files
data/raw/                   the archive: captures and records, append-only
data/published/<id>/        the releases of a dataset, unless POLICYTASKS_SHELF names another storage
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.read.dask_cluster import open_dask_cluster
from pipeline.read.executors import VARIABLE as WORK
from pipeline.read.executors import BatchExecutor, ClusterOpener, parse_executor
from publish.storage.backend import Storage
from publish.storage.location import SHELF_VARIABLE, SITE_VARIABLE, open_storage, to_folder, to_site


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder `root` with the datasets, the archive and the shelf; `open_cluster` opens a Dask cluster."""

    root: Path
    open_cluster: ClusterOpener = open_dask_cluster

    @property
    def datasets(self) -> Path:
        """The folder of the datasets' configuration files."""
        return self.root / "datasets"

    @property
    def raw(self) -> Path:
        """The folder of the archive."""
        return self.root / "data" / "raw"

    @property
    def site(self) -> str | None:
        """The shelf's address on the web, from POLICYTASKS_SITE. Raises ShelfError if that is not a URL."""
        return to_site(os.environ.get(SITE_VARIABLE))

    @property
    def shelf(self) -> Storage:
        """The storage of the shelf: the one that POLICYTASKS_SHELF names, else `data/published`. Raises ShelfError."""
        folder = self.root / "data" / "published"
        return open_storage(os.environ.get(SHELF_VARIABLE), folder, excluded=(self.raw, self.datasets))

    @property
    def executor(self) -> BatchExecutor:
        """What reads captures, from POLICYTASKS_WORK. Raises ExecutorError if the setting is not valid."""
        return parse_executor(os.environ.get(WORK), self.open_cluster)

    def check_settings(self) -> None:
        """Raise ShelfError or ExecutorError if a setting is not valid; nothing is opened."""
        parse_executor(os.environ.get(WORK), self.open_cluster)
        if setting := os.environ.get(SHELF_VARIABLE):
            to_folder(setting, (self.raw, self.datasets))
        to_site(os.environ.get(SITE_VARIABLE))
