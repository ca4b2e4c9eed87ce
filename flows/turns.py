"""Whose turn it is: what a run of a deployment does before its work, and what tells a living run from a dead one.

`in_turn` goes around the function of a flow. A run that a deployment started first signs with its process, so that
whoever finds it `Running` later can see whether it still is. A run that was *scheduled* then looks whether another run
of the same deployment began after its time: that one has seen all that this one would see, so this one ends at once as
`Cancelled`, under the name `Skipped`. Together with a deployment's limit of one run at a time, of any pile of missed
runs exactly one does the work. Runs that a person starts, with or without a deployment, are never skipped.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext
from prefect.states import Cancelled

from publish.storage.lease import identify_process, read_process_start

Function = TypeVar("Function", bound=Callable[..., Any])

# The label of a run that says which process it is, as JSON.
PROCESS_LABEL = "policytasks.process"
# What a run has to be so that its work counts as done, or as being done. One that failed has looked, and has said why.
WORKING_STATES = (StateType.RUNNING, StateType.COMPLETED, StateType.FAILED)


def skip_if_duplicate(function: Function) -> Function:
    """Let a flow's function do its work only where that is its run's turn."""

    @functools.wraps(function)
    def run_or_skip(*arguments: Any, **named: Any) -> Any:
        context = FlowRunContext.get()
        run = context.flow_run if context else None
        if run is None or run.deployment_id is None:
            return function(*arguments, **named)
        with get_client(sync_client=True) as client:
            client.update_flow_run_labels(run.id, {PROCESS_LABEL: json.dumps(identify_process())})
            other = _find_other(client, run)
            if other:
                return mark_skipped(client, run, other)
        return function(*arguments, **named)

    # Prefect makes its model of the parameters from these; as strings they would be looked up in this module.
    signature = inspect.signature(function, eval_str=True)
    wrapper: Any = run_or_skip
    wrapper.__signature__, wrapper.__annotations__ = signature, inspect.get_annotations(function, eval_str=True)
    return cast("Function", run_or_skip)


def find_successor(client: SyncPrefectClient, run: FlowRun, since: datetime) -> FlowRun | None:
    """A run of the same deployment, for the same, that began after a moment and does, or did, the work."""
    if run.deployment_id is None:
        return None
    later = client.read_flow_runs(
        flow_run_filter=FlowRunFilter.model_validate(
            {
                "deployment_id": {"any_": [run.deployment_id]},
                "start_time": {"after_": since},
                "state": {"type": {"any_": WORKING_STATES}},
            }
        ),
        sort=FlowRunSort.START_TIME_DESC,
    )
    return next((one for one in later if one.id != run.id and one.parameters == run.parameters), None)


def mark_skipped(client: SyncPrefectClient, run: FlowRun, other: FlowRun) -> State[None]:
    """The state of a run whose work another one does; its name says the same."""
    client.update_flow_run(run.id, name=f"{run.parameters.get('dataset_id', 'all datasets')}: skipped")
    return Cancelled(name="Skipped", message=f"nothing to do: {other.name} ({other.id}) does it")


def has_process_ended(run: FlowRun) -> bool | None:
    """Whether the process that signed a run has ended; None where that cannot be told from this machine."""
    try:
        signature = json.loads(str(run.labels[PROCESS_LABEL]))
        pid, since, signed_on = int(signature["pid"]), signature["begun"], (signature["host"], signature["machine"])
    except (KeyError, TypeError, ValueError):
        return None
    here = identify_process()
    if signed_on != (here["host"], here["machine"]):
        return None
    return bool(read_process_start(pid) != since)


def _find_other(client: SyncPrefectClient, run: FlowRun) -> FlowRun | None:
    """The run that did the work of a scheduled one; None where it is its turn."""
    if not run.auto_scheduled or run.expected_start_time is None:
        return None
    return find_successor(client, run, run.expected_start_time)
