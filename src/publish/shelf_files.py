"""The files of a shelf that say how things are now and change without a new version.

<shelf>/catalog.json             every dataset and version, for the harvesters of data portals
<shelf>/<dataset>/sources.json   how each source is doing
<shelf>/<dataset>/troubles.json  what needs attention, since when, and who was notified (`pipeline.notify`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from publish.locking import lock_root
from publish.records import parse_json, to_json
from publish.releases import DatasetReleases, list_datasets, read_releases
from publish.storage.backend import MissingError, ShelfError, Storage

SOURCES, CATALOG = "sources.json", "catalog.json"


def write_sources(releases: DatasetReleases, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write `sources.json`; call it with the dataset locked.

    Untouched if it says so already, or if nothing is published yet. Raises ShelfError.
    """
    if releases.versions:
        content = to_json({"dataset": releases.dataset_id, "sources": list(rows)})
        releases.storage.replace(f"{releases.dataset_id}/{SOURCES}", content)


def write_catalog(releases: DatasetReleases, site: str | None) -> None:
    """Write `catalog.json`; it is only read if it has the newest version of the dataset already.

    `site` is the shelf's address on the web, if known. Raises ShelfError.
    """
    from publish.data_catalog import build_catalog, read_listed_versions  # readers need none of what it imports

    storage, newest = releases.storage, releases.find_newest()
    if not releases.versions:
        return
    listed = read_listed_versions(read_object(storage, CATALOG) or {}, releases.dataset_id, site)
    if listed == (newest.version if newest else None, releases.highest):
        return
    with lock_root(storage):
        datasets = [read_releases(storage, dataset_id).read_all() for dataset_id in list_datasets(storage)]
        descriptors = [[release.descriptor for release in versions] for versions in datasets]
        storage.replace(CATALOG, to_json(build_catalog(descriptors, site)))


def read_object(storage: Storage, name: str) -> dict[str, Any] | None:
    """The object that a file holds; an empty one if it holds none, None if there is no such file."""
    try:
        document = parse_json(storage.read(name))
    except MissingError:
        return None
    except (ShelfError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
