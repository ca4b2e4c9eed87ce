"""A release made again from the archive, and compared with what was published.

A release states what it was made from (`provenance.json`: the dataset configuration, a reading id for each document),
when, and with which versions of the libraries that write files. The archive has the captures, the shelf the release
before. So it can be made again: the same rows always, and the same bytes with the same libraries.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from collect.records import ArchiveError
from config.models import Dataset
from config.text import format_count
from pipeline.captures import find_capture, index_sources, read_release_configuration
from pipeline.drafting import gather_problems, to_previous
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader
from pipeline.select import announce
from pipeline.verify import PROVED, UNPROVED, WRONG, Finding
from pipeline.workspace import Workspace
from publish.datapackage import list_dataset_properties
from publish.records import Notice, parse_version
from publish.release import write_release
from publish.releases import PROVENANCE, DatasetReleases, Release
from publish.storage.backend import DESCRIPTOR, ShelfError
from publish.tables import read_tables
from publish.toolchain import list_versions
from transform.arrow_tables import Tables, align_columns
from transform.draft import draft_release
from transform.models import Draft, PreviousRelease
from transform.schema import TABLES


def rebuild_release(workspace: Workspace, release: Release, releases: DatasetReleases) -> Iterator[Finding]:
    """Make a release again, and compare the rows and the bytes with those published. Raises ShelfError."""
    where = f"{release.dataset_id} {release.version}"
    dataset = read_release_configuration(release)
    if dataset is None:
        reason = "does not state what it was made from (it is of an earlier schema): cannot be made again"
        yield Finding(where, UNPROVED, reason)
        return
    published = read_tables(release)
    try:
        draft = _draft_again(workspace, dataset, release, releases)
        if differ := _list_differences(published, draft):
            # Early releases were drafted in the order in which the configuration lists the sources.
            early = _draft_again(workspace, dataset, release, releases, is_in_listed_order=True)
            if not (early_differ := _list_differences(published, early)):
                draft, differ = early, early_differ
    except (ArchiveError, ShelfError) as error:
        yield Finding(where, UNPROVED, f"cannot be made again: {error}")
        return
    rows = sum(table.num_rows for table in draft.tables.values())
    if draft.version != release.version:
        yield Finding(where, WRONG, f"made again it would be {draft.version or 'no new version'}")
    elif differ:
        yield Finding(where, WRONG, f"made again from data/raw it has other rows in {', '.join(differ)}")
    else:
        made_of = f"{format_count(published['captures'].num_rows, 'capture')} in data/raw"
        yield Finding(where, PROVED, f"made again from {made_of}: the same {rows:,} {'row' if rows == 1 else 'rows'}")
        yield _compare_bytes(where, dataset, release, releases, draft)


def _list_differences(published: Tables, draft: Draft) -> list[str]:
    """The tables of which the rows that were published are not those of a draft."""
    return [name for name in TABLES if not align_columns(name, published.get(name)).equals(draft.tables[name])]


def _draft_again(
    workspace: Workspace,
    dataset: Dataset,
    release: Release,
    releases: DatasetReleases,
    *,
    is_in_listed_order: bool = False,
) -> Draft:
    """The draft of a release, made again from the archive. Raises ArchiveError and ShelfError.

    Its documents are taken in the order of their ids, or in that in which the configuration lists their sources.
    """
    tables = read_tables(release)
    captures = {row["capture_id"]: row for row in tables["captures"].to_pylist()}
    sources = index_sources(workspace, dataset)
    with tempfile.TemporaryDirectory() as folder:
        reader = CaptureReader(workspace.raw, ReadingCache(Path(folder, "readings.sqlite")))
        announced = []
        documents = tables["documents"].to_pylist()
        if is_in_listed_order:
            positions = {source_id: position for position, source_id in enumerate(sources)}
            documents.sort(key=lambda document: positions.get(document["source_id"], -1))
        for document in documents:
            source_id, capture_id = document["source_id"], document["capture_id"]
            if source_id not in sources:
                raise ArchiveError(f"source {source_id!r}, which was discovered, is not in the archive any more")
            if capture_id not in captures:
                what = f"has no row of {capture_id}, which documents.parquet names"
                raise ShelfError(what, release.describe("captures.parquet"), release.storage.repair_hint)
            source, row = sources[source_id], captures[capture_id]
            # The record of the archive may have the same bytes several times: the row says which one it was.
            capture = replace(
                find_capture(workspace, source_id, capture_id),
                **{name: row[name] for name in ("url", "fetched_at", "media_type", "encoding", "byte_count")},
            )
            announced.append(announce(reader, source, document["url"], capture))
        previous, metadata = _find_previous(release, releases), list_dataset_properties(dataset)
        return draft_release(dataset, announced, previous, metadata, is_in_given_order=is_in_listed_order)


def _find_previous(release: Release, releases: DatasetReleases) -> PreviousRelease | None:
    """What a release was compared with when it was made: what was published or withdrawn later is left out."""
    order = parse_version(release.version)
    earlier = [version for version in releases.versions if parse_version(version) < order]
    if not earlier:
        return None
    number = release.descriptor.previous_version
    try:
        before = releases.read(number) if number else None
    except ShelfError as error:
        raise ArchiveError(f"{number}, which it builds on, cannot be read") from error
    if before and before.is_withdrawn:
        raise ArchiveError(f"{number}, which it builds on, was withdrawn since")
    return to_previous(before, earlier[-1], _read_notices(release, releases, earlier))


def _read_notices(release: Release, releases: DatasetReleases, versions: Sequence[str]) -> Iterator[Notice]:
    """The notices of those versions that were withdrawn when a release was made; damaged versions are skipped."""
    created = _read_created(release)
    for version in versions:
        try:
            earlier = releases.read(version)
            notice = earlier.read_notice() if earlier.is_withdrawn else None
        except ShelfError:
            continue  # it is a finding of its own
        if notice and notice.at <= created:
            yield notice


def _read_created(release: Release) -> datetime:
    try:
        return datetime.fromisoformat(release.descriptor.created)
    except ValueError as error:
        where, fix = release.describe(DESCRIPTOR), release.storage.repair_hint
        raise ShelfError("has no valid time in `created`", where, fix) from error


def _compare_bytes(where: str, dataset: Dataset, release: Release, releases: DatasetReleases, draft: Draft) -> Finding:
    """Whether the files made again have the same bytes; other versions of libraries may be why they have not."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_release(
            Path(folder),
            dataset,
            draft,
            _read_created(release),
            problems=gather_problems(draft, releases),
            statuses=release.read_checks().sources,
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
    if differ == [PROVENANCE]:  # it depends on the rules of reading too, and not on the rows alone
        return Finding(where, PROVED, f"{same}; {PROVENANCE} differs because the rules of reading have changed")
    return Finding(where, WRONG, f"made again, these files have other bytes: {', '.join(differ)}")
