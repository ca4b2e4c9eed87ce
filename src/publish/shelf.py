"""The shelf: where releases lie, and how one gets there.

    <shelf>/catalog.json   every dataset and version, for the harvesters of data portals
    <shelf>/<dataset>/
      releases.json        every version, newest first, with counts, and size and checksum of every file
      sources.json         how each source is doing now; changes without a new version
      troubles.json        what a person has to see to, since when, and who was told (`troubles.py`); changes so too
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
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.release_index import (
    VERSION,
    ReleaseEntry,
    descriptor_from,
    entry_of,
    files_of,
    has_same_files,
    index_of,
    latest_of,
    parse_index,
    parse_json,
    sums_of,
    to_json,
    version_order_of,
)
from publish.storage.backend import (
    CHECKSUMS,
    LATEST,
    NOTICE,
    RELEASE_INDEX,
    FileStat,
    MissingError,
    ShelfChange,
    ShelfError,
    StagedRelease,
    Storage,
    digest_of,
    parse_checksums,
)
from publish.withdrawal import DESCRIPTOR, Notice, make_notice_files, parse_notice

if TYPE_CHECKING:
    import pyarrow as pa

SOURCES, CATALOG = "sources.json", "catalog.json"
PROVENANCE = "provenance.json"
# What this module reads of a version's descriptor.
DESCRIBED = (
    "name",
    "version",
    "title",
    "created",
    "schemaVersion",
    "changeSummary",
    "contentHash",
    "rowCounts",
    "resources",
)
# For how long one waits for another who writes at the shelf's root, in seconds.
ROOT_WAIT = 60.0

Tree = Mapping[str, FileStat]
# The folders of a dataset that hold what is published; in the others are its pages.
RELEASES = re.compile(rf"{VERSION.pattern}|{LATEST}")


@dataclass(frozen=True, slots=True)
class Release:
    """A version on the shelf: where it is, and its descriptor (`datapackage.json`)."""

    place: Storage
    dataset_id: str
    version: str
    descriptor: dict[str, Any]

    @property
    def folder(self) -> str:
        """Its folder's name on the shelf."""
        return f"{self.dataset_id}/{self.version}"


def newest(storage: Storage, dataset_id: str) -> Release | None:
    """The newest version of a dataset that is not withdrawn, or None where there is none. Raises ShelfError."""
    for version in reversed(_versions(storage, dataset_id)):
        published = _published(storage, dataset_id, version)
        if not published.descriptor.get("withdrawn"):
            return published
    return None


def highest(storage: Storage, dataset_id: str) -> str | None:
    """The highest number that was ever given, also to a version that was withdrawn; the next counts from it."""
    return max(_versions(storage, dataset_id), key=version_order_of, default=None)


def datasets(storage: Storage) -> list[str]:
    """The ids of all datasets that have a version on the shelf, or had one. Raises ShelfError."""
    return sorted(
        name for name in storage.list_folders("") if storage.has(f"{name}/{RELEASE_INDEX}") or _numbered(storage, name)
    )


def numbers(storage: Storage, dataset_id: str) -> list[str]:
    """Every version that is there, or that is listed and ought to be, oldest first. Raises ShelfError."""
    return sorted({*_versions(storage, dataset_id), *listed(storage, dataset_id)}, key=version_order_of)


def versions(storage: Storage, dataset_id: str) -> list[Release]:
    """All versions of a dataset that were not withdrawn, oldest first. Raises ShelfError."""
    return [one for one in releases(storage, dataset_id).values() if not one.descriptor.get("withdrawn")]


def version(storage: Storage, dataset_id: str, number: str) -> Release:
    """One version that was not withdrawn. Raises ShelfError where there is none."""
    known = _versions(storage, dataset_id)
    if number not in known:
        where = storage.describe(dataset_id)
        raise ShelfError(f"{where}: holds no version {number}; those are {', '.join(known) or 'none'}")
    found = _published(storage, dataset_id, number)
    if said := found.descriptor.get("withdrawn"):
        raise ShelfError(f"{storage.describe(found.folder)}: was withdrawn {said['at']} ({said['reason']})")
    return found


def version_of(storage: Storage, dataset_id: str, version: str) -> Release:
    """A version by its number, withdrawn or not. Raises ShelfError where there is none."""
    if version not in _versions(storage, dataset_id):
        raise ShelfError(f"{storage.describe(f'{dataset_id}/{version}')}: is no version of {dataset_id}")
    return _published(storage, dataset_id, version)


def releases(storage: Storage, dataset_id: str) -> dict[str, Release]:
    """Every version by its number, oldest first; those that were withdrawn say so in their descriptor."""
    return {version: _published(storage, dataset_id, version) for version in _versions(storage, dataset_id)}


def notices(storage: Storage, dataset_id: str) -> list[Notice]:
    """Of every version that was withdrawn why, when, what it was and which ids it had minted, oldest first."""
    return [notice_of(one) for one in releases(storage, dataset_id).values() if one.descriptor.get("withdrawn")]


def notice_of(published: Release) -> Notice:
    """The notice that stands in place of a withdrawn version. Raises ShelfError."""
    return _notice(published.place, published.folder)


def read_file(published: Release, name: str) -> bytes:
    """The bytes of a file of a version. Raises ShelfError."""
    return published.place.read(f"{published.folder}/{name}")


def read_tables(published: Release, columns: Mapping[str, Sequence[str] | None] | None = None) -> dict[str, pa.Table]:
    """The tables of a version, from its Parquet files: all, or those that `columns` names, with the columns it names.

    Raises ShelfError where a file is missing or is not the one that the version was published with.
    """
    from transform.schema import TABLES

    storage, sums = published.place, _sums(published.place, published.folder)
    tables = {}
    for table in TABLES if columns is None else columns:
        name = f"{table}.parquet"
        try:
            tables[table] = _table(storage, f"{published.folder}/{name}", sums.get(name), (columns or {}).get(table))
        except MissingError:
            if name in sums:
                raise
    return tables


def read_what_is_left(storage: Storage, dataset_id: str, version: str, names: Iterable[str]) -> dict[str, pa.Table]:
    """Those tables of a version, which may be damaged, whose files are as published, there or in `latest/`.

    Raises ShelfError where it cannot be told what was published.
    """
    sums, tables = sums_told(storage, dataset_id, version), {}
    for name in names:
        for folder in (version, LATEST):
            with suppress(ShelfError):
                path = f"{dataset_id}/{folder}/{name}.parquet"
                tables[name] = _table(storage, path, sums.get(f"{name}.parquet"))
                break
    return tables


def _table(storage: Storage, name: str, digest: str | None, columns: Sequence[str] | None = None) -> pa.Table:
    import pyarrow.parquet as pq  # costs half a second, which those who read no tables need not pay

    # In one thread and without the dataset layer: that one imports pandas where it is there (2 s), and its threads
    # abort about one process in fifty that ends right after reading.
    with (
        _as_published(storage, name, digest) as path,
        _told_of_parquet(storage, name),
        pq.ParquetFile(str(path), pre_buffer=False) as file,
    ):
        return file.read(columns=columns, use_threads=False)


@contextmanager
def _as_published(storage: Storage, name: str, digest: str | None) -> Iterator[Path]:
    """A file as one of this machine. Raises ShelfError where it is not the one that was published."""
    with storage.open_local(name) as path:
        if digest_of(path) != digest:
            raise ShelfError(f"{storage.describe(name)}: was altered after it was published; {storage.repair_hint}")
        yield path


@contextmanager
def _told_of_parquet(storage: Storage, name: str) -> Iterator[None]:
    """Tell in one line that a file is no table, or was replaced while it was read."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        said = " ".join(str(error).split())[:160]
        raise ShelfError(
            f"{storage.describe(name)}: cannot be read as a table ({said}); {storage.repair_hint}"
        ) from None


def changes_since(old: Release, new: Release) -> pa.Table:
    """What makes the content of one version out of another, as a `changes` table. Raises ShelfError."""
    from publish.release_diff import diff_releases
    from transform.changes import find_changes
    from transform.schema import SCHEMA_VERSION, TABLES

    if {old.descriptor["schemaVersion"], new.descriptor["schemaVersion"]} != {SCHEMA_VERSION}:  # rows in no order
        return find_changes(read_tables(old), read_tables(new))
    with ExitStack() as files:
        paths: list[dict[str, Path]] = []
        for one in (old, new):
            sums = checksums(one)
            names = {name: f"{name}.parquet" for name, of in TABLES.items() if of.compared}
            paths.append(
                {
                    name: files.enter_context(_as_published(one.place, f"{one.folder}/{file}", sums[file]))
                    for name, file in names.items()
                    if file in sums
                }
            )
        files.enter_context(_told_of_parquet(new.place, f"{new.dataset_id}/"))
        return diff_releases(*paths)


def read_checks(published: Release) -> dict[str, Any]:
    """What was checked before a version was published (`checks.json`). Raises ShelfError where it cannot be read."""
    return _json_of(published.place, f"{published.folder}/checks.json", ("checks", "claims"))


def read_provenance(published: Release) -> dict[str, Any]:
    """What a version was made from and with; empty for one of before this was told. Raises ShelfError."""
    if PROVENANCE not in checksums(published):
        return {}
    return _json_of(published.place, f"{published.folder}/{PROVENANCE}", ("readings", "order"))


def sums_told(storage: Storage, dataset_id: str, version: str) -> dict[str, str]:
    """The sums that a version was published with: as the listing has them, of what it does not list its own.

    Raises ShelfError.
    """
    was = listed(storage, dataset_id).get(version)
    told = sums_of(was) if was else {}
    if CHECKSUMS in told:
        return told
    try:
        return {**_sums(storage, f"{dataset_id}/{version}"), **told}
    except ShelfError:
        if not told:
            raise
        return told


def checksums(published: Release) -> dict[str, str]:
    """The SHA-256 of every file of a version, by name, as it was published. Raises ShelfError."""
    return _sums(published.place, published.folder)


def claims_of(storage: Storage, dataset_id: str) -> dict[str, list[bool]]:
    """Whether each claim holds in the newest version, by document; claims that could not be counted are left out."""
    published = newest(storage, dataset_id)
    held: dict[str, list[bool]] = {}
    for claim in read_checks(published)["claims"] if published else ():
        if claim["holds"] is not None:
            held.setdefault(claim["claim_id"].rpartition("/")[0], []).append(claim["holds"])
    return held


def captures_in_use(storage: Storage, dataset_id: str) -> dict[str, list[str]]:
    """The captures that versions, those withdrawn apart, were made from: the versions by SHA-256, oldest first.

    Raises ShelfError.
    """
    used: dict[str, list[str]] = {}
    for version, published in releases(storage, dataset_id).items():
        if published.descriptor.get("withdrawn"):
            continue
        name = f"{published.folder}/captures.csv"
        try:
            lines = storage.read(name).decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise ShelfError(f"{storage.describe(name)}: cannot be read ({error}); {storage.repair_hint}") from None
        for row in csv.DictReader(lines):
            used.setdefault(row["capture_id"], []).append(version)
    return used


@contextmanager
def locked(storage: Storage, dataset_id: str, *, to_withdraw: bool = False) -> Iterator[None]:
    """Hold a dataset's place on the shelf; whoever else wants it is told so by a ShelfError.

    Tidies up what a killed run left there, and sees that the versions are as they were published; that apart where it
    is held `to_withdraw` one of them, which may be the damaged one. The lock ends with the process.
    """
    with storage.lock(dataset_id):
        _tidy(storage, dataset_id, to_withdraw=to_withdraw)
        yield


def root_locked(storage: Storage) -> AbstractContextManager[None]:
    """Hold the shelf's root for a moment, to read and `replace` a file there; waits where another has it.

    Raises ShelfError where it has it for a minute.
    """
    return storage.lock("", wait=ROOT_WAIT)


def replace(storage: Storage, name: str, content: bytes) -> None:
    """Make a file of the shelf say something, in one step; untouched where it says so already. Raises ShelfError."""
    storage.replace(name, content)


@contextmanager
def staged(storage: Storage, dataset_id: str, version: str) -> Iterator[Path]:
    """A folder to write a version in, which is put on the shelf when the block ends well.

    Call it with the dataset `locked`. Where the block, or the putting, fails, nothing is left of it. Raises ShelfError.
    """
    _refuse_given(storage, dataset_id, version)
    with storage.open_staging(dataset_id, version) as folder:
        yield folder
        put(storage, dataset_id, version, folder)


def put(storage: Storage, dataset_id: str, version: str, folder: Path) -> Release:
    """Put a version on the shelf; call it with the dataset `locked`.

    `folder` holds every file of it, SHA256SUMS too. Raises ShelfError where the shelf cannot be written, and leaves it
    as it was.
    """
    _refuse_given(storage, dataset_id, version)
    tree = tree_of(storage, dataset_id)
    entries = _entries(storage, dataset_id, tree)
    descriptor, entry = _entry_in(folder, version)
    if not storage.has_atomic_folders and not entries:
        # From here on a missing listing means that it was lost, and never that nothing counts.
        storage.replace(f"{dataset_id}/{RELEASE_INDEX}", index_of(dataset_id, descriptor["title"], ()))
    entries = [*entries, entry]
    latest = latest_of(entries)
    title = descriptor["title"] if latest == version else _title(storage, dataset_id)
    stands = latest != version and _latest_stands(storage, dataset_id, entries, tree)
    listing = index_of(dataset_id, title, entries)
    storage.apply(dataset_id, ShelfChange(listing, latest, stands, new=StagedRelease(version, folder)))
    return _published(storage, dataset_id, version)


def withdraw(
    storage: Storage, dataset_id: str, version: str, *, reason: str, when: datetime, ids: Sequence[Mapping[str, Any]]
) -> None:
    """Take a version back; call it with the dataset `locked`. Its number stays given, and stays in the listing.

    Its files are replaced by a notice, `latest` moves back to the newest version that stands; where none does, there is
    no `latest/` any more. A version that was damaged, or is gone, can be withdrawn too: what it was is taken from the
    listing then. `ids` are kept as they are, for `notices`; `when` is UTC. Raises ShelfError, also where the version
    that would be the newest is not as it was published.
    """
    descriptor = what_it_was(storage, dataset_id, version)
    if said := descriptor.get("withdrawn"):
        where = storage.describe(f"{dataset_id}/{version}")
        raise ShelfError(f"{where}: was withdrawn already, {said['at']} ({said['reason']})")
    kept = {name: digest for name, digest in sums_told(storage, dataset_id, version).items() if name != CHECKSUMS}
    notice = Notice(version, reason, when, kept, tuple(dict(one) for one in ids))
    _replace_by(Release(storage, dataset_id, version, descriptor), notice)


def what_it_was(storage: Storage, dataset_id: str, version: str) -> dict[str, Any]:
    """A version's descriptor, or where that was damaged, what the listing says of it. Raises ShelfError."""
    was = listed(storage, dataset_id).get(version)
    if was is None and version not in _versions(storage, dataset_id):
        raise ShelfError(f"{storage.describe(f'{dataset_id}/{version}')}: is no version of {dataset_id}")
    name = f"{dataset_id}/{version}/{DESCRIPTOR}"
    try:
        found = _published(storage, dataset_id, version)
        told = sums_of(was).get(DESCRIPTOR) if was else None
        if told is None or found.descriptor.get("withdrawn") or storage.hash_file(name) == told:
            return found.descriptor
    except ShelfError:
        if was is None:
            raise
    return descriptor_from(was or {}, dataset_id, _title(storage, dataset_id))


def put_catalog(storage: Storage, dataset_id: str, site: str | None) -> None:
    """Say in `catalog.json` what is on the shelf; read only, where it has the newest version of the dataset already.

    `site` is the shelf's address on the web, if known. Raises ShelfError.
    """
    from publish.data_catalog import DatasetEntry as CatalogEntry  # those who only read need none of what it stands on
    from publish.data_catalog import build_catalog, versions_in

    current = newest(storage, dataset_id)
    now = (current.version if current else None, highest(storage, dataset_id))
    if now == (None, None) or versions_in(_catalog_of(storage), dataset_id, site) == now:
        return
    with root_locked(storage):
        entries = []
        for name in datasets(storage):
            found = releases(storage, name)
            withdrawn = {number: one.descriptor.get("withdrawn") for number, one in found.items()}
            entries.append(
                CatalogEntry(
                    [one.descriptor for one in found.values()],
                    {number: said["reason"] for number, said in withdrawn.items() if said},
                )
            )
        storage.replace(CATALOG, to_json(build_catalog(entries, site)))


def _catalog_of(storage: Storage) -> dict[str, Any]:
    try:
        found = parse_json(storage.read(CATALOG))
    except (MissingError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def put_sources(storage: Storage, dataset_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Say how a dataset's sources are doing, beside its versions; call it with the dataset `locked`.

    Untouched where it says so already, or where nothing is published yet. Raises ShelfError.
    """
    if _versions(storage, dataset_id):
        storage.replace(f"{dataset_id}/{SOURCES}", to_json({"dataset": dataset_id, "sources": list(rows)}))


def listed(storage: Storage, dataset_id: str) -> dict[str, ReleaseEntry]:
    """The entries of the listing by version; none where it is missing.

    Where it is not the truth it is made anew, so what cannot be understood is none; else it is a ShelfError.
    """
    try:
        return parse_index(storage.read(f"{dataset_id}/{RELEASE_INDEX}"))
    except MissingError:
        return {}
    except (ShelfError, ValueError) as error:
        if storage.has_atomic_folders:
            return {}
        if isinstance(error, ShelfError):
            raise
        where = storage.describe(f"{dataset_id}/{RELEASE_INDEX}")
        raise ShelfError(f"{where}: is no listing ({error}); {storage.repair_hint}") from None


def tree_of(storage: Storage, dataset_id: str) -> Tree:
    """The files of a dataset's versions and of `latest/`, and those beside them; its pages apart."""
    return storage.list_files(dataset_id, RELEASES)


def entry_now(storage: Storage, dataset_id: str, version: str, tree: Tree) -> ReleaseEntry:
    """A version's entry as its folder has it now; `tree` is what lies in the dataset's folder. Raises ShelfError."""
    return _entry(_published(storage, dataset_id, version), tree)


def as_listed(storage: Storage, dataset_id: str, was: ReleaseEntry, now: ReleaseEntry) -> bool:
    """Whether a version is of the files that it is listed with, or their withdrawal was cut short before the listing.

    Raises ShelfError.
    """
    if has_same_files(was, now):
        return True
    if was["withdrawn"] or not now["withdrawn"]:
        return False
    kept = _notice(storage, f"{dataset_id}/{now['version']}").sha256
    return all(kept.get(name) == digest for name, digest in sums_of(was).items() if name != CHECKSUMS)


def altered_files(storage: Storage, dataset_id: str, folder: str, sums: Mapping[str, str], tree: Tree) -> Iterator[str]:
    """The files of a folder that are missing or have another sum; all are read. Raises ShelfError."""
    for name, digest in sums.items():
        if f"{folder}/{name}" not in tree or storage.hash_file(f"{dataset_id}/{folder}/{name}") != digest:
            yield name


def _numbered(storage: Storage, dataset_id: str) -> list[str]:
    return [name for name in storage.list_folders(dataset_id) if VERSION.fullmatch(name)]


def _versions(storage: Storage, dataset_id: str) -> list[str]:
    """All versions, oldest first, those withdrawn too."""
    found = _numbered(storage, dataset_id) if storage.has_atomic_folders else list(listed(storage, dataset_id))
    if not found and not storage.has_atomic_folders:
        _refuse_unlisted(storage, dataset_id)
    return sorted(found, key=version_order_of)


def _refuse_unlisted(storage: Storage, dataset_id: str) -> None:
    if _numbered(storage, dataset_id) and not storage.has(f"{dataset_id}/{RELEASE_INDEX}"):
        where = storage.describe(f"{dataset_id}/{RELEASE_INDEX}")
        raise ShelfError(f"{where}: is missing, and without it nobody knows what is published; {storage.repair_hint}")


def _entries(storage: Storage, dataset_id: str, tree: Tree) -> list[ReleaseEntry]:
    """The entry of each version: from its folder, or where the listing is the truth, from there. Raises ShelfError."""
    if not storage.has_atomic_folders:
        return list(listed(storage, dataset_id).values())
    return [_entry(published, tree) for published in releases(storage, dataset_id).values()]


def _entry(published: Release, tree: Tree) -> ReleaseEntry:
    storage, version = published.place, published.version
    sizes = {name.partition("/")[2]: facts.size for name, facts in tree.items() if name.startswith(f"{version}/")}
    try:
        return entry_of(version, published.descriptor, storage.read(f"{published.folder}/{CHECKSUMS}"), sizes)
    except KeyError as missing:
        raise _altered(storage, f"{published.folder}/{missing.args[0]}") from None
    except UnicodeDecodeError:
        raise _altered(storage, f"{published.folder}/{CHECKSUMS}") from None


def _entry_in(folder: Path, version: str) -> tuple[dict[str, Any], ReleaseEntry]:
    """Descriptor and entry of a version that is not on the shelf yet."""
    descriptor = parse_json((folder / DESCRIPTOR).read_bytes())
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return descriptor, entry_of(version, descriptor, (folder / CHECKSUMS).read_bytes(), sizes)


def _published(storage: Storage, dataset_id: str, version: str) -> Release:
    where = storage.describe(f"{dataset_id}/{version}")
    try:
        descriptor = _json_of(storage, f"{dataset_id}/{version}/{DESCRIPTOR}", DESCRIBED)
    except MissingError:
        if version in listed(storage, dataset_id):
            raise
        raise ShelfError(f"{where}/: is no version, it has no {DESCRIPTOR}; remove it") from None
    if (descriptor["name"], descriptor["version"]) != (dataset_id, version):
        said = f"{descriptor['name']} {descriptor['version']}"
        mend = (
            storage.repair_hint
            if version in listed(storage, dataset_id)
            else "a copied folder is no version, remove it"
        )
        raise ShelfError(f"{where}/{DESCRIPTOR}: says that it is {said}; {mend}")
    return Release(storage, dataset_id, version, descriptor)


def _title(storage: Storage, dataset_id: str) -> str:
    """The dataset's title, as its newest version has it; where that was damaged, as the listing does."""
    try:
        version = highest(storage, dataset_id)
        published = newest(storage, dataset_id) or (version and _published(storage, dataset_id, version))
        return str(published.descriptor["title"]) if published else dataset_id
    except ShelfError:
        return str(parse_json(storage.read(f"{dataset_id}/{RELEASE_INDEX}")).get("title", dataset_id))


def _json_of(storage: Storage, name: str, needed: tuple[str, ...]) -> dict[str, Any]:
    try:
        found = parse_json(storage.read(name))
    except ValueError as error:
        raise ShelfError(f"{storage.describe(name)}: is no JSON ({error}); {storage.repair_hint}") from None
    if not isinstance(found, dict) or not found.keys() >= set(needed):
        raise ShelfError(f"{storage.describe(name)}: does not hold {', '.join(needed)}; {storage.repair_hint}")
    return found


def _sums(storage: Storage, folder: str) -> dict[str, str]:
    name = f"{folder}/{CHECKSUMS}"
    try:
        return parse_checksums(storage.read(name))
    except UnicodeDecodeError as error:
        raise ShelfError(f"{storage.describe(name)}: cannot be read ({error}); {storage.repair_hint}") from None


def _notice(storage: Storage, folder: str) -> Notice:
    name = f"{folder}/{NOTICE}"
    try:
        return parse_notice(storage.read(name))
    except (ValueError, KeyError, TypeError):
        raise ShelfError(f"{storage.describe(name)}: holds no notice; {storage.repair_hint}") from None


def _refuse_given(storage: Storage, dataset_id: str, version: str) -> None:
    if version in _versions(storage, dataset_id):
        raise ShelfError(
            f"{storage.describe(f'{dataset_id}/{version}')}: is published already and never changes; "
            "remove nothing, publish a new version"
        )


def _tidy(storage: Storage, dataset_id: str, *, to_withdraw: bool) -> None:
    """Finish or remove what a killed run left, and bring the listing and `latest/` up to what is published."""
    known = listed(storage, dataset_id)
    there = set(_numbered(storage, dataset_id))
    if not storage.has_atomic_folders:
        _refuse_unlisted(storage, dataset_id)
    storage.remove_unfinished(dataset_id, known)
    if (gone := known.keys() - there) and not to_withdraw:
        where = storage.describe(f"{dataset_id}/{min(gone, key=version_order_of)}")
        raise ShelfError(f"{where}/: is listed but no longer there; {storage.repair_hint}")
    tree = tree_of(storage, dataset_id)
    for version, entry in known.items():
        if not entry["withdrawn"] and f"{version}/{NOTICE}" in tree and not storage.has_atomic_folders:
            published = _published(storage, dataset_id, version)
            _replace_by(published, _notice(storage, published.folder))
            tree = tree_of(storage, dataset_id)
    if there & set(_versions(storage, dataset_id)) and not to_withdraw:
        _follow(storage, dataset_id, tree)


def _follow(storage: Storage, dataset_id: str, tree: Tree) -> None:
    """Make `latest/` and `releases.json` say what is published; untouched where they already do."""
    entries, known = _entries(storage, dataset_id, tree), listed(storage, dataset_id)
    for entry in entries:
        was = known.get(entry["version"])
        if was is not None and not as_listed(storage, dataset_id, was, entry):
            raise _altered(storage, f"{dataset_id}/{entry['version']}/{CHECKSUMS}")
    latest = latest_of(entries)
    for entry in entries:
        newest_one = entry["version"] == latest
        if newest_one and (damaged := _damaged(storage, dataset_id, entry["version"], entry, tree)):
            raise _altered(storage, damaged)
    stands = _latest_stands(storage, dataset_id, entries, tree)
    listing = index_of(dataset_id, _title(storage, dataset_id), entries)
    storage.apply(dataset_id, ShelfChange(listing, latest, stands))


def _altered(storage: Storage, name: str) -> ShelfError:
    return ShelfError(f"{storage.describe(name)}: is not as it was published; {storage.repair_hint}")


def _replace_by(published: Release, notice: Notice) -> None:
    """Put a notice in the place of a version, and in the listing; move `latest/` back."""
    storage, dataset_id, version = published.place, published.dataset_id, published.version
    tree = tree_of(storage, dataset_id)
    title = _title(storage, dataset_id)
    with storage.open_staging(dataset_id, version) as folder:
        for name, content in make_notice_files(published.descriptor, notice).items():
            (folder / name).write_bytes(content)
        _, entry = _entry_in(folder, version)
        entries = [*_others(storage, dataset_id, version, tree), entry]
        stands = _next_stands(storage, dataset_id, version, entries, tree)
        listing = index_of(dataset_id, title, entries)
        storage.apply(
            dataset_id, ShelfChange(listing, latest_of(entries), stands, withdrawn=StagedRelease(version, folder))
        )


def _others(storage: Storage, dataset_id: str, version: str, tree: Tree) -> list[ReleaseEntry]:
    """The entries of all versions but one; that of a damaged one as it is listed."""
    known = listed(storage, dataset_id)
    found = []
    for number in numbers(storage, dataset_id):
        was = known.get(number)
        if number == version:
            continue
        if was is not None and not storage.has_atomic_folders:
            found.append(was)
            continue
        try:
            now = entry_now(storage, dataset_id, number, tree)
            found.append(now if was is None or as_listed(storage, dataset_id, was, now) else was)
        except ShelfError:
            if was is None:
                raise
            found.append(was)
    return found


def _next_stands(storage: Storage, dataset_id: str, version: str, entries: Sequence[ReleaseEntry], tree: Tree) -> bool:
    """Whether `latest/` may stay as it is once a version is withdrawn.

    Raises ShelfError where a damaged version would become the newest; one that is it already keeps its old copy.
    """
    latest = latest_of(entries)
    for entry in entries:
        if entry["version"] != latest:
            continue
        wrong = next(altered_files(storage, dataset_id, entry["version"], sums_of(entry), tree), None)
        if wrong is not None and version_order_of(entry["version"]) < version_order_of(version):
            where = storage.describe(f"{dataset_id}/{latest}/{wrong}")
            raise ShelfError(
                f"{where}: is not as it was published, and {latest} would be the newest; "
                f"{storage.repair_hint}, or withdraw {latest} first"
            )
        if wrong is not None:
            return True
    return _latest_stands(storage, dataset_id, entries, tree)


def _latest_stands(storage: Storage, dataset_id: str, entries: Sequence[ReleaseEntry], tree: Tree) -> bool:
    """Whether `latest/` is a whole copy of the newest version, or is not there where none stands."""
    version = latest_of(entries)
    if version is None:
        return LATEST not in storage.list_folders(dataset_id)
    name = f"{LATEST}/{CHECKSUMS}"
    (entry,) = (one for one in entries if one["version"] == version)
    there = {one.removeprefix(f"{LATEST}/") for one in tree if one.startswith(f"{LATEST}/")}
    if there != {*files_of(entry), CHECKSUMS} or storage.read(f"{dataset_id}/{name}") != storage.read(
        f"{dataset_id}/{version}/{CHECKSUMS}"
    ):
        return False
    return _damaged(storage, dataset_id, LATEST, entry, tree) is None


def _damaged(storage: Storage, dataset_id: str, folder: str, entry: ReleaseEntry, tree: Tree) -> str | None:
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
        if name == CHECKSUMS and hashlib.sha256(storage.read(where)).hexdigest() != digest:
            return where
        if touched and storage.hash_file(where) != digest:
            return where
    return None
