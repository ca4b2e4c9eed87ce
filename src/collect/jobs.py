"""Asking many hosts side by side, each one's addresses one after the other; what comes is archived as it comes."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from collect.archive import Capture, Carried, Check, History, has_bytes, read_history, read_removals, store_captures
from collect.fetch import Answer, Fetcher, Validators
from config.models import Source

MOST_HOSTS = 16
# So many answers may be on their way from a host to us, and so many are written to the disk together.
MOST_UNDER_WAY, MOST_TOGETHER = 64, 32
LARGE_BYTES = 1_000_000
# A server whose validators are wrong would hide every change for good: so often is the whole page asked for.
WHOLE_EVERY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FetchJob:
    """An address to ask for a source: the source's own, or a following page of a place that leads to articles."""

    source: Source
    url: str
    optional: bool = False

    @property
    def host(self) -> str:
        """The host, with its port where it names one."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What came, already archived.

    `before` are the captures there were (newest first), `last` is the check before, and `told_before` the last one
    that spoke of these very bytes, None where none did. `history` is what there was of the source.
    """

    job: FetchJob
    answer: Answer
    transferred: int
    capture: Capture | None
    earlier: tuple[Capture, ...]
    last_check: Check | None
    last_check_of_capture: Check | None
    fetched_at: datetime
    history: History

    @property
    def is_plan_expected(self) -> bool:
        """Whether there has to be something to find: always, but in an article that never held a plan."""
        return not self.job.optional or self.carried.good_at is not None

    @property
    def carried(self) -> Carried:
        """What the check before carries on; without one, a capture given by hand is good."""
        if self.last_check is not None:
            return self.last_check.carried
        given = self.earlier[0].fetched_at if self.earlier else None
        return Carried(changed_at=given, good_at=given)


def run_jobs(asks: Sequence[FetchJob], raw: Path, fetcher: Fetcher) -> Iterator[list[FetchResult]]:
    """Ask for all addresses; the answers come as they are archived, all that have come meanwhile together.

    Raises ArchiveError where one of them cannot be.
    """
    lanes: dict[str, list[FetchJob]] = defaultdict(list)
    for ask in asks:
        lanes[ask.host].append(ask)
    line = _Line(raw, fetcher)
    for lane in lanes.values():
        line.lanes.put(lane)
    # Threads that a process need not wait for: whatever they are at, the archive can be left at any moment.
    for work in (line.keep, *[line.ask] * min(MOST_HOSTS, len(lanes))):
        threading.Thread(target=work, name=work.__name__, daemon=True).start()
    left = len(asks)
    try:
        while left:
            came = line.came()
            line.room.release(len(came))
            yield came
            left -= len(came)
    finally:
        line.close()


class _Line:
    """From the addresses to what is archived of them.

    Hosts wait for a thread each, the answers for one that waits for the disk: all that have come meanwhile are written
    together. So a host can be asked as fast as it may be, and no more answers are under way than there is room for.
    """

    def __init__(self, raw: Path, fetcher: Fetcher) -> None:
        self._raw, self._fetcher = raw, fetcher
        self.lanes: queue.SimpleQueue[list[FetchJob]] = queue.SimpleQueue()
        self.fetched: queue.SimpleQueue[_Fetched | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[list[FetchResult] | Exception] = queue.SimpleQueue()
        self.room = threading.Semaphore(MOST_UNDER_WAY)
        self._closed = False

    def close(self) -> None:
        """Let all threads end, those that wait for room among them."""
        self._closed = True
        self.fetched.put(None)
        self.room.release(MOST_HOSTS)

    def came(self) -> list[FetchResult]:
        """Whatever has come, at least one; waits for it. Raises what ended one of the threads."""
        came: list[FetchResult] = []
        while not came or not self.done.empty():
            batch = self.done.get()
            if isinstance(batch, Exception):
                raise batch
            came += batch
        return came

    def ask(self) -> None:
        """Take one host after the other, and all of its addresses in turn, until none is left or the run is over."""
        try:
            while True:
                for ask in self.lanes.get_nowait():
                    self.room.acquire()
                    if self._closed or self._fetcher.is_closed:
                        return
                    fetched = _fetch(ask, self._raw, self._fetcher)
                    if len(fetched.answer.content) > LARGE_BYTES:  # not to be gathered in memory
                        self.done.put(_archive([fetched], self._raw))
                    else:
                        self.fetched.put(fetched)
        except queue.Empty:
            return
        except Exception as error:  # noqa: BLE001 (it is raised again where the answers are awaited)
            self.done.put(error)

    def keep(self) -> None:
        """Archive what has come, all of it together, until the end is told."""
        try:
            while (fetched := self.fetched.get()) is not None:
                batch = [fetched]
                while len(batch) < MOST_TOGETHER and not self.fetched.empty():
                    if (fetched := self.fetched.get()) is None:
                        self.fetched.put(None)  # for the next time
                        break
                    batch.append(fetched)
                self.done.put(_archive(batch, self._raw))
        except Exception as error:  # noqa: BLE001 (as above)
            self.done.put(error)


@dataclass(frozen=True, slots=True)
class _Fetched:
    """An answer that is not archived yet, and what there was before it; `looked_at` is that of this very address."""

    ask: FetchJob
    answer: Answer
    history: History
    looked_at: History
    at: datetime


def _fetch(ask: FetchJob, raw: Path, fetcher: Fetcher) -> _Fetched:
    """Ask for one address."""
    at = datetime.now(UTC).replace(microsecond=0)
    history = looked_at = read_history(raw, ask.source.id, whole=ask.source.discover is not None)
    if history.captures:  # a clock that was wrong once must not make the newest look old
        at = max(at, history.captures[-1].fetched_at)
    if ask.source.discover is not None:  # a place's pages are looked at one by one
        checks = [check for check in history.checks if check.url == ask.url]
        addresses = {ask.url, *(one.landed for one in checks[-1:])}
        looked_at = History([one for one in history.captures if one.url in addresses], checks)
    return _Fetched(ask, fetcher.fetch(ask.url, _find_validators(raw, looked_at, at)), history, looked_at, at)


def _archive(batch: Sequence[_Fetched], raw: Path) -> list[FetchResult]:
    """Archive what came, but for what a person removed: that is not taken back."""
    batch = [_refuse_removed(fetched, raw) for fetched in batch]
    pages = [fetched for fetched in batch if fetched.answer.kind == "page"]
    kept = iter(store_captures(raw, [(_capture(fetched), fetched.answer.content) for fetched in pages]))
    return [_make_result(fetched, next(kept) if fetched.answer.kind == "page" else None) for fetched in batch]


def _refuse_removed(fetched: _Fetched, raw: Path) -> _Fetched:
    if fetched.answer.kind != "page" or not (removed := read_removals(raw, fetched.ask.source.id)):
        return fetched
    digest = sha256(fetched.answer.content).hexdigest()
    reason = next((one.reason for one in removed if one.capture_id == digest), None)
    if reason is None:
        return fetched
    said = f"what is served was removed from the archive ({reason}); retire the source"
    return replace(fetched, answer=replace(fetched.answer, kind="removed", problem=said, content=b""))


def _capture(fetched: _Fetched) -> Capture:
    ask, answer = fetched.ask, fetched.answer
    return Capture(
        capture_id=sha256(answer.content).hexdigest(),
        source_id=ask.source.id,
        url=answer.landed if answer.is_moved_permanently else ask.url,
        fetched_at=fetched.at,
        method="http",
        media_type=answer.media_type,
        byte_count=len(answer.content),
        encoding=answer.encoding,
        status=answer.status,
    )


def _make_result(fetched: _Fetched, capture: Capture | None) -> FetchResult:
    answer, before = fetched.answer, fetched.looked_at
    if answer.kind == "not modified":
        capture = before.captures[-1]
    told = (one for one in reversed(before.checks) if capture and one.capture_id == capture.capture_id)
    return FetchResult(
        job=fetched.ask,
        answer=answer.drop_content(),
        transferred=len(answer.content),
        capture=capture,
        earlier=tuple(reversed(before.captures)),
        last_check=before.checks[-1] if before.checks else None,
        last_check_of_capture=next(told, None),
        fetched_at=fetched.at,
        history=fetched.history,
    )


def _find_validators(raw: Path, looked_at: History, at: datetime) -> Validators | None:
    """What the server said of the newest capture, if that is still here, and the page came whole not long ago."""
    known = looked_at.checks[-1].carried if looked_at.checks else Carried()
    if known.whole_at is None or known.validated is None or at - known.whole_at > WHOLE_EVERY:
        return None
    if not looked_at.captures or not has_bytes(raw, looked_at.captures[-1]):
        return None
    return Validators(known.validated, known.etag, known.last_modified)
