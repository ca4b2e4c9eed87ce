"""The words of each language, by language code: one `Lexicon` per module.

A new language is a new module of the same shape and an entry here.
"""

from __future__ import annotations

from functools import cache

from extract.lexicon import en, zh
from extract.lexicon.rows import Lexicon
from extract.lexicon.traditional import is_traditional, make_traditional

LEXICONS: dict[str, Lexicon] = {lexicon.language: lexicon for lexicon in (en.LEXICON, zh.LEXICON)}


def choose_lexicon(language: str, text: str) -> Lexicon:
    """The lexicon for a text in a language, in the script that the text is written in.

    For a language without a lexicon it is the English one, which is enough to find the article in its page.
    """
    lexicon = LEXICONS.get(language, en.LEXICON)
    return _make_traditional_chinese() if lexicon is zh.LEXICON and is_traditional(text) else lexicon


@cache
def _make_traditional_chinese() -> Lexicon:
    return make_traditional(zh.LEXICON)
