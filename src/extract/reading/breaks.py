"""The lines of a text in, out: which of them continue the line before, and which begin a paragraph or list item.

A line break stands inside a sentence in hard-wrapped text, and where somebody arranged a title or a line by hand.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extract.labels import read_labels
from extract.numerals import parse_numeral
from extract.reading.blocks import BULLET, normalise_space
from extract.sentences import HAN, HAN_CHARACTER, needs_space

# Text is hard-wrapped if most lines inside paragraphs end near one column, and few lines are longer.
# Widths in columns (a Chinese character takes two) at which lines may be wrapped.
WRAP_COLUMNS = range(45, 125)
# Columns by which the ends of wrapped lines may differ.
WRAP_SPREAD = 12
# Number of such lines from which on a text may be hard-wrapped.
FEWEST_WRAPPED = 3
# Share (0 to 1) of those lines that has to end near the column.
NEAR_COLUMN = 0.6
# The end of a line in a table of contents: dots that lead to a page number.
LEADERS = re.compile(r"(?:(?<!\.)\.{4,}+|(?<!…)…{2,}+|(?<!·)·{4,}+)\s*+\d*+\s*$")
# The end of a line that the next one does not continue, and of one that it does; the beginning of one that continues.
STOP = re.compile(r"[.。!！?？:：;；…][”’\"'）)》」』\]]{0,3}$|[,;] (?:and|or)$")
OPEN_END = re.compile(
    r"[，、(（《〈“‘「『\[&/]$|\b(?:a|an|and|as|at|by|for|from|in|into|of|on|or|that|the|to|which|with)$",
    re.IGNORECASE,
)
CONTINUATION = re.compile(r"[,，、。;；)）》〉”’」』\]%]|[a-zß-öø-ÿ]")
# What a line of prose holds, and a heading hardly ever.
PROSE = re.compile(r"[。；]|，.{1,200}，|，$|[a-z][.;] ")
HAN_END = re.compile(rf"{HAN}$")
SPACE = re.compile(r"\s")
COLONS = ":："
# A line that begins with a name and a colon, or with an address.
NO_CONTINUATION = re.compile(r"[\w-]{1,20}\s?[:：]|https?://|www\.")
SUBTITLE = re.compile(r"[—–-]|[(（]")
# A label inside a line, the group that matches names its style; the characters after which it may stand; how many
# counts are remembered.
INLINE_LABEL = re.compile(
    r"(?<![第一二三四五六七八九十])(?P<han>[一二三四五六七八九十]{1,3})、|[（(](?P<han_in_brackets>[一二三四五六七八九十]{1,3})[)）]"
    r"|(?<![\d.])(?P<digits>\d{1,2})[.．、。](?!\d)|[（(](?P<digits_in_brackets>\d{1,2})[)）]"
    r"|第(?P<chapter>[一二三四五六七八九十]{1,3})章|第(?P<article>[一二三四五六七八九十百]{1,5})条"
)
BEFORE_LABEL = frozenset("。；;：:！!？?.，,)）”》> \t\u3000")
MOST_COUNTS = 12
# The styles of Chinese numerals, and the characters that two of their labels are apart at least.
HAN_STYLES, LEAST_ITEM = ("han", "han_in_brackets", "chapter", "article"), 12
PAIRS = (("（", "）"), ("《", "》"), ("“", "”"), ("(", ")"), ("〔", "〕"), ("[", "]"))


def split_at_breaks(
    pieces: Sequence[tuple[str, bool]], line_break: str, *, is_title: bool = False
) -> Iterator[list[tuple[str, bool]]]:
    """The pieces of each line, of which each is a text and whether it is bold.

    `line_break` is the character that breaks lines. Lines are joined where a break stands inside a sentence or title;
    a blank line always parts them. No line is empty.
    """
    lines = list(_split_pieces(pieces, line_break))
    texts = [normalise_space("".join(text for text, _ in line)) for line in lines]
    filled = [index for index, text in enumerate(texts) if text]
    blank = [after - before > 1 for before, after in itertools.pairwise(filled)]
    texts = [texts[index] for index in filled]
    joins = [*find_joins(texts, blank, is_title=is_title), False]
    joined: list[tuple[str, bool]] = []
    for index, text in enumerate(texts):
        joined += lines[filled[index]]
        if joins[index]:
            joined.append((" " if needs_space(text, texts[index + 1]) else "", False))
        else:
            yield joined
            joined = []


def _split_pieces(pieces: Sequence[tuple[str, bool]], line_break: str) -> Iterator[list[tuple[str, bool]]]:
    """The pieces of each line, without white space at both ends of the line; they may be none."""
    line: list[tuple[str, bool]] = []
    for text, is_bold in (*pieces, (line_break, False)):
        for index, part in enumerate(text.split(line_break)):
            if index:
                while line and not (last := line.pop())[0].isspace():
                    line.append((last[0].rstrip(), last[1]))
                    break
                yield line
                line = []
            if part and (line or not part.isspace()):
                line.append((part if line else part.lstrip(), is_bold))


def _is_continued(before: str, after: str, *, is_title: bool, is_list: bool) -> bool:
    """Whether a line continues the line before: a title, a sentence that has not ended, or what is in brackets.

    In a list without bullets a line may begin with a small letter.
    """
    before, after = before.rstrip(" *_"), after.lstrip()
    if is_title:
        return SUBTITLE.match(after) is None
    if STOP.search(before) or NO_CONTINUATION.match(after):
        return False
    is_small = after[0].islower()
    return bool(
        (CONTINUATION.match(after) and not (is_small and (is_list or HAN_END.search(before))))
        or OPEN_END.search(before)
        or any(before.count(opening) > before.count(closing) for opening, closing in PAIRS)
    )


def find_joins(lines: Sequence[str], blank: Sequence[bool], *, is_title: bool = False) -> list[bool]:
    """For each line but the last, whether the next line continues its paragraph.

    It does in hard-wrapped text, and wherever a sentence has not ended. `blank[i]` says whether a paragraph ends
    between lines `i` and `i + 1`.
    """
    pairs = list(itertools.pairwise(lines))
    can_follow = [
        not gap and not is_block_start(after) and not LEADERS.search(before)
        for (before, after), gap in zip(pairs, blank, strict=True)
    ]
    column = _find_wrap_column(lines, can_follow)
    joins: list[bool] = []
    is_prose = False  # whether the paragraph goes on from line to line and holds a sentence
    is_list = False  # whether a line that ended with a colon says what the lines are
    for (before, after), follows in zip(pairs, can_follow, strict=True):
        is_list = before[-1] in COLONS or (is_list and STOP.search(before) is None)
        is_prose = is_prose or bool(joins and joins[-1] and PROSE.search(before))
        joins.append(
            follows
            and (
                (_is_wrapped(before, after, column) and before[-1] not in COLONS)
                or (is_prose and column < math.inf and not STOP.search(before) and not NO_CONTINUATION.match(after))
                or _is_continued(before, after, is_title=is_title, is_list=is_list)
            )
        )
        is_prose = joins[-1] and (is_prose or PROSE.search(before) is not None)
    return joins


def _is_wrapped(before: str, after: str, column: float) -> bool:
    """Whether what a line begins with did not fit on the line before, if lines are wrapped at a column."""
    return column < math.inf and column - measure_width(_take_first_word(after)) - WRAP_SPREAD < measure_width(before)


def _find_wrap_column(lines: Sequence[str], can_follow: Sequence[bool]) -> float:
    """The column at which the lines of a text are wrapped; infinite where they are not."""
    if len(lines) <= FEWEST_WRAPPED:
        return math.inf
    widths = sorted(measure_width(line) for line in lines)
    wrapped = sorted(
        width
        for line, follows in zip(lines, can_follow, strict=False)
        if follows and (width := measure_width(line)) in WRAP_COLUMNS
    )
    if len(wrapped) < FEWEST_WRAPPED:
        return math.inf
    column = wrapped[len(wrapped) * 9 // 10]
    near = sum(width > column - 2 * WRAP_SPREAD for width in wrapped)
    is_wrapped = near >= NEAR_COLUMN * len(wrapped) and widths[len(widths) * 9 // 10] <= column + WRAP_SPREAD
    return column if is_wrapped else math.inf


def _take_first_word(line: str) -> str:
    """What did not fit on the line before: the first word of a line, or its first Chinese character."""
    word = SPACE.split(line.strip(), maxsplit=1)[0]
    return word[:1] if HAN_CHARACTER.match(word) else word


def is_block_start(line: str) -> bool:
    """Whether a line begins with a label, a bullet or the mark of a table row, heading, bold text or quotation."""
    return bool(read_labels(line)) or bool(BULLET.match(line)) or line.lstrip().startswith(("|", "#", "**", ">"))


def measure_width(line: str) -> int:
    """The width of a line on a screen, in columns; a Chinese character takes two."""
    return len(line) if line.isascii() else len(line) + len(HAN_CHARACTER.findall(line))


def find_inline_labels(text: str) -> list[int]:
    """The positions in a long line at which labels stand that count up, as where a text has lost its line breaks.

    A label begins the line, or follows a stop; the first of a count, and Chinese numerals, may follow any word.
    """
    runs: list[_Run] = []
    for match in INLINE_LABEL.finditer(text):
        style = match.lastgroup or ""
        ordinal, start = parse_numeral(match[style]), match.start()
        is_behind_stop = not start or text[start - 1] in BEFORE_LABEL
        fitting = [run for run in runs[-MOST_COUNTS:] if run.style == style and len(run.starts) + 1 == ordinal]
        run = max(reversed(fitting), key=lambda run: run.is_behind_stop, default=None)
        if run is not None and (is_behind_stop or (style in HAN_STYLES and start - run.starts[-1] >= LEAST_ITEM)):
            runs.remove(run)
            runs.append(run)
            run.starts.append(start)
        elif ordinal == 1:
            runs.append(_Run(style, is_behind_stop, [start]))
    return sorted(start for run in runs if len(run.starts) > 1 for start in run.starts)


@dataclass(eq=False)
class _Run:
    """Labels of one style in a line that count up from 1: their positions, and whether the first is behind a stop."""

    style: str
    is_behind_stop: bool
    starts: list[int]
