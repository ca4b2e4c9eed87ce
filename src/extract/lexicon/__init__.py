"""The words of each language, by language code: one `Lexicon` per module.

A new language is a new module of the same shape and an entry here.
"""

from __future__ import annotations

from extract.lexicon import en, zh
from extract.lexicon.rows import Lexicon

LEXICONS: dict[str, Lexicon] = {lexicon.language: lexicon for lexicon in (en.LEXICON, zh.LEXICON)}
