"""Once for a new trouble and once for its end: what is news, and who is owed what."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.notify.incidents import (
    MAX_UNSENT_VERSIONS,
    RELEASE,
    RUN,
    SOURCE,
    Incident,
    IncidentRecord,
    Observations,
    RecordUpdate,
    find_source_incidents,
    list_unsent,
    mark_sent,
    parse_record,
    to_json_object,
    update_record,
)
from pipeline.notify.messages import MAX_LINES, compose_message
from publish.source_status import SourceStatus

DAY = datetime(2026, 3, 1, 6, tzinfo=UTC)
ALL = frozenset([SOURCE, RELEASE, RUN])
GONE = Incident("source:towns", "towns: gone: the server answered 410")
REFUSED = Incident("release:claims-still-hold", "harbour: not published, claims-still-hold does not hold")
ANNA, BEN = "a" * 16, "b" * 16
BOTH = {"trouble": [ANNA, BEN], "published": [ANNA]}
NOBODY: dict[str, list[str]] = {"trouble": [], "published": []}


def day(number: int) -> datetime:
    return DAY + timedelta(days=number)


def after(record: IncidentRecord, *troubles: Incident, on: int, judged: frozenset[str] = ALL) -> RecordUpdate:
    return update_record(record, Observations(judged, troubles), BOTH, day(on))


def mark_all_sent(record: IncidentRecord, *marks: str) -> IncidentRecord:
    for mark in marks:
        record = mark_sent(record, mark, list_unsent(record, mark, ["trouble", "published"]))
    return record


def test_a_trouble_that_lasts_is_told_once_and_so_is_its_end() -> None:
    first = after(IncidentRecord(), GONE, on=0)
    assert [item.kind for item in first.news] == ["trouble"]
    record = mark_all_sent(first.record, ANNA, BEN)
    for on in (1, 2):
        again = after(record, GONE, on=on)
        assert (again.record, again.news) == (record, ())
        assert not list_unsent(again.record, ANNA, ["trouble"])
    ended = after(record, on=3)
    (mended,) = list_unsent(ended.record, ANNA, ["trouble"])
    assert (mended.kind, mended.since, mended.ended) == ("mended", day(0), day(3))
    assert mark_all_sent(ended.record, ANNA, BEN) == IncidentRecord()


def test_who_could_not_be_told_is_owed_it_until_it_was_taken() -> None:
    record = mark_all_sent(after(IncidentRecord(), GONE, on=0).record, ANNA)
    assert not list_unsent(record, ANNA, ["trouble"])
    assert [item.about for item in list_unsent(record, BEN, ["trouble"])] == [GONE.about]


def test_nobody_is_told_the_end_of_what_they_were_not_told_of() -> None:
    ended = after(mark_all_sent(after(IncidentRecord(), GONE, on=0).record, ANNA), on=1)
    assert [item.kind for item in list_unsent(ended.record, ANNA, ["trouble"])] == ["mended"]
    assert list_unsent(ended.record, BEN, ["trouble"]) == []


def test_who_is_added_while_a_trouble_lasts_hears_of_it() -> None:
    record = mark_all_sent(after(IncidentRecord(), GONE, on=0).record, ANNA, BEN)
    assert [item.about for item in list_unsent(after(record, GONE, on=1).record, "c" * 16, ["trouble"])] == [GONE.about]


def test_what_is_back_before_its_end_was_told_is_told_only_to_those_who_heard_of_the_end() -> None:
    ended = after(mark_all_sent(after(IncidentRecord(), GONE, on=0).record, ANNA, BEN), on=1)
    back = after(mark_all_sent(ended.record, ANNA), GONE, on=2)
    assert [item.kind for item in list_unsent(back.record, ANNA, ["trouble"])] == ["trouble"]
    assert list_unsent(back.record, BEN, ["trouble"]) == []


def test_a_run_that_did_not_come_so_far_ends_no_trouble() -> None:
    record = mark_all_sent(after(IncidentRecord(), GONE, REFUSED, on=0).record, ANNA, BEN)
    cut_short = after(
        record, Incident("run:ArchiveError", "data/raw: cannot be written"), on=1, judged=frozenset([RUN])
    )
    assert {item.about for item in cut_short.record.ongoing} == {GONE.about, REFUSED.about, "run:ArchiveError"}
    assert [item.kind for item in cut_short.news] == ["trouble"]


def test_another_check_that_does_not_hold_is_another_trouble() -> None:
    record = mark_all_sent(after(IncidentRecord(), REFUSED, on=0).record, ANNA, BEN)
    other = after(record, Incident("release:keys-unique", "harbour: not published, keys-unique does not hold"), on=1)
    assert sorted(item.kind for item in list_unsent(other.record, ANNA, ["trouble"])) == ["mended", "trouble"]


def test_a_version_is_told_to_those_who_ask_for_versions() -> None:
    update = update_record(IncidentRecord(), Observations(ALL, version="1.1.0", summary="1 task added"), BOTH, DAY)
    assert [item.about for item in list_unsent(update.record, ANNA, ["published"])] == ["1.1.0"]
    assert list_unsent(update.record, BEN, ["trouble"]) == []
    assert mark_all_sent(update.record, ANNA) == IncidentRecord()


def test_what_is_owed_to_somebody_who_is_no_longer_named_is_forgotten() -> None:
    record = update_record(IncidentRecord(), Observations(ALL, version="1.1.0"), BOTH, DAY).record
    assert update_record(record, Observations(ALL), NOBODY, day(1)).record == IncidentRecord()


def test_of_versions_that_cannot_be_told_the_last_ones_are_kept_and_of_ends_all() -> None:
    many = tuple(Incident(f"source:s{number}", "gone") for number in range(2 * MAX_UNSENT_VERSIONS))
    record = after(mark_all_sent(after(IncidentRecord(), *many, on=0).record, ANNA), on=1).record
    for number in range(2 * MAX_UNSENT_VERSIONS):
        record = update_record(record, Observations(ALL, version=f"1.{number}.0"), BOTH, day(2)).record
    kinds = [item.kind for item in record.pending]
    assert (kinds.count("published"), kinds.count("mended")) == (MAX_UNSENT_VERSIONS, 2 * MAX_UNSENT_VERSIONS)
    assert record.pending[-1].about == f"1.{2 * MAX_UNSENT_VERSIONS - 1}.0"


def test_the_record_comes_back_from_its_file_as_it_was() -> None:
    record = mark_all_sent(after(IncidentRecord(), GONE, REFUSED, on=0).record, ANNA)
    record = after(
        update_record(record, Observations(ALL, (REFUSED,), "1.1.0"), BOTH, day(1)).record, REFUSED, on=2
    ).record
    assert record.ongoing
    assert {item.kind for item in record.pending} == {"mended", "published"}
    assert parse_record(json.dumps(to_json_object("harbour", record)).encode()) == record


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
        parse_record(content)


def standing(source_id: str, state: str) -> SourceStatus:
    return SourceStatus(
        source_id, "https://x.example", state, "failed: timed out", None, None, None, None, None, None, True
    )


def test_with_a_schedule_a_failure_is_a_trouble_once_the_source_is_stale_and_without_one_at_once() -> None:
    statuses = [standing("a", "active"), standing("b", "stale"), standing("c", "broken"), standing("d", "retired")]
    failures = ["a: failed: timed out; using the capture of 2026-01-01 instead"]
    scheduled = find_source_incidents(statuses, failures, scheduled=True)
    assert [incident.about for incident in scheduled] == ["source:b", "source:c"]
    unscheduled = find_source_incidents(statuses, failures, scheduled=False)
    assert [incident.about for incident in unscheduled] == ["source:a", "source:b", "source:c"]
    assert unscheduled[0].line == failures[0]


def test_a_message_says_how_many_and_names_the_first_and_its_fields_have_all() -> None:
    many = tuple(Incident(f"source:s{number}", f"s{number}: gone") for number in range(MAX_LINES + 5))
    news = update_record(IncidentRecord(), Observations(ALL, many, "2.0.0", "1 task removed"), BOTH, DAY).news
    message = compose_message("harbour", news, "https://data.example.org/plans/")
    assert message.subject == f"harbour: {MAX_LINES + 5} need attention, 2.0.0 published"
    assert len(message.lines) == MAX_LINES + 1
    assert message.lines[-1] == "… and 6 more; policytasks status shows all"
    assert len(message.fields["news"]) == MAX_LINES + 6
    assert message.fields["news"][-1]["page"] == "https://data.example.org/plans/harbour/versions/2.0.0/"


def test_an_end_says_for_how_long_it_was() -> None:
    ended = after(mark_all_sent(after(IncidentRecord(), GONE, on=0).record, ANNA), on=3)
    assert compose_message("harbour", ended.news, None).lines == (f"✓ over after 3 days: {GONE.line}",)


def test_a_page_that_is_hostile_calls_nobody_in_a_chat() -> None:
    news = after(IncidentRecord(), Incident("source:towns", "towns: blocked: “<!channel> @all\n# wake”"), on=0).news
    said = compose_message("harbour", news, None).text_without_markup
    assert not {"<", ">", "@"} & set(said)
    assert len(said.splitlines()) == 2
