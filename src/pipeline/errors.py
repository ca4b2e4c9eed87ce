"""The errors of a run that a user may meet.

PolicyTasksError
├── NoPlanError            no capture of the dataset holds a plan
├── ReleaseRefusedError    a check does not hold, or something that was published is lost
└── OrchestratorError      Prefect could not run the steps
"""

from __future__ import annotations

from config.errors import PolicyTasksError


class NoPlanError(PolicyTasksError):
    """None of a dataset's captures holds a plan."""


class ReleaseRefusedError(PolicyTasksError):
    """A draft that may not be published; `check` names the first check that does not hold."""

    def __init__(self, what: str, where: str = "", fix: str = "", check: str = "") -> None:
        super().__init__(what, where, fix)
        self.args = (what, where, fix, check)
        self.check = check


class OrchestratorError(PolicyTasksError):
    """Prefect could not run the steps."""
