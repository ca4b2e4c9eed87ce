"""`policytasks import`: a file given by hand, or the pages of a WARC, into the archive."""

from __future__ import annotations

import argparse
import codecs
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.selection import add_home_option, find_workspace, select_sources
from cli.terminal import DONE, FAILED, UsageError, format_count, print_message

if TYPE_CHECKING:
    from config.models import Source
    from pipeline.workspace import Workspace


def add_parser(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("import", help="take a file, or the pages of a WARC, into the archive")
    parser.add_argument("file", type=Path, metavar="FILE", help="a page, PDF, Word or text file; or a WARC")
    parser.add_argument("--dataset", required=True, metavar="D", help="the dataset whose source it is of")
    parser.add_argument("--source", metavar="S", help="the source; of a WARC: of all its pages, whatever their address")
    parser.add_argument("--url", type=to_url, help="where the file was taken from, where not from the source's address")
    parser.add_argument("--date", type=to_moment, help="when it was taken, such as 2021-03-04 (UTC); now, if not said")
    parser.add_argument(
        "--encoding", type=to_encoding, help="its character encoding, where the file does not say so itself"
    )
    parser.add_argument("--note", type=to_note, help="what else is to be known; put on record")
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Take a file or a WARC into the archive."""
    workspace = find_workspace(options)
    sources = select_sources(workspace, options.dataset, [options.source] if options.source else [])
    try:
        with options.file.open("rb") as file:
            head = file.read(16)
        if _is_warc(options.file, head):
            return _import_warc(workspace, options, sources)
        return _import_file(workspace, options, sources)
    except OSError as error:
        raise UsageError(f"{options.file}: cannot be read ({error.strerror}); name a file") from None


def _import_warc(workspace: Workspace, options: argparse.Namespace, sources: list[Source]) -> int:
    from collect.warc import import_warc

    options_given = [name for name in ("url", "date", "encoding", "note") if getattr(options, name)]
    if options_given:
        raise UsageError(f"{options.file}: is a WARC, which says that itself; leave out --{options_given[0]}")
    with options.file.open("rb") as file:
        owners = {source.address: source.id for source in sources}
        done = import_warc(workspace.raw, file, owners, source_id=options.source)
    print(
        f"{options.file}: {format_count(done.kept, 'new capture')}, {done.already_archived} known already, "
        f"{done.unmatched} of no source of {options.dataset}"
    )
    for line in done.skipped:
        print_message(f"{options.file}: {line}; passed over")
    return FAILED if done.skipped else DONE


def _import_file(workspace: Workspace, options: argparse.Namespace, sources: list[Source]) -> int:
    from collect.archive import read_captures, store_capture
    from extract.reading import media_type_of

    if not options.source:
        ids = ", ".join(source.id for source in sources[:5])
        raise UsageError(f"{options.file}: is no WARC; say with --source which source it is of, such as {ids}")
    (source,) = sources
    if source.discover is not None:
        raise UsageError(f"{source.id}: leads to articles and is none; name the article that the file is of")
    content = options.file.read_bytes()
    if not content:
        raise UsageError(f"{options.file}: is empty; name a file that holds the page")
    before = len(read_captures(workspace.raw, source.id))
    capture = store_capture(
        workspace.raw,
        content,
        source_id=source.id,
        url=options.url or source.address,
        fetched_at=options.date or datetime.now(UTC).replace(microsecond=0),
        method="by hand",
        media_type=media_type_of(options.file.name, content),
        encoding=options.encoding,
        note=options.note,
    )
    new = len(read_captures(workspace.raw, source.id)) > before
    print(f"{source.id}: {'kept as' if new else 'known already, as'} data/raw/{source.id}/{capture.file_name}")
    return DONE


def _is_warc(path: Path, head: bytes) -> bool:
    return head.startswith(b"WARC/") or path.name.endswith((".warc", ".warc.gz", ".arc", ".arc.gz"))


def to_moment(text: str) -> datetime:
    """A day or time as a moment in UTC. Raises ArgumentTypeError unless it is one, since 1990 and not in the future."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write one such as 2021-03-04") from None
    if not datetime(1990, 1, 1, tzinfo=UTC) <= moment <= datetime.now(UTC) + timedelta(days=1):
        raise argparse.ArgumentTypeError(f"{text!r} is before the web, or in the future")
    return moment


def to_encoding(text: str) -> str:
    """The name that Python has for a character encoding. Raises ArgumentTypeError unless it knows it."""
    try:
        return codecs.lookup(text).name
    except (LookupError, ValueError):
        raise argparse.ArgumentTypeError(f"{text!r} is no character encoding; write one such as utf-8") from None


def to_url(text: str) -> str:
    """The address as a source would have it. Raises ArgumentTypeError unless it is a valid source URL."""
    from config.models import Source

    try:
        return Source(id="a", url=text).address
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no address of the web") from None


def to_note(text: str) -> str:
    """The text itself. Raises ArgumentTypeError unless it is valid UTF-8."""
    try:
        return text.encode("utf-8").decode("utf-8")
    except UnicodeError:
        raise argparse.ArgumentTypeError("is no UTF-8 text") from None
