"""Whether this process was told to end; it is noted, since the exception that says so may be lost.

A signal raises KeyboardInterrupt wherever it meets the program. In a destructor, or where a library calls back, Python
prints that as "Exception ignored in" and goes on. So a run looks here too, between its steps and sources.
"""

from __future__ import annotations

_interrupted = False


def record_interruption() -> None:
    """Record that this process was told to end."""
    global _interrupted  # noqa: PLW0603 (a fact about the process)
    _interrupted = True


def check_interruption() -> None:
    """Raise KeyboardInterrupt if this process was told to end."""
    if _interrupted:
        raise KeyboardInterrupt
