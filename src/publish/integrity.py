"""Is the shelf as it was published? A dataset's place comes in; a line for each thing that is not so goes out.

A version is held against what `releases.json` says of it, and not only against its own SHA256SUMS, which whoever alters
a file may write anew. What a run of `publish` makes again by itself (`latest/`, a listing on a disk, the files that say
how things are now) is told as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publish import shelf
from publish.data_catalog import told_in
from publish.listing import Entry, files_of, latest_of, read_json, sums_of
from publish.shelf import CATALOG, SOURCES
from publish.storage.backend import CHECKSUMS, LATEST, LISTING, MissingError, Place, ShelfError

AGAIN = "policytasks publish puts it right"


def troubles_of(place: Place, dataset_id: str, version: str) -> Iterator[str]:
    """A line for each file of a version that is missing, altered, or none of its own; all are read.

    Raises ShelfError where it cannot be told what it was.
    """
    folder = f"{dataset_id}/{version}"
    there, was = place.facts(folder), shelf.listed(place, dataset_id).get(version)
    if not there and was:
        yield f"is gone, and {LISTING} lists it; {place.mend}"
        return
    sums = _sums_that_count(place, dataset_id, version, was)
    tree = {f"{version}/{name}": facts for name, facts in there.items()}
    for name in shelf.altered_files(place, dataset_id, version, sums, tree):
        yield f"{name} {'was altered' if name in there else 'is missing'}; {place.mend}"
    yield from (f"{name} is none of its files; remove it" for name in sorted(there.keys() - sums.keys() - {CHECKSUMS}))
    shelf.version_of(place, dataset_id, version)


def beside(place: Place, dataset_id: str) -> Iterator[str]:
    """A line for whatever is wrong beside a dataset's versions: the listing, `latest/`, `sources.json`."""
    entries = _entries(place, dataset_id)
    yield from _listing(place, dataset_id, entries)
    yield from _latest(place, dataset_id, entries)
    if (found := _json_in(place, f"{dataset_id}/{SOURCES}")) is not None:
        rows = found.get("sources")
        if found.get("dataset") != dataset_id or not isinstance(rows, list) or not all(map(_is_source, rows)):
            yield f"{SOURCES} does not say how its sources are doing; {AGAIN}"


def catalog_troubles(place: Place) -> Iterator[str]:
    """A line for each dataset that `catalog.json` tells wrong, or one where it is no catalogue."""
    found = _json_in(place, CATALOG)
    if found is None:
        return
    root = found.get("@id")
    if not isinstance(root, str) or not isinstance(found.get("dcat:dataset"), list):
        yield f"{CATALOG} is no catalogue; {AGAIN}"
        return
    for dataset_id in shelf.datasets(place):
        try:
            current, highest = shelf.newest(place, dataset_id), shelf.highest(place, dataset_id)
        except ShelfError:
            continue  # it is told of where that version is looked at
        now = (current.version if current else None, highest)
        if told_in(found, dataset_id, None if root == "./" else root) != now:
            yield f"{CATALOG} does not have {dataset_id} as it is now; {AGAIN}"


def _sums_that_count(place: Place, dataset_id: str, version: str, was: Entry | None) -> Mapping[str, str]:
    """The sums that a version is held against: its own where they are those listed, or none are; else those listed."""
    try:
        now = shelf.entry_now(place, dataset_id, version, shelf.tree_of(place, dataset_id))
        if was is None or shelf.as_listed(place, dataset_id, was, now):
            return sums_of(now)
    except ShelfError:
        pass  # what is missing or altered is seen by the sums
    return shelf.sums_told(place, dataset_id, version)


def _entries(place: Place, dataset_id: str) -> dict[str, Entry]:
    """The entry of each version: as its folder has it, or where that was damaged, as it is listed."""
    known, tree = shelf.listed(place, dataset_id), shelf.tree_of(place, dataset_id)
    found = {}
    for number in shelf.numbers(place, dataset_id):
        was = known.get(number)
        try:
            now = shelf.entry_now(place, dataset_id, number, tree)
            found[number] = now if was is None or shelf.as_listed(place, dataset_id, was, now) else was
        except ShelfError:
            if was is not None:
                found[number] = was
    return found


def _listing(place: Place, dataset_id: str, entries: Mapping[str, Entry]) -> Iterator[str]:
    """What the listing says otherwise than the folders."""
    known = shelf.listed(place, dataset_id)
    found = _json_in(place, f"{dataset_id}/{LISTING}") or {}
    mend = AGAIN if place.folders_are_truth else place.mend
    if not known:
        yield f"{LISTING} is missing, or is no listing; {mend}"
        return
    latest = latest_of(list(entries.values()))
    if found.get("latest") != latest:
        yield f"{LISTING} calls {found.get('latest')} the latest, and that is {latest}; {AGAIN}"
    for number, now in entries.items():
        was = known.get(number)
        if was is None:
            yield f"{LISTING} does not list {number}; {mend}"
            continue
        if was["withdrawn"] != now["withdrawn"]:
            yield f"{LISTING} says {'' if was['withdrawn'] else 'not '}that {number} was withdrawn; {mend}"
        elif wrong := [name for name, facts in files_of(was).items() if files_of(now).get(name) != facts]:
            yield f"{LISTING} says otherwise of {number}/{wrong[0]} than its {CHECKSUMS}; {mend}"


def _latest(place: Place, dataset_id: str, entries: Mapping[str, Entry]) -> Iterator[str]:
    version = latest_of(list(entries.values()))
    tree = {name: facts for name, facts in shelf.tree_of(place, dataset_id).items() if name.startswith(f"{LATEST}/")}
    if version is None:
        if tree:
            yield f"{LATEST}/ is there, and no version stands; {AGAIN}"
        return
    if not tree:
        yield f"{LATEST}/ is missing; {AGAIN}"
        return
    sums = sums_of(entries[version])
    wrong = [*shelf.altered_files(place, dataset_id, LATEST, sums, tree)]
    wrong += sorted(tree.keys() - {f"{LATEST}/{name}" for name in (*sums, CHECKSUMS)})
    if wrong:
        name = wrong[0].removeprefix(f"{LATEST}/")
        first = "" if place.folders_are_truth else f"remove {LATEST}/{CHECKSUMS}, and "
        yield f"{LATEST}/{name} is not that of {version}; {first}{AGAIN}"


def _json_in(place: Place, name: str) -> dict[str, Any] | None:
    """The object that a file holds; an empty one where it holds none, None where there is no such file."""
    try:
        found = read_json(place.read(name))
    except MissingError:
        return None
    except (ShelfError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_source(row: object) -> bool:
    return isinstance(row, dict) and {"source_id", "state", "why"} <= row.keys()
