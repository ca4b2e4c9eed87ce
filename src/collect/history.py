"""A history into the archive: pages that somebody kept, each named by the day that it is of, and WARC files.

    <folder>/<source>/2021-03-04.html         a source's page as it was on that day (UTC)
    <folder>/<source>/2021-03-04T0630.pdf     as it was at that time
    <folder>/2021-03-04.html                  the same, where the dataset has one source only
    <folder>/…/<name>.warc.gz                 the pages of a WARC, each of the source with its address

A single file of these does too. All names are understood before anything is taken, and what is on record is not taken
twice, so that the same history can be given again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collect.archive import EARLIEST, ArchiveError, Capture, read_captures, store_capture
from collect.warc import import_warc

WARCS = (".warc", ".warc.gz", ".arc", ".arc.gz")
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d)(\d\d))?(?![0-9])")
MEND = "name it by its day, such as 2021-03-04.html, or take it out"


@dataclass(frozen=True, slots=True)
class ImportedHistory:
    """What came of a history: the captures that are new, how many pages were of no source, and those passed over."""

    new: tuple[Capture, ...]
    unmatched: int
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    path: Path
    source_id: str
    moment: datetime


def import_history(
    raw: Path, path: Path, addresses: Mapping[str, str], media_type_of: Callable[[str, bytes], str]
) -> ImportedHistory:
    """Take a folder or a file of history into the archive.

    `addresses` has each source's address by its id; `media_type_of` tells a file's media type by its name and bytes.
    Raises ArchiveError where a file cannot be placed, before anything is taken, and where one cannot be read.
    """
    if not addresses:
        raise ArchiveError(f"{path}: no source of the dataset is an article that a page could be of; name one first")
    owners = {url: source_id for source_id, url in addresses.items()}
    warcs, pages = _sort_files(path, sorted(addresses))
    before = {source_id: set(read_captures(raw, source_id)) for source_id in addresses}
    unmatched, passed_over = 0, list[str]()
    for page in sorted(pages, key=lambda page: page.moment):
        content = _read_file(page.path)
        media_type = media_type_of(page.path.name, content)
        store_capture(
            raw,
            content,
            source_id=page.source_id,
            url=addresses[page.source_id],
            fetched_at=page.moment,
            method="by hand",
            media_type=media_type,
        )
    for warc in warcs:
        with warc.open("rb") as file:
            done = import_warc(raw, file, owners)
        unmatched += done.unmatched
        passed_over += [f"{warc}: {line}" for line in done.skipped]
    after = [one for source_id in addresses for one in read_captures(raw, source_id) if one not in before[source_id]]
    return ImportedHistory(tuple(sorted(after, key=lambda one: one.fetched_at)), unmatched, tuple(passed_over))


def _sort_files(given: Path, source_ids: list[str]) -> tuple[list[Path], list[_Page]]:
    """The WARC files, and the pages with their sources and days. Raises ArchiveError for what is neither."""
    if not given.exists():
        raise ArchiveError(f"{given}: is neither a folder nor a file; name one that holds the history")
    files = list(_list_files(given))
    if not files:
        raise ArchiveError(f"{given}: holds no file; put pages there, such as {source_ids[0]}/2021-03-04.html")
    warcs = [path for path in files if path.name.endswith(WARCS)]
    return warcs, [_parse_page(given, path, source_ids) for path in files if path not in warcs]


def _list_files(given: Path) -> Iterator[Path]:
    """The files at or below a path, hidden ones apart."""
    if given.is_file():
        yield given
        return
    for path in sorted(given.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(given).parts):
            yield path


def _parse_page(given: Path, path: Path, source_ids: list[str]) -> _Page:
    named = path.parent.name if given not in (path.parent, path) else ""
    if not named and len(source_ids) > 1:
        known = ", ".join(source_ids[:5])
        raise ArchiveError(f"{path}: is of no source; put it into a folder named after one of {known}")
    source_id = named or source_ids[0]
    if source_id not in source_ids:
        raise ArchiveError(f"{path}: {source_id!r} is no source of the dataset; those are {', '.join(source_ids[:5])}")
    if not path.stat().st_size:
        raise ArchiveError(f"{path}: is empty; take it out, or put the page there")
    return _Page(path, source_id, _parse_moment(path))


def _parse_moment(path: Path) -> datetime:
    """The moment that a file is named by. Raises ArchiveError where that is none of the web's."""
    found = DAY.match(path.name)
    if found is None:
        raise ArchiveError(f"{path}: does not say of which day it is; {MEND}")
    day, hour, minute = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{hour or '00'}:{minute or '00'}:00+00:00")
    except ValueError:
        raise ArchiveError(f"{path}: there is no such day or time; {MEND}") from None
    if not EARLIEST <= moment <= datetime.now(UTC) + timedelta(days=1):
        raise ArchiveError(f"{path}: is of before the web, or of the future; {MEND}")
    return moment


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
