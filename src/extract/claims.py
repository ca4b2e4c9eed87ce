"""The counts that a text states about itself, checked against what was found.

Keeps the promise that the document's own counts are the test. Two kinds: counts of the outline's parts ("36 tasks
in nine areas"), and counts that are followed by what they count ("three roles, namely …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extract.lexicon.rows import AREAS, TASKS, Lexicon
from extract.numerals import parse_numeral
from extract.plan import Claim
from extract.reading.blocks import Block


@dataclass(frozen=True, slots=True)
class Statement:
    """A stated count: its words, what it counts, the number, and the listed parts (None where none are listed)."""

    quote: str
    counted: str
    stated: int
    parts: tuple[str, ...] | None = None
    is_exhaustive: bool = False


def find_statements(blocks: Sequence[Block], lexicon: Lexicon) -> list[Statement]:
    """All counts stated in the blocks, each thing and number once, in the text's order."""
    found: dict[tuple[str, int], Statement] = {}
    for block in blocks:
        for _, statement in sorted(_find_in_text(block.text, lexicon), key=lambda pair: pair[0]):
            found.setdefault((statement.counted, statement.stated), statement)
    return list(found.values())


def check_statements(statements: Sequence[Statement], task_count: int, area_count: int) -> tuple[Claim, ...]:
    """Compare each stated count with what is there.

    A list that does not promise to be whole ("including …") and is shorter than its count leaves the claim open.
    """
    outline = {TASKS: task_count, AREAS: area_count}
    claims = []
    for statement in statements:
        found: int | None = len(statement.parts) if statement.parts is not None else outline[statement.counted]
        if statement.parts is not None and not statement.is_exhaustive and len(statement.parts) < statement.stated:
            found = None
        claims.append(
            Claim(
                statement.quote,
                statement.counted,
                statement.stated,
                found,
                None if found is None else found == statement.stated,
            )
        )
    return tuple(claims)


def _find_in_text(text: str, lexicon: Lexicon) -> Iterator[tuple[int, Statement]]:
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
        if number and number > 1 and match.start() not in listed_at:  # "one task" and 一方面 count nothing
            counts = next(unit.counts for unit in lexicon.units if match["noun"].lower().startswith(unit.noun))
            yield match.start(), Statement(match[0], counts, number)


def _find_parts(match: re.Match[str], lexicon: Lexicon) -> tuple[str, ...]:
    """The parts of the list that bear the counted noun, each cut where that noun ends."""
    noun = to_singular(match["noun"], lexicon)
    bearing = re.compile(
        rf"(?:the\s+|an?\s+)?(?P<part>\S.*?{re.escape(noun)})(?!\w)" if noun.isascii() else rf"(?P<part>.+?{noun})",
        re.IGNORECASE,
    )
    parts = (bearing.match(part.strip()) for part in lexicon.separators.split(match["list"]))
    return tuple(part["part"] for part in parts if part)


def to_singular(noun: str, lexicon: Lexicon) -> str:
    """The noun in the form that one of the counted things bears."""
    for pattern, replacement in lexicon.singular_endings:
        changed, times = re.subn(pattern, replacement, noun, flags=re.IGNORECASE)
        if times:
            return changed
    return noun
