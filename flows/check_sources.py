"""The Prefect flow that looks whether anything changed, and publishes only where something did.

It is light, so that it can run often. Where something changed, the publishing flow is this process' next step: it
needs no deployment, and from the archive, since the sources were asked just now.
"""

from __future__ import annotations

from prefect import flow

from flows.artifacts import create_failure_artifacts, create_source_table
from flows.cluster import open_workspace
from flows.publish_dataset import publish_dataset
from flows.runs import Steps, execute_flow
from flows.turns import skip_if_duplicate
from pipeline.check import DatasetCheck, check_dataset, summarise_check
from pipeline.run import publish_source_statuses


@flow(name="check-sources", flow_run_name="{dataset_id}: checking", persist_result=False)
@skip_if_duplicate
def check_sources(dataset_id: str, home: str = ".", *, publish: bool = True) -> DatasetCheck:
    """Ask the sources of a dataset; where one changed, and `publish` says so, run `publish_dataset`.

    Where none changed, the shelf says that they were asked, and how they are doing.
    `home` is the checkout's folder. Raises one of PolicyTasksError.
    """
    workspace = open_workspace(home)

    def check(steps: Steps) -> DatasetCheck:
        looked = check_dataset(workspace, dataset_id, step=steps)
        if publish and looked.has_news:
            publish_dataset(dataset_id, home, offline=True)
        elif publish:
            publish_source_statuses(workspace, dataset_id, looked.source_statuses, step=steps)
        return looked

    def create_artifacts(_: Steps, result: DatasetCheck | Exception) -> None:
        if isinstance(result, Exception):
            create_failure_artifacts(dataset_id, result, None)
        else:
            create_source_table(dataset_id, result.source_statuses)

    return execute_flow(dataset_id, check, summarise_check, create_artifacts=create_artifacts)
