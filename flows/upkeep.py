"""Recovery of crashed, missed and forgotten runs.

A killed process cannot report its end. So `policytasks schedule` once a minute or, with a pool of workers, the flow
`tend-runs` every ten minutes corrects the server's record, by four rules:

1. Of the scheduled runs of a deployment that are overdue, the newest does the work of all; the others are `Skipped`.
2. A run is dead if its process was recorded on this machine and has ended, or if it sent no heartbeat for as long as
   two leases of its slot: by then a running one has renewed its lease, or was ended because it lost it. A dead run is
   set to `Crashed` (to `Cancelled`, if a person had cancelled it), which also frees the slot.
3. A run that crashed is run again, as the same run, unless another run has done its work meanwhile.
4. A run that crashed three times is not run again.

Nothing here touches an archive or a shelf: what a killed run left there, the next run finishes or removes.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.filters import EventFilter
from prefect.states import Cancelled, Crashed, Scheduled

from flows.deployments import read_all
from flows.duplicates import find_successor, has_process_ended, mark_skipped, skip_if_duplicate

log = logging.getLogger(__name__)

# Prefect frees the slot of a run that has not renewed its lease for 300 seconds.
MAX_SILENCE = timedelta(seconds=2 * 300)
# A run that crashed earlier than this is left as it is.
RECENT = timedelta(days=7)
MAX_CRASHES = 3

# The state that a dead run is set to, by the state that it was in.
DEAD_STATES: dict[StateType, Callable[..., State[None]]] = {
    StateType.PENDING: Crashed,
    StateType.RUNNING: Crashed,
    StateType.CANCELLING: Cancelled,
}


@flow(name="tend-runs", flow_run_name="tend runs", persist_result=False)
@skip_if_duplicate
def tend_runs(home: str = ".") -> list[str]:  # noqa: ARG001 (every flow is given it)
    """Recover the runs of all deployments once; returns, and logs, a line for each thing done."""
    with get_client(sync_client=True) as client:
        lines = recover_runs(client, datetime.now(UTC))
    for line in lines:
        log.info("%s", line)
    return lines


def recover_runs(client: SyncPrefectClient, now: datetime) -> list[str]:
    """Apply the rules once; a line for each run that was changed. Raises what Prefect's client raises."""
    return [*_skip_missed(client, now), *_end_dead(client, now), *_retry_crashed(client, now)]


def _skip_missed(client: SyncPrefectClient, now: datetime) -> Iterator[str]:
    missed: dict[tuple[object, str], list[FlowRun]] = {}
    for run in _read_runs(client, StateType.SCHEDULED, due=now):
        if run.auto_scheduled:
            missed.setdefault((run.deployment_id, json.dumps(run.parameters, sort_keys=True)), []).append(run)
    for newest, *others in missed.values():
        for run in others:
            client.set_flow_run_state(run.id, mark_skipped(client, run, newest))
        if others:
            due = f"{newest.expected_start_time:%Y-%m-%d %H:%M} UTC"
            skipped = "1 missed run is" if len(others) == 1 else f"{len(others)} missed runs are"
            yield f"{_describe_run(newest)}: {skipped} skipped, the one due {due} does the work"


def _end_dead(client: SyncPrefectClient, now: datetime) -> Iterator[str]:
    active = _read_runs(client, *DEAD_STATES)
    counts = Counter(run.deployment_id for run in active)
    for run in active:
        # A pending run may carry the signature of an earlier attempt.
        has_ended = has_process_ended(run) if run.state_type != StateType.PENDING else None
        if has_ended is None:
            # With the end of this run the server frees its slot, even if another run has that slot by now.
            has_ended = counts[run.deployment_id] == 1 and _is_silent(client, run, now - MAX_SILENCE)
        if has_ended and run.state and _is_unchanged(client, run):
            client.set_flow_run_state(run.id, DEAD_STATES[run.state.type](message="its process is gone"), force=True)
            yield f"{_describe_run(run)}: was {run.state.name}, but its process is gone"


def _is_silent(client: SyncPrefectClient, run: FlowRun, since: datetime) -> bool:
    """Whether a run has neither changed its state nor sent a heartbeat since a moment."""
    if run.state is None or run.state.timestamp > since:
        return False
    heartbeats = {
        "event": {"name": ["prefect.flow-run.heartbeat"]},
        "resource": {"id": [f"prefect.flow-run.{run.id}"]},
        "occurred": {"since": since},
    }
    return not client.read_events(EventFilter.model_validate(heartbeats), limit=1).events


def _retry_crashed(client: SyncPrefectClient, now: datetime) -> Iterator[str]:
    for run in _read_runs(client, StateType.CRASHED):
        if run.state is None or run.state.timestamp < now - RECENT:
            continue
        if find_successor(client, run, run.start_time or run.expected_start_time or now):
            continue
        crashes = sum(state.type == StateType.CRASHED for state in client.read_flow_run_states(run.id))
        if crashes < MAX_CRASHES and _is_unchanged(client, run):
            again: State[None] = Scheduled(name="TakenUp", scheduled_time=now, message="run again, since it crashed")
            client.set_flow_run_state(run.id, again, force=True)
            yield f"{_describe_run(run)}: crashed, and is run again"


def _is_unchanged(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether a run is still in the state in which it was listed: a process may have reported its end meanwhile."""
    now = client.read_flow_run(run.id).state
    return now is not None and run.state is not None and now.id == run.state.id


def _read_runs(client: SyncPrefectClient, *types: StateType, due: datetime | None = None) -> list[FlowRun]:
    """Runs of our deployments in some states, and due before a moment, the latest first."""
    filters = {"state": {"type": {"any_": types}}, "expected_start_time": {"before_": due} if due else None}
    return read_all(
        client.read_flow_runs,
        flow_run_filter=FlowRunFilter.model_validate(filters),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
    )


def _describe_run(run: FlowRun) -> str:
    """The dataset and the name of a run."""
    return f"{run.parameters.get('dataset_id', 'all datasets')}, {run.name}"
