"""Prefect's embedded server, started so that the Ctrl-C that is meant for a run does not reach it.

Prefect starts it in the process group of the terminal, so that Ctrl-C ends it too: it would be gone before the run
could report how it ended, which Prefect then tries for more than a minute. In a session of its own it ends last.
"""

from __future__ import annotations

import subprocess
from functools import partial
from types import SimpleNamespace

from prefect.server.api import server


def start_server_in_own_session() -> None:
    """Have Prefect start its embedded server in a session of its own."""
    popen = partial(subprocess.Popen, start_new_session=True)
    vars(server)["subprocess"] = SimpleNamespace(**{**vars(subprocess), "Popen": popen})
