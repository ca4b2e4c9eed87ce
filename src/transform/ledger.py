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
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow.compute as pc

from config.models import IdentityRule
from transform.arrow_tables import Row, Tables, match_values
from transform.identity import (
    SAME_WORDS,
    Candidate,
    Mint,
    Pair,
    make_fingerprint,
    match_certain,
    match_likely,
    match_rows,
    normalise,
)
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
class _Decisions:
    """What a person decided about the rows of one table in one document.

    `rules` maps indexes of new rows to the rules that give them an id; `forbidden` are pairs of an old and a new index
    that must not be matched. `replaced` maps the id that a row would have kept to the rule that gives it another.
    """

    rules: Mapping[int, _AppliedRule] = field(default_factory=dict)
    forbidden: Collection[Pair] = ()
    replaced: Mapping[str, _AppliedRule] = field(default_factory=dict)


@dataclass
class _AppliedRule:
    """An identity rule with the table and document of its id, and the number of rows that it applied to.

    `table` is None if the id was never one of this dataset.
    """

    decision: IdentityRule
    where: str
    table: str | None
    document_id: str
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
        *,
        kept_documents: Collection[str] = (),
    ) -> None:
        """Prepare for a draft that holds `documents`, of which `read_documents` are read again.

        `history` are the rows of `id_history` so far. `former_ids` maps documents to the ids that they had before
        their source was renamed. `kept_documents` cannot be read: no rule is applied to them.
        """
        self._kept_documents = kept_documents
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
        ids_in_use = {row_id for name, key in MINTED.items() for row_id in previous[name][key].to_pylist()}
        self._retired = {
            fingerprint: (table, row_id)
            for fingerprint, (table, row_id) in find_retired_ids(history).items()
            if row_id not in ids_in_use
        }
        self._historic_tables = {row["old_id"]: row["table_name"] for row in history}
        successors = (row["new_id"] for row in history if row["new_id"])
        self.mint = Mint([*ids_in_use, *self._historic_tables, *successors])
        self.uncertain: list[UncertainMatch] = []
        self.events: list[Event] = []
        self._rules: list[_AppliedRule] = []

    def add_rules(self, rules: Sequence[IdentityRule]) -> None:
        """Add the identity rules of the dataset's file, before any id is assigned."""
        for index, decision in enumerate(rules):
            table, document_id = self._locate_id(decision.is_ or decision.is_not or "")
            self._rules.append(_AppliedRule(decision, f"identity[{index}]", table, document_id))

    def _locate_id(self, row_id: str) -> tuple[str | None, str]:
        """The table and the document of an id that is or was in use; the table is None if it never was."""
        for name, key in MINTED.items():
            position = pc.index(self._previous[name][key], row_id).as_py() if name != "bodies" else -1
            if position >= 0:
                return name, self._previous[name]["document_id"][position].as_py()
        return self._historic_tables.get(row_id), row_id.rpartition("/")[0]

    def get_old_rows(self, table: str, document_id: str) -> list[Row]:
        """A document's rows in the previous release; corrected cells hold what the source stated."""
        return self._rows[table, self._former_ids.get(document_id, document_id)]

    def assign_ids(
        self,
        table: str,
        document_id: str,
        old: Mapping[str, Candidate],
        new: Sequence[Candidate],
        letters: Iterable[str],
    ) -> list[str]:
        """An id for each new row of a document: that of the old row which it continues, or a new one.

        `old` are the rows of the previous release by id; `letters` are those before the number in a new id, for each
        new row.
        """
        decisions = self._decide(table, document_id, old, new)
        self._end_retirement(table, {rule.target: rule.decision.reason for rule in decisions.rules.values()})
        kept = self._match_ids((table, document_id), old, new, decisions)
        for before, rule in decisions.replaced.items():
            if before not in kept.values():
                self.events.append(Event(table, before, RENAMED, rule.target, rule.decision.reason))
        ids = [
            kept.get(n) or self.mint.mint_numbered(f"{document_id}/{letter}", n + 1)
            for n, letter in zip(range(len(new)), letters, strict=False)
        ]
        ids = self._rename_ids(table, document_id, ids)
        if table == "tasks" and old:
            renamed = {event.old_id for event in self.events if event.event == RENAMED}
            self.events += find_splits_and_merges(
                table,
                {row_id: row.words for row_id, row in old.items() if row_id not in renamed},
                {row_id: row.words for row_id, row in zip(ids, new, strict=True)},
            )
        return ids

    def revive_id(self, table: str, document_id: str, words: str) -> str | None:
        """The retired id of a row with these words, which is in use again from now on; None if there is none."""
        fingerprint = make_fingerprint(table, document_id, words)
        retired_table, row_id = self._retired.get(fingerprint, (None, ""))
        if retired_table != table:
            return None
        del self._retired[fingerprint]
        self.events.append(Event(table, row_id, RETURNED, row_id, "the same words are there again"))
        return row_id

    def list_notes(self) -> list[str]:
        """A line for each renamed source, and for each rule that has no effect or cannot be applied."""
        moved = [
            f"sources: {new} goes on from {old}, which had the same address; its rows keep their ids"
            for new, old in self._former_ids.items()
        ]
        unknown = [
            f"{rule.where}: {rule.target} was never an id of this dataset; take the rule out, or mend it"
            for rule in self._rules
            if rule.table is None
        ]
        without_row = [
            f"{rule.where}: no row begins with “{rule.decision.words}”; take the rule out, or mend it"
            if rule.decision.words
            else f"{rule.where}: {rule.decision.id} is no row's id any more; the rule can be taken out"
            for rule in self._rules
            if rule.table is not None and not rule.row_count and rule.document_id not in self._kept_documents
        ]
        return [*moved, *unknown, *without_row, *(note for rule in self._rules for note in rule.notes)]

    def _load_rows(self, name: str, document_ids: Collection[str]) -> None:
        """Load the old rows of these documents; what was corrected is put back to what the source stated."""
        table, identity = self._previous[name], TABLES[name].identity
        for row in table.filter(match_values(table["document_id"], document_ids)).to_pylist():
            row_id = " ".join(str(row[part]) for part in identity)
            for column in ("text", "title"):
                if (name, row_id, column) in self._stated:
                    self._published[name, row_id] = row[column]
                    row[column] = self._stated[name, row_id, column]
            self._rows[name, row["document_id"]].append(row)

    def _match_ids(
        self, scope: tuple[str, str], old: Mapping[str, Candidate], new: Sequence[Candidate], decisions: _Decisions
    ) -> dict[int, str]:
        """The ids that new rows take over, by index of the new row; uncertain matches are recorded."""
        table, document_id = scope
        old_ids, never = list(old), decisions.forbidden
        ids = {n: rule.target for n, rule in decisions.rules.items()}
        taken_old = {o for o, row_id in enumerate(old_ids) if row_id in ids.values()}
        # A source may have adopted a correction: then its words are those that were published, not those it stated.
        corrected = [self._published.get((table, row_id)) for row_id in old_ids]
        stated = list(old.values())
        published = [replace(row, words=words or row.words) for row, words in zip(stated, corrected, strict=True)]
        as_stated = {o for o, words in enumerate(corrected) if words is None}
        passes: list[tuple[list[Candidate], set[int]]] = [(stated, set()), (published, as_stated)]
        for wordings, skipped in passes:
            for match in match_certain(wordings, new, taken_old | skipped, ids.keys(), never):
                taken_old.add(match.old)
                ids[match.new] = old_ids[match.old]
        for n, row in enumerate(new):
            if n not in ids and (revived_id := self.revive_id(table, document_id, row.words)):
                ids[n] = revived_id
        for wordings, skipped in passes:
            for match in match_likely(wordings, new, taken_old | skipped, ids.keys(), never):
                taken_old.add(match.old)
                ids[match.new] = old_ids[match.old]
                self.uncertain.append(UncertainMatch(table, old_ids[match.old], match.rule, match.score))
        return ids

    def _decide(
        self, table: str, document_id: str, old: Mapping[str, Candidate], new: Sequence[Candidate]
    ) -> _Decisions:
        """What the rules decide about these rows; rules that contradict each other or have no effect are noted."""
        words = [normalise(row.words) for row in new]
        # The ids of a document that is not in the draft may continue in any other document.
        rules = [
            (rule, [n for n, row_words in enumerate(words) if row_words.startswith(normalise(rule.decision.words))])
            for rule in self._rules
            if rule.decision.words
            and rule.table == table
            and (rule.document_id == document_id or rule.document_id not in self._documents)
        ]
        if not rules:
            return _Decisions()
        old_ids = list(old)
        matches = match_rows(list(old.values()), new)
        without_rules = {match.new: old_ids[match.old] for match in matches}
        certain_ids = {old_ids[match.old]: match.new for match in matches if match.rule == SAME_WORDS}
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
                forbidden |= {(o, indexes[0]) for o, row_id in enumerate(old_ids) if row_id == rule.decision.is_not}
        replaced = {row_id: decided[n] for row_id, n in certain_ids.items() if n in decided}
        return _Decisions(decided, forbidden, replaced)

    def _rename_ids(self, table: str, document_id: str, ids: list[str]) -> list[str]:
        """The ids after rules that name a row by its id: such a row takes the id that the rule gives it."""
        for rule in self._rules:
            decision = rule.decision
            if decision.id is None or decision.is_ is None or rule.table != table or decision.id not in ids:
                continue
            rule.row_count += 1
            if decision.is_ in ids or (rule.document_id != document_id and rule.document_id in self._documents):
                rule.notes.append(f"{rule.where}: {decision.is_} is another row; nothing was done")
                continue
            self._end_retirement(table, {decision.is_: decision.reason})
            ids = [decision.is_ if row_id == decision.id else row_id for row_id in ids]
            self.events.append(Event(table, decision.id, RENAMED, decision.is_, decision.reason))
        return ids

    def _end_retirement(self, table: str, reasons: Mapping[str, str]) -> None:
        """Put retired ids into use again that rules give to rows; `reasons` are by id."""
        for fingerprint, (_, row_id) in list(self._retired.items()):
            if row_id in reasons:
                del self._retired[fingerprint]
                self.events.append(Event(table, row_id, RETURNED, row_id, reasons[row_id]))


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
