"""Is the shelf as it was published? A dataset's place comes in; a line for each thing that is not so goes out.

A version is held against what `releases.json` says of it, and not only against its own SHA256SUMS, which whoever alters
a file may write anew. What a run of `publish` makes again by itself (`latest/`, a listing on a disk, the files that say
how things are now) is told as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publish import shelf
from publish.data_catalog import versions_in
from publish.release_index import ReleaseEntry, files_of, latest_of, parse_json, sums_of
from publish.shelf import CATALOG, SOURCES
from publish.storage.backend import CHECKSUMS, LATEST, RELEASE_INDEX, MissingError, ShelfError, Storage

AGAIN = "policytasks publish puts it right"


def troubles_of(storage: Storage, dataset_id: str, version: str) -> Iterator[str]:
    """A line for each file of a version that is missing, altered, or none of its own; all are read.

    Raises ShelfError where it cannot be told what it was.
    """
    folder = f"{dataset_id}/{version}"
    there, was = storage.list_files(folder), shelf.listed(storage, dataset_id).get(version)
    if not there and was:
        yield f"is gone, and {RELEASE_INDEX} lists it; {storage.repair_hint}"
        return
    sums = _sums_that_count(storage, dataset_id, version, was)
    tree = {f"{version}/{name}": facts for name, facts in there.items()}
    for name in shelf.altered_files(storage, dataset_id, version, sums, tree):
        yield f"{name} {'was altered' if name in there else 'is missing'}; {storage.repair_hint}"
    yield from (f"{name} is none of its files; remove it" for name in sorted(there.keys() - sums.keys() - {CHECKSUMS}))
    shelf.version_of(storage, dataset_id, version)


def beside(storage: Storage, dataset_id: str) -> Iterator[str]:
    """A line for whatever is wrong beside a dataset's versions: the listing, `latest/`, `sources.json`."""
    entries = _entries(storage, dataset_id)
    yield from _listing(storage, dataset_id, entries)
    yield from _latest(storage, dataset_id, entries)
    if (found := _json_in(storage, f"{dataset_id}/{SOURCES}")) is not None:
        rows = found.get("sources")
        if found.get("dataset") != dataset_id or not isinstance(rows, list) or not all(map(_is_source, rows)):
            yield f"{SOURCES} does not say how its sources are doing; {AGAIN}"


def catalog_troubles(storage: Storage) -> Iterator[str]:
    """A line for each dataset that `catalog.json` tells wrong, or one where it is no catalogue."""
    found = _json_in(storage, CATALOG)
    if found is None:
        return
    root = found.get("@id")
    if not isinstance(root, str) or not isinstance(found.get("dcat:dataset"), list):
        yield f"{CATALOG} is no catalogue; {AGAIN}"
        return
    for dataset_id in shelf.datasets(storage):
        try:
            current, highest = shelf.newest(storage, dataset_id), shelf.highest(storage, dataset_id)
        except ShelfError:
            continue  # it is told of where that version is looked at
        now = (current.version if current else None, highest)
        if versions_in(found, dataset_id, None if root == "./" else root) != now:
            yield f"{CATALOG} does not have {dataset_id} as it is now; {AGAIN}"


def _sums_that_count(storage: Storage, dataset_id: str, version: str, was: ReleaseEntry | None) -> Mapping[str, str]:
    """The sums that a version is held against: its own where they are those listed, or none are; else those listed."""
    try:
        now = shelf.entry_now(storage, dataset_id, version, shelf.tree_of(storage, dataset_id))
        if was is None or shelf.as_listed(storage, dataset_id, was, now):
            return sums_of(now)
    except ShelfError:
        pass  # what is missing or altered is seen by the sums
    return shelf.sums_told(storage, dataset_id, version)


def _entries(storage: Storage, dataset_id: str) -> dict[str, ReleaseEntry]:
    """The entry of each version: as its folder has it, or where that was damaged, as it is listed."""
    known, tree = shelf.listed(storage, dataset_id), shelf.tree_of(storage, dataset_id)
    found = {}
    for number in shelf.numbers(storage, dataset_id):
        was = known.get(number)
        try:
            now = shelf.entry_now(storage, dataset_id, number, tree)
            found[number] = now if was is None or shelf.as_listed(storage, dataset_id, was, now) else was
        except ShelfError:
            if was is not None:
                found[number] = was
    return found


def _listing(storage: Storage, dataset_id: str, entries: Mapping[str, ReleaseEntry]) -> Iterator[str]:
    """What the listing says otherwise than the folders."""
    known = shelf.listed(storage, dataset_id)
    found = _json_in(storage, f"{dataset_id}/{RELEASE_INDEX}") or {}
    mend = AGAIN if storage.has_atomic_folders else storage.repair_hint
    if not known:
        yield f"{RELEASE_INDEX} is missing, or is no listing; {mend}"
        return
    latest = latest_of(list(entries.values()))
    if found.get("latest") != latest:
        yield f"{RELEASE_INDEX} calls {found.get('latest')} the latest, and that is {latest}; {AGAIN}"
    for number, now in entries.items():
        was = known.get(number)
        if was is None:
            yield f"{RELEASE_INDEX} does not list {number}; {mend}"
            continue
        if was["withdrawn"] != now["withdrawn"]:
            yield f"{RELEASE_INDEX} says {'' if was['withdrawn'] else 'not '}that {number} was withdrawn; {mend}"
        elif wrong := [name for name, facts in files_of(was).items() if files_of(now).get(name) != facts]:
            yield f"{RELEASE_INDEX} says otherwise of {number}/{wrong[0]} than its {CHECKSUMS}; {mend}"


def _latest(storage: Storage, dataset_id: str, entries: Mapping[str, ReleaseEntry]) -> Iterator[str]:
    version = latest_of(list(entries.values()))
    tree = {name: facts for name, facts in shelf.tree_of(storage, dataset_id).items() if name.startswith(f"{LATEST}/")}
    if version is None:
        if tree:
            yield f"{LATEST}/ is there, and no version stands; {AGAIN}"
        return
    if not tree:
        yield f"{LATEST}/ is missing; {AGAIN}"
        return
    sums = sums_of(entries[version])
    wrong = [*shelf.altered_files(storage, dataset_id, LATEST, sums, tree)]
    wrong += sorted(tree.keys() - {f"{LATEST}/{name}" for name in (*sums, CHECKSUMS)})
    if wrong:
        name = wrong[0].removeprefix(f"{LATEST}/")
        first = "" if storage.has_atomic_folders else f"remove {LATEST}/{CHECKSUMS}, and "
        yield f"{LATEST}/{name} is not that of {version}; {first}{AGAIN}"


def _json_in(storage: Storage, name: str) -> dict[str, Any] | None:
    """The object that a file holds; an empty one where it holds none, None where there is no such file."""
    try:
        found = parse_json(storage.read(name))
    except MissingError:
        return None
    except (ShelfError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_source(row: object) -> bool:
    return isinstance(row, dict) and {"source_id", "state", "why"} <= row.keys()
