from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collect.archive import Capture, Carried, Check
from config.models import Schedule, Source
from pipeline.assess.status import assess_source

DAY = datetime(2021, 3, 4, 12, tzinfo=UTC)
DAILY = Schedule(cron="0 6 * * *")
SOURCE = Source(id="harbour", url="https://example.org/plan")
CAPTURE = Capture("0" * 64, "harbour", "https://example.org/plan", DAY, "by hand", "text/html", 7)


def check(outcome: str, **more: Any) -> Check:
    made: dict[str, Any] = {
        "checked_at": DAY,
        "url": "https://example.org/plan",
        "landed": "https://example.org/plan",
        "answer_kind": "page",
        "why": "for a reason",
        "carried": Carried(changed_at=DAY, good_at=DAY),
    }
    return Check(outcome=outcome, **made | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("last", "hours", "state"),
    [
        (check("unchanged"), 1, "active"),
        (check("unchanged"), 18 + 24, "active"),
        (check("unchanged"), 18 + 24 + 2, "stale"),
        (check("failed"), 1, "active"),
        (check("failed"), 18 + 24 + 2, "stale"),
        (check("gone"), 1, "broken"),
        (check("blocked"), 1000, "broken"),
        (check("broken"), 1, "broken"),
        (None, 1, "active"),
        (None, 1000, "stale"),
    ],
)
def test_a_source_is_stale_after_two_missed_runs_and_broken_at_once(last: Check | None, hours: int, state: str) -> None:
    life = assess_source(SOURCE, last, CAPTURE, DAILY, DAY + timedelta(hours=hours))
    assert (life.state, life.last_good, life.last_changed) == (state, DAY, DAY)


def test_without_a_schedule_nothing_is_late() -> None:
    assert assess_source(SOURCE, check("failed"), CAPTURE, None, DAY + timedelta(days=1000)).state == "active"


def test_a_retired_source_is_retired_whatever_else() -> None:
    source = SOURCE.model_copy(update={"retired": "the towns merged"})
    life = assess_source(source, check("gone"), CAPTURE, DAILY, DAY + timedelta(days=1000))
    assert (life.state, life.why) == ("retired", "the towns merged")


def test_a_source_that_nobody_has_looked_at_says_so() -> None:
    life = assess_source(SOURCE, None, None, DAILY, DAY)
    assert (life.state, life.why, life.last_checked, life.last_good) == ("active", "not checked yet", None, None)
