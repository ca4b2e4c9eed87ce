"""What a run leaves to look at in Prefect's interface: its summary, its sources as a table, what changed.

Each has a key of lower case and dashes, so that the interface shows how it was in earlier runs too.
"""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from pipeline.report import changes_to_markdown, failure_to_markdown, to_markdown, to_source_rows
from pipeline.run import Outcome
from pipeline.workspace import Workspace
from publish.source_status import SourceStatus

# A table that is longer than this is none that anybody reads; what is not as it should be comes first.
MAX_ROWS = 500


def create_outcome_artifacts(home: Workspace, outcome: Outcome) -> None:
    """The summary, the sources, and where there is a new version, what changed."""
    description = f"{outcome.dataset_id} {outcome.version}: {outcome.summary}"
    create_markdown_artifact(to_markdown(home, outcome), key=f"{outcome.dataset_id}-release", description=description)
    create_source_table(outcome.dataset_id, outcome.source_statuses)
    if outcome.status == "published":
        create_markdown_artifact(
            changes_to_markdown(home, outcome), key=f"{outcome.dataset_id}-changes", description=description
        )


def create_source_table(dataset_id: str, statuses: Sequence[SourceStatus]) -> None:
    """How each source is doing, as a table."""
    stale = sum(one.stale for one in statuses)
    create_table_artifact(
        to_source_rows(statuses)[:MAX_ROWS],
        key=f"{dataset_id}-sources",
        description=f"{len(statuses) - stale} of {len(statuses)} sources confirmed",
    )


def create_failure_artifacts(dataset_id: str, error: Exception, statuses: Sequence[SourceStatus] | None) -> None:
    """What went wrong and the mend, and how the sources are doing where the run came so far."""
    create_markdown_artifact(
        failure_to_markdown(dataset_id, error), key=f"{dataset_id}-release", description=f"{dataset_id}: not published"
    )
    if statuses:
        create_source_table(dataset_id, statuses)
