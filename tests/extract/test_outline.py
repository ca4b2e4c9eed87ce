from __future__ import annotations

import pytest

from extract.lexicon import LEXICONS
from extract.outline import read_outline
from extract.reading import read


def outline_of(text: str) -> tuple[list[tuple[int, str]], list[str]]:
    items, problems = read_outline(read(text.encode(), "text/plain").blocks, LEXICONS["en"])
    return [(item.depth, item.label.text) for item in items], [problem.message for problem in problems]


def test_a_level_inside_another_is_deeper_and_may_count_on() -> None:
    items, problems = outline_of("(I) a\n1. b\n2. c\n(II) d\n3. e\n(III) f\n4. g")
    assert items == [(0, "(I)"), (1, "1."), (1, "2."), (0, "(II)"), (1, "3."), (0, "(III)"), (1, "4.")]
    assert not problems


def test_a_level_may_begin_anew_in_every_area() -> None:
    items, problems = outline_of("一、a\n（一）b\n（二）c\n二、d\n（一）e\n（二）f")
    assert [depth for depth, _ in items] == [0, 1, 1, 0, 1, 1]
    assert not problems


def test_a_count_may_begin_at_three() -> None:
    assert outline_of("（三）a\n（四）b\n（五）c") == ([(0, "（三）"), (0, "（四）"), (0, "（五）")], [])


def test_a_lone_number_is_not_a_label() -> None:
    assert outline_of("One\n7. Seven\nTwo") == ([], [])
    assert outline_of("1.5 million people") == ([], [])


def test_a_number_outside_the_count_is_not_a_label() -> None:
    assert [label for _, label in outline_of("1. a\n2. b\n90. days\n3. c")[0]] == ["1.", "2.", "3."]


@pytest.mark.parametrize(
    ("text", "style"), [("(g) a\n(h) b\n(i) c\n(j) d", "letter"), ("(i) a\n(ii) b\n(iii) c", "roman")]
)
def test_the_sequence_decides_between_letter_and_numeral(text: str, style: str) -> None:
    items, _ = read_outline(read(text.encode(), "text/plain").blocks, LEXICONS["en"])
    assert [item.label.style for item in items] == [f"{style} in brackets, small"] * len(text.splitlines())


def test_missing_and_repeated_numbers_are_reported() -> None:
    assert outline_of("1. a\n2. b\n4. c")[1] == ["before 4. of the numbering is missing: 3"]
    assert outline_of("1. a\n2. b\n2. c\n3. d")[1] == ["label 2. is repeated"]
