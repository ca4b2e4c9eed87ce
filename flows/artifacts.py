"""What a run leaves to look at in Prefect's interface: its summary, its sources as a table, what changed.

Each has a key of lower case and dashes, so that the interface shows how it was in earlier runs too.
"""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from pipeline.report import changes_markdown, failure_markdown, markdown, source_rows
from pipeline.run import Outcome
from pipeline.workspace import Home
from publish.source_status import Standing

# A table that is longer than this is none that anybody reads; what is not as it should be comes first.
MOST_ROWS = 500


def leave_outcome(home: Home, outcome: Outcome) -> None:
    """The summary, the sources, and where there is a new version, what changed."""
    said = f"{outcome.dataset_id} {outcome.version}: {outcome.summary}"
    create_markdown_artifact(markdown(home, outcome), key=f"{outcome.dataset_id}-release", description=said)
    leave_sources(outcome.dataset_id, outcome.standing)
    if outcome.done == "published":
        create_markdown_artifact(changes_markdown(home, outcome), key=f"{outcome.dataset_id}-changes", description=said)


def leave_sources(dataset_id: str, standing: Sequence[Standing]) -> None:
    """How each source is doing, as a table."""
    odd = sum(one.stale for one in standing)
    create_table_artifact(
        source_rows(standing)[:MOST_ROWS],
        key=f"{dataset_id}-sources",
        description=f"{len(standing) - odd} of {len(standing)} sources confirmed",
    )


def leave_failure(dataset_id: str, error: Exception, standing: Sequence[Standing] | None) -> None:
    """What went wrong and the mend, and how the sources are doing where the run came so far."""
    create_markdown_artifact(
        failure_markdown(dataset_id, error), key=f"{dataset_id}-release", description=f"{dataset_id}: not published"
    )
    if standing:
        leave_sources(dataset_id, standing)
