"""Show what one document yields: its areas and tasks, its claims, and the problems of reading it."""

from __future__ import annotations

import argparse
from pathlib import Path

from cli.terminal import DONE, CommandError, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("document", metavar="PATH|URL", help="a file, or the address of a page")
    parser.add_argument("--json", action="store_true", help="print everything that was read as JSON")
    parser.add_argument("--explain", action="store_true", help="explain why these lines are the tasks")
    group = parser.add_argument_group(
        "for a page that is read wrongly", "the keys of the same names in datasets/*.yaml do this for a source"
    )
    group.add_argument("--selector", metavar="CSS", type=to_selector, help="CSS selector of the article in the page")
    group.add_argument("--tasks", metavar="STYLE", help="label style of the tasks, by its name in --explain")
    group.add_argument("--language", choices=("en", "zh"), help="language of the text")


def run_command(options: argparse.Namespace) -> int:
    """Print the plan of a file or page."""
    from cli.plan_view import render_tree, to_json
    from collect.archive import ArchiveError
    from collect.fetch import fetch_page
    from collect.history import read_file
    from extract.reading import choose_media_type
    from pipeline.read.workers import WORKERS, Document, ReadingError, limit_seconds

    address: str = options.document
    encoding = None
    try:
        if address.startswith(("http://", "https://")):
            page = fetch_page(address)
            content, media_type, encoding, url = page.content, page.media_type, page.encoding, page.landed
        else:
            content, url = read_file(Path(address)), ""
            media_type = choose_media_type(address, content)
    except ArchiveError as error:
        fix = error.fix if Path(address).exists() else "name a file or an address that begins with https://"
        raise UsageError(error.what, address, fix) from error
    overrides = (options.selector, options.tasks, options.language)
    document = Document("", content, media_type, encoding, url, url, *overrides)
    try:
        plan = WORKERS.call("read_plan_only", document, seconds=limit_seconds(len(content)))
    except ReadingError as error:
        raise CommandError(error.what, address, error.fix) from error
    print(to_json(plan) if options.json else "\n".join(render_tree(plan, explain=options.explain)))
    return DONE


def to_selector(text: str) -> str:
    """The CSS selector itself. Raises ArgumentTypeError unless it can be parsed."""
    from config.models import InvalidValueError, check_selector

    try:
        return check_selector(text)
    except InvalidValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
