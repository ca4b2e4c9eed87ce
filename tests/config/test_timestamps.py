from __future__ import annotations

from datetime import datetime, timedelta, timezone

from config.timestamps import format_timestamp


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    moment = datetime(2021, 3, 4, 14, 0, 0, 900_000, tzinfo=timezone(timedelta(hours=8)))
    assert format_timestamp(moment) == "2021-03-04T06:00:00Z"
