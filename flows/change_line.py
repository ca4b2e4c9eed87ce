"""A change as a line for a terminal; the commands that show changes all say them so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.terminal import marked

if TYPE_CHECKING:
    from transform.changes import Change


def line_of(change: Change) -> str:
    """A change as a line, the words that differ marked."""
    from publish.wording import stretches, words_of

    row = f"  {change.table_name} {change.row_id}"
    if change.column_name == "*":
        words = words_of(change)
        return f"{row} {change.change}{f': {words}' if words else ''}"
    before, after = (" ".join((words or "").split()) for words in (change.before, change.after))
    return f"{row} {change.column_name}: {''.join(marked(one.kind, one.text) for one in stretches(before, after))}"
