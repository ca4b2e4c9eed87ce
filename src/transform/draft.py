"""Drafts a release: the tables, the version, the checks; everything that is decided before anything is written.

The announced documents and the previous release come in, a `Draft` goes out. The steps, in the order of the code:

1. documents whose reading is the same as in the previous release, or that cannot be read now, keep their rows; only the
   others are read;
2. their rows are made, under the ids of the previous release wherever a row is still the same (`ledger`);
3. what changed is found, and gives the version number (`changes`);
4. the checks are run (`checks`).

So the cost of a draft follows what changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
    match_values,
    select_rows,
    sort_by_key,
    to_table,
)
from transform.bodies import identify_body
from transform.body_register import BodyRegister
from transform.changes import derive_version, find_changes, have_different_columns, list_kinds
from transform.checks import find_failing_documents, run_checks
from transform.content import hash_content
from transform.corrections import Corrector
from transform.document_rows import RowBuilder, add_document
from transform.identity import make_fingerprint
from transform.ledger import Ledger
from transform.lineage import REMOVED, WITHDRAWN, Event, add_table_names, make_history_rows
from transform.models import AnnouncedDocument, Draft, PreviousRelease, ReleaseCheck
from transform.schema import MINTED, TABLES

# The tables about versions; all others are about documents.
VERSION_TABLES = ("changes", "id_history")
# The column whose words a returning row is recognised by.
WORD_COLUMNS = {"areas": "title", "tasks": "text", "claims": "counted", "citations": "title"}


def draft_release(
    dataset: Dataset,
    documents: Sequence[AnnouncedDocument],
    previous: PreviousRelease | None = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    is_in_given_order: bool = False,
) -> Draft:
    """Draft a release of a dataset from its documents and the previous release, if there is one.

    `metadata` is what this release states about the dataset; it is compared with that of the previous release. The
    documents are taken in the order of their ids; `is_in_given_order`: in the order given, as early releases were.
    """
    previous = previous or PreviousRelease()
    by_source = sorted(documents, key=lambda document: document.source_id)
    # In one order, whatever that of the sources is: it decides which of several names or ids comes first.
    documents = documents if is_in_given_order else by_source
    highest = previous.highest_version
    before = {name: align_columns(name, previous.tables.get(name)) for name in TABLES}
    decisions = dataset.model_dump(mode="json", include={"identity", "corrections", "aliases"})
    kept_ids = {document.source_id for document in documents if document.is_kept}
    reading_ids = {
        document.source_id: previous.reading_ids.get(document.source_id, "")
        if document.is_kept
        else _hash_reading(document, decisions)
        for document in documents
    }
    same_readings = {row_id for row_id, hashed in reading_ids.items() if previous.reading_ids.get(row_id) == hashed}
    unchanged = same_readings.intersection(before["documents"]["document_id"].to_pylist())
    unchanged = (unchanged - _find_decided_documents(dataset, before)) | kept_ids
    history = add_table_names(before["id_history"].to_pylist())
    withdrawn = _list_withdrawal_events(previous, history)
    ledger = Ledger(
        before,
        [*history, *make_history_rows(withdrawn, highest or "")],
        reading_ids.keys(),
        reading_ids.keys() - unchanged,
        _find_former_ids(before, documents),
        kept_documents=kept_ids,
    )
    ledger.add_rules(dataset.identity)
    bodies = BodyRegister(before, ledger, dataset.aliases)
    builder = RowBuilder(
        ledger, bodies, Corrector(dataset.corrections, _list_row_ids(before, kept_ids)), RowCollector()
    )
    read_problems: dict[str, tuple[Problem, ...]] = {}
    for document in documents:
        if document.source_id not in unchanged:
            plan = document.read()
            add_document(builder, document, plan)
            read_problems[document.source_id] = plan.problems
    # One document per capture, the first by source id: two sources may serve the same bytes.
    for document in {document.capture_id: document for document in reversed(by_source)}.values():
        builder.add_row("captures", document, url=document.capture_url)
    kept, old_rows = _separate_kept_rows(before, unchanged)
    builder.corrector.keep_rows(before["corrections"].to_pylist() if kept_ids else ())
    tables, new_rows = _build_tables(builder, kept)
    events = [*withdrawn, *ledger.events, *bodies.list_merges(tables["bodies"]["body_id"].to_pylist())]
    explained = {(event.table_name, event.old_id) for event in events}
    events += _list_removal_events(old_rows, new_rows, bodies, explained)

    published = {name: table for name, table in previous.tables.items() if name in tables}
    columns_changed = bool(published) and have_different_columns(published, tables)
    # With other columns, or without a version that is not withdrawn, whole tables are compared.
    compared = (old_rows, new_rows) if published and not columns_changed else (published, tables)
    tables["changes"] = find_changes(*compared) if highest else to_table("changes", [])
    metadata_changed = _find_changed_metadata(previous, metadata or {}, before, tables) if highest else ()
    version = derive_version(
        highest, list_kinds(tables["changes"]), columns_changed=columns_changed, metadata_changed=bool(metadata_changed)
    )
    rows = [*history, *make_history_rows(events, version or "")]
    tables["id_history"] = sort_by_key(to_table("id_history", rows), TABLES["id_history"])
    accepted = {entry.check: entry.reason for entry in dataset.accept if entry.version in (None, version)}
    baseline = replace(previous, tables=before if highest else {})
    checks = run_checks(tables, baseline, dataset.limits, accepted)
    blocking = [check.name for check in checks if check.is_blocking]
    changed = reading_ids.keys() - unchanged
    return Draft(
        version=version,
        previous_version=previous.version,
        tables={name: tables[name] for name in TABLES},
        checks=checks,
        uncertain=tuple(ledger.uncertain),
        content_hash=hash_content(tables),
        reading_ids=reading_ids,
        read_problems=read_problems,
        metadata_changed=metadata_changed,
        notes=(
            *ledger.list_notes(),
            *builder.corrector.list_notes(),
            *_list_idle_acceptances(dataset, checks, version),
        ),
        failing_documents=find_failing_documents(blocking, tables, baseline, dataset.limits, changed),
    )


def list_leaving_ids(tables: Tables, available: Tables | None) -> list[Row]:
    """The ids in a withdrawn version's tables that the available version neither has nor mentions in its history.

    The withdrawal notice keeps them, so that none is ever given to another row. `available` is None if all versions
    are withdrawn.
    """
    rows: list[Row] = []
    historic_ids = set(align_columns("id_history", (available or {}).get("id_history"))["old_id"].to_pylist())
    for name, key in MINTED.items():
        old, new = align_columns(name, tables.get(name)), align_columns(name, (available or {}).get(name))
        rows += [
            {"table_name": name, "row_id": row[key], "fingerprint": _make_row_fingerprint(name, row)}
            for row in _select_missing(old, new, key).to_pylist()
            if row[key] not in historic_ids
        ]
    return rows


def _build_tables(builder: RowBuilder, kept: Tables) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """The tables about documents, and of them the new rows alone; `kept` are the rows of unchanged documents."""
    names = [name for name in TABLES if name not in (*VERSION_TABLES, "bodies", "corrections")]
    new_rows = {name: builder.collector.build_table(name) for name in names}
    tables = {
        name: sort_by_key(pa.concat_tables([kept[name], table]), TABLES[name]) for name, table in new_rows.items()
    }
    for row in builder.bodies.make_rows(tables["mentions"], kept["mentions"]):
        builder.add_row("bodies", **row)
    tables["bodies"] = new_rows["bodies"] = builder.collector.build_table("bodies")
    corrections = to_table("corrections", builder.corrector.rows)
    tables["corrections"] = new_rows["corrections"] = sort_by_key(corrections, TABLES["corrections"])
    return tables, new_rows


def _hash_reading(document: AnnouncedDocument, decisions: Mapping[str, Any]) -> str:
    """A hash over everything that a document's rows follow from; `decisions` are those in the dataset's file."""
    parts = (document.reading_id, document.capture_id, document.url, document.capture_url, document.place, decisions)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _find_decided_documents(dataset: Dataset, before: Tables) -> set[str]:
    """The documents with rows that a person decided on. They are always read, to see which decisions still apply."""
    ids = [rule.is_ or rule.is_not or "" for rule in dataset.identity]
    ids += [correction.row for correction in dataset.corrections]
    if not ids:
        return set()
    decided_ids = {part for row_id in ids for part in (row_id, *row_id.split())}
    keys = {"documents": "document_id", **MINTED}
    del keys["bodies"]  # a body belongs to no document
    columns = [
        before[name]["document_id"].filter(match_values(before[name][key], decided_ids)) for name, key in keys.items()
    ]
    return {document_id for column in columns for document_id in column.to_pylist()}


def _list_row_ids(before: Tables, document_ids: set[str]) -> set[str]:
    """The ids of all rows of these documents, and theirs."""
    if not document_ids:
        return set()
    return {
        row_id
        for name, key in {"documents": "document_id", **MINTED}.items()
        if name != "bodies"  # a body belongs to no document
        for row_id in before[name][key].filter(match_values(before[name]["document_id"], document_ids)).to_pylist()
    }


def _find_former_ids(before: Tables, documents: Sequence[AnnouncedDocument]) -> dict[str, str]:
    """The former id of each document whose source was renamed: the one with the same address that is now missing."""
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
    """The old rows of unchanged documents, and all other old rows, each by table.

    Tables without documents are made again for each draft: all of their rows are among the others.
    """
    kept = {name: table.slice(0, 0) for name, table in before.items()}
    others = dict(before)
    reread = set(before["documents"]["document_id"].to_pylist()) - unchanged
    for name, table in before.items():
        if "document_id" in table.column_names:
            kept[name], others[name] = _split_by_mask(table, match_values(table["document_id"], reread))
    tasks, assignments = others["tasks"]["task_id"], before["assignments"]
    mask = pc.is_in(assignments["task_id"], value_set=tasks)
    kept["assignments"], others["assignments"] = _split_by_mask(assignments, mask)
    return kept, others


def _split_by_mask(table: pa.Table, mask: pa.ChunkedArray) -> tuple[pa.Table, pa.Table]:
    """The rows where the mask is false, and those where it is true."""
    return select_rows(table, pc.invert(mask)), select_rows(table, mask)


def _select_missing(old: pa.Table, new: pa.Table, key: str) -> pa.Table:
    return old.filter(pc.invert(pc.is_in(old[key], value_set=new[key])))


def _list_removal_events(
    old_rows: Tables, new_rows: Tables, bodies: BodyRegister, explained: set[tuple[str, str]]
) -> list[Event]:
    """An event for each id that no row has any more, unless another event explains it."""
    events = []
    for name, key in MINTED.items():
        for row in _select_missing(old_rows[name], new_rows[name], key).to_pylist():
            if (name, row[key]) not in explained:
                reason = "no document names it any more" if name == "bodies" else f"no longer in {row['document_id']}"
                body_key = bodies.find_old_key(row[key]) if name == "bodies" else ""
                fingerprint = _make_row_fingerprint(name, row, body_key)
                events.append(Event(name, row[key], REMOVED, None, reason, fingerprint=fingerprint))
    return events


def _make_row_fingerprint(name: str, row: Row, body_key: str = "") -> str:
    """The fingerprint that a row is recognised by when it returns; of a body that of its key, or else of its name."""
    if name == "bodies":
        words = body_key or identify_body(row["name"], None, "").key
    else:
        words = row[WORD_COLUMNS[name]] or row.get("label") or ""
    return make_fingerprint(name, row.get("document_id", ""), words)


def _list_withdrawal_events(previous: PreviousRelease, history: Sequence[Row]) -> list[Event]:
    """An event for each id that only a withdrawn version had, unless the history has it already."""
    recorded = {(row["table_name"], row["old_id"]) for row in history if row["event"] == WITHDRAWN}
    return [
        Event(
            withdrawn.table_name,
            withdrawn.row_id,
            WITHDRAWN,
            None,
            f"{withdrawn.version}, which had it, was withdrawn: {withdrawn.reason}",
            fingerprint=withdrawn.fingerprint,
        )
        for withdrawn in previous.withdrawn
        if (withdrawn.table_name, withdrawn.row_id) not in recorded
    ]


def _find_changed_metadata(
    previous: PreviousRelease, metadata: Mapping[str, Any], before: Tables, tables: Tables
) -> tuple[str, ...]:
    """The names of the metadata that changed, in alphabetical order; `corrections` is among them if those did."""
    old = previous.metadata
    names = {name for name in {*old, *metadata} if old.get(name) != metadata.get(name)}
    if not before["corrections"].equals(tables["corrections"]):
        names.add("corrections")
    return tuple(sorted(names))


def _list_idle_acceptances(dataset: Dataset, checks: Sequence[ReleaseCheck], version: str | None) -> list[str]:
    """A note for each acceptance that accepts nothing: its check passes, or it is for another version."""
    failed = {check.name for check in checks if not check.passed}
    return [
        f"accept[{index}]: it is for {entry.version}, and this would be {version or 'no new version'}"
        if entry.check in failed
        else f"accept[{index}]: {entry.check} passes by itself; the acceptance can be taken out"
        for index, entry in enumerate(dataset.accept)
        if entry.check not in failed or entry.version not in (None, version)
    ]
