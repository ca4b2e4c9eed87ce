"""What the proof of a release finds: one line for each thing that was checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from publish.storage.backend import ShelfError

PROVED, WRONG, UNPROVED = True, False, None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was checked: `proved` is True or False, or None where it cannot be proved; and what was seen."""

    where: str
    proved: bool | None
    message: str


def report_damage(where: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of a check; where it ends because a file of the shelf is damaged, the damage is the last finding."""
    try:
        yield from check()
    except ShelfError as error:
        yield Finding(where, WRONG, str(error))
