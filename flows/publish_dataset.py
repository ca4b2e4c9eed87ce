"""The Prefect flow that publishes a dataset: one flow run a dataset, one task a step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import PrefectException

from collect.fetch import UnreachableError
from flows.corridor import Outcome, collect_sources, walk
from flows.home import Home
from flows.report import markdown
from flows.turns import in_turn

# What Prefect raises where its server cannot be reached, started or understood.
PREFECT_ERRORS = (PrefectException, httpx.HTTPError, RuntimeError)

# Steps that can fail for a reason that passes by itself, and that reason. The others fail the same way every time.
PASSING_TROUBLE = {collect_sources: UnreachableError}
RETRIES, RETRY_SECONDS = 2, 10


@flow(name="publish-dataset", flow_run_name="publish {dataset_id}", persist_result=False)
@in_turn
def publish_dataset(dataset_id: str, home: str = ".", *, offline: bool = False, dry_run: bool = False) -> Outcome:
    """Take a dataset the whole way and leave a summary of its newest release as an artifact.

    `home` is the checkout's folder. Raises one of `flows.corridor.KNOWN_ERRORS`.
    """
    place = Home(Path(home))
    outcome = walk(place, dataset_id, offline=offline, dry_run=dry_run, step=_as_task)
    create_markdown_artifact(
        markdown(place, outcome),
        key=f"{dataset_id}-release",
        description=f"{dataset_id} {outcome.version}: {outcome.summary}",
    )
    return outcome


def _as_task(function: Any) -> Any:
    """A step as a Prefect task. Nothing is cached: what a step may reuse is the rooms' own business."""
    trouble = PASSING_TROUBLE.get(function)
    return task(
        function,
        name=function.__name__.replace("_", "-"),
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=RETRIES if trouble else 0,
        retry_delay_seconds=RETRY_SECONDS if trouble else 0,
        retry_condition_fn=_only(trouble) if trouble else None,
    )


def _only(trouble: type[Exception]) -> Any:
    def condition(_task: Any, _run: Any, state: Any) -> bool:
        return isinstance(state.result(raise_on_failure=False), trouble)

    return condition
