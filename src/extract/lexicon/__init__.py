"""What the reading knows about each language: a module of rows a language, and the list of them here.

A language is added by a module of the same shape; no code elsewhere names a language.
"""

from __future__ import annotations

from extract.lexicon import en, zh
from extract.lexicon.rows import Lexicon

LEXICONS: dict[str, Lexicon] = {lexicon.language: lexicon for lexicon in (en.LEXICON, zh.LEXICON)}
