"""Proves a release: every file as published, the newest version made again from the archive."""

from __future__ import annotations

from dataclasses import dataclass

PROVED, WRONG, UNPROVED = True, False, None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was checked: `proved` is True or False, or None if it cannot be proved; and what was seen."""

    where: str
    proved: bool | None
    message: str
