"""`policytasks import` and `policytasks export`: captures given by hand, and a source's history in and out."""

from __future__ import annotations

import argparse
import codecs
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.terminal import DONE, FAILED, UsageError, add_home, home_of, say

if TYPE_CHECKING:
    from config.models import Source
    from pipeline.workspace import Workspace


def add(commands: Any) -> None:
    """Give the parser both commands."""
    parser = commands.add_parser("import", help="take a file, or the pages of a WARC, into the archive")
    parser.add_argument("file", type=Path, metavar="FILE", help="a page, PDF, Word or text file; or a WARC")
    parser.add_argument("--dataset", required=True, metavar="D", help="the dataset whose source it is of")
    parser.add_argument("--source", metavar="S", help="the source; of a WARC: of all its pages, whatever their address")
    parser.add_argument(
        "--url", type=_address, help="where the file was taken from, where not from the source's address"
    )
    parser.add_argument("--date", type=_moment, help="when it was taken, such as 2021-03-04 (UTC); now, if not said")
    parser.add_argument(
        "--encoding", type=_encoding, help="its character encoding, where the file does not say so itself"
    )
    parser.add_argument("--note", type=_text, help="what else is to be known; put on record")
    add_home(parser)
    parser.set_defaults(run=run_import)
    parser = commands.add_parser("export", help="write the captures of sources into a WARC, for other archives' tools")
    parser.add_argument("dataset", metavar="DATASET")
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="which sources; all where none is named")
    parser.add_argument("--to", required=True, type=Path, metavar="FILE", help="a name that ends in .warc or .warc.gz")
    add_home(parser)
    parser.set_defaults(run=run_export)


def run_import(options: argparse.Namespace) -> int:
    """Take a file or a WARC into the archive."""
    home = home_of(options)
    sources = _sources(home, options.dataset, [options.source] if options.source else [])
    try:
        with options.file.open("rb") as file:
            head = file.read(16)
        if _is_warc(options.file, head):
            return _import_warc(home, options, sources)
        return _import_file(home, options, sources)
    except OSError as error:
        raise UsageError(f"{options.file}: cannot be read ({error.strerror}); name a file") from None


def run_export(options: argparse.Namespace) -> int:
    """Write a WARC; the file appears when it is whole."""
    from importlib.metadata import version

    from collect.archive import ArchiveError
    from collect.warc import write_warc

    home = home_of(options)
    sources = _sources(home, options.dataset, options.sources)
    target: Path = options.to
    if not target.name.endswith((".warc", ".warc.gz")):
        raise UsageError(f"{target}: name a file that ends in .warc or .warc.gz")
    if target.is_dir():
        raise UsageError(f"{target}: is a folder; name a file in it")
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent}: is no folder; make it first, or name another with --to")
    partial = target.with_name(f".{target.name}.partial")
    try:
        with partial.open("wb") as file:
            written = write_warc(
                home.raw,
                [source.id for source in sources],
                file,
                software=f"policytasks/{version('policytasks')}",
                compress=target.name.endswith(".gz"),
            )
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except ArchiveError as error:
        say(str(error))
        return FAILED
    finally:
        partial.unlink(missing_ok=True)
    print(f"{target}: {_counted(written, 'capture')} of {_counted(len(sources), 'source')}")
    return DONE


def _import_warc(home: Workspace, options: argparse.Namespace, sources: list[Source]) -> int:
    from collect.warc import import_warc

    given = [name for name in ("url", "date", "encoding", "note") if getattr(options, name)]
    if given:
        raise UsageError(f"{options.file}: is a WARC, which says that itself; leave out --{given[0]}")
    with options.file.open("rb") as file:
        owners = {source.address: source.id for source in sources}
        done = import_warc(home.raw, file, owners, source_id=options.source)
    print(
        f"{options.file}: {_counted(done.kept, 'new capture')}, {done.already_archived} known already, "
        f"{done.unmatched} of no source of {options.dataset}"
    )
    for line in done.skipped:
        say(f"{options.file}: {line}; passed over")
    return FAILED if done.skipped else DONE


def _import_file(home: Workspace, options: argparse.Namespace, sources: list[Source]) -> int:
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
    before = len(read_captures(home.raw, source.id))
    capture = store_capture(
        home.raw,
        content,
        source_id=source.id,
        url=options.url or source.address,
        fetched_at=options.date or datetime.now(UTC).replace(microsecond=0),
        method="by hand",
        media_type=media_type_of(options.file.name, content),
        encoding=options.encoding,
        note=options.note,
    )
    new = len(read_captures(home.raw, source.id)) > before
    print(f"{source.id}: {'kept as' if new else 'known already, as'} data/raw/{source.id}/{capture.file_name}")
    return DONE


def _sources(home: Workspace, dataset_id: str, named: list[str]) -> list[Source]:
    """The sources that are named, or all of a dataset. Raises MisuseError where one of them is not in it."""
    import difflib

    from config.loader import read_dataset
    from pipeline.collecting import sources_of

    sources = {source.id: source for source, _ in sources_of(read_dataset(home.datasets, dataset_id), home.raw)}
    for name in named:
        if name not in sources:
            near = difflib.get_close_matches(name, sources, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(list(sources)[:5])}"
            raise UsageError(f"{dataset_id}: has no source {name!r}; {hint}")
    return [sources[name] for name in named or sources]


def _is_warc(path: Path, head: bytes) -> bool:
    return head.startswith(b"WARC/") or path.name.endswith((".warc", ".warc.gz", ".arc", ".arc.gz"))


def _moment(stated: str) -> datetime:
    try:
        moment = datetime.fromisoformat(stated)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{stated!r} is no date; write one such as 2021-03-04") from None
    if not datetime(1990, 1, 1, tzinfo=UTC) <= moment <= datetime.now(UTC) + timedelta(days=1):
        raise argparse.ArgumentTypeError(f"{stated!r} is before the web, or in the future")
    return moment


def _encoding(stated: str) -> str:
    try:
        return codecs.lookup(stated).name
    except (LookupError, ValueError):
        raise argparse.ArgumentTypeError(f"{stated!r} is no character encoding; write one such as utf-8") from None


def _address(stated: str) -> str:
    from config.models import Source

    try:
        return Source(id="a", url=stated).address
    except ValueError:
        raise argparse.ArgumentTypeError(f"{stated!r} is no address of the web") from None


def _text(stated: str) -> str:
    try:
        return stated.encode("utf-8").decode("utf-8")
    except UnicodeError:
        raise argparse.ArgumentTypeError("is no UTF-8 text") from None


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
