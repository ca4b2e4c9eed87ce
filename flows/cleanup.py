"""The Prefect flow that removes old runs of this project's flows from Prefect's server. It never touches the data.

A server keeps every run, its log and its artifacts until somebody removes them. The newest artifact of each key stays,
however old it is; so does every run of other flows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from prefect import flow, get_client
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactFilter, FlowFilter, FlowRunFilter
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun
from prefect.exceptions import ObjectNotFound
from pydantic import Field

from config.text import format_count
from flows.duplicates import skip_if_duplicate
from flows.execution import rename_run
from pipeline.schedule import DATASET_FLOWS, PUBLISHING, WORKSPACE_FLOWS

OURS = {flow.rpartition(".")[2].replace("_", "-") for flow in (PUBLISHING, *DATASET_FLOWS, *WORKSPACE_FLOWS)}
PAGE_SIZE = 100


@flow(name="cleanup", flow_run_name="cleaning up", persist_result=False)
@skip_if_duplicate
def cleanup(keep_days: Annotated[int, Field(ge=1)] = 30, home: str = ".") -> int:  # noqa: ARG001 (all flows have it)
    """Remove runs that ended more than `keep_days` days ago, and return their number.

    Raises ParameterTypeError if `keep_days` is less than 1.
    """
    before = datetime.now(UTC) - timedelta(days=keep_days)
    removed = remove_runs_before(before)
    rename_run(f"cleaned up: {format_count(removed, 'run')} that ended before {before:%Y-%m-%d}")
    return removed


def remove_runs_before(before: datetime) -> int:
    """Remove runs that ended before a moment, with their artifacts, and return their number."""
    removed = 0
    with get_client(sync_client=True) as client:
        for run in find_old_runs(client, before):
            _remove_artifacts(client, run)
            with suppress(ObjectNotFound):  # somebody else removed it
                client.delete_flow_run(run.id)
            removed += 1
    return removed


def find_old_runs(client: Any, before: datetime) -> Iterator[FlowRun]:
    """Runs of our flows that ended before a moment. The caller removes each before it takes the next."""
    ended = {"state": {"type": {"any_": sorted(TERMINAL_STATES)}}, "end_time": {"before_": before}}
    filters = {
        "flow_filter": FlowFilter.model_validate({"name": {"any_": sorted(OURS)}}),
        "flow_run_filter": FlowRunFilter.model_validate(ended),
    }
    while runs := client.read_flow_runs(**filters, limit=PAGE_SIZE):
        yield from runs


def _remove_artifacts(client: Any, run: FlowRun) -> None:
    """Remove the artifacts of a run, except the newest of each key."""
    of_run = {"flow_run_id": {"any_": [run.id]}}
    artifacts = client.read_artifacts(artifact_filter=ArtifactFilter.model_validate(of_run))
    latest_filter = ArtifactCollectionFilter.model_validate(of_run)
    latest = client.read_latest_artifacts(artifact_filter=latest_filter) if artifacts else []
    newest = {artifact.latest_id for artifact in latest}
    for artifact in artifacts:
        if artifact.id not in newest:
            with suppress(ObjectNotFound):
                client.delete_artifact(artifact.id)
