from __future__ import annotations

from urllib.parse import unquote

from extract.fragment import build_directive


def of(text: str, words: str, occurrence: int = 1) -> str:
    start = -1
    for _ in range(occurrence):
        start = text.index(words, start + 1)
    return build_directive(text, start, start + len(words))


def test_words_that_stand_nowhere_before_are_enough() -> None:
    assert of("Intro. 1. Build a bridge.", "Build a bridge.") == "text=Build%20a%20bridge."


def test_dashes_commas_and_ampersands_are_written_so_that_they_mean_themselves() -> None:
    assert of("Co-build roads, rails & ports", "Co-build roads, rails & ports") == (
        "text=Co%2Dbuild%20roads%2C%20rails%20%26%20ports"
    )


def test_words_that_stand_earlier_too_take_what_is_before_them_along() -> None:
    text = "They will build a bridge. Then:\n2. Build a bridge."
    assert of(text, "Build a bridge.") == "text=2.-,Build%20a%20bridge." or "-," in of(text, "Build a bridge.")
    prefix = unquote(of(text, "Build a bridge.").removeprefix("text=").split("-,")[0])
    assert f"{prefix} build a bridge.".casefold() in text.casefold().replace("\n", " ")


def test_long_texts_are_found_by_their_ends() -> None:
    words = " ".join(f"word{number}" for number in range(100))
    start, end = of(words, words).removeprefix("text=").split(",")
    assert words.startswith(unquote(start))
    assert words.endswith(unquote(end))


def test_only_the_first_paragraph_is_looked_for() -> None:
    assert of("Build a pier.\nIt will be lit.", "Build a pier.\nIt will be lit.") == "text=Build%20a%20pier."
