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
from pipeline.captures import capture_of, order_of, sources_ordered
from pipeline.drafting import problems_of
from pipeline.read.cache import Memory
from pipeline.read.reader import Readings
from pipeline.workspace import Home
from publish import integrity as inspection
from publish import shelf
from publish.csv_check import holds_the_same
from publish.datapackage import metadata, metadata_of
from publish.listing import in_order
from publish.release import write_release
from publish.shelf import CATALOG, Published
from publish.source_status import from_rows
from publish.storage.backend import Place, ShelfError, digest_of
from publish.toolchain import written_with
from transform.arrow_tables import align_columns
from transform.changes import find_changes
from transform.content import hash_content
from transform.draft import PreviousRelease, WithdrawnId, draft_release
from transform.models import AnnouncedDocument, Draft
from transform.schema import SCHEMA_VERSION, TABLES, TableSpec, build_arrow_schema

PROVED, WRONG, UNPROVED = True, False, None
# What depends on the rules of reading too, and not on the rows alone.
BY_RULES = ("provenance.json",)
# After how many seconds what looks wrong is looked at again.
AGAIN_AFTER = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at: `proved` is True or False, None where it could not be proved; and what was seen."""

    where: str
    proved: bool | None
    said: str


def prove(home: Home, dataset_id: str, named: str | None = None) -> Iterator[Finding]:
    """Look at all versions of a dataset, or the one named, and make that one, or else the newest, again.

    What cannot be read is a finding, and the rest is looked at all the same.
    """
    known = _Known(home.shelf, dataset_id)
    wanted = [named] if named else known.numbers
    whole = dict.fromkeys(wanted, True)
    for number in wanted:
        for finding in _told(f"{dataset_id} {number}", _version(home, known, number)):
            whole[number] = whole[number] and finding.proved is not WRONG
            yield finding
    if not named:
        lines = _told_twice(lambda: inspection.beside(home.shelf, dataset_id))
        said = (Finding(dataset_id, WRONG, line) for line in lines)
        yield from _told(dataset_id, said)
    standing = [one for number in wanted if whole[number] and (one := known.get(number)) and not _withdrawn(one)]
    yield from _told(dataset_id, _captured(home, dataset_id, standing))
    if standing and (named or all(whole.values())):
        one = standing[-1]
        yield from _told(f"{dataset_id} {one.version}", _made_again(home, dataset_id, one, known))


def prove_catalog(home: Home) -> Iterator[Finding]:
    """See that `catalog.json` tells of what is on the shelf."""
    lines = _told_twice(lambda: inspection.catalog_troubles(home.shelf))
    yield from _told(CATALOG, (Finding(CATALOG, WRONG, line) for line in lines))


@dataclass(frozen=True, slots=True)
class _Known:
    """The versions of a dataset, each opened when it is asked for, so that a damaged one is in nobody's way."""

    place: Place
    dataset_id: str

    @property
    def numbers(self) -> list[str]:
        return shelf.numbers(self.place, self.dataset_id)

    def get(self, number: str) -> Published | None:
        """A version; None where there is none, or it cannot be opened."""
        try:
            return shelf.version_of(self.place, self.dataset_id, number)
        except ShelfError:
            return None


def _told(where: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings, and where looking ended in something that is not as it was made, that."""
    try:
        yield from findings
    except ShelfError as error:
        yield Finding(where, WRONG, str(error))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = " ".join(str(error).split())
        yield Finding(where, WRONG, f"holds what no release holds ({type(error).__name__}: {said})")


def _told_twice(look: Callable[[], Iterator[str]]) -> Iterator[str]:
    """What is wrong, and is so still after a moment: another run may have been in the middle of its work."""
    try:
        first = set(look())
    except ShelfError:
        first = None
    if first is None or first:
        time.sleep(AGAIN_AFTER)
        yield from (line for line in look() if first is None or line in first)


def _withdrawn(one: Published) -> dict[str, str] | None:
    said: dict[str, str] | None = one.descriptor.get("withdrawn")
    return said


def _version(home: Home, known: _Known, number: str) -> Iterator[Finding]:
    """What is to be said of one version: its files, and what its rows say."""
    where, troubled = f"{known.dataset_id} {number}", False
    for trouble in _told_twice(lambda: inspection.troubles_of(home.shelf, known.dataset_id, number)):
        troubled = True
        yield Finding(where, WRONG, trouble)
    one = known.get(number)
    if troubled or one is None:
        return
    count, withdrawn = len(shelf.checksums(one)), _withdrawn(one)
    said = f"withdrawn ({withdrawn['reason']}); its notice stands in" if withdrawn else "each as published:"
    yield Finding(where, PROVED, f"{said} {count} files")
    if not withdrawn:
        yield from _content(where, one, known)


def _before(one: Published) -> str | None:
    before: str | None = one.descriptor.get("previousVersion")
    return before


def _content(where: str, one: Published, known: _Known) -> Iterator[Finding]:
    """Whether a version's hash and changes are those of its rows, and each CSV has them too."""
    tables = shelf.read_tables(one)
    has = _has_columns_of if one.descriptor["schemaVersion"] == SCHEMA_VERSION else _can_be_read_as
    odd = [name for name, table in TABLES.items() if not has(tables.get(name), table)]
    if odd and has is _can_be_read_as:
        yield Finding(where, UNPROVED, f"of schema {one.descriptor['schemaVersion']}: its rows are not looked into")
        return
    if odd:
        yield Finding(where, WRONG, f"{', '.join(f'{name}.parquet' for name in odd)}: not the columns of its schema")
        return
    if f"sha256:{hash_content(tables)}" != one.descriptor["contentHash"]:
        yield Finding(where, WRONG, "its content hash is not that of its rows")
    for name, table in tables.items():
        if not _same_in_csv(one, name, table):
            yield Finding(where, WRONG, f"{name}.csv has not the rows of {name}.parquet")
    number = _before(one)
    before = known.get(number) if number else None
    if before is None or _withdrawn(before):
        return
    try:
        earlier = shelf.read_tables(before)
    except ShelfError as error:
        yield Finding(where, UNPROVED, f"its changes cannot be compared: {error}")
        return
    core = {name: table for name, table in tables.items() if TABLES[name].compared}
    same = find_changes(earlier, core).equals(tables["changes"])
    yield Finding(where, same, f"its changes {'lead' if same else 'do not lead'} from {number} to it")


def _has_columns_of(found: pa.Table | None, table: TableSpec) -> bool:
    return found is not None and bool(found.schema.equals(build_arrow_schema(table)))


def _can_be_read_as(found: pa.Table | None, table: TableSpec) -> bool:
    """Whether the columns are those of today by name and type: a schema may since have let a cell be empty."""
    ours = build_arrow_schema(table)
    return found is not None and (found.schema.names, found.schema.types) == (ours.names, ours.types)


def _same_in_csv(one: Published, name: str, table: pa.Table) -> bool:
    with one.place.local(f"{one.folder}/{name}.csv") as path:
        try:
            return holds_the_same(path, table)
        except pa.ArrowException:
            return False


def _captured(home: Home, dataset_id: str, versions: Sequence[Published]) -> Iterator[Finding]:
    """Whether the bytes that versions were made from are still those; of what is not there nobody can tell."""
    made_from: dict[tuple[str, str], list[str]] = {}
    for one in versions:
        for row in shelf.read_tables(one, {"captures": ["source_id", "capture_id"]})["captures"].to_pylist():
            made_from.setdefault((row["source_id"], row["capture_id"]), []).append(one.version)
    for (source_id, capture_id), numbers in made_from.items():
        where = f"{dataset_id} {', '.join(numbers)}"
        try:
            name = f"data/raw/{source_id}/{capture_of(home, source_id, capture_id).file_name}"
            if digest_of(home.root / name) != capture_id:
                yield Finding(where, WRONG, f"{name}: the raw capture was altered; restore it, as with git checkout")
        except ArchiveError as error:
            yield Finding(where, UNPROVED, str(error))
        except OSError as error:
            yield Finding(where, UNPROVED, f"{name}: the raw capture cannot be read ({error.strerror})")


def _made_again(home: Home, dataset_id: str, one: Published, known: _Known) -> Iterator[Finding]:
    where = f"{dataset_id} {one.version}"
    order = order_of(one)
    if order is None:
        yield Finding(
            where, UNPROVED, "says not what it was made from (it is of an earlier schema): cannot be made again"
        )
        return
    try:
        draft = _drafted(home, order, one, known)
    except (ArchiveError, ShelfError, KeyError) as error:
        yield Finding(where, UNPROVED, f"cannot be made again: {error}")
        return
    published = shelf.read_tables(one)
    differ = [name for name in TABLES if not _same_rows(published.get(name), draft.tables[name], name)]
    rows = sum(table.num_rows for table in draft.tables.values())
    if draft.version != one.version:
        yield Finding(where, WRONG, f"made again it would be {draft.version or 'no new version'}")
    elif differ:
        yield Finding(where, WRONG, f"made again from data/raw it has other rows in {', '.join(differ)}")
    else:
        captures = published["captures"].num_rows
        made_of = f"{captures} capture{'' if captures == 1 else 's'} in data/raw"
        yield Finding(where, PROVED, f"made again from {made_of}: the same {rows:,} rows")
        yield _same_bytes(where, home, order, one, draft)


def _drafted(home: Home, order: Dataset, one: Published, known: _Known) -> Draft:
    """A version's draft, made anew from what the archive holds."""
    tables = shelf.read_tables(one)
    captures = {row["capture_id"]: row for row in tables["captures"].to_pylist()}
    sources = sources_ordered(home, order)
    with tempfile.TemporaryDirectory() as folder:
        readings = Readings(home.raw, Memory(Path(folder, "readings.sqlite")))
        announced = [
            _announced(home, readings, sources[row["source_id"]], row, captures[row["capture_id"]])
            for row in tables["documents"].to_pylist()
        ]
        return draft_release(order, announced, _previous(one, known), metadata(order))


def _announced(
    home: Home, readings: Readings, source: Source, document: Mapping[str, Any], row: Mapping[str, Any]
) -> AnnouncedDocument:
    capture = capture_of(home, source.id, document["capture_id"])
    return AnnouncedDocument(
        source_id=source.id,
        url=document["url"],
        capture_url=row["url"],
        capture_id=capture.capture_id,
        fetched_at=row["fetched_at"],
        media_type=row["media_type"],
        encoding=row["encoding"],
        byte_count=row["byte_count"],
        reading_id=readings.id_of(source, capture),
        read=partial(readings.plan, source, capture),
        place=source.place,
    )


def _previous(one: Published, known: _Known) -> PreviousRelease | None:
    """What a version was compared with when it was made: whatever came, or was withdrawn, later is left out."""
    earlier = [number for number in known.numbers if in_order(number) < in_order(one.version)]
    if not earlier:
        return None
    opened = [found for number in earlier if (found := known.get(number))]
    notices = [shelf.notice_of(found) for found in opened if _withdrawn(found)]
    withdrawn = tuple(
        WithdrawnId(**row, version=notice.version, reason=notice.reason)
        for notice in notices
        if notice.at <= datetime.fromisoformat(one.descriptor["created"])
        for row in notice.ids
    )
    number = _before(one)
    before = next((found for found in opened if found.version == number), None)
    if number and before is None:
        raise ArchiveError(f"{number}, which it builds on, cannot be read")
    if before is not None and before.descriptor.get("withdrawn"):
        raise ArchiveError(f"{before.version}, which it builds on, was withdrawn since")
    if before is None:
        return PreviousRelease(None, {}, {}, highest=earlier[-1], withdrawn=withdrawn)
    return PreviousRelease(
        version=before.version,
        tables=shelf.read_tables(before),
        metadata=metadata_of(before.descriptor),
        schema_version=before.descriptor["schemaVersion"],
        upcoming=tuple(before.descriptor.get("schemaChangesAhead", ())),
        highest=earlier[-1],
        withdrawn=withdrawn,
    )


def _same_bytes(where: str, home: Home, order: Dataset, one: Published, draft: Draft) -> Finding:
    """Whether the files made again are the same; where other versions wrote them, that may be why they are not."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_release(
            Path(folder),
            order,
            draft,
            datetime.fromisoformat(one.descriptor["created"]),
            problems=problems_of(home, order.id, draft),
            standing=from_rows(shelf.read_checks(one)["sources"]),
        )
    listed = shelf.checksums(one)
    differ = [name for name, (_, digest) in files.items() if digest != listed.get(name)]
    then, now = one.descriptor["writtenWith"], written_with()
    others = [f"{name} {by}, here {now.get(name, 'none')}" for name, by in then.items() if now.get(name) != by]
    same = f"made again: the same bytes in {len(files) - len(differ)} of {len(files)} files"
    if not differ:
        return Finding(where, PROVED, same)
    if others:
        return Finding(where, UNPROVED, f"{same}; the others cannot be compared: written with {'; '.join(others)}")
    if set(differ) <= set(BY_RULES):
        return Finding(where, PROVED, f"{same}; {differ[0]} tells that other rules of reading were in force")
    return Finding(where, WRONG, f"made again, these files have other bytes: {', '.join(differ)}")


def _same_rows(published: Any, made: Any, name: str) -> bool:
    return bool(align_columns(name, published).equals(made))
