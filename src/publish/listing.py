"""`releases.json`: every version of a dataset, newest first, with every file of each. Pure; files are not read again.

On an object store it is more than a list: a version that it does not name is not published.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from publish.place import CHECKSUMS, sums_in

# What is taken over from a version's descriptor, under the listing's own names.
TAKEN = {
    "published_at": "created",
    "previous_version": "previousVersion",
    "schema_version": "schemaVersion",
    "summary": "changeSummary",
    "content_hash": "contentHash",
    "rows": "rowCounts",
    "withdrawn": "withdrawn",
}

Entry = dict[str, Any]


def in_order(version: str) -> tuple[int, ...]:
    """The key that sorts versions as numbers."""
    return tuple(map(int, version.split(".")))


def entry_of(version: str, descriptor: Mapping[str, Any], checksums: bytes, sizes: Mapping[str, int]) -> Entry:
    """A version's entry, from its descriptor, its SHA256SUMS and the sizes of its files.

    Raises KeyError, with the file's name, where a file that has a checksum is not there.
    """
    sums = {**sums_in(checksums), CHECKSUMS: hashlib.sha256(checksums).hexdigest()}
    return {
        "version": version,
        **{name: descriptor.get(key) for name, key in TAKEN.items()},
        "files": [
            {"path": f"{version}/{name}", "bytes": sizes[name], "sha256": digest}
            for name, digest in sorted(sums.items())
        ],
    }


def files_of(entry: Entry) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of each file of a version, by its name there."""
    return {one["path"].partition("/")[2]: (one["bytes"], one["sha256"]) for one in entry["files"]}


def latest_of(entries: Sequence[Entry]) -> str | None:
    """The newest version that is not withdrawn."""
    standing = [entry["version"] for entry in entries if not entry["withdrawn"]]
    return max(standing, key=in_order, default=None)


def listing_of(dataset_id: str, title: str, entries: Sequence[Entry]) -> bytes:
    """The whole listing."""
    newest_first = sorted(entries, key=lambda entry: in_order(entry["version"]), reverse=True)
    return as_json(
        {"dataset": dataset_id, "title": title, "latest": latest_of(entries), "releases": list(newest_first)}
    )


def as_json(value: object) -> bytes:
    """JSON as all files of the shelf have it."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
