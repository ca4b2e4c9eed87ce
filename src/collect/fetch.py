"""The fetcher: an address in, the answer out, whatever the server does.

It says who asks, obeys robots.txt, keeps its distance, waits when it is told to, asks only for what has changed,
follows a few redirects but never out of the web or into a private network, and stops at limits of time and size. What
goes wrong on the way is told in the answer, in one line; nothing is raised for what a server does.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Literal
from urllib.parse import urljoin, urlsplit

import platformdirs
import requests
import urllib3
from requests.cookies import extract_cookies_to_jar
from requests.utils import get_encoding_from_headers, get_environ_proxies
from urllib3.util import Retry

from collect import pace
from collect.connections import Gatekeeper, GuardedAdapter, PrivateAddressError, Transfer, names_private_place
from collect.dataset import DELAY
from collect.robots import MOST_BYTES, Robots, read_robots

USER_AGENT = "policytasks/0.1 (open data from public plans; contact: {contact})"
CONTACT = "the policytasks contributors, by an issue of the project"
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
TRANSFER_SECONDS = 60.0
MAX_BYTES = 50_000_000
# So much of an answer that is no page is read, that its connection can be used again.
ERROR_BYTES = 65_536
LONGEST_HEADER = 1_000
MOST_REDIRECTS = 5
# A wait for a host's turn, or one that a server asks for, that is longer than this is left to a later run.
LONGEST_WAIT = 60.0

# A server that is busy says so with these; anything else that fails will fail again.
RETRY = Retry(total=2, backoff_factor=1.0, backoff_jitter=0.5, status_forcelist=(429, 500, 502, 503, 504))
# A host that cannot be reached at all is tried once more.
RETRY_UNREACHABLE = 1

REDIRECTS = frozenset([301, 302, 303, 307, 308])
PERMANENT = frozenset([301, 308])
# The headers of an answer that are kept on record: what the content is, and what tells whether it changed.
KEPT_HEADERS = (
    "content-type",
    "content-encoding",
    "content-language",
    "content-length",
    "etag",
    "last-modified",
    "date",
    "retry-after",
    "location",
    "server",
)

# An address that a request takes as it is: nothing in it has to be encoded.
PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.:-]+/[A-Za-z0-9/._~?=&-]*")

# How an answer came out: a page; not modified since the last one; another status of HTTP; no permission by robots.txt;
# a private address; an answer that broke off, was too slow, too large or not HTTP; a wait that is not over; no
# connection at all.
Came = Literal["page", "not modified", "status", "robots", "private", "broken off", "too early", "unreachable"]


class UnreachableError(RuntimeError):
    """No connection came about: no network, no such host, a refused or timed out connection."""


class RefusedError(RuntimeError):
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
        return {name: value for name, value in stated.items() if value}


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
    came: Came
    hops: tuple[Hop, ...] = ()
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    trouble: str = ""
    seconds: float = 0.0

    def without_content(self) -> Answer:
        """The same without the body, which is archived and need not be kept in memory."""
        return replace(self, content=b"")

    @property
    def moved_for_good(self) -> bool:
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
        return get_encoding_from_headers({"content-type": declared}) if "charset" in declared.lower() else None


@dataclass(frozen=True, slots=True)
class _Request:
    """One request: to whom, and within which bounds. `cut` says that a longer body is cut, not refused."""

    url: str
    headers: Mapping[str, str]
    delay: float
    most: int = MAX_BYTES
    cut: bool = False

    @property
    def host(self) -> str:
        """The host with its port, where it names one."""
        return urlsplit(self.url).netloc.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back of one request."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def redirects(self) -> bool:
        """Whether it leads on to another address."""
        return self.status in REDIRECTS and "location" in self.headers


class _TroubleError(Exception):
    """An answer that is none; `passing` where trying again may help, after `wait` seconds if the server said so."""

    def __init__(
        self,
        came: Came,
        said: str,
        *,
        passing: bool = False,
        wait: float | None = None,
        reply: _Reply | None = None,
    ) -> None:
        super().__init__(said)
        self.came, self.passing, self.wait, self.reply = came, passing, wait, reply


class _Session(requests.Session):
    """A session with one host.

    Requests go straight through its adapter: redirects are ours to follow (the library would read their bodies,
    however large), and what is the same for all requests is worked out once.
    """

    def __init__(self, url: str, agent: str, gatekeeper: Gatekeeper) -> None:
        super().__init__()
        self.headers["User-Agent"] = agent
        self.headers["Accept-Encoding"] = "gzip, deflate"
        # The environment is asked once a host, not once a request, and for no passwords.
        self.trust_env = False
        self.proxies = get_environ_proxies(url)
        self.verified_by = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        self.adapter = GuardedAdapter(gatekeeper)
        self.mount(f"{urlsplit(url).scheme}://", self.adapter)
        self.template = self.prepare_request(requests.Request("GET", url))


@dataclass
class _Lane:
    """What is kept of one host while a run lasts; whoever asks the host holds the lock."""

    session: _Session
    lock: threading.Lock = field(default_factory=threading.Lock)
    robots: Robots | None = None

    def send(self, request: _Request) -> requests.Response:
        """Send a request and wait for the head of the answer."""
        session = self.session
        prepared = session.template.copy()
        if PLAIN_ADDRESS.fullmatch(request.url):
            prepared.url = request.url
        else:
            prepared.prepare_url(request.url, None)
        prepared.headers.update(request.headers)
        if session.cookies:
            prepared.prepare_cookies(session.cookies)
        response = session.adapter.send(
            prepared,
            stream=True,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            verify=session.verified_by,
            proxies=session.proxies,
        )
        if "set-cookie" in response.headers:
            extract_cookies_to_jar(session.cookies, prepared, response.raw)  # type: ignore[no-untyped-call]
        return response


class Fetcher:
    """Asks hosts for pages; holds the connections, one session a host, while a run lasts.

    `delay` is the least number of seconds between two requests to one host, `allowed` are the hosts (or host:port)
    that may lie in a private network; `contact` tells a site's owner whom to turn to. Threads may share a fetcher:
    each host is asked by one of them at a time.
    """

    def __init__(
        self,
        *,
        delay: float = DELAY,
        allowed: Iterable[str] = (),
        contact: str | None = None,
        state: Path | None = None,
    ) -> None:
        self._delay = delay
        self._agent = USER_AGENT.format(contact=contact or CONTACT)
        self._turns = (state or state_folder()) / "turns"
        self._gatekeeper = Gatekeeper(frozenset(allowed))
        self._lanes: dict[str, _Lane] = {}
        self._opening = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def is_over(self) -> bool:
        """Whether it has been closed."""
        return self._over.is_set()

    def close(self) -> None:
        """Let go of all connections; what is under way ends at once."""
        self._over.set()
        self._gatekeeper.close()
        for lane in self._lanes.values():
            lane.session.close()

    def fetch(self, url: str, known: Validators | None = None) -> Answer:
        """Ask for a page; with `known`, only if it has changed since."""
        begun = time.monotonic()
        here, hops = url, list[Hop]()
        reply: _Reply | None = None
        try:
            _checked(url)
            while True:
                conditions = known.headers if known and known.url == here else {}
                reply = self._permitted(here, conditions)
                if not reply.redirects:
                    break
                here = _followed(here, reply, hops)
            came, trouble = _judged(reply, asked_if=bool(conditions))
        except _TroubleError as error:
            reply = error.reply
            came, trouble = error.came, str(error)
        return Answer(
            url=url,
            landed=here,
            came=came,
            hops=tuple(hops),
            status=reply.status if reply else None,
            headers=reply.headers if reply else {},
            content=reply.content if reply and came == "page" else b"",
            trouble=trouble,
            seconds=round(time.monotonic() - begun, 3),
        )

    def _permitted(self, url: str, conditions: Mapping[str, str]) -> _Reply:
        """Ask for one address without following redirects, if robots.txt and the gatekeeper let us."""
        lane = self._lane(url)
        with lane.lock:
            robots = self._robots(lane, url)
            if robots.closed:
                raise _TroubleError("broken off", robots.closed)
            if robots.forbids(url):
                raise _TroubleError("robots", "the site's robots.txt forbids it to programs like this one")
            return self._asked(lane, _Request(url, conditions, max(self._delay, robots.delay)))

    def _robots(self, lane: _Lane, url: str) -> Robots:
        parts = urlsplit(url)
        if lane.robots is None:
            here, hops = f"{parts.scheme}://{parts.netloc}/robots.txt", list[Hop]()
            try:
                while True:
                    reply = self._asked(self._lane(here), _Request(here, {}, self._delay, MOST_BYTES, cut=True))
                    if not reply.redirects:
                        break
                    here = _followed(here, reply, hops)
                lane.robots = read_robots(reply.status, reply.content, "")
            except _TroubleError as error:
                if error.came != "broken off" and error.reply is None:
                    raise  # the page would fare no better
                lane.robots = read_robots(error.reply.status if error.reply else None, b"", str(error))
        return lane.robots

    def _asked(self, lane: _Lane, request: _Request) -> _Reply:
        """One request, tried again where that may help, each try in its turn."""
        retry, tries = RETRY, 0
        while True:
            tries += 1
            try:
                return self._once(lane, request)
            except _TroubleError as error:
                wait = error.wait or 0.0
                if wait > LONGEST_WAIT:
                    pace.defer(self._turns, request.host, wait)
                    raise
                if not error.passing or (error.came == "unreachable" and tries > RETRY_UNREACHABLE):
                    raise
                try:
                    retry = retry.increment("GET", request.url)
                except urllib3.exceptions.MaxRetryError:
                    raise error from None
                self._wait(max(wait, retry.get_backoff_time()))

    def _once(self, lane: _Lane, request: _Request) -> _Reply:
        most_wait = max(LONGEST_WAIT, 2 * request.delay)
        try:
            pace.take_turn(self._turns, request.host, request.delay, most=most_wait, wait=self._wait)
        except pace.TooEarlyError as error:
            until = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(error.until))
            raise _TroubleError("too early", f"{request.host} is not to be asked before {until}") from None
        with self._gatekeeper.within(TRANSFER_SECONDS) as transfer, _told(transfer):
            response = lane.send(request)
            with response:
                found = response.status_code == 200
                content = _body(response, request.most if found else ERROR_BYTES, cut=request.cut or not found)
        kept = {name: response.headers[name][:LONGEST_HEADER] for name in KEPT_HEADERS if name in response.headers}
        reply = _Reply(response.status_code, kept, content)
        if reply.status in RETRY.status_forcelist:
            raise _busy(reply, response)
        return reply

    def _wait(self, seconds: float) -> None:
        if self._over.wait(seconds):
            raise _TroubleError("broken off", "the run is over")

    def _lane(self, url: str) -> _Lane:
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc}"
        with self._opening:
            lane = self._lanes.get(key)
            if lane is None:
                host, port = parts.hostname or "", parts.port
                if names_private_place(host) and not self._gatekeeper.permits(host, port):
                    raise _TroubleError("private", f"{host} lies in a private network; {_MEND_PRIVATE}")
                lane = self._lanes[key] = _Lane(_Session(url, self._agent, self._gatekeeper))
        return lane


_MEND_PRIVATE = "if it is meant, name it under allow_hosts in the dataset's file"


def state_folder() -> Path:
    """Where this user's programs keep what can be made again; `POLICYTASKS_CACHE` names another place."""
    named = os.environ.get("POLICYTASKS_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("policytasks")


def fetch_page(url: str) -> Answer:
    """Fetch one page that a person named, wherever its host lies.

    Raises UnreachableError or RefusedError, each with one line.
    """
    parts = urlsplit(url)
    with Fetcher(allowed=[parts.hostname or ""]) as fetcher:
        answer = fetcher.fetch(url)
    if answer.came == "unreachable":
        raise UnreachableError(answer.trouble)
    if answer.came != "page":
        raise RefusedError(answer.trouble)
    return answer


def _checked(url: str) -> None:
    """Raise where an address is none of the web."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise _TroubleError("broken off", f"the address is none of the web ({url[:80]})")


def _followed(here: str, reply: _Reply, hops: list[Hop]) -> str:
    """Where a redirect leads, noted among the hops; raises where it is not to be followed."""
    target = reply.headers["location"]
    try:
        there = urljoin(here, target)
        _checked(there)
    except (_TroubleError, ValueError):
        said = f"the server redirects to an address that is none of the web ({target[:80]})"
        raise _TroubleError("broken off", said, reply=reply) from None
    if there == here or any(hop.url == there for hop in hops):
        raise _TroubleError("broken off", "the server redirects in a circle", reply=reply)
    if len(hops) >= MOST_REDIRECTS:
        raise _TroubleError("broken off", f"the server redirects more than {MOST_REDIRECTS} times", reply=reply)
    hops.append(Hop(reply.status, there))
    return there


def _judged(reply: _Reply, *, asked_if: bool) -> tuple[Came, str]:
    """How an answer came out, and what is wrong with it."""
    if reply.status == 304 and asked_if:
        return "not modified", ""
    if reply.status == 304:
        return "broken off", "the server answered 304 Not Modified to a request that did not ask for that"
    if reply.status != 200:
        return "status", f"the server answered {_status_line(reply.status)}"
    if not reply.content:
        return "broken off", "the server answered with an empty page"
    return "page", ""


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _body(response: requests.Response, most: int, *, cut: bool) -> bytes:
    """The body, decoded, at most so many bytes: what is more is cut, or else refused."""
    declared = response.headers.get("Content-Length", "")
    too_large = _TroubleError("broken off", f"the page is larger than {most // 1_000_000} MB")
    if not cut and declared.isdigit() and int(declared) > most:
        raise too_large
    parts, size = [], 0
    # What has come is looked at at once: a server that sends byte by byte is not waited for.
    while part := response.raw.read1(65_536, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > most:
            if not cut:
                raise too_large
            break
    return b"".join(parts)[:most]


def _busy(reply: _Reply, response: requests.Response) -> _TroubleError:
    try:
        wait = RETRY.get_retry_after(response.raw)
    except urllib3.exceptions.InvalidHeader:
        wait = None
    alone = f", and asks to be left alone for {wait:.0f} s" if wait and wait > LONGEST_WAIT else ""
    said = f"the server answered {_status_line(reply.status)}{alone}"
    return _TroubleError("status", said, passing=True, wait=wait, reply=reply)


# What the libraries say where a transfer fails: how that came out, in our words.
FAILURES: tuple[tuple[str, Came, str], ...] = (
    ("NameResolution", "unreachable", "the host's name cannot be resolved"),
    ("getaddrinfo", "unreachable", "the host's name cannot be resolved"),
    ("ProxyError", "unreachable", "the proxy of this machine does not let us out"),
    ("Connection refused", "unreachable", "the connection was refused"),
    ("ConnectTimeout", "unreachable", "no answer in time"),
    ("Network is unreachable", "unreachable", "there is no network"),
    ("No route to host", "unreachable", "there is no way to the host"),
    ("CERTIFICATE_VERIFY_FAILED", "broken off", "the server's certificate does not verify"),
    ("SSLError", "broken off", "no secure connection could be agreed on"),
    ("timed out", "broken off", "no answer in time"),
    ("IncompleteRead", "broken off", "the answer broke off"),
    ("InvalidChunkLength", "broken off", "the answer broke off"),
    ("Connection aborted", "broken off", "the connection broke off"),
    ("reset by peer", "broken off", "the connection broke off"),
)
# Failures that come again when one tries again.
LASTING = frozenset(["the server's certificate does not verify"])


@contextmanager
def _told(transfer: Transfer) -> Iterator[None]:
    """Tell in one line what the libraries raise while a transfer lasts."""
    too_slow = _TroubleError("broken off", f"the page took longer than {TRANSFER_SECONDS:.0f} s")
    try:
        yield
        if transfer.expired:  # what ended it can look like the end of the page
            raise too_slow
    except _TroubleError:
        raise
    except PrivateAddressError as error:
        raise _TroubleError("private", f"{error}; {_MEND_PRIVATE}") from None
    except (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError):
        raise _TroubleError("broken off", "the page's compression is broken") from None
    except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
        raise _TroubleError("broken off", "the address is none of the web") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        if transfer.expired:
            raise too_slow from None
        came, said = _reason(error)
        raise _TroubleError(came, said, passing=said not in LASTING) from None


def _reason(error: Exception) -> tuple[Came, str]:
    """How it came out and the cause in words, without the chain of class names that libraries wrap around it."""
    text = f"{type(error).__name__}: {error!r}"
    for mark, came, words in FAILURES:
        if mark in text:
            return came, words
    said = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    return "broken off", said
