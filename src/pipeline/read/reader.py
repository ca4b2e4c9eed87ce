"""Readings of captures, each read once.

A reading follows from the capture, its source's settings and the rules alone, so it is cached (`cache.py`) under a key
of those three. When the rules or the limits change, every key does, and everything is read again from the archive. A
capture is read in a process that has limits (`workers.py`). One that cannot be read has a reading too, without tasks
and with the failure. Where several are read at a time (`executors.py`), captures that will be needed are read ahead in
batches: each thread, or machine, takes the bytes of a batch from the archive itself and returns the rows of the cache.
Whatever goes wrong there, the capture is read again when it is needed: then what goes wrong is its source's.
"""

from __future__ import annotations

import hashlib
import json
import logging
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import extract
import transform
from collect.archive import ArchiveError, Capture, read_bytes
from config.defects import explain_error
from config.errors import PolicyTasksError
from config.models import Source
from extract.plan import Article, Inspection, Plan, Problem
from pipeline.progress import choose_log_level, report_progress
from pipeline.read.cache import MAX_ENTRY_BYTES, CachedReading, ReadingCache, Row, to_reading, to_row
from pipeline.read.executors import IN_PROCESS, BatchExecutor
from pipeline.read.workers import WORKERS, Document, ReadingError, limit_seconds, list_limits
from publish.toolchain import hash_code

if TYPE_CHECKING:
    import pyarrow as pa

    from extract.links import Links

log = logging.getLogger(__name__)

# The libraries whose versions can change what is read.
LIBRARIES = ("lxml", "beautifulsoup4", "pdfminer.six", "python-docx")
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
    """The key of a reading: a hash over what it follows from, the capture, its source's settings, the rules and limits.

    So a capture that could not be read within lower limits is read again within higher ones.
    """
    discover = source.discover.model_dump(mode="json") if source.discover else None
    parts = (
        hash_reading_rules(),
        list_limits(),
        MAX_ENTRY_BYTES,
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
    _keys: dict[tuple[str, Capture], str] = field(default_factory=dict, init=False, repr=False)

    def read_ahead(self, wanted: Iterable[tuple[Source, Capture, Capture | None]]) -> None:
        """Read captures that will be needed, with all workers; do nothing if there are none.

        Each capture comes with the one before it: if their articles are the same, the plan is not read again. Raises
        ExecutorError if the workers cannot be used; any other error is logged.
        """
        if not self.executor.is_parallel:
            return
        try:
            self._read_batches([item for entry in wanted if (item := self._select_unread(*entry))])
        except PolicyTasksError:
            raise
        except Exception as error:  # noqa: BLE001 (what was not read ahead is read when it is needed)
            explain_error(error, "reading ahead")

    def _read_batches(self, unread: Sequence[CaptureToRead]) -> None:
        """Read captures with all workers, and cache their readings."""
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
            try:
                links = self.find_links(source, capture)
            except ReadingError as error:
                return make_failed_reading(capture, error).inspection
            urls = "\n".join(link.url for link in links.articles)
            inspection = Inspection(hashlib.sha256(urls.encode()).hexdigest(), None, None)
            self.cache.put(key, CachedReading(inspection, links.count))
            return inspection
        return self._read("inspect_document", source, capture).inspection

    def count(self, source: Source, capture: Capture) -> int:
        """Number of tasks in a capture; of a page that leads to articles, number of articles."""
        count = self.cache.get_count(self._get_key(source, capture))
        if count is not None:
            return count
        if source.discover is not None:
            with suppress(ReadingError):  # its inspection says why
                return self.find_links(source, capture).count
            return 0
        return sum(task.level == 1 for task in self.read_plan(source, capture).tasks)

    def read_plan(self, source: Source, capture: Capture) -> Plan:
        """The plan in a capture."""
        key = self._get_key(source, capture)
        reading = self.cache.get(key, with_plan=True)
        if reading and reading.plan is not None:
            return reading.plan
        reading = self._read("read_document", source, capture)
        plan = reading.plan or make_empty_plan("")
        self.plans_read += 1
        if plan.tasks:
            level = choose_log_level(self.plans_read)
            log.log(level, "%s: read %d tasks in %d areas", source.id, reading.count or 0, len(plan.areas))
        return plan

    def read_text(self, source: Source, capture: Capture) -> str:
        """The text of a capture, in which its rows are marked."""
        text = self.cache.get_text(self._get_key(source, capture))
        if text is None:
            document = load_document(self.raw, source, capture)
            text = str(WORKERS.call("read_text", document, seconds=limit_seconds(capture.byte_count)))
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

    def find_links(self, source: Source, capture: Capture) -> Links:
        """The articles that a page leads to, and the addresses of the pages that continue it. Raises ReadingError."""
        discover = source.discover
        if discover is None:
            from extract.links import Links

            return Links(())
        options = {
            "encoding": capture.encoding,
            "match": discover.match,
            "links": discover.links,
            "following": discover.following,
        }
        content, seconds = read_bytes(self.raw, capture), limit_seconds(capture.byte_count)
        links: Links = WORKERS.call(
            "find_document_links", content, discover.kind, capture.url, options, seconds=seconds
        )
        return links

    def _read(self, function: str, source: Source, capture: Capture) -> CachedReading:
        """Read a capture and cache the reading."""
        row, is_lasting = read_row(function, self.raw, source, capture)
        if is_lasting:
            self.cache.put_all([row])
        return to_reading(row)

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


def read_batch(raw: Path, captures: Sequence[CaptureToRead]) -> pa.Table:
    """A row for each capture, with the columns of `cache.Row`.

    Omitted are captures that are not in the archive, those that another try may read, and those of which the reading
    met an error that was not foreseen: it is logged here, and met again where the capture is needed.
    """
    import pyarrow as pa

    from transform.arrow_tables import to_array

    rows = []
    for source, capture, known_article in captures:
        try:
            row, is_lasting = read_row("read_document", raw, source, capture, known_article)
            rows += [row] if is_lasting else []
        except ArchiveError:
            continue
        except Exception as error:  # noqa: BLE001 (whatever it is, it is this capture's, and the others are read)
            explain_error(error, source.id)
    keys, inspections, counts, plans, texts = zip(*rows, strict=True) if rows else ((),) * len(Row._fields)
    columns = [
        to_array(keys),
        to_array(inspections, pa.large_string()),
        to_array(counts, pa.int64()),
        _to_binary_array(plans),
        _to_binary_array(texts),
    ]
    return pa.Table.from_arrays(columns, names=Row._fields)


def _to_binary_array(values: Sequence[bytes | None]) -> pa.Array:
    """Bytes or None as an Arrow array, made of its buffers: `pa.array` would load pandas in each process that reads."""
    import pyarrow as pa

    offsets = array("q", accumulate((len(value or b"") for value in values), initial=0))
    present = sum(1 << index for index, value in enumerate(values) if value is not None)
    buffers = (present.to_bytes(len(values) // 8 + 1, "little"), offsets, b"".join(filter(None, values)))
    return pa.Array.from_buffers(pa.large_binary(), len(values), list(map(pa.py_buffer, buffers)))


def read_row(function: str, raw: Path, source: Source, capture: Capture, *arguments: Any) -> tuple[Row, bool]:
    """The row that a function of `documents.py` makes of a capture; whether another try would give the same.

    A capture that cannot be read has a row that says why. Raises ArchiveError if the archive does not have it.
    """
    document = load_document(raw, source, capture)
    try:
        row: Row = WORKERS.call(function, document, *arguments, seconds=limit_seconds(capture.byte_count))
    except ReadingError as error:
        log.warning("%s: %s", source.id, error)
        return to_row(document.key, make_failed_reading(capture, error)), error.is_lasting
    return row, True


def load_document(raw: Path, source: Source, capture: Capture) -> Document:
    """A capture of the archive with what is known of it. Raises ArchiveError."""
    return Document(
        hash_inputs(source, capture),
        read_bytes(raw, capture),
        capture.media_type,
        capture.encoding,
        source.address,
        capture.url,
        *(source.selector, source.tasks, source.language),
    )


def make_failed_reading(capture: Capture, error: ReadingError) -> CachedReading:
    """The reading of a capture that cannot be read: no tasks, and why. Its article is like no other."""
    article = hashlib.sha256(f"unread {capture.capture_id}".encode()).hexdigest()
    return CachedReading(Inspection(article, None, None, error.what), 0, make_empty_plan(error.what), "")


def make_empty_plan(problem: str) -> Plan:
    """A plan of which nothing is known but a problem."""
    article = Article(None, None, None, (), None, None, None, None, None, "en")
    return Plan(article, (), (), (), (), (), (Problem(problem, 0),))
