"""Prefect's embedded server, out of earshot of the Ctrl-C that is meant for a run.

Prefect starts it in the terminal's own group, so that Ctrl-C reaches it too: it is gone before the run could say how it
ended, which Prefect then tries to tell it for more than a minute. In a session of its own it ends as it should, last.
"""

from __future__ import annotations

import subprocess
from functools import partial
from types import SimpleNamespace

from prefect.server.api import server


def start_server_in_own_session() -> None:
    """Have the embedded server started in a session of its own; where Prefect starts it otherwise, as it likes."""
    popen = partial(subprocess.Popen, start_new_session=True)
    vars(server)["subprocess"] = SimpleNamespace(**{**vars(subprocess), "Popen": popen})
