"""Collects the sources of a dataset: fetch, archive, judge, put the check on record, follow discovered links.

Comes in: a dataset and the archive. Goes out: each source with the captures that a release can be made from and its
status. Fetching goes in rounds: the first round has the dataset's own sources, each further round what the pages of the
round before lead to (new articles, next index pages). Fetching and assessing alternate, because only the assessment of
a page reads its links, and an article discovered by it is fetched in the next round. What a server does is never
raised; it is in the checks. So is whatever goes wrong with one source, also by a defect of this program.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from collect.archive import Check, History, add_articles, add_check, read_articles
from collect.connections import format_host_and_port, is_private_host
from collect.discovery import normalise_address, select_new_articles, to_source
from collect.fetch import Fetcher
from collect.jobs import FetchJob, FetchResult, run_jobs
from config.defects import explain_error
from config.interruption import check_interruption
from config.models import Dataset, Source
from config.text import format_count
from config.timestamps import read_clock
from pipeline.assess.evidence import assess_result, make_failed_check
from pipeline.assess.rules import GOOD
from pipeline.progress import choose_log_level, report_progress
from pipeline.read.reader import CaptureReader
from pipeline.read.workers import ReadingError
from pipeline.sources import CheckedSource, CollectedSource, assess_sources, describe_check, list_readable_sources
from publish.metadata import to_web_address

log = logging.getLogger(__name__)

# The outcomes that are not said as they are recorded, after the number of sources that they are of.
OUTCOME_WORDS = {"content": "with new content", "furniture": "with other boilerplate"}


def collect_all(dataset: Dataset, raw: Path, reader: CaptureReader) -> list[CollectedSource]:
    """Fetch and collect every source of a dataset, in the dataset's order."""
    with make_fetcher(dataset) as fetcher:
        return assess_sources(dataset, raw, _check_sources(dataset, raw, reader, fetcher))


def make_fetcher(dataset: Dataset) -> Fetcher:
    """A fetcher with a dataset's delay and contact; it may reach the private hosts that the dataset's file names."""
    addresses = (urlsplit(source.address) for source in dataset.sources)
    private = (format_host_and_port(parts) for parts in addresses if is_private_host(parts.hostname or ""))
    contact = dataset.contact or to_web_address(dataset.homepage)
    return Fetcher(delay=dataset.delay, allowed=(*dataset.allow_hosts, *private), contact=contact)


def _check_sources(dataset: Dataset, raw: Path, reader: CaptureReader, fetcher: Fetcher) -> dict[str, CheckedSource]:
    """Fetch and judge all sources, round after round; returns those that were fetched, by their id."""
    checked: dict[str, CheckedSource] = {}
    sources = list(list_readable_sources(dataset, raw))
    discovery = _Discovery(raw, reader, [listed.source for listed in sources])
    jobs = [
        FetchJob(source, source.address, optional)
        for source, optional, problem, same_as in sources
        if not source.retired and problem is None and same_as is None  # `assess_sources` says why
    ]
    done = changes = 0
    while jobs:
        next_jobs: list[FetchJob] = []
        total = done + len(jobs)
        for results in run_jobs(jobs, raw, fetcher):
            check_interruption()
            reader.read_ahead(
                (result.job.source, result.capture, next(iter(result.earlier), None))
                for result in results
                if result.capture is not None and result.capture not in result.earlier
            )
            for result in results:
                done += 1
                report_progress("tried", done, total + len(next_jobs), "addresses", "address")
                if not result.has_record:
                    continue  # `assess_sources` says why
                source = result.job.source
                check, onward = _check_result(result, raw, reader, discovery)
                if check.outcome in GOOD and check.outcome != "unchanged":
                    changes += 1
                    log.log(choose_log_level(changes), "%s", describe_check(source, check))
                if result.job.url == source.address:
                    checked[source.id] = CheckedSource(check, _add_to_history(result, check))
                next_jobs += onward
        jobs = next_jobs
    counts = Counter(source.check.outcome for source in checked.values())
    outcomes = ", ".join(f"{number} {OUTCOME_WORDS.get(name, name)}" for name, number in sorted(counts.items()))
    log.info("checked %s: %s", format_count(len(checked), "source"), outcomes)
    return checked


def _check_result(
    result: FetchResult, raw: Path, reader: CaptureReader, discovery: _Discovery
) -> tuple[Check, list[FetchJob]]:
    """The check of a result, put on record, and the jobs for what its page leads to; failed, whatever goes wrong."""
    source, jobs = result.job.source, list[FetchJob]()
    try:
        check = assess_result(result, reader)
        if check.outcome in GOOD:
            jobs = discovery.follow_links(result)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is this source's, and the others go on)
        check = make_failed_check(result, explain_error(error, source.id))
    try:
        add_check(raw, source.id, check)
    except Exception as error:  # noqa: BLE001 (as above)
        check = make_failed_check(result, explain_error(error, source.id))
    return check, jobs


def _add_to_history(result: FetchResult, check: Check) -> History:
    """What is on record of a source after a check, without reading the record again."""
    captures, capture = result.history.captures, result.capture
    if capture is not None and capture not in captures:
        captures = sorted([*captures, capture], key=lambda capture: capture.fetched_at)
    return History(captures, [*result.history.checks, check])


class _Discovery:
    """Follows the links of pages that lead to articles, within the limits that the dataset sets for one run.

    Holds, for the run, the ids that are taken, the addresses of all sources, which are no new articles, and for each
    source its pages so far and the number of its new articles.
    """

    def __init__(self, raw: Path, reader: CaptureReader, sources: Sequence[Source]) -> None:
        self._raw, self._reader = raw, reader
        # An id names a folder of the archive, which may be of another dataset.
        self._ids = {source.id for source in sources} | {path.name for path in raw.glob("*/")}
        self._addresses = {normalise_address(source.address) for source in sources}
        self._started_at = read_clock()
        self._pages: defaultdict[str, set[str]] = defaultdict(set)
        self._new: Counter[str] = Counter()

    def follow_links(self, result: FetchResult) -> list[FetchJob]:
        """Put the new articles that a page leads to on record; returns the jobs for them and for the next pages."""
        source, discover, capture = result.job.source, result.job.source.discover, result.capture
        if discover is None or capture is None:
            return []
        try:
            links = self._reader.find_links(source, capture)
        except ReadingError:
            return []  # the check that was made of it says why
        candidates = select_new_articles(
            source.id,
            ((link.url, link.title) for link in links.articles),
            read_articles(self._raw, source.id),
            self._ids,
            listed=self._addresses,
            found_on=result.job.url,
            found_at=self._started_at,
        )
        articles = add_articles(self._raw, source.id, candidates[: discover.most - self._new[source.id]])
        self._new[source.id] += len(articles)
        self._ids.update(article.id for article in articles)
        self._addresses.update(normalise_address(article.url) for article in articles)
        if candidates:
            left = len(candidates) - len(articles)
            more = f"; {left} more are left for the next run" if left else ""
            log.info("%s: leads to %s%s", source.id, format_count(len(articles), "new article"), more)
        pages = self._pages[source.id]
        pages.add(result.job.url)
        onward = [url for url in links.following if url not in pages][: discover.pages - len(pages)]
        pages.update(onward)
        article_sources = [to_source(article, source) for article in articles]
        return [
            *(FetchJob(source, url, optional=True) for url in onward),
            *(FetchJob(article, article.address, optional=True) for article in article_sources),
        ]
