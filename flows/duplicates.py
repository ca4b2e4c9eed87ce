"""Scheduled runs that need not run, because another run of the same deployment does their work.

If runs were missed, many are due at once. A scheduled run first looks whether another run of the same deployment,
with the same parameters, began after its own scheduled time: that one sees all that this one would see. Then this run
ends at once as `Cancelled`, under the name `Skipped`. A deployment has one run at a time, so of any number of missed
runs exactly one does the work. Runs that a person starts, with or without a deployment, are never skipped.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext
from prefect.states import Cancelled

from publish.storage.lease import Process, identify_process

# The label of a run, whose value is its process as JSON: by it somebody else can tell whether the run still goes on.
PROCESS_LABEL = "policytasks.process"

Function = TypeVar("Function", bound=Callable[..., Any])

# A run in one of these states does the work, or has done it: one that failed has fetched the sources and reported why.
WORKING_STATES = (StateType.RUNNING, StateType.COMPLETED, StateType.FAILED)


def skip_if_duplicate(function: Function) -> Function:
    """Wrap a flow's function: a run of a deployment is signed with its process, and skipped if it is a duplicate."""

    @functools.wraps(function)
    def run_or_skip(*arguments: Any, **options: Any) -> Any:
        context = FlowRunContext.get()
        run = context.flow_run if context else None
        if run is None or run.deployment_id is None:
            return function(*arguments, **options)
        with get_client(sync_client=True) as client:
            client.update_flow_run_labels(run.id, {PROCESS_LABEL: identify_process().model_dump_json()})
            if run.auto_scheduled and run.expected_start_time is not None:
                successor = find_successor(client, run, run.expected_start_time)
                if successor is not None:
                    return mark_skipped(client, run, successor)
        return function(*arguments, **options)

    # Prefect makes its model of the parameters from these; as strings they would be looked up in this module.
    wrapper: Any = run_or_skip
    wrapper.__signature__ = inspect.signature(function, eval_str=True)
    wrapper.__annotations__ = inspect.get_annotations(function, eval_str=True)
    return cast("Function", run_or_skip)


def find_successor(client: SyncPrefectClient, run: FlowRun, since: datetime) -> FlowRun | None:
    """A run of the same deployment and parameters that began after a moment and does, or did, the work."""
    if run.deployment_id is None:
        return None
    later_runs = client.read_flow_runs(
        flow_run_filter=FlowRunFilter.model_validate(
            {
                "deployment_id": {"any_": [run.deployment_id]},
                "start_time": {"after_": since},
                "state": {"type": {"any_": WORKING_STATES}},
            }
        ),
        sort=FlowRunSort.START_TIME_DESC,
    )
    return next((other for other in later_runs if other.id != run.id and other.parameters == run.parameters), None)


def mark_skipped(client: SyncPrefectClient, run: FlowRun, successor: FlowRun) -> State[None]:
    """The state of a run whose work its successor does; the run's name says the same."""
    client.update_flow_run(run.id, name=f"{run.parameters.get('dataset_id', 'all datasets')}: skipped")
    return Cancelled(name="Skipped", message=f"nothing to do: {successor.name} ({successor.id}) does the same work")


def has_process_ended(run: FlowRun) -> bool | None:
    """Whether the process that signed a run has ended; None if this machine cannot know it."""
    try:
        process = Process.model_validate_json(str(run.labels[PROCESS_LABEL]))
    except (KeyError, ValueError):
        return None  # not signed, or not by this version
    return process.has_ended()
