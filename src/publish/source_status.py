"""How each source stands, for everyone to see: in a release as it was then, and beside the releases as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source's state and why, when it was last checked, changed and good, and the capture that feeds the data.

    `stale` says that the capture could not be confirmed: the source may say something else by now, or nothing.
    All times are UTC.
    """

    source_id: str
    url: str
    state: str
    why: str
    outcome: str | None
    last_checked: datetime | None
    last_changed: datetime | None
    last_good: datetime | None
    capture_id: str | None
    captured_at: datetime | None
    stale: bool


def as_rows(standing: Iterable[SourceStatus]) -> list[dict[str, Any]]:
    """The standing of sources as JSON can hold it."""
    return [{name: _said(getattr(one, name)) for name in SourceStatus.__slots__} for one in standing]


def _said(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[SourceStatus]:
    """The standing of sources as a release tells it."""
    moments = ("last_checked", "last_changed", "last_good", "captured_at")
    found = []
    for row in rows:
        cells: dict[str, Any] = {**row, **{name: datetime.fromisoformat(row[name]) for name in moments if row[name]}}
        found.append(SourceStatus(**cells))
    return found


def stale_lines(standing: Iterable[SourceStatus]) -> list[str]:
    """A line for each source whose data may be out of date."""
    return [
        f"- `{one.source_id}` is {one.state} ({one.why}); its rows are those of the capture of {one.captured_at.date()}"
        for one in standing
        if one.stale and one.captured_at
    ]
