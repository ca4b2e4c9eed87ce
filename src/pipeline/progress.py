"""Progress of a long run: the steps report counts, and listeners receive them as often as each of them wants.

A terminal listens (`cli/progress.py`), and so does a Prefect run (`flows/execution.py`); without one nothing happens.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """How far something is: `doing` names it, such as "tried" or "read"; `total` is what is known of so far.

    `noun` is of many, and `single` of one.
    """

    doing: str
    done: int
    total: int
    noun: str
    single: str = ""

    def __str__(self) -> str:
        noun = self.noun if self.total != 1 else self.single or self.noun.removesuffix("s")
        return f"{self.doing} {self.done:,} of {self.total:,} {noun}"


Listener = Callable[[Count], None]


_LISTENERS: list[Listener] = []


def report_progress(doing: str, done: int, total: int, noun: str, single: str = "") -> None:
    """Give a count to each listener whose next one is due."""
    for listener in _LISTENERS:
        listener(Count(doing, done, total, noun, single))


@contextmanager
def listen_to_progress(listener: Listener, *, every: float, first: float | None = None) -> Iterator[None]:
    """Call `listener` while the block runs: after `first` seconds (default: `every`), then every `every` seconds."""
    due = time.monotonic() + (every if first is None else first)

    def listen_if_due(count: Count) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + every
            listener(count)

    _LISTENERS.append(listen_if_due)
    try:
        yield
    finally:
        _LISTENERS.remove(listen_if_due)


def choose_log_level(number: int) -> int:
    """The level of the nth of many similar lines: a hundred are logged for everybody, the others for debugging."""
    return logging.INFO if number <= 100 else logging.DEBUG
