"""What is told, in words: what somebody has yet to be told comes in, one message goes out. Pure.

All of a run is one message, so that a hundred sources that break at once are no hundred messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pipeline.notify.incidents import News, Record, as_object

MOST_LINES, WIDTH = 20, 300
HEADS = {"trouble": "{number} to see to", "mended": "{number} mended", "published": "{what} published"}
MARKS = {"trouble": "✗", "mended": "✓", "published": "•"}
# What chat services take for markup or for a call to everybody; pages that are not ours may hold it.
HARMLESS = str.maketrans({"<": "‹", ">": "›", "@": "＠"})


@dataclass(frozen=True, slots=True)
class Message:
    """A subject, its lines, and the same as fields."""

    subject: str
    lines: tuple[str, ...]
    fields: dict[str, Any]

    @property
    def text(self) -> str:
        """The whole as plain text."""
        return "\n".join((self.subject, *self.lines))

    @property
    def harmless(self) -> str:
        """The whole as text that no chat service takes for more than text."""
        return self.text.translate(HARMLESS)


def message_of(dataset_id: str, news: Sequence[News], site: str | None) -> Message:
    """The message; `site` is the shelf's address on the web, if known."""
    counts: Counter[str] = Counter(one.kind for one in news)
    newest = next((one.about for one in reversed(news) if one.kind == "published"), "")
    heads = [HEADS[kind].format(number=counts[kind], what=newest) for kind in HEADS if counts[kind]]
    lines = [_line(dataset_id, one, site) for one in sorted(news, key=lambda one: list(HEADS).index(one.kind))]
    more = len(lines) - MOST_LINES
    shown = [*lines[:MOST_LINES], *([f"… and {more} more; policytasks status shows all"] if more > 0 else [])]
    return Message(f"{dataset_id}: {', '.join(heads)}", tuple(shown), _fields(dataset_id, news, site))


def page_of(dataset_id: str, version: str, site: str | None) -> str:
    """The address of a version's page: on the web, or where that is not known, its path on the shelf."""
    path = f"{dataset_id}/versions/{version}/"
    return f"{site.rstrip('/')}/{path}" if site else path


def lasted(one: News) -> str:
    """For how long a trouble lasted, in the largest unit that fits."""
    span = (one.ended or one.since) - one.since
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if (number := span // length) > 0:
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"


def _line(dataset_id: str, one: News, site: str | None) -> str:
    said = " ".join(one.line.split())
    said = said if len(said) <= WIDTH else f"{said[:WIDTH]}…"
    words = {
        "trouble": said,
        "mended": f"over after {lasted(one)}: {said}",
        "published": f"{one.about}: {said}; {page_of(dataset_id, one.about, site)}",
    }
    return f"{MARKS[one.kind]} {words[one.kind]}"


def _fields(dataset_id: str, news: Sequence[News], site: str | None) -> dict[str, Any]:
    rows = as_object(dataset_id, Record(pending=tuple(news)))["pending"]
    for row in rows:
        del row["owed"]
        if row["kind"] == "published":
            row |= {"version": row["about"], "page": page_of(dataset_id, row["about"], site)}
    return {"dataset": dataset_id, "news": rows}
