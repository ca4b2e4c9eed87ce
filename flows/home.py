"""The folder that holds the order book, the archive and the shelf."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds the order book, the archive and the shelf."""

    root: Path

    @property
    def datasets(self) -> Path:
        """The order book."""
        return self.root / "datasets"

    @property
    def raw(self) -> Path:
        """The archive."""
        return self.root / "data" / "raw"

    @property
    def shelf(self) -> Path:
        """The shelf."""
        return self.root / "data" / "published"
