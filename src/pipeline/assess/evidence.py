"""From a fetch result to the check that goes on record: the evidence is gathered, then judged by `rules.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from collect.archive import Capture, Carried, Check, read_bytes
from config.text import replace_controls
from pipeline.assess.rules import GOOD, Evidence, judge

if TYPE_CHECKING:
    from collect.jobs import FetchResult
    from config.models import Source
    from pipeline.read.reader import CaptureReader

# The end of a page's markup. It may be left out, and other things may follow it.
END_OF_MARKUP = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)


def assess_result(result: FetchResult, reader: CaptureReader) -> Check:
    """The check that a fetch result makes: what the server answered, and what that means for the source."""
    answer, capture = result.answer, result.capture
    evidence = _gather_evidence(result, reader)
    outcome, why = judge(evidence)
    changed = outcome in GOOD and evidence.same_article is not True and not evidence.same_bytes
    return Check(
        checked_at=result.fetched_at,
        url=result.job.url,
        landed=answer.landed,
        answer_kind=answer.kind,
        outcome=outcome,
        why=replace_controls(why),
        status=answer.status,
        hops=answer.hops,
        headers=dict(answer.headers),
        transferred=result.transferred,
        seconds=answer.seconds,
        capture_id=capture.capture_id if capture else None,
        same_article=evidence.same_article,
        found_count=evidence.found_count,
        kept=evidence.kept,
        canonical=evidence.canonical,
        carried=_carry_on(result, evidence, changed=changed, good=outcome in GOOD and bool(evidence.found_count)),
    )


def make_failed_check(result: FetchResult, why: str) -> Check:
    """The check of a result that could not be judged, or not be put on record; it says nothing about the source."""
    answer = result.answer
    return Check(
        checked_at=result.fetched_at,
        url=result.job.url,
        landed=answer.landed,
        answer_kind="broken off",
        outcome="failed",
        why=replace_controls(why),
        status=answer.status,
        headers=dict(answer.headers),
        transferred=result.transferred,
        seconds=answer.seconds,
        canonical=result.last_check.canonical if result.last_check else None,
        carried=result.carried,
    )


def _carry_on(result: FetchResult, evidence: Evidence, *, changed: bool, good: bool) -> Carried:
    """What this check passes on to the next one."""
    before, answer = result.carried, result.answer
    if evidence.is_cut:  # validators count for the newest capture, which is the one that broke off
        return replace(before, etag=None, last_modified=None, validated=None)
    new = answer.kind == "page"
    return Carried(
        etag=answer.headers.get("etag") if new else before.etag,
        last_modified=answer.headers.get("last-modified") if new else before.last_modified,
        validated=answer.landed if new else before.validated,
        whole_at=result.fetched_at if new else before.whole_at,
        changed_at=result.fetched_at if changed else before.changed_at,
        good_at=result.fetched_at if good else before.good_at,
    )


def _gather_evidence(result: FetchResult, reader: CaptureReader) -> Evidence:
    answer, capture = result.answer, result.capture
    canonical = result.last_check.canonical if result.last_check else None
    evidence = Evidence(
        answer.kind, answer.status, answer.problem, expected=result.is_plan_expected, canonical=canonical
    )
    if capture is None:
        return evidence
    # The newest earlier capture in which something was found and that is not of another plan.
    foreign = find_foreign_captures(result.history.checks)
    unjudged = find_unjudged_captures(result.earlier, result.history.checks)
    candidates = (earlier for earlier in result.earlier if earlier.capture_id not in foreign | unjudged)
    good = next((earlier for earlier in candidates if reader.count(result.job.source, earlier)), None)
    if good and answer.is_open_ended and _is_without_end(capture, good, reader.raw):
        return replace(evidence, is_cut=True)
    same = {earlier.capture_id for earlier in (*result.earlier[:1], good) if earlier}
    if capture.capture_id in same - unjudged:
        evidence = _add_same_bytes(evidence, result, capture, reader)
    else:
        evidence = _add_new_bytes(evidence, result.job.source, capture, good, reader)
    return replace(evidence, moved_to=_find_new_address(result, evidence.canonical))


def _is_without_end(capture: Capture, good: Capture, raw: Path) -> bool:
    """Whether a page lacks the end of its markup, which a good capture of it has. Raises ArchiveError."""
    return not _has_end(read_bytes(raw, capture)) and _has_end(read_bytes(raw, good))


def _has_end(content: bytes) -> bool:
    return END_OF_MARKUP.search(content.replace(b"\0", b"")) is not None  # in UTF-16 too


def _add_same_bytes(evidence: Evidence, result: FetchResult, capture: Capture, reader: CaptureReader) -> Evidence:
    """Add what follows if the bytes were archived before: what an earlier check compared is not compared again."""
    source = result.job.source
    check = next((check for check in reversed(result.checks) if check.capture_id == capture.capture_id), None)
    count = reader.count(source, capture)
    inspection = None if count else reader.inspect(source, capture)
    return replace(
        evidence,
        same_bytes=True,
        same_article=check.same_article if check else None,
        found_count=count,
        kept=check.kept if check else None,
        wall=inspection.wall if inspection else None,
        failure=inspection.failure if inspection else None,
    )


def _add_new_bytes(
    evidence: Evidence, source: Source, capture: Capture, good: Capture | None, reader: CaptureReader
) -> Evidence:
    """Add what a comparison of new bytes with the last good capture shows."""
    if good is None:
        reader.count(source, capture)  # the plan is needed, and is read together with what is known without it
    inspection = reader.inspect(source, capture)
    same = reader.inspect(source, good).article == inspection.article if good else None
    # An article with the same words has the same tasks, so that a change of boilerplate costs no reading.
    count = reader.count(source, good if good and same else capture)
    is_comparable = not same and count and source.discover is None
    return replace(
        evidence,
        same_article=same,
        found_count=count,
        kept=round(reader.measure_overlap(source, good, capture), 3) if good and is_comparable else None,
        wall=inspection.wall,
        failure=reader.inspect(source, capture).failure,
        canonical=inspection.canonical,
    )


def find_foreign_captures(checks: Iterable[Check]) -> set[str]:
    """The captures that, by their last check, hold another plan than the source's: no release is made from them."""
    last = {check.capture_id: check for check in checks if check.capture_id}
    return {capture_id for capture_id, check in last.items() if check.outcome == "broken" and check.found_count}


def find_unjudged_captures(captures: Sequence[Capture], checks: Iterable[Check]) -> set[str]:
    """The fetched captures that no check has judged, since the run was killed or failed: none is used until one has.

    A capture of which the last check failed, since the page seems to have broken off, is among them. Captures from
    before the first one that was judged count as good.
    """
    outcomes = {check.capture_id: check.outcome for check in checks if check.capture_id}
    judged = outcomes.keys()
    first = min((capture.fetched_at for capture in captures if capture.capture_id in judged), default=None)
    fetched = (capture for capture in captures if capture.method == "http" and first and capture.fetched_at >= first)
    cut = {capture_id for capture_id, outcome in outcomes.items() if outcome == "failed"}
    return {capture.capture_id for capture in fetched} - judged | cut


def _find_new_address(result: FetchResult, canonical: str | None) -> str | None:
    """The page's new address: by permanent redirects, or as the page states it; None if no check has it yet."""
    answer, last = result.answer, result.last_check
    if answer.is_moved_permanently and not (last and last.landed == answer.landed):
        return answer.landed
    if canonical and last and last.canonical and canonical != last.canonical:
        return canonical
    return None
