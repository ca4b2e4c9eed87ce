"""The tables of releases, read from their Parquet files: a release in, Arrow tables out.

A table is given only if its file is the one that the version was published with.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from publish.releases import DatasetReleases, Release
from publish.storage.backend import LATEST, MissingError, ShelfError, Storage, compute_digest

if TYPE_CHECKING:
    import pyarrow as pa


def read_tables(release: Release, columns: Mapping[str, Sequence[str] | None] | None = None) -> dict[str, pa.Table]:
    """The tables of a version: all, or those that `columns` names, with the columns it names.

    A table that the version was published without is omitted. Raises ShelfError if a file is missing or altered.
    """
    from transform.schema import TABLES

    checksums, tables = release.read_checksums(), {}
    for table in TABLES if columns is None else columns:
        name = f"{table}.parquet"
        path, wanted = f"{release.folder}/{name}", (columns or {}).get(table)
        try:
            tables[table] = _read_table(release.storage, path, checksums.get(name), wanted)
        except MissingError:
            if name in checksums:
                raise
    return tables


def read_undamaged_tables(releases: DatasetReleases, version: str, names: Iterable[str]) -> dict[str, pa.Table]:
    """The undamaged tables of a version, from its folder or from `latest/`; the version itself may be damaged.

    Raises ShelfError if nothing says what was published.
    """
    checksums, tables = releases.read_listed_checksums(version), {}
    for name in names:
        for folder in (version, LATEST):
            with suppress(ShelfError):
                path = f"{releases.dataset_id}/{folder}/{name}.parquet"
                tables[name] = _read_table(releases.storage, path, checksums.get(f"{name}.parquet"))
                break
    return tables


def compare_releases(old: Release, new: Release) -> pa.Table:
    """The `changes` table that leads from the content of one version to another's. Raises ShelfError."""
    from publish.release_diff import compare_files
    from transform.changes import find_changes
    from transform.schema import SCHEMA_VERSION, TABLES

    if {old.descriptor.schema_version, new.descriptor.schema_version} != {SCHEMA_VERSION}:  # rows are not sorted
        return find_changes(read_tables(old), read_tables(new))
    names = {name: f"{name}.parquet" for name, table in TABLES.items() if table.compared}
    with ExitStack() as files:
        paths: list[dict[str, Path]] = []
        for release in (old, new):
            checksums = release.read_checksums()
            paths.append(
                {
                    name: files.enter_context(
                        _open_as_published(release.storage, f"{release.folder}/{file}", checksums[file])
                    )
                    for name, file in names.items()
                    if file in checksums
                }
            )
        files.enter_context(_translate_errors(new.storage, f"{new.dataset_id}/"))
        return compare_files(*paths)


def list_captures_in_use(releases: DatasetReleases) -> dict[str, list[str]]:
    """The captures that versions were made from: the versions by SHA-256, oldest first; withdrawn ones are omitted.

    Raises ShelfError.
    """
    used: dict[str, list[str]] = {}
    for release in releases.list_available():
        for capture_id in _read_capture_ids(release):
            used.setdefault(capture_id, []).append(release.version)
    return used


def _read_capture_ids(release: Release) -> list[str]:
    name, hint = "captures.csv", release.storage.repair_hint
    where = release.storage.describe(f"{release.folder}/{name}")
    try:
        rows = csv.DictReader(release.read_file(name).decode("utf-8-sig").splitlines())
    except UnicodeDecodeError as error:
        raise ShelfError(f"cannot be read ({error})", where, hint) from error
    if "capture_id" not in (rows.fieldnames or ()):
        raise ShelfError("has no column capture_id", where, hint)
    return [row["capture_id"] for row in rows]


def _read_table(storage: Storage, name: str, digest: str | None, columns: Sequence[str] | None = None) -> pa.Table:
    import pyarrow.parquet as pq  # costs half a second, which those who read no tables need not pay

    # In one thread and without the dataset layer: that one imports pandas if it is there (2 s), and its threads
    # abort about one process in fifty that ends right after reading.
    with (
        _open_as_published(storage, name, digest) as path,
        _translate_errors(storage, name),
        pq.ParquetFile(str(path), pre_buffer=False) as file,
    ):
        return file.read(columns=columns, use_threads=False)


@contextmanager
def _open_as_published(storage: Storage, name: str, digest: str | None) -> Iterator[Path]:
    """A file as one of this machine. Raises ShelfError if it is not the one that was published."""
    with storage.open_local(name) as path:
        if compute_digest(path) != digest:
            raise ShelfError("was altered after it was published", storage.describe(name), storage.repair_hint)
        yield path


@contextmanager
def _translate_errors(storage: Storage, name: str) -> Iterator[None]:
    """Raise ShelfError if a file is not a table, or was replaced while it was read."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        what = f"cannot be read as a table ({' '.join(str(error).split())[:160]})"
        raise ShelfError(what, storage.describe(name), storage.repair_hint) from error
