"""Asking many hosts side by side, each one's addresses one after the other; what comes is archived as it comes."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from collect.archive import Capture, Carried, Check, captures_of, checks_of, holds, keep
from collect.dataset import Source
from collect.fetch import Answer, Fetcher, Validators

MOST_HOSTS = 16
# A server whose validators are wrong would hide every change for good: so often is the whole page asked for.
WHOLE_EVERY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Ask:
    """An address to ask for a source: the source's own, or a following page of a place that leads to articles."""

    source: Source
    url: str
    optional: bool = False

    @property
    def host(self) -> str:
        """The host, with its port where it names one."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class Asked:
    """What came, already archived.

    `before` are the captures there were (newest first), `last` is the check before, and `told_before` whether these
    bytes were found to differ from good ones in furniture only, None where nobody knows.
    """

    ask: Ask
    answer: Answer
    transferred: int
    capture: Capture | None
    before: tuple[Capture, ...]
    last: Check | None
    told_before: bool | None
    at: datetime

    @property
    def expected(self) -> bool:
        """Whether there has to be something to find: always, but in an article that never held a plan."""
        return not self.ask.optional or self.carried.good_at is not None

    @property
    def carried(self) -> Carried:
        """What the check before carries on; without one, a capture given by hand is good."""
        if self.last is not None:
            return self.last.carried
        given = self.before[0].fetched_at if self.before else None
        return Carried(changed_at=given, good_at=given)


def ask_all(asks: Sequence[Ask], raw: Path, fetcher: Fetcher) -> Iterator[Asked]:
    """Ask for all addresses; the answers come in the order in which they are archived.

    Raises ArchiveError where one of them cannot be.
    """
    lanes: dict[str, list[Ask]] = defaultdict(list)
    for ask in asks:
        lanes[ask.host].append(ask)
    waiting: queue.SimpleQueue[list[Ask]] = queue.SimpleQueue()
    done: queue.SimpleQueue[Asked | Exception] = queue.SimpleQueue()
    for lane in lanes.values():
        waiting.put(lane)
    # Threads that a process need not wait for: whatever they are at, the archive can be left at any moment.
    for _ in range(min(MOST_HOSTS, len(lanes))):
        threading.Thread(target=_work, args=(waiting, done, raw, fetcher), name="asks", daemon=True).start()
    for _ in asks:
        answer = done.get()
        if isinstance(answer, Exception):
            raise answer
        yield answer


def _work(
    waiting: queue.SimpleQueue[list[Ask]], done: queue.SimpleQueue[Asked | Exception], raw: Path, fetcher: Fetcher
) -> None:
    """Take one host after the other, and all of its addresses in turn, until none is left or the run is over."""
    try:
        while not fetcher.is_over:
            for ask in waiting.get_nowait():
                done.put(_asked(ask, raw, fetcher))
    except queue.Empty:
        return
    except Exception as error:  # noqa: BLE001 (it is raised again where the answers are awaited)
        done.put(error)


def _asked(ask: Ask, raw: Path, fetcher: Fetcher) -> Asked:
    """Ask for one address and archive what comes."""
    at = datetime.now(UTC).replace(microsecond=0)
    source = ask.source
    captures = captures_of(raw, source.id)
    checks = checks_of(raw, source.id)
    if source.discover is not None:  # a place's pages are looked at one by one
        checks = [check for check in checks if check.url == ask.url]
        captures = [capture for capture in captures if capture.url in (ask.url, *(one.landed for one in checks[-1:]))]
    before, last = tuple(reversed(captures)), next(reversed(checks), None)
    answer = fetcher.fetch(ask.url, _validators(raw, before, last, at))
    capture: Capture | None = None
    if answer.came == "page":
        capture = keep(
            raw,
            answer.content,
            source_id=source.id,
            url=answer.landed if answer.moved_for_good else ask.url,
            fetched_at=at,
            method="http",
            media_type=answer.media_type,
            encoding=answer.encoding,
            status=answer.status,
        )
    elif answer.came == "not modified":
        capture = before[0]
    told = (check.same_article for check in reversed(checks) if capture and check.capture_id == capture.capture_id)
    return Asked(ask, answer.without_content(), len(answer.content), capture, before, last, next(told, None), at)


def _validators(raw: Path, before: Sequence[Capture], last: Check | None, at: datetime) -> Validators | None:
    """What the server said of the newest capture, if that is still here, and the page came whole not long ago."""
    known = last.carried if last else Carried()
    if known.whole_at is None or known.validated is None or at - known.whole_at > WHOLE_EVERY:
        return None
    if not before or not holds(raw, before[0]):
        return None
    return Validators(known.validated, known.etag, known.last_modified)
