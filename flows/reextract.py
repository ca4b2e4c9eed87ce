"""The Prefect flow that reads a dataset anew from its archive, after the rules of reading changed.

The difference is shown first, whether or not it may be published; publishing it is a parameter.
"""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.artifacts import leave_failure, leave_outcome
from flows.cluster import home_at
from flows.runs import Steps, carried_out
from flows.turns import in_turn
from pipeline.report import in_short, markdown
from pipeline.run import Outcome, walk


@flow(name="reextract", flow_run_name="{dataset_id}: reading anew", persist_result=False)
@in_turn
def reextract(dataset_id: str, home: str = ".", *, publish: bool = False) -> Outcome:
    """Show what reading the archive by the rules of now would change, and where `publish` says so, publish it.

    `home` is the checkout's folder. Raises one of PolicyTasksError.
    """
    place = home_at(home)

    def work(steps: Steps) -> Outcome:
        would = walk(place, dataset_id, offline=True, dry_run=True, step=steps)
        create_markdown_artifact(
            markdown(place, would), key=f"{dataset_id}-reextract", description=f"{dataset_id}: {in_short(would)}"
        )
        return walk(place, dataset_id, offline=True, step=steps) if publish else would

    def leave(_: Steps, came: Outcome | Exception) -> None:
        if isinstance(came, Exception):
            leave_failure(dataset_id, came, None)
        elif came.preview is None:
            leave_outcome(place, came)

    return carried_out(dataset_id, work, in_short, leave=leave)
