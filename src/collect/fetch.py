"""The fetcher: an address in, the answer out, whatever the server does.

It says who asks, obeys robots.txt, keeps its distance, waits when it is told to, asks only for what has changed,
follows a few redirects but never out of the web or into a private network, and stops at limits of time and size. What
goes wrong on the way is told in the answer, in one line; nothing is raised for what a server does.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.utils import get_encoding_from_headers

from collect import pace, transfer
from collect.connections import ConnectionGuard, is_private_host
from collect.robots import MOST_BYTES, Robots, parse_robots
from collect.transfer import ALLOW_PRIVATE, AnswerKind, Reply, Request, Session, TransferError, describe_status
from config.errors import PolicyTasksError
from config.models import DEFAULT_DELAY
from config.paths import locate_cache_folder

log = logging.getLogger(__name__)

USER_AGENT = "policytasks/0.1 (open data from public plans; contact: {contact})"
CONTACT = "the policytasks contributors, by an issue of the project"
MOST_REDIRECTS = 5
# A site that asks for long pauses is waited for so many seconds, and a pause longer than this is told.
MOST_PATIENCE, LONG_WAIT = 900.0, 10.0
# A host that cannot be reached at all is tried once more.
RETRY_UNREACHABLE = 1

PERMANENT = frozenset([301, 308])
# What of a server's words can be said back to it in a header.
SENDABLE = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,500}")


class UnreachableError(PolicyTasksError):
    """No connection came about: no network, no such host, a refused or timed out connection."""


class NoPageError(PolicyTasksError):
    """A connection came about, and no page: an HTTP error, a broken or too large answer, no permission."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of a page that tells whether it has changed, and the address that it said it of."""

    url: str
    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The conditional request's headers."""
        stated = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in stated.items() if value and SENDABLE.fullmatch(value)}


@dataclass(frozen=True, slots=True)
class Hop:
    """A redirect: the status that asked for it, and where it led."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking for an address.

    `landed` is where redirects led. `content` is the body without transfer and content coding, empty unless `came` is
    "page". `trouble` is one line, empty where there is none. `seconds` are from the first request to the last byte.
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

    def drop_content(self) -> Answer:
        """The same without the body, which is archived and need not be kept in memory."""
        return replace(self, content=b"")

    @property
    def is_moved_permanently(self) -> bool:
        """Whether every redirect says that it will stay."""
        return bool(self.hops) and all(hop.status in PERMANENT for hop in self.hops)

    @property
    def media_type(self) -> str:
        """The media type as declared, in lower case and without parameters."""
        declared = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return declared or "application/octet-stream"

    @property
    def encoding(self) -> str | None:
        """The character encoding as declared; None where the server declared none."""
        declared = self.headers.get("content-type", "")
        return (
            (get_encoding_from_headers({"content-type": declared}) or None) if "charset" in declared.lower() else None
        )


@dataclass
class _Host:
    """What is kept of one host while a run lasts; whoever asks the host holds the lock."""

    session: Session
    lock: threading.Lock = field(default_factory=threading.Lock)
    robots: Robots | None = None


class Fetcher:
    """Asks hosts for pages; holds the connections, one session a host, while a run lasts.

    `delay` is the least number of seconds between two requests to one host, `allowed` are the hosts (or host:port)
    that may lie in a private network; `contact` tells a site's owner whom to turn to. Threads may share a fetcher:
    each host is asked by one of them at a time.
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
        self._agent = USER_AGENT.format(contact=contact or CONTACT)
        self._turns = (state or locate_cache_folder()) / "turns"
        self._guard = ConnectionGuard(frozenset(allowed))
        self._hosts: dict[str, _Host] = {}
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
        """Let go of all connections; what is under way ends at once."""
        self._closed.set()
        self._guard.close()
        for lane in self._hosts.values():
            lane.session.close()

    def fetch(self, url: str, validators: Validators | None = None) -> Answer:
        """Ask for a page; with `known`, only if it has changed since."""
        begun = time.monotonic()
        here, hops = url, list[Hop]()
        reply: Reply | None = None
        try:
            _check_url(url)
            while True:
                conditions = validators.headers if validators and validators.url == here else {}
                reply = self._request_if_allowed(here, conditions)
                if not reply.is_redirect:
                    break
                here = _follow_redirect(here, reply, hops)
            came, trouble = _classify_reply(reply, asked_if=bool(conditions))
        except TransferError as error:
            reply = error.reply
            came, trouble = error.kind, str(error)
        return Answer(
            url=url,
            landed=here,
            kind=came,
            hops=tuple(hops),
            status=reply.status if reply else None,
            headers=reply.headers if reply else {},
            content=reply.content if reply and came == "page" else b"",
            problem=trouble,
            seconds=round(time.monotonic() - begun, 3),
        )

    def _request_if_allowed(self, url: str, conditions: Mapping[str, str]) -> Reply:
        """Ask for one address without following redirects, if robots.txt and the gatekeeper let us."""
        lane = self._open_host(url)
        with lane.lock:
            robots = self._load_robots(lane, url)
            if robots.closed:
                raise TransferError("broken off", robots.closed)
            if robots.forbids(url):
                raise TransferError("robots", "the site's robots.txt forbids it to programs like this one")
            return self._request_with_retries(lane, Request(url, conditions, max(self._delay, robots.delay)))

    def _load_robots(self, lane: _Host, url: str) -> Robots:
        parts = urlsplit(url)
        if lane.robots is None:
            here, hops = f"{parts.scheme}://{parts.netloc}/robots.txt", list[Hop]()
            try:
                while True:
                    reply = self._request_with_retries(
                        self._open_host(here), Request(here, {}, self._delay, MOST_BYTES, truncates=True)
                    )
                    if not reply.is_redirect:
                        break
                    here = _follow_redirect(here, reply, hops)
                lane.robots = parse_robots(reply.status, reply.content, "")
            except TransferError as error:
                if error.kind != "broken off" and error.reply is None:
                    raise  # the page would fare no better
                lane.robots = parse_robots(error.reply.status if error.reply else None, b"", str(error))
        return lane.robots

    def _request_with_retries(self, lane: _Host, request: Request) -> Reply:
        """One request, tried again where that may help, each try in its turn."""
        retry, tries = transfer.RETRY, 0
        while True:
            tries += 1
            try:
                return self._request_in_turn(lane, request)
            except TransferError as error:
                wait = error.wait or 0.0
                if wait > transfer.LONGEST_WAIT:
                    pace.defer(self._turns, request.host, wait)
                    raise
                if not error.temporary or (error.kind == "unreachable" and tries > RETRY_UNREACHABLE):
                    raise
                try:
                    retry = retry.increment("GET", request.url)
                except urllib3.exceptions.MaxRetryError:
                    raise error from None
                self._wait(max(wait, retry.get_backoff_time()))

    def _request_in_turn(self, lane: _Host, request: Request) -> Reply:
        most_wait = max(transfer.LONGEST_WAIT, min(2 * request.delay, MOST_PATIENCE))
        try:
            pace.take_turn(self._turns, request.host, request.delay, max_wait=most_wait, wait=self._wait)
        except pace.TooEarlyError as error:
            until = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(error.until))
            raise TransferError("too early", f"{request.host} is not to be asked before {until}") from None
        return transfer.send_request(lane.session, request, self._guard)

    def _wait(self, seconds: float) -> None:
        if seconds > LONG_WAIT:
            log.info("waiting %.0f s, since a site asks for it", seconds)
        if self._closed.wait(seconds):
            raise TransferError("broken off", "the run is over")

    def _open_host(self, url: str) -> _Host:
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc}"
        with self._opening:
            lane = self._hosts.get(key)
            if lane is None:
                host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
                if is_private_host(host) and not self._guard.allows(host, port):
                    raise TransferError("private", f"{host} lies in a private network; {ALLOW_PRIVATE}")
                try:
                    lane = self._hosts[key] = _Host(Session(url, self._agent, self._guard))
                except (requests.RequestException, ValueError):
                    raise TransferError("broken off", f"the address is none of the web ({url[:80]})") from None
        return lane


def fetch_page(url: str) -> Answer:
    """Fetch one page that a person named, wherever its host lies.

    Raises UnreachableError or RefusedError, each with one line.
    """
    try:
        _check_url(url)
    except TransferError as error:
        raise NoPageError(str(error)) from None
    with Fetcher(allowed=[urlsplit(url).hostname or ""]) as fetcher:
        answer = fetcher.fetch(url)
    if answer.kind == "unreachable":
        raise UnreachableError(answer.problem)
    if answer.kind != "page":
        raise NoPageError(answer.problem)
    return answer


def _check_url(url: str) -> None:
    """Raise where an address is none of the web."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise TransferError("broken off", f"the address is none of the web ({url[:80]})")


def _follow_redirect(here: str, reply: Reply, hops: list[Hop]) -> str:
    """Where a redirect leads, noted among the hops; raises where it is not to be followed."""
    target = reply.headers["location"]
    with contextlib.suppress(UnicodeError):
        target = target.encode("latin-1").decode("utf-8")
    try:
        there = urljoin(here, target)
        _check_url(there)
    except (TransferError, ValueError):
        said = f"the server redirects to an address that is none of the web ({target[:80]})"
        raise TransferError("broken off", said, reply=reply) from None
    if there == here or any(hop.url == there for hop in hops):
        raise TransferError("broken off", "the server redirects in a circle", reply=reply)
    if len(hops) >= MOST_REDIRECTS:
        raise TransferError("broken off", f"the server redirects more than {MOST_REDIRECTS} times", reply=reply)
    hops.append(Hop(reply.status, there))
    return there


def _classify_reply(reply: Reply, *, asked_if: bool) -> tuple[AnswerKind, str]:
    """How an answer came out, and what is wrong with it."""
    if reply.status == 304 and asked_if:
        return "not modified", ""
    if reply.status == 304:
        return "broken off", "the server answered 304 Not Modified to a request that did not ask for that"
    if reply.status != 200:
        return "status", f"the server answered {describe_status(reply.status)}"
    if not reply.content:
        return "broken off", "the server answered with an empty page"
    return "page", ""
