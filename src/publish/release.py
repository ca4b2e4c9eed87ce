"""A draft in, the files of a release out, and onto the shelf."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from collect.dataset import Dataset
from publish import shelf
from publish.about import About, about_release
from publish.citation import bibtex, cff
from publish.croissant import croissant
from publish.csvw import csv_metadata
from publish.datapackage import describe
from publish.formats import write_csv, write_parquet
from publish.made_with import written_with
from publish.notes import changes_document
from publish.shelf import Published
from publish.standing import Standing, as_rows, stale_lines
from transform.draft import Draft
from transform.schema import COMING, TABLES

# What a dataset's owner orders and nobody needs to know who makes its tables again.
NOT_PUBLISHED = {"contact", "delay", "allow_hosts"}
# What a release says of itself: the files, by name, and what makes each.
DESCRIPTIONS: dict[str, Callable[[About], dict[str, Any] | str]] = {
    "datapackage.json": describe,
    "csv-metadata.json": csv_metadata,
    "croissant.json": croissant,
    "CITATION.cff": cff,
    "CITATION.bib": bibtex,
}


def release_files(
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    *,
    problems: Mapping[str, list[dict[str, Any]]],
    standing: Sequence[Standing] = (),
) -> dict[str, bytes]:
    """Every file of a release but SHA256SUMS, by name. The same draft, time and libraries give the same bytes.

    `created` is UTC; `problems` are those of the reading, by document; `standing` says how each source was doing.
    """
    origin = {"dataset": dataset.id, "version": str(draft.version), "content_hash": f"sha256:{draft.content_hash}"}
    files: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as place:
        for name, table in draft.tables.items():
            write_csv(table, Path(place, f"{name}.csv"))
            write_parquet(table, Path(place, f"{name}.parquet"), {"table": name, **origin}, TABLES[name].key)
            files |= {path.name: path.read_bytes() for path in sorted(Path(place).glob(f"{name}.*"))}
    about = about_release(dataset, draft, created, shelf.file_facts(files), written_with(), coming=COMING)
    for name, describing in DESCRIPTIONS.items():
        made = describing(about)
        files[name] = made.encode() if isinstance(made, str) else _json(made)
    files["checks.json"] = _json(
        {
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
    )
    files["provenance.json"] = _json(
        {
            "dataset": dataset.id,
            "version": draft.version,
            "order": dataset.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=NOT_PUBLISHED),
            "readings": dict(sorted(draft.readings.items())),
        }
    )
    files["CHANGES.md"] = changes_document(dataset, draft, stale_lines(standing)).encode()
    return files


def publish_release(
    folder: Path,
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    *,
    problems: Mapping[str, list[dict[str, Any]]],
    standing: Sequence[Standing] = (),
) -> Published:
    """Write a draft's release onto the shelf in `folder`; call it with the dataset locked. Raises ShelfError."""
    files = release_files(dataset, draft, created, problems=problems, standing=standing)
    return shelf.put(folder, dataset.id, str(draft.version), files)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
