"""Readings of captures, each read once.

A reading follows from the capture, its source's settings and the rules alone, so it is cached (`cache.py`) under a key
of those three. When the rules change, every key does, and everything is read again from the archive. If there are
several workers (`executors.py`), captures that will be needed are read ahead by all of them: a worker, whether a
thread, a process or another machine, reads the bytes of a batch from the archive itself, so that nothing large is sent
to it, and returns the rows of the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import extract
import transform
from collect.archive import ArchiveError, Capture, read_bytes
from config.models import Source
from extract.plan import Inspection, Plan
from pipeline.progress import choose_log_level, report_progress
from pipeline.read.cache import CachedReading, ReadingCache, Row, to_row
from pipeline.read.executors import IN_PROCESS, BatchExecutor
from publish.toolchain import hash_code

if TYPE_CHECKING:
    import pyarrow as pa

    from extract.links import Links
    from extract.reader import OpenedCapture

log = logging.getLogger(__name__)

# The libraries whose versions can change what is read.
LIBRARIES = ("lxml", "beautifulsoup4", "pdfplumber", "python-docx")
# Captures in a batch.
BATCH_SIZE = 16


class CaptureToRead(NamedTuple):
    """A capture to be read; if its article has the hash `known_article`, its plan is known and is not read again."""

    source: Source
    capture: Capture
    known_article: str | None = None


@cache
def hash_drafting_rules() -> str:
    """A hash of the rules by which rows are made of a plan, like that of the rules of reading."""
    return hash_code(transform, libraries=("rapidfuzz", "scipy"))


@cache
def hash_reading_rules() -> str:
    """A hash of the rules of reading: the code of `extract`, and the versions of the libraries that it uses."""
    return hash_code(extract, libraries=LIBRARIES)


def hash_inputs(source: Source, capture: Capture) -> str:
    """The key of a reading: a hash over what it follows from, the capture, its source's settings and the rules."""
    discover = source.discover.model_dump(mode="json") if source.discover else None
    parts = (
        hash_reading_rules(),
        capture.capture_id,
        capture.media_type,
        capture.encoding,
        capture.url,
        source.address,
        *(source.selector, source.tasks, source.language, discover),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass
class CaptureReader:
    """Reads captures of an archive and caches the readings. `plans_read` counts plans that were not in the cache."""

    raw: Path
    cache: ReadingCache
    executor: BatchExecutor = IN_PROCESS
    plans_read: int = 0
    _last_opened: tuple[str, OpenedCapture] | None = field(default=None, init=False, repr=False)
    _keys: dict[tuple[str, Capture], str] = field(default_factory=dict, init=False, repr=False)

    def read_ahead(self, wanted: Iterable[tuple[Source, Capture, Capture | None]]) -> None:
        """Read captures that will be needed, with all workers; do nothing if there are none.

        Each capture comes with the one before it: if their articles are the same, the plan is not read again.
        """
        if not self.executor.is_parallel:
            return
        unread = [item for source, capture, before in wanted if (item := self._select_unread(source, capture, before))]
        batches = [(self.raw, unread[first : first + BATCH_SIZE]) for first in range(0, len(unread), BATCH_SIZE)]
        for number, table in enumerate(self.executor.run_batches(read_batch, batches), 1):
            report_progress("read", min(number * BATCH_SIZE, len(unread)), len(unread), "captures")
            self.plans_read += len(table) - table["plan"].null_count
            self.cache.put_all(Row(**row) for row in table.to_pylist())

    def inspect(self, source: Source, capture: Capture) -> Inspection:
        """The inspection of a capture, without reading its plan; of a page that leads to articles, of its links."""
        key = self._get_key(source, capture)
        reading = self.cache.get(key)
        if reading:
            return reading.inspection
        if source.discover is not None:
            links = self.find_links(source, capture)
            urls = "\n".join(link.url for link in links.articles)
            inspection = Inspection(hashlib.sha256(urls.encode()).hexdigest(), None, None)
            self.cache.put(key, CachedReading(inspection, links.count))
            return inspection
        inspection = self._open_article(key, source, capture).inspect(capture.url)
        self.cache.put(key, CachedReading(inspection))
        return inspection

    def count(self, source: Source, capture: Capture) -> int:
        """Number of tasks in a capture; of a page that leads to articles, number of articles."""
        count = self.cache.get_count(self._get_key(source, capture))
        if count is not None:
            return count
        if source.discover is not None:
            return self.find_links(source, capture).count
        return count_tasks(self.read_plan(source, capture))

    def read_plan(self, source: Source, capture: Capture) -> Plan:
        """The plan in a capture."""
        key = self._get_key(source, capture)
        reading = self.cache.get(key, with_plan=True)
        if reading and reading.plan is not None:
            return reading.plan
        return self._read_plan(key, source, capture)

    def read_text(self, source: Source, capture: Capture) -> str:
        """The text of a capture, in which its rows are marked."""
        text = self.cache.get_text(self._get_key(source, capture))
        if text is None:
            from extract.reading import read

            return read(read_bytes(self.raw, capture), capture.media_type, capture.encoding, source.selector).text
        return text

    def hash_inputs(self, source: Source, capture: Capture) -> str:
        """A hash over all that the rows of a capture's plan depend on, except other documents and earlier releases."""
        return hashlib.sha256(f"{self._get_key(source, capture)} {hash_drafting_rules()}".encode()).hexdigest()

    def measure_overlap(self, source: Source, before: Capture, after: Capture) -> float:
        """The share, from 0 to 1, of the tasks of the shorter of two plans that are in the other one too."""
        from transform.identity import Candidate, match_rows

        old, new = (
            [Candidate(task.text, task.label or None) for task in self.read_plan(source, capture).tasks]
            for capture in (before, after)
        )
        return len(match_rows(old, new)) / max(1, min(len(old), len(new)))

    def _read_plan(self, key: str, source: Source, capture: Capture) -> Plan:
        from extract.reader import extract_plan

        opened = self._open_article(key, source, capture)
        plan = extract_plan(opened)
        self.plans_read += 1
        if plan.tasks:
            log.log(
                choose_log_level(self.plans_read),
                "%s: read %d tasks in %d areas",
                source.id,
                count_tasks(plan),
                len(plan.areas),
            )
        self.cache.put(key, to_cached_reading(opened, plan, capture))
        return plan

    def find_links(self, source: Source, capture: Capture) -> Links:
        """The articles that a page leads to, and the addresses of the pages that continue it."""
        from extract.links import Links, find_links

        discover = source.discover
        if discover is None:
            return Links(())
        return find_links(
            read_bytes(self.raw, capture),
            discover.kind,
            capture.url,
            encoding=capture.encoding,
            match=discover.match,
            links=discover.links,
            following=discover.following,
        )

    def _select_unread(self, source: Source, capture: Capture, before: Capture | None) -> CaptureToRead | None:
        """A capture that has to be read; None if its reading is cached, or if it leads to articles."""
        reading = self.cache.get(self._get_key(source, capture))
        if source.discover is not None or (reading and (reading.count is not None or before)):
            return None
        earlier = self.cache.get(self._get_key(source, before)) if before else None
        return CaptureToRead(source, capture, earlier.inspection.article if earlier and earlier.count else None)

    def _get_key(self, source: Source, capture: Capture) -> str:
        """The key of a reading, which is needed several times in a run."""
        pair = (source.id, capture)
        if pair not in self._keys:
            self._keys[pair] = hash_inputs(source, capture)
        return self._keys[pair]

    def _open_article(self, key: str, source: Source, capture: Capture) -> OpenedCapture:
        """A capture with its article; the last one is kept, since its plan is often read after its inspection."""
        if self._last_opened is None or self._last_opened[0] != key:
            self._last_opened = (key, open_article(self.raw, source, capture))
        return self._last_opened[1]


def open_article(raw: Path, source: Source, capture: Capture) -> OpenedCapture:
    """A capture of the archive with its article found. Raises ArchiveError."""
    from extract.reader import Overrides, open_capture  # the rules take a moment to be made ready

    return open_capture(
        read_bytes(raw, capture),
        capture.media_type,
        source.address,
        encoding=capture.encoding,
        overrides=Overrides(source.selector, source.tasks, source.language),
    )


def to_cached_reading(opened: OpenedCapture, plan: Plan, capture: Capture) -> CachedReading:
    """The reading of a capture whose plan was read."""
    return CachedReading(opened.inspect(capture.url), count_tasks(plan), plan, opened.reading.text)


def count_tasks(plan: Plan) -> int:
    """Number of top-level tasks; sub-tasks are not counted."""
    return sum(task.level == 1 for task in plan.tasks)


def read_batch(raw: Path, captures: Sequence[CaptureToRead]) -> pa.Table:
    """A row for each capture, with the columns of `cache.Row`; captures that cannot be read are omitted."""
    import pyarrow as pa

    rows = []
    for capture in captures:
        with contextlib.suppress(ArchiveError):
            rows.append(_read_row(raw, capture))
    types = (pa.string(), pa.large_string(), pa.int64(), pa.large_binary(), pa.large_binary())
    columns = zip(*rows, strict=True) if rows else [()] * len(types)
    return pa.table(
        {name: pa.array(column, kind) for name, column, kind in zip(Row._fields, columns, types, strict=True)}
    )


def _read_row(raw: Path, item: CaptureToRead) -> Row:
    from extract.reader import extract_plan

    opened = open_article(raw, item.source, item.capture)
    inspection = opened.inspect(item.capture.url)
    reading = (
        CachedReading(inspection)
        if inspection.article == item.known_article
        else to_cached_reading(opened, extract_plan(opened), item.capture)
    )
    return to_row(hash_inputs(item.source, item.capture), reading)
