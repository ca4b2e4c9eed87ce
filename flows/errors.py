"""Which errors are Prefect's own and not those of the code that it runs, and how its log shows ours.

Prefect raises errors of its own classes, lets those of its HTTP client and of the system pass, and raises bare
RuntimeErrors if its server cannot be reached or started. What our code raises passes through Prefect too, so the
class alone does not tell: the traceback does.
"""

from __future__ import annotations

import logging
import traceback

import httpx
from prefect.exceptions import PrefectException

from config.errors import PolicyTasksError

# What Prefect raises if it cannot do what it is asked to.
CLASSES = (PrefectException, httpx.HTTPError, httpx.InvalidURL, RuntimeError, OSError)
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


def simplify_run_logs() -> None:
    """Keep tracebacks of errors that a user may meet out of Prefect's log of a run."""
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logger = logging.getLogger(name)
        if not any(isinstance(installed, _Filter) for installed in logger.filters):
            logger.addFilter(_Filter())


class _Filter(logging.Filter):
    """Turns the traceback of a PolicyTasksError into its line, and drops what the run's state says already."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to keep a record, which may be changed."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, PolicyTasksError):
            record.exc_info, record.exc_text = None, None
            record.msg, record.args = "%s", (str(error),)
        elif isinstance(record.args, tuple) and any(isinstance(value, PolicyTasksError) for value in record.args):
            record.msg = str(record.msg).replace("%r", "%s")
        return not str(record.msg).startswith("Finished in state")
