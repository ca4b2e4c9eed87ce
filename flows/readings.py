"""What captures yield, each read once: the reader that the gate and the corridor are given.

A reading follows from the capture, its source's settings and the rules alone, so it is remembered under a key of
those three, outside the checkout, where it may be deleted at any time. When the rules change, every key does, and
everything is read again from the archive.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from pydantic import TypeAdapter

import extract
import transform
from collect.archive import Capture, read_bytes
from collect.dataset import Source
from collect.fetch import state_folder
from extract.links import Link, Links, find_links
from extract.look import Look
from extract.plan import Plan
from extract.reader import Opened, Overrides, open_capture, plan_of
from transform.identity import Candidate, match_rows

log = logging.getLogger(__name__)

# The libraries whose versions can change what is read.
LIBRARIES = ("lxml", "beautifulsoup4", "pdfplumber", "python-docx")
TABLE = """
create table if not exists readings (
    key text primary key, look text not null, found integer, plan blob
) without rowid
"""
# Readings can be made again at any time: a memory that is larger than this is begun anew.
MOST_BYTES = 2_000_000_000
# What is wrong with the place, and not with what lies there.
PASSING = ("locked", "unable to open", "readonly", "disk")
PLAN, LOOK = TypeAdapter(Plan), TypeAdapter(Look)


@cache
def rules_version() -> str:
    """What the rules of reading are, as a hash: of the reading room's code and of the libraries that it stands on."""
    return _code_of(extract, LIBRARIES)


@cache
def drafting_version() -> str:
    """What the rules of making rows of a plan are, as a hash in the same way."""
    return _code_of(transform, ("rapidfuzz", "scipy"))


def _code_of(room: ModuleType, libraries: Sequence[str]) -> str:
    digest = hashlib.sha256(json.dumps({name: version(name) for name in libraries}).encode())
    folder = Path(str(room.__file__)).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


@dataclass
class Readings:
    """Reads captures of an archive, and remembers. `read` counts the plans that were read and not remembered."""

    raw: Path
    memory: Memory
    read: int = 0

    def look(self, source: Source, capture: Capture) -> Look:
        """A first look, without reading the plan; of a place that leads to articles, at where it leads."""
        key = _key(source, capture)
        known = self.memory.recall(key)
        if known:
            return known.look
        if source.discover is not None:
            links = self._links(source, capture)
            words = "\n".join(link.url for link in links.articles)
            look = Look(hashlib.sha256(words.encode()).hexdigest(), None, None)
            self.memory.remember(key, _Known(look, links.found))
            return look
        look = self._opened(source, capture).look(capture.url)
        self.memory.remember(key, _Known(look))
        return look

    def count(self, source: Source, capture: Capture) -> int:
        """How many tasks are in a capture; of a place that leads to articles, how many articles."""
        known = self.memory.recall(_key(source, capture))
        if known and known.found is not None:
            return known.found
        if source.discover is not None:
            return self._links(source, capture).found
        return _tasks(self.plan(source, capture))

    def plan(self, source: Source, capture: Capture) -> Plan:
        """The plan in a capture."""
        key = _key(source, capture)
        known = self.memory.recall(key, whole=True)
        if known and known.plan is not None:
            return known.plan
        opened = self._opened(source, capture)
        plan = plan_of(opened)
        self.read += 1
        if plan.tasks:
            log.info("%s: read %d tasks in %d areas", source.id, _tasks(plan), len(plan.areas))
        self.memory.remember(key, _Known(opened.look(capture.url), _tasks(plan), plan))
        return plan

    def id_of(self, source: Source, capture: Capture) -> str:
        """A hash over all that the rows of a capture's plan follow from, but for other documents and the past."""
        return hashlib.sha256(f"{_key(source, capture)} {drafting_version()}".encode()).hexdigest()

    def kept(self, source: Source, before: Capture, after: Capture) -> float:
        """How much the same plan two captures hold: the share, from 0 to 1, of the shorter one's tasks in the other."""
        old, new = (
            [Candidate(task.text, task.label or None) for task in self.plan(source, capture).tasks]
            for capture in (before, after)
        )
        return len(match_rows(old, new)) / max(1, min(len(old), len(new)))

    def links(self, source: Source, capture: Capture) -> tuple[Sequence[Link], Sequence[str]]:
        """The articles that a place leads to, and the addresses of the places that go on with it."""
        links = self._links(source, capture)
        return links.articles, links.following

    def _links(self, source: Source, capture: Capture) -> Links:
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

    def _opened(self, source: Source, capture: Capture) -> Opened:
        return open_capture(
            read_bytes(self.raw, capture),
            capture.media_type,
            source.address,
            encoding=capture.encoding,
            overrides=Overrides(source.selector, source.tasks, source.language),
        )


@dataclass(frozen=True, slots=True)
class _Known:
    look: Look
    found: int | None = None
    plan: Plan | None = None


class Memory:
    """A table of readings on the disk. Where that cannot be had, everything is read anew, which is said in one line."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or state_folder() / "readings.sqlite"
        self._table: sqlite3.Connection | None = None
        self._works = True

    def recall(self, key: str, *, whole: bool = False) -> _Known | None:
        """What is known under a key; with the plan only where `whole`."""
        plan = "plan" if whole else "null"
        try:
            table = self._open()
            row = (
                table
                and table.execute(
                    f"select look, found, {plan} from readings where key = ?",  # noqa: S608 (one of two constants)
                    [key],
                ).fetchone()
            )
            if not row:
                return None
            return _Known(LOOK.validate_json(row[0]), row[1], row[2] and PLAN.validate_json(zlib.decompress(row[2])))
        except (sqlite3.Error, ValueError, zlib.error) as error:
            self._give_up(error)
            return None

    def remember(self, key: str, known: _Known) -> None:
        """Put a reading down."""
        plan = known.plan and zlib.compress(PLAN.dump_json(known.plan), 1)
        try:
            if table := self._open():
                table.execute(
                    "insert or replace into readings (key, look, found, plan) values (?, ?, ?, ?)",
                    [key, LOOK.dump_json(known.look).decode(), known.found, plan],
                )
        except (sqlite3.Error, ValueError) as error:
            self._give_up(error)

    def _open(self) -> sqlite3.Connection | None:
        if self._table is None and self._works:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
                    self._path.unlink()
            except OSError as error:
                self._give_up(error)
                return None
            self._table = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            self._table.execute("pragma journal_mode = wal")
            self._table.execute("pragma synchronous = normal")
            self._table.execute(TABLE)
        return self._table

    def _give_up(self, error: Exception) -> None:
        """Go on without; a file that is no table any more is removed, so that the next run has one again."""
        if self._works:
            said = str(error).splitlines()[0][:80]
            log.info("what was read before cannot be looked up (%s: %s); reading everything anew", self._path, said)
        self._works, self._table = False, None
        unusable = isinstance(error, sqlite3.OperationalError) and any(word in str(error) for word in PASSING)
        if not unusable and not isinstance(error, OSError):
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def _key(source: Source, capture: Capture) -> str:
    discover = source.discover.model_dump(mode="json") if source.discover else None
    parts = (
        rules_version(),
        capture.capture_id,
        capture.media_type,
        capture.encoding,
        capture.url,
        source.address,
        *(source.selector, source.tasks, source.language, discover),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _tasks(plan: Plan) -> int:
    return sum(task.level == 1 for task in plan.tasks)
