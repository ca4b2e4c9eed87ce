"""The root of every error that a user may meet.

    PolicyTasksError
    ├── ConfigurationError      a dataset's file, a setting or a command cannot be used; exit status 2
    ├── …                       each package derives its own: ArchiveError, ShelfError, ReleaseRefusedError

An error is shown as one line, "where: what; fix". The error that caused it is chained (`raise … from error`), and
`--debug` shows it with its traceback. An exception of any other class is a defect of this program.
"""

from __future__ import annotations

from typing import ClassVar


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
