from __future__ import annotations

import pytest

from extract.numerals import parse_numeral, parse_roman, to_roman


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("36", 36), ("３６", 36), ("05", 5), ("nine", 9), ("Nineteen", 19), ("thirty-six", 36), ("thirty six", 36),
        ("forty", 40), ("IX", 9), ("xiv", 14), ("九", 9), ("十", 10), ("十二", 12), ("三十六", 36), ("一百零三", 103),
        ("两", 2), ("⑨", 9),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(numeral: str, number: int) -> None:
    assert parse_numeral(numeral) == number


@pytest.mark.parametrize("text", ["", "and", "thirty-eleven", "IIII", "VX", "一二", "x1", "1.5", "9999999"])
def test_anything_else_is_not_a_number(text: str) -> None:
    assert parse_numeral(text) is None


def test_roman_numerals_are_read_back() -> None:
    assert all(parse_roman(to_roman(number)) == number for number in range(1, 400))
