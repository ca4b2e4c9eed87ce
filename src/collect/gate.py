"""The gate: one source in, the captures that can feed a release out, newest first.

Without network the archive answers; that is said in one line, and the run goes on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from collect.archive import ArchiveError, Capture, captures_of, keep
from collect.fetch import RefusedError, UnreachableError, fetch
from collect.order_book import Source

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """A source's captures, newest first, and what failed on the way to them (empty where nothing did)."""

    source: Source
    captures: tuple[Capture, ...]
    failures: tuple[str, ...] = ()


def collect(source: Source, raw: Path, *, offline: bool) -> Collected:
    """Fetch a source unless `offline`, keep what came, and list all its captures, newest first.

    A server that cannot be reached is no failure of the source; one that refuses is. Either way the archived
    captures still stand. Where there is none, raises UnreachableError, RefusedError or (offline) ArchiveError.
    """
    trouble: UnreachableError | RefusedError | None = None
    if not offline:
        try:
            _fetch_and_keep(source, raw)
        except (UnreachableError, RefusedError) as error:
            trouble = error
    captures = tuple(reversed(captures_of(raw, source.id)))
    archive = f"{raw.parent.name}/{raw.name}/{source.id}/"
    if not captures and trouble is None:
        raise ArchiveError(f"{archive}: holds no capture; run once without --offline to fetch {source.url}")
    if not captures and trouble is not None:
        raise type(trouble)(f"{source.id}: {_said(trouble, source)}, and {archive} holds no capture; check the address")
    if trouble is None and not offline:
        return Collected(source, captures)
    instead = f"using the archived capture of {captures[0].fetched_at.date()}"
    line = f"{source.id}: {_said(trouble, source)}; {instead}" if trouble else f"{source.id}: offline; {instead}"
    if isinstance(trouble, RefusedError):
        return Collected(source, captures, (line,))
    log.info("%s", line)
    return Collected(source, captures)


def _fetch_and_keep(source: Source, raw: Path) -> None:
    page = fetch(source.url)
    before = captures_of(raw, source.id)
    kept = keep(
        raw,
        page.content,
        source_id=source.id,
        url=page.url,
        fetched_at=datetime.now(UTC).replace(microsecond=0),
        method="http",
        media_type=page.media_type,
        encoding=page.encoding,
        status=page.status,
    )
    same = bool(before) and before[-1].capture_id == kept.capture_id
    what = "the same bytes as before" if same else f"{kept.byte_count:,} bytes, kept as {kept.capture_id[:12]}…"
    log.info("%s: fetched, %s", source.id, what)


def _said(trouble: Exception, source: Source) -> str:
    if isinstance(trouble, UnreachableError):
        return f"{urlsplit(source.url).hostname} cannot be reached ({trouble})"
    return f"{source.url}: {trouble}"
