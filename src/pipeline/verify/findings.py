"""What the proof of a release finds: one line for each thing that was checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publish.storage.backend import ShelfError

PROVED, WRONG, UNPROVED = True, False, None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was checked: `proved` is True or False, or None where it cannot be proved; and what was seen."""

    where: str
    proved: bool | None
    message: str


def report_damage(where: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings; where a damaged file of the shelf ends them, the damage is the last one."""
    try:
        yield from findings
    except ShelfError as error:
        yield Finding(where, WRONG, str(error))
