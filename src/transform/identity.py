"""Matches the rows of a new reading with those of the previous release, so that ids stay stable.

Candidates of both come in, matches with a rule and a likeness go out. Certain matches come first: the same words are
the same row; of several equal ones, those in the same place match first, then those in the same order. What is left is
matched by likeness, one to one, by the assignment with the greatest sum of likeness. For rows with the same label in
the same place, and for sections with the same tasks, a lower likeness is enough. But place and order only decide
between equally good assignments: otherwise a renumbering would pass ids on to the neighbours.
"""

from __future__ import annotations

import hashlib
import logging
import re
import unicodedata
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

# Least likeness (rapidfuzz's normalised indel similarity, 0 to 1) of two wordings of one row: if they have the same
# label in the same place, and otherwise.
SAME_PLACE_LIKENESS = 0.6
LIKENESS = 0.8
# Least share of common tasks of two sections that are the same, whatever their headings.
SAME_PARTS = 0.5
# Weights that decide between equally good assignments: place first, then order.
PLACE_COUNTS, ORDER_COUNTS = 1e-4, 1e-8
# Maximum number of likenesses in memory at once (four bytes each).
MOST_CELLS = 8_000_000
# Limits of the matching by likeness, which compares each free row with each other one. Beyond them rows are matched by
# the same words only, and that is logged: the pairs that are compared (6,000 rows with as many that all changed), the
# work of it in characters of one row times characters of the other (a second for some 10^10), and the pairs that are
# similar, of which each is kept in memory until the best assignment is found.
MOST_PAIRS, MOST_WORK, MOST_SIMILAR_PAIRS = 40_000_000, 400_000_000_000, 500_000

log = logging.getLogger(__name__)

# Everything that is not a letter or digit, in any script.
NOT_LETTERS = re.compile(r"[\W_]+")

SAME_WORDS, SAME_PLACE, SIMILAR_WORDS = "same words", "same label and place", "similar words"
SAME_TASKS = "same tasks"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a row is matched by: its words, its place (labels above it and its own; None without), its parts' ids."""

    words: str
    place: str | None = None
    parts: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Match:
    """The old row and the new row (indexes) that are the same by `rule`, with a likeness from 0 to 1."""

    old: int
    new: int
    rule: str
    score: float


Pair = tuple[int, int]


def match_rows(old: Sequence[Candidate], new: Sequence[Candidate]) -> list[Match]:
    """Match new rows with old ones, one to one, in the order of the new ones."""
    certain = match_certain(old, new)
    taken_old, taken_new = {match.old for match in certain}, {match.new for match in certain}
    return sorted([*certain, *match_likely(old, new, taken_old, taken_new)], key=lambda match: match.new)


def match_certain(
    old: Sequence[Candidate],
    new: Sequence[Candidate],
    taken_old: Collection[int] = (),
    taken_new: Collection[int] = (),
    never: Collection[Pair] = (),
) -> list[Match]:
    """Match rows with the same words; rows in `taken_old` and `taken_new` and pairs in `never` are left out."""
    words_old, words_new = [normalise(row.words) for row in old], [normalise(row.words) for row in new]
    by_words: dict[str, deque[int]] = defaultdict(deque)
    by_place: dict[tuple[str, str | None], deque[int]] = defaultdict(deque)
    for o, row in enumerate(old):
        if o not in taken_old:
            by_words[words_old[o]].append(o)
            by_place[words_old[o], row.place].append(o)
    free_new = [n for n in range(len(new)) if n not in taken_new]
    matches: list[Match] = []
    matched_old, matched_new = set[int](), set[int]()
    for queues in (
        {n: by_place.get((words_new[n], new[n].place)) for n in free_new},
        {n: by_words.get(words_new[n]) for n in free_new},
    ):
        for n, queue in queues.items():
            first = _find_first(queue, matched_old, n, never) if queue and n not in matched_new else None
            if first is not None:
                matches.append(Match(first, n, SAME_WORDS, 1.0))
                matched_old.add(first)
                matched_new.add(n)
    return matches


def _find_first(queue: deque[int], matched: Collection[int], n: int, never: Collection[Pair]) -> int | None:
    """The first row of a queue that is not matched and may be matched with `n`; matched ones leave its beginning."""
    while queue and queue[0] in matched:
        queue.popleft()
    return next((o for o in queue if o not in matched and (o, n) not in never), None)


def match_likely(
    old: Sequence[Candidate],
    new: Sequence[Candidate],
    taken_old: Collection[int] = (),
    taken_new: Collection[int] = (),
    never: Collection[Pair] = (),
) -> list[Match]:
    """Match similar rows, by the assignment with the greatest sum of likeness."""
    free_old = [o for o in range(len(old)) if o not in taken_old]
    free_new = [n for n in range(len(new)) if n not in taken_new]
    if not free_old or not free_new:
        return []
    work = sum(len(old[o].words) for o in free_old) * sum(len(new[n].words) for n in free_new)
    if len(free_old) * len(free_new) > MOST_PAIRS or work > MOST_WORK:
        return _report_limit(free_old, free_new)
    likely: dict[Pair, tuple[str, float]] = {}
    for o, n, rule, score in _find_likely_pairs(old, new, free_old, free_new):
        if (o, n) not in never and score > likely.get((o, n), ("", 0.0))[1]:
            likely[o, n] = (rule, score)
            if len(likely) > MOST_SIMILAR_PAIRS:
                return _report_limit(free_old, free_new)
    weights = {
        (o, n): score + PLACE_COUNTS * _is_same_place(old[o], new[n]) - ORDER_COUNTS * abs(o - n)
        for (o, n), (_, score) in likely.items()
    }
    return [Match(o, n, likely[o, n][0], round(likely[o, n][1], 4)) for o, n in _choose_assignment(weights)]


def _report_limit(free_old: Sequence[int], free_new: Sequence[int]) -> list[Match]:
    """No match, which is logged: rows that are too many or too long to be compared get new ids."""
    log.warning(
        "%d rows of the version before and %d new ones are too many or too long to be compared by likeness; "
        "those whose words changed get new ids",
        len(free_old),
        len(free_new),
    )
    return []


def _find_likely_pairs(
    old: Sequence[Candidate], new: Sequence[Candidate], free_old: Sequence[int], free_new: Sequence[int]
) -> Iterator[tuple[int, int, str, float]]:
    for o, n, score in _find_similar_pairs(old, new, free_old, free_new):
        is_same_place = _is_same_place(old[o], new[n])
        if is_same_place or score >= LIKENESS:
            yield o, n, SAME_PLACE if is_same_place else SIMILAR_WORDS, score
    by_part: dict[str, list[int]] = defaultdict(list)
    for o in free_old:
        for part in old[o].parts:
            by_part[part].append(o)
    for n in free_new:
        for o in {o for part in new[n].parts for o in by_part[part]}:
            parts = [old[o].parts, new[n].parts]
            share = len(parts[0] & parts[1]) / max(map(len, parts))
            if share >= SAME_PARTS:
                yield o, n, SAME_TASKS, share


def _find_similar_pairs(
    old: Sequence[Candidate], new: Sequence[Candidate], free_old: Sequence[int], free_new: Sequence[int]
) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows whose words are similar enough for any rule, with their likeness."""
    import numpy as np  # these take a third of a second to load, and are needed only if rows changed
    from rapidfuzz import fuzz, process

    words = [normalise(old[o].words) for o in free_old]
    step = max(1, MOST_CELLS // len(words))
    for start in range(0, len(free_new), step):
        block = free_new[start : start + step]
        likeness: Any = process.cdist(
            [normalise(new[n].words) for n in block],
            words,
            scorer=fuzz.ratio,
            score_cutoff=SAME_PLACE_LIKENESS * 100,
            dtype=np.float32,
        )
        for row, column in zip(*np.nonzero(likeness), strict=True):
            yield free_old[column], block[row], float(likeness[row, column]) / 100


def _choose_assignment(weights: dict[Pair, float]) -> list[Pair]:
    """The pairs of the best assignment. Groups of connected rows are solved separately, which is much faster."""
    assigned: list[Pair] = []
    for group in _group_pairs(weights):
        olds, news = sorted({o for o, _ in group}), sorted({n for _, n in group})
        if len(group) == 1:
            assigned.extend(group)
            continue
        import numpy as np
        from scipy.optimize import linear_sum_assignment

        matrix = np.zeros((len(olds), len(news)))
        rows, columns = ({index: position for position, index in enumerate(indexes)} for indexes in (olds, news))
        for o, n in group:
            matrix[rows[o], columns[n]] = weights[o, n]
        for row, column in zip(*linear_sum_assignment(matrix, maximize=True), strict=True):
            if matrix[row, column] > 0:
                assigned.append((olds[row], news[column]))
    return assigned


def _group_pairs(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """The pairs in groups: two pairs are in one group if a chain of shared rows connects them."""
    pair_list = list(pairs)
    leads: dict[tuple[str, int], tuple[str, int]] = {}

    def find_root(node: tuple[str, int]) -> tuple[str, int]:
        while (up := leads.setdefault(node, node)) != node:
            leads[node] = leads[up]
            node = up
        return node

    for o, n in pair_list:
        leads[find_root(("old", o))] = find_root(("new", n))
    groups: dict[tuple[str, int], list[Pair]] = defaultdict(list)
    for o, n in pair_list:
        groups[find_root(("old", o))].append((o, n))
    return list(groups.values())


def _is_same_place(old: Candidate, new: Candidate) -> bool:
    return old.place is not None and old.place == new.place


def normalise(words: str) -> str:
    """The words without case, width, white space and punctuation; equal for two spellings of the same words."""
    return NOT_LETTERS.sub("", unicodedata.normalize("NFKC", words).casefold())


def make_fingerprint(table: str, document_id: str, words: str) -> str:
    """The SHA-256 by which a row is recognised that returns with the same words after some versions."""
    return hashlib.sha256(f"{table}\n{document_id}\n{normalise(words)}".encode()).hexdigest()


class Mint:
    """Makes ids that were never used; a class, because it holds the used ones."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def mint_numbered(self, prefix: str, number: int) -> str:
        """The prefix with the number, or with the next one that makes an unused id: `harbour-2021/t07`."""
        while (minted := f"{prefix}{number:02d}") in self._taken:
            number += 1
        self._taken.add(minted)
        return minted

    def mint_named(self, name: str) -> str:
        """The name itself, or with the first of -2, -3 … that makes an unused id: `ferry-office-2`."""
        minted, number = name, 1
        while minted in self._taken:
            number += 1
            minted = f"{name}-{number}"
        self._taken.add(minted)
        return minted


def make_slug(name: str) -> str:
    """A name as an id: its letters and digits of any script, in lower case, joined by dashes: `ferry-office`."""
    words = NOT_LETTERS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).split()
    return "-".join(words) or "unnamed"
