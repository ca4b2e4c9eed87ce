"""The Prefect flow that recovers crashed, missed and forgotten runs, for a pool of workers.

`policytasks schedule` does the same by itself, once a minute.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from prefect import flow
from prefect.client.orchestration import get_client

from flows.duplicates import skip_if_duplicate
from flows.recovery import recover_runs

log = logging.getLogger(__name__)


@flow(name="tend-runs", flow_run_name="tend runs", persist_result=False)
@skip_if_duplicate
def tend_runs(home: str = ".") -> list[str]:  # noqa: ARG001 (every flow is given it)
    """Recover the runs of all deployments once; returns, and logs, a line for each thing done."""
    with get_client(sync_client=True) as client:
        lines = recover_runs(client, datetime.now(UTC))
    for line in lines:
        log.info("%s", line)
    return lines
