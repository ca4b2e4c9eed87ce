"""The Prefect flow that publishes a dataset: one flow run a dataset, one task a step."""

from __future__ import annotations

from prefect import flow

from flows.artifacts import leave_failure, leave_outcome
from flows.cluster import home_at
from flows.runs import PREFECT_ERRORS, Steps, carried_out
from flows.turns import in_turn
from pipeline.report import in_short
from pipeline.run import Outcome, extract_plans, walk

__all__ = ["PREFECT_ERRORS", "publish_dataset"]


@flow(name="publish-dataset", flow_run_name="{dataset_id}: publishing", persist_result=False)
@in_turn
def publish_dataset(dataset_id: str, home: str = ".", *, offline: bool = False, dry_run: bool = False) -> Outcome:
    """Take a dataset the whole way, and leave what came of it as the run's name, artifacts and events.

    `home` is the checkout's folder. Raises one of PolicyTasksError.
    """
    place = home_at(home)

    def work(steps: Steps) -> Outcome:
        return walk(place, dataset_id, offline=offline, dry_run=dry_run, step=steps)

    def leave(steps: Steps, came: Outcome | Exception) -> None:
        if isinstance(came, Exception):
            extracted = steps.gave.get(extract_plans)
            leave_failure(dataset_id, came, extracted.standing if extracted else None)
        else:
            leave_outcome(place, came)

    return carried_out(dataset_id, work, in_short, leave=leave)
