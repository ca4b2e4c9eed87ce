"""One HTTP request over one connection: a `Request` in, a `Reply` out, or a `TransferError` with one line.

A transfer has limits of time and size. What the libraries raise is put into words by one table, FAILURES. These words
are put on record as the reason of a check, so they stay as they are.
"""

from __future__ import annotations

import errno
import http.client
import os
import re
import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.util import find_spec
from socket import gaierror
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from requests.cookies import extract_cookies_to_jar
from requests.utils import get_environ_proxies, select_proxy
from urllib3.util import Retry

from collect.archive import AnswerKind
from collect.connections import ConnectionGuard, GuardedAdapter, PrivateAddressError, Transfer
from collect.decoding import NO_CODING, BodyDecoder, UnknownCodingError
from collect.pace import LONGEST_DEFERRAL
from config.models import is_web_address
from config.text import summarise_message

# Limits of one transfer: connecting, waiting for the next bytes, and all of it.
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
TRANSFER_SECONDS = 60.0
MAX_BYTES = 50_000_000
# So much of an answer that is not a page is read, so that its connection can be used again.
ERROR_BYTES = 65_536
# A body is read and decoded in pieces of at most so many bytes.
PIECE_BYTES = 65_536
# A longer number in a header is larger than any limit, and costs time to be read.
LONGEST_NUMBER = 15
# Headers are kept up to a length each (an address up to that of a source) and in sum; the record of a check names those
# that are too long.
LONGEST_HEADER, LONGEST_LOCATION, LONGEST_HEADERS = 500, 2_083, 4_000
# If a server asks for a longer wait than this (seconds), the page is left to a later run.
LONGEST_WAIT = 60.0

# The statuses of a busy server; a request with any other status would fail again. A wait is read as the server states
# it, and not cut to six hours; `pace.py` has the longest that is kept.
RETRY = Retry(
    total=2,
    backoff_factor=1.0,
    backoff_jitter=0.5,
    status_forcelist=(429, 500, 502, 503, 504),
    retry_after_max=10**LONGEST_NUMBER,
)

ALLOW_PRIVATE = "if it is meant, name it under allow_hosts in the dataset's file"
REDIRECTS = frozenset([301, 302, 303, 307, 308])
# The headers of an answer that are kept on record: what the content is, and what tells whether it changed.
KEPT_HEADERS = (
    "content-type",
    "content-encoding",
    "location",
    "etag",
    "last-modified",
    "content-length",
    "content-language",
    "date",
    "retry-after",
    "server",
)
# The key under which the headers that are too long are named; no header has such a name.
LEFT_OUT = "(too long)"

# A range that begins with the first byte: its last byte, and the number of all.
WHOLE_RANGE = re.compile(r"\s*bytes\s+0+-([0-9]{1,15})/([0-9]{1,15})\s*", re.IGNORECASE)
# An address that needs no encoding.
PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.:-]+/[A-Za-z0-9/._~?=&-]*")


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `delay` is the pause at its host in seconds. If `truncates`, a body over `max_bytes` is cut.

    It is not sent after the `deadline` (monotonic seconds).
    """

    url: str
    headers: Mapping[str, str]
    delay: float
    max_bytes: int
    deadline: float
    truncates: bool = False

    @property
    def host(self) -> str:
        """The host, with the port if the address has one."""
        return urlsplit(self.url).netloc.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request; `content` has its content coding undone.

    `is_open_ended`: nothing but the close of the connection says where the body ends, so that it may have broken off.
    """

    status: int
    headers: dict[str, str]
    content: bytes
    is_open_ended: bool = False

    @property
    def is_redirect(self) -> bool:
        """Whether it redirects to another address."""
        return self.status in REDIRECTS and "location" in self.headers


class TransferError(Exception):
    """A transfer that gave no page; if `temporary`, a retry may help, after `wait` seconds if given."""

    def __init__(
        self,
        kind: AnswerKind,
        message: str,
        *,
        temporary: bool = False,
        wait: float | None = None,
        reply: Reply | None = None,
    ) -> None:
        super().__init__(message)
        self.kind, self.temporary, self.wait, self.reply = kind, temporary, wait, reply


class Session(requests.Session):
    """A session with one host.

    Requests go straight to its adapter, without `requests`' own redirects, which would read bodies of any size; and
    what is the same in all requests is prepared once.
    """

    def __init__(self, url: str, agent: str, guard: ConnectionGuard) -> None:
        super().__init__()
        self.headers["User-Agent"] = agent
        self.headers["Accept-Encoding"] = "gzip, deflate"
        # Proxies are read from the environment once for each host, and passwords (.netrc) never.
        self.trust_env = False
        self.proxies = get_environ_proxies(url)
        self.verify_with = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        self.adapter = GuardedAdapter(guard)
        self.mount(f"{urlsplit(url).scheme}://", self.adapter)
        self.template = self.prepare_request(requests.Request("GET", url))


def send_request(session: Session, request: Request, guard: ConnectionGuard) -> Reply:
    """Send a request and read the answer. Raises TransferError if there is none, or none that can be used."""
    prepared = session.template.copy()
    with guard.limit_time(TRANSFER_SECONDS) as transfer, _translate_errors(transfer):
        if PLAIN_ADDRESS.fullmatch(request.url):
            prepared.url = request.url
        else:
            prepared.prepare_url(request.url, None)
        _check_proxy(request.url, session.proxies)
        prepared.headers.update(request.headers)
        if session.cookies:
            prepared.prepare_cookies(session.cookies)
        response = session.adapter.send(
            prepared,
            stream=True,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            verify=session.verify_with,
            proxies=session.proxies,
        )
        with response:
            is_success = 200 <= response.status_code < 300
            content = _read_body(response, request) if is_success else _skip_body(response)
    if "set-cookie" in response.headers:
        extract_cookies_to_jar(session.cookies, prepared, response.raw)  # type: ignore[no-untyped-call]
    reply = Reply(response.status_code, _select_headers(response.headers), content, _is_open_ended(response.headers))
    if reply.status in RETRY.status_forcelist:
        raise _make_busy_error(reply, response)
    return reply


def describe_status(status: int) -> str:
    """An HTTP status with its name, such as "404 Not Found"."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _select_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers to keep, the more important first, and the names of those that are too long."""
    kept: dict[str, str] = {}
    left_out = []
    for name in KEPT_HEADERS:
        value = headers.get(name)
        if value is None:
            continue
        longest = LONGEST_LOCATION if name == "location" else LONGEST_HEADER
        if len(value) <= min(longest, LONGEST_HEADERS - sum(map(len, kept.values()))):
            kept[name] = value
        else:
            left_out.append(name)
    return kept | ({LEFT_OUT: ", ".join(left_out)} if left_out else {})


def _read_body(response: requests.Response, request: Request) -> bytes:
    """The decoded body; if it has more than `max_bytes`, it is cut if `truncates`, else TransferError is raised."""
    most = request.max_bytes
    too_large = TransferError("broken off", f"the page is larger than {most // 1_000_000} MB")
    if (transfer_coding := response.headers.get("Transfer-Encoding", "identity")).lower() not in (
        "identity",
        "chunked",
    ):
        raise UnknownCodingError(f"the server sent it in a coding that nobody asked for ({transfer_coding[:40]})")
    declared = _read_length(response.headers)
    if not request.truncates and declared is not None and (len(declared) > LONGEST_NUMBER or int(declared) > most):
        raise too_large
    if response.status_code == HTTPStatus.OK and not _is_whole_range(
        content_range := response.headers.get("Content-Range")
    ):
        raise TransferError("broken off", f"the server sent only a part of the page ({str(content_range)[:40]})")
    body = BodyDecoder(response.headers.get("Content-Encoding", ""), most)
    # Each piece counts when it comes, so that a server that sends without end is stopped early.
    while piece := response.raw.read1(PIECE_BYTES, decode_content=False):
        body.add_piece(piece)
        if body.is_too_large:
            if not request.truncates:
                raise too_large
            return bytes(body.content[:most])
    if not body.is_whole:
        raise urllib3.exceptions.IncompleteRead(len(body.content), 1)  # as for a body shorter than its declared length
    return bytes(body.content)


def _read_length(headers: Mapping[str, str]) -> str | None:
    """The digits of the length that a body has by its headers; None if its chunks say where it ends, or nothing does.

    Raises TransferError for a length that cannot be read: what comes may then break off unnoticed.
    """
    declared = headers.get("Content-Length")
    if declared is None or _is_chunked(headers):
        return None
    first, *others = (value.strip() for value in declared.split(","))
    if any(value != first for value in others) or not (first.isascii() and first.isdecimal()):
        raise TransferError("broken off", f"the server states a length that is no number ({declared[:40]})")
    return first


def _is_whole_range(content_range: str | None) -> bool:
    """Whether what comes is the whole page, by the header Content-Range, which whole pages do not need."""
    match = WHOLE_RANGE.fullmatch(content_range or "bytes 0-0/1")
    return match is not None and int(match[1]) + 1 == int(match[2])


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return headers.get("Transfer-Encoding", "").lower() == "chunked"


def _is_open_ended(headers: Mapping[str, str]) -> bool:
    """Whether neither a length, nor chunks, nor the content coding say where a body ends."""
    coding = headers.get("Content-Encoding", "").strip().lower()
    return "Content-Length" not in headers and not _is_chunked(headers) and coding in NO_CODING


def _skip_body(response: requests.Response) -> bytes:
    """No bytes: the body of an answer that is not a page is read, up to ERROR_BYTES, and not decoded."""
    size = 0
    while size <= ERROR_BYTES and (piece := response.raw.read1(PIECE_BYTES, decode_content=False)):
        size += len(piece)
    return b""


def _make_busy_error(reply: Reply, response: requests.Response) -> TransferError:
    asked = response.headers.get("Retry-After", "").strip()
    try:
        # The first digits of a number that is too long are more than any wait.
        wait = RETRY.parse_retry_after(asked[:LONGEST_NUMBER] if asked.isdecimal() else asked)
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        wait = None
    message = f"the server answered {describe_status(reply.status)}"
    if wait and wait > LONGEST_WAIT:
        message += f", and asks to be left alone for {wait:.0f} s"
        message += f"; it is for {LONGEST_DEFERRAL:.0f} s" if wait > LONGEST_DEFERRAL else ""
    return TransferError("status", message, temporary=True, wait=wait, reply=reply)


# A type, or a number of the system, of an error of the libraries or of one of its causes; the kind of answer that it
# means, and the reason to put on record. Their texts hold words of the server, and decide nothing.
FAILURES: tuple[tuple[type[BaseException] | int, AnswerKind, str], ...] = (
    (requests.exceptions.ProxyError, "unreachable", "the proxy of this machine does not let us out"),
    (urllib3.exceptions.ProxyError, "unreachable", "the proxy of this machine does not let us out"),
    (gaierror, "unreachable", "the host's name cannot be resolved"),
    (urllib3.exceptions.NameResolutionError, "unreachable", "the host's name cannot be resolved"),
    (ConnectionRefusedError, "unreachable", "the connection was refused"),
    (urllib3.exceptions.ConnectTimeoutError, "unreachable", "no answer in time"),
    (errno.ENETUNREACH, "unreachable", "there is no network"),
    (errno.EHOSTUNREACH, "unreachable", "there is no way to the host"),
    (ssl.SSLCertVerificationError, "broken off", "the server's certificate does not verify"),
    (ssl.SSLError, "broken off", "no secure connection could be agreed on"),
    (urllib3.exceptions.SSLError, "broken off", "no secure connection could be agreed on"),
    (TimeoutError, "broken off", "no answer in time"),
    (urllib3.exceptions.TimeoutError, "broken off", "no answer in time"),
    (http.client.IncompleteRead, "broken off", "the answer broke off"),
    (ConnectionError, "broken off", "the connection broke off"),
    (urllib3.exceptions.ProtocolError, "broken off", "the connection broke off"),
)
# Failures that a retry cannot help.
LASTING = frozenset(["the server's certificate does not verify"])


def _check_proxy(url: str, proxies: Mapping[str, str]) -> None:
    """Raise TransferError if the proxy for an address cannot be one; its address, a secret, is not told."""
    proxy = select_proxy(url, proxies)
    if not proxy:
        return
    scheme, separator, rest = proxy.partition("://")
    scheme, rest = (scheme.lower(), rest) if separator else ("http", proxy)
    is_socks = scheme.startswith("socks")
    if is_socks and not find_spec("socks"):
        problem = "needs PySocks, which is not installed"
    elif not is_web_address(f"http://{rest}") or not (is_socks or scheme in ("http", "https")):
        problem = "is not an address"
    elif not unquote(rest).isascii():  # the client sends a user and a password in a header
        problem = "has characters other than those of ASCII"
    else:
        return
    names = [f"{kind}_proxy" for kind in (urlsplit(url).scheme.lower(), "all")]
    name = next((form for name in names for form in (name, name.upper()) if os.environ.get(form)), "of the system")
    raise TransferError("unreachable", f"the proxy setting of this machine, {name}, {problem}")


@contextmanager
def _translate_errors(transfer: Transfer) -> Iterator[None]:
    """Raise TransferError in place of what the libraries raise during a transfer."""
    too_slow = TransferError("broken off", f"the page took longer than {TRANSFER_SECONDS:.0f} s")
    try:
        yield
        if transfer.expired:  # which can look like the end of the page
            raise too_slow
    except TransferError:
        raise
    except PrivateAddressError as error:
        raise TransferError("private", f"{error}; {ALLOW_PRIVATE}") from error
    except zlib.error as error:
        raise TransferError("broken off", "the page's compression is broken") from error
    except UnknownCodingError as error:
        raise TransferError("broken off", str(error)) from error
    except (
        requests.exceptions.InvalidSchema,
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
    ) as error:
        raise TransferError("broken off", "the address is none of the web") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        if transfer.expired:
            raise too_slow from error
        kind, reason = _explain_error(error)
        raise TransferError(kind, reason, temporary=reason not in LASTING) from error


def _explain_error(error: Exception) -> tuple[AnswerKind, str]:
    """The kind of answer and its reason in words, without the class names that libraries wrap around it."""
    causes = list(_list_causes(error))
    for mark, kind, reason in FAILURES:
        if any(_is_failure(cause, mark) for cause in causes):
            return kind, reason
    return "broken off", summarise_message(error)


def _is_failure(error: BaseException, mark: type[BaseException] | int) -> bool:
    return getattr(error, "errno", None) == mark if isinstance(mark, int) else isinstance(error, mark)


def _list_causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those within it: what libraries wrap, they keep as arguments, as reason or as cause."""
    waiting, seen = [error], set()
    while waiting:
        error = waiting.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        inner = (error.__cause__, error.__context__, getattr(error, "reason", None), *error.args)
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]
