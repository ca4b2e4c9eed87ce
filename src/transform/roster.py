"""The bodies of one draft: who is meant by each name, under which id, in which document.

An id stays with a body by the key under which it is recognised (`bodies.identify`), taken from what the previous
release says that each document calls it; where a better table of aliases makes one of what were two, that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from config.models import Alias
from extract.plan import Plan
from transform.bodies import explained, identify, language_of_name
from transform.identity import normal, slug
from transform.ledger import Ledger
from transform.lineage import MERGED, Event
from transform.sheets import Row, Tables

# Stands for whichever document; a key begins with it only where a name means another body in each of them.
ANY_DOCUMENT = "*"
PARTIES_FIRST = ("party", "team", "office", "organisation")


class Roster:
    """Gives each name its body; holds state while one draft is made."""

    def __init__(self, previous: Tables, ledger: Ledger, aliases: Sequence[Alias]) -> None:
        self._ledger = ledger
        self._own = {normal(short): alias.name for alias in aliases for short in alias.also}
        self._before = {row["body_id"]: row for row in previous["bodies"].to_pylist()}
        self._mentions = _with_places(previous["mentions"], previous["documents"])
        self._by_key: dict[str, str] = {}
        self._by_words: dict[tuple[str, str], str] = {}
        self._learn()
        self._named: dict[str, list[str]] = {}
        self._became: dict[str, str] = {}

    def body_id(self, stated: str, place: str | None, document_id: str, also: Mapping[str, str]) -> str:
        """The id of the body that a document of a place means; `also` are the short names that it explains."""
        named = identify(stated, place, document_id, {**also, **self._own})
        before = self._by_words.get((document_id, normal(stated)))
        found = self._by_key.get(named.key) or before
        if found is not None and before not in (None, found):
            self._became[str(before)] = found
        if found is None:
            found = self._ledger.returning("bodies", "", named.key) or self._ledger.mint.named(slug(named.name))
        self._by_key.setdefault(named.key, found)
        self._named.setdefault(found, []).append(named.name)
        return found

    def mentions(self, plan: Plan, place: str | None, document_id: str) -> tuple[list[Row], dict[str, str]]:
        """The rows of `mentions` of a document, and the body's id by stated name."""
        listed = [(body.name, body.name, body.kind) for body in plan.bodies]
        listed += [(one.body, one.stated_as, "organisation") for task in plan.tasks for one in task.assignments]
        also = explained(name for name, _, _ in listed)
        ids: dict[str, str] = {}
        rows: dict[str, Row] = {}
        for name, stated, kind in listed:
            if name not in ids:
                ids[name] = self.body_id(name, place, document_id, also)
            row = {"document_id": document_id, "body_id": ids[name], "stated_as": stated, "kind": kind}
            rows.setdefault(ids[name], row)
        return list(rows.values()), ids

    def rows(self, mentions: pa.Table, kept: pa.Table) -> Iterable[Row]:
        """The rows of `bodies`: those that are mentioned. A name stays as long as a document still says it.

        `kept` are the mentions of the documents whose rows are not made anew.
        """
        unread = set(pc.unique(kept["body_id"]).to_pylist())
        kinds: dict[str, list[str]] = {}
        pairs = mentions.select(["body_id", "kind"]).group_by(["body_id", "kind"], use_threads=False).aggregate([])
        for row in pairs.to_pylist():
            kinds.setdefault(row["body_id"], []).append(row["kind"])
        for body_id, found in kinds.items():
            before = self._before.get(body_id)
            names = self._named.get(body_id, [])
            name = before["name"] if before and (body_id in unread or before["name"] in names) else names[0]
            kind = next(kind for kind in PARTIES_FIRST if kind in found)
            yield {
                "body_id": body_id,
                "name": name,
                "language": language_of_name(name),
                "kind": kind,
            }

    def events(self, still: Iterable[str]) -> list[Event]:
        """What became of the bodies that are no row any more because they are the same as another."""
        kept = set(still)
        known = {*self._before, *pc.unique(self._mentions["body_id"]).to_pylist()}
        became = {old_id: self._became.get(old_id) or self._by_key.get(self.key_of(old_id)) for old_id in known - kept}
        return [
            Event("bodies", old_id, MERGED, new_id, "two names of one body")
            for old_id, new_id in sorted(became.items())
            if new_id in kept
        ]

    def key_of(self, body_id: str) -> str:
        """The key of a body of the previous release: that of its first name in its first document."""
        said = self._mentions.filter(pc.equal(self._mentions["body_id"], body_id)).to_pylist()
        for row in sorted(said, key=lambda row: (row["stated_as"], row["document_id"]))[:1]:
            return self._key(row["stated_as"], row["place"], row["document_id"])
        known = self._before.get(body_id)
        return identify(known["name"], None, "", self._own).key if known else ""

    def _key(self, stated: str, place: str | None, document_id: str) -> str:
        return identify(stated, place, document_id, {**self._explains.get(document_id, {}), **self._own}).key

    def _learn(self) -> None:
        """Who was meant by which name in which document, read with today's table of aliases.

        What a name means is mostly the same in all documents of a place: so it is looked up once for all of them, and
        by itself only in documents whose rows do not stay, and where a document explains the name.
        """
        mentions = self._mentions
        leaving = pc.invert(pc.is_in(mentions["document_id"], pa.array(sorted(self._ledger.stays), pa.string())))
        self._explains, short = self._explained(pc.unique(mentions["stated_as"]).to_pylist())
        by_itself = pc.or_(
            leaving,
            pc.and_(
                pc.is_in(mentions["stated_as"], value_set=pa.array(short, pa.string())),
                pc.is_in(mentions["document_id"], value_set=pa.array(sorted(self._explains), pa.string())),
            ),
        )
        keys: dict[str, str] = {}
        for row in mentions.filter(by_itself).to_pylist():
            _put_first(keys, self._key(row["stated_as"], row["place"], row["document_id"]), row["body_id"])
        for row in mentions.filter(leaving).to_pylist():
            _put_first(self._by_words, (row["document_id"], normal(row["stated_as"])), row["body_id"])
        parts = ["body_id", "stated_as", "place"]
        for row in mentions.filter(pc.invert(by_itself)).group_by(parts, use_threads=False).aggregate([]).to_pylist():
            key = self._key(row["stated_as"], row["place"], ANY_DOCUMENT)
            if not key.startswith(ANY_DOCUMENT):  # else it is known in one document only, and that one stays
                _put_first(keys, key, row["body_id"])
        self._by_key = keys
        for body_id in sorted(self._before):
            key = identify(self._before[body_id]["name"], None, "", self._own).key
            self._by_key.setdefault(key, body_id)

    def _explained(self, names: Sequence[str]) -> tuple[dict[str, dict[str, str]], list[str]]:
        """What each document explains of short names, and which of all the names are such short ones."""
        found = {name: says for name in names if (says := explained([name]))}
        mentions = self._mentions
        said = mentions.filter(pc.is_in(mentions["stated_as"], value_set=pa.array(sorted(found), pa.string())))
        explains: dict[str, dict[str, str]] = {}
        for row in said.to_pylist():
            explains.setdefault(row["document_id"], {}).update(found[row["stated_as"]])
        shorts = {short for says in found.values() for short in says}
        if not shorts:
            return explains, []
        return explains, [name for name in names if normal(next(iter(explained([name]).values()), name)) in shorts]


def _put_first(ids: dict[Any, str], key: object, body_id: str) -> None:
    """Put down a body under a key; of several the first by its id."""
    ids[key] = min(ids.get(key, body_id), body_id)


def _with_places(mentions: pa.Table, documents: pa.Table) -> pa.Table:
    """The mentions, each with the place of its document."""
    at = pc.index_in(mentions["document_id"], value_set=documents["document_id"].combine_chunks())
    return mentions.append_column("place", documents["place"].take(at))
