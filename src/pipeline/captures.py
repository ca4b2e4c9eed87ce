"""The evidence behind a published row: the archived capture that its document was read from, with its text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from pydantic import ValidationError

from catalog.evidence import Archive, CaptureEvidence, Row
from collect.archive import ArchiveError, Capture, read_bytes, read_captures
from config.models import Dataset, Source
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader
from pipeline.sources import CollectedSource, list_sources
from pipeline.workspace import Workspace
from publish.releases import PROVENANCE, DatasetReleases, Release, read_releases
from publish.storage.backend import ShelfError
from publish.tables import read_tables


def make_evidence_reader(workspace: Workspace, releases: DatasetReleases) -> Archive:
    """A function from a document and its capture, as rows, to the evidence.

    The function raises ArchiveError if the archive has no such capture.
    """
    reader = CaptureReader(workspace.raw, ReadingCache())

    @cache
    def load_sources() -> dict[str, Source]:
        newest = releases.find_newest()
        dataset = read_release_configuration(newest) if newest else None
        return index_sources(workspace, dataset) if dataset else {}

    def read_evidence(document: Row, row: Row) -> CaptureEvidence:
        source = load_sources().get(document["source_id"])
        capture = find_capture(workspace, row["source_id"], row["capture_id"])
        content = read_bytes(workspace.raw, capture)
        text = reader.read_text(source or Source(id=capture.source_id, url=document["url"]), capture)
        return CaptureEvidence(f"data/raw/{capture.source_id}/{capture.file_name}", content, text)

    return read_evidence


def read_release_configuration(release: Release) -> Dataset | None:
    """The dataset configuration that a version was made with; None for an old version without it.

    Raises ShelfError if it cannot be read.
    """
    provenance = release.read_provenance()
    try:
        return Dataset.model_validate_json(json.dumps(provenance.order)) if provenance else None
    except ValidationError as error:
        what = "holds a dataset configuration that is not valid"
        raise ShelfError(what, release.describe(PROVENANCE), release.storage.repair_hint) from error


def index_sources(workspace: Workspace, dataset: Dataset) -> dict[str, Source]:
    """The sources of a dataset by their id, those that were discovered among them."""
    return {source.id: source for source, _ in list_sources(dataset, workspace.raw)}


def add_published_captures(
    workspace: Workspace, dataset: Dataset, collected: Sequence[CollectedSource]
) -> list[CollectedSource]:
    """The sources, those of which the record cannot be read with the capture that the newest version was made from.

    So their rows stay as they are published. Raises ShelfError where that version cannot be read.
    """
    newest = read_releases(workspace.shelf, dataset.id).find_newest()
    if newest is None:
        return list(collected)
    tables = read_tables(newest, {"documents": ["source_id", "capture_id", "url"], "captures": None})
    documents = {row["source_id"]: row for row in tables["documents"].to_pylist()}
    captures = {row["capture_id"]: row for row in tables["captures"].to_pylist()}
    return [
        _add_published_capture(source, document, captures)
        if source.is_stopped and (document := documents.get(source.source.id))
        else source
        for source in collected
    ]


def _add_published_capture(source: CollectedSource, document: Row, captures: Mapping[str, Row]) -> CollectedSource:
    row = {**captures[document["capture_id"]], "source_id": source.source.id, "method": "http"}
    return replace(source, captures=(Capture(**row),), address=document["url"])


def find_capture(workspace: Workspace, source_id: str, capture_id: str) -> Capture:
    """A capture by its SHA-256. Raises ArchiveError if the archive has it no more."""
    for capture in read_captures(workspace.raw, source_id):
        if capture.capture_id == capture_id:
            return capture
    raise ArchiveError(f"data/raw/{source_id}/ has no capture {capture_id[:12]}… any more")
