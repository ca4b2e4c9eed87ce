"""A text's blocks in, the counts out that it states about itself; then those counts checked against what was read.

This keeps the promise that the document's own counts are a test. There are two kinds: counts of the outline's parts
("36 tasks in nine areas"), and counts followed by a list of what they count ("three roles, namely …").

A number beside a noun is a claim only if the words around it say that the text speaks of itself: its title, "the plan
sets out 36 tasks", "the following three measures", an area that is called so. What it counts is its scope: the whole
plan, the section in which it stands, an area. If the words do not say which, a count that fits one of them holds, and
any other is undecided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extract.lexicon.rows import AREAS, TASKS, Lexicon
from extract.numerals import parse_numeral
from extract.plan import Area, Claim, Task
from extract.reading.blocks import Block
from extract.sentences import reduce_to_letters, shorten_spaces

# What a count counts: all tasks or areas of the plan; those of the section where it stands, or all; those of the area
# that it names.
WHOLE, SECTION, NAMED = "whole", "section", "named"
SCOPES = (WHOLE, SECTION, NAMED)
# Characters before and after a count that are searched for words that make it a claim.
NEIGHBOURHOOD = 200
# The end of a sentence, within which these words stand.
END = re.compile(r"[。；;！？!?\n]|\.\s")
# Length in characters up to which a line that begins or ends with a count is a heading, if it has no such end.
LONGEST_HEADING = 120
# The position of a count in the title, before all blocks.
IN_TITLE = -1
SAFEGUARD = "safeguard"


@dataclass(frozen=True, slots=True)
class Statement:
    """A stated count.

    `quote` is its words, `counted` what it counts, `stated` the number. `parts` are the counted things if a list of
    them follows, else None; `is_exhaustive` says that the list promises to be complete. `scope` is one of those above,
    `name` the name that it gives to what it counts (`Agency Actions`), `start` its position in the reading text.
    """

    quote: str
    counted: str
    stated: int
    parts: tuple[str, ...] | None = None
    is_exhaustive: bool = False
    scope: str = WHOLE
    name: str = ""
    start: int = IN_TITLE


def find_statements(blocks: Sequence[Block], lexicon: Lexicon, title: str = "") -> list[Statement]:
    """All counts that the title and the blocks state, each thing and number once, in the order of the text."""
    statements: dict[tuple[str, int, str], Statement] = {}
    for block in (Block(title, IN_TITLE), *blocks):
        for statement in sorted(_find_in_block(block, lexicon), key=lambda each: each.start):
            key = statement.counted, statement.stated, statement.name if statement.scope == NAMED else ""
            first = statements.setdefault(key, statement)
            if SCOPES.index(statement.scope) < SCOPES.index(first.scope):
                statements[key] = replace(first, scope=statement.scope, start=statement.start)
    return list(statements.values())


def check_statements(
    statements: Sequence[Statement], areas: Sequence[Area], tasks: Sequence[Task]
) -> tuple[Claim, ...]:
    """The claims that the stated counts make, each with the number counted in the text and whether the two are equal.

    A claim stays open if its scope cannot be decided, or if its list is shorter than its count but does not promise to
    be complete ("including …").
    """
    claims = []
    for statement in statements:
        if statement.parts is not None:
            is_open = not statement.is_exhaustive and len(statement.parts) < statement.stated
            counted = None if is_open else len(statement.parts)
        elif statement.scope == NAMED:
            area = _find_named_area(statement.name, areas)
            if area is None:
                continue
            counted = sum(task.level == 1 and task.area == area for task in tasks)
        else:
            counted = _count_in_scope(statement, areas, tasks)
        holds = None if counted is None else counted == statement.stated
        claims.append(Claim(statement.quote, statement.counted, statement.stated, counted, holds))
    return tuple(claims)


def _find_named_area(name: str, areas: Sequence[Area]) -> int | None:
    """The index of the area that is called so; None if none or several are."""
    same = [index for index, area in enumerate(areas) if reduce_to_letters(area.title) == reduce_to_letters(name)]
    return same[0] if len(same) == 1 else None


def _count_in_scope(statement: Statement, areas: Sequence[Area], tasks: Sequence[Task]) -> int | None:
    """The number of tasks or areas that a stated count is about; None if that cannot be decided."""
    count = len(areas) if statement.counted == AREAS else sum(task.level == 1 for task in tasks)
    first = min([*(area.span.start for area in areas), *(task.span.start for task in tasks)], default=0)
    if statement.stated == count:
        return count
    if statement.stated in _list_counts(statement, areas, tasks):
        return statement.stated
    return count if statement.scope == WHOLE and statement.start < first else None


def _list_counts(statement: Statement, areas: Sequence[Area], tasks: Sequence[Task]) -> Iterator[int]:
    """The other counts that a stated one may be about: without safeguards, of its section, of its task's sub-tasks."""
    core = {index for index, area in enumerate(areas) if area.kind != SAFEGUARD}
    if statement.counted == AREAS:
        yield len(core)
        return
    top = [task for task in tasks if task.level == 1]
    yield sum(task.area is None or task.area in core for task in top)
    section = max((index for index, area in enumerate(areas) if area.span.start <= statement.start), default=None)
    if section is not None:
        yield sum(task.area == section for task in top)
    above = [index for index, task in enumerate(tasks) if task.span.start <= statement.start < task.span.end]
    yield from (sum(task.parent == index for task in tasks) for index in above)


def _find_in_block(block: Block, lexicon: Lexicon) -> Iterator[Statement]:
    """The counts that a block states, those with a list first."""
    text = shorten_spaces(block.text)
    listed_at = set()
    for match in lexicon.listed.finditer(text):
        number, parts = parse_numeral(match["n"]), _find_parts(match, lexicon)
        if number and parts:
            listed_at.add(match.start())
            exhaustive = bool(lexicon.exhaustive.search(match["how"]))
            quote = text[match.start() : match.end("noun")]
            start = block.start + match.start()
            yield Statement(quote, match["noun"].lower(), number, parts, exhaustive, start=start)
    counts = [match for match in lexicon.count.finditer(text) if match.start() not in listed_at]
    for index, match in enumerate(counts):
        number, counted = parse_numeral(match["n"]), _find_unit(match["noun"], lexicon)
        is_paired = any(
            _find_unit(other["noun"], lexicon) != counted and _is_near(text, match, other)
            for other in counts[max(0, index - 1) : index + 2]
        )
        scope = WHOLE if block.start == IN_TITLE else _find_scope(text, match, lexicon, is_paired=is_paired)
        if number and number > 1 and scope is not None:  # "one task" and 一方面 are not counts
            name = match[0][match.end("n") - match.start() :].strip()
            start = IN_TITLE if block.start == IN_TITLE else block.start + match.start()
            yield Statement(match[0], counted, number, scope=scope, name=name, start=start)
    for match in lexicon.subsets.finditer(text):
        number = parse_numeral(match["n"])
        if number and lexicon.subset_openings.search(_read_before(text, match.end())):
            start = block.start + match.start()
            yield Statement(
                match[0].strip(" ,，、"), TASKS, number, scope=NAMED, name=match["name"].strip(), start=start
            )


def _find_unit(noun: str, lexicon: Lexicon) -> str:
    """What a count of a noun counts: tasks or areas."""
    return next(counted for unit, counted in lexicon.units.items() if noun.lower().startswith(unit))


def _is_near(text: str, first: re.Match[str], second: re.Match[str]) -> bool:
    """Whether two counts stand in one sentence, a few words from each other, as in "36 tasks in nine areas"."""
    between = text[min(first.end(), second.end()) : max(first.start(), second.start())]
    return len(between) <= LONGEST_HEADING // 2 and not END.search(between)


def _read_before(text: str, position: int) -> str:
    """The words of the sentence before a position."""
    return END.split(text[max(0, position - NEIGHBOURHOOD) : position])[-1]


def _find_scope(text: str, match: re.Match[str], lexicon: Lexicon, *, is_paired: bool) -> str | None:
    """The scope of a count by the words around it; None if they do not make it a claim."""
    before = _read_before(text, match.start())
    after = END.split(text[match.end() : match.end() + NEIGHBOURHOOD], maxsplit=1)[0]
    if lexicon.inexact.search(before) or before.rfind("《") > before.rfind("》"):
        return None
    is_line = len(text) <= LONGEST_HEADING and not END.search(text.strip()) and not text.rstrip().endswith(".")
    is_edge = not text[: match.start()].strip() or not text[match.end() :].strip()
    if lexicon.own_counts.search(before) or is_paired or (is_line and is_edge):
        return WHOLE
    if lexicon.listings.search(before) or after.strip()[:1] in (":", "："):
        return SECTION
    words = match[0].split()[1:]
    return NAMED if len(words) > 1 and all(word[:1].isupper() for word in words) else None


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
