from __future__ import annotations

import pytest

from config.text import format_count, omit_credentials, omit_user, shorten, summarise_message


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://anna:pw@h/p", "https://…@h/p"),
        ("https://anna:pa/pw@h/p", "https://…@h/p"),
        ("https://pw@h/p", "https://…@h/p"),
        ("https://anna:p@w@h/p", "https://…@h/p"),
        ("https:anna:pw@h", "…@h"),
        ("https:\\anna:pw@h", "…@h"),
        ("anna:pw@h/p", "…@h/p"),
        ("//pw@h", "…@h"),
        ("['https://anna:pw@h/p']", "['https://…@h/p']"),
        ("`http://anna:pa/pw@h:9` was refused", "`http://…@h:9` was refused"),
        ("at url=https://anna:pw@h and s3://k:pw@b", "at …@h and s3://…@b"),
        ("https://…@h/p", "https://…@h/p"),
        ("write to desk@example.org", "write to desk@example.org"),
        ("/home/anna@example/x.yaml:3: a mistake", "/home/anna@example/x.yaml:3: a mistake"),
        ("https://example.org:80/p and a@b", "https://example.org:80/p and a@b"),
    ],
)
def test_users_and_passwords_are_left_out_and_nothing_else(text: str, shown: str) -> None:
    assert omit_credentials(text) == shown
    assert summarise_message(text) == shown


def test_a_password_of_one_address_may_hold_blanks() -> None:
    assert omit_user("https://anna:pa pw@h/p") == "…@h/p"
    assert omit_user("https://example.org/p") == "https://example.org/p"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", ["/", ":", "a:", "a@", "a", "'", "a://"])
def test_a_long_text_takes_time_as_its_length(part: str) -> None:
    text = "@ " + part * 1_000_000
    assert len(omit_credentials(text)) <= len(text)
