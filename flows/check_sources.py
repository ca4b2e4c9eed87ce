"""The Prefect flow that looks whether anything changed, and publishes only where something did.

It is light, so that it can run often. Where something changed, the publishing flow is this process' next step: it
needs no deployment, and from the archive, since the sources were asked just now.
"""

from __future__ import annotations

from prefect import flow

from flows.artifacts import leave_failure, leave_sources
from flows.cluster import home_at
from flows.publish_dataset import publish_dataset
from flows.runs import Steps, carried_out
from flows.turns import in_turn
from pipeline.check import Looked, in_words, look
from pipeline.run import tell_standing


@flow(name="check-sources", flow_run_name="{dataset_id}: checking", persist_result=False)
@in_turn
def check_sources(dataset_id: str, home: str = ".", *, publish: bool = True) -> Looked:
    """Ask the sources of a dataset; where one changed, and `publish` says so, run `publish_dataset`.

    Where none changed, the shelf says that they were asked, and how they are doing.
    `home` is the checkout's folder. Raises one of PolicyTasksError.
    """
    place = home_at(home)

    def work(steps: Steps) -> Looked:
        looked = look(place, dataset_id, step=steps)
        if publish and looked.is_news:
            publish_dataset(dataset_id, home, offline=True)
        elif publish:
            tell_standing(place, dataset_id, looked.standing, step=steps)
        return looked

    def leave(_: Steps, came: Looked | Exception) -> None:
        if isinstance(came, Exception):
            leave_failure(dataset_id, came, None)
        else:
            leave_sources(dataset_id, came.standing)

    return carried_out(dataset_id, work, in_words, leave=leave)
