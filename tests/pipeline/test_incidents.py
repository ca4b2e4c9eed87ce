"""Once for a new trouble and once for its end: what is news, and who is owed what."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.notify.incidents import (
    MOST_OWED,
    RELEASE,
    RUN,
    SOURCE,
    Decided,
    Record,
    Seen,
    Trouble,
    as_object,
    decided,
    owed_to,
    record_in,
    source_troubles,
    with_told,
)
from pipeline.notify.messages import MOST_LINES, message_of
from publish.source_status import Standing

DAY = datetime(2026, 3, 1, 6, tzinfo=UTC)
ALL = frozenset([SOURCE, RELEASE, RUN])
GONE = Trouble("source:towns", "towns: gone: the server answered 410")
REFUSED = Trouble("release:claims-still-hold", "harbour: not published, claims-still-hold does not hold")
ANNA, BEN = "a" * 16, "b" * 16
BOTH = {"trouble": [ANNA, BEN], "published": [ANNA]}
NOBODY: dict[str, list[str]] = {"trouble": [], "published": []}


def day(number: int) -> datetime:
    return DAY + timedelta(days=number)


def after(record: Record, *troubles: Trouble, on: int, judged: frozenset[str] = ALL) -> Decided:
    return decided(record, Seen(judged, troubles), BOTH, day(on))


def told(record: Record, *marks: str) -> Record:
    for mark in marks:
        record = with_told(record, mark, owed_to(record, mark, ["trouble", "published"]))
    return record


def test_a_trouble_that_lasts_is_told_once_and_so_is_its_end() -> None:
    first = after(Record(), GONE, on=0)
    assert [one.kind for one in first.news] == ["trouble"]
    record = told(first.record, ANNA, BEN)
    for on in (1, 2):
        again = after(record, GONE, on=on)
        assert (again.record, again.news) == (record, ())
        assert not owed_to(again.record, ANNA, ["trouble"])
    ended = after(record, on=3)
    (mended,) = owed_to(ended.record, ANNA, ["trouble"])
    assert (mended.kind, mended.since, mended.ended) == ("mended", day(0), day(3))
    assert told(ended.record, ANNA, BEN) == Record()


def test_who_could_not_be_told_is_owed_it_until_it_was_taken() -> None:
    record = told(after(Record(), GONE, on=0).record, ANNA)
    assert not owed_to(record, ANNA, ["trouble"])
    assert [one.about for one in owed_to(record, BEN, ["trouble"])] == [GONE.about]


def test_nobody_is_told_the_end_of_what_they_were_not_told_of() -> None:
    ended = after(told(after(Record(), GONE, on=0).record, ANNA), on=1)
    assert [one.kind for one in owed_to(ended.record, ANNA, ["trouble"])] == ["mended"]
    assert owed_to(ended.record, BEN, ["trouble"]) == []


def test_who_is_added_while_a_trouble_lasts_hears_of_it() -> None:
    record = told(after(Record(), GONE, on=0).record, ANNA, BEN)
    assert [one.about for one in owed_to(after(record, GONE, on=1).record, "c" * 16, ["trouble"])] == [GONE.about]


def test_what_is_back_before_its_end_was_told_is_told_only_to_those_who_heard_of_the_end() -> None:
    ended = after(told(after(Record(), GONE, on=0).record, ANNA, BEN), on=1)
    back = after(told(ended.record, ANNA), GONE, on=2)
    assert [one.kind for one in owed_to(back.record, ANNA, ["trouble"])] == ["trouble"]
    assert owed_to(back.record, BEN, ["trouble"]) == []


def test_a_run_that_did_not_come_so_far_ends_no_trouble() -> None:
    record = told(after(Record(), GONE, REFUSED, on=0).record, ANNA, BEN)
    cut_short = after(record, Trouble("run:ArchiveError", "data/raw: cannot be written"), on=1, judged=frozenset([RUN]))
    assert {one.about for one in cut_short.record.lasting} == {GONE.about, REFUSED.about, "run:ArchiveError"}
    assert [one.kind for one in cut_short.news] == ["trouble"]


def test_another_check_that_does_not_hold_is_another_trouble() -> None:
    record = told(after(Record(), REFUSED, on=0).record, ANNA, BEN)
    other = after(record, Trouble("release:keys-unique", "harbour: not published, keys-unique does not hold"), on=1)
    assert sorted(one.kind for one in owed_to(other.record, ANNA, ["trouble"])) == ["mended", "trouble"]


def test_a_version_is_told_to_those_who_ask_for_versions() -> None:
    found = decided(Record(), Seen(ALL, version="1.1.0", summary="1 task added"), BOTH, DAY)
    assert [one.about for one in owed_to(found.record, ANNA, ["published"])] == ["1.1.0"]
    assert owed_to(found.record, BEN, ["trouble"]) == []
    assert told(found.record, ANNA) == Record()


def test_what_is_owed_to_somebody_who_is_no_longer_named_is_forgotten() -> None:
    record = decided(Record(), Seen(ALL, version="1.1.0"), BOTH, DAY).record
    assert decided(record, Seen(ALL), NOBODY, day(1)).record == Record()


def test_of_versions_that_cannot_be_told_the_last_ones_are_kept_and_of_ends_all() -> None:
    many = tuple(Trouble(f"source:s{number}", "gone") for number in range(2 * MOST_OWED))
    record = after(told(after(Record(), *many, on=0).record, ANNA), on=1).record
    for number in range(2 * MOST_OWED):
        record = decided(record, Seen(ALL, version=f"1.{number}.0"), BOTH, day(2)).record
    kinds = [one.kind for one in record.pending]
    assert (kinds.count("published"), kinds.count("mended")) == (MOST_OWED, 2 * MOST_OWED)
    assert record.pending[-1].about == f"1.{2 * MOST_OWED - 1}.0"


def test_the_record_comes_back_from_its_file_as_it_was() -> None:
    record = told(after(Record(), GONE, REFUSED, on=0).record, ANNA)
    record = after(decided(record, Seen(ALL, (REFUSED,), "1.1.0"), BOTH, day(1)).record, REFUSED, on=2).record
    assert record.lasting
    assert {one.kind for one in record.pending} == {"mended", "published"}
    assert record_in(json.dumps(as_object("harbour", record)).encode()) == record


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"troubles": [{}], "pending": []}',
        b'{"troubles": 1, "pending": 2}',
        b"\xff",
        b'{"troubles": [], "pending": [{"kind": "odd", "about": "a", "line": "b", "since": "2026-03-01T00:00:00Z"}]}',
    ],
)
def test_what_is_no_record_is_told_as_such(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (several kinds of it, each shown by who calls)
        record_in(content)


def standing(source_id: str, state: str) -> Standing:
    return Standing(
        source_id, "https://x.example", state, "failed: timed out", None, None, None, None, None, None, True
    )


def test_with_a_schedule_a_failure_is_a_trouble_once_the_source_is_stale_and_without_one_at_once() -> None:
    found = [standing("a", "active"), standing("b", "stale"), standing("c", "broken"), standing("d", "retired")]
    failures = ["a: failed: timed out; using the capture of 2026-01-01 instead"]
    scheduled = source_troubles(found, failures, scheduled=True)
    assert [one.about for one in scheduled] == ["source:b", "source:c"]
    unscheduled = source_troubles(found, failures, scheduled=False)
    assert [one.about for one in unscheduled] == ["source:a", "source:b", "source:c"]
    assert unscheduled[0].line == failures[0]


def test_a_message_says_how_many_and_names_the_first_and_its_fields_have_all() -> None:
    many = tuple(Trouble(f"source:s{number}", f"s{number}: gone") for number in range(MOST_LINES + 5))
    news = decided(Record(), Seen(ALL, many, "2.0.0", "1 task removed"), BOTH, DAY).news
    message = message_of("harbour", news, "https://data.example.org/plans/")
    assert message.subject == f"harbour: {MOST_LINES + 5} to see to, 2.0.0 published"
    assert len(message.lines) == MOST_LINES + 1
    assert message.lines[-1] == "… and 6 more; policytasks status shows all"
    assert len(message.fields["news"]) == MOST_LINES + 6
    assert message.fields["news"][-1]["page"] == "https://data.example.org/plans/harbour/versions/2.0.0/"


def test_an_end_says_for_how_long_it_was() -> None:
    ended = after(told(after(Record(), GONE, on=0).record, ANNA), on=3)
    assert message_of("harbour", ended.news, None).lines == (f"✓ over after 3 days: {GONE.line}",)


def test_a_page_that_is_hostile_calls_nobody_in_a_chat() -> None:
    news = after(Record(), Trouble("source:towns", "towns: blocked: “<!channel> @all\n# wake”"), on=0).news
    said = message_of("harbour", news, None).harmless
    assert not {"<", ">", "@"} & set(said)
    assert len(said.splitlines()) == 2
