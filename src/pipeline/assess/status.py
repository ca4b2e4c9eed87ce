"""The status of a source: active, stale, broken or retired, and why. Pure.

Comes in: the last check, the newest capture, the schedule and the time. Goes out: a `SourceStatus` without a capture
in the data yet (`select.py` adds it). The last check is enough, since each check carries on when the source last
changed and was last good.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from collect.archive import Capture, Check
from config.models import Schedule, Source
from pipeline.assess.rules import BROKEN, GOOD
from publish.source_status import SourceStatus

State = Literal["active", "stale", "broken", "retired"]

# A source is stale after two missed runs, not after one; and a run may take an hour.
MISSED_RUNS, GRACE = 2, timedelta(hours=1)


def assess_source(
    source: Source, last: Check | None, newest: Capture | None, schedule: Schedule | None, now: datetime
) -> SourceStatus:
    """The status of a source as of `now`.

    A capture without a check, as one that was imported, counts as good until a check says otherwise.
    """
    imported_at = newest.fetched_at if newest else None
    good, changed = (last.carried.good_at, last.carried.changed_at) if last else (imported_at, imported_at)
    state, why = _decide_state(source, last, good, schedule, now)
    return SourceStatus(
        source_id=source.id,
        url=source.address,
        state=state,
        why=why,
        outcome=last.outcome if last else None,
        last_checked=last.checked_at if last else None,
        last_changed=changed,
        last_good=good,
    )


def _decide_state(
    source: Source, last: Check | None, good: datetime | None, schedule: Schedule | None, now: datetime
) -> tuple[State, str]:
    if source.retired:
        return "retired", source.retired
    if last is not None and last.outcome in BROKEN:
        return "broken", f"{last.outcome}: {last.why}"
    due = schedule.find_time_after(good, MISSED_RUNS) if schedule and good else None
    if due is not None and now > due + GRACE:
        latest = f"{last.outcome}: {last.why}" if last and last.outcome not in GOOD else "not checked since"
        return "stale", f"last good on {good:%Y-%m-%d}; {latest}"
    if last is None:
        return "active", "not checked yet" if good is None else "as given by hand, not checked yet"
    return "active", f"{last.outcome}: {last.why}"
