"""The bodies of one draft: who is meant by each name, under which id, in which document.

An id stays with a body by the key under which it is recognised (`bodies.identify`), taken from what the previous
release says that each document calls it; where a better table of aliases makes one of what were two, that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from collect.dataset import Alias
from extract.plan import Plan
from transform.bodies import Named, explained, identify, language_of_name
from transform.identity import normal, slug
from transform.ledger import Ledger
from transform.lineage import MERGED, Event
from transform.sheets import Row, Tables

PARTIES_FIRST = ("party", "team", "office", "organisation")


class Roster:
    """Gives each name its body; holds state while one draft is made."""

    def __init__(self, previous: Tables, ledger: Ledger, aliases: Sequence[Alias]) -> None:
        self._ledger = ledger
        self._own = {normal(short): alias.name for alias in aliases for short in alias.also}
        self._before = {row["body_id"]: row for row in previous["bodies"].to_pylist()}
        self._by_key: dict[str, str] = {}
        self._by_words: dict[tuple[str, str], str] = {}
        self._learn(previous)
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
        became = {old_id: self._by_key.get(key) for old_id, key in self._keys.items()} | self._became
        return [
            Event("bodies", old_id, MERGED, new_id, "two names of one body")
            for old_id, new_id in became.items()
            if old_id not in kept and new_id in kept
        ]

    def key_of(self, body_id: str) -> str:
        """The key of a body of the previous release."""
        return self._keys.get(body_id, "")

    def _learn(self, previous: Tables) -> None:
        """Who was meant by which name in which document, read with today's table of aliases."""
        places = dict(
            zip(
                previous["documents"]["document_id"].to_pylist(),
                previous["documents"]["place"].to_pylist(),
                strict=True,
            )
        )
        said = [(row["body_id"], row["stated_as"], row["document_id"]) for row in previous["mentions"].to_pylist()]
        explains: dict[str, dict[str, str]] = {}
        for _, stated, document_id in said:
            if found := explained([stated]):
                explains.setdefault(document_id, {}).update(found)
        self._keys: dict[str, str] = {}
        for body_id, stated, document_id in sorted(said):
            own = {**explains.get(document_id, {}), **self._own}
            named: Named = identify(stated, places.get(document_id), document_id, own)
            self._keys.setdefault(body_id, named.key)
            self._by_key.setdefault(named.key, body_id)
            self._by_words.setdefault((document_id, normal(stated)), body_id)
        for body_id, row in sorted(self._before.items()):
            key = identify(row["name"], None, "", self._own).key
            self._keys.setdefault(body_id, key)
            self._by_key.setdefault(key, body_id)
