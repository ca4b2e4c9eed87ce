"""One polite request: a URL in, the bytes as served out.

The request says who asks, waits when it is told to, and stops at limits of time and size, so that a slow or endless
answer cannot hold up a run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

USER_AGENT = "policytasks/0.1 (open data from public plans)"
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
TRANSFER_SECONDS = 60.0
MAX_BYTES = 50_000_000

# A server that is busy says so with these; anything else that fails will fail again.
RETRY = Retry(
    retry_after_max=30,
    total=2,
    connect=1,
    backoff_factor=1.0,
    backoff_jitter=0.5,
    status_forcelist=(429, 500, 502, 503, 504),
    raise_on_status=False,
)


class UnreachableError(RuntimeError):
    """No answer came: no network, no such host, a refused, broken or timed out connection."""


class RefusedError(RuntimeError):
    """An answer came, and it is not the page: an HTTP error, a body too large, an empty body."""


@dataclass(frozen=True, slots=True)
class Page:
    """A served page: its bytes without transfer and content coding, and what the server said about them."""

    content: bytes
    url: str
    status: int
    media_type: str
    encoding: str | None


def fetch(url: str) -> Page:
    """Fetch a page with at most three requests.

    `url` in the answer is where redirects led. Raises UnreachableError or RefusedError, each with one line.
    """
    with requests.Session() as session:
        session.headers["User-Agent"] = USER_AGENT
        adapter = HTTPAdapter(max_retries=RETRY)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        try:
            with session.get(url, timeout=(CONNECT_SECONDS, READ_SECONDS), stream=True) as response:
                if response.status_code != 200:
                    raise RefusedError(f"the server answered {response.status_code} {response.reason or ''}".rstrip())
                content = _body(response)
        except requests.TooManyRedirects:
            raise RefusedError("the server redirects in a circle") from None
        except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
            raise RefusedError("the address, or where it redirects to, is none of the web") from None
        except (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError):
            raise RefusedError("the page's compression is broken") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise UnreachableError(_reason(error)) from None
        except ValueError:
            raise RefusedError("the server redirects to an address that is none") from None
    declared = response.headers.get("Content-Type", "")
    media_type = declared.partition(";")[0].strip().lower() or "application/octet-stream"
    encoding = requests.utils.get_encoding_from_headers(response.headers) if "charset" in declared.lower() else None
    return Page(content, response.url, response.status_code, media_type, encoding)


def _body(response: requests.Response) -> bytes:
    begun, parts, size = time.monotonic(), [], 0
    # What has come is looked at at once: a server that sends byte by byte is not waited for.
    while part := response.raw.read1(65_536, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise RefusedError(f"the page is larger than {MAX_BYTES // 1_000_000} MB")
        if time.monotonic() - begun > TRANSFER_SECONDS:
            raise UnreachableError(f"the page took longer than {TRANSFER_SECONDS:.0f} s")
    if not size:
        raise RefusedError("the server answered with an empty page")
    return b"".join(parts)


def _reason(error: Exception) -> str:
    """The cause in words, without the chain of class names that libraries wrap around it."""
    text = str(error)
    table = (
        ("NameResolution", "the host's name cannot be resolved"),
        ("getaddrinfo", "the host's name cannot be resolved"),
        ("Connection refused", "the connection was refused"),
        ("CERTIFICATE_VERIFY_FAILED", "the server's certificate does not verify"),
        ("timed out", "no answer in time"),
        ("Network is unreachable", "there is no network"),
        ("IncompleteRead", "the answer broke off"),
        ("Connection aborted", "the connection broke off"),
        ("reset by peer", "the connection broke off"),
    )
    return next(
        (words for mark, words in table if mark in text), text.splitlines()[0][:160] if text else type(error).__name__
    )
