"""The Prefect flow that proves a dataset's versions: each file as published, the newest made again from data/raw."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.artifacts import leave_failure
from flows.cluster import home_at
from flows.runs import Steps, carried_out
from flows.turns import in_turn
from pipeline.change_line import MARKS
from pipeline.verify.prove import Finding
from pipeline.verify.verify import proved, verified


@flow(name="verify-shelf", flow_run_name="{dataset_id}: verifying", persist_result=False)
@in_turn
def verify_shelf(dataset_id: str, home: str = ".") -> tuple[Finding, ...]:
    """Prove what can be proved of a dataset, tell people where something is wrong, and leave the findings as a table.

    `home` is the checkout's folder. Raises ShelfError where something is not as it was published.
    """
    place = home_at(home)

    def leave(steps: Steps, came: tuple[Finding, ...] | Exception) -> None:
        rows = [
            {"": MARKS[one.proved], "version": one.where, "finding": one.said} for one in steps.gave.get(proved, ())
        ]
        if rows:
            create_table_artifact(rows, key=f"{dataset_id}-proof", description=f"{dataset_id}: {len(rows)} findings")
        if isinstance(came, Exception):
            leave_failure(dataset_id, came, None)

    return carried_out(
        dataset_id,
        lambda steps: verified(place, dataset_id, step=steps),
        lambda found: f"verified, {sum(one.proved is True for one in found)} of {len(found)} findings proved",
        leave=leave,
    )
