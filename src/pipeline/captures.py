"""The evidence behind a row: the capture that its document was read from, with its text, out of the archive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from catalog.view import Archive, Evidence
from collect.archive import ArchiveError, Capture, read_bytes, read_captures
from config.models import Dataset, Source
from pipeline.collecting import sources_of
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader
from pipeline.workspace import Workspace
from publish import shelf
from publish.shelf import PROVENANCE, Release
from publish.storage.backend import ShelfError

Row = Mapping[str, Any]


def make_evidence_reader(home: Workspace, dataset_id: str) -> Archive:
    """What shows the capture of a dataset's document; that one raises ArchiveError where the archive has it not."""
    readings = CaptureReader(home.raw, ReadingCache())

    @cache
    def sources() -> dict[str, Source]:
        newest = shelf.newest(home.shelf, dataset_id)
        order = read_order(newest) if newest else None
        return map_sources(home, order) if order else {}

    def show(document: Row, capture: Row) -> Evidence:
        source = sources().get(document["source_id"])
        found = find_capture(home, capture["source_id"], capture["capture_id"])
        content = read_bytes(home.raw, found)
        text = readings.read_text(source or Source(id=found.source_id, url=document["url"]), found)
        return Evidence(f"data/raw/{found.source_id}/{found.file_name}", content, text)

    return show


def read_order(one: Release) -> Dataset | None:
    """What a version was made after, as it says; None for one of before this was told. Raises ShelfError."""
    said = shelf.read_provenance(one).get("order")
    try:
        return Dataset.model_validate_json(json.dumps(said)) if said else None
    except ValidationError:
        where = one.place.describe(f"{one.folder}/{PROVENANCE}")
        raise ShelfError(f"{where}: holds an order that cannot be understood; {one.place.repair_hint}") from None


def map_sources(home: Workspace, order: Dataset) -> dict[str, Source]:
    """The sources of an order by their id, those discovered too."""
    return {source.id: source for source, _ in sources_of(order, home.raw)}


def find_capture(home: Workspace, source_id: str, capture_id: str) -> Capture:
    """A capture by its SHA-256. Raises ArchiveError where the archive has it no more."""
    found = next((one for one in read_captures(home.raw, source_id) if one.capture_id == capture_id), None)
    if found is None:
        raise ArchiveError(f"data/raw/{source_id}/ has no capture {capture_id[:12]}… any more")
    return found
