"""Plain text or Markdown in, blocks or lines out.

The reading text of plain text is the decoded capture, character for character, except that soft line breaks become
spaces; so a span points into the capture itself. Markdown is read leniently, since files often bend its rules: a
heading may lack its space, an indented paragraph is text and not code, and a document card may be set in bold.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from html import unescape

from extract.labels import read_labels
from extract.reading.blocks import (
    HEADING,
    ITEM,
    LONGEST_BLOCK,
    PARAGRAPH,
    STOPS,
    Block,
    Line,
    Reading,
    is_label,
    make_paragraph,
    make_row,
    report_long,
)
from extract.reading.front_matter import split_front_matter
from extract.sentences import HAN, needs_space

# Text is hard-wrapped if most lines inside paragraphs end near one column, and few lines are longer.
# Widths in columns (a Chinese character takes two) at which lines may be wrapped.
WRAP_COLUMNS = range(45, 125)
# Columns by which the ends of wrapped lines may differ.
WRAP_SPREAD = 12
# Number of such lines from which on a text may be hard-wrapped.
FEWEST_WRAPPED = 3
# Share (0 to 1) of those lines that has to end near the column.
NEAR_COLUMN = 0.6
# Characters of additional indentation from which on a line begins a new paragraph.
INDENT = 2
BULLET = re.compile(r"\s*(?:[-*+•●▪◦○■□➢–—]|--)\s+")

# Length in characters up to which a line with a line of = or - below it is a heading.
LONGEST_UNDERLINED = 200
# The end of a line in a table of contents: dots that lead to a page number.
LEADERS = re.compile(r"(?:(?<!\.)\.{4,}+|(?<!…)…{2,}+|(?<!·)·{4,}+)\s*+\d*+\s*$")
FENCE = re.compile(r"\s*(?:```|~~~)")
HASHES = re.compile(r"\s{0,3}(#{1,6})\s*(?!#)")
UNDERLINE = re.compile(r"\s{0,3}(=+|-+)\s*$")
RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*$")
PIPE_RULE = re.compile(r"\s*+\|?\s*+:?-++:?\s*+(?:\|\s*+:?-*+:?\s*+)++$")
MARKDOWN_ITEM = re.compile(r"\s*[-*+•]\s+")
# Bold words; their end may follow a space, which the rules of Markdown do not allow.
BOLD = re.compile(r"(\*\*\*?|___?)(?=\S)(.{1,2000}?)\1")
# What stands before the first mark of bold words.
BOLD_BEGINNING = re.compile(r"[^*_]{0,20}+(?=\*\*|__)")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Marks around words in Markdown, applied in this order: the pattern, and what is kept of each match. The end of a mark
# is looked for in the 2,000 characters after its beginning, else a text of nothing but beginnings takes too long.
INLINE = (
    (re.compile(r"<!--.{0,2000}?-->"), ""),
    (re.compile(r"<(s|del|strike)\b[^>]{0,300}>.{0,2000}?</\1\s{0,9}>|~~.{0,2000}?~~", re.IGNORECASE), ""),
    (BREAK, " "),
    (re.compile(r"</?[a-zA-Z][^<>]{0,300}>"), ""),
    (re.compile(r"\[\^[^\]]{1,20}\]"), ""),
    (re.compile(r"!\[[^\]]{0,1000}\]\([^()\n]*\)"), ""),
    (re.compile(r"\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)"), r"\1"),
    (re.compile(r"\{:?\s*[.#][^{}]*\}"), ""),
    (BOLD, r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_]+?)(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)


def read_text(text: str) -> Reading:
    """The reading of plain text: one block per line, or per paragraph if the lines are hard-wrapped."""
    spans = [(match.start(), match.start() + len(match[0].rstrip())) for match in re.finditer(r"\S[^\r\n]*", text)]
    lines = [text[start:end] for start, end in spans]
    indents = list(_measure_indents(text, spans))
    blank = [
        bool(re.search(r"\n[^\S\n]*\r?\n", text[before[1] : after[0]]))
        or (indents[index + 1] >= indents[index] + INDENT and not _starts_block(lines[index]))
        for index, (before, after) in enumerate(itertools.pairwise(spans))
    ]
    characters = list(text)
    depths = _Depths()
    blocks: list[Block] = []
    lengths: list[int] = []  # of those that are longer than a block
    first = 0
    for index, is_joined in enumerate([*_find_joins(lines, blank), False]):
        if is_joined:
            for position in range(spans[index][1], spans[index + 1][0]):
                characters[position] = " "
        elif index < len(spans):
            start, end = spans[first][0], spans[index][1]
            level = depths.find_depth(" " * indents[first] + lines[first])
            kind = ITEM if level else PARAGRAPH
            words, parts = "".join(characters[start:end]), range(0, end - start, LONGEST_BLOCK)
            blocks += [Block(words[part : part + LONGEST_BLOCK], start + part, kind, level) for part in parts]
            lengths += [end - start] if end - start > LONGEST_BLOCK else []
            first = index + 1
    return Reading("".join(characters), tuple(blocks), {}, tuple(report_long(lengths)), (0, len(blocks)))


def _measure_indents(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """The distance of each span from the line feed before it, in characters."""
    after_feed, end = 0, 0
    for start, next_end in spans:
        feed = text.rfind("\n", end, start)
        after_feed, end = (feed + 1 if feed >= 0 else after_feed), next_end
        yield start - after_feed


def read_markdown(text: str) -> tuple[list[Line], dict[str, str]]:
    """The lines of Markdown without its marks, and what its front matter states, as in `front_matter.KEYS`."""
    text, front = split_front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    raw = text.split("\n")
    lines: list[Line] = []
    paragraph: list[str] = []
    tables, index = 0, 0
    while index < len(raw):
        line = raw[index]
        index += 1
        if "|" in line[1:] and index < len(raw) and PIPE_RULE.match(raw[index]):
            tables += 1
            ended_by = [make_row(_split_cells(line), tables)]
            while (index := index + 1) < len(raw) and "|" in raw[index]:
                ended_by.append(make_row(_split_cells(raw[index]), tables))
        elif (hashes := HASHES.match(line)) and (words := line[hashes.end() :].rstrip().rstrip("#").rstrip()):
            ended_by = [Line(_strip_marks(words), HEADING, len(hashes[1]))]
        elif (under := UNDERLINE.match(line)) and paragraph and 0 < len(paragraph[-1].strip()) <= LONGEST_UNDERLINED:
            ended_by = [Line(_strip_marks(paragraph.pop()), HEADING, 1 if "=" in under[1] else 2)]
        elif RULE.match(line) or FENCE.match(line):
            ended_by = []
        else:
            paragraph.append(re.sub(r"^\s{0,3}>\s?", "", line))
            continue
        lines += [*_read_paragraphs(paragraph), *ended_by]
        paragraph = []
    return [*lines, *_read_paragraphs(paragraph)], front


def _read_paragraphs(raw: Sequence[str]) -> Iterator[Line]:
    """The paragraphs and list items in raw lines."""
    lines = [line for line in raw if line.strip()]
    numbered = [index for index, line in enumerate(raw) if line.strip()]
    blank = [after - before > 1 for before, after in itertools.pairwise(numbered)]
    paragraph: list[str] = []
    depths = _Depths()
    for line, is_joined in zip(lines, [*_find_joins(lines, blank), False], strict=True) if lines else ():
        paragraph.append(line)
        if not is_joined:
            yield _read_line(_join_wrapped(paragraph), depths.find_depth(paragraph[0]))
            paragraph = []


class _Depths:
    """The depth of list items by their indentation. `open` are the columns in which the open lists begin."""

    def __init__(self) -> None:
        self.open: list[int] = []

    def find_depth(self, line: str) -> int:
        """The depth of a line that begins with a bullet, 1 for the outermost list; 0 for another line.

        A line with a label opens a list as well; a line without either ends the lists that begin right of it.
        """
        column = _measure_width(line[: len(line) - len(line.lstrip())].expandtabs(4))
        bullet = BULLET.match(line)
        is_item = bullet is not None or bool(read_labels(line))
        while self.open and (self.open[-1] > column or (self.open[-1] == column and not is_item)):
            self.open.pop()
        if is_item and not (self.open and self.open[-1] == column):
            self.open.append(column)
        return len(self.open) if bullet else 0


def _join_wrapped(lines: Sequence[str]) -> str:
    """Wrapped lines as one line, with a space between them except between Chinese characters."""
    parts = [lines[0].rstrip()]
    for line in lines[1:]:
        words = line.strip()
        parts += [" ", words] if needs_space(parts[-1], words) else [words]
    return "".join(parts)


def _read_line(raw: str, level: int) -> Line:
    """A paragraph or list item as a line; a heading if all of it is bold. `level` is the depth of a list item."""
    item = MARKDOWN_ITEM.match(raw)
    words = (raw[item.end() :] if item else raw).strip()
    text = _strip_marks(words)
    lead = _strip_marks(words[: _find_bold_end(words)])
    return make_paragraph(text, lead=len(lead) if text.startswith(lead) else 0, item=level if item else 0)


def _find_bold_end(words: str) -> int:
    """The position in a line of Markdown where its bold beginning ends; 0 if it does not begin bold."""
    begin = BOLD_BEGINNING.match(words)
    if not begin or (begin[0] and not is_label(begin[0])):
        return 0
    end, position = 0, begin.end()
    while bold := BOLD.match(words, position):
        position = end = bold.end()
        while words[position : position + 1].isspace():
            position += 1
    return end + (words[end : end + 1] in STOPS) if 0 < end < len(words) else end


def _strip_marks(words: str) -> str:
    """A line of Markdown without its marks, with single spaces."""
    for pattern, kept in INLINE:
        words = pattern.sub(kept, words)
    return " ".join(unescape(words).split())


def _split_cells(line: str) -> list[str]:
    """The cells of a table row, without marks; each has one line per `<br>`."""
    inner = re.sub(r"^\s*\|", "", re.sub(r"\|\s*$", "", line))
    return [
        "\n".join(map(_strip_marks, BREAK.split(cell.replace("\0", "|")))).strip()
        for cell in inner.replace("\\|", "\0").split("|")
    ]


def _find_joins(lines: Sequence[str], blank: Sequence[bool]) -> list[bool]:
    """For each line but the last, whether the next line continues its paragraph, as in hard-wrapped text.

    `blank[i]` says whether a paragraph ends between lines `i` and `i + 1`.
    """
    can_follow = [
        not gap and not _starts_block(after) and not LEADERS.search(before)
        for (before, after), gap in zip(itertools.pairwise(lines), blank, strict=True)
    ]
    widths = sorted(_measure_width(line) for line in lines)
    wrapped = sorted(
        width
        for line, follows in zip(lines, can_follow, strict=False)
        if follows and (width := _measure_width(line)) in WRAP_COLUMNS
    )
    if len(wrapped) < FEWEST_WRAPPED:
        return [False] * len(can_follow)
    column = wrapped[len(wrapped) * 9 // 10]
    near = sum(width > column - 2 * WRAP_SPREAD for width in wrapped)
    if near < NEAR_COLUMN * len(wrapped) or widths[len(widths) * 9 // 10] > column + WRAP_SPREAD:
        return [False] * len(can_follow)
    return [
        follows and column - _measure_width(_take_first_word(after)) - WRAP_SPREAD < _measure_width(before)
        for (before, after), follows in zip(itertools.pairwise(lines), can_follow, strict=True)
    ]


def _take_first_word(line: str) -> str:
    """What did not fit on the line before: the first word of a line, or its first Chinese character."""
    word = re.split(r"\s", line.strip(), maxsplit=1)[0]
    return word[:1] if re.match(HAN, word) else word


def _starts_block(line: str) -> bool:
    """Whether a line begins with a label, a bullet or the mark of a table row, heading, bold text or quotation."""
    return bool(read_labels(line)) or bool(BULLET.match(line)) or line.lstrip().startswith(("|", "#", "**", ">"))


def _measure_width(line: str) -> int:
    """The width of a line on a screen, in columns; a Chinese character takes two."""
    return len(line) + len(re.findall(HAN, line))
