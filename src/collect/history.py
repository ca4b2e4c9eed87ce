"""Imports history into the archive: pages that somebody kept, each named by its day, and WARC files.

    <folder>/<source>/2021-03-04.html         the page of a source as it was on that day (UTC)
    <folder>/<source>/2021-03-04T0630.pdf     as it was at that time
    <folder>/2021-03-04.html                  the same, if the dataset has one source only
    <folder>/…/<name>.warc.gz                 the pages of a WARC, each for the source with its address

A single such file can be given too. All names are read before anything is imported, and what is on record is not
imported again, so that the same history can be given twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collect.archive import EARLIEST, ArchiveError, Capture, make_capture, store_captures
from collect.transfer import MAX_BYTES
from collect.warc import Imported, import_warc

WARCS = (".warc", ".warc.gz", ".arc", ".arc.gz")
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d)(\d\d))?(?![0-9])")
FIX_NAME = "name it by its day, such as 2021-03-04.html, or remove it"


def import_history(
    raw: Path, path: Path, addresses: Mapping[str, str], choose_media_type: Callable[[str, bytes], str]
) -> Imported:
    """Import a folder or a file of history into the archive; the new captures come oldest first.

    `addresses` has each source's address by its id; `choose_media_type` gives a file's media type from its name and
    bytes. Raises ArchiveError if a file is of no source or day, before anything is imported, and if one cannot
    be read.
    """
    if not addresses:
        what = "no source of the dataset is an article that a page could be of"
        raise ArchiveError(what, str(path), "add one to the dataset's file first")
    owners = {url: source_id for source_id, url in addresses.items()}
    warcs, pages = _sort_files(path, sorted(addresses))
    new, skipped = list[Capture](), list[str]()
    unmatched = 0
    for moment, source_id, page in sorted(pages):
        content = read_page(page)
        capture = make_capture(
            content,
            source_id=source_id,
            url=addresses[source_id],
            fetched_at=moment,
            method="by hand",
            media_type=choose_media_type(page.name, content),
        )
        (on_record,) = store_captures(raw, [(capture, content)])
        if on_record is capture:
            new.append(capture)
    for warc in warcs:
        with warc.open("rb") as file:
            imported = import_warc(raw, file, owners)
        new += imported.new
        unmatched += imported.unmatched
        skipped += [f"{warc}: {line}" for line in imported.skipped]
    new.sort(key=lambda capture: capture.fetched_at)
    return Imported(tuple(new), unmatched, tuple(skipped))


def read_page(path: Path) -> bytes:
    """The bytes of a page that somebody kept. Raises ArchiveError if it has more than MAX_BYTES or none."""
    content = read_file(path)
    if not content:
        raise ArchiveError("is empty", str(path), "name a file that holds the page")
    return content


def read_file(path: Path) -> bytes:
    """The bytes of a file that somebody names. Raises ArchiveError if it has more than MAX_BYTES."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ArchiveError(f"cannot be read ({error.strerror})", str(path), "check its permissions") from error
    if len(content) > MAX_BYTES:
        what = f"is larger than {MAX_BYTES // 1_000_000} MB, the most that a page may have"
        raise ArchiveError(what, str(path), "name a file that holds one page")
    return content


def _sort_files(path: Path, source_ids: list[str]) -> tuple[list[Path], list[tuple[datetime, str, Path]]]:
    """The WARC files, and the pages after their moments and sources. Raises ArchiveError for a file that is neither."""
    if not path.exists():
        raise ArchiveError("does not exist", str(path), "name a folder or a file with the history")
    files = [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if _is_visible_file(path, file)]
    if not files:
        raise ArchiveError("holds no file", str(path), f"put pages there, such as {source_ids[0]}/2021-03-04.html")
    warcs = [file for file in files if file.name.endswith(WARCS)]
    return warcs, [_parse_page(path, file, source_ids) for file in files if file not in warcs]


def _is_visible_file(folder: Path, path: Path) -> bool:
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _parse_page(root: Path, path: Path, source_ids: list[str]) -> tuple[datetime, str, Path]:
    """The moment and source that a page's path states, and the path. Raises ArchiveError if it does not."""
    folder = path.parent.name if root not in (path.parent, path) else ""
    examples = ", ".join(source_ids[:5])
    if not folder and len(source_ids) > 1:
        raise ArchiveError(
            "is not in the folder of a source", str(path), f"put it into a folder named after one of {examples}"
        )
    source_id = folder or source_ids[0]
    if source_id not in source_ids:
        what = f"{source_id!r} is not a source of the dataset"
        raise ArchiveError(what, str(path), f"name the folder after one of {examples}")
    if not path.stat().st_size:
        raise ArchiveError("is empty", str(path), "remove it, or replace it with the page")
    return _parse_moment(path), source_id, path


def _parse_moment(path: Path) -> datetime:
    """The moment that a file is named by. Raises ArchiveError if there is none, or none of the web's time."""
    match = DAY.match(path.name)
    if match is None:
        raise ArchiveError("has no date in its name", str(path), FIX_NAME)
    day, hour, minute = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{hour or '00'}:{minute or '00'}:00+00:00")
    except ValueError as error:
        raise ArchiveError("has a date or time in its name that does not exist", str(path), FIX_NAME) from error
    if not EARLIEST <= moment <= datetime.now(UTC) + timedelta(days=1):
        raise ArchiveError(
            "has a date in its name that is before the web existed, or in the future", str(path), FIX_NAME
        )
    return moment
