"""The Prefect flow that publishes a dataset's history, version by version in the order of time."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.artifacts import create_result_artifacts
from flows.cluster import open_workspace
from flows.duplicates import skip_if_duplicate
from flows.execution import execute_flow
from pipeline.backfill import BackfillResult, backfill_history


@flow(name="backfill", flow_run_name="{dataset_id}: backfilling", persist_result=False)
@skip_if_duplicate
def backfill(dataset_id: str, path: str, home: str = ".") -> BackfillResult:
    """Archive the pages in a folder or a WARC file, and publish them day by day; the same again adds nothing.

    `home` is the workspace's folder. Raises PolicyTasksError.
    """
    workspace = open_workspace(home)
    return execute_flow(
        dataset_id,
        lambda steps: backfill_history(workspace, dataset_id, Path(path), step=steps),
        lambda result: f"backfilled {len(result.versions)} versions",
        create_artifacts=lambda result: create_result_artifacts(workspace, result.run_result),
    )
