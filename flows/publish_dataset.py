"""The Prefect flow that publishes a dataset: one flow run for a dataset, one task for each step."""

from __future__ import annotations

from prefect import flow

from flows.artifacts import create_result_artifacts
from flows.cluster import open_workspace
from flows.duplicates import skip_if_duplicate
from flows.execution import execute_flow
from pipeline.report import summarise
from pipeline.run import RunResult, preview_run, run_dataset


@flow(name="publish-dataset", flow_run_name="{dataset_id}: publishing", persist_result=False)
@skip_if_duplicate
def publish_dataset(dataset_id: str, home: str = ".", *, offline: bool = False, dry_run: bool = False) -> RunResult:
    """Publish a dataset; the run's name, artifacts and events say how it ended.

    `home` is the workspace's folder. Raises PolicyTasksError.
    """
    workspace = open_workspace(home)
    run = preview_run if dry_run else run_dataset
    return execute_flow(
        dataset_id,
        lambda steps: run(workspace, dataset_id, offline=offline, step=steps),
        summarise,
        create_artifacts=lambda result: create_result_artifacts(workspace, result),
    )
