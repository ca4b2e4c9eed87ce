from __future__ import annotations

from urllib.parse import unquote

from extract.fragment import build_directive


def directive_of(text: str, words: str) -> str:
    start = text.index(words)
    return build_directive(text, start, start + len(words))


def test_words_that_do_not_occur_before_are_enough() -> None:
    assert directive_of("Intro. 1. Build a bridge.", "Build a bridge.") == "text=Build%20a%20bridge."


def test_dashes_commas_and_ampersands_are_escaped() -> None:
    assert directive_of("Co-build roads, rails & ports", "Co-build roads, rails & ports") == (
        "text=Co%2Dbuild%20roads%2C%20rails%20%26%20ports"
    )


def test_words_that_occur_before_get_a_prefix() -> None:
    text = "They will build a bridge. Then:\n2. Build a bridge."
    assert directive_of(text, "Build a bridge.") == "text=Then%3A%202.-,Build%20a%20bridge."


def test_long_words_are_given_by_their_beginning_and_end() -> None:
    words = " ".join(f"word{number}" for number in range(100))
    start, end = directive_of(words, words).removeprefix("text=").split(",")
    assert words.startswith(unquote(start))
    assert words.endswith(unquote(end))


def test_only_the_first_line_of_a_span_is_given() -> None:
    assert directive_of("Build a pier.\nIt will be lit.", "Build a pier.\nIt will be lit.") == "text=Build%20a%20pier."
