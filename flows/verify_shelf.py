"""The Prefect flow that proves a dataset's releases: each file as published, the newest made again from data/raw."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_table_artifact

from config.text import format_count
from flows.cluster import open_workspace
from flows.duplicates import skip_if_duplicate
from flows.execution import Steps, execute_flow, ignore_server_errors
from pipeline.change_line import MARKS
from pipeline.verify import Finding
from pipeline.verify.prove import collect_findings, verify_dataset


@flow(name="verify-shelf", flow_run_name="{dataset_id}: verifying", persist_result=False)
@skip_if_duplicate
def verify_shelf(dataset_id: str, home: str = ".") -> tuple[Finding, ...]:
    """Prove what can be proved of a dataset, notify its channels if something is wrong, and show the findings.

    `home` is the workspace's folder. Raises ShelfError if something is not as it was published.
    """
    workspace = open_workspace(home)

    def verify(steps: Steps) -> tuple[Finding, ...]:
        try:
            return verify_dataset(workspace, dataset_id, step=steps)
        finally:  # the findings are shown if one of them is wrong, too
            findings = steps.results.get(collect_findings, ())
            rows = [{"": MARKS[item.proved], "version": item.where, "finding": item.message} for item in findings]
            with ignore_server_errors():
                if rows:
                    about = f"{dataset_id}: {format_count(len(rows), 'finding')}"
                    create_table_artifact(rows, key=f"{dataset_id}-proof", description=about)

    return execute_flow(
        dataset_id,
        verify,
        lambda findings: f"verified, {sum(row.proved is True for row in findings)} of {len(findings)} findings proved",
    )
