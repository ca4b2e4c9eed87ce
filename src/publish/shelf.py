"""The shelf: where releases lie, and how one gets there.

    <shelf>/catalog.json   every dataset and version, for the harvesters of data portals
    <shelf>/<dataset>/
      releases.json        every version, newest first, with counts, and size and checksum of every file
      sources.json         how each source is doing now; the one file that changes without a new version
      latest/              a copy of the newest version that is not withdrawn
      1.0.0/               an immutable version
        datapackage.json  csv-metadata.json  croissant.json  CITATION.cff  CITATION.bib
        SHA256SUMS  checks.json  provenance.json  CHANGES.md
        <table>.csv  <table>.parquet
      1.0.1/               a version that was withdrawn: the same names with a notice in each
        withdrawn.json  …

The shelf stands on a place (`place.py`): a disk or an object store. Here it is decided what is to be; the place makes
it so, whole or not at all for whoever reads. A published version is never written to again, unless to withdraw it, and
its number is never given again. What a killed run left half-done, the next one finishes or removes.

Files are read again where it is worth it: at each run those of the newest version that were touched since it was
published or have another size; all of a version's tables before the next is based on them (`read_tables`).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.catalog import Entry as CatalogEntry
from publish.catalog import catalog, told_in
from publish.listing import Entry, as_json, entry_of, files_of, in_order, latest_of, listing_of
from publish.place import (
    CHECKSUMS,
    LATEST,
    LISTING,
    WITHDRAWN,
    Change,
    Facts,
    Files,
    MissingError,
    Place,
    ShelfError,
    digest_of,
    sums_in,
)
from publish.withdrawal import DESCRIPTOR, Notice, notice_files, notice_in

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = re.compile(r"\d+\.\d+\.\d+")
SOURCES, CATALOG = "sources.json", "catalog.json"
PROVENANCE = "provenance.json"
# What this module reads of a version's descriptor.
DESCRIBED = ("name", "title", "created", "schemaVersion", "changeSummary", "contentHash", "rowCounts", "resources")
# For how long one waits for another who writes at the shelf's root, in seconds.
ROOT_WAIT = 60.0

Tree = Mapping[str, Facts]


@dataclass(frozen=True, slots=True)
class Published:
    """A version on the shelf: where it is, and its descriptor (`datapackage.json`)."""

    place: Place
    dataset_id: str
    version: str
    descriptor: dict[str, Any]

    @property
    def folder(self) -> str:
        """Its folder's name on the shelf."""
        return f"{self.dataset_id}/{self.version}"


def newest(place: Place, dataset_id: str) -> Published | None:
    """The newest version of a dataset that is not withdrawn, or None where there is none. Raises ShelfError."""
    for version in reversed(_versions(place, dataset_id)):
        published = _published(place, dataset_id, version)
        if not published.descriptor.get("withdrawn"):
            return published
    return None


def highest(place: Place, dataset_id: str) -> str | None:
    """The highest number that was ever given, also to a version that was withdrawn; the next counts from it."""
    return max(_versions(place, dataset_id), key=in_order, default=None)


def datasets(place: Place) -> list[str]:
    """The ids of all datasets that have a version on the shelf. Raises ShelfError."""
    return sorted(name for name in place.folders("") if _versions(place, name))


def versions(place: Place, dataset_id: str) -> list[Published]:
    """All versions of a dataset that were not withdrawn, oldest first. Raises ShelfError."""
    return [one for one in releases(place, dataset_id).values() if not one.descriptor.get("withdrawn")]


def version(place: Place, dataset_id: str, number: str) -> Published:
    """One version that was not withdrawn. Raises ShelfError where there is none."""
    known = releases(place, dataset_id)
    found = known.get(number)
    if found is None:
        where = place.where(dataset_id)
        raise ShelfError(f"{where}: holds no version {number}; those are {', '.join(known) or 'none'}")
    if said := found.descriptor.get("withdrawn"):
        raise ShelfError(f"{place.where(found.folder)}: was withdrawn {said['at']} ({said['reason']})")
    return found


def version_of(place: Place, dataset_id: str, version: str) -> Published:
    """A version by its number, withdrawn or not. Raises ShelfError where there is none."""
    if version not in _versions(place, dataset_id):
        raise ShelfError(f"{place.where(f'{dataset_id}/{version}')}: is no version of {dataset_id}")
    return _published(place, dataset_id, version)


def releases(place: Place, dataset_id: str) -> dict[str, Published]:
    """Every version by its number, oldest first; those that were withdrawn say so in their descriptor."""
    return {version: _published(place, dataset_id, version) for version in _versions(place, dataset_id)}


def notices(place: Place, dataset_id: str) -> list[Notice]:
    """Of every version that was withdrawn why, when, what it was and which ids it had minted, oldest first."""
    return [
        _notice(place, published.folder)
        for published in releases(place, dataset_id).values()
        if published.descriptor.get("withdrawn")
    ]


def read_file(published: Published, name: str) -> bytes:
    """The bytes of a file of a version. Raises ShelfError."""
    return published.place.read(f"{published.folder}/{name}")


def read_tables(published: Published, columns: Mapping[str, Sequence[str] | None] | None = None) -> dict[str, pa.Table]:
    """The tables of a version, from its Parquet files: all, or those that `columns` names, with the columns it names.

    Raises ShelfError where a file is missing or is not the one that the version was published with.
    """
    import pyarrow.parquet as pq  # costs half a second, which those who read no tables need not pay

    from transform.schema import TABLES

    place, sums = published.place, _sums(published.place, published.folder)
    tables = {}
    for table in TABLES if columns is None else columns:
        name = f"{table}.parquet"
        try:
            with place.local(f"{published.folder}/{name}") as path:
                if digest_of(path) != sums.get(name):
                    raise ShelfError(
                        f"{place.where(f'{published.folder}/{name}')}: was altered after it was published; {place.mend}"
                    )
                # In one thread and without the dataset layer: that one imports pandas where it is there (2 s), and its
                # threads abort about one process in fifty that ends right after reading.
                with pq.ParquetFile(str(path), pre_buffer=False) as file:
                    tables[table] = file.read(columns=columns and columns[table], use_threads=False)
        except MissingError:
            if name in sums:
                raise
    return tables


def read_checks(published: Published) -> dict[str, Any]:
    """What was checked before a version was published (`checks.json`). Raises ShelfError where it cannot be read."""
    return _json_of(published.place, f"{published.folder}/checks.json", ("checks", "claims"))


def read_provenance(published: Published) -> dict[str, Any]:
    """What a version was made from and with; empty for one of before this was told. Raises ShelfError."""
    if PROVENANCE not in checksums(published):
        return {}
    return _json_of(published.place, f"{published.folder}/{PROVENANCE}", ("readings", "order"))


def checksums(published: Published) -> dict[str, str]:
    """The SHA-256 of every file of a version, by name, as it was published. Raises ShelfError."""
    return _sums(published.place, published.folder)


def troubles_of(published: Published) -> Iterator[str]:
    """A line for each file of a version that is missing, altered, or none of its own; all are read."""
    place, listed = published.place, checksums(published)
    there = place.facts(published.folder)
    for name, digest in listed.items():
        if name not in there:
            yield f"{name} is missing"
        elif place.digest(f"{published.folder}/{name}") != digest:
            yield f"{name} was altered"
    yield from (f"{name} is none of its files" for name in sorted(there.keys() - listed.keys() - {CHECKSUMS}))


def claims_of(place: Place, dataset_id: str) -> dict[str, list[bool]]:
    """Whether each claim holds in the newest version, by document; claims that could not be counted are left out."""
    published = newest(place, dataset_id)
    held: dict[str, list[bool]] = {}
    for claim in read_checks(published)["claims"] if published else ():
        if claim["holds"] is not None:
            held.setdefault(claim["claim_id"].rpartition("/")[0], []).append(claim["holds"])
    return held


def captures_in_use(place: Place, dataset_id: str) -> dict[str, list[str]]:
    """The captures that versions, those withdrawn apart, were made from: the versions by SHA-256, oldest first.

    Raises ShelfError.
    """
    used: dict[str, list[str]] = {}
    for version, published in releases(place, dataset_id).items():
        if published.descriptor.get("withdrawn"):
            continue
        name = f"{published.folder}/captures.csv"
        try:
            lines = place.read(name).decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise ShelfError(f"{place.where(name)}: cannot be read ({error}); {place.mend}") from None
        for row in csv.DictReader(lines):
            used.setdefault(row["capture_id"], []).append(version)
    return used


@contextmanager
def locked(place: Place, dataset_id: str) -> Iterator[None]:
    """Hold a dataset's place on the shelf; whoever else wants it is told so by a ShelfError.

    Tidies up what a killed run left there. The lock ends with the process.
    """
    with place.held(dataset_id):
        _tidy(place, dataset_id)
        yield


def root_locked(place: Place) -> AbstractContextManager[None]:
    """Hold the shelf's root for a moment, to read and `replace` a file there; waits where another has it.

    Raises ShelfError where it has it for a minute.
    """
    return place.held("", wait=ROOT_WAIT)


def replace(place: Place, name: str, content: bytes) -> None:
    """Make a file of the shelf say something, in one step; untouched where it says so already. Raises ShelfError."""
    place.replace(name, content)


@contextmanager
def staged(place: Place, dataset_id: str, version: str) -> Iterator[Path]:
    """A folder to write a version in, which is put on the shelf when the block ends well.

    Call it with the dataset `locked`. Where the block, or the putting, fails, nothing is left of it. Raises ShelfError.
    """
    _refuse_given(place, dataset_id, version)
    with place.staging(dataset_id, version) as folder:
        yield folder
        put(place, dataset_id, version, folder)


def put(place: Place, dataset_id: str, version: str, folder: Path) -> Published:
    """Put a version on the shelf; call it with the dataset `locked`.

    `folder` holds every file of it, SHA256SUMS too. Raises ShelfError where the shelf cannot be written, and leaves it
    as it was.
    """
    _refuse_given(place, dataset_id, version)
    tree = place.facts(dataset_id)
    entries = _entries(place, dataset_id, tree)
    descriptor, entry = _entry_in(folder, version)
    if not place.folders_are_truth and not entries:
        # From here on a missing listing means that it was lost, and never that nothing counts.
        place.replace(f"{dataset_id}/{LISTING}", listing_of(dataset_id, descriptor["title"], ()))
    entries = [*entries, entry]
    latest = latest_of(entries)
    title = descriptor["title"] if latest == version else _title(place, dataset_id)
    stands = latest != version and _latest_stands(place, dataset_id, entries, tree)
    listing = listing_of(dataset_id, title, entries)
    place.carry_out(dataset_id, Change(listing, latest, stands, new=Files(version, folder)))
    return _published(place, dataset_id, version)


def withdraw(
    place: Place, dataset_id: str, version: str, *, reason: str, when: datetime, ids: Sequence[Mapping[str, Any]]
) -> None:
    """Take a version back; call it with the dataset `locked`. Its number stays given, and stays in the listing.

    Its files are replaced by a notice, `latest` moves back to the newest version that stands; where none does, there is
    no `latest/` any more. `ids` are kept as they are, for `notices`; `when` is UTC. Raises ShelfError.
    """
    published = version_of(place, dataset_id, version)
    if said := published.descriptor.get("withdrawn"):
        raise ShelfError(f"{place.where(published.folder)}: was withdrawn already, {said['at']} ({said['reason']})")
    sums = _sums(place, published.folder)
    _replace_by(published, Notice(version, reason, when, sums, tuple(dict(one) for one in ids)))


def put_catalog(place: Place, dataset_id: str, site: str | None) -> None:
    """Say in `catalog.json` what is on the shelf; read only, where it has the newest version of the dataset already.

    `site` is the shelf's address on the web, if known. Raises ShelfError.
    """
    current = newest(place, dataset_id)
    now = (current.version if current else None, highest(place, dataset_id))
    if now == (None, None) or told_in(_catalog_of(place), dataset_id, site) == now:
        return
    with root_locked(place):
        entries = []
        for name in datasets(place):
            found = releases(place, name)
            withdrawn = {number: one.descriptor.get("withdrawn") for number, one in found.items()}
            entries.append(
                CatalogEntry(
                    [one.descriptor for one in found.values()],
                    {number: said["reason"] for number, said in withdrawn.items() if said},
                )
            )
        place.replace(CATALOG, as_json(catalog(entries, site)))


def _catalog_of(place: Place) -> dict[str, Any]:
    try:
        found = json.loads(place.read(CATALOG))
    except (MissingError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def put_sources(place: Place, dataset_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Say how a dataset's sources are doing, beside its versions; call it with the dataset `locked`.

    Untouched where it says so already, or where nothing is published yet. Raises ShelfError.
    """
    if _versions(place, dataset_id):
        place.replace(f"{dataset_id}/{SOURCES}", as_json({"dataset": dataset_id, "sources": list(rows)}))


def _versions(place: Place, dataset_id: str) -> list[str]:
    """All versions, oldest first, those withdrawn too."""
    if place.folders_are_truth:
        found = [name for name in place.folders(dataset_id) if VERSION.fullmatch(name)]
    else:
        found = list(_listed(place, dataset_id))
    return sorted(found, key=in_order)


def _listed(place: Place, dataset_id: str) -> dict[str, Entry]:
    """The entries of the listing by version; none where it is missing.

    Where it is not the truth it is made anew, so what cannot be understood is none; else it is a ShelfError.
    """
    try:
        document = place.read(f"{dataset_id}/{LISTING}")
    except MissingError:
        return {}
    except ShelfError:
        if place.folders_are_truth:
            return {}
        raise
    try:
        return {str(one["version"]): one for one in json.loads(document)["releases"]}
    except (ValueError, TypeError, KeyError):
        if place.folders_are_truth:
            return {}
        raise ShelfError(f"{place.where(f'{dataset_id}/{LISTING}')}: is no listing; {place.mend}") from None


def _entries(place: Place, dataset_id: str, tree: Tree) -> list[Entry]:
    """The entry of each version: from its folder, or where the listing is the truth, from there. Raises ShelfError."""
    if not place.folders_are_truth:
        return list(_listed(place, dataset_id).values())
    return [_entry(published, tree) for published in releases(place, dataset_id).values()]


def _entry(published: Published, tree: Tree) -> Entry:
    place, version = published.place, published.version
    sizes = {name.partition("/")[2]: facts.size for name, facts in tree.items() if name.startswith(f"{version}/")}
    try:
        return entry_of(version, published.descriptor, place.read(f"{published.folder}/{CHECKSUMS}"), sizes)
    except KeyError as missing:
        where = place.where(f"{published.folder}/{missing.args[0]}")
        raise ShelfError(f"{where}: is not as it was published; {place.mend}") from None


def _entry_in(folder: Path, version: str) -> tuple[dict[str, Any], Entry]:
    """Descriptor and entry of a version that is not on the shelf yet."""
    descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return descriptor, entry_of(version, descriptor, (folder / CHECKSUMS).read_bytes(), sizes)


def _published(place: Place, dataset_id: str, version: str) -> Published:
    descriptor = _json_of(place, f"{dataset_id}/{version}/{DESCRIPTOR}", DESCRIBED)
    return Published(place, dataset_id, version, descriptor)


def _title(place: Place, dataset_id: str) -> str:
    """The dataset's title, as its newest version has it."""
    version = highest(place, dataset_id)
    published = newest(place, dataset_id) or (version and _published(place, dataset_id, version))
    return str(published.descriptor["title"]) if published else dataset_id


def _json_of(place: Place, name: str, needed: tuple[str, ...]) -> dict[str, Any]:
    try:
        found = json.loads(place.read(name))
    except ValueError as error:
        raise ShelfError(f"{place.where(name)}: is no JSON ({error}); {place.mend}") from None
    if not isinstance(found, dict) or not found.keys() >= set(needed):
        raise ShelfError(f"{place.where(name)}: does not hold {', '.join(needed)}; {place.mend}")
    return found


def _sums(place: Place, folder: str) -> dict[str, str]:
    name = f"{folder}/{CHECKSUMS}"
    try:
        return sums_in(place.read(name))
    except UnicodeDecodeError as error:
        raise ShelfError(f"{place.where(name)}: cannot be read ({error}); {place.mend}") from None


def _notice(place: Place, folder: str) -> Notice:
    name = f"{folder}/{WITHDRAWN}"
    try:
        return notice_in(place.read(name))
    except (ValueError, KeyError, TypeError):
        raise ShelfError(f"{place.where(name)}: holds no notice; {place.mend}") from None


def _refuse_given(place: Place, dataset_id: str, version: str) -> None:
    if version in _versions(place, dataset_id):
        raise ShelfError(
            f"{place.where(f'{dataset_id}/{version}')}: is published already and never changes; "
            "remove nothing, publish a new version"
        )


def _tidy(place: Place, dataset_id: str) -> None:
    """Finish or remove what a killed run left, and bring the listing and `latest/` up to what is published."""
    listed = _listed(place, dataset_id)
    there = {name for name in place.folders(dataset_id) if VERSION.fullmatch(name)}
    if there and not place.folders_are_truth and not place.has(f"{dataset_id}/{LISTING}"):
        where = place.where(f"{dataset_id}/{LISTING}")
        raise ShelfError(f"{where}: is missing, and without it nobody knows what is published; {place.mend}")
    place.clear(dataset_id, listed)
    if gone := listed.keys() - there:
        where = place.where(f"{dataset_id}/{min(gone)}")
        raise ShelfError(f"{where}/: is listed but no longer there; {place.mend}")
    tree = place.facts(dataset_id)
    for version, entry in listed.items():
        if not entry.get("withdrawn") and f"{version}/{WITHDRAWN}" in tree and not place.folders_are_truth:
            published = _published(place, dataset_id, version)
            _replace_by(published, _notice(place, published.folder))
            tree = place.facts(dataset_id)
    if there & set(_versions(place, dataset_id)):
        _follow(place, dataset_id, tree)


def _follow(place: Place, dataset_id: str, tree: Tree) -> None:
    """Make `latest/` and `releases.json` say what is published; untouched where they already do."""
    entries = _entries(place, dataset_id, tree)
    latest = latest_of(entries)
    for entry in entries:
        newest_one = entry["version"] == latest
        if newest_one and (damaged := _damaged(place, dataset_id, entry["version"], entry, tree)):
            raise ShelfError(f"{place.where(damaged)}: is not as it was published; {place.mend}")
    stands = _latest_stands(place, dataset_id, entries, tree)
    listing = listing_of(dataset_id, _title(place, dataset_id), entries)
    place.carry_out(dataset_id, Change(listing, latest, stands))


def _replace_by(published: Published, notice: Notice) -> None:
    """Put a notice in the place of a version, and in the listing; move `latest/` back."""
    place, dataset_id, version = published.place, published.dataset_id, published.version
    tree = place.facts(dataset_id)
    title = _title(place, dataset_id)
    with place.staging(dataset_id, version) as folder:
        for name, content in notice_files(published.descriptor, notice).items():
            (folder / name).write_bytes(content)
        _, entry = _entry_in(folder, version)
        entries = [one for one in _entries(place, dataset_id, tree) if one["version"] != version] + [entry]
        stands = _latest_stands(place, dataset_id, entries, tree)
        listing = listing_of(dataset_id, title, entries)
        place.carry_out(dataset_id, Change(listing, latest_of(entries), stands, withdrawn=Files(version, folder)))


def _latest_stands(place: Place, dataset_id: str, entries: Sequence[Entry], tree: Tree) -> bool:
    """Whether `latest/` is a whole copy of the newest version, or is not there where none stands."""
    version = latest_of(entries)
    if version is None:
        return LATEST not in place.folders(dataset_id)
    name = f"{LATEST}/{CHECKSUMS}"
    (entry,) = (one for one in entries if one["version"] == version)
    if name not in tree or place.read(f"{dataset_id}/{name}") != place.read(f"{dataset_id}/{version}/{CHECKSUMS}"):
        return False
    return _damaged(place, dataset_id, LATEST, entry, tree) is None


def _damaged(place: Place, dataset_id: str, folder: str, entry: Entry, tree: Tree) -> str | None:
    """The first file that is missing, has another size, or was touched after the checksums and is another now.

    The checksums are what is written last of a version, so that nothing that is whole is read again at each run.
    """
    sealed = tree.get(f"{folder}/{CHECKSUMS}")
    for name, (size, digest) in files_of(entry).items():
        facts = tree.get(f"{folder}/{name}")
        where = f"{dataset_id}/{folder}/{name}"
        if facts is None or sealed is None or facts.size != size:
            return where
        touched = facts.touched is not None and sealed.touched is not None and facts.touched >= sealed.touched
        if touched and place.digest(where) != digest:
            return where
    return None
