"""Runs fetch jobs on many hosts side by side, the jobs of one host one after the other.

Comes in: fetch jobs, an address of a source each. Goes out: fetch results, whose captures are archived already. One
thread for each host fetches (at most MAX_HOSTS at a time), one thread writes to the archive; results are given to the
caller in the order in which they are archived.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit

from collect.archive import (
    CHECKS,
    NOTHING_CARRIED,
    Capture,
    Carried,
    Check,
    History,
    has_bytes,
    make_capture,
    read_history,
    read_removals,
    store_captures,
)
from collect.fetch import Answer, Fetcher
from config.defects import explain_error
from config.models import Source
from config.timestamps import read_clock

# What a line of checks has if it was too early, and so many bytes of a record, from its end, are searched for that.
TOO_EARLY, TAIL_BYTES = b'"came":"too early"', 16_384
MAX_HOSTS = 16
# The number of results that were fetched and not taken by the caller yet, and of answers that are archived together.
MAX_PENDING, MAX_BATCH = 64, 32
# A larger answer is archived by the thread that fetched it, so that few of them are in memory.
LARGE_BYTES = 1_000_000
# The whole page is fetched at least so often: a server with wrong validators would hide every change for good.
WHOLE_EVERY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FetchJob:
    """An address to fetch for a source: the source's own, or that of a further index page.

    `optional`: the source was discovered, so it does not have to hold a plan.
    """

    source: Source
    url: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What a fetch job gave. The body of its answer, of `transferred` bytes, is moved to the archive.

    `capture` is the one that the answer brought or confirmed. `earlier` are the captures before it, newest first, and
    `checks` the checks before this one, oldest first; they are of this very address, `history` is of the whole source.
    If what is on record of the source cannot be read, `has_record` is False: nothing was fetched, and nothing may be
    added to it.
    """

    job: FetchJob
    answer: Answer
    transferred: int
    capture: Capture | None
    earlier: Sequence[Capture]
    checks: Sequence[Check]
    fetched_at: datetime
    history: History
    has_record: bool = True

    @property
    def last_check(self) -> Check | None:
        """The check before this one."""
        return self.checks[-1] if self.checks else None

    @property
    def is_plan_expected(self) -> bool:
        """Whether the page has to hold a plan: always, except a discovered article that never held one."""
        return not self.job.optional or self.carried.good_at is not None

    @property
    def carried(self) -> Carried:
        """What the last check carries on; without one, an archived capture counts as good."""
        if self.last_check is not None:
            return self.last_check.carried
        archived_at = self.earlier[0].fetched_at if self.earlier else None
        return Carried(changed_at=archived_at, good_at=archived_at)


def run_jobs(jobs: Sequence[FetchJob], raw: Path, fetcher: Fetcher) -> Iterator[list[FetchResult]]:
    """Run all jobs; yields their results in batches, as they are archived.

    Each job ends within the limits of the fetcher; the jobs of
    an iteration that is given up end when the fetcher is closed.
    """
    jobs_by_host: dict[str, list[FetchJob]] = defaultdict(list)
    for job in jobs:
        jobs_by_host[urlsplit(job.url).netloc].append(job)
    for host, jobs_of_host in jobs_by_host.items():
        fetcher.add_pages(host, len(jobs_of_host))
    runner = _JobRunner(raw, fetcher, [_put_left_first(jobs_of_host, raw) for jobs_of_host in jobs_by_host.values()])
    # Daemon threads: a process need not wait for them, since the archive can be left at any moment.
    targets = (runner.archive_answers, *[runner.fetch_hosts] * min(MAX_HOSTS, len(jobs_by_host)))
    for target in targets:
        threading.Thread(target=target, name=target.__name__, daemon=True).start()
    left = len(jobs)
    try:
        while left:
            results = runner.wait_for_results()
            yield results
            left -= len(results)
    finally:
        runner.close()


def _put_left_first(jobs: list[FetchJob], raw: Path) -> list[FetchJob]:
    """The jobs of one host, first those that were left most often since they were last fetched, so that each is."""
    return sorted(jobs, key=lambda job: -_count_too_early(raw / job.source.id / CHECKS)) if len(jobs) > 1 else jobs


def _count_too_early(path: Path) -> int:
    """The number of checks at the end of a record for which it was too early; what cannot be read is reported later."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return 0
    return sum(1 for _ in takewhile(lambda line: TOO_EARLY in line, reversed(lines)))


class _JobRunner:
    """The queues between the threads that fetch, the thread that archives, and the caller."""

    def __init__(self, raw: Path, fetcher: Fetcher, jobs_by_host: Sequence[list[FetchJob]]) -> None:
        self._raw, self._fetcher = raw, fetcher
        self._hosts: queue.SimpleQueue[list[FetchJob]] = queue.SimpleQueue()
        for jobs in jobs_by_host:
            self._hosts.put(jobs)
        self._fetched: queue.SimpleQueue[FetchResult | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[list[FetchResult] | Exception] = queue.SimpleQueue()
        self._slots = threading.Semaphore(MAX_PENDING)
        self._closed = False

    def close(self) -> None:
        """End all threads, also those that wait for a slot."""
        self._closed = True
        self._fetched.put(None)
        self._slots.release(MAX_HOSTS)

    def wait_for_results(self) -> list[FetchResult]:
        """All results that there are by now, at least one. Raises the error that ended one of the threads."""
        results: list[FetchResult] = []
        while not results or not self._results.empty():
            batch = self._results.get()
            if isinstance(batch, Exception):
                raise batch
            results += batch
        self._slots.release(len(results))
        return results

    def fetch_hosts(self) -> None:
        """Take one host after the other, and run its jobs in turn, until no host is left or the run is over."""
        try:
            while True:
                for job in self._hosts.get_nowait():
                    self._slots.acquire()
                    if self._closed or self._fetcher.is_closed:
                        return
                    fetched = _fetch(job, self._raw, self._fetcher)
                    if len(fetched.answer.content) > LARGE_BYTES:
                        self._results.put(_archive([fetched], self._raw))
                    else:
                        self._fetched.put(fetched)
        except queue.Empty:
            return
        except Exception as error:  # noqa: BLE001 (raised again in `wait_for_results`)
            self._results.put(error)

    def archive_answers(self) -> None:
        """Archive the answers, all together that have come meanwhile, until the runner is closed."""
        try:
            while (fetched := self._fetched.get()) is not None:
                batch = [fetched]
                while len(batch) < MAX_BATCH and not self._fetched.empty():
                    if (fetched := self._fetched.get()) is None:
                        self._fetched.put(None)  # ends the outer loop
                        break
                    batch.append(fetched)
                self._results.put(_archive(batch, self._raw))
        except Exception as error:  # noqa: BLE001 (as above)
            self._results.put(error)


def _fetch(job: FetchJob, raw: Path, fetcher: Fetcher) -> FetchResult:
    """The result of a job before its answer is archived, whatever happens."""
    now = read_clock()
    leads_on = job.source.discover is not None
    try:
        history = read_history(raw, job.source.id)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is this source's, and the others go on)
        answer = _make_failed_answer(job, error)
        return FetchResult(job, answer, 0, None, (), (), now, History([], []), has_record=False)
    captures, checks = history.captures, history.checks
    if captures:  # the newest capture stays the newest, also if the clock was wrong once
        now = max(now, captures[-1].fetched_at)
    if leads_on:  # such a source has several pages
        checks = [check for check in checks if check.url == job.url]
        addresses = {job.url, *(check.landed for check in checks[-1:])}
        captures = [capture for capture in captures if capture.url in addresses]
    last = checks[-1].carried if checks else NOTHING_CARRIED
    # Validators count for the newest capture only, while it is still here and was fetched whole within WHOLE_EVERY.
    is_recent = last.whole_at is not None and now - last.whole_at <= WHOLE_EVERY
    is_conditional = is_recent and captures and has_bytes(raw, captures[-1])
    try:
        answer = fetcher.fetch(job.url, last if is_conditional else NOTHING_CARRIED)
    except Exception as error:  # noqa: BLE001 (as above)
        answer = _make_failed_answer(job, error)
    confirmed = captures[-1] if answer.kind == "not modified" else None
    return FetchResult(job, answer, len(answer.content), confirmed, captures[::-1], checks, now, history)


def _make_failed_answer(job: FetchJob, error: Exception) -> Answer:
    """What stands in place of an answer that an error ended."""
    return Answer(url=job.url, landed=job.url, kind="broken off", problem=explain_error(error, job.source.id))


def _archive(batch: Sequence[FetchResult], raw: Path) -> list[FetchResult]:
    """Archive answers; those that cannot be archived have failed, and the others of the batch are archived."""
    try:
        return _archive_together(batch, raw)
    except Exception as error:  # noqa: BLE001 (as above)
        if len(batch) > 1:
            return [result for fetched in batch for result in _archive([fetched], raw)]
        answer = _make_failed_answer(batch[0].job, error)
        return [replace(batch[0], answer=answer, transferred=0, capture=None)]


def _archive_together(batch: Sequence[FetchResult], raw: Path) -> list[FetchResult]:
    """Archive answers, except pages that a person removed from the archive. Raises ArchiveError."""
    batch = [_refuse_removed(fetched, raw) for fetched in batch]
    pages = [fetched for fetched in batch if fetched.answer.kind == "page"]
    captures = iter(store_captures(raw, [(_make_capture(fetched), fetched.answer.content) for fetched in pages]))
    return [
        replace(
            fetched,
            answer=replace(fetched.answer, content=b""),
            capture=next(captures) if fetched.answer.kind == "page" else fetched.capture,
        )
        for fetched in batch
    ]


def _refuse_removed(fetched: FetchResult, raw: Path) -> FetchResult:
    """The same, with an answer of the kind "removed" if a person removed these very bytes."""
    if fetched.answer.kind != "page" or not (removals := read_removals(raw, fetched.job.source.id)):
        return fetched
    digest = sha256(fetched.answer.content).hexdigest()
    reason = next((removal.reason for removal in removals if removal.capture_id == digest), None)
    if reason is None:
        return fetched
    problem = f"what is served was removed from the archive ({reason}); retire the source"
    return replace(fetched, answer=replace(fetched.answer, kind="removed", problem=problem), transferred=0)


def _make_capture(fetched: FetchResult) -> Capture:
    job, answer = fetched.job, fetched.answer
    return make_capture(
        answer.content,
        source_id=job.source.id,
        url=answer.landed if answer.is_moved_permanently else job.url,
        fetched_at=fetched.fetched_at,
        method="http",
        media_type=answer.media_type,
        encoding=answer.encoding,
        status=answer.status,
    )
