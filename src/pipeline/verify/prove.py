"""The proof of a release: every file as it was published, and the newest version made again from the archive.

A version says what it was made from (`provenance.json`: the order, a reading id a document), when, and with which
versions of the libraries that write; the archive has the captures, the shelf the version before. So it can be made
again: the same rows always, and the same bytes with the same libraries. What cannot be proved is said, and why.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from collect.archive import ArchiveError
from config.models import Dataset, Source
from pipeline.captures import find_capture, read_release_configuration, sources_by_id_of
from pipeline.drafting import gather_problems
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader
from pipeline.workspace import Workspace
from publish import integrity as inspection
from publish.csv_check import holds_same_rows
from publish.datapackage import dataset_properties_in, dataset_properties_of
from publish.records import version_order_of
from publish.release import write_release
from publish.releases import Release, read_releases
from publish.shelf_files import CATALOG
from publish.source_status import from_rows
from publish.storage.backend import ShelfError, Storage, digest_of
from publish.tables import read_tables
from publish.toolchain import list_versions
from transform.arrow_tables import align_columns
from transform.changes import find_changes
from transform.content import hash_content
from transform.draft import PreviousRelease, WithdrawnId, draft_release
from transform.models import AnnouncedDocument, Draft
from transform.schema import SCHEMA_VERSION, TABLES, TableSpec, build_arrow_schema

PROVED, WRONG, UNPROVED = True, False, None
# What depends on the rules of reading too, and not on the rows alone.
DEPENDS_ON_RULES = ("provenance.json",)
# After how many seconds what looks wrong is looked at again.
RECHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at: `proved` is True or False, None where it could not be proved; and what was seen."""

    where: str
    proved: bool | None
    message: str


def prove_releases(home: Workspace, dataset_id: str, version: str | None = None) -> Iterator[Finding]:
    """Look at all versions of a dataset, or the one named, and make that one, or else the newest, again.

    What cannot be read is a finding, and the rest is looked at all the same.
    """
    releases = _Releases(home.shelf, dataset_id)
    versions = [version] if version else releases.versions
    intact = dict.fromkeys(versions, True)
    for number in versions:
        for finding in _report_errors(f"{dataset_id} {number}", _check_files(home, releases, number)):
            intact[number] = intact[number] and finding.proved is not WRONG
            yield finding
    if not version:
        lines = _look_twice(lambda: inspection.list_dataset_problems(home.shelf, dataset_id))
        findings = (Finding(dataset_id, WRONG, line) for line in lines)
        yield from _report_errors(dataset_id, findings)
    available = [
        release
        for number in versions
        if intact[number] and (release := releases.get(number)) and not release.descriptor.withdrawn
    ]
    yield from _report_errors(dataset_id, _check_captures(home, dataset_id, available))
    if available and (version or all(intact.values())):
        release = available[-1]
        yield from _report_errors(
            f"{dataset_id} {release.version}", _rebuild_release(home, dataset_id, release, releases)
        )


def prove_catalog(home: Workspace) -> Iterator[Finding]:
    """See that `catalog.json` tells of what is on the shelf."""
    lines = _look_twice(lambda: inspection.list_catalog_problems(home.shelf))
    yield from _report_errors(CATALOG, (Finding(CATALOG, WRONG, line) for line in lines))


@dataclass(frozen=True, slots=True)
class _Releases:
    """The versions of a dataset, each opened when it is asked for, so that a damaged one is in nobody's way."""

    place: Storage
    dataset_id: str

    @property
    def versions(self) -> list[str]:
        return read_releases(self.place, self.dataset_id).expected_versions

    def get(self, version: str) -> Release | None:
        """A version; None where there is none, or it cannot be opened."""
        try:
            return read_releases(self.place, self.dataset_id).read(version)
        except ShelfError:
            return None


def _report_errors(where: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings, and where looking ended in something that is not as it was made, that."""
    try:
        yield from findings
    except ShelfError as error:
        yield Finding(where, WRONG, str(error))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = " ".join(str(error).split())
        yield Finding(where, WRONG, f"holds what no release holds ({type(error).__name__}: {reason})")


def _look_twice(look: Callable[[], Iterator[str]]) -> Iterator[str]:
    """What is wrong, and is so still after a moment: another run may have been in the middle of its work."""
    try:
        first = set(look())
    except ShelfError:
        first = None
    if first is None or first:
        time.sleep(RECHECK_SECONDS)
        yield from (line for line in look() if first is None or line in first)


def _check_files(home: Workspace, releases: _Releases, number: str) -> Iterator[Finding]:
    """What is to be said of one version: its files, and what its rows say."""
    where, troubled = f"{releases.dataset_id} {number}", False
    for trouble in _look_twice(lambda: inspection.list_version_problems(home.shelf, releases.dataset_id, number)):
        troubled = True
        yield Finding(where, WRONG, trouble)
    release = releases.get(number)
    if troubled or release is None:
        return
    count, withdrawn = len(release.read_checksums()), release.descriptor.withdrawn
    state = f"withdrawn ({withdrawn.reason}); its notice stands in" if withdrawn else "each as published:"
    yield Finding(where, PROVED, f"{state} {count} files")
    if not withdrawn:
        yield from _check_content(where, release, releases)


def _check_content(where: str, release: Release, releases: _Releases) -> Iterator[Finding]:
    """Whether a version's hash and changes are those of its rows, and each CSV has them too."""
    tables = read_tables(release)
    has = _has_columns_of if release.descriptor.schema_version == SCHEMA_VERSION else _can_be_read_as
    unfit = [name for name, table in TABLES.items() if not has(tables.get(name), table)]
    if unfit and has is _can_be_read_as:
        yield Finding(where, UNPROVED, f"of schema {release.descriptor.schema_version}: its rows are not looked into")
        return
    if unfit:
        yield Finding(where, WRONG, f"{', '.join(f'{name}.parquet' for name in unfit)}: not the columns of its schema")
        return
    if f"sha256:{hash_content(tables)}" != release.descriptor.content_hash:
        yield Finding(where, WRONG, "its content hash is not that of its rows")
    for name, table in tables.items():
        if not _is_same_in_csv(release, name, table):
            yield Finding(where, WRONG, f"{name}.csv has not the rows of {name}.parquet")
    number = release.descriptor.previous_version
    before = releases.get(number) if number else None
    if before is None or before.descriptor.withdrawn:
        return
    try:
        earlier = read_tables(before)
    except ShelfError as error:
        yield Finding(where, UNPROVED, f"its changes cannot be compared: {error}")
        return
    core = {name: table for name, table in tables.items() if TABLES[name].compared}
    same = find_changes(earlier, core).equals(tables["changes"])
    yield Finding(where, same, f"its changes {'lead' if same else 'do not lead'} from {number} to it")


def _has_columns_of(rows: pa.Table | None, table: TableSpec) -> bool:
    return rows is not None and bool(rows.schema.equals(build_arrow_schema(table)))


def _can_be_read_as(rows: pa.Table | None, table: TableSpec) -> bool:
    """Whether the columns are those of today by name and type: a schema may since have let a cell be empty."""
    ours = build_arrow_schema(table)
    return rows is not None and (rows.schema.names, rows.schema.types) == (ours.names, ours.types)


def _is_same_in_csv(release: Release, name: str, table: pa.Table) -> bool:
    with release.storage.open_local(f"{release.folder}/{name}.csv") as path:
        try:
            return holds_same_rows(path, table)
        except pa.ArrowException:
            return False


def _check_captures(home: Workspace, dataset_id: str, releases: Sequence[Release]) -> Iterator[Finding]:
    """Whether the bytes that versions were made from are still those; of what is not there nobody can tell."""
    made_from: dict[tuple[str, str], list[str]] = {}
    for release in releases:
        for row in read_tables(release, {"captures": ["source_id", "capture_id"]})["captures"].to_pylist():
            made_from.setdefault((row["source_id"], row["capture_id"]), []).append(release.version)
    for (source_id, capture_id), versions in made_from.items():
        where = f"{dataset_id} {', '.join(versions)}"
        try:
            name = f"data/raw/{source_id}/{find_capture(home, source_id, capture_id).file_name}"
            if digest_of(home.root / name) != capture_id:
                yield Finding(where, WRONG, f"{name}: the raw capture was altered; restore it, as with git checkout")
        except ArchiveError as error:
            yield Finding(where, UNPROVED, str(error))
        except OSError as error:
            yield Finding(where, UNPROVED, f"{name}: the raw capture cannot be read ({error.strerror})")


def _rebuild_release(home: Workspace, dataset_id: str, release: Release, releases: _Releases) -> Iterator[Finding]:
    where = f"{dataset_id} {release.version}"
    dataset = read_release_configuration(release)
    if dataset is None:
        yield Finding(
            where, UNPROVED, "says not what it was made from (it is of an earlier schema): cannot be made again"
        )
        return
    try:
        draft = _draft_again(home, dataset, release, releases)
    except (ArchiveError, ShelfError, KeyError) as error:
        yield Finding(where, UNPROVED, f"cannot be made again: {error}")
        return
    published = read_tables(release)
    differ = [name for name in TABLES if not _has_same_rows(published.get(name), draft.tables[name], name)]
    rows = sum(table.num_rows for table in draft.tables.values())
    if draft.version != release.version:
        yield Finding(where, WRONG, f"made again it would be {draft.version or 'no new version'}")
    elif differ:
        yield Finding(where, WRONG, f"made again from data/raw it has other rows in {', '.join(differ)}")
    else:
        captures = published["captures"].num_rows
        made_of = f"{captures} capture{'' if captures == 1 else 's'} in data/raw"
        yield Finding(where, PROVED, f"made again from {made_of}: the same {rows:,} rows")
        yield _compare_bytes(where, home, dataset, release, draft)


def _draft_again(home: Workspace, dataset: Dataset, release: Release, releases: _Releases) -> Draft:
    """A version's draft, made anew from what the archive holds."""
    tables = read_tables(release)
    captures = {row["capture_id"]: row for row in tables["captures"].to_pylist()}
    sources = sources_by_id_of(home, dataset)
    with tempfile.TemporaryDirectory() as folder:
        reader = CaptureReader(home.raw, ReadingCache(Path(folder, "readings.sqlite")))
        announced = [
            _to_announced(home, reader, sources[row["source_id"]], row, captures[row["capture_id"]])
            for row in tables["documents"].to_pylist()
        ]
        return draft_release(dataset, announced, _find_previous(release, releases), dataset_properties_of(dataset))


def _to_announced(
    home: Workspace, reader: CaptureReader, source: Source, document: Mapping[str, Any], row: Mapping[str, Any]
) -> AnnouncedDocument:
    capture = find_capture(home, source.id, document["capture_id"])
    return AnnouncedDocument(
        source_id=source.id,
        url=document["url"],
        capture_url=row["url"],
        capture_id=capture.capture_id,
        fetched_at=row["fetched_at"],
        media_type=row["media_type"],
        encoding=row["encoding"],
        byte_count=row["byte_count"],
        reading_id=reader.id_of(source, capture),
        read=partial(reader.read_plan, source, capture),
        place=source.place,
    )


def _find_previous(release: Release, releases: _Releases) -> PreviousRelease | None:
    """What a version was compared with when it was made: whatever came, or was withdrawn, later is left out."""
    earlier = [number for number in releases.versions if version_order_of(number) < version_order_of(release.version)]
    if not earlier:
        return None
    opened = [found for number in earlier if (found := releases.get(number))]
    notices = [earlier_release.read_notice() for earlier_release in opened if earlier_release.descriptor.withdrawn]
    withdrawn = tuple(
        WithdrawnId(**row, version=notice.version, reason=notice.reason)
        for notice in notices
        if notice.at <= datetime.fromisoformat(release.descriptor.created)
        for row in notice.ids
    )
    number = release.descriptor.previous_version
    before = next((found for found in opened if found.version == number), None)
    if number and before is None:
        raise ArchiveError(f"{number}, which it builds on, cannot be read")
    if before is not None and before.descriptor.withdrawn:
        raise ArchiveError(f"{before.version}, which it builds on, was withdrawn since")
    if before is None:
        return PreviousRelease(None, {}, {}, highest=earlier[-1], withdrawn=withdrawn)
    return PreviousRelease(
        version=before.version,
        tables=read_tables(before),
        metadata=dataset_properties_in(before.descriptor.record),
        schema_version=before.descriptor.schema_version,
        upcoming=tuple(before.descriptor.schema_changes_ahead),
        highest=earlier[-1],
        withdrawn=withdrawn,
    )


def _compare_bytes(where: str, home: Workspace, dataset: Dataset, release: Release, draft: Draft) -> Finding:
    """Whether the files made again are the same; where other versions wrote them, that may be why they are not."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_release(
            Path(folder),
            dataset,
            draft,
            datetime.fromisoformat(release.descriptor.created),
            problems=gather_problems(home, dataset.id, draft),
            statuses=from_rows(release.read_checks().sources),
        )
    listed = release.read_checksums()
    differ = [name for name, (_, digest) in files.items() if digest != listed.get(name)]
    then, now = release.descriptor.written_with, list_versions()
    others = [f"{name} {by}, here {now.get(name, 'none')}" for name, by in then.items() if now.get(name) != by]
    same = f"made again: the same bytes in {len(files) - len(differ)} of {len(files)} files"
    if not differ:
        return Finding(where, PROVED, same)
    if others:
        return Finding(where, UNPROVED, f"{same}; the others cannot be compared: written with {'; '.join(others)}")
    if set(differ) <= set(DEPENDS_ON_RULES):
        return Finding(where, PROVED, f"{same}; {differ[0]} tells that other rules of reading were in force")
    return Finding(where, WRONG, f"made again, these files have other bytes: {', '.join(differ)}")


def _has_same_rows(published: Any, made: Any, name: str) -> bool:
    return bool(align_columns(name, published).equals(made))
