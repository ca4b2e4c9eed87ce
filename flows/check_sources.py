"""The Prefect flow that checks a dataset's sources, and publishes only if one of them changed.

It is light, so that it can run often. If something changed, the publishing flow runs next in this process. It needs
no deployment, and it reads the archive, since the sources were fetched just now.
"""

from __future__ import annotations

from prefect import flow

from flows.artifacts import create_source_table
from flows.cluster import open_workspace
from flows.duplicates import skip_if_duplicate
from flows.execution import Steps, execute_flow
from flows.publish_dataset import publish_dataset
from pipeline.check import DatasetCheck, check_dataset, summarise_check
from pipeline.run import publish_source_statuses


@flow(name="check-sources", flow_run_name="{dataset_id}: checking", persist_result=False)
@skip_if_duplicate
def check_sources(dataset_id: str, home: str = ".", *, publish: bool = True) -> DatasetCheck:
    """Check the sources of a dataset. With `publish`, run `publish_dataset` if one changed.

    With `publish`, and if none changed, the status of the sources is published.
    `home` is the workspace's folder. Raises PolicyTasksError.
    """
    workspace = open_workspace(home)

    def check(steps: Steps) -> DatasetCheck:
        result = check_dataset(workspace, dataset_id, step=steps)
        if publish and result.has_news:
            publish_dataset(dataset_id, home, offline=True)
        elif publish:
            publish_source_statuses(workspace, dataset_id, result.source_statuses, step=steps)
        return result

    return execute_flow(
        dataset_id,
        check,
        summarise_check,
        create_artifacts=lambda result: create_source_table(dataset_id, result.source_statuses),
    )
