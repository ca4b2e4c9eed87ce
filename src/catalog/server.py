"""The shelf as a web server shows it: a request in, a file of the shelf out, as a static host would send it.

For a look at the catalog on one's own machine. It sends files, and the `index.html` of folders; never a hidden file, a
list of a folder, or anything outside the shelf, even if a link on the shelf leads there. Readers of Parquet files
ask for byte ranges; starlette answers those, and `If-None-Match` and `If-Range`. A file stays open for as long as it is
sent, so that a run that replaces it meanwhile does not mix two versions.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from catalog.content_security import HEADER
from publish.storage.backend import MissingError, ShelfError, Storage, compute_digest
from publish.storage.disk import Disk

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

INDEX = "index.html"
MEDIA_TYPES = {
    ".bib": "application/x-bibtex",
    ".cff": "application/yaml",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".md": "text/markdown; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
# Files whose media type follows from their name, not from its ending.
NAMED = {"feed.xml": "application/atom+xml", "SHA256SUMS": "text/plain; charset=utf-8"}
# Sent with every response.
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "Content-Security-Policy": HEADER,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # the next run may change a page: browsers ask again, and the ETag answers
}
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · policytasks</title><link rel="stylesheet" href="/assets/style.css"></head>
<body><main><h1>{title}</h1><p>{text}</p><p><a href="/">To the first page</a></p></main></body>
</html>
"""
STATIC_FILES = StaticFiles(check_dir=False)
# The one range that is answered with a part of a file. Any other is ignored, as RFC 9110, section 14.2, allows; those
# that it forbids to answer are among them (a last byte before the first, a range of a HEAD request).
RANGE = re.compile(rb"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-\d{1,18})")


def make_application(storage: Storage) -> ASGIApp:
    """The web application that serves a shelf, for GET and HEAD."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        scope["headers"] = [
            (name, value)
            for name, value in scope.get("headers", [])
            if name != b"range" or (scope["method"] == "GET" and _is_valid_range(value))
        ]
        with ExitStack() as stack:
            response = await run_in_threadpool(_respond, storage, Request(scope), stack)
            await response(scope, receive, send_with_headers)

    return serve


def _is_valid_range(value: bytes) -> bool:
    match = RANGE.fullmatch(value.strip())
    return match is not None and not (match["last"] and int(match["last"]) < int(match["first"]))


def choose_media_type(name: str) -> str:
    """The media type of a file, by its name."""
    path = PurePosixPath(name)
    return NAMED.get(path.name) or MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")


def _respond(storage: Storage, request: Request, stack: ExitStack) -> Response:
    """The response to a request; `stack` holds its file open until it is closed."""
    if request.method not in ("GET", "HEAD"):
        return Response(status_code=405, headers={"Allow": "GET, HEAD"})
    try:
        return _find_file(storage, request, stack)
    except MissingError:
        return _make_page(404, "There is no such page", "Nothing is published under this address.")
    except (ShelfError, OSError):
        return _make_page(500, "This file cannot be read", "It is published, but reading it failed.")


def _find_file(storage: Storage, request: Request, stack: ExitStack) -> Response:
    """The file that a request names, or a redirect to the folder that it names without a slash.

    Raises MissingError, ShelfError and OSError.
    """
    name = request.scope["path"].removeprefix("/")
    if any(part.startswith(".") or not part.isprintable() for part in name.split("/")) or "//" in f"/{name}":
        raise MissingError(name)
    if name and not name.endswith("/"):
        try:
            return _send_file(storage, name, request, stack)
        except MissingError:
            _open_file(storage, f"{name}/{INDEX}", stack)
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/{quote(name)}/{query}", 308)
    return _send_file(storage, f"{name}{INDEX}", request, stack)


def _send_file(storage: Storage, name: str, request: Request, stack: ExitStack) -> Response:
    path, descriptor = _open_file(storage, name, stack)
    # A file on a disk has its ETag from its time and size; of an object store it is a new copy at each request.
    headers = None if isinstance(storage, Disk) else {"ETag": f'"{compute_digest(path)}"'}
    response = FileResponse(
        f"/dev/fd/{descriptor}",  # the open file, whatever has its name by now
        headers=headers,
        media_type=choose_media_type(name),
        stat_result=os.fstat(descriptor),
    )
    if STATIC_FILES.is_not_modified(response.headers, request.headers):
        return NotModifiedResponse(response.headers)
    return response


def _open_file(storage: Storage, name: str, stack: ExitStack) -> tuple[Path, int]:
    """Where a file of the shelf is on this machine, and its descriptor; both until `stack` is closed.

    Raises MissingError if there is no such file or it may not be seen, ShelfError and OSError.
    """
    try:
        path = stack.enter_context(storage.open_local(name))
        if isinstance(storage, Disk):
            _refuse_outside(path, storage.root)
        return path, stack.enter_context(path.open("rb")).fileno()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise MissingError(name) from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise MissingError(name) from error
        raise


def _refuse_outside(path: Path, root: Path) -> None:
    """Raise MissingError if a link leads out of the shelf, or to a hidden file in it."""
    target, top = path.resolve(), root.resolve()
    if not target.is_relative_to(top) or any(part.startswith(".") for part in target.relative_to(top).parts):
        raise MissingError(path.name)


def _make_page(status: int, title: str, text: str) -> Response:
    return HTMLResponse(PAGE.format(title=title, text=text), status)
