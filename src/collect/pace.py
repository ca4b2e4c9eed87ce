"""When a host may be asked again: one request at a time, with a pause between, across all threads and processes.

The next free moment of each host stands in a small file of its own below the user's cache folder. Whoever wants to
ask takes the lock on that file, reads when the host is free, writes when it will be free after him, and then waits
for his turn without the lock: so turns are handed out in order, and a killed process holds nothing up.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

# No server is obeyed for longer than a day; a moment further ahead than this was written by a clock that went wrong.
LONGEST_DEFERRAL = 86_400.0


class TooEarlyError(RuntimeError):
    """The host is not to be asked for longer than the caller wants to wait; `until` is in seconds since the epoch."""

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self.until = until


def take_turn(folder: Path, host: str, delay: float, *, max_wait: float, wait: Callable[[float], object]) -> None:
    """Wait until `host` may be asked, and see that nobody asks it within `delay` seconds after that.

    `wait` is given the seconds to wait. Raises TooEarlyError, and takes no turn, where they are more than `most`.
    """
    if not delay and not os.path.exists(f"{folder}/{quote(host, safe='')}"):  # noqa: PTH110 (asked for every request)
        return  # nobody keeps a distance here, and nobody was told to
    with _TurnFile(folder, host) as book:
        now = time.time()
        turn = max(now, book.read_free_at(now))
        if turn - now > max_wait:
            raise TooEarlyError(turn)
        book.write_free_at(turn + delay)
    if turn > now:
        wait(turn - now)


def defer(folder: Path, host: str, seconds: float) -> None:
    """See that nobody asks `host` for so many seconds, since it said so."""
    with _TurnFile(folder, host) as book:
        now = time.time()
        book.write_free_at(max(book.read_free_at(now), now + min(seconds, LONGEST_DEFERRAL)))


class _TurnFile:
    """The file of one host, locked while it is open."""

    def __init__(self, folder: Path, host: str) -> None:
        self._path = folder / quote(host, safe="")

    def __enter__(self) -> _TurnFile:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            self._file = os.open(self._path, flags, 0o600)
        except FileNotFoundError:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, flags, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def read_free_at(self, now: float) -> float:
        """When the host is free, in seconds since the epoch."""
        try:
            stated = float(os.pread(self._file, 64, 0) or 0)
        except ValueError:
            return 0.0
        return stated if stated <= now + LONGEST_DEFERRAL else 0.0

    def write_free_at(self, free_at: float) -> None:
        """Write when the host will be free."""
        os.pwrite(self._file, f"{free_at:<24.6f}".encode(), 0)
