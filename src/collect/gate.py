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
    captures still stand. Raises UnreachableError or ArchiveError where there is no capture at all.
    """
    failures: list[str] = []
    trouble = None
    if not offline:
        try:
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
            unchanged = bool(before) and before[-1].capture_id == kept.capture_id
            log.info(
                "%s: fetched, %s",
                source.id,
                "the same bytes as before"
                if unchanged
                else f"{kept.byte_count:,} bytes, kept as {kept.capture_id[:12]}…",
            )
        except UnreachableError as error:
            trouble = f"{source.id}: {urlsplit(source.url).hostname} cannot be reached ({error})"
        except RefusedError as error:
            trouble = f"{source.id}: {source.url}: {error}"
            failures.append(trouble)
    captures = tuple(reversed(captures_of(raw, source.id)))
    if not captures:
        archive = f"{raw.parent.name}/{raw.name}/{source.id}/"
        if trouble:
            raise UnreachableError(f"{trouble}, and {archive} holds no capture; check the address or the network")
        raise ArchiveError(f"{archive}: holds no capture; run once without --offline to fetch {source.url}")
    if offline or trouble:
        day = captures[0].fetched_at.date().isoformat()
        log.info("%s; using the archived capture of %s", trouble or f"{source.id}: offline", day)
    return Collected(source, captures, tuple(failures))
