"""The fetcher: an address in, an `Answer` out, whatever the server does.

It sends a contact in its user agent, obeys robots.txt, keeps a delay between requests to a host, waits when a server
asks for it, requests a page only if it has changed, follows a few redirects but never out of the web or into a private
network, and stops at limits of time and size. A failure is a line in the answer; nothing is raised for what a server
does.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.utils import get_encoding_from_headers

from collect import pace, transfer
from collect.archive import NOTHING_CARRIED, AnswerKind, Carried
from collect.connections import ConnectionGuard, is_private_host
from collect.robots import MAX_BYTES, Robots, parse_robots
from collect.transfer import ALLOW_PRIVATE, Reply, Request, Session, TransferError, describe_status
from config.errors import PolicyTasksError
from config.models import DEFAULT_DELAY, is_web_address
from config.paths import locate_cache_folder
from config.text import omit_user

log = logging.getLogger(__name__)

USER_AGENT = "policytasks/0.1 (open data from public plans{contact})"
MAX_REDIRECTS = 5
# The longest wait for a turn at a host with a long delay, and the waits that are worth a log line, in seconds.
LONGEST_TURN, LONG_WAIT = 900.0, 10.0
# The time for one page with all its redirects and retries, in seconds: as long as the longest wait for a turn.
PAGE_SECONDS = LONGEST_TURN
# The time for all pages of a host in one run, in seconds: no host keeps the others from being published for longer. It
# is more if the dataset asks for so many pages at its own delay that they take longer: TIMES_DELAY as long as that, so
# that a host may take as much time again for its answers.
HOST_SECONDS, TIMES_DELAY = 1_800.0, 2
# How often a host that cannot be reached is tried again.
UNREACHABLE_RETRIES = 1

PERMANENT = frozenset([301, 308])
# The validators that can be sent back in a header.
SENDABLE = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,500}")


class FetchError(PolicyTasksError):
    """A page that a person named cannot be fetched."""


class UnreachableError(FetchError):
    """No connection could be made: no network, no such host, a refused or timed out connection."""


class Hop(NamedTuple):
    """A redirect: its status, and where it led."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What fetching an address gave.

    `landed` is where redirects led. `content` is the body without transfer and content coding, empty unless `kind` is
    "page". `problem` is one line, empty if there is none. `seconds` are from the first request to the last byte.
    `is_open_ended`: only the close of the connection says where the body ends.
    """

    url: str
    landed: str
    kind: AnswerKind
    hops: tuple[Hop, ...] = ()
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    problem: str = ""
    seconds: float = 0.0
    is_open_ended: bool = False

    @property
    def is_moved_permanently(self) -> bool:
        """Whether the address redirects, and every redirect is permanent."""
        return bool(self.hops) and all(hop.status in PERMANENT for hop in self.hops)

    @property
    def media_type(self) -> str:
        """The media type as declared, in lower case and without parameters."""
        declared = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return declared or "application/octet-stream"

    @property
    def encoding(self) -> str | None:
        """The character encoding as declared; None if the server declared none."""
        declared = self.headers.get("content-type", "")
        return get_encoding_from_headers({"content-type": declared}) if "charset" in declared.lower() else None


@dataclass
class _Host:
    """What is kept of one host during a run; the thread that sends requests to it holds the lock."""

    session: Session
    lock: threading.Lock = field(default_factory=threading.Lock)
    robots: Robots | None = None


class Fetcher:
    """Fetches pages; holds the connections, one session for each host, during a run.

    `delay` is the least number of seconds between two requests to one host. `allowed` are the hosts (or host:port)
    that may be in a private network. `contact` is an address for the owners of sites. `state` is the folder for the
    hosts' turns. Threads may share a fetcher: one of them at a time sends requests to a host.
    """

    def __init__(
        self,
        *,
        delay: float = DEFAULT_DELAY,
        allowed: Iterable[str] = (),
        contact: str | None = None,
        state: Path | None = None,
    ) -> None:
        self._delay = delay
        self._agent = USER_AGENT.format(contact=f"; contact: {contact}" if contact else "")
        self._turns = (state or locate_cache_folder()) / "turns"
        self._guard = ConnectionGuard(frozenset(allowed))
        self._hosts: dict[str, _Host] = {}
        # Of this run, by the host that was wanted, wherever it redirects to: its pages, and the seconds that they took.
        self._page_counts: Counter[str] = Counter()
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._opening = threading.Lock()
        self._closed = threading.Event()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def is_closed(self) -> bool:
        """Whether it has been closed."""
        return self._closed.is_set()

    def close(self) -> None:
        """Close all connections; a transfer that is under way ends at once."""
        self._closed.set()
        self._guard.close()
        for lane in self._hosts.values():
            lane.session.close()

    def add_pages(self, host: str, number: int) -> None:
        """Note that so many more pages of a host are fetched in this run, which may then take longer."""
        self._page_counts[host] += number

    def fetch(self, url: str, last: Carried = NOTHING_CARRIED) -> Answer:
        """Fetch a page, only if it has changed since the validators in `last` were given for it.

        If the pages of its host have taken all their time in this run, it is too early for this one.
        """
        started, host = time.monotonic(), urlsplit(url).netloc if is_web_address(url) else ""
        allowed = max(HOST_SECONDS, TIMES_DELAY * self._delay * self._page_counts[host])
        left = allowed - self._spent[host]
        if left <= 0:
            problem = f"{host} has had its {allowed / 60:.0f} minutes of this run; it is left for the next one"
            return Answer(url=url, landed=url, kind="too early", problem=problem)
        page_seconds = max(PAGE_SECONDS, (MAX_REDIRECTS + 2) * self._delay)
        try:
            return self._fetch_until(started + min(page_seconds, left), url, last)
        finally:
            self._spent[host] += time.monotonic() - started

    def _fetch_until(self, deadline: float, url: str, last: Carried) -> Answer:
        """Fetch a page; no request is sent after the deadline (monotonic seconds)."""
        started, hops = time.monotonic(), list[Hop]()
        conditions = {last.validated: _make_conditions(last)}
        reply: Reply | None = None
        try:
            reply = _request_to_end(
                url, hops, lambda here: self._request_if_allowed(here, conditions.get(here, {}), deadline)
            )
            kind, problem = _classify_reply(reply, is_conditional=bool(conditions.get(hops[-1].url if hops else url)))
        except TransferError as error:
            reply = error.reply
            kind, problem = error.kind, str(error)
        return Answer(
            url=url,
            landed=hops[-1].url if hops else url,
            kind=kind,
            hops=tuple(hops),
            status=reply.status if reply else None,
            headers=reply.headers if reply else {},
            content=reply.content if reply and kind == "page" else b"",
            problem=problem,
            seconds=round(time.monotonic() - started, 3),
            is_open_ended=kind == "page" and reply is not None and reply.is_open_ended,
        )

    def _request_if_allowed(self, url: str, conditions: Mapping[str, str], deadline: float) -> Reply:
        """Request one address without following redirects, if robots.txt allows it."""
        host = self._open_host(url)
        with host.lock:
            robots = self._load_robots(host, url, deadline)
            if robots.closed:
                raise TransferError("broken off", robots.closed)
            if not robots.allows(url):
                raise TransferError("robots", "the site's robots.txt forbids it to programs like this one")
            delay = max(self._delay, robots.delay)
            return self._request_with_retries(host, Request(url, conditions, delay, transfer.MAX_BYTES, deadline))

    def _load_robots(self, host: _Host, url: str, deadline: float) -> Robots:
        """The rules of a host, fetched with the first request to it. Raises TransferError if it cannot be reached."""
        parts = urlsplit(url)
        if host.robots is None:

            def request(here: str) -> Reply:
                wanted = Request(here, {}, self._delay, MAX_BYTES, deadline, truncates=True)
                return self._request_with_retries(self._open_host(here), wanted)

            try:
                reply = _request_to_end(f"{parts.scheme}://{parts.netloc}/robots.txt", [], request)
                host.robots = parse_robots(reply.status, reply.content, "")
            except TransferError as error:
                if error.kind != "broken off" and error.reply is None:
                    raise  # the page could not be fetched either
                host.robots = parse_robots(error.reply.status if error.reply else None, b"", str(error))
        return host.robots

    def _request_with_retries(self, host: _Host, request: Request) -> Reply:
        """Send a request, each try in its turn, again if a retry may help. Raises TransferError."""
        retry, tries = transfer.RETRY, 0
        while True:
            tries += 1
            try:
                return self._request_in_turn(host, request)
            except TransferError as error:
                wait = error.wait or 0.0
                if wait > transfer.LONGEST_WAIT:
                    with contextlib.suppress(pace.TooEarlyError):  # the process that holds the file defers others too
                        pace.defer_host(self._turns, request.host, wait)
                    raise
                if not error.temporary or (error.kind == "unreachable" and tries > UNREACHABLE_RETRIES):
                    raise
                try:
                    retry = retry.increment("GET", request.url)
                except urllib3.exceptions.MaxRetryError:
                    raise error from None  # the retries are not the cause
                wait = max(wait, retry.get_backoff_time())
                if time.monotonic() + wait > request.deadline:
                    # Without the reply: a robots.txt that was tried too few times closes no site.
                    raise TransferError("too early", f"{error}, and there is no time for another try") from None
                self._wait(wait)

    def _request_in_turn(self, host: _Host, request: Request) -> Reply:
        """Wait for the turn at a host, then send a request. Raises TransferError."""
        left = request.deadline - time.monotonic()
        if left <= 0:
            raise TransferError("too early", "its redirects and retries took all the time for one page")
        max_wait = min(left, max(transfer.LONGEST_WAIT, min(2 * request.delay, LONGEST_TURN)))
        try:
            pace.take_turn(self._turns, request.host, request.delay, max_wait=max_wait, wait=self._wait)
        except pace.TooEarlyError as error:
            until = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(error.until))
            raise TransferError("too early", f"{request.host} is not to be asked before {until}") from error
        return transfer.send_request(host.session, request, self._guard)

    def _wait(self, seconds: float) -> None:
        """Wait. Raises TransferError if the fetcher is closed meanwhile."""
        if seconds > LONG_WAIT:
            log.info("waiting %.0f s, since a site asks for it", seconds)
        if self._closed.wait(seconds):
            raise TransferError("broken off", "the run is over")

    def _open_host(self, url: str) -> _Host:
        """The state of a URL's host. Raises TransferError if it is none, or private and not allowed."""
        not_web = TransferError("broken off", f"the address is none of the web ({omit_user(url)[:80]})")
        if not is_web_address(url):
            raise not_web
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc}"
        with self._opening:
            host = self._hosts.get(key)
            if host is None:
                name, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
                if is_private_host(name) and not self._guard.allows(name, port):
                    raise TransferError("private", f"{name} lies in a private network; {ALLOW_PRIVATE}")
                try:
                    host = self._hosts[key] = _Host(Session(url, self._agent, self._guard))
                except (requests.RequestException, ValueError) as error:
                    raise not_web from error
        return host


def fetch_page(url: str) -> Answer:
    """Fetch one page that a person named, also in a private network. Raises FetchError."""
    host = urlsplit(url).hostname if is_web_address(url) else None
    with Fetcher(allowed=[host] if host else []) as fetcher:
        answer = fetcher.fetch(url)
    if answer.kind != "page":
        kind = UnreachableError if answer.kind == "unreachable" else FetchError
        raise kind(answer.problem, omit_user(url), "check the address or the network")
    return answer


def _make_conditions(last: Carried) -> dict[str, str]:
    """The headers of a conditional request."""
    stated = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified}
    return {name: value for name, value in stated.items() if value and SENDABLE.fullmatch(value)}


def _request_to_end(url: str, hops: list[Hop], request: Callable[[str], Reply]) -> Reply:
    """The first reply that is not a redirect; those before it are added to `hops`. Raises TransferError."""
    reply = request(url)
    while reply.is_redirect:
        url = _follow_redirect(url, reply, hops)
        reply = request(url)
    return reply


def _follow_redirect(here: str, reply: Reply, hops: list[Hop]) -> str:
    """Where a redirect leads; it is added to the hops. Raises TransferError if it must not be followed."""
    target = reply.headers["location"]
    with contextlib.suppress(UnicodeError):
        target = target.encode("latin-1").decode("utf-8")
    try:
        there = urljoin(here, target)
    except ValueError:
        there = ""
    if not is_web_address(there):
        message = f"the server redirects to an address that is none of the web ({target[:80]})"
        raise TransferError("broken off", message, reply=reply)
    if there == here or any(hop.url == there for hop in hops):
        raise TransferError("broken off", "the server redirects in a circle", reply=reply)
    if len(hops) >= MAX_REDIRECTS:
        raise TransferError("broken off", f"the server redirects more than {MAX_REDIRECTS} times", reply=reply)
    hops.append(Hop(reply.status, there))
    return there


def _classify_reply(reply: Reply, *, is_conditional: bool) -> tuple[AnswerKind, str]:
    """The kind of answer that a reply makes, and its problem."""
    if reply.status == 304 and is_conditional:
        return "not modified", ""
    if reply.status == 304:
        return "broken off", "the server answered 304 Not Modified to a request that did not ask for that"
    if reply.status != 200:
        return "status", f"the server answered {describe_status(reply.status)}"
    if not reply.content:
        return "broken off", "the server answered with an empty page"
    return "page", ""
