"""Text in messages and tables: cut to a length, put on one line, a number with its noun."""

from __future__ import annotations

# The number of characters after which the message of an error of a library is cut off.
MAX_MESSAGE_LENGTH = 160


def shorten(text: str, length: int) -> str:
    """The text, or its first `length` characters and an ellipsis where it is longer."""
    return text if len(text) <= length else f"{text[:length]}…"


def summarise_message(message: object, length: int = MAX_MESSAGE_LENGTH) -> str:
    """An error or another message on one line, shortened; the name of its type where it has no text."""
    return shorten(" ".join(str(message).split()) or type(message).__name__, length)


def format_count(number: int, noun: str) -> str:
    """A number with its noun, such as "1 capture" or "3 captures"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
