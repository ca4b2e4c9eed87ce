"""The Prefect flow that publishes a dataset's history, version by version in the order of time."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.artifacts import leave_failure, leave_outcome
from flows.cluster import home_at
from flows.runs import Steps, carried_out
from flows.turns import in_turn
from pipeline.backfill import Backfilled, backfill_history


@flow(name="backfill", flow_run_name="{dataset_id}: backfilling", persist_result=False)
@in_turn
def backfill(dataset_id: str, path: str, home: str = ".") -> Backfilled:
    """Take a folder or a WARC of history, and publish it day by day; the same again adds nothing.

    `home` is the checkout's folder. Raises one of PolicyTasksError.
    """
    place = home_at(home)

    def leave(_: Steps, came: Backfilled | Exception) -> None:
        if isinstance(came, Exception):
            leave_failure(dataset_id, came, None)
        else:
            leave_outcome(place, came.outcome)

    return carried_out(
        dataset_id,
        lambda steps: backfill_history(place, dataset_id, Path(path), step=steps),
        lambda done: f"backfilled {len(done.versions)} versions",
        leave=leave,
    )
