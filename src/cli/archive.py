"""`policytasks archive`: what is stored of each source and what of it releases were made from; removal, if asked."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from cli.terminal import DONE, FAILED, UsageError, add_home, home_of, say, show, wanted_datasets

if TYPE_CHECKING:
    from collect.inventory import Inventory
    from pipeline.workspace import Workspace


def add(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("archive", help="what is stored of each source, and what releases were made from")
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="which datasets; all where none is named")
    parser.add_argument("--json", action="store_true", help="the same as JSON, every capture in it")
    parser.add_argument("--check", action="store_true", help="read all stored bytes and compare their SHA-256")
    parser.add_argument("--remove", metavar="SHA256", help="remove the bytes of one capture; its record stays")
    parser.add_argument("--reason", metavar="TEXT", help="why they are removed; put on record")
    add_home(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Show what there is, check it, or remove what a person says."""
    from collect.inventory import take_inventory
    from config.loader import read_dataset
    from pipeline.collecting import sources_of
    from publish.shelf import captures_in_use

    home = home_of(options)
    stocks = []
    for dataset_id in wanted_datasets(home, options.datasets):
        used = captures_in_use(home.shelf, dataset_id)
        for source, _ in sources_of(read_dataset(home.datasets, dataset_id), home.raw):
            stocks.append((dataset_id, take_inventory(home.raw, source.id, used, verify=options.check)))
    if options.remove:
        return _remove(home, [stock for _, stock in stocks], options)
    if options.json:
        print(json.dumps([{"dataset": dataset_id, **stock.to_object()} for dataset_id, stock in stocks], indent=2))
    else:
        _print_table(stocks)
    troubles = [line for _, stock in stocks for line in stock.problems]
    for line in troubles:
        say(line)
    return FAILED if troubles else DONE


def _remove(home: Workspace, stocks: list[Inventory], options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from collect.archive import remove_bytes

    found = [
        (stock, capture)
        for stock in stocks
        for capture in stock.captures
        if len(options.remove) >= 8 and capture.capture_id.startswith(options.remove)
    ]
    if len({capture.capture_id for _, capture in found}) != 1:
        many = "stands for several captures" if found else "is no capture of these datasets"
        raise UsageError(f"{options.remove!r} {many}; policytasks archive --json lists them")
    if not options.reason or len(options.reason) < 10:
        raise UsageError("a removal needs a --reason of ten letters or more; it is put on record")
    now = datetime.now(UTC).replace(microsecond=0)
    for stock, capture in {stock.source_id: (stock, capture) for stock, capture in found}.values():
        remove_bytes(home.raw, capture, options.reason, now)
        versions = stock.used.get(capture.capture_id, ())
        rebuilt = f"; {', '.join(versions)} can no longer be rebuilt from the archive" if versions else ""
        print(
            f"removed {capture.byte_count:,} bytes of {stock.source_id}, captured {capture.fetched_at.date()}{rebuilt}"
        )
    return DONE


def _print_table(stocks: list[tuple[str, Inventory]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading, side in (
        ("dataset", "left"),
        ("source", "left"),
        ("captures", "right"),
        ("bytes", "right"),
        ("checks", "right"),
        ("since", "left"),
        ("newest", "left"),
        ("in releases", "right"),
        ("in none", "right"),
        ("removed", "right"),
    ):
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for dataset_id, stock in stocks:
        days = [f"{capture.fetched_at:%Y-%m-%d}" for capture in stock.captures] or [""]
        table.add_row(
            dataset_id,
            stock.source_id,
            str(len(stock.captures)),
            f"{stock.bytes_stored:,}",
            str(stock.checks),
            days[0],
            days[-1],
            str(len(stock.in_releases)),
            str(len(stock.distinct) - len(stock.in_releases)),
            str(stock.removed),
        )
    total = sum(stock.bytes_stored for _, stock in stocks)
    show(table, f"{total:,} bytes in all. Nothing is removed unless asked for with --remove.")
