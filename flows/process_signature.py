"""Which process a flow run is, as a label of the run: so that somebody else can tell whether it still runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from publish.storage.lease import identify_process, read_process_start

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

# The label of a run, whose value is a process as JSON.
PROCESS_LABEL = "policytasks.process"


def sign_run(client: SyncPrefectClient, run: FlowRun) -> None:
    """Label a run with the current process."""
    client.update_flow_run_labels(run.id, {PROCESS_LABEL: json.dumps(identify_process())})


def has_process_ended(run: FlowRun) -> bool | None:
    """Whether the process that signed a run has ended; None where this machine cannot know it."""
    try:
        signature = json.loads(str(run.labels[PROCESS_LABEL]))
        pid, since, signed_on = int(signature["pid"]), signature["begun"], (signature["host"], signature["machine"])
    except (KeyError, TypeError, ValueError):
        return None  # not signed, or not by this version
    here = identify_process()
    if signed_on != (here["host"], here["machine"]):
        return None
    return bool(read_process_start(pid) != since)
