"""What becomes of ids: removed, returned, split, merged, renamed; the rows of `id_history`.

A part of a task that became a task of its own, or a task that became a part of another, is told by its words: they
are found in the longer wording nearly whole, and were not, or are no longer, in what else that wording became.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from transform.bodies import CHINESE
from transform.identity import normal
from transform.sheets import Row

# How much of the shorter wording has to be found in the longer one (rapidfuzz's partial ratio, 0 to 1) for it to be a
# part of it, and at most of it for it to be none.
PART, NO_PART = 0.85, 0.7
# A wording of fewer letters than this, a Chinese sign counting as two, is found anywhere by chance.
SHORTEST_PART = 8
REMOVED, RETURNED, SPLIT, MERGED, RENAMED, WITHDRAWN = (
    "removed",
    "returned",
    "split",
    "merged",
    "renamed",
    "withdrawn",
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an id of a table; `new_id` is what it became, None where it became nothing."""

    table_name: str
    old_id: str
    event: str
    new_id: str | None
    reason: str
    score: float | None = None
    fingerprint: str | None = None


def parted(table_name: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[Event]:
    """The splits and merges between two readings of a document, each given as words by id."""
    before, after = ({row_id: normal(words) for row_id, words in rows.items()} for rows in (old, new))
    fresh = {row_id: words for row_id, words in after.items() if row_id not in before}
    gone = {row_id: words for row_id, words in before.items() if row_id not in after}
    found = []
    for new_id, words in fresh.items():
        whole = _whole_of(words, before, after)
        if whole:
            reason = f"a part of its words is a row of its own: “{_short(new[new_id])}”"
            found.append(Event(table_name, whole[0], SPLIT, new_id, reason, whole[1]))
    for old_id, words in gone.items():
        whole = _whole_of(words, after, before)
        if whole:
            reason = f"its words are now a part of another row: “{_short(new[whole[0]])}”"
            found.append(Event(table_name, old_id, MERGED, whole[0], reason, whole[1]))
    return found


def _whole_of(part: str, wholes: Mapping[str, str], otherwise: Mapping[str, str]) -> tuple[str, float] | None:
    """The wording that a shorter one is a part of, best first; `otherwise` is what each is in the other version."""
    from rapidfuzz import fuzz, process

    if len(part) + len(CHINESE.findall(part)) < SHORTEST_PART:
        return None
    longer = {row_id: words for row_id, words in wholes.items() if len(words) > len(part)}
    for _, score, row_id in process.extract(
        part, longer, scorer=fuzz.partial_ratio, score_cutoff=PART * 100, processor=None, limit=5
    ):
        still = otherwise.get(row_id)
        if still is None or len(still) < len(part) or fuzz.partial_ratio(part, still) <= NO_PART * 100:
            return row_id, round(score / 100, 4)
    return None


def history_rows(events: Iterable[Event], version: str) -> Iterator[Row]:
    """Events as rows of `id_history`, numbered where one id became several."""
    times: Counter[tuple[str, str]] = Counter()
    for one in events:
        times[one.table_name, one.old_id] += 1
        yield {
            "table_name": one.table_name,
            "old_id": one.old_id,
            "version": version,
            "ordinal": times[one.table_name, one.old_id],
            "new_id": one.new_id,
            "event": one.event,
            "reason": one.reason,
            "score": one.score,
            "fingerprint": one.fingerprint,
        }


def retired(history: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """The ids that are no row's any more and can return: table and id by fingerprint, as the last event says."""
    last: dict[tuple[str, str], Row] = {}
    for row in sorted(history, key=lambda row: tuple(map(int, row["version"].split(".")))):
        if row["fingerprint"] or row["event"] == RETURNED:
            last[row["table_name"], row["old_id"]] = row
    return {row["fingerprint"]: (table, row_id) for (table, row_id), row in last.items() if row["event"] != RETURNED}


def with_table_names(history: Sequence[Row]) -> list[Row]:
    """History of before tables were named in it: the table follows from how ids are made."""
    return [{**row, **_told_since(row)} for row in history]


def _told_since(row: Row) -> Row:
    """What a row of an earlier schema does not tell."""
    if row["table_name"]:
        return {}
    tail = row["old_id"].rpartition("/")[2]
    signs = {"a": "areas", "t": "tasks", "s": "tasks", "c": "citations"}
    table = "claims" if tail.startswith("claim-") else signs.get(tail[:1]) if tail[1:].isdigit() else None
    return {"table_name": table or ("bodies" if "/" not in row["old_id"] else "tasks"), "ordinal": 1, "event": REMOVED}


def _short(words: str) -> str:
    return words if len(words) <= 60 else f"{words[:60]}…"
