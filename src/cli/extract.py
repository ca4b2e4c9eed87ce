"""`policytasks extract`: what one document yields."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cli.terminal import DONE, FAILED, UsageError, print_message


def add_parser(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("extract", help="show what one document yields: the tree, the claims, the problems")
    parser.add_argument("document", metavar="PATH|URL", help="a file, or the address of a page")
    parser.add_argument("--json", action="store_true", help="everything that is known, as JSON")
    parser.add_argument("--explain", action="store_true", help="say why these lines are the tasks")
    group = parser.add_argument_group("for an odd page", "the same can stand with its source in datasets/*.yaml")
    group.add_argument("--selector", metavar="CSS", type=to_selector, help="a CSS selector of the article in the page")
    group.add_argument("--tasks", metavar="STYLE", help="the label style that holds the tasks, as --explain names it")
    group.add_argument("--language", choices=("en", "zh"), help="the language of the text")
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Show the plan of a file or page."""
    from cli.plan_view import render_tree, to_json
    from collect.fetch import NoPageError, UnreachableError, fetch_page
    from extract.reader import Overrides, read_plan
    from extract.reading import media_type_of

    address: str = options.document
    encoding = None
    try:
        if address.startswith(("http://", "https://")):
            page = fetch_page(address)
            content, media_type, encoding, url = page.content, page.media_type, page.encoding, page.landed
        else:
            content, url = Path(address).read_bytes(), ""
            media_type = media_type_of(address, content)
    except (NoPageError, UnreachableError) as error:
        print_message(f"{address}: {error}; check the address or the network")
        return FAILED
    except OSError as error:
        fix = "name a file or an address that begins with https://"
        raise UsageError(f"cannot be read ({error.strerror})", address, fix) from error
    overrides = Overrides(options.selector, options.tasks, options.language)
    plan = read_plan(content, media_type, url, encoding=encoding, overrides=overrides)
    print(to_json(plan) if options.json else "\n".join(render_tree(plan, explain=options.explain)))
    return DONE


def to_selector(text: str) -> str:
    """A CSS selector, or the usage error that says what is wrong with it."""
    import soupsieve

    try:
        soupsieve.compile(text)
    except soupsieve.SelectorSyntaxError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no CSS selector: {str(error).splitlines()[0]}") from None
    return text
