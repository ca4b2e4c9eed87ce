"""`policytasks verify`: are the releases what they were, and can they be made again?"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from flows.terminal import DONE, FAILED, MisuseError, add_home, home_of

MARKS = {True: "✓", False: "✗", None: "?"}


def add(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("verify", help="re-hash every file, make the newest version again, and compare")
    parser.add_argument(
        "dataset", nargs="?", metavar="DATASET", help="one dataset; all on the shelf where none is named"
    )
    parser.add_argument("version", nargs="?", metavar="VERSION", help="only this version, and make it again")
    parser.add_argument("--json", action="store_true", help="the same as JSON, one object a finding")
    add_home(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what was proved (✓), what is wrong (✗), and what could not be proved (?)."""
    from flows.proving import prove
    from publish import shelf

    home = home_of(options)
    wanted = [options.dataset] if options.dataset else shelf.datasets(home.shelf)
    if not wanted:
        raise MisuseError("data/published/: holds no dataset; run policytasks publish")
    findings = []
    for dataset_id in wanted:
        for finding in prove(home, dataset_id, options.version):
            findings.append(finding)
            if not options.json:
                print(f"{MARKS[finding.proved]} {finding.where}: {finding.said}", flush=True)
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    return FAILED if any(finding.proved is False for finding in findings) else DONE
