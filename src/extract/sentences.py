"""Text in, sentences and comparable forms of it out: the first sentence, unwrapped lines, letters only."""

from __future__ import annotations

import re

SENTENCE_END = re.compile(r"(?<=[。！？])|(?<=[\w)”\"][.!?])\s+(?=[A-Z“\"(])|\n")
# Spaces between two Chinese characters or punctuation marks: a line break was there.
WRAPPED = re.compile(r"(?<=[\u4e00-\u9fff，、；：（《“]) +(?=[\u4e00-\u9fff，、；：）》”])")
# A Chinese character or full-width punctuation mark.
HAN = r"[\u3000-\u9fff\uff00-\uffef]"
# White space that is longer than any layout needs.
LONG_SPACE = re.compile(r"\s{40,}+")
NO_LETTERS = re.compile(r"[\W_]+")


def shorten_to_heading(text: str) -> str:
    """The first sentence of a text, without its full stop: the title of a task."""
    return SENTENCE_END.split(text.strip(), maxsplit=1)[0].strip().rstrip(".。;；")


def unwrap_lines(text: str) -> str:
    """The text without the spaces that a line break has left between Chinese characters."""
    return WRAPPED.sub("", text)


def shorten_spaces(text: str) -> str:
    """The text with long white space as one line break or space, in which patterns can be searched quickly."""
    return LONG_SPACE.sub(lambda space: "\n" if "\n" in space[0] else " ", text)


def needs_space(before: str, after: str) -> bool:
    """Whether a space belongs between two lines that are joined: not between Chinese characters."""
    return not (re.match(HAN, after) and re.match(HAN, before[-1:]))


def reduce_to_letters(text: str) -> str:
    """The letters and digits of a text in lower case: equal if two titles are the same."""
    return NO_LETTERS.sub("", text.casefold())
