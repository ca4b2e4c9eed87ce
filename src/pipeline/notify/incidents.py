"""What a person has to see to, since when, and who was told: the record beside a dataset's versions. Pure.

Comes in: the record so far, what a run saw, and who wants to be told. Goes out: the record as it is now, in which a
trouble stands once for as long as it lasts, so that it is told once, and its end once. It lies on the shelf, so that
whichever machine runs next knows it. Everybody can read it there, so it names nobody: who is told is a hash in it.

A message counts as told when it was taken; until then it is owed, and sent again by the next run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from publish.source_status import Standing

TROUBLES = "troubles.json"
# What a trouble can be about; the first part of `Trouble.about`.
SOURCE, RELEASE, RUN, SHELF = "source", "release", "run", "shelf"
TROUBLED_STATES = frozenset(["stale", "broken"])
# Of versions that somebody could not be told of, so many are remembered.
MOST_OWED = 20

Kind = Literal["trouble", "mended", "published"]
Listeners = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person has to see to: `source:<id>`, `release:<check>`, `run:<error>` or `shelf`; and a line."""

    about: str
    line: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run saw: the troubles there are of the kinds that it could judge, and the version that it published."""

    judged: frozenset[str]
    troubles: tuple[Trouble, ...] = ()
    version: str | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """Something to be told once: a trouble, the end of one, or a version (`about` is its number).

    `told` are those who know of a trouble that lasts, `owed` those who have not been told yet of one of the others.
    """

    kind: Kind
    about: str
    line: str
    since: datetime
    ended: datetime | None = None
    told: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()

    @property
    def on(self) -> str:
        """What somebody asks for who wants to hear this."""
        return "published" if self.kind == "published" else "trouble"


@dataclass(frozen=True, slots=True)
class Record:
    """Troubles that last, and what else somebody has yet to be told."""

    lasting: tuple[News, ...] = ()
    pending: tuple[News, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """The record as it is now, and what is news in it, whether or not anybody wants to be told."""

    record: Record
    news: tuple[News, ...] = field(default=())


def mark_of(address: str) -> str:
    """How somebody who is told stands in the record."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def source_troubles(standing: Iterable[Standing], failures: Iterable[str], *, scheduled: bool) -> list[Trouble]:
    """Which sources a person has to see to.

    With a schedule a failure becomes a trouble when the source is stale by it; without one nothing ever is stale, so
    that each failure counts.
    """
    lines = {line.partition(":")[0]: line for line in reversed(list(failures))}
    return [
        Trouble(f"{SOURCE}:{one.source_id}", lines.get(one.source_id) or f"{one.source_id}: {one.state}: {one.why}")
        for one in standing
        if one.state in TROUBLED_STATES or (one.source_id in lines and not scheduled)
    ]


def decided(record: Record, seen: Seen, listeners: Listeners, now: datetime) -> Decided:
    """What the record is after a run; `listeners` are the marks of those who want to be told, by what they ask for."""
    known = {one.about: one for one in record.lasting}
    unheard = {one.about: one.owed for one in record.pending if one.kind == "mended"}
    lasting, news = [], []
    for trouble in {one.about: one for one in seen.troubles}.values():
        was = known.pop(trouble.about, None)
        # Who was never told of its end, and it is back, knows of it already.
        one = was or News("trouble", trouble.about, trouble.line, now, told=unheard.get(trouble.about, ()))
        lasting.append(replace(one, line=trouble.line))
        news += [] if was else [one]
    lasting += [one for about, one in known.items() if about.partition(":")[0] not in seen.judged]
    ended = [
        replace(one, kind="mended", ended=now, told=(), owed=one.told)
        for about, one in known.items()
        if about.partition(":")[0] in seen.judged
    ]
    published = []
    if seen.version is not None:
        published = [News("published", seen.version, seen.summary, now, owed=tuple(listeners.get("published", ())))]
    back = {one.about for one in lasting}
    earlier = [one for one in record.pending if not (one.kind == "mended" and one.about in back)]
    pending = [_owed_to(one, listeners) for one in (*earlier, *ended, *published)]
    return Decided(Record(tuple(lasting), _few(one for one in pending if one.owed)), (*news, *ended, *published))


def owed_to(record: Record, mark: str, wanted: Collection[str]) -> list[News]:
    """What somebody who wants to be told of some kinds has yet to be told."""
    return [
        *(one for one in record.lasting if one.on in wanted and mark not in one.told),
        *(one for one in record.pending if mark in one.owed),
    ]


def with_told(record: Record, mark: str, told: Sequence[News]) -> Record:
    """The record after somebody was told."""
    lasting = tuple(replace(one, told=(*one.told, mark)) if one in told else one for one in record.lasting)
    pending = (
        replace(one, owed=tuple(other for other in one.owed if other != mark)) if one in told else one
        for one in record.pending
    )
    return Record(lasting, tuple(one for one in pending if one.owed))


def as_object(dataset_id: str, record: Record) -> dict[str, Any]:
    """The record as JSON can hold it."""
    return {
        "dataset": dataset_id,
        "troubles": [_row(one, ("about", "line", "since", "told")) for one in record.lasting],
        "pending": [_row(one, ("kind", "about", "line", "since", "ended", "owed")) for one in record.pending],
    }


def record_in(content: bytes) -> Record:
    """The record in a file. Raises ValueError where it holds none."""
    try:
        found = json.loads(content)
        lasting = tuple(_news({**row, "kind": "trouble"}) for row in found["troubles"])
        return Record(lasting, tuple(_news(row) for row in found["pending"]))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _few(pending: Iterable[News]) -> tuple[News, ...]:
    """What is pending, of versions the last ones only: who could not be told for so long looks at the shelf."""
    owed = list(pending)
    old = [one for one in owed if one.kind == "published"][:-MOST_OWED]
    return tuple(one for one in owed if one not in old)


def _owed_to(one: News, listeners: Listeners) -> News:
    """What is owed to those who want to be told still."""
    return replace(one, owed=tuple(mark for mark in one.owed if mark in listeners.get(one.on, ())))


def _row(one: News, names: Sequence[str]) -> dict[str, Any]:
    cells = {name: getattr(one, name) for name in names}
    return {name: _stated(cell) for name, cell in cells.items() if cell is not None}


def _stated(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds").replace("+00:00", "Z")
    return list(cell) if isinstance(cell, tuple) else cell


def _news(row: Mapping[str, Any]) -> News:
    since, ended = (datetime.fromisoformat(row[name]) if row.get(name) else None for name in ("since", "ended"))
    told, owed = (tuple(map(str, row.get(name, ()))) for name in ("told", "owed"))
    if row["kind"] not in ("trouble", "mended", "published") or since is None:
        raise ValueError(f"{row['about']}: is no news")
    return News(row["kind"], str(row["about"]), str(row["line"]), since, ended, told, owed)
