"""Small releases to put on a shelf, and what a reader of it finds there."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from publish import withdrawal
from publish.locking import lock_dataset
from publish.records import MintedId, to_record
from publish.release import stage_release
from publish.storage.backend import Storage, format_checksums, parse_checksums
from tests.publish.releases import make_described

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MINTED = {"table_name": "tasks", "row_id": "towns/t02", "fingerprint": "训练"}


def files_of(version: str, previous: str | None = None) -> dict[str, bytes]:
    descriptor = make_described(version=version, previousVersion=previous, rowCounts={"tasks": 2})
    return {
        "tasks.csv": f"task_id,text\nt01,Build {version}.\nt02,Train.\n".encode() * 40,
        "tasks.parquet": f"PAR1 {version} PAR1".encode() * 40,
        "CHANGES.md": f"# {version}\n".encode(),
        "checks.json": b"{}\n",
        "datapackage.json": json.dumps(descriptor.record).encode(),
    }


def hash_files(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "SHA256SUMS").write_bytes(format_checksums(hash_files(files)))


def put(storage: Storage, version: str, previous: str | None = None) -> None:
    with lock_dataset(storage, "towns") as releases, stage_release(releases, version) as folder:
        write_files(folder, files_of(version, previous))


def withdraw(storage: Storage, version: str, reason: str = "the numbers of two towns were swapped") -> None:
    with lock_dataset(storage, "towns", to_withdraw=True) as releases:
        ids = [to_record(MintedId, MINTED)]
        withdrawal.withdraw(releases, version, reason=reason, when=NOW, ids=ids)


def read_index(storage: Storage, dataset_id: str = "towns") -> dict[str, Any]:
    index: dict[str, Any] = json.loads(storage.read(f"{dataset_id}/releases.json"))
    return index


def list_versions(storage: Storage) -> list[str]:
    """The versions that the index lists, newest first."""
    return [entry["version"] for entry in read_index(storage)["releases"]]


def remove_folder(storage: Storage, folder: str) -> None:
    for name in storage.list_files(f"towns/{folder}"):
        storage.remove(f"towns/{folder}/{name}")


def is_whole(storage: Storage, folder: str) -> bool:
    """Whether a folder holds every file that its checksums name, as they name it, and no other."""
    sums = parse_checksums(storage.read(f"towns/{folder}/SHA256SUMS"))
    there = set(storage.list_files(f"towns/{folder}")) - {"SHA256SUMS"}
    return there == sums.keys() and all(storage.hash_file(f"towns/{folder}/{name}") == sums[name] for name in sums)


def list_visible(storage: Storage) -> list[str]:
    """Every file and folder of the dataset that is not hidden."""
    return sorted({name.partition("/")[0] for name in storage.list_files("towns") if not name.startswith(".")})
