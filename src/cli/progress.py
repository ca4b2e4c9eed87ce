"""Progress on standard error: log lines, on a terminal above a spinner with a count."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from config.errors import PACKAGES
from config.text import omit_credentials
from pipeline.progress import Count, listen_to_progress

if TYPE_CHECKING:
    from rich.status import Status

# Seconds between two reports of progress: on a terminal, and elsewhere.
TERMINAL_SECONDS, LOG_SECONDS = 0.2, 30.0


class _LineHandler(logging.Handler):
    """Writes each record as one line; on a terminal above a spinner."""

    def __init__(self, status: Status | None) -> None:
        super().__init__(logging.INFO)
        self._status = status

    def emit(self, record: logging.LogRecord) -> None:
        line = omit_credentials(" ".join(record.getMessage().split()))
        if self._status is None:
            print(line, file=sys.stderr, flush=True)
        else:
            self._status.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def show_progress(waiting_for: str) -> Iterator[None]:
    """Show log lines and progress on standard error while the block runs; `waiting_for` stands beside the spinner."""
    with ExitStack() as stack:
        status = None
        if sys.stderr.isatty():
            from rich.console import Console

            status = stack.enter_context(Console(stderr=True).status(waiting_for))
        handler = _LineHandler(status)

        def count(now: Count) -> None:
            if status is None:
                print(f"{waiting_for}: {now}", file=sys.stderr, flush=True)
            else:
                status.update(f"{waiting_for}: {now}")

        for logger in map(logging.getLogger, PACKAGES):
            logger.setLevel(logging.INFO)
            logger.addHandler(handler)
            stack.callback(logger.removeHandler, handler)
        stack.enter_context(listen_to_progress(count, every=TERMINAL_SECONDS if status else LOG_SECONDS))
        yield
