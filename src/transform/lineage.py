"""What happens to ids: removed, returned, split, merged, renamed, withdrawn; the rows of `id_history`.

A split is a part of an old task that became a task of its own; a merge is an old task that became a part of another.
Both are recognised by words: nearly all of the shorter wording is in the longer one, and it is not in what the longer
row was before (split), or is now (merge). Each row that is new or gone is searched for in all longer ones, within a
limit of work (MOST_SEARCH_WORK); beyond it no split and no merge is recognised, and that is logged.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate

from config.text import shorten
from transform.arrow_tables import Row
from transform.bodies import CHINESE
from transform.identity import MOST_PAIRS, normalise

log = logging.getLogger(__name__)

# The number of characters of a row that a reason quotes.
MAX_QUOTED = 60
# Likeness (rapidfuzz's partial ratio, 0 to 1) of a shorter wording with a longer one: at least the first if it is a
# part of it, at most the second if it is not.
MIN_PART_LIKENESS, MAX_OTHER_LIKENESS = 0.85, 0.7
# Wordings with fewer letters are found anywhere by chance; a Chinese character counts as two letters.
SHORTEST_PART = 8
# Limit of the search for parts, with that of pairs (`identity.MOST_PAIRS`): the sum, over all pairs, of the characters
# of the longer wording times those of the part times the part's words of 64 bits, as rapidfuzz computes. A second does
# some 2·10^9. In a plan of 500 tasks of 150 characters that all changed it is 10^10.
MOST_SEARCH_WORK = 50_000_000_000
# Number of similar rows of which the other version is looked at.
MOST_SIMILAR = 5
REMOVED, RETURNED, SPLIT = "removed", "returned", "split"
MERGED, RENAMED, WITHDRAWN = "merged", "renamed", "withdrawn"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an id; `new_id` is the id that it became, None if it became none."""

    table_name: str
    old_id: str
    event: str
    new_id: str | None
    reason: str
    score: float | None = None
    fingerprint: str | None = None


def find_splits_and_merges(table_name: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[Event]:
    """The splits and merges between two versions of a document's rows; `old` and `new` map ids to words."""
    before, after = ({row_id: normalise(words) for row_id, words in rows.items()} for rows in (old, new))
    added = {row_id: words for row_id, words in after.items() if row_id not in before}
    removed = {row_id: words for row_id, words in before.items() if row_id not in after}
    events: list[Event] = []
    if not (_is_search_feasible(added, before, after) and _is_search_feasible(removed, after, before)):
        log.warning(
            "%d new rows and %d rows that are gone are too many or too long to be searched for in others; "
            "no row is recognised as a part of another",
            *(len(added), len(removed)),
        )
        return events
    for new_id, words in added.items():
        if whole := _find_whole(words, before, after):
            reason = f"a part of its words is a row of its own: “{shorten(new[new_id], MAX_QUOTED)}”"
            events.append(Event(table_name, whole[0], SPLIT, new_id, reason, whole[1]))
    for old_id, words in removed.items():
        if whole := _find_whole(words, after, before):
            reason = f"its words are now a part of another row: “{shorten(new[whole[0]], MAX_QUOTED)}”"
            events.append(Event(table_name, old_id, MERGED, whole[0], reason, whole[1]))
    return events


def _is_search_feasible(parts: Mapping[str, str], wholes: Mapping[str, str], otherwise: Mapping[str, str]) -> bool:
    """Whether the search for all `parts` keeps to the limits, however the words are made."""
    if len(parts) * len(wholes) > MOST_PAIRS:
        return False
    lengths = sorted(map(len, wholes.values()))
    sums = [0, *accumulate(reversed(lengths))]  # of the longest, the two longest …
    others = MOST_SIMILAR * max(map(len, otherwise.values()), default=0)
    work = 0
    for part in parts.values():
        longer = sums[len(lengths) - bisect_right(lengths, len(part))]
        work += (longer + others) * len(part) * (len(part) // 64 + 1)
    return work <= MOST_SEARCH_WORK


def _find_whole(part: str, wholes: Mapping[str, str], otherwise: Mapping[str, str]) -> tuple[str, float] | None:
    """The row whose words contain `part` (its id and the likeness), the most similar one; None if there is none.

    `otherwise` holds the words of the same rows in the other version, which must not contain it.
    """
    from rapidfuzz import fuzz, process

    if len(part) + len(CHINESE.findall(part)) < SHORTEST_PART:
        return None
    longer = {row_id: words for row_id, words in wholes.items() if len(words) > len(part)}
    for _, score, row_id in process.extract(
        part,
        longer,
        scorer=fuzz.partial_ratio,
        score_cutoff=MIN_PART_LIKENESS * 100,
        processor=None,
        limit=MOST_SIMILAR,
    ):
        other_words = otherwise.get(row_id)
        if (
            other_words is None
            or len(other_words) < len(part)
            or fuzz.partial_ratio(part, other_words) <= MAX_OTHER_LIKENESS * 100
        ):
            return row_id, round(score / 100, 4)
    return None


def make_history_rows(events: Iterable[Event], version: str) -> Iterator[Row]:
    """Events as rows of `id_history`; the events of one id are numbered from 1."""
    times: Counter[tuple[str, str]] = Counter()
    for event in events:
        times[event.table_name, event.old_id] += 1
        yield {**asdict(event), "version": version, "ordinal": times[event.table_name, event.old_id]}


def find_retired_ids(history: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """The ids without a row that can return, as table and id by fingerprint; the last event of an id decides."""
    last: dict[tuple[str, str], Row] = {}
    for row in sorted(history, key=lambda row: tuple(map(int, row["version"].split(".")))):
        if row["fingerprint"] or row["event"] == RETURNED:
            last[row["table_name"], row["old_id"]] = row
    return {row["fingerprint"]: (table, row_id) for (table, row_id), row in last.items() if row["event"] != RETURNED}


def add_table_names(history: Sequence[Row]) -> list[Row]:
    """The history with the columns that rows of an older schema do not have: an id's form shows its table."""
    return [row if row["table_name"] else {**row, **_derive_missing_columns(row["old_id"])} for row in history]


def _derive_missing_columns(row_id: str) -> Row:
    tail = row_id.rpartition("/")[2]
    letters = {"a": "areas", "t": "tasks", "s": "tasks", "c": "citations"}
    table = "claims" if tail.startswith("claim-") else letters.get(tail[:1]) if tail[1:].isdigit() else None
    return {"table_name": table or ("bodies" if "/" not in row_id else "tasks"), "ordinal": 1, "event": REMOVED}
