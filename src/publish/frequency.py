"""How often a dataset is meant to be published, in the words that catalogues have for it.

A schedule in, a term of the EU's frequency list out: the one whose interval is nearest to the schedule's mean interval.
"""

from __future__ import annotations

from datetime import datetime
from math import log

from config.models import Schedule

FREQUENCIES = "http://publications.europa.eu/resource/authority/frequency/"
# Days between two times, by the term's code.
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
COUNTED = 12


def frequency_of(schedule: Schedule | None, moment: datetime) -> str | None:
    """The IRI of how often a schedule comes round after a moment; None without a schedule, or where it ends."""
    if schedule is None:
        return None
    first, last = schedule.find_time_after(moment), schedule.find_time_after(moment, COUNTED + 1)
    if first is None or last is None:
        return None
    days = (last - first).total_seconds() / 86_400 / COUNTED
    return FREQUENCIES + min(INTERVALS, key=lambda code: abs(log(days / INTERVALS[code])))
