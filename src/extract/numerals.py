"""Numerals in any script in, integers out: 36, nine, thirty-six, IX, 三十六, ⑨. And back, for labels of lists."""

from __future__ import annotations

import unicodedata

ONES = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ENGLISH_ONES = {word: value for value, word in enumerate(ONES, start=1)}
ENGLISH_TENS = dict(zip(TENS, range(20, 100, 10), strict=True))
CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
CHINESE_DIGITS |= {"〇": 0, "两": 2, "兩": 2, "壹": 1, "贰": 2, "貳": 2, "叁": 3, "參": 3}
ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}

# Parts of regular expressions that find a number in running text.
ENGLISH_WORD = (
    rf"(?:(?:{'|'.join(ENGLISH_TENS)})(?:[ -](?:{'|'.join(list(ENGLISH_ONES)[:9])}))?"
    rf"|{'|'.join(sorted(ENGLISH_ONES, key=len, reverse=True))})"
)
CHINESE_WORD = f"[{''.join(digit for digit in CHINESE_DIGITS)}十百]{{1,7}}"


def parse_numeral(numeral: str) -> int | None:
    """The integer that a numeral stands for; None for what is not a numeral.

    Full-width, circled and enclosed numerals are read as their plain forms (Unicode NFKC).
    """
    text = unicodedata.normalize("NFKC", numeral).strip(" ().")
    if len(text) == 1 and unicodedata.category(text) == "No":
        return int(unicodedata.numeric(text)) or None
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 6 else None
    return _parse_english(text.casefold()) or parse_roman(text) or parse_chinese(text)


def parse_roman(text: str) -> int | None:
    """A Roman numeral below 400 in its standard form, upper or lower case; None for anything else."""
    upper = unicodedata.normalize("NFKC", text).upper()
    if not upper or any(letter not in ROMAN_DIGITS for letter in upper):
        return None
    values = [ROMAN_DIGITS[letter] for letter in upper]
    total = sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))
    return total if 0 < total < 400 and to_roman(total) == upper else None


def to_roman(number: int) -> str:
    """The standard Roman numeral of an integer below 400."""
    parts = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    numeral = ""
    for value, letters in parts:
        times, number = divmod(number, value)
        numeral += letters * times
    return numeral


def write_roman(number: int) -> str:
    """A number as a Roman numeral, or in digits where there is none."""
    return to_roman(number) if 0 < number < 400 else str(number)


def write_chinese(number: int) -> str:
    """A number as a Chinese numeral, or in digits where there is none."""
    return to_chinese(number) if 0 < number < 100 else str(number)


def parse_chinese(text: str) -> int | None:
    """A Chinese numeral up to 999 (三, 十二, 二十, 一百零三); None for anything else."""
    if not text or any(character not in CHINESE_DIGITS and character not in "十百" for character in text):
        return None
    total, digit = 0, 0
    for character in text:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        elif digit and character not in "零〇":
            return None
        else:
            digit = CHINESE_DIGITS[character]
    return total + digit or None


def _parse_english(text: str) -> int | None:
    tens, _, ones = text.replace("-", " ").partition(" ")
    if not ones:
        return ENGLISH_ONES.get(tens) or ENGLISH_TENS.get(tens)
    if tens in ENGLISH_TENS and ENGLISH_ONES.get(ones, 10) < 10:
        return ENGLISH_TENS[tens] + ENGLISH_ONES[ones]
    return None


def to_chinese(number: int) -> str:
    """The Chinese numeral of an integer from 1 to 99."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (
        digits[ones] if ones or not tens else ""
    )
