"""What captures yield, each read once: the reader that the gate and the corridor are given.

A reading follows from the capture, its source's settings and the rules alone, so it is remembered (`memory.py`) under
a key of those three. When the rules change, every key does, and everything is read again from the archive. Where there
are several workers, what is going to be wanted is read ahead by all of them (`foresee`).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import transform
from collect.archive import Capture, read_bytes
from config.models import Source
from extract.plan import Inspection, Plan
from pipeline.collecting import told_at
from pipeline.progress import tell
from pipeline.read.batches import Wanted, code_of, key_of, known_of, opened, read_batch, tasks_in
from pipeline.read.cache import Known, Memory, Row
from pipeline.read.executors import HERE, Workers

if TYPE_CHECKING:
    from extract.links import Link, Links
    from extract.reader import OpenedCapture

log = logging.getLogger(__name__)

# So many captures are sent to a worker at once.
BATCH = 16


@cache
def drafting_version() -> str:
    """What the rules of making rows of a plan are, as a hash like that of the rules of reading."""
    return code_of(transform, ("rapidfuzz", "scipy"))


@dataclass
class Readings:
    """Reads captures of an archive, and remembers. `read` counts the plans that were read and not remembered."""

    raw: Path
    memory: Memory
    workers: Workers = HERE
    read: int = 0
    _last: tuple[str, OpenedCapture] | None = field(default=None, init=False, repr=False)
    _keys: dict[tuple[str, Capture], str] = field(default_factory=dict, init=False, repr=False)

    def foresee(self, wanted: Iterable[tuple[Source, Capture, Capture | None]]) -> None:
        """Read what is going to be asked for, with all workers; nothing where there is but this one.

        Each capture comes with the one before it: where their articles say the same, the plan is not read again.
        """
        if not self.workers.several:
            return
        unread = [found for source, capture, before in wanted if (found := self._unread(source, capture, before))]
        batches = [(self.raw, unread[first : first + BATCH]) for first in range(0, len(unread), BATCH)]
        for number, table in enumerate(self.workers.each(read_batch, batches), 1):
            tell("read", min(number * BATCH, len(unread)), len(unread), "captures")
            self.read += len(table) - table["plan"].null_count
            self.memory.remember_all(Row(**row) for row in table.to_pylist())

    def look(self, source: Source, capture: Capture) -> Inspection:
        """A first look, without reading the plan; of a place that leads to articles, at where it leads."""
        key = self._key(source, capture)
        known = self.memory.recall(key)
        if known:
            return known.look
        if source.discover is not None:
            links = self._links(source, capture)
            words = "\n".join(link.url for link in links.articles)
            look = Inspection(hashlib.sha256(words.encode()).hexdigest(), None, None)
            self.memory.remember(key, Known(look, links.count))
            return look
        look = self._opened(key, source, capture).inspect(capture.url)
        self.memory.remember(key, Known(look))
        return look

    def count(self, source: Source, capture: Capture) -> int:
        """How many tasks are in a capture; of a place that leads to articles, how many articles."""
        found = self.memory.recall_found(self._key(source, capture))
        if found is not None:
            return found
        if source.discover is not None:
            return self._links(source, capture).count
        return tasks_in(self.plan(source, capture))

    def plan(self, source: Source, capture: Capture) -> Plan:
        """The plan in a capture."""
        key = self._key(source, capture)
        known = self.memory.recall(key, whole=True)
        if known and known.plan is not None:
            return known.plan
        return self._read(key, source, capture)

    def text(self, source: Source, capture: Capture) -> str:
        """The text of a capture, in which its rows are marked."""
        known = self.memory.recall_text(self._key(source, capture))
        if known is None:
            from extract.reading import read

            return read(read_bytes(self.raw, capture), capture.media_type, capture.encoding, source.selector).text
        return known

    def id_of(self, source: Source, capture: Capture) -> str:
        """A hash over all that the rows of a capture's plan follow from, but for other documents and the past."""
        return hashlib.sha256(f"{self._key(source, capture)} {drafting_version()}".encode()).hexdigest()

    def kept(self, source: Source, before: Capture, after: Capture) -> float:
        """How much the same plan two captures hold: the share, from 0 to 1, of the shorter one's tasks in the other."""
        from transform.identity import Candidate, match_rows

        old, new = (
            [Candidate(task.text, task.label or None) for task in self.plan(source, capture).tasks]
            for capture in (before, after)
        )
        return len(match_rows(old, new)) / max(1, min(len(old), len(new)))

    def links(self, source: Source, capture: Capture) -> tuple[Sequence[Link], Sequence[str]]:
        """The articles that a place leads to, and the addresses of the places that go on with it."""
        links = self._links(source, capture)
        return links.articles, links.following

    def _read(self, key: str, source: Source, capture: Capture) -> Plan:
        from extract.reader import extract_plan

        found = self._opened(key, source, capture)
        plan = extract_plan(found)
        self.read += 1
        if plan.tasks:
            log.log(told_at(self.read), "%s: read %d tasks in %d areas", source.id, tasks_in(plan), len(plan.areas))
        self.memory.remember(key, known_of(found, plan, capture))
        return plan

    def _links(self, source: Source, capture: Capture) -> Links:
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

    def _unread(self, source: Source, capture: Capture, before: Capture | None) -> Wanted | None:
        """A capture that nobody has read; None where it is known, or leads elsewhere and holds no plan."""
        there = self.memory.recall(self._key(source, capture))
        if source.discover is not None or (there and (there.found is not None or before)):
            return None
        known = self.memory.recall(self._key(source, before)) if before else None
        return Wanted(source, capture, known.look.article if known and known.found else None)

    def _key(self, source: Source, capture: Capture) -> str:
        """The key of a reading, which is asked for several times in a run."""
        one = (source.id, capture)
        if one not in self._keys:
            self._keys[one] = key_of(source, capture)
        return self._keys[one]

    def _opened(self, key: str, source: Source, capture: Capture) -> OpenedCapture:
        """A capture with its article found; the last one is kept, since a look is often followed by a reading."""
        if self._last is None or self._last[0] != key:
            self._last = (key, opened(self.raw, source, capture))
        return self._last[1]
