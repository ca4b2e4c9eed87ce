"""The proof of a dataset's releases: every file as it was published, and the newest release made again.

In: a workspace and a dataset's id. Out: findings. What cannot be read is a finding, and the rest is checked all the
same. An altered release is kept apart from a defect of this program: only a ShelfError, which is raised if a file
of the shelf is read, makes the finding that a release is not as it was published. Any other error is ours, and is
raised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from collect.records import ArchiveError
from config.errors import ConfigurationError
from config.loader import read_dataset
from pipeline.captures import find_capture
from pipeline.notify.channels import notify_channels
from pipeline.notify.incidents import SHELF, Incident, Observations
from pipeline.steps import Step, run_directly
from pipeline.verify import PROVED, UNPROVED, WRONG, Finding
from pipeline.verify.rebuild import rebuild_release
from pipeline.workspace import Workspace
from publish.integrity import list_catalog_problems, list_dataset_problems, list_version_problems
from publish.releases import DatasetReleases, Release, read_releases
from publish.shelf_files import CATALOG
from publish.storage.backend import ShelfError, compute_digest
from publish.table_files import holds_same_rows
from publish.tables import read_tables
from transform.changes import find_changes
from transform.content import hash_content
from transform.schema import SCHEMA_VERSION, TABLES, TableSpec, build_arrow_schema


def collect_findings(workspace: Workspace, dataset_id: str) -> tuple[Finding, ...]:
    """All findings about a dataset. Raises ShelfError if it has no version."""
    releases = read_releases(workspace.shelf, dataset_id)
    if not releases.expected_versions:
        raise ShelfError("holds no version", f"{releases.describe()}/", f"run policytasks publish {dataset_id}")
    return tuple(prove_releases(workspace, releases))


def verify_dataset(workspace: Workspace, dataset_id: str, *, step: Step[Any] = run_directly) -> tuple[Finding, ...]:
    """All findings. If one of them is wrong, the dataset's channels are sent a message, and ShelfError is raised."""
    try:
        findings: tuple[Finding, ...] = step(collect_findings)(workspace, dataset_id)
        _refuse_wrong(dataset_id, findings)
    except ShelfError as error:
        _notify(workspace, dataset_id, Observations(frozenset([SHELF]), (Incident(SHELF, str(error)),)), step)
        raise
    _notify(workspace, dataset_id, Observations(frozenset([SHELF])), step)
    return findings


def prove_releases(workspace: Workspace, releases: DatasetReleases, version: str | None = None) -> Iterator[Finding]:
    """Check all versions of a dataset, or the given one, and make that one, or the newest, again."""
    dataset_id = releases.dataset_id
    versions = [version] if version else releases.expected_versions
    intact: list[Release] = []
    for number in versions:
        is_intact = True
        for finding in _report_damage(f"{dataset_id} {number}", _check_version(releases, number)):
            is_intact = is_intact and finding.proved is not WRONG
            yield finding
        if is_intact:
            intact.append(releases.read(number))
    if not version:
        yield from _confirm_problems(dataset_id, lambda: list_dataset_problems(releases.storage, dataset_id))
    available = [release for release in intact if not release.is_withdrawn]
    yield from _report_damage(dataset_id, _check_captures(workspace, dataset_id, available))
    if available and len(intact) == len(versions):
        newest = available[-1]
        where = f"{dataset_id} {newest.version}"
        yield from _report_damage(where, rebuild_release(workspace, newest, releases))


def prove_catalog(workspace: Workspace) -> Iterator[Finding]:
    """Check that `catalog.json` describes what is on the shelf."""
    return _confirm_problems(CATALOG, lambda: list_catalog_problems(workspace.shelf))


def _refuse_wrong(dataset_id: str, findings: tuple[Finding, ...]) -> None:
    wrong = [finding for finding in findings if finding.proved is WRONG]
    if wrong:
        more = f" (and {len(wrong) - 1} more findings)" if len(wrong) > 1 else ""
        raise ShelfError(f"{wrong[0].message}{more}", wrong[0].where, f"policytasks verify {dataset_id} shows all")


def _notify(workspace: Workspace, dataset_id: str, observations: Observations, step: Step[Any]) -> None:
    """Notify the dataset's channels; a dataset that is not in datasets/ any more has none."""
    try:
        dataset = read_dataset(workspace.datasets, dataset_id)
    except ConfigurationError:
        return
    step(notify_channels)(workspace, dataset, observations)


def _report_damage(where: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings; if a damaged file of the shelf ends them, the damage is the last one."""
    try:
        yield from findings
    except ShelfError as error:
        yield Finding(where, WRONG, str(error))


def _confirm_problems(where: str, look: Callable[[], Iterator[str]]) -> Iterator[Finding]:
    """Problems that are still there after a second: another run may have been in the middle of its work."""
    try:
        first = set(look())
    except ShelfError:
        first = None
    if first is None or first:
        time.sleep(1)
        problems = (problem for problem in look() if first is None or problem in first)
        yield from _report_damage(where, (Finding(where, WRONG, problem) for problem in problems))


def _check_version(releases: DatasetReleases, version: str) -> Iterator[Finding]:
    """Whether the files of a version are as published, and its rows are what it says of them."""
    where = f"{releases.dataset_id} {version}"
    problems = list(
        _confirm_problems(where, lambda: list_version_problems(releases.storage, releases.dataset_id, version))
    )
    yield from problems
    if problems:
        return
    release = releases.read(version)
    count, withdrawal = len(release.read_checksums()), release.descriptor.withdrawn
    state = f"withdrawn ({withdrawal.reason}); its notice stands in" if withdrawal else "each as published:"
    yield Finding(where, PROVED, f"{state} {count} files")
    if not withdrawal:
        yield from _check_content(where, release, releases)


def _check_content(where: str, release: Release, releases: DatasetReleases) -> Iterator[Finding]:
    """Whether a version's content hash and changes are those of its rows, and whether each CSV has the same rows."""
    tables = read_tables(release)
    is_current = release.descriptor.schema_version == SCHEMA_VERSION
    unfit = [name for name, table in TABLES.items() if not _has_columns(tables.get(name), table, exactly=is_current)]
    if unfit and not is_current:
        yield Finding(
            where,
            UNPROVED,
            f"its schema is {release.descriptor.schema_version}, not {SCHEMA_VERSION}: its rows are not checked",
        )
        return
    if unfit:
        yield Finding(
            where, WRONG, f"{', '.join(f'{name}.parquet' for name in unfit)}: has other columns than the schema"
        )
        return
    if f"sha256:{hash_content(tables)}" != release.descriptor.content_hash:
        yield Finding(where, WRONG, "its content hash is not that of its rows")
    for name, table in tables.items():
        if not _is_same_in_csv(release, name, table):
            yield Finding(where, WRONG, f"{name}.csv has other rows than {name}.parquet")
    number = release.descriptor.previous_version
    if number is None:
        return
    try:
        before = releases.read(number)
    except ShelfError:
        return  # that is a finding about the release before
    if before.is_withdrawn:
        return
    try:
        earlier = read_tables(before)
    except ShelfError as error:
        yield Finding(where, UNPROVED, f"its changes cannot be compared: {error}")
        return
    core = {name: table for name, table in tables.items() if TABLES[name].compared}
    same = find_changes(earlier, core).equals(tables["changes"])
    yield Finding(where, same, f"its changes {'lead' if same else 'do not lead'} from {number} to it")


def _has_columns(rows: pa.Table | None, table: TableSpec, *, exactly: bool) -> bool:
    """Whether the columns are the current ones; unless `exactly`, they may differ in what may be empty."""
    schema = build_arrow_schema(table)
    if rows is None or exactly:
        return rows is not None and bool(rows.schema.equals(schema))
    return (rows.schema.names, rows.schema.types) == (schema.names, schema.types)


def _is_same_in_csv(release: Release, name: str, table: pa.Table) -> bool:
    with release.storage.open_local(f"{release.folder}/{name}.csv") as path:
        try:
            return holds_same_rows(path, table)
        except pa.ArrowException:
            return False


def _check_captures(workspace: Workspace, dataset_id: str, releases: Sequence[Release]) -> Iterator[Finding]:
    """Whether the archive still has the bytes that versions were made from; what is missing cannot be proved."""
    made_from: dict[tuple[str, str], list[str]] = {}
    for release in releases:
        for row in read_tables(release, {"captures": ["source_id", "capture_id"]})["captures"].to_pylist():
            made_from.setdefault((row["source_id"], row["capture_id"]), []).append(release.version)
    for (source_id, capture_id), versions in made_from.items():
        where = f"{dataset_id} {', '.join(versions)}"
        try:
            name = f"data/raw/{source_id}/{find_capture(workspace, source_id, capture_id).file_name}"
            if compute_digest(workspace.root / name) != capture_id:
                yield Finding(where, WRONG, f"{name}: the raw capture was altered; restore it, as with git checkout")
        except ArchiveError as error:
            yield Finding(where, UNPROVED, str(error))
        except OSError as error:
            yield Finding(where, UNPROVED, f"{name}: the raw capture cannot be read ({error.strerror})")
