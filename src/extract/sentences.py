"""Where a text's first sentence ends."""

from __future__ import annotations

import re

SENTENCE_END = re.compile(r"(?<=[。！？])|(?<=[\w)”\"][.!?])\s+(?=[A-Z“\"(])|\n")


def heading_of(text: str) -> str:
    """The title of a task: the first sentence of its text, without the full stop."""
    return SENTENCE_END.split(text.strip(), maxsplit=1)[0].strip().rstrip(".。;；")
