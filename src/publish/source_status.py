"""The status of each source: in a release as it was then, in `sources.json` as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is doing, and which capture of it is in the data; `state` is active, stale, broken or retired.

    `outcome` is that of the last check, `last_changed` the last change of content, `last_good` the last time that
    the source held what it should. `stale` says that the capture in the data could not be confirmed: the source may
    say something else by now, or nothing. All times are UTC.
    """

    source_id: str
    url: str
    state: str
    why: str
    outcome: str | None
    last_checked: datetime | None
    last_changed: datetime | None
    last_good: datetime | None
    capture_id: str | None = None
    captured_at: datetime | None = None
    stale: bool = False


def to_rows(statuses: Iterable[SourceStatus]) -> list[dict[str, Any]]:
    """The standing of sources as JSON can hold it."""
    return [{name: _to_json(getattr(one, name)) for name in SourceStatus.__slots__} for one in statuses]


def _to_json(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[SourceStatus]:
    """The standing of sources as a release tells it."""
    moments = ("last_checked", "last_changed", "last_good", "captured_at")
    statuses = []
    for row in rows:
        cells: dict[str, Any] = {**row, **{name: datetime.fromisoformat(row[name]) for name in moments if row[name]}}
        statuses.append(SourceStatus(**cells))
    return statuses


def list_stale(statuses: Iterable[SourceStatus]) -> list[str]:
    """A line for each source whose data may be out of date."""
    return [
        f"- `{one.source_id}` is {one.state} ({one.why}); its rows are those of the capture of {one.captured_at.date()}"
        for one in statuses
        if one.stale and one.captured_at
    ]
