"""A draft in, the files of a release out, and onto the shelf."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from collect.dataset import Dataset
from publish import shelf
from publish.datapackage import describe
from publish.formats import to_csv, to_parquet
from publish.listing import as_json
from publish.notes import changes_document
from publish.place import CHECKSUMS, Place, sums_document
from publish.shelf import Published
from publish.standing import Standing, as_rows, stale_lines
from transform.draft import Draft

# The libraries on whose versions the bytes of the files depend.
WRITERS = ("pyarrow",)


def write_release(
    folder: Path,
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    *,
    problems: Mapping[str, list[dict[str, Any]]],
    standing: Sequence[Standing] = (),
) -> None:
    """Write every file of a release into an empty folder, one after the other, SHA256SUMS last.

    The same draft, time and libraries give the same bytes. `created` is UTC; `problems` are those of the reading, by
    document; `standing` says how each source was doing. Raises OSError.
    """
    about = {"dataset": dataset.id, "version": str(draft.version), "content_hash": f"sha256:{draft.content_hash}"}
    facts: dict[str, tuple[int, str]] = {}
    for name, table in draft.tables.items():
        facts[f"{name}.csv"] = _written(folder / f"{name}.csv", to_csv(table))
        parquet = to_parquet(table, {"table": name, **about})
        facts[f"{name}.parquet"] = _written(folder / f"{name}.parquet", parquet)
    descriptor = describe(dataset, draft, facts, created, {name: version(name) for name in WRITERS})
    checks = {
        "dataset": dataset.id,
        "version": draft.version,
        "checks": [asdict(check) for check in draft.checks],
        "claims": [
            {key: row[key] for key in ("claim_id", "quote", "counted", "stated", "found", "holds")}
            for row in draft.tables["claims"].to_pylist()
        ],
        "uncertain_matches": [asdict(match) for match in draft.uncertain],
        "problems": problems,
        "sources": as_rows(standing),
    }
    changes = changes_document(dataset, draft, stale_lines(standing))
    for name, content in (
        ("datapackage.json", as_json(descriptor)),
        ("checks.json", as_json(checks)),
        ("CHANGES.md", changes.encode()),
    ):
        facts[name] = _written(folder / name, content)
    (folder / CHECKSUMS).write_bytes(sums_document({name: digest for name, (_, digest) in facts.items()}))


def publish_release(
    place: Place,
    dataset: Dataset,
    draft: Draft,
    created: datetime,
    *,
    problems: Mapping[str, list[dict[str, Any]]],
    standing: Sequence[Standing] = (),
) -> Published:
    """Write a draft's release onto the shelf; call it with the dataset locked. Raises ShelfError."""
    number = str(draft.version)
    with shelf.staged(place, dataset.id, number) as folder:
        write_release(folder, dataset, draft, created, problems=problems, standing=standing)
    return shelf.version_of(place, dataset.id, number)


def _written(path: Path, content: bytes) -> tuple[int, str]:
    path.write_bytes(content)
    return len(content), hashlib.sha256(content).hexdigest()
