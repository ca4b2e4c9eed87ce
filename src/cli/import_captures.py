"""Put a file that you have, or the pages of a WARC, into the archive."""

from __future__ import annotations

import argparse
import codecs
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cli.selection import find_workspace, select_sources
from cli.terminal import DONE, FAILED, UsageError, print_message
from config.text import format_count, omit_user
from config.timestamps import read_clock

if TYPE_CHECKING:
    from config.models import Source
    from pipeline.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a page, PDF, Word or text file; or a WARC")
    parser.add_argument("--dataset", required=True, metavar="D", help="id of the dataset that has the source")
    parser.add_argument(
        "--source", metavar="S", help="id of the source; with a WARC: of all its pages, whatever their addresses"
    )
    parser.add_argument(
        "--url", type=to_url, metavar="URL", help="address that the file is from (default: the source's address)"
    )
    parser.add_argument(
        "--date", type=to_moment, metavar="DATE", help="when it was fetched, such as 2021-03-04, in UTC (default: now)"
    )
    parser.add_argument(
        "--encoding",
        type=to_encoding,
        metavar="NAME",
        help="character encoding, if the file does not declare the right one",
    )
    parser.add_argument("--note", type=to_note, metavar="TEXT", help="a remark, which is recorded with the capture")


def run_command(options: argparse.Namespace) -> int:
    """Take a file or a WARC into the archive."""
    from collect.history import WARCS

    workspace = find_workspace(options)
    sources, problems = select_sources(workspace, options.dataset, [options.source] if options.source else [])
    try:
        with options.file.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", str(options.file), "name a file") from error
    if head.startswith(b"WARC/") or options.file.name.endswith(WARCS):
        return _import_warc(workspace, options, sources, problems)
    return _import_file(workspace, options, sources)


def _import_warc(workspace: Workspace, options: argparse.Namespace, sources: list[Source], problems: list[str]) -> int:
    from collect.warc import import_warc

    options_given = [name for name in ("url", "date", "encoding", "note") if getattr(options, name)]
    if options_given:
        what = f"is a WARC file, to which --{options_given[0]} does not apply"
        raise UsageError(what, str(options.file), "leave out this option")
    with options.file.open("rb") as file:
        owners = {source.address: source.id for source in sources}
        done = import_warc(workspace.raw, file, owners, source_id=options.source)
    print(
        f"{options.file}: {format_count(len(done.new), 'new capture')}, {done.already_archived} already archived, "
        f"{done.unmatched} with an address that is not a source of {options.dataset}"
    )
    for line in problems:
        print_message(line)
    for line in done.skipped:
        print_message(f"{options.file}: {line}; skipped")
    return FAILED if problems or done.skipped else DONE


def _import_file(workspace: Workspace, options: argparse.Namespace, sources: list[Source]) -> int:
    from collect.archive import ArchiveError, read_captures, store_capture
    from collect.history import read_page
    from extract.reading import choose_media_type

    if not options.source:
        ids = ", ".join(source.id for source in sources[:5])
        raise UsageError("is not a WARC", str(options.file), f"name its source with --source; there are: {ids}")
    (source,) = sources
    if source.discover is not None:
        raise UsageError("is a source that leads to articles", source.id, "name one of its articles as the source")
    try:
        content = read_page(options.file)
    except ArchiveError as error:
        raise UsageError(error.what, error.where, error.fix) from error
    before = len(read_captures(workspace.raw, source.id))
    capture = store_capture(
        workspace.raw,
        content,
        source_id=source.id,
        url=options.url or source.address,
        fetched_at=options.date or read_clock(),
        method="by hand",
        media_type=choose_media_type(options.file.name, content),
        encoding=options.encoding,
        note=options.note,
    )
    new = len(read_captures(workspace.raw, source.id)) > before
    print(f"{source.id}: {'archived as' if new else 'already archived as'} data/raw/{source.id}/{capture.file_name}")
    return DONE


def to_moment(text: str) -> datetime:
    """A day or time as a moment in UTC. Raises ArgumentTypeError unless it is one, since 1990 and not in the future."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write one such as 2021-03-04") from error
    if not datetime(1990, 1, 1, tzinfo=UTC) <= moment <= datetime.now(UTC) + timedelta(days=1):
        raise argparse.ArgumentTypeError(f"{text!r} is earlier than the web, or in the future")
    return moment


def to_encoding(text: str) -> str:
    """The name that Python has for a character encoding. Raises ArgumentTypeError unless it knows it."""
    try:
        return codecs.lookup(text).name
    except (LookupError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a character encoding; write one such as utf-8") from error


def to_url(text: str) -> str:
    """The address as a source would have it. Raises ArgumentTypeError unless it is a valid source URL."""
    from config.models import Source

    try:
        return Source(id="a", url=text).address
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{omit_user(text)!r} is not an http(s) URL") from error


def to_note(text: str) -> str:
    """The text itself. Raises ArgumentTypeError unless a capture may have it as its note."""
    from collect.archive import LONGEST_NOTE, is_note

    if not is_note(text):
        raise argparse.ArgumentTypeError(f"is not a line of text of at most {LONGEST_NOTE:,} characters")
    return text
