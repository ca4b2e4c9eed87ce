"""Which process a flow run is, as a label of the run: so that somebody else can tell whether it still runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publish.storage.lease import Process, identify_process

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

# The label of a run, whose value is a process as JSON.
PROCESS_LABEL = "policytasks.process"


def sign_run(client: SyncPrefectClient, run: FlowRun) -> None:
    """Label a run with the current process."""
    client.update_flow_run_labels(run.id, {PROCESS_LABEL: identify_process().model_dump_json()})


def has_process_ended(run: FlowRun) -> bool | None:
    """Whether the process that signed a run has ended; None where this machine cannot know it."""
    try:
        process = Process.model_validate_json(str(run.labels[PROCESS_LABEL]))
    except (KeyError, ValueError):
        return None  # not signed, or not by this version
    return process.has_ended()
