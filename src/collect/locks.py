"""Exclusive locks on files, with a limit on how long they are waited for."""

from __future__ import annotations

import fcntl
import time

LONGEST_PAUSE = 0.1


def lock_file(descriptor: int, seconds: float) -> None:
    """Lock an open file until it is closed; the system's own lock, which ends with the process as well.

    Raise TimeoutError where another process has held it for `seconds`.
    """
    end, pause = time.monotonic() + seconds, 0.001
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise TimeoutError(
                    f"the file has been locked for {seconds:.0f} s"
                ) from None  # not an error of the file
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            return
