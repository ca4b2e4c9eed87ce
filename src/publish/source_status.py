"""The status of each source: in a release as it was then, in `sources.json` as it is now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config

from config.timestamps import format_timestamp


@with_config(ConfigDict(strict=False))  # JSON has times as text
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
    """Statuses as JSON objects."""
    return [{name: _to_json(getattr(status, name)) for name in SourceStatus.__slots__} for status in statuses]


def from_rows(rows: object) -> list[SourceStatus]:
    """The statuses that a list of JSON objects is. Raises ValueError if one is not a status."""
    return TypeAdapter(list[SourceStatus]).validate_python(rows)


def list_stale(statuses: Iterable[SourceStatus]) -> list[str]:
    """A line for each source whose rows may be out of date."""
    return [
        f"- `{status.source_id}` is {status.state} ({status.why}); "
        f"its rows are those of the capture of {status.captured_at.date()}"
        for status in statuses
        if status.stale and status.captured_at
    ]


def _to_json(value: Any) -> Any:
    return format_timestamp(value) if isinstance(value, datetime) else value
