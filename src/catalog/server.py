"""The shelf as a web server shows it: a request in, the bytes of a file of the shelf out.

For looking at the catalog on one's own machine, as it would be on the web. What can be asked for is what a static host
would give: files and the `index.html` of folders; never a hidden file, a list of a folder, or anything that lies
outside, also where a link on the shelf leads there. Ranges are answered, since readers of Parquet ask for the end of a
file first.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from catalog.policy import HEADER
from publish.storage.backend import MissingError, ShelfError, Storage
from publish.storage.disk import Disk

if TYPE_CHECKING:
    from starlette.requests import Request

INDEX = "index.html"
CHUNK = 2**18
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
# Files whose name says more than its ending.
NAMED = {"feed.xml": "application/atom+xml", "SHA256SUMS": "text/plain; charset=utf-8"}
UNKNOWN = "application/octet-stream"
ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "Content-Security-Policy": HEADER,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # a page may be another after the next run: asked again, answered by its ETag
}
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · policytasks</title><link rel="stylesheet" href="/assets/style.css"></head>
<body><main><h1>{title}</h1><p>{said}</p><p><a href="/">To the first page</a></p></main></body>
</html>
"""
RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file of the shelf that is open for reading: its size, a tag that no other content has, and what closes it."""

    file: BinaryIO
    size: int
    tag: str
    closing: ExitStack


@dataclass(frozen=True, slots=True)
class Stretch:
    """The bytes that are asked for, from `start` up to `end`, which is not among them."""

    start: int
    end: int


def make_application(storage: Storage) -> Starlette:
    """The web application that serves a shelf."""

    def answer(request: Request) -> Response:
        try:
            response = _answered(storage, request)
        except MissingError:
            response = _page(404, "There is no such page", "Nothing lies on the shelf under this address.")
        except (ShelfError, OSError):
            response = _page(500, "This file cannot be read", "It is on the shelf, but reading it failed.")
        response.headers.update(ALWAYS)
        return response

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "HEAD"])])


def media_type_of(name: str) -> str:
    """The media type of a file, by its name."""
    path = PurePosixPath(name)
    return NAMED.get(path.name) or MEDIA_TYPES.get(path.suffix.lower(), UNKNOWN)


def stretch_asked(header: str | None, size: int) -> Stretch | None:
    """The one range that a header asks for; None where it asks for none, for several, or is not understood.

    Raises ValueError where the file has no such bytes.
    """
    match = RANGE.fullmatch((header or "").strip().replace(" ", ""))
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < start:
            return None
    if start >= size:
        raise ValueError(header)
    return Stretch(start, end)


def _answered(storage: Storage, request: Request) -> Response:
    """Raises MissingError, ShelfError and OSError."""
    name = request.path_params["path"]
    if any(part.startswith(".") or not part.isprintable() for part in name.split("/")) or "//" in f"/{name}":
        raise MissingError(name)
    whole = f"{name}{INDEX}" if not name or name.endswith("/") else name
    try:
        opened = _open(storage, whole)
    except MissingError:
        if whole != name:
            raise
        _open(storage, f"{name}/{INDEX}").closing.close()
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{quote(name)}/{query}", 308)
    with opened.closing:
        return _sent(opened, whole, request)


def _sent(opened: Opened, name: str, request: Request) -> Response:
    headers = {"ETag": opened.tag, "Accept-Ranges": "bytes"}
    if _is_known(request.headers.get("if-none-match", ""), opened.tag):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = media_type_of(name)
    if request.method == "HEAD":
        return Response(headers=headers | {"Content-Length": str(opened.size)})
    asked = request.headers.get("range")
    if request.headers.get("if-range", opened.tag) != opened.tag:
        asked = None  # what the asker has a part of is another file by now
    try:
        stretch = stretch_asked(asked, opened.size)
    except ValueError:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{opened.size}"})
    if stretch is None:
        return _streamed(opened, Stretch(0, opened.size), headers)
    headers["Content-Range"] = f"bytes {stretch.start}-{stretch.end - 1}/{opened.size}"
    return _streamed(opened, stretch, headers)


def _streamed(opened: Opened, stretch: Stretch, headers: Mapping[str, str]) -> Response:
    return StreamingResponse(
        _chunks(opened.file, stretch, opened.closing.pop_all()),
        206 if "Content-Range" in headers else 200,
        headers={**headers, "Content-Length": str(stretch.end - stretch.start)},
    )


def _chunks(file: BinaryIO, stretch: Stretch, closing: ExitStack) -> Iterator[bytes]:
    with closing:
        file.seek(stretch.start)
        left = stretch.end - stretch.start
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _open(storage: Storage, name: str) -> Opened:
    """Open a file of the shelf. Raises MissingError where it is none, or is not to be seen; ShelfError, OSError."""
    with ExitStack() as stack:
        try:
            path = stack.enter_context(storage.open_local(name))
            if isinstance(storage, Disk):
                _refuse_elsewhere(path, storage.root)
            file = stack.enter_context(path.open("rb"))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise MissingError(name) from None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise MissingError(name) from None
            raise
        facts = os.fstat(file.fileno())
        if isinstance(storage, Disk):
            # Files of a shelf change by a rename, so that this is another whenever the content is.
            tag = f"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"
        else:
            tag = hashlib.file_digest(file, "sha256").hexdigest()
        return Opened(file, facts.st_size, f'"{tag}"', stack.pop_all())


def _refuse_elsewhere(path: Path, root: Path) -> None:
    """Raises MissingError where a link leads out of the shelf, or to what is hidden there."""
    real, top = path.resolve(), root.resolve()
    if not real.is_relative_to(top) or any(part.startswith(".") for part in real.relative_to(top).parts):
        raise MissingError(path.name)


def _is_known(header: str, tag: str) -> bool:
    """Whether the asker says that it has this content already."""
    return any(one.strip().removeprefix("W/") in {tag, "*"} for one in header.split(","))


def _page(status: int, title: str, said: str) -> Response:
    return HTMLResponse(PAGE.format(title=title, said=said), status)
