"""From what came to the record of a check: the evidence gathered, the verdict spoken.

Whoever runs this hands in how a capture is read, since nothing here parses content.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from collect.archive import Capture, Carried, Check
from collect.discovery import ArticleLink
from collect.jobs import FetchResult
from config.models import Source
from pipeline.assess.rules import GOOD, Evidence, judge


class Glance(Protocol):
    """What a first look at a capture tells: see `extract.plan.Inspection`."""

    @property
    def article(self) -> str:
        """A hash of the article's words."""

    @property
    def canonical(self) -> str | None:
        """The address that the page itself gives."""

    @property
    def wall(self) -> str | None:
        """The words by which it lets nobody by."""


class Reader(Protocol):
    """How captures are read. Each answer follows from the capture and the source's settings alone."""

    def read_ahead(self, wanted: Iterable[tuple[Source, Capture, Capture | None]]) -> None:
        """Captures that will be asked about, each with the one before it: they may be read ahead."""

    def look(self, source: Source, capture: Capture) -> Glance:
        """A first look, without reading the plan."""

    def count(self, source: Source, capture: Capture) -> int:
        """How many tasks are in it; of a place that leads to articles, how many articles."""

    def measure_overlap(self, source: Source, before: Capture, after: Capture) -> float:
        """How much the same plan two captures hold: the share, from 0 to 1, of the shorter one's tasks in the other."""

    def find_links(self, source: Source, capture: Capture) -> tuple[Sequence[ArticleLink], Sequence[str]]:
        """The articles that a place leads to, and the addresses of the places that go on with it."""


def assess_result(result: FetchResult, reader: Reader) -> Check:
    """The record of a check: what came, and what that means."""
    answer, capture = result.answer, result.capture
    evidence, canonical = _gather_evidence(result, reader)
    outcome, why = judge(evidence)
    changed = outcome in GOOD and evidence.same_article is not True and not evidence.same_bytes
    return Check(
        checked_at=result.fetched_at,
        url=result.job.url,
        landed=answer.landed,
        answer_kind=answer.kind,
        outcome=outcome,
        why=why,
        status=answer.status,
        hops=tuple((hop.status, hop.url) for hop in answer.hops),
        headers=dict(answer.headers),
        transferred=result.transferred,
        seconds=answer.seconds,
        capture_id=capture.capture_id if capture else None,
        same_article=evidence.same_article,
        found_count=evidence.found_count,
        kept=evidence.kept,
        canonical=canonical,
        carried=_carry_on(result, changed=changed, good=outcome in GOOD and bool(evidence.found_count)),
    )


def _carry_on(result: FetchResult, *, changed: bool, good: bool) -> Carried:
    """What this check passes on to the next one."""
    before, answer = result.carried, result.answer
    new = answer.kind == "page"
    return Carried(
        etag=answer.headers.get("etag") if new else before.etag,
        last_modified=answer.headers.get("last-modified") if new else before.last_modified,
        validated=answer.landed if new else before.validated,
        whole_at=result.fetched_at if new else before.whole_at,
        changed_at=result.fetched_at if changed else before.changed_at,
        good_at=result.fetched_at if good else before.good_at,
    )


def _gather_evidence(result: FetchResult, reader: Reader) -> tuple[Evidence, str | None]:
    """What is known after a check, and the address that the page gives itself."""
    answer, last, capture, source = result.answer, result.last_check, result.capture, result.job.source
    evidence = Evidence(answer.kind, answer.status, answer.problem, expected=result.is_plan_expected)
    canonical = last.canonical if last else None
    if capture is None:
        return evidence, canonical
    strangers = find_foreign_captures(result.history.checks)
    earlier = (one for one in result.earlier if one.capture_id not in strangers)
    good = next((one for one in earlier if reader.count(source, one)), None)
    if capture.capture_id in {one.capture_id for one in (*result.earlier[:1], *((good,) if good else ()))}:
        found = reader.count(source, capture)
        wall = None if found else reader.look(source, capture).wall
        told = result.last_check_of_capture
        same, kept = (told.same_article, told.kept) if told else (None, None)
        evidence = replace(evidence, same_bytes=True, same_article=same, found_count=found, kept=kept, wall=wall)
        return replace(evidence, moved_to=_find_new_address(result, canonical)), canonical
    look = reader.look(source, capture)
    same = reader.look(source, good).article == look.article if good else None
    # What says the same holds the same: nothing is read again for a change of furniture.
    found = reader.count(source, good if good and same else capture)
    compared = good is not None and not same and found and source.discover is None
    return replace(
        evidence,
        moved_to=_find_new_address(result, look.canonical),
        same_article=same,
        found_count=found,
        kept=round(reader.measure_overlap(source, good, capture), 3) if good and compared else None,
        wall=look.wall,
    ), look.canonical


def find_foreign_captures(checks: Iterable[Check]) -> set[str]:
    """The captures that were last found to hold another plan than the source's: they feed nothing."""
    last = {check.capture_id: check for check in checks if check.capture_id}
    return {capture_id for capture_id, check in last.items() if check.outcome == "broken" and check.found_count}


def _find_new_address(result: FetchResult, canonical: str | None) -> str | None:
    """Where the page is now, if that is news: by redirects for good, or by its own word."""
    answer, last = result.answer, result.last_check
    if answer.is_moved_permanently and not (last and last.landed == answer.landed):
        return answer.landed
    if canonical and last and last.canonical and canonical != last.canonical:
        return canonical
    return None
