"""A draft in, the files of a release out, and onto the shelf."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from config.models import Dataset
from publish import shelf
from publish.about import About, about_release
from publish.citation import bibtex, cff
from publish.croissant import croissant
from publish.csvw import csv_metadata
from publish.datapackage import describe
from publish.formats import Facts, write_tables
from publish.listing import as_json
from publish.notes import changes_document
from publish.shelf import Published
from publish.source_status import SourceStatus, as_rows, stale_lines
from publish.storage.backend import CHECKSUMS, Place, sums_document
from publish.toolchain import written_with
from transform.models import Draft
from transform.schema import UPCOMING_CHANGES

# What a dataset's owner orders and nobody needs to know who makes its tables again.
NOT_PUBLISHED = {"contact", "delay", "allow_hosts", "notify"}
# What a release says of itself: the files, by name, and what makes each.
DESCRIPTIONS: dict[str, Callable[[About], dict[str, Any] | str]] = {
    "datapackage.json": describe,
    "csv-metadata.json": csv_metadata,
    "croissant.json": croissant,
    "CITATION.cff": cff,
    "CITATION.bib": bibtex,
}


def write_release(
    folder: Path,
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    *,
    problems: Mapping[str, list[dict[str, Any]]],
    standing: Sequence[SourceStatus] = (),
) -> dict[str, Facts]:
    """Write every file of a release into an empty folder, SHA256SUMS last; gives size and SHA-256 of all others.

    The same draft, time and libraries give the same bytes. `created` is UTC; `problems` are those of the reading, by
    document; `standing` says how each source was doing. Raises OSError.
    """
    origin = {"dataset": dataset.id, "version": str(draft.version), "content_hash": f"sha256:{draft.content_hash}"}
    facts: dict[str, Facts] = {**write_tables(draft.tables, folder, origin)}
    about = about_release(dataset, draft, created, dict(facts), written_with(), coming=UPCOMING_CHANGES)
    documents: dict[str, Any] = {name: describing(about) for name, describing in DESCRIPTIONS.items()}
    documents["checks.json"] = _checks(dataset, draft, problems, standing)
    documents["provenance.json"] = {
        "dataset": dataset.id,
        "version": draft.version,
        "order": dataset.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=NOT_PUBLISHED),
        "readings": dict(sorted(draft.reading_ids.items())),
    }
    documents["CHANGES.md"] = changes_document(dataset, draft, stale_lines(standing))
    for name, made in documents.items():
        facts[name] = _written(folder / name, made.encode() if isinstance(made, str) else as_json(made))
    (folder / CHECKSUMS).write_bytes(sums_document({name: digest for name, (_, digest) in facts.items()}))
    return facts


def publish_release(
    place: Place,
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    *,
    problems: Mapping[str, list[dict[str, Any]]],
    standing: Sequence[SourceStatus] = (),
) -> Published:
    """Write a draft's release onto the shelf; call it with the dataset locked. Raises ShelfError."""
    number = str(draft.version)
    with shelf.staged(place, dataset.id, number) as folder:
        write_release(folder, dataset, draft, created, problems=problems, standing=standing)
    return shelf.version_of(place, dataset.id, number)


def _checks(
    dataset: Dataset, draft: Draft, problems: Mapping[str, list[dict[str, Any]]], standing: Sequence[SourceStatus]
) -> dict[str, Any]:
    """What was checked before it was published, and what is not sure."""
    return {
        "dataset": dataset.id,
        "version": draft.version,
        "checks": [asdict(check) for check in draft.checks],
        "claims": [
            {key: row[key] for key in ("claim_id", "quote", "counted", "stated", "found", "holds")}
            for row in draft.tables["claims"].to_pylist()
        ],
        "uncertain_matches": [asdict(match) for match in draft.uncertain],
        "problems": problems,
        "notes": list(draft.notes),
        "sources": as_rows(standing),
    }


def _written(path: Path, content: bytes) -> Facts:
    path.write_bytes(content)
    return len(content), hashlib.sha256(content).hexdigest()
