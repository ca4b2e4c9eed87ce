"""A text's blocks in, the counts out that it states about itself; then those counts checked against what was read.

This keeps the promise that the document's own counts are a test. There are two kinds: counts of the outline's parts
("36 tasks in nine areas"), and counts followed by a list of what they count ("three roles, namely …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extract.lexicon.rows import AREAS, TASKS, Lexicon
from extract.numerals import parse_numeral
from extract.plan import Claim
from extract.reading.blocks import Block
from extract.sentences import shorten_spaces


@dataclass(frozen=True, slots=True)
class Statement:
    """A stated count.

    `quote` is its words, `counted` what it counts, `stated` the number. `parts` are the counted things if a list of
    them follows, else None; `is_exhaustive` says that the list promises to be complete.
    """

    quote: str
    counted: str
    stated: int
    parts: tuple[str, ...] | None = None
    is_exhaustive: bool = False


def find_statements(blocks: Sequence[Block], lexicon: Lexicon) -> list[Statement]:
    """All counts that the blocks state, each thing and number once, in the order of the text."""
    statements: dict[tuple[str, int], Statement] = {}
    for block in blocks:
        for _, statement in sorted(_find_in_text(block.text, lexicon), key=lambda pair: pair[0]):
            statements.setdefault((statement.counted, statement.stated), statement)
    return list(statements.values())


def check_statements(statements: Sequence[Statement], task_count: int, area_count: int) -> tuple[Claim, ...]:
    """The claims that the stated counts make, each with the number counted in the text and whether the two are equal.

    A claim stays open if its list is shorter than its count but does not promise to be complete ("including …").
    """
    outline = {TASKS: task_count, AREAS: area_count}
    claims = []
    for statement in statements:
        counted: int | None = len(statement.parts) if statement.parts is not None else outline[statement.counted]
        if statement.parts is not None and not statement.is_exhaustive and len(statement.parts) < statement.stated:
            counted = None
        holds = None if counted is None else counted == statement.stated
        claims.append(Claim(statement.quote, statement.counted, statement.stated, counted, holds))
    return tuple(claims)


def _find_in_text(text: str, lexicon: Lexicon) -> Iterator[tuple[int, Statement]]:
    """The counts that a text states, each with its position in the text; those with a list first."""
    text = shorten_spaces(text)
    listed_at = set()
    for match in lexicon.listed.finditer(text):
        number, parts = parse_numeral(match["n"]), _find_parts(match, lexicon)
        if number and parts:
            listed_at.add(match.start())
            exhaustive = bool(lexicon.exhaustive.search(match["how"]))
            yield (
                match.start(),
                Statement(text[match.start() : match.end("noun")], match["noun"].lower(), number, parts, exhaustive),
            )
    for match in lexicon.count.finditer(text):
        number = parse_numeral(match["n"])
        if number and number > 1 and match.start() not in listed_at:  # "one task" and 一方面 are not counts
            counts = next(counts for noun, counts in lexicon.units.items() if match["noun"].lower().startswith(noun))
            yield match.start(), Statement(match[0], counts, number)


def _find_parts(match: re.Match[str], lexicon: Lexicon) -> tuple[str, ...]:
    """The parts of a list that contain the counted noun, each cut after that noun."""
    noun = to_singular(match["noun"], lexicon)
    bearing = re.compile(
        rf"(?:the\s+|an?\s+)?(?P<part>\S.*?{re.escape(noun)})(?!\w)" if noun.isascii() else rf"(?P<part>.+?{noun})",
        re.IGNORECASE,
    )
    parts = (bearing.match(part.strip()) for part in lexicon.separators.split(match["list"]))
    return tuple(part["part"] for part in parts if part)


def to_singular(noun: str, lexicon: Lexicon) -> str:
    """The singular of a counted noun; the noun itself if no rule of the lexicon applies."""
    for pattern, replacement in lexicon.singular_endings:
        changed, times = re.subn(pattern, replacement, noun, flags=re.IGNORECASE)
        if times:
            return changed
    return noun
