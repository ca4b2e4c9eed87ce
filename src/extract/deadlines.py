"""The text of one task in, its one deadline out.

Strict: a target ("by 2025 the share grows to …") is not a deadline.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from extract.lexicon.rows import Lexicon
from extract.sentences import SENTENCE_END, shorten_spaces

# Length in characters up to which the first sentence is only a heading, so that the second one is prominent too.
LONGEST_HEADING = 80
# Length in characters from which on a day in running text is that of a part of the task, and not of the task.
LONGEST_TASK = 600


@dataclass(frozen=True, slots=True)
class Deadline:
    """The words of a deadline, None if there is none, and its day if they fix one.

    The day of a month or year is its last day.
    """

    stated: str | None = None
    day: date | None = None


def read_deadline(text: str, lexicon: Lexicon, *, prose: str | None = None) -> Deadline:
    """The deadline that a text sets; empty if it sets none, or several, since none of those is that of the whole.

    `prose` is the text without its lists, whose items have deadlines of their own.
    """
    text, prose = shorten_spaces(text), shorten_spaces(text if prose is None else prose)
    sentences = [part for part in SENTENCE_END.split(prose.strip()) if part]
    heading_alone = bool(sentences) and len(sentences[0]) <= LONGEST_HEADING
    prominent = " ".join(sentences[: 1 + heading_alone])
    is_long = len(text) > LONGEST_TASK
    for row in lexicon.deadlines:
        deadlines = {
            " ".join(match["when"].split()): match
            for match in row.pattern.finditer(prominent if row.prominent or (is_long and not row.field) else text)
        }
        if len(deadlines) == 1:
            ((stated, match),) = deadlines.items()
            return Deadline(stated, _resolve_day(match, lexicon))
        if deadlines:
            break
    return Deadline()


def read_day(text: str, lexicon: Lexicon) -> date | None:
    """The first day that the text states in full, such as "December 31, 2020"; None if it states none."""
    matches = (match for style in lexicon.dates for match in style.finditer(text))
    return next((day for match in matches if (day := _resolve_day(match, lexicon))), None)


def _resolve_day(match: re.Match[str], lexicon: Lexicon) -> date | None:
    """The day in the groups `y`, `m`, `d` and `end` of a match; None if they do not fix one."""
    stated = match.groupdict()
    if not stated.get("y"):
        return None
    year, name = int(stated["y"]), (stated.get("m") or "").lower()
    month = int(name) if name.isdigit() else lexicon.months.get(name[:3], 0)
    if not 1 <= month <= 12:
        return date(year, 12, 31) if stated.get("end") and 0 < year < 10_000 else None
    try:
        last = calendar.monthrange(year, month)[1]
        return date(year, month, int(stated["d"]) if stated.get("d") else last)
    except ValueError:
        return None
