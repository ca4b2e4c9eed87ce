"""Prefect's log of a run, without tracebacks of errors that a user may meet."""

from __future__ import annotations

import logging

from config.errors import PolicyTasksError


def simplify_run_logs() -> None:
    """Install the filter on Prefect's loggers of flow and task runs, once."""
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
