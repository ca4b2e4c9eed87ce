"""How often a dataset is meant to be published: a schedule in, a term of the EU's frequency list out.

It is the term whose interval is nearest to the mean interval of the schedule.
"""

from __future__ import annotations

from datetime import datetime
from math import log

from config.models import Schedule

FREQUENCIES = "http://publications.europa.eu/resource/authority/frequency/"
# Days between two publications, by the code of the term.
INTERVALS = {
    "HOURLY": 1 / 24,
    "DAILY_2": 1 / 2,
    "DAILY": 1,
    "WEEKLY_2": 7 / 2,
    "WEEKLY": 7,
    "BIWEEKLY": 14,
    "MONTHLY": 365.25 / 12,
    "QUARTERLY": 365.25 / 4,
    "ANNUAL_2": 365.25 / 2,
    "ANNUAL": 365.25,
}
# Over so many intervals the mean is taken.
COUNTED = 12


def estimate_frequency(schedule: Schedule | None, moment: datetime) -> str | None:
    """The IRI of a schedule's frequency after a moment; None without a schedule, or where the schedule ends."""
    if schedule is None:
        return None
    first, last = schedule.find_time_after(moment), schedule.find_time_after(moment, COUNTED + 1)
    if first is None or last is None:
        return None
    days = (last - first).total_seconds() / 86_400 / COUNTED
    return FREQUENCIES + min(INTERVALS, key=lambda code: abs(log(days / INTERVALS[code])))
