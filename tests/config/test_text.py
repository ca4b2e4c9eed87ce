from __future__ import annotations

import pytest

from config.text import format_count, shorten, summarise_message


def test_a_text_that_fits_is_left_as_it_is_and_a_longer_one_ends_with_an_ellipsis() -> None:
    assert shorten("abcde", 5) == "abcde"
    assert shorten("abcdef", 5) == "abcde…"


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (OSError("no\n  such\tfile"), "no such fi…"),
        (OSError(), "OSError"),
        (" x\ny ", "x y"),
        ("at http://anna:secret@host", "at http://…"),
    ],
)
def test_a_message_is_put_on_one_line_and_an_empty_error_is_named(message: object, line: str) -> None:
    assert summarise_message(message, 10) == line


@pytest.mark.parametrize(("number", "words"), [(0, "0 captures"), (1, "1 capture"), (2, "2 captures")])
def test_one_is_counted_in_the_singular(number: int, words: str) -> None:
    assert format_count(number, "capture") == words
