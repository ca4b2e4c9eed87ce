"""The one form in which moments are written: ISO 8601 in UTC, to the second, with a Z, as in 2021-03-04T06:00:00Z."""

from __future__ import annotations

from datetime import UTC, datetime


def format_timestamp(moment: datetime) -> str:
    """A moment with a time zone as text; fractions of a second are cut off."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read_clock() -> datetime:
    """The present moment in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
