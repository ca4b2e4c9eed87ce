"""What Prefect's interface shows of a run: its summary, its sources as a table, what changed.

Each artifact has a key, such as `chengdu-release`, under which the interface shows the same of earlier runs too.
"""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from pipeline.report import format_changes, format_failure, to_markdown, to_source_rows
from pipeline.run import RunResult
from pipeline.select import Extracted
from pipeline.workspace import Workspace
from publish.releases import Release
from publish.source_status import SourceStatus

# Nobody reads a longer table; sources that need attention come first.
MAX_ROWS = 500


def create_result_artifacts(workspace: Workspace, result: RunResult) -> None:
    """Create the summary, the table of sources and, if there is a new version, what changed."""
    description = f"{result.dataset_id} {result.version}: {result.summary}"
    create_markdown_artifact(
        to_markdown(workspace, result), key=f"{result.dataset_id}-release", description=description
    )
    create_source_table(result.dataset_id, result.source_statuses)
    if result.status == "published" and isinstance(result.release_or_preview, Release):
        create_markdown_artifact(
            format_changes(workspace, result, result.release_or_preview),
            key=f"{result.dataset_id}-changes",
            description=description,
        )


def create_source_table(dataset_id: str, statuses: Sequence[SourceStatus]) -> None:
    """Create the table of sources, with the status of each."""
    stale = sum(status.stale for status in statuses)
    create_table_artifact(
        to_source_rows(statuses)[:MAX_ROWS],
        key=f"{dataset_id}-sources",
        description=f"{len(statuses) - stale} of {len(statuses)} sources confirmed",
    )


def create_failure_artifacts(dataset_id: str, error: Exception, extracted: Extracted | None) -> None:
    """Create what went wrong and its fix, and the table of sources if the run came so far."""
    create_markdown_artifact(
        format_failure(dataset_id, error), key=f"{dataset_id}-release", description=f"{dataset_id}: not published"
    )
    if extracted:
        create_source_table(dataset_id, extracted.source_statuses)
