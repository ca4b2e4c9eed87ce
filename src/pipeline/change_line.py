"""A change as a line of a terminal, the same for all commands that show changes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transform.changes import Change

# Something holds, does not hold, or cannot be decided.
MARKS = {True: "✓", False: "✗", None: "?"}
STYLES = {"gone": ("\033[31m", "[-", "-]"), "new": ("\033[32m", "{+", "+}"), "mark": ("\033[1m", "»", "«")}


def mark(kind: str, words: str) -> str:
    """Words marked as `gone`, `new` or `mark`: in colour on a terminal, else between characters."""
    if kind not in STYLES or not words:
        return words
    colour, before, after = STYLES[kind]
    return f"{colour}{words}\033[0m" if sys.stdout.isatty() else f"{before}{words}{after}"


def format_change(change: Change) -> str:
    """A change as a line, the words that differ marked."""
    from publish.change_summary import quote_row, split_stretches

    row = f"  {change.table_name} {change.row_id}"
    if change.column_name == "*":
        words = quote_row(change)
        return f"{row} {change.change}{f': {words}' if words else ''}"
    before, after = (" ".join((words or "").split()) for words in (change.before, change.after))
    return (
        f"{row} {change.column_name}: {''.join(mark(part.kind, part.text) for part in split_stretches(before, after))}"
    )
