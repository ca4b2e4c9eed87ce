"""How far a long run is: counted as it goes, and told to whoever listens, as often as each of them likes.

The rooms are handed a function that they call with what they do, how much of it is done, and of how much. A terminal
listens (`progress.py`), and so does a Prefect run (`runs.py`); where nobody does, nothing is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """How far something is: `doing` is what, such as "asked" or "read"; `total` what there is of it so far."""

    doing: str
    done: int
    total: int
    noun: str

    def __str__(self) -> str:
        return f"{self.doing} {self.done:,} of {self.total:,} {self.noun}"


Listener = Callable[[Count], None]


@dataclass(slots=True)
class _Listening:
    listener: Listener
    every: float
    due: float


_LISTENING: list[_Listening] = []


def report_progress(doing: str, done: int, total: int, noun: str) -> None:
    """Tell how far something is to those whose turn it is."""
    for one in _LISTENING:
        now = time.monotonic()
        if now >= one.due:
            one.due = now + one.every
            one.listener(Count(doing, done, total, noun))


@contextmanager
def listen_to_progress(listener: Listener, *, every: float, first: float | None = None) -> Iterator[None]:
    """Have a listener told, for as long as the block runs: first after so many seconds, then every so many."""
    one = _Listening(listener, every, time.monotonic() + (every if first is None else first))
    _LISTENING.append(one)
    try:
        yield
    finally:
        _LISTENING.remove(one)
