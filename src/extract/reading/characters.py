"""Characters as fonts of PDFs name them in, the characters that people write out.

Some programs map a glyph to a look-alike: ⼀ (U+2F00, a radical of the Kangxi dictionary) for 一, ⺠ for 民, ﬁ for fi.
Text with them looks right, and no word of it is found.
"""

from __future__ import annotations

import unicodedata

# Radicals that are whole words, for which Unicode has no compatible character, or another form than fonts show.
_RADICALS = dict(
    zip(
        "⺁⺎⺒⺓⺜⺝⺟⺠⺧⺨⺫⺬⺯⺶⻁⻄⻅⻆⻉⻊⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻱⺮⼾",
        "厂兀巳幺日月母民牛犬目示糸羊虎西见角贝足车長长门雨青韦页风飞食首马骨鬼鱼鸟卤麦黄黾齐齿龙龜竹户",
        strict=True,
    )
)
# Blocks whose characters stand for others in Unicode itself (NFKC): radicals, compatibility ideographs, ligatures, the
# forms for vertical writing; and spaces of any width.
_BLOCKS = (
    range(0x2000, 0x200B),
    range(0x202F, 0x2030),
    range(0x2E80, 0x2FE0),
    range(0xF900, 0xFB07),
    range(0x2F800, 0x2FA20),
    range(0xA0, 0xA1),
)
# Characters without width, of which nothing is left: marks of direction, joiners, the mark of byte order.
_EMPTY = (*range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF)
_PLAIN = {
    **{code: unicodedata.normalize("NFKC", chr(code)) for block in _BLOCKS for code in block},
    **{ord(radical): character for radical, character in _RADICALS.items()},
    **dict.fromkeys((*range(32), *range(127, 160)), " "),
    **dict.fromkeys(_EMPTY, ""),
}


def normalise_characters(text: str) -> str:
    """The text with look-alikes and compatibility forms as plain characters, control characters as spaces."""
    return text.translate(_PLAIN)
