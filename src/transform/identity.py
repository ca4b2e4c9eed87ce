"""Stable identity: which row of a new reading is which row of the previous release.

From certain to likely: the same words first; then similar words, the most alike pair first. The same label in
the same place lets less alike wordings match, but gives no precedence: else a renumbering would hand ids on to the
neighbours. Each old row is matched at most once, so an id never stands for two things.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

# Likeness from 0 to 1 (rapidfuzz's normalised indel similarity) from which two wordings are one thing: where they also
# share label and place, and where nothing but the words speaks for it.
SAME_PLACE_LIKENESS = 0.6
LIKENESS = 0.8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row as matching sees it: its words, and its label with its place (None where it has none)."""

    words: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """`old` became `new` (indexes), found by `rule`, with a likeness from 0 to 1."""

    old: int
    new: int
    rule: str
    score: float

    @property
    def certain(self) -> bool:
        """Whether the words are the same."""
        return self.score == 1.0


def match_rows(old: Sequence[Candidate], new: Sequence[Candidate]) -> list[Match]:
    """Match new rows with old ones, one to one, in the order of the new ones."""
    old_words, new_words = ([normal(row.words) for row in rows] for rows in (old, new))
    free_old, free_new = set(range(len(old))), set(range(len(new)))
    matches: list[Match] = []
    for find in (_same_words, _similar_words):
        pairs = find(_Rows(old, old_words, sorted(free_old)), _Rows(new, new_words, sorted(free_new)))
        for rule, score, o, n in pairs:
            if o in free_old and n in free_new:
                free_old.discard(o)
                free_new.discard(n)
                matches.append(Match(o, n, rule, round(score, 4)))
    return sorted(matches, key=lambda match: match.new)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows with their normal words, and the indexes of those that are not matched yet."""

    candidates: Sequence[Candidate]
    words: Sequence[str]
    free: Sequence[int]


# The rule that found it, a likeness, an old row and a new one.
_Pair = tuple[str, float, int, int]


def _same_words(old: _Rows, new: _Rows) -> list[_Pair]:
    by_words: dict[str, list[int]] = defaultdict(list)
    for o in old.free:
        by_words[old.words[o]].append(o)
    pairs = [("same words", 1.0, o, n) for n in new.free for o in by_words.get(new.words[n], ())]
    return sorted(pairs, key=lambda pair: (old.candidates[pair[2]].place != new.candidates[pair[3]].place, pair[3]))


def _similar_words(old: _Rows, new: _Rows) -> list[_Pair]:
    by_place: dict[str | None, list[int]] = defaultdict(list)
    for o in old.free:
        by_place[old.candidates[o].place].append(o)
    choices = {o: old.words[o] for o in old.free}
    pairs: list[_Pair] = []
    for n in new.free:
        place = new.candidates[n].place
        here = by_place[place] if place is not None else []
        for o in here:
            score = fuzz.ratio(old.words[o], new.words[n]) / 100
            if score >= SAME_PLACE_LIKENESS:
                pairs.append(("same label and place", score, o, n))
        found = process.extract(new.words[n], choices, scorer=fuzz.ratio, score_cutoff=LIKENESS * 100, limit=None)
        pairs.extend(("similar words", score / 100, o, n) for _, score, o in found if o not in here)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0] == "similar words", pair[3], pair[2]))


def normal(words: str) -> str:
    """The words without case, width, white space and punctuation: equal where two wordings are the same."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", words).casefold() if sign.isalnum())


class Mint:
    """Hands out ids that were never used; holds the ones taken, which is why it is a class."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def numbered(self, prefix: str, number: int) -> str:
        """The prefix with the number, or with the next number that makes an unused id: `plan/t07`."""
        while (minted := f"{prefix}{number:02d}") in self._taken:
            number += 1
        self._taken.add(minted)
        return minted

    def named(self, name: str) -> str:
        """The name itself, or with the first of -2, -3 … that makes an unused id."""
        minted, number = name, 1
        while minted in self._taken:
            number += 1
            minted = f"{name}-{number}"
        self._taken.add(minted)
        return minted


def slug(name: str) -> str:
    """A name as an id: its letters and digits of any script, in lower case, joined by dashes."""
    words = "".join(sign if sign.isalnum() else " " for sign in unicodedata.normalize("NFKC", name).casefold()).split()
    return "-".join(words) or "unnamed"
