"""`CHANGES.md`: what a version changed, in words for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from config.models import Dataset
from publish.change_summary import Stretch, quote_row, split_stretches, summarise
from transform.arrow_tables import Row, match_values
from transform.changes import FIRST_VERSION, Change, iterate_changes
from transform.models import Draft
from transform.schema import UPCOMING_CHANGES

if TYPE_CHECKING:
    import pyarrow as pa

MAX_LISTED = 200
MARKS = {"same": "", "gone": "~~", "new": "**"}
# The characters that Markdown gives a meaning.
MARKDOWN_CHARACTERS = re.compile(r"([\\`*_~\[\]<>|#])")
ID_EVENTS = {
    "removed": "is gone",
    "returned": "is back",
    "split": "was split: a part of it is `{new_id}` now",
    "merged": "became part of `{new_id}`",
    "renamed": "is `{new_id}` now",
    "withdrawn": "went with a version that was withdrawn",
}


def summarise_changes(draft: Draft) -> str:
    """One line, such as "1 task reworded, 1 added under (II)"; "first release" for the first."""
    if draft.previous_version is None:
        return "first release" if draft.version == FIRST_VERSION else "first release that stands"
    changed = summarise(draft.tables["changes"], draft.tables["areas"])
    metadata = f"metadata: {', '.join(map(split_words, draft.metadata_changed))}" if draft.metadata_changed else ""
    return "; ".join(filter(None, (changed, metadata))) or "columns changed"


def write_changes_document(dataset: Dataset, draft: Draft, stale: Sequence[str] = ()) -> str:
    """The text of `CHANGES.md`; `stale` has a line for each source whose rows may be out of date."""
    changes = draft.tables["changes"]
    accepted = [check for check in draft.checks if not check.passed and check.accepted]
    first = draft.previous_version is None
    sections: tuple[tuple[str, list[str]], ...] = (
        ("It holds:", list(_list_row_counts(draft)) if first else []),
        (f"Since {draft.previous_version}:", [] if first else _list_changes(changes)),
        ("What became of ids:", list(_list_id_events(draft))),
        (
            "Corrected in what the sources say:",
            [_format_correction(row) for row in draft.tables["corrections"].to_pylist()],
        ),
        ("The next version of the schema will change this:", [f"- {line}" for line in UPCOMING_CHANGES]),
        (
            "Published although these checks did not hold:",
            [f"- {check.name}: {check.detail}. Accepted: {check.accepted}" for check in accepted],
        ),
        ("Not confirmed by their sources when this was published:", list(stale)),
    )
    summary = summarise_changes(draft)
    head = [f"# {_escape(dataset.title)}, {draft.version}", "", f"{summary[:1].upper()}{summary[1:]}."]
    return "\n".join([*head, *(line for title, lines in sections if lines for line in ("", title, "", *lines))]) + "\n"


def format_change(change: Change) -> str:
    """A change as a line of Markdown, with the words marked that differ."""
    row = f"- {change.table_name}: `{change.row_id}`"
    if change.column_name == "*":
        content = quote_row(change)
        return f"{row} {change.change}{f': “{_escape(content)}”' if content else ''}"
    if change.before is None or change.after is None:
        return f"{row}, {change.column_name}: {_quote(change.before)} became {_quote(change.after)}"
    words = (" ".join(words.split()) for words in (change.before, change.after))
    marked = "".join(map(_mark, split_stretches(*words))).replace("~~**", "~~ **")
    return f"{row}, {change.column_name}: “{marked}”"


def _mark(stretch: Stretch) -> str:
    """A stretch with its marks, which Markdown only recognises next to a letter."""
    words, mark = stretch.text.strip(), MARKS[stretch.kind]
    if not words:
        return stretch.text
    before, _, after = stretch.text.partition(words)
    return f"{before}{mark}{_escape(words)}{mark}{after}"


def _list_changes(changes: pa.Table) -> list[str]:
    lines = [format_change(change) for change in iterate_changes(changes.slice(0, MAX_LISTED))]
    more = changes.num_rows - MAX_LISTED
    return [*lines, f"- … and {more:,} more, all in changes.csv"] if more > 0 else lines


def _list_id_events(draft: Draft) -> Iterator[str]:
    history = draft.tables["id_history"]
    now = history.filter(match_values(history["version"], [draft.version]))
    for row in now.slice(0, MAX_LISTED).to_pylist():
        became = ID_EVENTS[row["event"]].format(**row)
        yield f"- {row['table_name']}: `{row['old_id']}` {became} ({_escape(row['reason'])})"


def _list_row_counts(draft: Draft) -> Iterator[str]:
    for name, table in draft.tables.items():
        yield f"- {name}: {table.num_rows:,} {'row' if table.num_rows == 1 else 'rows'}"


def _format_correction(row: Row) -> str:
    cell = f"- {row['table_name']}: `{row['row_id']}`, {row['column_name']}"
    return f"{cell}: {_quote(row['stated'])} in the source, {_quote(row['corrected'])} here ({_escape(row['reason'])})"


def split_words(name: str) -> str:
    """A property's name as words: `schemaChangesAhead` is "schema changes ahead"."""
    return re.sub(r"[A-Z]", lambda capital: f" {capital[0].lower()}", name)


def _quote(value: str | None) -> str:
    return "nothing" if value is None else f"“{_escape(' '.join(value.split()))}”"


def _escape(words: str) -> str:
    """A text that Markdown shows as it is."""
    return MARKDOWN_CHARACTERS.sub(r"\\\1", " ".join(words.splitlines()))
