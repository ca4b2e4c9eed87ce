"""The sources of a dataset as the archive has them: their captures, best first, and their status.

Comes in: the dataset, the archive, and the checks of this run if there were any. Goes out: a `CollectedSource` for
each source, those that were discovered among them. Nothing is fetched and no content is read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from collect.archive import Capture, Check, History, read_articles, read_history
from collect.discovery import normalise_address, to_source
from config.defects import explain_error
from config.models import Dataset, Source
from pipeline.assess.evidence import find_foreign_captures, find_unjudged_captures
from pipeline.assess.rules import BROKEN, GOOD
from pipeline.assess.status import assess_source
from pipeline.progress import choose_log_level
from publish.source_status import SourceStatus

log = logging.getLogger(__name__)


class CheckedSource(NamedTuple):
    """A source's check of this run, and what is on record of the source since."""

    check: Check
    history: History


@dataclass(frozen=True, slots=True)
class CollectedSource:
    """A source as this run leaves it.

    `captures` are those that a release can be made from, the preferred one first. `check` is this run's, None if
    the source was not fetched. `failure` is a line if the source needs attention. `optional`: no plan is expected
    in it, as in an article that a feed led to. `address` is where the source was last found: a new address counts
    once it was good. `is_stopped`: its record or its captures cannot be read, so that only what is published of it can
    be used. `is_kept`: nor can that be read again, so that its rows stay as they are published.
    """

    source: Source
    captures: tuple[Capture, ...]
    status: SourceStatus
    check: Check | None = None
    failure: str | None = None
    optional: bool = False
    address: str = ""
    is_stopped: bool = False
    is_kept: bool = False

    @property
    def note(self) -> str | None:
        """What went wrong in this run's check, whether or not the source needs attention."""
        return describe_check(self.source, self.check) if self.check and self.check.outcome not in GOOD else None


class ListedSource(NamedTuple):
    """A source, and whether it was discovered; `problem` is why the articles that it led to are not known.

    `same_as` is the id of the source that has the address of this article already: it is left out of what is fetched
    and published, since its tasks would be there twice.
    """

    source: Source
    is_discovered: bool = False
    problem: Exception | None = None
    same_as: str | None = None


def list_sources(dataset: Dataset, raw: Path) -> Iterator[tuple[Source, bool]]:
    """Every source of a dataset, those that it discovered among them; and whether it was discovered.

    Raises ArchiveError where the record of the articles that one led to cannot be read.
    """
    for listed in list_readable_sources(dataset, raw):
        if listed.problem is not None:
            raise listed.problem
        yield listed.source, listed.is_discovered


def list_readable_sources(dataset: Dataset, raw: Path) -> Iterator[ListedSource]:
    """Every source of a dataset as `list_sources` has it, without the articles of which the record cannot be read.

    Of articles with one address, the one that was found first counts, unless the dataset's file has a source for it.
    """
    owners = {normalise_address(source.address): source.id for source in reversed(dataset.sources)}
    listed = [(source, *_read_articles(raw, source)) for source in dataset.sources]
    entries = [entry for _, articles, _ in listed for entry in articles]
    for _, article, address in sorted(entries, key=lambda entry: entry[0]):
        owners.setdefault(address, article.id)
    for source, articles, problem in listed:
        yield ListedSource(source, problem=problem)
        for _, article, address in articles:
            owner = owners[address]
            yield ListedSource(article, is_discovered=True, same_as=owner if owner != article.id else None)


def _read_articles(raw: Path, source: Source) -> tuple[list[tuple[datetime, Source, str]], Exception | None]:
    """The articles that a source led to: when each was found, and its address normalised; or why there are none."""
    if source.discover is None:
        return [], None
    try:
        return [
            (article.found_at, to_source(article, source), normalise_address(article.url))
            for article in read_articles(raw, source.id)
        ], None
    except Exception as error:  # noqa: BLE001 (whatever it is, it is this source's, and the others go on)
        return [], error


def assess_sources(dataset: Dataset, raw: Path, checked: Mapping[str, CheckedSource]) -> list[CollectedSource]:
    """Every source of a dataset as the archive has it; `checked` has this run's checks by source id.

    A source whose record cannot be read is broken and without captures; the others are as ever. An article of which
    another source has the address is left out.
    """
    now = datetime.now(UTC)
    online = any(source.check.answer_kind != "unreachable" for source in checked.values())
    collected = list[CollectedSource]()
    left_out = 0
    for source, optional, problem, same_as in list_readable_sources(dataset, raw):
        if same_as is not None:
            left_out += 1
            line = "%s: left out, since %s has the same address (%s)"
            log.log(choose_log_level(left_out), line, source.id, same_as, source.address)
            continue
        try:
            check, history = _get_history(raw, source.id, checked, problem)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is this source's, and the others go on)
            reason = explain_error(error, source.id)
            status = SourceStatus(source.id, source.address, "broken", reason, None, None, None, None)
            unread = CollectedSource(source, (), status, optional=optional, address=source.address)
            collected.append(stop_source(unread, reason))
            continue
        captures, checks = history.captures, history.checks
        # A source with several pages has checks of each.
        own_checks = [item for item in checks if item.url == source.address] or checks
        last = check or (own_checks[-1] if own_checks else None)
        status = assess_source(source, last, captures[-1] if captures else None, dataset.schedule, now)
        is_negligible = optional and not (last and last.carried.good_at)
        good_urls = (item.url for item in reversed(checks) if item.outcome in GOOD)
        collected.append(
            CollectedSource(
                source=source,
                captures=tuple(_rank_captures(captures, checks)) if source.discover is None else (),
                status=status,
                check=check,
                failure=_find_failure(source, check, status, online=online) if check and not is_negligible else None,
                optional=optional,
                address=next(good_urls, source.address) if last and last.outcome not in GOOD else source.address,
            )
        )
    return collected


def _get_history(
    raw: Path, source_id: str, checked: Mapping[str, CheckedSource], problem: Exception | None
) -> tuple[Check | None, History]:
    """This run's check of a source, if there is one, and its history. Raises `problem`, and ArchiveError."""
    if problem is not None:
        raise problem
    return checked[source_id] if source_id in checked else (None, read_history(raw, source_id))


def stop_source(source: CollectedSource, reason: str) -> CollectedSource:
    """A source whose record or captures cannot be read: nothing of it is used but what is published."""
    if source.is_stopped:
        return source  # the first reason is why
    status = replace(source.status, state="broken", why=reason)
    return replace(source, captures=(), status=status, failure=f"{source.source.id}: {reason}", is_stopped=True)


def describe_check(source: Source, check: Check) -> str:
    """A check in one line."""
    if check.answer_kind == "unreachable":
        return f"{source.id}: failed: {urlsplit(check.url).hostname} cannot be reached ({check.why})"
    return f"{source.id}: {check.outcome}: {check.why}"


def _rank_captures(captures: Sequence[Capture], checks: Iterable[Check]) -> list[Capture]:
    """The captures that a release can be made from, the preferred one first.

    Omitted are those that hold another plan, and those that no check has judged. Newest first, but captures in which
    only boilerplate changed come last: a row leads back to where it was first read.
    """
    last_checks = {check.capture_id: check for check in checks if check.capture_id}
    unusable = find_foreign_captures(last_checks.values()) | find_unjudged_captures(captures, last_checks.values())
    own = [capture for capture in reversed(captures) if capture.capture_id not in unusable]
    unchanged = {check.capture_id for check in last_checks.values() if check.same_article}
    return sorted(own, key=lambda capture: capture.capture_id in unchanged)


def _find_failure(source: Source, check: Check, status: SourceStatus, *, online: bool) -> str | None:
    """A line, if the check shows that the source needs attention.

    If no source at all could be reached, this machine's network is down, which says nothing of a source; unless a
    source that did answer once has been silent for longer than the schedule allows.
    """
    is_network_down = check.answer_kind == "unreachable" and not online
    is_ignorable = is_network_down and not (status.state == "stale" and check.carried.whole_at)
    needs_attention = check.outcome in BROKEN or (check.outcome == "failed" and not is_ignorable)
    return describe_check(source, check) if needs_attention else None
