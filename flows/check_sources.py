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
from pipeline.check import Looked, in_words, look
from pipeline.run import tell_standing


@flow(name="check-sources", flow_run_name="{dataset_id}: checking", persist_result=False)
@skip_if_duplicate
def check_sources(dataset_id: str, home: str = ".", *, publish: bool = True) -> Looked:
    """Ask the sources of a dataset; where one changed, and `publish` says so, run `publish_dataset`.

    Where none changed, the shelf says that they were asked, and how they are doing.
    `home` is the checkout's folder. Raises one of PolicyTasksError.
    """
    workspace = open_workspace(home)

    def check(steps: Steps) -> Looked:
        looked = look(workspace, dataset_id, step=steps)
        if publish and looked.is_news:
            publish_dataset(dataset_id, home, offline=True)
        elif publish:
            tell_standing(workspace, dataset_id, looked.standing, step=steps)
        return looked

    def create_artifacts(_: Steps, result: Looked | Exception) -> None:
        if isinstance(result, Exception):
            create_failure_artifacts(dataset_id, result, None)
        else:
            create_source_table(dataset_id, result.standing)

    return execute_flow(dataset_id, check, in_words, create_artifacts=create_artifacts)
