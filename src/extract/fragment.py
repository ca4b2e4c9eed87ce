"""A span of the reading text in, the text directive out that makes a browser open the page at that span.

The syntax is that of the W3C community group's "URL Fragment Text Directives": `text=[prefix-,]start[,end]`. A browser
ignores case and opens the first match, so words that also occur earlier in the text get the words right before them
as a prefix. This keeps the promise that a row leads back to its sentence on the live page.
"""

from __future__ import annotations

import functools
import re
from urllib.parse import quote

# Length in characters up to which words are written in full; longer ones by their beginning and end.
LONGEST_EXACT = 300
# Length in characters of that beginning and end.
END_LENGTH = 80
# Characters before the span in which the same words are searched, so that the time for a task does not grow with the
# length of the text.
SEARCHED_BACK = 200_000
# Characters before the span in which a prefix must not occur together with the words.
REPEATED_WITHIN = 5_000
# Lengths in characters of the prefixes that are tried, and of the text that they are taken from.
PREFIX_LENGTHS, BEFORE = (12, 24, 48, 96), 200


def build_directive(text: str, start: int, end: int) -> str:
    """The directive, such as `text=Improve%20the%20roads`, for `text[start:end]` (code points)."""
    words = text[start:end].split("\n", 1)[0].strip()
    if len(words) <= LONGEST_EXACT:
        wanted, last = words, ""
    else:
        wanted = _drop_cut_word(words[:END_LENGTH], from_end=False)
        last = _drop_cut_word(words[-END_LENGTH:], from_end=True)
    tail = f",{_encode(last)}" if last else ""
    if _to_lower(text).find(wanted.lower(), max(0, start - SEARCHED_BACK), start + len(wanted) - 1) < 0:
        return f"text={_encode(wanted)}{tail}"
    line = re.sub(r"\s+", " ", text[max(0, start - BEFORE) : start]).rstrip()
    flat_earlier = re.sub(r"\s+", " ", text[max(0, start - REPEATED_WITHIN) : start]).casefold()
    for length in PREFIX_LENGTHS:
        prefix = _drop_cut_word(line[-length:], from_end=True) if len(line) > length else line
        if prefix and f"{prefix} {wanted}".casefold() not in flat_earlier:
            return f"text={_encode(prefix)}-,{_encode(wanted)}{tail}"
    return f"text={_encode(wanted)}{tail}"


@functools.lru_cache(maxsize=1)
def _to_lower(text: str) -> str:
    """The text in lower case, cached for all directives of one document: else their time grows with its square."""
    return text.lower()


def _drop_cut_word(words: str, *, from_end: bool) -> str:
    """The words without the one that was cut through, at their beginning if `from_end`, else at their end.

    Words without spaces, as in Chinese, are returned as they are.
    """
    if " " not in words:
        return words
    return words.partition(" ")[2] if from_end else words.rpartition(" ")[0]


def _encode(words: str) -> str:
    return quote(words, safe="").replace("-", "%2D")
