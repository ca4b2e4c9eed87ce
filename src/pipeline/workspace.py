"""The folder that holds the order book, the archive and the shelf."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.read.executors import VARIABLE as WORK
from pipeline.read.executors import BatchExecutor, ClusterOpener, open_dask_cluster, parse_executor
from publish.storage.backend import Storage
from publish.storage.location import SHELF_VARIABLE, SITE_VARIABLE, folder_of, open_storage, site_of


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder that holds the order book, the archive and the shelf; `cluster` opens a Dask cluster to read with."""

    root: Path
    open_cluster: ClusterOpener = open_dask_cluster

    @property
    def datasets(self) -> Path:
        """The order book."""
        return self.root / "datasets"

    @property
    def raw(self) -> Path:
        """The archive."""
        return self.root / "data" / "raw"

    @property
    def site(self) -> str | None:
        """The shelf's address on the web, as POLICYTASKS_SITE says it. Raises ShelfError where it is none."""
        return site_of(os.environ.get(SITE_VARIABLE))

    @property
    def shelf(self) -> Storage:
        """The shelf: where POLICYTASKS_SHELF says, else in this folder. Raises ShelfError."""
        return open_storage(
            os.environ.get(SHELF_VARIABLE), self.root / "data" / "published", excluded=(self.raw, self.datasets)
        )

    @property
    def executor(self) -> BatchExecutor:
        """Those who read captures, as POLICYTASKS_WORK says. Raises WorkError where it names no place of work."""
        return parse_executor(os.environ.get(WORK), self.open_cluster)

    def check_settings(self) -> None:
        """See that the settings can be what they are to be; nothing is opened. Raises ShelfError and WorkError."""
        parse_executor(os.environ.get(WORK), self.open_cluster)
        if setting := os.environ.get(SHELF_VARIABLE):
            folder_of(setting, (self.raw, self.datasets))
        site_of(os.environ.get(SITE_VARIABLE))
