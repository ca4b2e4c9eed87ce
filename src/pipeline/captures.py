"""The evidence behind a published row: the archived capture that its document was read from, with its text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from pydantic import ValidationError

from catalog.evidence import Archive, CaptureEvidence, Row
from collect.archive import EARLIEST, ArchiveError, Capture, DiscoveredArticle, read_bytes, read_captures
from collect.discovery import is_named_after, to_source
from config.models import Dataset, Source
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader
from pipeline.select import Restorer
from pipeline.sources import CollectedSource, ListedSource, list_readable_sources, list_sources
from pipeline.workspace import Workspace
from publish.releases import PROVENANCE, DatasetReleases, Release, read_releases
from publish.source_status import SourceStatus
from publish.storage.backend import ShelfError
from publish.tables import read_tables


def make_evidence_reader(workspace: Workspace, releases: DatasetReleases) -> Archive:
    """A function from a document and its capture, as rows, to the evidence.

    The function raises ArchiveError if the archive has no such capture.
    """
    reader = CaptureReader(workspace.raw, ReadingCache())

    @cache
    def load_sources() -> dict[str, ListedSource]:
        newest = releases.find_newest()
        dataset = read_release_configuration(newest) if newest else None
        sources = list_readable_sources(dataset, workspace.raw) if dataset else ()
        return {listed.source.id: listed for listed in sources}

    def read_evidence(document: Row, row: Row) -> CaptureEvidence:
        listed = load_sources().get(document["source_id"])
        source = listed.source if listed else recognise_article(document, load_sources().values())
        capture = find_capture(workspace, row["source_id"], row["capture_id"])
        content = read_bytes(workspace.raw, capture)
        text = reader.read_text(source or Source(id=capture.source_id, url=document["url"]), capture)
        return CaptureEvidence(f"data/raw/{capture.source_id}/{capture.file_name}", content, text)

    return read_evidence


def recognise_article(document: Row, sources: Iterable[ListedSource]) -> Source | None:
    """The source of a document that one of these sources led to whose record of its articles cannot be read."""
    source_id, url = document["source_id"], document["url"]
    for parent, _, problem, _ in sources:
        if problem is not None and is_named_after(source_id, parent.id):
            return to_source(DiscoveredArticle(source_id, url, "", EARLIEST, ""), parent)
    return None


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


def make_restorer(workspace: Workspace, dataset: Dataset) -> Restorer:
    """A function that gives a stopped source the capture that the newest version was made from, if there is one.

    So its rows stay as they are published. The function raises ShelfError where that version cannot be read.
    """

    @cache
    def read_published() -> tuple[dict[str, Row], dict[str, Row]]:
        newest = read_releases(workspace.shelf, dataset.id).find_newest()
        if newest is None:
            return {}, {}
        tables = read_tables(newest, {"documents": ["source_id", "capture_id", "url"], "captures": None})
        documents = {row["source_id"]: row for row in tables["documents"].to_pylist()}
        return documents, {row["capture_id"]: row for row in tables["captures"].to_pylist()}

    def restore(source: CollectedSource) -> CollectedSource:
        documents, captures = read_published()
        document = documents.get(source.source.id)
        if document is None:
            return source
        row = {**captures[document["capture_id"]], "source_id": source.source.id, "method": "http"}
        return replace(source, captures=(Capture(**row),), address=document["url"])

    return restore


def list_published_articles(
    workspace: Workspace, dataset: Dataset, collected: Sequence[CollectedSource]
) -> Iterator[CollectedSource]:
    """The published articles that are not among the sources, since the record of them cannot be read; their rows stay.

    Raises ShelfError where the newest version cannot be read.
    """
    parents = [listed for listed in list_readable_sources(dataset, workspace.raw) if listed.problem is not None]
    newest = read_releases(workspace.shelf, dataset.id).find_newest() if parents else None
    columns = {"documents": ["source_id", "url"]}
    documents = read_tables(newest, columns)["documents"].to_pylist() if newest else []
    collected_ids = {source.source.id for source in collected}
    restore = make_restorer(workspace, dataset)
    for document in documents:
        article = recognise_article(document, parents) if document["source_id"] not in collected_ids else None
        if article is not None:
            why = "not checked, since the record of the source that led to it cannot be read"
            status = SourceStatus(article.id, article.address, "active", why, None, None, None, None)
            yield restore(CollectedSource(article, (), status, optional=True, is_stopped=True, is_kept=True))


def find_capture(workspace: Workspace, source_id: str, capture_id: str) -> Capture:
    """A capture by its SHA-256. Raises ArchiveError if the archive has it no more."""
    for capture in read_captures(workspace.raw, source_id):
        if capture.capture_id == capture_id:
            return capture
    raise ArchiveError(f"data/raw/{source_id}/ has no capture {capture_id[:12]}… any more")
