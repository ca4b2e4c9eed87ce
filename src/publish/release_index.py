"""`releases.json`: every version of a dataset, newest first, with every file of each. Pure; files are not read again.

On an object store it is more than a list: a version that it does not name is not published.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from publish.storage.backend import CHECKSUMS, parse_checksums

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

VERSION = re.compile(r"\d+\.\d+\.\d+")

ReleaseEntry = dict[str, Any]


def version_order_of(version: str) -> tuple[int, ...]:
    """The key that sorts versions as numbers."""
    return tuple(map(int, version.split(".")))


def entry_of(version: str, descriptor: Mapping[str, Any], checksums: bytes, sizes: Mapping[str, int]) -> ReleaseEntry:
    """A version's entry, from its descriptor, its SHA256SUMS and the sizes of its files.

    Raises KeyError, with the file's name, where a file that has a checksum is not there.
    """
    sums = {**parse_checksums(checksums), CHECKSUMS: hashlib.sha256(checksums).hexdigest()}
    return {
        "version": version,
        **{name: descriptor.get(key) for name, key in TAKEN.items()},
        "files": [
            {"path": f"{version}/{name}", "bytes": sizes[name], "sha256": digest}
            for name, digest in sorted(sums.items())
        ],
    }


def files_of(entry: ReleaseEntry) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of each file of a version, by its name there."""
    return {one["path"].partition("/")[2]: (one["bytes"], one["sha256"]) for one in entry["files"]}


def sums_of(entry: ReleaseEntry) -> dict[str, str]:
    """The SHA-256 of each file of a version, by its name there."""
    return {name: digest for name, (_, digest) in files_of(entry).items()}


def has_same_files(was: ReleaseEntry, now: ReleaseEntry) -> bool:
    """Whether two entries are of the same files: by SHA256SUMS, which tells of all, where the earlier has it.

    Listings of long ago had the tables' files alone.
    """
    before, after = sums_of(was), sums_of(now)
    if CHECKSUMS in before:
        return before[CHECKSUMS] == after.get(CHECKSUMS)
    return all(after.get(name) == digest for name, digest in before.items())


def descriptor_from(entry: ReleaseEntry, dataset_id: str, title: str) -> dict[str, Any]:
    """What a listing knows of a version's descriptor, for when that one cannot be read."""
    known = {key: entry[name] for name, key in TAKEN.items() if entry.get(name) is not None}
    return {"name": dataset_id, "version": entry["version"], "title": title, **known}


def latest_of(entries: Sequence[ReleaseEntry]) -> str | None:
    """The newest version that is not withdrawn."""
    standing = [entry["version"] for entry in entries if not entry["withdrawn"]]
    return max(standing, key=version_order_of, default=None)


def index_of(dataset_id: str, title: str, entries: Sequence[ReleaseEntry]) -> bytes:
    """The whole listing."""
    newest_first = sorted(entries, key=lambda entry: version_order_of(entry["version"]), reverse=True)
    return to_json(
        {"dataset": dataset_id, "title": title, "latest": latest_of(entries), "releases": list(newest_first)}
    )


def parse_index(document: bytes) -> dict[str, ReleaseEntry]:
    """The entries of a listing, by version. Raises ValueError where it is none."""
    found = parse_json(document)
    try:
        entries = {one["version"]: {**one, "withdrawn": one.get("withdrawn")} for one in found["releases"]}
        for number, entry in entries.items():
            if not VERSION.fullmatch(number):
                raise ValueError(f"{number!r} is no version")
            files_of(entry)
    except (TypeError, KeyError, AttributeError):
        raise ValueError("no list of releases") from None
    return entries


def parse_json(document: bytes) -> Any:
    """What a JSON document holds. Raises ValueError where it is none, or is nested as nobody writes it."""
    try:
        return json.loads(document)
    except RecursionError:
        raise ValueError("nested too deep") from None


def to_json(value: object) -> bytes:
    """JSON as all files of the shelf have it."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
