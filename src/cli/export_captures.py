"""Write the captures of sources into a WARC file, the format of web archives."""

from __future__ import annotations

import argparse
from pathlib import Path

from cli.selection import find_workspace, select_sources
from cli.terminal import DONE, FAILED, UsageError, print_message
from config.paths import replace_file
from config.text import format_count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("dataset", metavar="DATASET", help="id of a dataset")
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="ids of sources (default: all of the dataset)")
    parser.add_argument("--to", required=True, type=Path, metavar="FILE", help="a name that ends in .warc or .warc.gz")


def run_command(options: argparse.Namespace) -> int:
    """Write the file; it appears under its name when it is complete."""
    from importlib.metadata import version

    from collect.warc import write_warc

    workspace = find_workspace(options)
    sources, problems = select_sources(workspace, options.dataset, options.sources)
    target: Path = options.to
    if not target.name.endswith((".warc", ".warc.gz")):
        raise UsageError("is not the name of a WARC", str(target), "name a file that ends in .warc or .warc.gz")
    if target.is_dir():
        raise UsageError("is a folder", str(target), "name a file in it")
    if not target.parent.is_dir():
        raise UsageError("is not a folder", str(target.parent), "make it first, or name another with --to")
    skipped = list[str]()
    with replace_file(target) as file:
        capture_count, source_count = write_warc(
            workspace.raw,
            [source.id for source in sources],
            file,
            software=f"policytasks/{version('policytasks')}",
            compress=target.name.endswith(".gz"),
            skipped=skipped,
        )
    print(f"{target}: {format_count(capture_count, 'capture')} of {format_count(source_count, 'source')}")
    for line in (*problems, *skipped):
        print_message(f"{line}; left out")
    return FAILED if problems or skipped else DONE
