"""`CHANGES.md`: what a version changed, in words for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from collect.dataset import Dataset
from transform.changes import Change, listed
from transform.draft import Draft
from transform.schema import COMING

MOST_LISTED = 200


def summary_of_changes(draft: Draft) -> str:
    """One line, such as "tasks: 1 added, 2 altered; areas: 1 altered"; "first release" for the first."""
    if draft.previous_version is None:
        return "first release"
    counts = {(table, kind): number for table, kind, number in _rows_changed(draft)}
    tables = dict.fromkeys(table for table, _ in counts)
    said = (
        f"{table}: {', '.join(f'{number} {kind}' for (name, kind), number in counts.items() if name == table)}"
        for table in tables
    )
    metadata = [f"metadata: {', '.join(map(_in_words, draft.metadata_changed))}"] if draft.metadata_changed else []
    return "; ".join([*said, *metadata]) or "columns changed"


def _rows_changed(draft: Draft) -> Iterator[tuple[str, str, int]]:
    """How many rows of each table were added, removed or altered."""
    keys = ["table_name", "change"]
    rows = draft.tables["changes"].group_by([*keys, "row_id"], use_threads=False).aggregate([])
    counts = rows.group_by(keys, use_threads=False).aggregate([([], "count_all")])
    for row in counts.to_pylist():
        yield row["table_name"], row["change"], row["count_all"]


def changes_document(dataset: Dataset, draft: Draft, stale: Sequence[str] = ()) -> str:
    """The text of `CHANGES.md`; `stale` has a line for each source that may be out of date."""
    lines = [f"# {dataset.title}, {draft.version}", "", f"{_sentence(summary_of_changes(draft))}."]
    changes = draft.tables["changes"]
    if draft.previous_version is None:
        lines += [
            "",
            *(f"- {name}: {table.num_rows} rows" for name, table in draft.tables.items() if name != "changes"),
        ]
    elif changes.num_rows:
        lines += ["", f"Since {draft.previous_version}:", ""]
        lines += [_line(change) for change in listed(changes.slice(0, MOST_LISTED))]
        if changes.num_rows > MOST_LISTED:
            lines.append(f"- … and {changes.num_rows - MOST_LISTED} more, all in changes.csv")
    if COMING:
        lines += ["", "The next version of the schema will change this:", "", *(f"- {line}" for line in COMING)]
    accepted = [check for check in draft.checks if not check.passed and check.accepted]
    if accepted:
        lines += ["", "Published although these checks did not hold:", ""]
        lines += [f"- {check.name}: {check.detail}. Accepted: {check.accepted}" for check in accepted]
    if stale:
        lines += ["", "Not confirmed by their sources when this was published:", "", *stale]
    return "\n".join(lines) + "\n"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _in_words(name: str) -> str:
    """A property's name as words: `schemaChangesAhead` is "schema changes ahead"."""
    return re.sub(r"[A-Z]", lambda capital: f" {capital[0].lower()}", name)


def _line(change: Change) -> str:
    row = f"- {change.table_name}: `{change.row_id}`"
    if change.change != "altered":
        return f"{row} {change.change}"
    return f"{row}, {change.column_name}: {_quoted(change.before)} became {_quoted(change.after)}"


def _quoted(value: str | None) -> str:
    return "nothing" if value is None else f"“{' '.join(value.split())}”"
