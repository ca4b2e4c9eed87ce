"""`policytasks publish`: the main job."""

from __future__ import annotations

import argparse
import logging
import os
from typing import TYPE_CHECKING, Any

from cli.terminal import DONE, FAILED, add_home_option, find_workspace, hide_pandas, print_message, select_datasets

if TYPE_CHECKING:
    from pipeline.run import Outcome
from pipeline.workspace import Workspace

log = logging.getLogger(__name__)

# How Prefect runs from this command line; each can be overridden in the environment.
PREFECT_SETTINGS = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # its first start makes a database
    "PREFECT_LOGGING_EXTRA_LOGGERS": "collect,extract,transform,publish,pipeline,flows",  # kept with the flow run
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # people read our lines; Prefect's own would show tracebacks
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # nothing is sent anywhere
    "DO_NOT_TRACK": "1",
}


def add_parser(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("publish", help="the main job: fetch, read, check and publish datasets")
    parser.add_argument(
        "datasets", nargs="*", metavar="DATASET", help="which datasets; all of them where none is named"
    )
    parser.add_argument("--offline", action="store_true", help="use the archived captures, fetch nothing")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would be asked, read and published, by what is in the archive now; write nothing",
    )
    parser.add_argument("--direct", action="store_true", help="the same steps without Prefect")
    add_home_option(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Publish the datasets, each for itself: one that fails does not stop the others."""
    from cli.progress import show_progress
    from config.errors import PolicyTasksError
    from pipeline.configuration import read_configuration
    from pipeline.report import describe_outcome

    workspace = find_workspace(options)
    dataset_ids = select_datasets(workspace, options.datasets)
    for dataset_id in dataset_ids:
        read_configuration(workspace, dataset_id)
    status = DONE
    publish = _publish_directly if options.direct else _publish_with_prefect
    for dataset_id in dataset_ids:
        try:
            with show_progress(f"publishing {dataset_id}"):
                outcome = publish(workspace, dataset_id, options)
            print("\n".join(describe_outcome(workspace, outcome)))
            status = max(status, FAILED if outcome.failures else DONE)
        except PolicyTasksError as error:
            print_message(str(error))
            status = FAILED
    return status


def _publish_directly(workspace: Workspace, dataset_id: str, options: argparse.Namespace) -> Outcome:
    hide_pandas()
    from pipeline.run import preview_run, run_dataset

    publish = preview_run if options.dry_run else run_dataset
    return publish(workspace, dataset_id, offline=options.offline)


def _publish_with_prefect(workspace: Workspace, dataset_id: str, options: argparse.Namespace) -> Outcome:
    for setting, value in PREFECT_SETTINGS.items():
        os.environ.setdefault(setting, value)
    if not os.environ.get("PREFECT_API_URL"):
        os.environ.pop("PREFECT_API_URL", None)  # an empty one would be taken for a server
        log.info("starting Prefect's embedded server (10 to 40 s; a server that runs, or --direct, saves them)")
    from config.errors import PolicyTasksError
    from pipeline.errors import OrchestratorError

    fix = "see that PREFECT_API_URL names a running server or is not set, or run with --direct"
    try:
        from flows.embedded import start_server_in_own_session
        from flows.publish_dataset import PREFECT_ERRORS, publish_dataset
    except ValueError as error:  # what Prefect raises where a setting of its own is none
        reason = " ".join(str(error).split())[:200]
        raise OrchestratorError(f"{dataset_id}: Prefect does not start ({reason}); mend its settings") from None
    start_server_in_own_session()
    try:
        return publish_dataset(dataset_id, str(workspace.root), offline=options.offline, dry_run=options.dry_run)
    except PolicyTasksError:
        raise
    except PREFECT_ERRORS as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise OrchestratorError(f"{dataset_id}: Prefect could not run it ({reason}); {fix}") from None
