"""The Prefect flow that proves a dataset's releases: each file as published, the newest made again from data/raw."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.artifacts import create_failure_artifacts
from flows.cluster import open_workspace
from flows.duplicates import skip_if_duplicate
from flows.execution import execute_flow
from flows.steps import Steps
from pipeline.change_line import MARKS
from pipeline.verify.dataset import collect_findings, verify_dataset
from pipeline.verify.findings import Finding


@flow(name="verify-shelf", flow_run_name="{dataset_id}: verifying", persist_result=False)
@skip_if_duplicate
def verify_shelf(dataset_id: str, home: str = ".") -> tuple[Finding, ...]:
    """Prove what can be proved of a dataset, notify its channels where something is wrong, and show the findings.

    `home` is the workspace's folder. Raises ShelfError where something is not as it was published.
    """
    workspace = open_workspace(home)

    def create_artifacts(steps: Steps, result: tuple[Finding, ...] | Exception) -> None:
        rows = [
            {"": MARKS[finding.proved], "version": finding.where, "finding": finding.message}
            for finding in steps.results.get(collect_findings, ())
        ]
        if rows:
            create_table_artifact(rows, key=f"{dataset_id}-proof", description=f"{dataset_id}: {len(rows)} findings")
        if isinstance(result, Exception):
            create_failure_artifacts(dataset_id, result, None)

    return execute_flow(
        dataset_id,
        lambda steps: verify_dataset(workspace, dataset_id, step=steps),
        lambda findings: f"verified, {sum(row.proved is True for row in findings)} of {len(findings)} findings proved",
        create_artifacts=create_artifacts,
    )
