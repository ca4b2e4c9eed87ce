"""The gate: a dataset's sources in, what the archive holds of each and how each is doing out.

Every source is asked once, many hosts side by side; what came is archived as it comes, judged by the rules of
`verdict.py`, and put on record. Whoever runs this hands in how a capture is read, since nothing here parses content.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from urllib.parse import urlsplit

from collect.archive import Capture, Check, History, add_articles, add_check, read_articles, read_history
from collect.connections import host_and_port_of, is_private_host
from collect.discovery import select_new_articles, to_source
from collect.fetch import Fetcher
from collect.jobs import FetchJob, FetchResult, run_jobs
from config.models import Dataset, Source
from pipeline.assess.evidence import Reader, assess_result, find_foreign_captures
from pipeline.assess.rules import BROKEN, GOOD
from pipeline.assess.status import assess_source
from publish.source_status import SourceStatus

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CollectedSource:
    """A source as this run leaves it.

    `captures` can feed a release, the first first. `address` is where it was found: a new one counts once it was good.
    `check` is this run's, None where it asked nobody. `failure` is a line where something has to be seen to.
    `optional`: nobody expects a plan in it, as in an article that a feed led to and that never held one.
    """

    source: Source
    captures: tuple[Capture, ...]
    status: SourceStatus
    check: Check | None = None
    failure: str | None = None
    optional: bool = False
    address: str = ""

    @property
    def note(self) -> str | None:
        """What went wrong in this run's check, whether or not somebody has to see to it."""
        return describe_check(self.source, self.check) if self.check and self.check.outcome not in GOOD else None


# So many lines that say the same of one source after the other are told; how many there were is said in the end.
MOST_TOLD = 100
# Told what is done, how much of it, of how much, and of what.
Tell = Callable[[str, int, int, str], None]


def collect_all(
    dataset: Dataset,
    raw: Path,
    reader: Reader,
    *,
    offline: bool = False,
    fetcher: Fetcher | None = None,
    report: Tell | None = None,
) -> list[CollectedSource]:
    """Ask every source of a dataset unless `offline`, and say what there is of each, in the order of the dataset.

    `tell` is told how far it is, again and again.

    What cannot be fetched is told in the outcome, never raised. Raises ArchiveError where the archive cannot be used.
    """
    done: dict[str, _Checked] = {}
    if not offline:
        with fetcher or make_fetcher(dataset) as open_fetcher:
            done = _check_all(dataset, raw, reader, open_fetcher, report or (lambda *_: None))
    return _as_on_record(dataset, raw, done)


def make_fetcher(dataset: Dataset) -> Fetcher:
    """A fetcher that keeps a dataset's manners, and may go where its file names a private place in so many words."""
    named = (urlsplit(source.address) for source in dataset.sources)
    private = (host_and_port_of(parts) for parts in named if is_private_host(parts.hostname or ""))
    return Fetcher(delay=dataset.delay, allowed=(*dataset.allow_hosts, *private), contact=dataset.contact)


def sources_of(dataset: Dataset, raw: Path) -> Iterator[tuple[Source, bool]]:
    """Every source of a dataset, those that it discovered among them; and whether it is such a one."""
    for source in dataset.sources:
        yield source, False
        if source.discover is not None:
            yield from ((to_source(article, source), True) for article in read_articles(raw, source.id))


def read_source_statuses(dataset: Dataset, raw: Path) -> list[SourceStatus]:
    """How each source of a dataset is doing, from what is on record alone."""
    return [one.status for one in _as_on_record(dataset, raw, {})]


@dataclass
class _Ids:
    """The ids that there are: those of sources, and whatever has a folder in the archive, of whatever dataset."""

    given: set[str]
    raw: Path

    def __contains__(self, one: object) -> bool:
        return one in self.given or (self.raw / str(one)).exists()


@dataclass
class _Trail:
    """What a run has come by: the ids there are, when it began, each place's pages asked and articles taken."""

    ids: _Ids
    begun: datetime
    pages: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A source's check of this run, and what is on record of it since."""

    check: Check
    history: History


def _check_all(dataset: Dataset, raw: Path, reader: Reader, fetcher: Fetcher, tell: Tell) -> dict[str, _Checked]:
    """Ask all sources; what a place leads to is asked in the next round."""
    done: dict[str, _Checked] = {}
    sources = list(sources_of(dataset, raw))
    trail = _Trail(_Ids({source.id for source, _ in sources}, raw), datetime.now(UTC).replace(microsecond=0))
    asks = [FetchJob(source, source.address, optional) for source, optional in sources if not source.retired]
    asked_before, new = 0, count(1)
    while asks:
        found: list[FetchJob] = []
        came = chain.from_iterable(_read_ahead(came, reader) for came in run_jobs(asks, raw, fetcher))
        for number, asked in enumerate(came, asked_before + 1):
            tell("asked", number, asked_before + len(asks) + len(found), "addresses")
            source, ask = asked.job.source, asked.job
            check = assess_result(asked, reader)
            add_check(raw, source.id, check)
            if check.outcome in GOOD and check.outcome != "unchanged":
                log.log(log_level_of(next(new)), "%s", describe_check(source, check))
            if ask.url == source.address:
                done[source.id] = _Checked(check, _add_to_history(asked, check))
            if source.discover is not None and check.capture_id and check.outcome in GOOD:
                found += _follow_links(asked, raw, reader, trail)
        asked_before += len(asks)
        asks = found
    outcomes = Counter(one.check.outcome for one in done.values())
    said_so = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
    log.info("checked %s: %s", _count_words(len(done), "source"), said_so)
    return done


def _read_ahead(came: list[FetchResult], reader: Reader) -> list[FetchResult]:
    """What came; all that is new in it is read together, by as many as there are to read."""
    reader.read_ahead(
        (one.job.source, one.capture, next(iter(one.earlier), None))
        for one in came
        if one.capture is not None and one.capture not in one.earlier
    )
    return came


def log_level_of(number: int) -> int:
    """The level at which one of many like lines is told: the first ones to everybody, the others where asked for."""
    return logging.INFO if number <= MOST_TOLD else logging.DEBUG


def _add_to_history(asked: FetchResult, check: Check) -> History:
    """What is on record of a source after a check."""
    captures, capture = asked.history.captures, asked.capture
    new = capture is not None and capture not in captures
    after = sorted([*captures, capture], key=lambda one: one.fetched_at) if new and capture else captures
    return History(after, [*asked.history.checks, check])


def _count_words(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _follow_links(asked: FetchResult, raw: Path, reader: Reader, trail: _Trail) -> list[FetchJob]:
    """The new articles that a place leads to, put on record, and its following pages."""
    source, discover = asked.job.source, asked.job.source.discover
    if asked.capture is None or discover is None:
        return []
    links, following = reader.find_links(source, asked.capture)
    known = read_articles(raw, source.id)
    wanted = select_new_articles(source.id, links, known, trail.ids, found_on=asked.job.url, found_at=trail.begun)
    new = add_articles(raw, source.id, wanted[: discover.most - trail.taken[source.id]])
    trail.taken[source.id] += len(new)
    trail.ids.given.update(article.id for article in new)
    if wanted:
        left = f"; {len(wanted) - len(new)} more are left for the next run" if len(wanted) > len(new) else ""
        log.info("%s: leads to %s%s", source.id, _count_words(len(new), "new article"), left)
    pages = trail.pages[source.id]
    pages.add(asked.job.url)
    onward = [url for url in following if url not in pages][: discover.pages - len(pages)]
    pages.update(onward)
    articles = (to_source(article, source) for article in new)
    return [FetchJob(source, url, optional=True) for url in onward] + [
        FetchJob(article, article.address, optional=True) for article in articles
    ]


def _as_on_record(dataset: Dataset, raw: Path, done: Mapping[str, _Checked]) -> list[CollectedSource]:
    """Every source as the archive has it, with the checks of this run."""
    now = datetime.now(UTC)
    reached = any(one.check.answer_kind != "unreachable" for one in done.values())
    return [
        _collect_source(dataset, source, raw, done.get(source.id), now, reached=reached, optional=optional)
        for source, optional in sources_of(dataset, raw)
    ]


def _collect_source(
    dataset: Dataset, source: Source, raw: Path, done: _Checked | None, now: datetime, *, reached: bool, optional: bool
) -> CollectedSource:
    check = done.check if done else None
    history = done.history if done else read_history(raw, source.id, whole=source.discover is not None)
    captures, checks = history.captures, history.checks
    own = [one for one in checks if one.url == source.address] or checks
    last = check or next(reversed(own), None)
    life = assess_source(source, last, next(reversed(captures), None), dataset.schedule, now)
    never = optional and not (last and last.carried.good_at)
    feeding = tuple(_rank_captures(captures, checks)) if source.discover is None else ()
    failure = None if never or check is None else _describe_failure(source, check, life, reached=reached)
    good = (one.url for one in reversed(checks) if one.outcome in GOOD)
    address = next(good, source.address) if last and last.outcome not in GOOD else source.address
    return CollectedSource(source, feeding, life, check, failure, optional, address)


def _rank_captures(captures: Sequence[Capture], checks: Iterable[Check]) -> Iterator[Capture]:
    """The captures that can feed a release, the first first: newest first, those apart that changed furniture only.

    Those come last, since a row leads back to where it was first read. What another plan stands in feeds nothing.
    """
    told = {check.capture_id: check for check in checks if check.capture_id}
    strangers = find_foreign_captures(told.values())
    ranked: tuple[list[Capture], list[Capture]] = ([], [])
    for capture in reversed(captures):
        if capture.capture_id not in strangers:
            check = told.get(capture.capture_id)
            ranked[bool(check and check.same_article)].append(capture)
    for group in ranked:
        yield from group


def _describe_failure(source: Source, check: Check, life: SourceStatus, *, reached: bool) -> str | None:
    """A line, if the check says that somebody has to see to the source.

    Where nothing at all could be reached, that is this machine's network and no news of any source; unless it has
    been so for longer than the schedule allows, of a source that did answer once.
    """
    silent = (
        check.answer_kind == "unreachable" and not reached and not (life.state == "stale" and check.carried.whole_at)
    )
    if check.outcome in BROKEN or (check.outcome == "failed" and not silent):
        return describe_check(source, check)
    return None


def describe_check(source: Source, check: Check) -> str:
    """A check in one line."""
    if check.answer_kind == "unreachable":
        return f"{source.id}: failed: {urlsplit(check.url).hostname} cannot be reached ({check.why})"
    return f"{source.id}: {check.outcome}: {check.why}"
