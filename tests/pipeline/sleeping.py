"""A batch that takes long. Dask's scheduler imports this module, so that it imports nothing that takes a while."""

from __future__ import annotations

import time
from pathlib import Path


def touch_and_sleep(path: str) -> None:
    """Show by a file that the batch is under way, and stay so."""
    Path(path).touch()
    time.sleep(600)
