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
from transform.arrow_tables import (
    Row,
    RowCollector,
    Tables,
    align_columns,
    merge_sorted,
    select_rows,
    sort_by_key,
    to_table,
)
from transform.bodies import identify_body
from transform.body_register import BodyRegister
from transform.changes import derive_version, find_changes, have_different_columns, kinds_of
from transform.checks import Baseline, run_checks
from transform.content import hash_content
from transform.corrections import Corrector
from transform.document_rows import RowBuilder, add_document, make_capture_row
from transform.identity import make_fingerprint
from transform.ledger import Ledger, UncertainMatch
from transform.lineage import REMOVED, WITHDRAWN, Event, add_table_names, make_history_rows
from transform.models import AnnouncedDocument, Draft
from transform.schema import MINTED, SCHEMA_VERSION, TABLES, UPCOMING_CHANGES

# The tables that tell of versions, and not of documents.
VERSION_TABLES = ("changes", "id_history")
# Where the words stand by which a row that returns is recognised.
WORD_COLUMNS = {"areas": "title", "tasks": "text", "claims": "counted", "citations": "title"}


@dataclass(frozen=True, slots=True)
class WithdrawnId:
    """An id that only a version had which was withdrawn since: it is never given to anything else."""

    table_name: str
    row_id: str
    fingerprint: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class PreviousRelease:
    """The release that a draft is compared with: the newest that was not withdrawn, None where all were.

    `metadata` is what it said of the dataset, `coming` what it announced of the schema, `readings` are its documents'
    reading ids; `highest` is the highest number ever given to a version of the dataset.
    """

    version: str | None
    tables: Tables
    metadata: Mapping[str, Any]
    schema_version: str = SCHEMA_VERSION
    upcoming: tuple[str, ...] = ()
    reading_ids: Mapping[str, str] = field(default_factory=dict)
    highest: str = ""
    withdrawn: tuple[WithdrawnId, ...] = ()


def draft_release(
    dataset: Dataset,
    documents: Sequence[AnnouncedDocument],
    previous: PreviousRelease | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Draft:
    """Draft a release of a dataset from what was announced and the previous release, if any.

    `metadata` is what this release would say of the dataset.
    """
    before = {name: align_columns(name, previous.tables.get(name) if previous else None) for name in TABLES}
    rows = _make_tables(dataset, documents, before, previous)
    core = rows.tables
    pool = ThreadPoolExecutor(1)
    content_hash = pool.submit(hash_content, core)  # while all else goes on: it is work for a processor of its own
    pool.shutdown(wait=False)
    old_core = {name: table for name, table in (previous.tables if previous else {}).items() if name in core}
    columns_changed = previous is not None and have_different_columns(old_core, core)
    compared = (old_core, core) if columns_changed else (rows.before, rows.after)
    changes = find_changes(*compared) if previous else to_table("changes", [])
    metadata_changed = _find_changed_metadata(previous, metadata or {}, core)
    version = derive_version(
        _get_highest_version(previous),
        kinds_of(changes),
        columns_changed=bool(old_core) and columns_changed,
        metadata_changed=bool(metadata_changed),
    )
    history = to_table("id_history", [*rows.history, *make_history_rows(rows.events, version or "")])
    tables = {**core, "changes": changes, "id_history": sort_by_key(history, TABLES["id_history"])}
    accepted = {
        acceptance.check: acceptance.reason for acceptance in dataset.accept if acceptance.version in (None, version)
    }
    baseline = Baseline(
        before if previous else None,
        previous.schema_version if previous else SCHEMA_VERSION,
        previous.upcoming if previous else UPCOMING_CHANGES,
        dataset.limits,
    )
    checks = run_checks(tables, baseline, accepted)
    failed = {check.name for check in checks if not check.passed}
    idle_acceptances = [
        f"accept[{index}]: it is for {acceptance.version}, and this would be {version or 'no new version'}"
        if acceptance.check in failed
        else f"accept[{index}]: {acceptance.check} passes by itself; the acceptance can be taken out"
        for index, acceptance in enumerate(dataset.accept)
        if acceptance.check not in failed or acceptance.version not in (None, version)
    ]
    return Draft(
        version=version,
        previous_version=previous.version if previous else None,
        tables={name: tables[name] for name in TABLES},
        checks=checks,
        uncertain=rows.uncertain,
        content_hash=content_hash.result(),
        reading_ids=rows.reading_ids,
        read_problems=rows.read_problems,
        metadata_changed=metadata_changed,
        notes=(*rows.notes, *idle_acceptances),
    )


def list_leaving_ids(tables: Tables, standing: Tables | None) -> list[Row]:
    """The ids of a version which is withdrawn that the one which stands, `still`, has not and tells nothing of.

    Its notice keeps them, so that none is ever given to anything else.
    """
    rows: list[Row] = []
    historic_ids = set(align_columns("id_history", (standing or {}).get("id_history"))["old_id"].to_pylist())
    for name, key in MINTED.items():
        missing = _select_missing(
            align_columns(name, tables.get(name)), align_columns(name, (standing or {}).get(name)), key
        )
        rows += [
            {"table_name": name, "row_id": row[key], "fingerprint": _make_row_fingerprint(name, row, {})}
            for row in missing.to_pylist()
            if row[key] not in historic_ids
        ]
    return rows


@dataclass(frozen=True, slots=True)
class _DraftTables:
    """The tables; `then` and `now` hold what was made anew of them, as it was and as it is: the rest is the same."""

    tables: dict[str, pa.Table]
    before: Tables
    after: Tables
    history: Sequence[Row]
    events: tuple[Event, ...]
    uncertain: tuple[UncertainMatch, ...]
    reading_ids: dict[str, str]
    read_problems: dict[str, tuple[Problem, ...]]
    notes: tuple[str, ...]


def _make_tables(
    dataset: Dataset, documents: Sequence[AnnouncedDocument], before: Tables, previous: PreviousRelease | None
) -> _DraftTables:
    history = add_table_names(before["id_history"].to_pylist())
    withdrawn = _list_withdrawal_events(previous, history)
    decisions = dataset.model_dump(mode="json", include={"identity", "corrections", "aliases"})
    reading_ids = {document.source_id: _hash_reading(document, decisions) for document in documents}
    unchanged = _find_unchanged_documents(
        before, previous.reading_ids if previous else {}, reading_ids
    ) - _find_decided_documents(dataset, before)
    full_history = [*history, *make_history_rows(withdrawn, _get_highest_version(previous) or "")]
    ledger = Ledger(
        before, full_history, reading_ids.keys(), reading_ids.keys() - unchanged, _find_former_ids(before, documents)
    )
    ledger.add_rules(dataset.identity)
    bodies = BodyRegister(before, ledger, dataset.aliases)
    builder = RowBuilder(ledger, bodies, Corrector(dataset.corrections), RowCollector())
    read_problems: dict[str, tuple[Problem, ...]] = {}
    for document in documents:
        if document.source_id not in unchanged:
            plan = document.read()
            add_document(builder, document, plan)
            read_problems[document.source_id] = plan.problems
    by_source_id = sorted(documents, key=lambda document: document.source_id, reverse=True)
    captures = {document.capture_id: document for document in by_source_id}
    for document in captures.values():  # two sources may serve the same bytes
        builder.add_row("captures", make_capture_row(document))
    kept, old_rows = _separate_kept_rows(before, unchanged)
    new_rows = {
        name: sort_by_key(builder.collector.build_table(name), spec)
        for name, spec in TABLES.items()
        if name not in (*VERSION_TABLES, "bodies", "corrections")
    }
    tables = {name: merge_sorted(kept[name], table, TABLES[name]) for name, table in new_rows.items()}
    for row in bodies.make_rows(tables["mentions"], kept["mentions"]):
        builder.add_row("bodies", row)
    tables["bodies"] = sort_by_key(builder.collector.build_table("bodies"), TABLES["bodies"])
    tables["corrections"] = sort_by_key(to_table("corrections", builder.corrector.rows), TABLES["corrections"])
    new_rows |= {name: tables[name] for name in ("bodies", "corrections")}
    events = [*withdrawn, *ledger.events, *bodies.list_merges(tables["bodies"]["body_id"].to_pylist())]
    events += _list_removed_ids(old_rows, new_rows, bodies, {(event.table_name, event.old_id) for event in events})
    notes = (*ledger.list_notes(), *builder.corrector.list_notes())
    return _DraftTables(
        tables, old_rows, new_rows, history, tuple(events), tuple(ledger.uncertain), reading_ids, read_problems, notes
    )


def _get_highest_version(previous: PreviousRelease | None) -> str | None:
    return (previous.highest or previous.version) if previous else None


def _hash_reading(document: AnnouncedDocument, decisions: Mapping[str, Any]) -> str:
    """A hash over all that a document's rows follow from; `order` is what a person says of all of them."""
    parts = (document.reading_id, document.capture_id, document.url, document.capture_url, document.place, decisions)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _find_unchanged_documents(before: Tables, then: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    document_ids = before["documents"]["document_id"].to_pylist()
    return {
        document_id for document_id in document_ids if document_id in now and then.get(document_id) == now[document_id]
    }


def _find_decided_documents(dataset: Dataset, before: Tables) -> set[str]:
    """The documents that a person's decisions touch: their rows are always made anew, to see what still applies."""
    ids = [rule.is_ or rule.is_not or "" for rule in dataset.identity] + [
        correction.row for correction in dataset.corrections
    ]
    if not ids:
        return set()
    decided_ids = pa.array(sorted({part for row_id in ids for part in (row_id, *row_id.split())}), pa.string())
    columns = [
        before["documents"]["document_id"].filter(pc.is_in(before["documents"]["document_id"], value_set=decided_ids))
    ]
    for name, key in MINTED.items():
        if name != "bodies":
            columns.append(before[name]["document_id"].filter(pc.is_in(before[name][key], value_set=decided_ids)))
    return {document_id for column in columns for document_id in column.to_pylist()}


def _find_former_ids(before: Tables, documents: Sequence[AnnouncedDocument]) -> dict[str, str]:
    """The documents whose source was called otherwise before: the address is that of one that is gone by now."""
    old = before["documents"]
    urls = dict(zip(old["document_id"].to_pylist(), old["url"].to_pylist(), strict=True))
    ids = {document.source_id for document in documents}
    missing = {url: document_id for document_id, url in urls.items() if document_id not in ids}
    return {
        document.source_id: missing.pop(document.url)
        for document in documents
        if document.source_id not in urls and document.url in missing
    }


def _separate_kept_rows(before: Tables, unchanged: set[str]) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """The rows of the documents that stay as they are, and all others: those of tables made anew each time, too."""
    kept = {name: table.slice(0, 0) for name, table in before.items()}
    others = dict(before)
    reread = pa.array(sorted(set(before["documents"]["document_id"].to_pylist()) - unchanged), pa.string())
    for name, table in before.items():
        if "document_id" in table.column_names:
            kept[name], others[name] = _split_by_mask(table, pc.is_in(table["document_id"], value_set=reread))
    tasks = others["tasks"]["task_id"].combine_chunks()
    assignments = before["assignments"]
    kept["assignments"], others["assignments"] = _split_by_mask(
        assignments, pc.is_in(assignments["task_id"], value_set=tasks)
    )
    return kept, others


def _split_by_mask(table: pa.Table, mask: pa.ChunkedArray) -> tuple[pa.Table, pa.Table]:
    return select_rows(table, pc.invert(mask)), select_rows(table, mask)


def _select_missing(old: pa.Table, new: pa.Table, key: str) -> pa.Table:
    return old.filter(pc.invert(pc.is_in(old[key], value_set=new[key].combine_chunks())))


def _list_removed_ids(
    old_rows: Tables, new_rows: Tables, bodies: BodyRegister, explained: set[tuple[str, str]]
) -> list[Event]:
    """The ids that are no row's any more, and of which nothing else is told."""
    events = []
    for name, key in MINTED.items():
        for row in _select_missing(old_rows[name], new_rows[name], key).to_pylist():
            if (name, row[key]) not in explained:
                reason = "no document names it any more" if name == "bodies" else f"no longer in {row['document_id']}"
                keys = {"bodies": bodies.key_of(row[key])} if name == "bodies" else {}
                events.append(
                    Event(name, row[key], REMOVED, None, reason, fingerprint=_make_row_fingerprint(name, row, keys))
                )
    return events


def _make_row_fingerprint(name: str, row: Row, keys: Mapping[str, str]) -> str:
    if name == "bodies":
        words = keys.get("bodies") or identify_body(row["name"], None, "").key
    else:
        words = row[WORD_COLUMNS[name]] or row.get("label") or ""
    return make_fingerprint(name, row.get("document_id", ""), words)


def _list_withdrawal_events(previous: PreviousRelease | None, history: Sequence[Row]) -> list[Event]:
    """What is told of ids that went with a version that was withdrawn; once each."""
    recorded = {(row["table_name"], row["old_id"]) for row in history if row["event"] == WITHDRAWN}
    return [
        Event(
            row.table_name,
            row.row_id,
            WITHDRAWN,
            None,
            f"{row.version}, which had it, was withdrawn: {row.reason}",
            fingerprint=row.fingerprint,
        )
        for row in (previous.withdrawn if previous else ())
        if (row.table_name, row.row_id) not in recorded
    ]


def _find_changed_metadata(
    previous: PreviousRelease | None, metadata: Mapping[str, Any], core: Tables
) -> tuple[str, ...]:
    """The names of what is said differently of the dataset, or corrected differently in it."""
    if previous is None:
        return ()
    before = previous.metadata
    names = {name for name in {*before, *metadata} if before.get(name) != metadata.get(name)}
    if not align_columns("corrections", previous.tables.get("corrections")).equals(core["corrections"]):
        names.add("corrections")
    return tuple(sorted(names))
