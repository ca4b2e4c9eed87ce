"""Compare every published file with its checksum, and the newest version with one made again from the archive."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.selection import check_versions, find_workspace
from cli.terminal import DONE, FAILED, UsageError
from pipeline.change_line import MARKS

if TYPE_CHECKING:
    from pipeline.verify import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("dataset", nargs="?", metavar="DATASET", help="id of a dataset (default: all published ones)")
    parser.add_argument("version", nargs="?", metavar="VERSION", help="verify and make again only this version")
    parser.add_argument("--json", action="store_true", help="print a JSON list with one object per finding")


def run_command(options: argparse.Namespace) -> int:
    """Print what is proved (✓), what is wrong (✗), and what could not be proved (?)."""
    findings = []
    for finding in _find_problems(options):
        findings.append(finding)
        if not options.json:
            print(f"{MARKS[finding.proved]} {finding.where}: {finding.message}", flush=True)
    if options.json:
        rows = [{"where": finding.where, "proved": finding.proved, "said": finding.message} for finding in findings]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    return FAILED if any(finding.proved is False for finding in findings) else DONE


def _find_problems(options: argparse.Namespace) -> Iterator[Finding]:
    from pipeline.verify import WRONG, Finding
    from pipeline.verify.prove import prove_catalog, prove_releases
    from publish.releases import list_datasets, read_releases
    from publish.storage.backend import ShelfError

    storage = find_workspace(options).shelf
    is_given = options.dataset is not None
    dataset_ids = [options.dataset] if is_given else list_datasets(storage)
    if not dataset_ids:
        raise UsageError("holds no dataset", storage.describe(), "run policytasks publish")
    for dataset_id in dataset_ids:
        try:
            check_versions(storage, dataset_id, *([] if options.version is None else [options.version]))
            yield from prove_releases(find_workspace(options), read_releases(storage, dataset_id), options.version)
        except ShelfError as error:
            yield Finding(dataset_id, WRONG, str(error))
    if not is_given:
        yield from prove_catalog(find_workspace(options))
