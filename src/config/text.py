"""Text in messages and tables: cut to a length, put on one line, a number with its noun."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# The number of characters after which the message of an error of a library is cut off.
MAX_MESSAGE_LENGTH = 160


# A word up to its last @, which may be an address with a user and a password: that may hold any character. An e-mail
# address and a path have neither a colon nor two slashes before it. A quote and a scheme at the beginning are kept.
BEFORE_HOST = re.compile(r"(?<!\S)\S*@")
SCHEME = re.compile(r"[\[('\"`<{]*(?:[A-Za-z][\w+.-]*://)?")


def omit_credentials(text: str) -> str:
    """The text without the users and passwords of the addresses in it, also of those that are written wrongly."""
    return BEFORE_HOST.sub(_omit_user_before, text) if "@" in text else text


def _omit_user_before(match: re.Match[str]) -> str:
    word = match[0]
    scheme = SCHEME.match(word)
    return f"{scheme[0] if scheme else ''}…@" if ":" in word or "//" in word else word


def omit_user(address: str) -> str:
    """A text that should be one address, without what may be a user or password, also where that holds blanks."""
    return f"…@{address.rpartition('@')[2]}" if "@" in address else address


# Characters that could steer a terminal, or that no text has; line ends and tabs are none of them.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def replace_controls(text: str) -> str:
    """The text with a space for each control character: what strangers write is shown on terminals too."""
    return CONTROLS.sub(" ", text) if CONTROLS.search(text) else text


def shorten(text: str, length: int) -> str:
    """The text, or its first `length` characters and an ellipsis if it is longer."""
    return text if len(text) <= length else f"{text[:length]}…"


def summarise_message(message: object, length: int = MAX_MESSAGE_LENGTH) -> str:
    """An error or another message on one line, shortened; the name of its type if it has no text.

    Libraries repeat the address that they use: users and passwords in it are left out.
    """
    return shorten(" ".join(replace_controls(omit_credentials(str(message))).split()) or type(message).__name__, length)


def propose_name(name: str, names: Iterable[str], otherwise: str, likeness: float = 0.6) -> str:
    """A question with the most similar name, at least so similar (0 to 1); `otherwise` if none is."""
    similar = difflib.get_close_matches(name, names, n=1, cutoff=likeness)
    return f"did you mean {similar[0]}?" if similar else otherwise


def format_count(number: int, noun: str) -> str:
    """A number with its noun, such as "1 capture" or "3 captures"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
