from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.models import Schedule
from publish.metadata import FREQUENCIES, estimate_frequency

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "code"),
    [
        ("0 * * * *", "HOURLY"),
        ("0 6,18 * * *", "DAILY_2"),
        ("0 6 * * *", "DAILY"),
        ("0 6 * * 1-5", "DAILY"),
        ("0 6 * * 1,4", "WEEKLY_2"),
        ("0 6 * * 1", "WEEKLY"),
        ("0 6 1,15 * *", "BIWEEKLY"),
        ("0 6 1 * *", "MONTHLY"),
        ("0 6 1 */3 *", "QUARTERLY"),
        ("0 6 1 1,7 *", "ANNUAL_2"),
        ("0 6 1 1 *", "ANNUAL"),
    ],
)
def test_a_schedule_is_told_in_the_words_of_catalogues(cron: str, code: str) -> None:
    assert estimate_frequency(Schedule(cron=cron, timezone="Asia/Shanghai"), NOW) == FREQUENCIES + code


def test_without_a_schedule_nothing_is_told() -> None:
    assert estimate_frequency(None, NOW) is None
