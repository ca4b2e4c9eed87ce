"""Small releases to put on a shelf, and what a reader of it finds there."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from publish import shelf
from publish.storage.backend import Place, sums_document, sums_in

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def files_of(version: str, previous: str | None = None) -> dict[str, bytes]:
    descriptor: dict[str, object] = {
        "name": "towns",
        "title": "Towns",
        "version": version,
        "created": "2026-11-23T12:00:00Z",
        "schemaVersion": "1.0.0",
        "previousVersion": previous,
        "changeSummary": "first release",
        "contentHash": "sha256:0",
        "rowCounts": {"tasks": 2},
        "resources": [],
    }
    return {
        "tasks.csv": f"task_id,text\nt01,Build {version}.\nt02,Train.\n".encode() * 40,
        "tasks.parquet": f"PAR1 {version} PAR1".encode() * 40,
        "CHANGES.md": f"# {version}\n".encode(),
        "checks.json": b"{}\n",
        "datapackage.json": json.dumps(descriptor).encode(),
    }


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    (folder / "SHA256SUMS").write_bytes(sums_document(sums))


def put(place: Place, version: str, previous: str | None = None) -> None:
    with shelf.locked(place, "towns"), shelf.staged(place, "towns", version) as folder:
        write(folder, files_of(version, previous))


def withdraw(place: Place, version: str, reason: str = "the numbers of two towns were swapped") -> None:
    with shelf.locked(place, "towns", to_withdraw=True):
        ids = [{"table": "tasks", "id": "towns/t02", "text": "训练"}]
        shelf.withdraw(place, "towns", version, reason=reason, when=NOW, ids=ids)


def listing(place: Place) -> dict[str, object]:
    found: dict[str, object] = json.loads(place.read("towns/releases.json"))
    return found


def whole(place: Place, folder: str) -> bool:
    """Whether a folder holds every file that its checksums name, as they name it, and no other."""
    sums = sums_in(place.read(f"towns/{folder}/SHA256SUMS"))
    there = set(place.facts(f"towns/{folder}")) - {"SHA256SUMS"}
    return there == sums.keys() and all(place.digest(f"towns/{folder}/{name}") == sums[name] for name in sums)


def visible(place: Place) -> list[str]:
    """Every file and folder of the dataset that is not hidden."""
    return sorted({name.partition("/")[0] for name in place.facts("towns") if not name.startswith(".")})
