"""The text of a message: items that a channel has not been sent yet in, one message out. Pure.

A run makes one message for each channel, so that a hundred sources that break at once are not a hundred messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from config.text import format_count, shorten
from pipeline.notify.incidents import IncidentRecord, NewsItem, to_json_object

MAX_LINES, MAX_WIDTH = 20, 300
HEADINGS = {"trouble": "{number} {need} attention", "mended": "{number} fixed", "published": "{what} published"}
MARKS = {"trouble": "✗", "mended": "✓", "published": "•"}
# What chat services read as markup or as a call to everybody; a source's page may hold it.
MARKUP_REPLACEMENTS = str.maketrans({"<": "‹", ">": "›", "@": "＠"})


@dataclass(frozen=True, slots=True)
class Message:
    """A subject, its lines, and the same as JSON fields."""

    subject: str
    lines: tuple[str, ...]
    fields: dict[str, Any]

    @property
    def text_without_markup(self) -> str:
        """The subject and the lines as plain text, in which no chat service finds markup."""
        return "\n".join((self.subject, *self.lines)).translate(MARKUP_REPLACEMENTS)


def compose_message(dataset_id: str, news: Sequence[NewsItem], site: str | None) -> Message:
    """The message about a dataset; `site` is the shelf's address on the web, if known."""
    counts: Counter[str] = Counter(item.kind for item in news)
    newest = next((item.about for item in reversed(news) if item.kind == "published"), "")
    heads = [
        heading.format(number=counts[kind], need="needs" if counts[kind] == 1 else "need", what=newest)
        for kind, heading in HEADINGS.items()
        if counts[kind]
    ]
    lines = [
        _format_item(dataset_id, item, site) for item in sorted(news, key=lambda item: list(HEADINGS).index(item.kind))
    ]
    more = len(lines) - MAX_LINES
    shown = [*lines[:MAX_LINES], *([f"… and {more} more; policytasks status shows all"] if more > 0 else [])]
    return Message(f"{dataset_id}: {', '.join(heads)}", tuple(shown), _to_fields(dataset_id, news, site))


def locate_page(dataset_id: str, version: str, site: str | None) -> str:
    """The address of a version's page: on the web or, if that is not known, its path on the shelf."""
    path = f"{dataset_id}/versions/{version}/"
    return f"{site.rstrip('/')}/{path}" if site else path


def describe_duration(item: NewsItem) -> str:
    """For how long an incident lasted, in the largest unit that fits."""
    span = (item.ended or item.since) - item.since
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if (number := span // length) > 0:
            return format_count(number, unit)
    return "less than a minute"


def _format_item(dataset_id: str, item: NewsItem, site: str | None) -> str:
    line = shorten(" ".join(item.line.split()), MAX_WIDTH)
    words = {
        "trouble": line,
        "mended": f"over after {describe_duration(item)}: {line}",
        "published": f"{item.about}: {line}; {locate_page(dataset_id, item.about, site)}",
    }
    return f"{MARKS[item.kind]} {words[item.kind]}"


def _to_fields(dataset_id: str, news: Sequence[NewsItem], site: str | None) -> dict[str, Any]:
    rows = to_json_object(dataset_id, IncidentRecord(pending=tuple(news)))["pending"]
    for row in rows:
        del row["owed"]
        if row["kind"] == "published":
            row |= {"version": row["about"], "page": locate_page(dataset_id, row["about"], site)}
    return {"dataset": dataset_id, "news": rows}
