"""The draft of a release: everything that the press needs, decided before anything is written.

Plans and the previous release in. The rows of a document whose reading is the same as then are taken over as they
are; only the others are made anew, so that the cost of a draft follows what changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from config.models import Dataset
from extract.plan import Problem
from transform.bodies import identify
from transform.changes import changes_between, columns_differ, kinds_of, next_version
from transform.checks import Basis, run_checks
from transform.content import content_hash
from transform.corrections import Corrector
from transform.facts import Announced, Draft
from transform.identity import fingerprint
from transform.ledger import Ledger, Uncertain
from transform.lineage import REMOVED, WITHDRAWN, Event, history_rows, with_table_names
from transform.roster import Roster
from transform.schema import COMING, MINTED, SCHEMA_VERSION, TABLES
from transform.sheets import Row, Sheets, Tables, by_key, conformed, merged, to_table, where
from transform.tables import Desk, add_document, capture_row

# The tables that tell of versions, and not of documents.
ABOUT_VERSIONS = ("changes", "id_history")
# Where the words stand by which a row that returns is recognised.
WORDS = {"areas": "title", "tasks": "text", "claims": "counted", "citations": "title"}


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An id that only a version had which was withdrawn since: it is never given to anything else."""

    table_name: str
    row_id: str
    fingerprint: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class Previous:
    """The release that a draft is compared with: the newest that was not withdrawn, None where all were.

    `metadata` is what it said of the dataset, `coming` what it announced of the schema, `readings` are its documents'
    reading ids; `highest` is the highest number ever given to a version of the dataset.
    """

    version: str | None
    tables: Tables
    metadata: Mapping[str, Any]
    schema_version: str = SCHEMA_VERSION
    coming: tuple[str, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    highest: str = ""
    withdrawn: tuple[Withdrawn, ...] = ()


def draft_release(
    dataset: Dataset,
    announced: Sequence[Announced],
    previous: Previous | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Draft:
    """Draft a release of a dataset from what was announced and the previous release, if any.

    `metadata` is what this release would say of the dataset.
    """
    before = {name: conformed(name, previous.tables.get(name) if previous else None) for name in TABLES}
    made = _make(dataset, announced, before, previous)
    core = made.tables
    pool = ThreadPoolExecutor(1)
    hashed = pool.submit(content_hash, core)  # while all else goes on: it is work for a processor of its own
    pool.shutdown(wait=False)
    old_core = {name: table for name, table in (previous.tables if previous else {}).items() if name in core}
    other_columns = previous is not None and columns_differ(old_core, core)
    changed = (old_core, core) if other_columns else (made.then, made.now)
    changes = changes_between(*changed) if previous else to_table("changes", [])
    said_otherwise = _said_otherwise(previous, metadata or {}, core)
    version = next_version(
        _highest(previous),
        kinds_of(changes),
        columns_changed=bool(old_core) and other_columns,
        metadata_changed=bool(said_otherwise),
    )
    history = to_table("id_history", [*made.history, *history_rows(made.events, version or "")])
    tables = {**core, "changes": changes, "id_history": by_key(history, TABLES["id_history"])}
    accepted = {one.check: one.reason for one in dataset.accept if one.version in (None, version)}
    basis = Basis(
        before if previous else None,
        previous.schema_version if previous else SCHEMA_VERSION,
        previous.coming if previous else COMING,
        dataset.limits,
    )
    checks = run_checks(tables, basis, accepted)
    failed = {check.name for check in checks if not check.passed}
    idle = [
        f"accept[{index}]: it is for {one.version}, and this would be {version or 'no new version'}"
        if one.check in failed
        else f"accept[{index}]: {one.check} passes by itself; the acceptance can be taken out"
        for index, one in enumerate(dataset.accept)
        if one.check not in failed or one.version not in (None, version)
    ]
    return Draft(
        version=version,
        previous_version=previous.version if previous else None,
        tables={name: tables[name] for name in TABLES},
        checks=checks,
        uncertain=made.uncertain,
        content_hash=hashed.result(),
        readings=made.readings,
        read=made.read,
        metadata_changed=said_otherwise,
        notes=(*made.notes, *idle),
    )


def leaving(tables: Tables, still: Tables | None) -> list[Row]:
    """The ids of a version which is withdrawn that the one which stands, `still`, has not and tells nothing of.

    Its notice keeps them, so that none is ever given to anything else.
    """
    rows: list[Row] = []
    told = set(conformed("id_history", (still or {}).get("id_history"))["old_id"].to_pylist())
    for name, key in MINTED.items():
        gone = _not_in(conformed(name, tables.get(name)), conformed(name, (still or {}).get(name)), key)
        rows += [
            {"table_name": name, "row_id": row[key], "fingerprint": _fingerprint(name, row, {})}
            for row in gone.to_pylist()
            if row[key] not in told
        ]
    return rows


@dataclass(frozen=True, slots=True)
class _Made:
    """The tables; `then` and `now` hold what was made anew of them, as it was and as it is: the rest is the same."""

    tables: dict[str, pa.Table]
    then: Tables
    now: Tables
    history: Sequence[Row]
    events: tuple[Event, ...]
    uncertain: tuple[Uncertain, ...]
    readings: dict[str, str]
    read: dict[str, tuple[Problem, ...]]
    notes: tuple[str, ...]


def _make(dataset: Dataset, announced: Sequence[Announced], before: Tables, previous: Previous | None) -> _Made:
    history = with_table_names(before["id_history"].to_pylist())
    withdrawn = _withdrawn(previous, history)
    order = dataset.model_dump(mode="json", include={"identity", "corrections", "aliases"})
    readings = {one.source_id: _reading_id(one, order) for one in announced}
    stays = _unchanged(before, previous.readings if previous else {}, readings) - _ruled(dataset, before)
    known = [*history, *history_rows(withdrawn, _highest(previous) or "")]
    ledger = Ledger(before, known, readings.keys(), readings.keys() - stays, _formerly(before, announced))
    ledger.obey(dataset.identity)
    roster = Roster(before, ledger, dataset.aliases)
    desk = Desk(ledger, roster, Corrector(dataset.corrections), Sheets())
    read: dict[str, tuple[Problem, ...]] = {}
    for one in announced:
        if one.source_id not in stays:
            plan = one.read()
            add_document(desk, one, plan)
            read[one.source_id] = plan.problems
    captures = {one.capture_id: one for one in sorted(announced, key=lambda one: one.source_id, reverse=True)}
    for one in captures.values():  # two sources may serve the same bytes
        desk.put("captures", capture_row(one))
    kept, then = _apart(before, stays)
    now = {
        name: by_key(desk.sheets.table(name), of)
        for name, of in TABLES.items()
        if name not in (*ABOUT_VERSIONS, "bodies", "corrections")
    }
    tables = {name: merged(kept[name], table, TABLES[name]) for name, table in now.items()}
    for row in roster.rows(tables["mentions"], kept["mentions"]):
        desk.put("bodies", row)
    tables["bodies"] = by_key(desk.sheets.table("bodies"), TABLES["bodies"])
    tables["corrections"] = by_key(to_table("corrections", desk.corrector.rows), TABLES["corrections"])
    now |= {name: tables[name] for name in ("bodies", "corrections")}
    events = [*withdrawn, *ledger.events, *roster.events(tables["bodies"]["body_id"].to_pylist())]
    events += _removed(then, now, roster, {(one.table_name, one.old_id) for one in events})
    notes = (*ledger.notes(), *desk.corrector.notes())
    return _Made(tables, then, now, history, tuple(events), tuple(ledger.uncertain), readings, read, notes)


def _highest(previous: Previous | None) -> str | None:
    return (previous.highest or previous.version) if previous else None


def _reading_id(one: Announced, order: Mapping[str, Any]) -> str:
    """A hash over all that a document's rows follow from; `order` is what a person says of all of them."""
    parts = (one.reading_id, one.capture_id, one.url, one.capture_url, one.place, order)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _unchanged(before: Tables, then: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    listed = before["documents"]["document_id"].to_pylist()
    return {document_id for document_id in listed if document_id in now and then.get(document_id) == now[document_id]}


def _ruled(dataset: Dataset, before: Tables) -> set[str]:
    """The documents that a person's decisions touch: their rows are always made anew, to see what still applies."""
    ids = [one.is_ or one.is_not or "" for one in dataset.identity] + [one.row for one in dataset.corrections]
    if not ids:
        return set()
    known = pa.array(sorted({part for row_id in ids for part in (row_id, *row_id.split())}), pa.string())
    found = [before["documents"]["document_id"].filter(pc.is_in(before["documents"]["document_id"], value_set=known))]
    for name, key in MINTED.items():
        if name != "bodies":
            found.append(before[name]["document_id"].filter(pc.is_in(before[name][key], value_set=known)))
    return {document_id for column in found for document_id in column.to_pylist()}


def _formerly(before: Tables, announced: Sequence[Announced]) -> dict[str, str]:
    """The documents whose source was called otherwise before: the address is that of one that is gone by now."""
    documents = before["documents"]
    known = dict(zip(documents["document_id"].to_pylist(), documents["url"].to_pylist(), strict=True))
    ids = {one.source_id for one in announced}
    gone = {url: document_id for document_id, url in known.items() if document_id not in ids}
    return {one.source_id: gone.pop(one.url) for one in announced if one.source_id not in known and one.url in gone}


def _apart(before: Tables, stays: set[str]) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """The rows of the documents that stay as they are, and all others: those of tables made anew each time, too."""
    kept = {name: table.slice(0, 0) for name, table in before.items()}
    then = dict(before)
    leaving = pa.array(sorted(set(before["documents"]["document_id"].to_pylist()) - stays), pa.string())
    for name, table in before.items():
        if "document_id" in table.column_names:
            kept[name], then[name] = _parted(table, pc.is_in(table["document_id"], value_set=leaving))
    tasks = then["tasks"]["task_id"].combine_chunks()
    assignments = before["assignments"]
    kept["assignments"], then["assignments"] = _parted(assignments, pc.is_in(assignments["task_id"], value_set=tasks))
    return kept, then


def _parted(table: pa.Table, mask: pa.ChunkedArray) -> tuple[pa.Table, pa.Table]:
    return where(table, pc.invert(mask)), where(table, mask)


def _not_in(old: pa.Table, new: pa.Table, key: str) -> pa.Table:
    return old.filter(pc.invert(pc.is_in(old[key], value_set=new[key].combine_chunks())))


def _removed(then: Tables, now: Tables, roster: Roster, told: set[tuple[str, str]]) -> list[Event]:
    """The ids that are no row's any more, and of which nothing else is told."""
    events = []
    for name, key in MINTED.items():
        for row in _not_in(then[name], now[name], key).to_pylist():
            if (name, row[key]) not in told:
                where = "no document names it any more" if name == "bodies" else f"no longer in {row['document_id']}"
                keys = {"bodies": roster.key_of(row[key])} if name == "bodies" else {}
                events.append(Event(name, row[key], REMOVED, None, where, fingerprint=_fingerprint(name, row, keys)))
    return events


def _fingerprint(name: str, row: Row, keys: Mapping[str, str]) -> str:
    if name == "bodies":
        words = keys.get("bodies") or identify(row["name"], None, "").key
    else:
        words = row[WORDS[name]] or row.get("label") or ""
    return fingerprint(name, row.get("document_id", ""), words)


def _withdrawn(previous: Previous | None, history: Sequence[Row]) -> list[Event]:
    """What is told of ids that went with a version that was withdrawn; once each."""
    told = {(row["table_name"], row["old_id"]) for row in history if row["event"] == WITHDRAWN}
    return [
        Event(
            one.table_name,
            one.row_id,
            WITHDRAWN,
            None,
            f"{one.version}, which had it, was withdrawn: {one.reason}",
            fingerprint=one.fingerprint,
        )
        for one in (previous.withdrawn if previous else ())
        if (one.table_name, one.row_id) not in told
    ]


def _said_otherwise(previous: Previous | None, metadata: Mapping[str, Any], core: Tables) -> tuple[str, ...]:
    """The names of what is said differently of the dataset, or corrected differently in it."""
    if previous is None:
        return ()
    before = previous.metadata
    names = {name for name in {*before, *metadata} if before.get(name) != metadata.get(name)}
    if not conformed("corrections", previous.tables.get("corrections")).equals(core["corrections"]):
        names.add("corrections")
    return tuple(sorted(names))
