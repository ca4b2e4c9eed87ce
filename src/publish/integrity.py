"""Is the shelf as it was published? A dataset comes in; a line for each thing that is not so goes out.

A version is compared with what `releases.json` says of it, and not only with its own SHA256SUMS, which whoever alters a
file may write anew. Of what the next run of `publish` writes again by itself (`latest/`, an index on a disk, the files
that say how things are now) the line says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from publish.consistency import list_altered_files, list_release_files, read_trusted_entry
from publish.data_catalog import read_listed_versions
from publish.records import ReleaseEntry, find_newest
from publish.releases import DatasetReleases, list_datasets, read_releases
from publish.shelf_files import CATALOG, SOURCES, read_object
from publish.storage.backend import CHECKSUMS, LATEST, RELEASE_INDEX, ShelfError, Storage

REWRITTEN = "run policytasks publish, which writes it again"


def list_version_problems(storage: Storage, dataset_id: str, version: str) -> Iterator[str]:
    """A line for each file of a version that is missing, altered, or not part of it; all files are read.

    Raises ShelfError if nothing says what was published.
    """
    releases = read_releases(storage, dataset_id)
    stats = storage.list_files(f"{dataset_id}/{version}")
    if not stats and version in releases.entries:
        yield f"is gone, and {RELEASE_INDEX} lists it; {storage.repair_hint}"
        return
    checksums = _read_trusted_checksums(releases, version)
    for name in list_altered_files(storage, f"{dataset_id}/{version}", checksums, stats):
        yield f"{name} {'was altered' if name in stats else 'is missing'}; {storage.repair_hint}"
    for name in sorted(stats.keys() - checksums.keys() - {CHECKSUMS}):
        yield f"{name} is not one of its files; remove it"
    releases.read(version)


def list_dataset_problems(storage: Storage, dataset_id: str) -> Iterator[str]:
    """A line for each thing that is wrong beside a dataset's versions: the index, `latest/`, `sources.json`."""
    releases = read_releases(storage, dataset_id)
    entries = _read_entries(releases)
    yield from _list_index_problems(releases, entries)
    yield from _list_latest_problems(releases, entries)
    if (document := read_object(storage, f"{dataset_id}/{SOURCES}")) is not None:
        rows = document.get("sources")
        if document.get("dataset") != dataset_id or not isinstance(rows, list) or not all(map(_is_source, rows)):
            yield f"{SOURCES} is not a list of the statuses of sources; {REWRITTEN}"


def list_catalog_problems(storage: Storage) -> Iterator[str]:
    """A line for each dataset that `catalog.json` describes wrongly, or one if it is not a catalog."""
    document = read_object(storage, CATALOG)
    if document is None:
        return
    root = document.get("@id")
    if not isinstance(root, str) or not isinstance(document.get("dcat:dataset"), list):
        yield f"{CATALOG} is not a catalog; {REWRITTEN}"
        return
    for dataset_id in list_datasets(storage):
        try:
            releases = read_releases(storage, dataset_id)
            newest = releases.find_newest()
        except ShelfError:
            continue  # the version itself is reported if it is checked
        current = (newest.version if newest else None, releases.highest)
        if read_listed_versions(document, dataset_id, None if root == "./" else root) != current:
            yield f"{CATALOG} does not describe the newest version of {dataset_id}; {REWRITTEN}"


def _read_trusted_checksums(releases: DatasetReleases, version: str) -> Mapping[str, str]:
    """The checksums that a version is compared with: its own, except if others are listed; then the listed ones."""
    tree = list_release_files(releases.storage, releases.dataset_id)
    checksums: Mapping[str, str] = {}
    with suppress(ShelfError):  # what is missing or altered shows in the checksums
        checksums = read_trusted_entry(releases, version, tree).checksums
    return checksums if CHECKSUMS in checksums else releases.read_listed_checksums(version)


def _read_entries(releases: DatasetReleases) -> dict[str, ReleaseEntry]:
    """The entry of each version that has a trusted one: a damaged version without a listed entry is omitted."""
    tree, entries = list_release_files(releases.storage, releases.dataset_id), {}
    for version in releases.expected_versions:
        try:
            entries[version] = read_trusted_entry(releases, version, tree)
        except ShelfError:
            continue  # reported if the version itself is checked
    return entries


def _list_index_problems(releases: DatasetReleases, entries: Mapping[str, ReleaseEntry]) -> Iterator[str]:
    """The differences between the index and the folders, each as a line."""
    hint = REWRITTEN if releases.storage.has_atomic_folders else releases.storage.repair_hint
    if releases.index is None or not releases.entries:
        yield f"{RELEASE_INDEX} is missing, or is not a release index; {hint}"
        return
    newest = find_newest(entries.values())
    latest = newest.version if newest else None
    if releases.index.latest != latest:
        yield f"{RELEASE_INDEX} says that the latest version is {releases.index.latest}, not {latest}; {REWRITTEN}"
    for version, present in entries.items():
        if problem := _compare_entries(releases.entries.get(version), present):
            yield f"{RELEASE_INDEX} {problem}; {hint}"


def _compare_entries(listed: ReleaseEntry | None, present: ReleaseEntry) -> str | None:
    """How the entry of a version in the index differs from its folder; None if they are the same."""
    if listed is None:
        return f"does not list {present.version}"
    if listed.record.get("withdrawn") != present.record.get("withdrawn"):
        return f"says something else about the withdrawal of {present.version} than its folder"
    files = {file.name: (file.bytes, file.sha256) for file in present.files}
    for file in listed.files:
        if files.get(file.name) != (file.bytes, file.sha256):
            return f"has another size or checksum of {present.version}/{file.name} than {CHECKSUMS} of that version"
    return None


def _list_latest_problems(releases: DatasetReleases, entries: Mapping[str, ReleaseEntry]) -> Iterator[str]:
    storage, newest = releases.storage, find_newest(entries.values())
    files = list_release_files(storage, releases.dataset_id).get(LATEST, {})
    if newest is None:
        if files:
            yield f"{LATEST}/ exists although every version is withdrawn; {REWRITTEN}"
        return
    if not files:
        yield f"{LATEST}/ is missing; {REWRITTEN}"
        return
    wrong = [*list_altered_files(storage, f"{releases.dataset_id}/{LATEST}", newest.checksums, files)]
    wrong += sorted(files.keys() - {*newest.checksums, CHECKSUMS})
    if wrong:
        first = "" if storage.has_atomic_folders else f"remove {LATEST}/{CHECKSUMS}, and "
        yield f"{LATEST}/{wrong[0]} is not the file of {newest.version}; {first}{REWRITTEN}"


def _is_source(row: object) -> bool:
    return isinstance(row, dict) and {"source_id", "state", "why"} <= row.keys()
