"""One source of one dataset, checked again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from collect.archive import Check, store_capture
from config.models import Dataset
from pipeline.collecting import collect_all
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader
from pipeline.sources import CollectedSource, assess_sources


@dataclass
class Watch:
    """A source as its owner writes it, the rest of its dataset, and the archive that it is kept in."""

    raw: Path
    source: dict[str, object]
    settings: dict[str, object] = field(default_factory=dict)
    readings: CaptureReader = field(init=False)

    def __post_init__(self) -> None:
        self.readings = CaptureReader(self.raw, ReadingCache())

    def look(self, *, offline: bool = False) -> CollectedSource:
        return self.look_at_all(offline=offline)[0]

    def look_at_all(self, *, offline: bool = False) -> list[CollectedSource]:
        made = {"id": "towns", "title": "Towns", "licence": "CC0-1.0", "delay": 0, "sources": [self.source]}
        dataset = Dataset.model_validate(made | self.settings)
        return assess_sources(dataset, self.raw, {}) if offline else collect_all(dataset, self.raw, self.readings)

    def look_and_check(self) -> tuple[CollectedSource, Check]:
        source = self.look()
        assert source.check is not None
        return source, source.check

    def check(self) -> Check:
        return self.look_and_check()[1]

    def store_by_hand(self, page: bytes, fetched_at: datetime) -> None:
        """Archive a capture of the source that a person gave."""
        store_capture(
            self.raw,
            page,
            source_id=str(self.source["id"]),
            url=str(self.source["url"]),
            fetched_at=fetched_at,
            method="by hand",
            media_type="text/html",
        )
