"""The Prefect flow that reads a dataset again from its archive, after the rules of reading changed.

It shows the difference first, whether or not that may be published; publishing it is a parameter.
"""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.artifacts import create_result_artifacts
from flows.cluster import open_workspace
from flows.duplicates import skip_if_duplicate
from flows.execution import Steps, execute_flow
from pipeline.report import summarise, to_markdown
from pipeline.run import RunResult, preview_run, run_dataset


@flow(name="reextract", flow_run_name="{dataset_id}: reading again", persist_result=False)
@skip_if_duplicate
def reextract(dataset_id: str, home: str = ".", *, publish: bool = False) -> RunResult:
    """Show what reading the archive by the current rules would change; with `publish`, publish it.

    `home` is the workspace's folder. Raises PolicyTasksError.
    """
    workspace = open_workspace(home)

    def run(steps: Steps) -> RunResult:
        preview = preview_run(workspace, dataset_id, offline=True, step=steps)
        create_markdown_artifact(
            to_markdown(workspace, preview),
            key=f"{dataset_id}-reextract",
            description=f"{dataset_id}: {summarise(preview)}",
        )
        return run_dataset(workspace, dataset_id, offline=True, step=steps) if publish else preview

    def create_artifacts(result: RunResult) -> None:
        if publish:
            create_result_artifacts(workspace, result)

    return execute_flow(dataset_id, run, summarise, create_artifacts=create_artifacts)
