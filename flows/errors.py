"""Which errors are Prefect's own, and not those of the code that Prefect runs.

Prefect raises errors of its own classes, lets those of its HTTP client and of the system pass, and raises bare
RuntimeErrors where its server cannot be reached or started. What our code raises passes through Prefect too, so the
class alone does not tell: the traceback does.
"""

from __future__ import annotations

import traceback

import httpx
from prefect.exceptions import PrefectException

from config.errors import PolicyTasksError

# What Prefect raises where it cannot do what it is asked to.
CLASSES = (PrefectException, httpx.HTTPError, RuntimeError, OSError)
OUR_PACKAGES = frozenset("config collect extract transform publish catalog pipeline flows cli".split())  # noqa: SIM905


def is_prefect_error(error: BaseException) -> bool:
    """Whether an error was raised by Prefect, or by what Prefect calls, and not below our own code."""
    if isinstance(error, PolicyTasksError) or not isinstance(error, CLASSES):
        return False
    modules = [
        frame.f_globals.get("__name__", "").partition(".")[0] for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    innermost = next((name for name in reversed(modules) if name == "prefect" or name in OUR_PACKAGES), "")
    return innermost == "prefect"
