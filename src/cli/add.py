"""Show what an article, a feed or a sitemap yields, and propose the lines that add it to a dataset."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cli.selection import find_workspace
from cli.terminal import DONE, CommandError, UsageError, print_message
from config.text import format_count, omit_user

if TYPE_CHECKING:
    from collect.fetch import Answer
    from config.models import Source
    from pipeline.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("url", metavar="URL", help="address of an article, a feed or a sitemap")
    parser.add_argument("--dataset", required=True, metavar="D", help="id of the dataset; it may be a new one")
    parser.add_argument("--id", metavar="ID", help="id of the source (default: made from its title or address)")
    parser.add_argument("--title", metavar="TEXT", help="title of a new dataset")
    parser.add_argument("--write", action="store_true", help="write the lines into datasets/D.yaml")


def run_command(options: argparse.Namespace) -> int:
    """Fetch the address, print what it yields, and print or write the lines of the source."""
    from pydantic import ValidationError

    from collect.fetch import fetch_page
    from config.editing import add_source, format_source
    from pipeline.read.workers import ReadingError

    workspace = find_workspace(options)
    taken_ids = _check_arguments(workspace, options)
    page = fetch_page(options.url)
    try:
        source = _propose_source(page, options, taken_ids)
    except ValidationError as error:
        raise UsageError("is not a valid source URL", omit_user(options.url)[:80]) from error
    except ReadingError as error:
        raise CommandError(error.what, omit_user(options.url), error.fix) from error
    file_name = f"datasets/{options.dataset}.yaml"
    if not options.write:
        note = "" if (workspace.datasets / f"{options.dataset}.yaml").exists() else " (a new file)"
        print(f"\nproposed for {file_name}, under sources:{note}\n")
        print(format_source(source), end="")
        print(f"\nadd --write to write it; then run: policytasks publish {options.dataset}")
        return DONE
    add_source(workspace.datasets, options.dataset, source, options.title or f"Tasks of {options.dataset}")
    print(f"\nwritten into {file_name}:\n\n{format_source(source)}\nnext: policytasks publish {options.dataset}")
    return DONE


def _check_arguments(workspace: Workspace, options: argparse.Namespace) -> set[str]:
    """The ids of all sources of all datasets. Raises UsageError if the new address or id is among them."""
    import re

    from config.defects import explain_error
    from config.loader import list_dataset_ids, read_dataset
    from config.models import ID_PATTERN, LONGEST_ID
    from pipeline.sources import list_readable_sources

    for what, name in (("dataset", options.dataset), ("source", options.id or "a")):
        if not re.match(ID_PATTERN, name) or len(name) > LONGEST_ID:
            raise UsageError(
                f"is not a valid id of a {what}", repr(name), "write lower-case letters, digits and single dashes"
            )
    taken_ids = set()
    for dataset_id in list_dataset_ids(workspace.datasets):
        for source, _, problem, _ in list_readable_sources(read_dataset(workspace.datasets, dataset_id), workspace.raw):
            if problem is not None:
                print_message(
                    f"{explain_error(problem, source.id)}; the ids and addresses of its articles are not known"
                )
            if source.address == options.url and dataset_id == options.dataset:
                raise UsageError(f"is in datasets/{dataset_id}.yaml already, as {source.id}", options.url)
            taken_ids.add(source.id)
    if options.title and not options.title.isprintable():
        raise UsageError("is not one line of text", "--title", "leave out line breaks and invisible characters")
    if options.id in taken_ids:
        raise UsageError("is the id of another source", repr(options.id), "choose another")
    return taken_ids


def _propose_source(page: Answer, options: argparse.Namespace, taken_ids: set[str]) -> Source:
    """Print what a page yields and return the source that it would be. Raises CommandError if it yields nothing."""
    from cli.plan_view import render_tree
    from config.editing import propose_id
    from config.models import Discovery, Source
    from extract.links import Links, detect_kind
    from extract.plan import Plan
    from pipeline.read.workers import WORKERS, Document, limit_seconds

    kind, seconds = detect_kind(page.content), limit_seconds(len(page.content))
    if kind != "page":
        links: Links = WORKERS.call("find_document_links", page.content, kind, page.landed, {}, seconds=seconds)
        titles = [f"  {link.title or link.url}" for link in links.articles[:10]]
        addresses = links.articles or links.following
        what = "article" if links.articles else f"other {kind}"
        print(f"a {kind} that leads to {format_count(len(addresses), what)}")
        print("\n".join(titles))
        source_id = options.id or propose_id(page.landed, options.dataset, None, taken_ids)
        discover = Discovery.model_validate({kind: options.url})
        return Source(id=source_id, discover=discover)
    document = Document("", page.content, page.media_type, page.encoding, page.landed, page.landed)
    plan: Plan = WORKERS.call("read_plan_only", document, seconds=seconds)
    print("\n".join(render_tree(plan, explain=False)))
    if not plan.tasks:
        raise CommandError(
            "has no plan in it",
            options.url,
            "name an article that announces one. For a page that leads to such articles, write a source with "
            "discover: {page: …, links: …} by hand",
        )
    article = plan.article
    day = article.published_date or article.signed_date
    title = article.title or article.plan_title or ""
    return Source(
        id=options.id or propose_id(page.landed, title, day.year if day else None, taken_ids),
        url=page.landed if page.is_moved_permanently else options.url,
    )
