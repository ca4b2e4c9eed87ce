"""Assigns the ids of areas, tasks, claims and citations in one draft.

The rows of a document in the previous release and in its new reading come in; an id for each new row goes out. In this
order, a new row gets

1. the id that a person's rule in the dataset's file gives it (`identity:`);
2. the id of the old row with the same words;
3. the retired id of a row that had the same words in an earlier version;
4. the id of an old row that is similar enough (`identity.match_likely`);
5. a new id, never used before: `harbour-2021/t05`.

Beside the ids the ledger collects the uncertain matches, what happened to ids (events for `id_history`), and notes on
rules that have no effect. It keeps the promise that an id is never given to another row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from config.models import IdentityRule
from transform.arrow_tables import Row, Tables
from transform.identity import Candidate, Mint, Pair, make_fingerprint, match_certain, match_likely, normalise
from transform.lineage import RENAMED, RETURNED, Event, find_retired_ids, find_splits_and_merges
from transform.schema import MINTED, TABLES


@dataclass(frozen=True, slots=True)
class UncertainMatch:
    """A row that kept its id although its words changed; published, so that a person can disagree."""

    table: str
    row_id: str
    rule: str
    score: float


@dataclass(frozen=True, slots=True)
class OldRow:
    """A row of the previous release: its id, and what it is matched by."""

    row_id: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row of a new reading: what it is matched by, and the prefix of a new id for it."""

    candidate: Candidate
    prefix: str


@dataclass(frozen=True, slots=True)
class _Decisions:
    """What a person decided about the rows of one table in one document.

    `forced` maps indexes of new rows to the ids that they must have; `forbidden` are pairs of an old and a new index
    that must not be matched. `reasons` are by forced id; `replaced` maps the id that a row would have kept to the
    forced one.
    """

    forced: Mapping[int, str]
    forbidden: Collection[Pair]
    reasons: Mapping[str, str]
    replaced: Mapping[str, str]


@dataclass
class _AppliedRule:
    """An identity rule, with the table and document of its id, and the number of rows that it applied to."""

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
        """Whether the rule holds for a row that would get `row_id` without it."""
        return row_id == self.decision.is_ if self.decision.is_ else row_id != self.decision.is_not


class Ledger:
    """Assigns ids, and holds the state of that while one draft is made."""

    def __init__(
        self,
        previous: Tables,
        history: Sequence[Row],
        documents: Collection[str],
        read_documents: Collection[str],
        former_ids: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare for a draft that holds `documents`, of which `read_documents` are read again.

        `history` are the rows of `id_history` so far. `former_ids` maps documents to the ids that they had before
        their source was renamed.
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
        self.mint = Mint([*_list_taken_ids(previous), *self._historic_tables, *successors])
        self.uncertain: list[UncertainMatch] = []
        self.events: list[Event] = []
        self._rules: list[_AppliedRule] = []
        self._rule_problems: list[str] = []

    def add_rules(self, rules: Sequence[IdentityRule]) -> None:
        """Add the identity rules of the dataset's file, before any id is assigned."""
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
        """The table and the document of an id that is or was in use; the table is None if it never was."""
        for name, key in MINTED.items():
            position = pc.index(self._previous[name][key], row_id).as_py() if name != "bodies" else -1
            if position >= 0:
                return name, self._previous[name]["document_id"][position].as_py()
        return self._historic_tables.get(row_id), row_id.rpartition("/")[0]

    def get_old_rows(self, table: str, document_id: str) -> list[Row]:
        """A document's rows in the previous release; corrected cells hold what the source stated."""
        return self._rows[table, self._former_ids.get(document_id, document_id)]

    def assign_ids(self, table: str, document_id: str, old: Sequence[OldRow], new: Sequence[NewRow]) -> list[str]:
        """An id for each new row of a document: that of the old row which it continues, or a new one."""
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
        """The retired id of a row with these words, which is in use again from now on; None if there is none."""
        table_and_id = self.retired.get(make_fingerprint(table, document_id, words))
        if table_and_id is None or table_and_id[0] != table:
            return None
        del self.retired[make_fingerprint(table, document_id, words)]
        self.events.append(Event(table, table_and_id[1], RETURNED, table_and_id[1], "the same words are there again"))
        return table_and_id[1]

    def list_notes(self) -> list[str]:
        """A line for each renamed source, and for each rule that has no effect or cannot be applied."""
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
        """Load the old rows of these documents; what was corrected is put back to what the source stated."""
        table, identity = self._previous[name], TABLES[name].identity
        wanted = pc.is_in(table["document_id"], value_set=pa.array(sorted(document_ids), pa.string()))
        for row in table.filter(wanted).to_pylist():
            row_id = " ".join(str(row[part]) for part in identity)
            for column in ("text", "title"):
                if (name, row_id, column) in self._stated:
                    self._published[name, row_id] = row[column]
                    row[column] = self._stated[name, row_id, column]
            self._rows[name, row["document_id"]].append(row)

    def _match_ids(
        self, scope: tuple[str, str], old: Sequence[OldRow], new: Sequence[NewRow], decisions: _Decisions
    ) -> dict[int, str]:
        """The ids that new rows take over, by index of the new row; uncertain matches are recorded."""
        table, document_id = scope
        olds, news = [row.candidate for row in old], [row.candidate for row in new]
        ids, never = dict(decisions.forced), decisions.forbidden
        taken_old = {o for o, row in enumerate(old) if row.row_id in ids.values()}
        # A source may have adopted a correction: then its words are those that were published, not those it stated.
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
        """What the rules decide about these rows; rules that contradict each other or have no effect are noted."""
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
        """The ids after rules that name a row by its id: such a row takes the id that the rule gives it."""
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
        """Put retired ids into use again that rules give to rows; `reasons` are by id."""
        for fingerprint, (_, row_id) in list(self.retired.items()):
            if row_id in reasons:
                del self.retired[fingerprint]
                self.events.append(Event(table, row_id, RETURNED, row_id, reasons[row_id]))

    def _list_renamed_ids(self) -> set[str]:
        return {event.old_id for event in self.events if event.event == RENAMED}

    def _list_missing_documents(self) -> set[str]:
        """The documents of rules that are not in the draft: their ids may continue in any other document."""
        return {rule.document_id for rule in self._rules} - set(self._documents)


def _find_used_ids(previous: Tables, ids: Sequence[str]) -> Iterator[str]:
    for name, key in MINTED.items() if ids else ():
        column = previous[name][key]
        yield from column.filter(pc.is_in(column, value_set=pa.array(ids, pa.string()))).to_pylist()


def _list_taken_ids(previous: Tables) -> Iterator[str]:
    for name, key in MINTED.items():
        yield from previous[name][key].to_pylist()


def _match_without_rules(old: Sequence[Candidate], new: Sequence[Candidate]) -> tuple[dict[int, int], dict[int, int]]:
    """The matches without any rule, certain and likely ones, as old indexes by new index."""
    certain = match_certain(old, new)
    likely = match_likely(old, new, {match.old for match in certain}, {match.new for match in certain})
    return {match.new: match.old for match in certain}, {match.new: match.old for match in likely}


def _find_contradiction(
    rule: _AppliedRule, n: int, rules: Sequence[tuple[_AppliedRule, list[int]]], certain_ids: Mapping[str, int]
) -> str | None:
    """Why a rule about the new row `n` cannot be applied: another rule, or a row that has its id for certain."""
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
