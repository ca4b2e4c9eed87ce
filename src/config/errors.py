"""The root of every error that a user may meet.

    PolicyTasksError
    ├── ConfigurationError      a dataset's file, a setting or a command cannot be used; exit status 2
    ├── …                       each package derives its own: ArchiveError, ShelfError, ReleaseRefusedError

An error is shown as one line, "where: what; fix". The error that caused it is chained (`raise … from error`), and
`--debug` shows it with its traceback. An exception of any other class is a defect of this program.
"""

from __future__ import annotations

import traceback
from typing import ClassVar

# The packages of this program, from left to right.
PACKAGES = ("config", "collect", "extract", "transform", "publish", "catalog", "pipeline", "flows", "cli")


class PolicyTasksError(Exception):
    """An error that a user can fix: what is wrong, where, and how to fix it. `str()` gives one line."""

    exit_status: ClassVar[int] = 1

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        super().__init__(what, where, fix)  # all three, so that it can be pickled to another process
        self.what, self.where, self.fix = what, where, fix

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join(f"{line}; {self.fix}".split() if self.fix else line.split())


class ConfigurationError(PolicyTasksError):
    """A dataset's file, a setting or a command that cannot be used as it is."""

    exit_status: ClassVar[int] = 2


def describe_defect(error: Exception) -> str:
    """An error that this program did not foresee, in one line: what it says, and where in our own code it was met."""
    text = " ".join(str(error).split())[:200]
    frames = [(str(frame.f_globals.get("__name__")), line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own_frames = [(module, line) for module, line in frames if module.partition(".")[0] in PACKAGES]
    module, line = (own_frames or frames)[-1]
    return f"{type(error).__name__}{text and f': {text}'}, in {module}:{line}"
