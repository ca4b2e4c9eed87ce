"""The text directive that makes a browser open a page at one sentence.

The rule is the one of the W3C community group's "URL Fragment Text Directives": `text=[prefix-,]start[,end]`, found
without regard to case at the first place where it matches; so where the words stand earlier in the text too, the
words right before the sentence go along as a prefix.
"""

from __future__ import annotations

import functools
import re
from urllib.parse import quote

LONGEST_EXACT = 300
# How far back the same words are looked for at all, so that a task's time does not grow with the length of the text.
SEARCHED_BACK = 200_000
# How far back a prefix is made sure to stand alone.
REPEATED_WITHIN = 5_000
PREFIX_LENGTHS = (12, 24, 48, 96)


def build_directive(text: str, start: int, end: int) -> str:
    """The directive, such as `text=Improve%20the%20roads`, for `text[start:end]` (code points)."""
    words = text[start:end].split("\n", 1)[0].strip()
    if len(words) <= LONGEST_EXACT:
        wanted, last = words, ""
    else:
        wanted, last = _drop_cut_word(words[:80], from_end=False), _drop_cut_word(words[-80:], from_end=True)
    tail = f",{_encode(last)}" if last else ""
    if not _is_repeated(_to_lower(text), wanted.lower(), start):
        return f"text={_encode(wanted)}{tail}"
    line = re.sub(r"\s+", " ", text[max(0, start - 200) : start]).rstrip()
    flat_earlier = re.sub(r"\s+", " ", text[max(0, start - REPEATED_WITHIN) : start]).casefold()
    for length in PREFIX_LENGTHS:
        prefix = _drop_cut_word(line[-length:], from_end=True) if len(line) > length else line
        if prefix and f"{prefix} {wanted}".casefold() not in flat_earlier:
            return f"text={_encode(prefix)}-,{_encode(wanted)}{tail}"
    return f"text={_encode(wanted)}{tail}"


@functools.lru_cache(maxsize=1)
def _to_lower(text: str) -> str:
    """The text in lower case, made once for all the directives of a document."""
    return text.lower()


def _is_repeated(lowered: str, wanted: str, start: int) -> bool:
    return lowered.find(wanted, max(0, start - SEARCHED_BACK), start + len(wanted) - 1) >= 0


def _drop_cut_word(words: str, *, from_end: bool) -> str:
    """Drop the word that the cut went through; Chinese has no spaces, there a cut goes anywhere."""
    if " " not in words:
        return words
    return words.partition(" ")[2] if from_end else words.rpartition(" ")[0]


def _encode(words: str) -> str:
    return quote(words, safe="").replace("-", "%2D")
