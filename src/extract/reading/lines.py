"""Plain text and Markdown into lines.

Plain text keeps its places: the reading text is the decoded capture, character for character, but for soft line
breaks, which become spaces. Markdown is read leniently, since what is found under that name often is not quite it:
a heading may lack its space, an indented paragraph is no code, and a page's card stands in bold.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import TypeVar

from extract.labels import labels_of
from extract.reading.blocks import BOLD_LINE, HEADING, ITEM, PARAGRAPH, Block, Line, Reading, make_row

T = TypeVar("T")

# Text is hard-wrapped where most lines in the middle of paragraphs end near one column, and few lines are longer.
WRAP_COLUMNS = range(45, 125)
WRAP_SPREAD = 12
FEWEST_WRAPPED = 3
NEAR_COLUMN = 0.6
# A line that begins this much further in than the one above begins a paragraph.
INDENT = 2
BULLET = re.compile(r"\s*(?:[-*+•●▪◦○■□➢–—]|--)\s+")
TERMINAL = re.compile(r"[.!?。！？:：;；][\"”’)）\]]*\s*$")

HAN = r"[\u3000-\u9fff\uff00-\uffef]"
LONGEST_UNDERLINED = 200
# A line of a table of contents, with dots that lead to a page.
LEADERS = re.compile(r"(?:\.{4,}|…{2,}|·{4,})\s*\d*\s*$")
FENCE = re.compile(r"\s*(?:```|~~~)")
HASHES = re.compile(r"\s{0,3}(#{1,6})\s*(?!#)(.*?)\s*#*\s*$")
UNDERLINE = re.compile(r"\s{0,3}(=+|-+)\s*$")
RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*$")
PIPE_ROW = re.compile(r"\s*\|?.+\|.*$")
PIPE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-*:?\s*)+$")
MARKDOWN_ITEM = re.compile(r"\s*[-*+•]\s+")
BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# What is written around words in Markdown and does not belong to them: what is dropped, and what is kept of it.
INLINE = (
    (re.compile(r"<!--.*?-->"), ""),
    (re.compile(r"<(s|del|strike)\b[^>]*>.*?</\1\s*>|~~.*?~~", re.IGNORECASE), ""),
    (BREAK, " "),
    (re.compile(r"</?[a-zA-Z][^<>]{0,300}>"), ""),
    (re.compile(r"\[\^[^\]]{1,20}\]"), ""),
    (re.compile(r"!\[[^\]]*\]\([^()\n]*\)"), ""),
    (re.compile(r"\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)"), r"\1"),
    (re.compile(r"\{:?\s*[.#][^{}]*\}"), ""),
    (BOLD, r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_]+?)(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)


def read_text(text: str) -> Reading:
    """The reading of plain text: a block a line, or a block a paragraph where the lines are hard-wrapped."""
    spans = [(match.start(), match.start() + len(match[0].rstrip())) for match in re.finditer(r"\S[^\r\n]*", text)]
    lines = [text[start:end] for start, end in spans]
    indents = [start - text.rfind("\n", 0, start) - 1 for start, _ in spans]
    blank = [
        bool(re.search(r"\n[^\S\n]*\r?\n", text[before[1] : after[0]]))
        or (indents[index + 1] >= indents[index] + INDENT and not _starts_block(lines[index]))
        for index, (before, after) in enumerate(_pairs(spans))
    ]
    letters = list(text)
    blocks: list[Block] = []
    begun = 0
    for index, joined in enumerate([*_find_joins(lines, blank), False]):
        if joined:
            for place in range(spans[index][1], spans[index + 1][0]):
                letters[place] = " "
        elif index < len(spans):
            start, end = spans[begun][0], spans[index][1]
            blocks.append(Block("".join(letters[start:end]), start, ITEM if BULLET.match(lines[begun]) else PARAGRAPH))
            begun = index + 1
    return Reading("".join(letters), tuple(blocks), main=(0, len(blocks)))


def read_markdown(text: str) -> tuple[list[Line], dict[str, str]]:
    """The lines of Markdown without its marks, and what front matter states."""
    text, front = _split_front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    raw = text.split("\n")
    found: list[Line] = []
    paragraph: list[str] = []
    tables, index = 0, 0
    while index < len(raw):
        line = raw[index]
        index += 1
        if PIPE_ROW.match(line) and index < len(raw) and PIPE_RULE.match(raw[index]):
            found.extend(_read_paragraphs(paragraph))
            tables += 1
            found.append(make_row(_split_cells(line), tables))
            while (index := index + 1) < len(raw) and "|" in raw[index]:
                found.append(make_row(_split_cells(raw[index]), tables))
        elif (heading := HASHES.match(line)) and heading[2]:
            found.extend(_read_paragraphs(paragraph))
            found.append(Line(_strip_marks(heading[2]), HEADING, len(heading[1])))
        elif (under := UNDERLINE.match(line)) and paragraph and 0 < len(paragraph[-1].strip()) <= LONGEST_UNDERLINED:
            title = paragraph.pop()
            found.extend(_read_paragraphs(paragraph))
            found.append(Line(_strip_marks(title), HEADING, 1 if "=" in under[1] else 2))
        elif RULE.match(line) or FENCE.match(line):
            found.extend(_read_paragraphs(paragraph))
        else:
            paragraph.append(re.sub(r"^\s{0,3}>\s?", "", line))
    found.extend(_read_paragraphs(paragraph))
    return found, front


def _read_paragraphs(raw: list[str]) -> Iterator[Line]:
    """The paragraphs and list items among raw lines, which are used up."""
    lines = [line for line in raw if line.strip()]
    numbered = [index for index, line in enumerate(raw) if line.strip()]
    blank = [after - before > 1 for before, after in _pairs(numbered)]
    raw.clear()
    begun: list[str] = []
    for line, joined in zip(lines, [*_find_joins(lines, blank), False], strict=True) if lines else ():
        begun.append(line)
        if not joined:
            yield _read_line(_join_wrapped(begun))
            begun = []


def _join_wrapped(lines: Sequence[str]) -> str:
    """Wrapped lines as one; between Chinese characters no space is needed."""
    text = lines[0].rstrip()
    for line in lines[1:]:
        close = re.match(HAN, line.lstrip()) and re.search(rf"{HAN}$", text)
        text += ("" if close else " ") + line.strip()
    return text


def _read_line(raw: str) -> Line:
    item = MARKDOWN_ITEM.match(raw)
    words = raw[item.end() :] if item else raw
    whole = BOLD.fullmatch(words.strip())
    text = _strip_marks(words)
    if whole and whole[1] not in whole[2] and len(text) <= 100:
        return Line(text, HEADING, BOLD_LINE)
    return Line(text, ITEM if item else PARAGRAPH)


def _strip_marks(words: str) -> str:
    """The words of a line of Markdown without its marks."""
    for pattern, kept in INLINE:
        words = pattern.sub(kept, words)
    return " ".join(unescape(words).split())


def _split_cells(line: str) -> list[str]:
    inner = re.sub(r"^\s*\|", "", re.sub(r"\|\s*$", "", line))
    return [
        "\n".join(map(_strip_marks, BREAK.split(cell.replace("\0", "|")))).strip()
        for cell in inner.replace("\\|", "\0").split("|")
    ]


def _split_front_matter(text: str) -> tuple[str, dict[str, str]]:
    match = re.match(r"\ufeff?\s*---[ \t]*\n(.{0,4000}?)\n---[ \t]*(?:\n|$)", text, re.DOTALL)
    if not match or not re.match(r"\s*[\w-]+\s*:", match[1]):
        return text, {}
    title = re.search(r"^title\s*:\s*[\"']?(.+?)[\"']?\s*$", match[1], re.MULTILINE | re.IGNORECASE)
    day = re.search(r"^date\s*:\s*[\"']?(.+?)[\"']?\s*$", match[1], re.MULTILINE | re.IGNORECASE)
    front = {"window": title[1]} if title else {}
    return text[match.end() :], front | ({"published": day[1]} if day else {})


def _find_joins(lines: Sequence[str], blank: Sequence[bool]) -> list[bool]:
    """For each line but the last, whether the next one continues its paragraph, as in hard-wrapped text."""
    follows = [
        not gap and not _starts_block(after) and not LEADERS.search(before)
        for (before, after), gap in zip(_pairs(lines), blank, strict=True)
    ]
    widths = sorted(_measure_width(line) for line in lines)
    broken = sorted(
        width
        for line, joined in zip(lines, follows, strict=False)
        if joined and (width := _measure_width(line)) in WRAP_COLUMNS
    )
    if len(broken) < FEWEST_WRAPPED:
        return [False] * len(follows)
    column = broken[len(broken) * 9 // 10]
    near = sum(width > column - 2 * WRAP_SPREAD for width in broken)
    if near < NEAR_COLUMN * len(broken) or widths[len(widths) * 9 // 10] > column + WRAP_SPREAD:
        return [False] * len(follows)
    return [
        joined and column - _measure_width(_first_word_of(after)) - WRAP_SPREAD < _measure_width(before)
        for (before, after), joined in zip(_pairs(lines), follows, strict=True)
    ]


def _first_word_of(line: str) -> str:
    """What would have had to fit on the line before: a word, or one Chinese character."""
    word = re.split(r"\s", line.strip(), maxsplit=1)[0]
    return word[:1] if re.match(HAN, word) else word


def _starts_block(line: str) -> bool:
    """Whether a line begins something of its own: a label, a bullet, a table's row."""
    return bool(labels_of(line)) or bool(BULLET.match(line)) or line.lstrip().startswith(("|", "#", "**", ">"))


def _measure_width(line: str) -> int:
    """The columns that a line takes on a screen, where a Chinese character takes two."""
    return len(line) + len(re.findall(HAN, line))


def _pairs(things: Sequence[T]) -> Iterator[tuple[T, T]]:
    return itertools.pairwise(things)
