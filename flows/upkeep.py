"""Runs that nobody looks after: what became of them, and what is done about it.

A killed process cannot say that it ended. So whoever looks after the runs (`policytasks schedule` once a minute, or,
with a pool of workers, the flow `tend-runs` every ten) brings the server's record up to the truth, by four rules:

1. Of the scheduled runs of a deployment that are overdue, the newest does the work of all; the others are `Skipped`.
2. A run is dead where its process signed on this machine and is gone, or where it gave no sign of life for as long as
   two leases of its slot, by when a living one has renewed its own, or has been ended for having lost it. It is set
   `Crashed` (`Cancelled`, where a person had asked for that), which also frees the slot.
3. A run that crashed is run again, the same run, unless another has done its work meanwhile.
4. One that has crashed three times is left as it is: the third time it is no accident.

Nothing here touches an archive or a shelf: whatever a killed run left there, the next one finishes or removes.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.filters import EventFilter
from prefect.states import Cancelled, Crashed, Scheduled

from flows.deployments import TAG
from flows.turns import find_successor, has_process_ended, mark_skipped, skip_if_duplicate

log = logging.getLogger(__name__)

# Prefect gives a run's slot away where the run has not renewed its lease for 300 seconds.
MAX_SILENCE = timedelta(seconds=2 * 300)
# What is older is history, and nobody's present trouble.
RECENT = timedelta(days=7)
MAX_CRASHES = 3
PAGE_SIZE = 200

# What a dead run is said to be, by what it was.
DEAD_STATES: dict[StateType, Callable[..., State[None]]] = {
    StateType.PENDING: Crashed,
    StateType.RUNNING: Crashed,
    StateType.CANCELLING: Cancelled,
}


@flow(name="tend-runs", flow_run_name="tend runs", persist_result=False)
@skip_if_duplicate
def tend_runs(home: str = ".") -> list[str]:  # noqa: ARG001 (every flow is given it)
    """Look after the runs of all deployments once; returns, and logs, a line for each thing done."""
    with get_client(sync_client=True) as client:
        done = recover_runs(client, datetime.now(UTC))
    for line in done:
        log.info("%s", line)
    return done


def recover_runs(client: SyncPrefectClient, now: datetime) -> list[str]:
    """Apply the rules once; returns a line for each thing done. Raises what Prefect's client raises."""
    return [*_skip_missed(client, now), *_end_dead(client, now), *_restart_crashed(client, now)]


def _skip_missed(client: SyncPrefectClient, now: datetime) -> Iterator[str]:
    piles: dict[tuple[object, str], list[FlowRun]] = {}
    for run in _read_runs(client, StateType.SCHEDULED, due=now):
        if run.auto_scheduled:
            piles.setdefault((run.deployment_id, json.dumps(run.parameters, sort_keys=True)), []).append(run)
    for newest, *others in piles.values():
        for run in others:
            client.set_flow_run_state(run.id, mark_skipped(client, run, newest))
        if others:
            due = f"{newest.expected_start_time:%Y-%m-%d %H:%M} UTC"
            yield f"{_describe_run(newest)}: {len(others)} missed runs are skipped, the one due {due} does their work"


def _end_dead(client: SyncPrefectClient, now: datetime) -> Iterator[str]:
    active = _read_runs(client, *DEAD_STATES)
    sole = {one for one, times in Counter(run.deployment_id for run in active).items() if times == 1}
    for run in active:
        gone = has_process_ended(run) if run.state_type != StateType.PENDING else None  # what it signed earlier is past
        if gone is None:
            # Where another run has its slot by now, the server would take that one's away with this one's end.
            gone = run.deployment_id in sole and _is_silent(client, run, now - MAX_SILENCE)
        if gone and run.state and _is_unchanged(client, run):
            client.set_flow_run_state(run.id, DEAD_STATES[run.state.type](message="its process is gone"), force=True)
            yield f"{_describe_run(run)}: was {run.state.name}, but its process is gone"


def _is_silent(client: SyncPrefectClient, run: FlowRun, since: datetime) -> bool:
    """Whether a run has neither changed its state since then, nor sent a heartbeat."""
    if run.state is None or run.state.timestamp > since:
        return False
    heartbeats = {
        "event": {"name": ["prefect.flow-run.heartbeat"]},
        "resource": {"id": [f"prefect.flow-run.{run.id}"]},
        "occurred": {"since": since},
    }
    return not client.read_events(EventFilter.model_validate(heartbeats), limit=1).events


def _restart_crashed(client: SyncPrefectClient, now: datetime) -> Iterator[str]:
    for run in _read_runs(client, StateType.CRASHED):
        if run.state is None or run.state.timestamp < now - RECENT:
            continue
        if find_successor(client, run, run.start_time or run.expected_start_time or now):
            continue
        crashes = sum(one.type == StateType.CRASHED for one in client.read_flow_run_states(run.id))
        if crashes < MAX_CRASHES and _is_unchanged(client, run):
            again: State[None] = Scheduled(name="TakenUp", scheduled_time=now, message="run again, since it crashed")
            client.set_flow_run_state(run.id, again, force=True)
            yield f"{_describe_run(run)}: crashed, and is run again"


def _is_unchanged(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether a run is as it was listed: a process that is gone may have said just before it went that it was done."""
    now = client.read_flow_run(run.id).state
    return now is not None and run.state is not None and now.id == run.state.id


def _read_runs(client: SyncPrefectClient, *types: StateType, due: datetime | None = None) -> list[FlowRun]:
    """The runs of our deployments that are so, and were due by then, the latest first."""
    wanted = {"state": {"type": {"any_": types}}, "expected_start_time": {"before_": due} if due else None}
    runs: list[FlowRun] = []
    while True:
        page = client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate(wanted),
            deployment_filter=DeploymentFilter.model_validate({"tags": {"all_": [TAG]}}),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=PAGE_SIZE,
            offset=len(runs),
        )
        runs += page
        if len(page) < PAGE_SIZE:
            return runs


def _describe_run(run: FlowRun) -> str:
    """What a run is for, and its name."""
    return f"{run.parameters.get('dataset_id', 'all datasets')}, {run.name}"
