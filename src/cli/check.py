"""`policytasks check`: has anything changed at the sources?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cli.terminal import DONE, FAILED, add_home, home_of, say, wanted_datasets

if TYPE_CHECKING:
    from pipeline.check import DatasetCheck
    from pipeline.workspace import Workspace


def add(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("check", help="ask the sources whether anything changed; publish nothing")
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="which datasets; all where none is named")
    parser.add_argument(
        "--publish",
        action="store_true",
        help="where something changed, publish it; else say on the shelf how sources are",
    )
    add_home(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check the datasets, each for itself: one that fails does not stop the others."""
    from cli.progress import shown
    from config.errors import PolicyTasksError
    from pipeline.check import check_dataset
    from pipeline.run import publish_source_statuses, read_configuration

    home = home_of(options)
    wanted = wanted_datasets(home, options.datasets)
    for dataset_id in wanted:
        read_configuration(home, dataset_id)
    status = DONE
    for dataset_id in wanted:
        try:
            with shown(f"checking {dataset_id}"):
                looked = check_dataset(home, dataset_id)
            _print(looked)
            failures = looked.failures
            if options.publish and looked.has_news:
                failures = (*failures, *_publish(home, dataset_id))
            elif options.publish:
                publish_source_statuses(home, dataset_id, looked.source_statuses)
            status = max(status, FAILED if failures else DONE)
        except PolicyTasksError as error:
            say(str(error))
            status = FAILED
    return status


def _print(looked: DatasetCheck) -> None:
    from pipeline.check import describe_check

    confirmed = sum(not one.stale for one in looked.source_statuses)
    print(
        f"{looked.dataset_id}: {describe_check(looked)}; {confirmed} of {len(looked.source_statuses)} sources confirmed"
    )
    for names, what in ((looked.changed, "is not what was published"), (looked.gone, "is published, and gone")):
        for name in names:
            print(f"  {name} {what}")


def _publish(home: Workspace, dataset_id: str) -> tuple[str, ...]:
    """Publish from the archive, since the sources were asked just now; the lines of what failed."""
    from cli.progress import shown
    from pipeline.report import describe_outcome
    from pipeline.run import run_dataset

    with shown(f"publishing {dataset_id}"):
        outcome = run_dataset(home, dataset_id, offline=True)
    print("\n".join(describe_outcome(home, outcome)))
    return outcome.failures
