"""Sentences as strings: where the first one ends, and what of it has to be equal for two to be the same."""

from __future__ import annotations

import re

SENTENCE_END = re.compile(r"(?<=[。！？])|(?<=[\w)”\"][.!?])\s+(?=[A-Z“\"(])|\n")

WRAPPED = re.compile(r"(?<=[\u4e00-\u9fff，、；：（《“]) +(?=[\u4e00-\u9fff，、；：）》”])")
NO_LETTERS = re.compile(r"[\W_]+")


def heading_of(text: str) -> str:
    """The title of a task: the first sentence of its text, without the full stop."""
    return SENTENCE_END.split(text.strip(), maxsplit=1)[0].strip().rstrip(".。;；")


def unwrap_lines(text: str) -> str:
    """The text without the spaces between Chinese characters that a line's break has left, in words and lists."""
    return WRAPPED.sub("", text)


def letters_of(text: str) -> str:
    """The letters and digits of a text, without regard to case: equal where two titles are the same."""
    return NO_LETTERS.sub("", text.casefold())
