"""The proof of a release: every file as it was published, and the newest version made again from the archive.

A version says what it was made from (`provenance.json`: the order, a reading id a document), when, and with which
versions of the libraries that write; the archive has the captures, the shelf the version before. So it can be made
again: the same rows always, and the same bytes with the same libraries. What cannot be proved is said, and why.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from collect.archive import ArchiveError, Capture, captures_of, read_bytes
from collect.dataset import Dataset, Source
from collect.gate import sources_of
from extract.reader import Overrides, open_capture
from flows.corridor import problems_of
from flows.home import Home
from flows.readings import Memory, Readings
from publish import shelf
from publish.datapackage import metadata, metadata_of
from publish.listing import in_order
from publish.made_with import written_with
from publish.place import ShelfError
from publish.release import write_release
from publish.shelf import Published
from publish.standing import from_rows
from transform.changes import changes_between
from transform.content import content_hash
from transform.draft import Draft, Previous, Withdrawn, draft_release
from transform.schema import SCHEMA_VERSION, TABLES
from transform.sheets import conformed
from transform.tables import Announced

PROVED, WRONG, UNPROVED = True, False, None
# What depends on the rules of reading too, and not on the rows alone.
BY_RULES = ("provenance.json",)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at: `proved` is True or False, None where it could not be proved; and what was seen."""

    where: str
    proved: bool | None
    said: str


def prove(home: Home, dataset_id: str, named: str | None = None) -> Iterator[Finding]:
    """Look at all versions of a dataset, or the one named, and make that one, or else the newest, again.

    Raises ShelfError where there is nothing to look at.
    """
    known = shelf.releases(home.shelf, dataset_id)
    wanted = [shelf.version(home.shelf, dataset_id, named)] if named else list(known.values())
    if not wanted:
        raise ShelfError(f"data/published/{dataset_id}/: holds no version; run policytasks publish {dataset_id}")
    whole = True
    for one in wanted:
        troubles = list(shelf.troubles_of(one))
        whole = whole and not troubles
        yield from (Finding(f"{dataset_id} {one.version}", WRONG, trouble) for trouble in troubles)
        if not troubles:
            count, withdrawn = len(shelf.checksums(one)), one.descriptor.get("withdrawn")
            said = f"withdrawn ({withdrawn['reason']}); its notice stands in" if withdrawn else "each as published:"
            yield Finding(f"{dataset_id} {one.version}", PROVED, f"{said} {count} files")
            if not withdrawn:
                yield from _content(dataset_id, one, known.get(_before(one) or ""))
    standing = [one for one in wanted if not one.descriptor.get("withdrawn")]
    if whole and standing:
        yield from _made_again(home, dataset_id, standing[-1], known)


def reading_text(
    home: Home, dataset_id: str, document: Mapping[str, Any], capture: Mapping[str, Any]
) -> tuple[str, str]:
    """Where a document's capture lies, and its reading text, in which the spans of its rows are counted.

    Raises ArchiveError where the archive does not hold it.
    """
    order = _order(dataset_id, shelf.versions(home.shelf, dataset_id)[-1])
    source = _sources(home, order).get(document["source_id"]) if order else None
    found = _capture(home, capture["source_id"], capture["capture_id"])
    overrides = Overrides(source.selector, source.tasks, source.language) if source else Overrides()
    opened = open_capture(
        read_bytes(home.raw, found), found.media_type, document["url"], encoding=found.encoding, overrides=overrides
    )
    return f"data/raw/{found.source_id}/{found.file_name}", opened.reading.text


def _before(one: Published) -> str | None:
    before: str | None = one.descriptor.get("previousVersion")
    return before


def _content(dataset_id: str, one: Published, before: Published | None) -> Iterator[Finding]:
    """Whether a version's hash and changes are those of its rows."""
    where = f"{dataset_id} {one.version}"
    if one.descriptor["schemaVersion"] != SCHEMA_VERSION:
        yield Finding(where, UNPROVED, f"of schema {one.descriptor['schemaVersion']}: its rows are not looked into")
        return
    tables = shelf.read_tables(one)
    if f"sha256:{content_hash(tables)}" != one.descriptor["contentHash"]:
        yield Finding(where, WRONG, "its content hash is not that of its rows")
    if before is not None and not before.descriptor.get("withdrawn"):
        core = {name: table for name, table in tables.items() if TABLES[name].compared}
        same = changes_between(shelf.read_tables(before), core).equals(tables["changes"])
        said = f"its changes {'lead' if same else 'do not lead'} from {before.version} to it"
        yield Finding(where, same, said)


def _made_again(home: Home, dataset_id: str, one: Published, known: Mapping[str, Published]) -> Iterator[Finding]:
    where = f"{dataset_id} {one.version}"
    order = _order(dataset_id, one)
    if order is None:
        yield Finding(
            where, UNPROVED, "says not what it was made from (it is of an earlier schema): cannot be made again"
        )
        return
    try:
        draft = _drafted(home, order, one, known)
    except (ArchiveError, KeyError) as error:
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


def _drafted(home: Home, order: Dataset, one: Published, known: Mapping[str, Published]) -> Draft:
    """A version's draft, made anew from what the archive holds."""
    tables = shelf.read_tables(one)
    captures = {row["capture_id"]: row for row in tables["captures"].to_pylist()}
    sources = _sources(home, order)
    with tempfile.TemporaryDirectory() as folder:
        readings = Readings(home.raw, Memory(Path(folder, "readings.sqlite")))
        announced = [
            _announced(home, readings, sources[row["source_id"]], row, captures[row["capture_id"]])
            for row in tables["documents"].to_pylist()
        ]
        return draft_release(order, announced, _previous(home, one, known), metadata(order))


def _announced(
    home: Home, readings: Readings, source: Source, document: Mapping[str, Any], row: Mapping[str, Any]
) -> Announced:
    capture = _capture(home, source.id, document["capture_id"])
    return Announced(
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


def _previous(home: Home, one: Published, known: Mapping[str, Published]) -> Previous | None:
    """What a version was compared with when it was made: whatever came, or was withdrawn, later is left out."""
    earlier = [number for number in known if in_order(number) < in_order(one.version)]
    if not earlier:
        return None
    withdrawn = tuple(
        Withdrawn(**row, version=notice.version, reason=notice.reason)
        for notice in shelf.notices(home.shelf, one.dataset_id)
        if notice.version in earlier and notice.at <= datetime.fromisoformat(one.descriptor["created"])
        for row in notice.ids
    )
    before = known.get(_before(one) or "")
    if before is not None and before.descriptor.get("withdrawn"):
        raise ArchiveError(f"{before.version}, which it builds on, was withdrawn since")
    if before is None:
        return Previous(None, {}, {}, highest=earlier[-1], withdrawn=withdrawn)
    return Previous(
        version=before.version,
        tables=shelf.read_tables(before),
        metadata=metadata_of(before.descriptor),
        schema_version=before.descriptor["schemaVersion"],
        coming=tuple(before.descriptor.get("schemaChangesAhead", ())),
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


def _order(dataset_id: str, one: Published) -> Dataset | None:
    """What a version was made after, as it says."""
    said = shelf.read_provenance(one).get("order")
    try:
        return Dataset.model_validate_json(json.dumps(said)) if said else None
    except ValidationError:
        raise ShelfError(
            f"data/published/{dataset_id}/{one.version}/provenance.json: holds an order that cannot be understood; "
            "restore it, for example with git checkout"
        ) from None


def _sources(home: Home, order: Dataset) -> dict[str, Source]:
    return {source.id: source for source, _ in sources_of(order, home.raw)}


def _capture(home: Home, source_id: str, capture_id: str) -> Capture:
    found = next((one for one in captures_of(home.raw, source_id) if one.capture_id == capture_id), None)
    if found is None:
        raise ArchiveError(f"data/raw/{source_id}/ has no capture {capture_id[:12]}… any more")
    return found


def _same_rows(published: Any, made: Any, name: str) -> bool:
    return bool(conformed(name, published).equals(made))
