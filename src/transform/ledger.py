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

from config.models import IdentityRule
from transform.arrow_tables import Row, Tables
from transform.identity import Candidate, Mint, Pair, make_fingerprint, match_certain, match_likely, normalise
from transform.lineage import RENAMED, RETURNED, Event, find_retired_ids, find_splits_and_merges
from transform.schema import MINTED, TABLES

# The ids of more documents than this are not looked for one by one: all are taken.
MOST_SEARCHED_DOCUMENTS = 16


@dataclass(frozen=True, slots=True)
class UncertainMatch:
    """A row that kept its id although its words changed: published, so that a person can disagree."""

    table: str
    row_id: str
    rule: str
    score: float


@dataclass(frozen=True, slots=True)
class OldRow:
    """A row of the previous release as matching sees it."""

    row_id: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row of a new reading: as matching sees it, and how an id of its own begins."""

    candidate: Candidate
    prefix: str


@dataclass(frozen=True, slots=True)
class _Decisions:
    """What a person decided of a document's rows: the ids that some must have, the pairs that must not be.

    `reasons` by those ids; `instead` are the ids that rows had before, by what they have now.
    """

    forced: Mapping[int, str]
    forbidden: Collection[Pair]
    reasons: Mapping[str, str]
    replaced: Mapping[str, str]


@dataclass
class _AppliedRule:
    """A person's word on identity, where it belongs, and what came of it."""

    decision: IdentityRule
    where: str
    table: str = ""
    document_id: str = ""
    row_count: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def target(self) -> str:
        """The id that the rule is about."""
        return self.decision.is_ or self.decision.is_not or ""

    def is_met_by(self, row_id: str | None) -> bool:
        """Whether a row that would have this id by itself is as the rule says."""
        return row_id == self.decision.is_ if self.decision.is_ else row_id != self.decision.is_not


class Ledger:
    """Keeps and mints ids; holds state while one draft is made."""

    def __init__(
        self,
        previous: Tables,
        history: Sequence[Row],
        documents: Collection[str],
        read_documents: Collection[str],
        former_ids: Mapping[str, str] | None = None,
    ) -> None:
        """`documents` are all that the draft will hold, `read` those whose rows are made anew.

        `formerly` says which of them had another id before, when their source was called otherwise.
        """
        self._previous = previous
        self._documents = documents
        self.unchanged_documents = set(documents) - set(read_documents)
        self._rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._stated = {
            (row["table_name"], row["row_id"], row["column_name"]): row["stated"]
            for row in previous["corrections"].to_pylist()
        }
        self._published: dict[tuple[str, str], str] = {}
        self._former_ids = former_ids or {}
        for name in ("areas", "tasks", "claims", "citations"):
            self._load_rows(name, {*read_documents, *self._former_ids.values()})
        retired_ids = find_retired_ids(history)
        ids_in_use = set(_find_used_ids(previous, [row_id for _, row_id in retired_ids.values()]))
        self.retired = {
            fingerprint: table_and_id
            for fingerprint, table_and_id in retired_ids.items()
            if table_and_id[1] not in ids_in_use
        }
        self._historic_tables = {row["old_id"]: row["table_name"] for row in history}
        successors = (row["new_id"] for row in history if row["new_id"])
        self.mint = Mint([*_list_taken_ids(previous, read_documents), *self._historic_tables, *successors])
        self.uncertain: list[UncertainMatch] = []
        self.events: list[Event] = []
        self._rules: list[_AppliedRule] = []
        self._rule_problems: list[str] = []

    def add_rules(self, rules: Sequence[IdentityRule]) -> None:
        """Take in what a person says of identity."""
        for index, decision in enumerate(rules):
            where = f"identity[{index}]"
            rule = _AppliedRule(decision, where)
            table, rule.document_id = self.locate_id(rule.target)
            if table is None:
                self._rule_problems.append(
                    f"{where}: {rule.target} was never an id of this dataset; take the rule out, or mend it"
                )
            else:
                rule.table = table
                self._rules.append(rule)

    def locate_id(self, row_id: str) -> tuple[str | None, str]:
        """The table of an id that is or was in use, and its document."""
        for name, key in MINTED.items():
            position = pc.index(self._previous[name][key], row_id).as_py() if name != "bodies" else -1
            if position >= 0:
                return name, self._previous[name]["document_id"][position].as_py()
        return self._historic_tables.get(row_id), row_id.rpartition("/")[0]

    def get_old_rows(self, table: str, document_id: str) -> list[Row]:
        """A document's rows in the previous release, in the source's own words where they were corrected."""
        return self._rows[table, self._former_ids.get(document_id, document_id)]

    def assign_ids(self, table: str, document_id: str, old: Sequence[OldRow], new: Sequence[NewRow]) -> list[str]:
        """An id for each new row of a document: that of the old row which it is, or a fresh one."""
        decisions = self._decide(table, document_id, old, new)
        self._end_retirement(table, decisions.reasons)
        kept = self._match_ids((table, document_id), old, new, decisions)
        for before, now in decisions.replaced.items():
            if before not in kept.values():
                self.events.append(Event(table, before, RENAMED, now, decisions.reasons[now]))
        ids = [kept.get(n) or self.mint.mint_numbered(row.prefix, n + 1) for n, row in enumerate(new)]
        ids = self._rename_ids(table, document_id, ids)
        if table == "tasks" and old:
            self.events += find_splits_and_merges(
                table,
                {row.row_id: row.candidate.words for row in old if row.row_id not in self._list_renamed_ids()},
                dict(zip(ids, (row.candidate.words for row in new), strict=True)),
            )
        return ids

    def revive_id(self, table: str, document_id: str, words: str) -> str | None:
        """The retired id of a row with these words; it is in use again then."""
        table_and_id = self.retired.get(make_fingerprint(table, document_id, words))
        if table_and_id is None or table_and_id[0] != table:
            return None
        del self.retired[make_fingerprint(table, document_id, words)]
        self.events.append(Event(table, table_and_id[1], RETURNED, table_and_id[1], "the same words are there again"))
        return table_and_id[1]

    def list_notes(self) -> list[str]:
        """A line for each of a person's rules that has nothing to do any more, or cannot do it."""
        without_row = [
            f"{rule.where}: no row begins with “{rule.decision.words}”; take the rule out, or mend it"
            if rule.decision.words
            else f"{rule.where}: {rule.decision.id} is no row's id any more; the rule can be taken out"
            for rule in self._rules
            if not rule.row_count
        ]
        moved = [
            f"sources: {new} goes on from {old}, which had the same address; its rows keep their ids"
            for new, old in self._former_ids.items()
        ]
        return [*moved, *self._rule_problems, *without_row, *(note for rule in self._rules for note in rule.notes)]

    def _load_rows(self, name: str, document_ids: Collection[str]) -> None:
        table = self._previous[name]
        wanted = table if len(document_ids) * 2 > len(self._documents) else _select_documents(table, document_ids)
        identity = TABLES[name].identity
        for row in wanted.to_pylist():
            row_id = " ".join(str(row[part]) for part in identity)
            for column in ("text", "title"):
                if (name, row_id, column) in self._stated:
                    self._published[name, row_id] = row[column]
                    row[column] = self._stated[name, row_id, column]
            self._rows[name, row["document_id"]].append(row)

    def _match_ids(
        self, scope: tuple[str, str], old: Sequence[OldRow], new: Sequence[NewRow], decisions: _Decisions
    ) -> dict[int, str]:
        """The ids that stay, by index of the new row; what is not certain is put on record."""
        table, document_id = scope
        olds, news = [row.candidate for row in old], [row.candidate for row in new]
        ids, never = dict(decisions.forced), decisions.forbidden
        taken_old = {o for o, row in enumerate(old) if row.row_id in ids.values()}
        # A source may say by now what it was corrected to; then its words are those that were published.
        corrected = [self._published.get((table, row.row_id)) for row in old]
        published = [replace(row, words=words or row.words) for row, words in zip(olds, corrected, strict=True)]
        as_stated = {o for o, words in enumerate(corrected) if words is None}
        passes: list[tuple[list[Candidate], set[int]]] = [(olds, set()), (published, as_stated)]
        for wordings, skipped in passes:
            certain = match_certain(wordings, news, taken_old | skipped, ids.keys(), never)
            taken_old |= {match.old for match in certain}
            ids |= {match.new: old[match.old].row_id for match in certain}
        for n, row in enumerate(new):
            if n not in ids and (revived_id := self.revive_id(table, document_id, row.candidate.words)):
                ids[n] = revived_id
        for wordings, skipped in passes:
            likely = match_likely(wordings, news, taken_old | skipped, ids.keys(), never)
            self.uncertain += [
                UncertainMatch(table, old[match.old].row_id, match.rule, match.score) for match in likely
            ]
            taken_old |= {match.old for match in likely}
            ids |= {match.new: old[match.old].row_id for match in likely}
        return ids

    def _decide(self, table: str, document_id: str, old: Sequence[OldRow], new: Sequence[NewRow]) -> _Decisions:
        """What a person decided of these rows; what cannot be, or is so anyway, is noted."""
        words = [normalise(row.candidate.words) for row in new]
        rules = [
            (rule, [n for n, row_words in enumerate(words) if row_words.startswith(normalise(rule.decision.words))])
            for rule in self._rules
            if rule.decision.words
            and rule.table == table
            and rule.document_id in (document_id, *self._list_missing_documents())
        ]
        if not rules:
            return _Decisions({}, frozenset(), {}, {})
        certain, likely = _match_without_rules([row.candidate for row in old], [row.candidate for row in new])
        without_rules = {n: old[o].row_id for n, o in {**likely, **certain}.items()}
        certain_ids = {old[o].row_id: n for n, o in certain.items()}
        decided: dict[int, _AppliedRule] = {}
        forbidden: set[Pair] = set()
        for rule, indexes in rules:
            rule.row_count += len(indexes)
            if len(indexes) > 1:
                rule.notes.append(
                    f"{rule.where}: {len(indexes)} rows begin with “{rule.decision.words}”; say more of it"
                )
            elif indexes and (problem := _find_contradiction(rule, indexes[0], rules, certain_ids)):
                rule.notes.append(f"{rule.where}: {problem}; nothing was done")
            elif indexes and rule.is_met_by(without_rules.get(indexes[0])):
                rule.notes.append(f"{rule.where}: is so without the rule; it can be taken out")
            elif indexes and rule.decision.is_:
                decided[indexes[0]] = rule
            elif indexes:
                forbidden |= {(o, indexes[0]) for o, row in enumerate(old) if row.row_id == rule.decision.is_not}
        return _Decisions(
            {n: rule.target for n, rule in decided.items()},
            forbidden,
            {rule.target: rule.decision.reason for rule in decided.values()},
            {without_rules[n]: rule.target for n, rule in decided.items() if n in certain},
        )

    def _rename_ids(self, table: str, document_id: str, ids: list[str]) -> list[str]:
        """The ids, with those that a person says to be another one under that."""
        for rule in self._rules:
            decision = rule.decision
            if decision.id is None or decision.is_ is None or rule.table != table or decision.id not in ids:
                continue
            rule.row_count += 1
            if decision.is_ in ids or rule.document_id in {*self._documents} - {document_id}:
                rule.notes.append(f"{rule.where}: {decision.is_} is another row; nothing was done")
                continue
            self._end_retirement(table, {decision.is_: decision.reason})
            ids = [decision.is_ if row_id == decision.id else row_id for row_id in ids]
            self.events.append(Event(table, decision.id, RENAMED, decision.is_, decision.reason))
        return ids

    def _end_retirement(self, table: str, reasons: Mapping[str, str]) -> None:
        """Take ids out of retirement that a person gives to rows, for a reason each."""
        for fingerprint, (_, row_id) in list(self.retired.items()):
            if row_id in reasons:
                del self.retired[fingerprint]
                self.events.append(Event(table, row_id, RETURNED, row_id, reasons[row_id]))

    def _list_renamed_ids(self) -> set[str]:
        return {event.old_id for event in self.events if event.event == RENAMED}

    def _list_missing_documents(self) -> Iterable[str]:
        """The documents of rules that are not in the draft: their ids may go on in any other."""
        return {rule.document_id for rule in self._rules} - set(self._documents)


def _find_used_ids(previous: Tables, ids: Sequence[str]) -> Iterable[str]:
    """Those of the ids that are a row's in the previous release."""
    for name, key in MINTED.items() if ids else ():
        column = previous[name][key]
        yield from column.filter(pc.is_in(column, value_set=pa.array(ids, pa.string()))).to_pylist()


def _list_taken_ids(previous: Tables, documents: Collection[str]) -> Iterable[str]:
    """The ids of the previous release that a new row of these documents could be given: all begin with the document's.

    Those of bodies belong to no document.
    """
    for name, key in MINTED.items():
        column = previous[name][key]
        if name == "bodies" or len(documents) > MOST_SEARCHED_DOCUMENTS:
            yield from column.to_pylist()
        else:
            for document_id in documents:
                yield from column.filter(pc.starts_with(column, f"{document_id}/")).to_pylist()


def _match_without_rules(old: Sequence[Candidate], new: Sequence[Candidate]) -> tuple[dict[int, int], dict[int, int]]:
    """Which new row would be which old one without any person's word: for certain, and by likeness."""
    certain = match_certain(old, new)
    likely = match_likely(old, new, {match.old for match in certain}, {match.new for match in certain})
    return {match.new: match.old for match in certain}, {match.new: match.old for match in likely}


def _find_contradiction(
    rule: _AppliedRule, n: int, rules: Sequence[tuple[_AppliedRule, list[int]]], certain_ids: Mapping[str, int]
) -> str | None:
    """What speaks against a rule about a row: another rule, or the row that has the id with the same words."""
    for other, other_indexes in rules:
        if other is rule or len(other_indexes) != 1:
            continue
        same_row, same_id = other_indexes[0] == n, other.target == rule.target
        both_are = bool(rule.decision.is_ and other.decision.is_)
        if (both_are and same_row != same_id) or (
            same_row and same_id and not both_are and rule.decision.is_ != other.decision.is_
        ):
            return f"contradicts {other.where}"
    if rule.decision.is_ and certain_ids.get(rule.target, n) != n:
        return f"{rule.target} is another row, which has the same words as before"
    return None


def _select_documents(table: pa.Table, documents: Collection[str]) -> pa.Table:
    return table.filter(pc.is_in(table["document_id"], value_set=pa.array(sorted(documents), pa.string())))
