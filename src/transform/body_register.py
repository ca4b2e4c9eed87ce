"""Assigns the ids of bodies in one draft: which body each name in each document means.

A body keeps its id by its key (`bodies.identify_body`). The keys of known bodies are computed from the mentions in the
previous release, with today's table of aliases. If that makes one body of two, one id stays and the other is recorded
as merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from config.models import Alias
from extract.plan import Plan
from transform.arrow_tables import Row, Tables, match_values, to_array
from transform.bodies import detect_language, identify_body, read_abbreviations
from transform.identity import make_slug, normalise
from transform.ledger import Ledger
from transform.lineage import MERGED, Event

# Stands for any document. A key begins with it only if the name means a different body in each document.
ANY_DOCUMENT = "*"
KIND_PRIORITY = ("party", "team", "office", "organisation")


class BodyRegister:
    """Finds the body of each name, and holds the state of that while one draft is made."""

    def __init__(self, previous: Tables, ledger: Ledger, aliases: Sequence[Alias]) -> None:
        self._ledger = ledger
        self._full_names = {normalise(short): alias.name for alias in aliases for short in alias.also}
        stated_names = {
            row["row_id"]: row["stated"]
            for row in previous["corrections"].to_pylist()
            if (row["table_name"], row["column_name"]) == ("bodies", "name")
        }
        self._old_bodies = {
            row["body_id"]: {**row, "name": stated_names.get(row["body_id"], row["name"])}
            for row in previous["bodies"].to_pylist()
        }
        documents, mentions = previous["documents"], previous["mentions"]
        positions = pc.index_in(mentions["document_id"], value_set=documents["document_id"])
        self._mentions = mentions.append_column("place", documents["place"].take(positions))
        self._by_key: dict[str, str] = {}
        self._by_words: dict[tuple[str, str], str] = {}
        self._index_old_bodies()
        self._stated_names: dict[str, list[str]] = {}
        self._merged_into: dict[str, str] = {}

    def assign_id(self, stated: str, place: str | None, document_id: str, abbreviations: Mapping[str, str]) -> str:
        """The id of the body that a document means by the name `stated`; a new id if it is not known.

        `place` is the document's jurisdiction; `abbreviations` maps short names to those that the document explains.
        """
        body = identify_body(stated, place, document_id, {**abbreviations, **self._full_names})
        before = self._by_words.get((document_id, normalise(stated)))
        body_id = self._by_key.get(body.key) or before
        if body_id is not None and before not in (None, body_id):
            self._merged_into[str(before)] = body_id
        if body_id is None:
            body_id = self._ledger.revive_id("bodies", "", body.key) or self._ledger.mint.mint_named(
                make_slug(body.name)
            )
        self._by_key.setdefault(body.key, body_id)
        self._stated_names.setdefault(body_id, []).append(body.name)
        return body_id

    def make_mentions(self, plan: Plan, place: str | None, document_id: str) -> tuple[list[Row], dict[str, str]]:
        """The rows of `mentions` of a document, and the ids of its bodies by stated name."""
        names = [(body.name, body.name, body.kind) for body in plan.bodies]
        names += [
            (assignment.body, assignment.stated_as, "organisation")
            for task in plan.tasks
            for assignment in task.assignments
        ]
        abbreviations = read_abbreviations(name for name, _, _ in names)
        ids: dict[str, str] = {}
        rows: dict[str, Row] = {}
        for name, stated, kind in names:
            if name not in ids:
                ids[name] = self.assign_id(name, place, document_id, abbreviations)
            row = {"document_id": document_id, "body_id": ids[name], "stated_as": stated, "kind": kind}
            rows.setdefault(ids[name], row)
        return list(rows.values()), ids

    def make_rows(self, mentions: pa.Table, kept: pa.Table) -> Iterable[Row]:
        """The rows of `bodies`: all bodies in `mentions`. A body keeps its name as long as a document uses it.

        `kept` are the mentions of documents that are not read again.
        """
        unchanged_ids = set(pc.unique(kept["body_id"]).to_pylist())
        kinds: dict[str, list[str]] = {}
        pairs = zip(mentions["body_id"].to_pylist(), mentions["kind"].to_pylist(), strict=True)
        for body_id, kind in dict.fromkeys(pairs):
            kinds.setdefault(body_id, []).append(kind)
        for body_id, body_kinds in kinds.items():
            before = self._old_bodies.get(body_id)
            names = self._stated_names.get(body_id, [])
            name = before["name"] if before and (body_id in unchanged_ids or before["name"] in names) else names[0]
            kind = min(body_kinds, key=KIND_PRIORITY.index)
            yield {"body_id": body_id, "name": name, "language": detect_language(name), "kind": kind}

    def list_merges(self, current_ids: Iterable[str]) -> list[Event]:
        """A merge event for each body that has no row any more because it is the same as another."""
        kept = set(current_ids)
        earlier_ids = {*self._old_bodies, *pc.unique(self._mentions["body_id"]).to_pylist()}
        became = {
            old_id: self._merged_into.get(old_id) or self._by_key.get(self.find_old_key(old_id))
            for old_id in earlier_ids - kept
        }
        return [
            Event("bodies", old_id, MERGED, new_id, "two names of one body")
            for old_id, new_id in sorted(became.items())
            if new_id in kept
        ]

    def find_old_key(self, body_id: str) -> str:
        """The key of a body of the previous release, by its first name in its first document; empty if unknown."""
        mentions = self._mentions.filter(pc.equal(self._mentions["body_id"], body_id)).to_pylist()
        if mentions:
            first = min(mentions, key=lambda row: (row["stated_as"], row["document_id"]))
            return self._make_key(first["stated_as"], first["place"], first["document_id"])
        old_body = self._old_bodies.get(body_id)
        return self._make_key(old_body["name"], None, "") if old_body else ""

    def _make_key(self, stated: str, place: str | None, document_id: str) -> str:
        full_names = {**self._abbreviations.get(document_id, {}), **self._full_names}
        return identify_body(stated, place, document_id, full_names).key

    def _index_old_bodies(self) -> None:
        """Fill the indexes of known bodies, by key and by document and name, with today's table of aliases.

        A name mostly means the same in all documents of a place, so it is looked up once for all of them. It is looked
        up by itself in documents that are read again, and in those that explain the name.
        """
        mentions = self._mentions
        is_reread = pc.invert(match_values(mentions["document_id"], self._ledger.unchanged_documents))
        self._abbreviations, short_names = self._find_abbreviations(pc.unique(mentions["stated_as"]).to_pylist())
        is_single = pc.or_(
            is_reread,
            pc.and_(
                match_values(mentions["stated_as"], short_names),
                match_values(mentions["document_id"], self._abbreviations),
            ),
        )
        for row in mentions.filter(is_reread).to_pylist():
            _keep_first(self._by_words, (row["document_id"], normalise(row["stated_as"])), row["body_id"])
        scopes = pc.if_else(is_single, mentions["document_id"], to_array([ANY_DOCUMENT])[0]).to_pylist()
        parts = [mentions[name].to_pylist() for name in ("body_id", "stated_as", "place")]
        for body_id, name, place, scope in dict.fromkeys(zip(*parts, scopes, strict=True)):
            key = self._make_key(name, place, scope)
            if not key.startswith(ANY_DOCUMENT):  # else only one document knows it, and its rows stay
                _keep_first(self._by_key, key, body_id)
        for body_id in sorted(self._old_bodies):
            self._by_key.setdefault(self._make_key(self._old_bodies[body_id]["name"], None, ""), body_id)

    def _find_abbreviations(self, names: Sequence[str]) -> tuple[dict[str, dict[str, str]], list[str]]:
        """The abbreviations that each document explains, and those of the names that are such abbreviations."""
        abbreviations = {name: explained for name in names if (explained := read_abbreviations([name]))}
        mentions = self._mentions
        is_explaining = match_values(mentions["stated_as"], abbreviations)
        explains: dict[str, dict[str, str]] = {}
        for row in mentions.filter(is_explaining).to_pylist():
            explains.setdefault(row["document_id"], {}).update(abbreviations[row["stated_as"]])
        shorts = {short for explained in abbreviations.values() for short in explained}
        full_names = {name: next(iter(abbreviations.get(name, {}).values()), name) for name in names}
        return explains, [name for name, full_name in full_names.items() if normalise(full_name) in shorts]


def _keep_first(ids: dict[Any, str], key: object, body_id: str) -> None:
    """Store a body under a key; of several bodies, the first by id."""
    ids[key] = min(ids.get(key, body_id), body_id)
