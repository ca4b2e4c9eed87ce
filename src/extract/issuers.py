"""A document's head, title and signature in, the bodies out that issue it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from extract.lexicon.rows import Lexicon
from extract.reading.blocks import Block

# Length in characters of a line that names issuers, and number of lines that they take at most.
LONGEST_LINE, MOST_LINES = 80, 15
SPACES = re.compile(r"\s+")
SEPARATORS = re.compile(r"[\s、，,;；]+")
# Spaces between single characters, as a letterhead sets a name wide.
WIDE = re.compile(r"(?:[\u4e00-\u9fff]\s+){2,40}[\u4e00-\u9fff]")
# The last character of a name after which another may begin without anything between them.
NAME_END = re.compile("[局委厅部办室院会署府]")
PARTY = "中共"


def find_issuers(title: str, above: Sequence[Block], signature: Sequence[Block], lexicon: Lexicon) -> tuple[str, ...]:
    """The issuers, each once: those that the title names, if it names all; else those who sign; else the letterhead's.

    `above` are the blocks above the title, `signature` those above the day of signing, the nearest last.
    """
    match = lexicon.title_issuers.match(title)
    in_title = split_issuers(match["issuers"], lexicon) if match else ()
    names = in_title if match and not match["others"] else []
    if not names:
        signing = _read_names(signature, lexicon)
        # A title may shorten the name of the first of several.
        names = [*(name for name in in_title if not any(signer.startswith(name) for signer in signing)), *signing]
    head = [block for block in above[-MOST_LINES:] if not lexicon.document_numbers.fullmatch(block.text)]
    return tuple(dict.fromkeys(names or _read_names(head, lexicon)))


def split_names(text: str) -> tuple[str, ...]:
    """The names in a list on a document card."""
    return tuple(filter(None, re.split(r"[\s、;；]+|,\s+", text)))


def is_issuer(text: str, lexicon: Lexicon) -> bool:
    """Whether a line is the name of one body or of several."""
    return any(True for _ in split_issuers(text, lexicon))


def split_issuers(text: str, lexicon: Lexicon) -> Iterable[str]:
    """The names in a line that holds nothing else; none if it holds something else."""
    line = text.strip()
    if not line or len(line) > LONGEST_LINE:
        return []
    if WIDE.fullmatch(line):
        line = SPACES.sub("", line)
    line = lexicon.letterhead_ends.sub("", line)
    names = [name for word in SEPARATORS.split(line) for name in _split_run(word)]
    return names if all(lexicon.issuer_names.fullmatch(name) for name in names) else []


def _split_run(word: str) -> Iterator[str]:
    """The names in a word: where nothing stands between them, each begins with the same place, or with the party's."""
    place = word.removeprefix(PARTY)[:2]
    ends = [match.end() for match in NAME_END.finditer(word)] if place else []
    cuts = [end for end in ends if word.startswith((place, PARTY), end)]
    yield from (word[start:end] for start, end in zip((0, *cuts), (*cuts, len(word)), strict=True) if word)


def _read_names(blocks: Sequence[Block], lexicon: Lexicon) -> list[str]:
    """The names in the last lines of the blocks, as far as lines hold nothing else."""
    lines: list[list[str]] = []
    for block in reversed(blocks[-MOST_LINES:]):
        names = list(split_issuers(block.text, lexicon))
        if not names and not lexicon.letterhead_ends.fullmatch(block.text):
            break
        lines.append(names)
    return [name for names in reversed(lines) for name in names]
