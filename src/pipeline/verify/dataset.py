"""The proof of a dataset as a job: its findings, and a message where the shelf is not as it was published."""

from __future__ import annotations

from typing import Any

from config.errors import ConfigurationError
from config.loader import read_dataset
from pipeline.notify.channels import notify_channels
from pipeline.notify.incidents import SHELF, Incident, Observations
from pipeline.steps import Step, run_directly
from pipeline.verify.findings import WRONG, Finding
from pipeline.verify.prove import prove_releases
from pipeline.workspace import Workspace
from publish.releases import read_releases
from publish.storage.backend import ShelfError


def collect_findings(workspace: Workspace, dataset_id: str) -> tuple[Finding, ...]:
    """All findings about a dataset. Raises ShelfError where it has no version."""
    if not read_releases(workspace.shelf, dataset_id).expected_versions:
        where = workspace.shelf.describe(dataset_id)
        raise ShelfError("holds no version", f"{where}/", f"run policytasks publish {dataset_id}")
    return tuple(prove_releases(workspace, dataset_id))


def verify_dataset(workspace: Workspace, dataset_id: str, *, step: Step[Any] = run_directly) -> tuple[Finding, ...]:
    """All findings. Where one of them is wrong, the dataset's channels are sent a message, and ShelfError is raised."""
    try:
        findings: tuple[Finding, ...] = step(collect_findings)(workspace, dataset_id)
        _refuse_wrong(dataset_id, findings)
    except ShelfError as error:
        _notify(workspace, dataset_id, Observations(frozenset([SHELF]), (Incident(SHELF, str(error)),)), step)
        raise
    _notify(workspace, dataset_id, Observations(frozenset([SHELF])), step)
    return findings


def _refuse_wrong(dataset_id: str, findings: tuple[Finding, ...]) -> None:
    wrong = [finding for finding in findings if finding.proved is WRONG]
    if wrong:
        more = f" (and {len(wrong) - 1} more findings)" if len(wrong) > 1 else ""
        raise ShelfError(f"{wrong[0].message}{more}", wrong[0].where, f"policytasks verify {dataset_id} shows all")


def _notify(workspace: Workspace, dataset_id: str, observations: Observations, step: Step[Any]) -> None:
    """Notify the dataset's channels; a dataset that is not in datasets/ any more has none."""
    try:
        dataset = read_dataset(workspace.datasets, dataset_id)
    except ConfigurationError:
        return
    step(notify_channels)(workspace, dataset, observations)
