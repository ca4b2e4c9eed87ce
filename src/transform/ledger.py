"""The ids of one draft: those of the previous release, those that were retired, those that a person decided, the mint.

It is filled while the rows are made, and holds then which matches are not certain, what happened to ids, and which of
a person's rules have nothing to do any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from config.models import Sameness
from transform.identity import Candidate, Mint, Pair, fingerprint, match_certain, match_likely, normal
from transform.lineage import RENAMED, RETURNED, Event, parted, retired
from transform.schema import MINTED, TABLES
from transform.sheets import Row, Tables

# The ids of more documents than this are not looked for one by one: all are taken.
MOST_LOOKED_FOR = 16


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A row that kept its id although its words changed: published, so that a person can disagree."""

    table: str
    row_id: str
    rule: str
    score: float


@dataclass(frozen=True, slots=True)
class Old:
    """A row of the previous release as matching sees it."""

    row_id: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class New:
    """A row of a new reading: as matching sees it, and how an id of its own begins."""

    candidate: Candidate
    prefix: str


@dataclass(frozen=True, slots=True)
class _Decided:
    """What a person decided of a document's rows: the ids that some must have, the pairs that must not be.

    `reasons` by those ids; `instead` are the ids that rows had before, by what they have now.
    """

    forced: Mapping[int, str]
    never: Collection[Pair]
    reasons: Mapping[str, str]
    instead: Mapping[str, str]


@dataclass
class _Rule:
    """A person's word on identity, where it belongs, and what came of it."""

    said: Sameness
    where: str
    table: str = ""
    document_id: str = ""
    hits: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def target(self) -> str:
        """The id that the rule is about."""
        return self.said.is_ or self.said.is_not or ""

    def says_so_of(self, row_id: str | None) -> bool:
        """Whether a row that would have this id by itself is as the rule says."""
        return row_id == self.said.is_ if self.said.is_ else row_id != self.said.is_not


class Ledger:
    """Keeps and mints ids; holds state while one draft is made."""

    def __init__(
        self,
        previous: Tables,
        history: Sequence[Row],
        documents: Collection[str],
        read: Collection[str],
        formerly: Mapping[str, str] | None = None,
    ) -> None:
        """`documents` are all that the draft will hold, `read` those whose rows are made anew.

        `formerly` says which of them had another id before, when their source was called otherwise.
        """
        self._previous = previous
        self._documents = documents
        self.stays = set(documents) - set(read)
        self._rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._stated = {
            (row["table_name"], row["row_id"], row["column_name"]): row["stated"]
            for row in previous["corrections"].to_pylist()
        }
        self._published: dict[tuple[str, str], str] = {}
        self._formerly = formerly or {}
        for name in ("areas", "tasks", "claims", "citations"):
            self._take_in(name, {*read, *self._formerly.values()})
        left = retired(history)
        back = set(_used(previous, [row_id for _, row_id in left.values()]))
        self.retired = {print_: found for print_, found in left.items() if found[1] not in back}
        self._known = {row["old_id"]: row["table_name"] for row in history}
        told = (row["new_id"] for row in history if row["new_id"])
        self.mint = Mint([*_in_the_way(previous, read), *self._known, *told])
        self.uncertain: list[Uncertain] = []
        self.events: list[Event] = []
        self._rules: list[_Rule] = []
        self._lost: list[str] = []

    def obey(self, rules: Sequence[Sameness]) -> None:
        """Take in what a person says of identity."""
        for index, said in enumerate(rules):
            where = f"identity[{index}]"
            rule = _Rule(said, where)
            table, rule.document_id = self.home_of(rule.target)
            if table is None:
                self._lost.append(
                    f"{where}: {rule.target} was never an id of this dataset; take the rule out, or mend it"
                )
            else:
                rule.table = table
                self._rules.append(rule)

    def home_of(self, row_id: str) -> tuple[str | None, str]:
        """The table of an id that is or was in use, and its document."""
        for name, key in MINTED.items():
            place = pc.index(self._previous[name][key], row_id).as_py() if name != "bodies" else -1
            if place >= 0:
                return name, self._previous[name]["document_id"][place].as_py()
        return self._known.get(row_id), row_id.rpartition("/")[0]

    def old_rows(self, table: str, document_id: str) -> list[Row]:
        """A document's rows in the previous release, in the source's own words where they were corrected."""
        return self._rows[table, self._formerly.get(document_id, document_id)]

    def keep(self, table: str, document_id: str, old: Sequence[Old], new: Sequence[New]) -> list[str]:
        """An id for each new row of a document: that of the old row which it is, or a fresh one."""
        decided = self._decided(table, document_id, old, new)
        self._revive(table, decided.reasons)
        kept = self._kept((table, document_id), old, new, decided)
        for before, now in decided.instead.items():
            if before not in kept.values():
                self.events.append(Event(table, before, RENAMED, now, decided.reasons[now]))
        ids = [kept.get(n) or self.mint.numbered(row.prefix, n + 1) for n, row in enumerate(new)]
        ids = self._renamed(table, document_id, ids)
        if table == "tasks" and old:
            self.events += parted(
                table,
                {row.row_id: row.candidate.words for row in old if row.row_id not in self._renamed_ids()},
                dict(zip(ids, (row.candidate.words for row in new), strict=True)),
            )
        return ids

    def returning(self, table: str, document_id: str, words: str) -> str | None:
        """The retired id of a row with these words; it is in use again then."""
        found = self.retired.get(fingerprint(table, document_id, words))
        if found is None or found[0] != table:
            return None
        del self.retired[fingerprint(table, document_id, words)]
        self.events.append(Event(table, found[1], RETURNED, found[1], "the same words are there again"))
        return found[1]

    def notes(self) -> list[str]:
        """A line for each of a person's rules that has nothing to do any more, or cannot do it."""
        unmet = [
            f"{rule.where}: no row begins with “{rule.said.words}”; take the rule out, or mend it"
            if rule.said.words
            else f"{rule.where}: {rule.said.id} is no row's id any more; the rule can be taken out"
            for rule in self._rules
            if not rule.hits
        ]
        moved = [
            f"sources: {new} goes on from {old}, which had the same address; its rows keep their ids"
            for new, old in self._formerly.items()
        ]
        return [*moved, *self._lost, *unmet, *(note for rule in self._rules for note in rule.notes)]

    def _take_in(self, name: str, read: Collection[str]) -> None:
        table = self._previous[name]
        wanted = table if len(read) * 2 > len(self._documents) else _of_documents(table, read)
        identity = TABLES[name].identity
        for row in wanted.to_pylist():
            row_id = " ".join(str(row[part]) for part in identity)
            for column in ("text", "title"):
                if (name, row_id, column) in self._stated:
                    self._published[name, row_id] = row[column]
                    row[column] = self._stated[name, row_id, column]
            self._rows[name, row["document_id"]].append(row)

    def _kept(
        self, place: tuple[str, str], old: Sequence[Old], new: Sequence[New], decided: _Decided
    ) -> dict[int, str]:
        """The ids that stay, by index of the new row; what is not certain is put on record."""
        table, document_id = place
        olds, news = [row.candidate for row in old], [row.candidate for row in new]
        ids, never = dict(decided.forced), decided.never
        taken_old = {o for o, row in enumerate(old) if row.row_id in ids.values()}
        # A source may say by now what it was corrected to; then its words are those that were published.
        corrected = [self._published.get((table, row.row_id)) for row in old]
        published = [replace(row, words=words or row.words) for row, words in zip(olds, corrected, strict=True)]
        as_stated = {o for o, words in enumerate(corrected) if words is None}
        passes: list[tuple[list[Candidate], set[int]]] = [(olds, set()), (published, as_stated)]
        for wordings, without in passes:
            certain = match_certain(wordings, news, taken_old | without, ids.keys(), never)
            taken_old |= {match.old for match in certain}
            ids |= {match.new: old[match.old].row_id for match in certain}
        for n, row in enumerate(new):
            if n not in ids and (back := self.returning(table, document_id, row.candidate.words)):
                ids[n] = back
        for wordings, without in passes:
            likely = match_likely(wordings, news, taken_old | without, ids.keys(), never)
            self.uncertain += [Uncertain(table, old[match.old].row_id, match.rule, match.score) for match in likely]
            taken_old |= {match.old for match in likely}
            ids |= {match.new: old[match.old].row_id for match in likely}
        return ids

    def _decided(self, table: str, document_id: str, old: Sequence[Old], new: Sequence[New]) -> _Decided:
        """What a person decided of these rows; what cannot be, or is so anyway, is noted."""
        words = [normal(row.candidate.words) for row in new]
        said = [
            (rule, [n for n, own in enumerate(words) if own.startswith(normal(rule.said.words))])
            for rule in self._rules
            if rule.said.words and rule.table == table and rule.document_id in (document_id, *self._gone())
        ]
        if not said:
            return _Decided({}, frozenset(), {}, {})
        certain, likely = _natural([row.candidate for row in old], [row.candidate for row in new])
        natural = {n: old[o].row_id for n, o in {**likely, **certain}.items()}
        sure = {old[o].row_id: n for n, o in certain.items()}
        decided: dict[int, _Rule] = {}
        never: set[Pair] = set()
        for rule, named in said:
            rule.hits += len(named)
            if len(named) > 1:
                rule.notes.append(f"{rule.where}: {len(named)} rows begin with “{rule.said.words}”; say more of it")
            elif named and (trouble := _against(rule, named[0], said, sure)):
                rule.notes.append(f"{rule.where}: {trouble}; nothing was done")
            elif named and rule.says_so_of(natural.get(named[0])):
                rule.notes.append(f"{rule.where}: is so without the rule; it can be taken out")
            elif named and rule.said.is_:
                decided[named[0]] = rule
            elif named:
                never |= {(o, named[0]) for o, row in enumerate(old) if row.row_id == rule.said.is_not}
        return _Decided(
            {n: rule.target for n, rule in decided.items()},
            never,
            {rule.target: rule.said.reason for rule in decided.values()},
            {natural[n]: rule.target for n, rule in decided.items() if n in certain},
        )

    def _renamed(self, table: str, document_id: str, ids: list[str]) -> list[str]:
        """The ids, with those that a person says to be another one under that."""
        for rule in self._rules:
            said = rule.said
            if said.id is None or said.is_ is None or rule.table != table or said.id not in ids:
                continue
            rule.hits += 1
            if said.is_ in ids or rule.document_id in {*self._documents} - {document_id}:
                rule.notes.append(f"{rule.where}: {said.is_} is another row; nothing was done")
                continue
            self._revive(table, {said.is_: said.reason})
            ids = [said.is_ if row_id == said.id else row_id for row_id in ids]
            self.events.append(Event(table, said.id, RENAMED, said.is_, said.reason))
        return ids

    def _revive(self, table: str, reasons: Mapping[str, str]) -> None:
        """Take ids out of retirement that a person gives to rows, for a reason each."""
        for print_, (_, row_id) in list(self.retired.items()):
            if row_id in reasons:
                del self.retired[print_]
                self.events.append(Event(table, row_id, RETURNED, row_id, reasons[row_id]))

    def _renamed_ids(self) -> set[str]:
        return {event.old_id for event in self.events if event.event == RENAMED}

    def _gone(self) -> Iterable[str]:
        """The documents of rules that are not in the draft: their ids may go on in any other."""
        return {rule.document_id for rule in self._rules} - set(self._documents)


def _used(previous: Tables, ids: Sequence[str]) -> Iterable[str]:
    """Those of the ids that are a row's in the previous release."""
    for name, key in MINTED.items() if ids else ():
        column = previous[name][key]
        yield from column.filter(pc.is_in(column, value_set=pa.array(ids, pa.string()))).to_pylist()


def _in_the_way(previous: Tables, documents: Collection[str]) -> Iterable[str]:
    """The ids of the previous release that a new row of these documents could be given: all begin with the document's.

    Those of bodies belong to no document.
    """
    for name, key in MINTED.items():
        column = previous[name][key]
        if name == "bodies" or len(documents) > MOST_LOOKED_FOR:
            yield from column.to_pylist()
        else:
            for document_id in documents:
                yield from column.filter(pc.starts_with(column, f"{document_id}/")).to_pylist()


def _natural(old: Sequence[Candidate], new: Sequence[Candidate]) -> tuple[dict[int, int], dict[int, int]]:
    """Which new row would be which old one without any person's word: for certain, and by likeness."""
    certain = match_certain(old, new)
    likely = match_likely(old, new, {match.old for match in certain}, {match.new for match in certain})
    return {match.new: match.old for match in certain}, {match.new: match.old for match in likely}


def _against(rule: _Rule, n: int, said: Sequence[tuple[_Rule, list[int]]], sure: Mapping[str, int]) -> str | None:
    """What speaks against a rule about a row: another rule, or the row that has the id with the same words."""
    for other, named in said:
        if other is rule or len(named) != 1:
            continue
        same_row, same_id = named[0] == n, other.target == rule.target
        both_are = bool(rule.said.is_ and other.said.is_)
        if (both_are and same_row != same_id) or (
            same_row and same_id and not both_are and rule.said.is_ != other.said.is_
        ):
            return f"contradicts {other.where}"
    if rule.said.is_ and sure.get(rule.target, n) != n:
        return f"{rule.target} is another row, which has the same words as before"
    return None


def _of_documents(table: pa.Table, documents: Collection[str]) -> pa.Table:
    return table.filter(pc.is_in(table["document_id"], value_set=pa.array(sorted(documents), pa.string())))
