"""Plain text or Markdown in, blocks or lines out.

The reading text of plain text is the decoded capture, character for character, except that soft line breaks become
spaces; so a span points into the capture itself. Markdown is read leniently, since files often bend its rules: a
heading may lack its space, an indented paragraph is text and not code, and a document card may be set in bold.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import unescape

from config.text import replace_controls
from extract.labels import read_labels
from extract.reading.blocks import (
    BULLET,
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
from extract.reading.breaks import find_inline_labels, find_joins, is_block_start, measure_width
from extract.reading.front_matter import split_front_matter
from extract.reading.html import read_page
from extract.sentences import needs_space

# Characters of additional indentation from which on a line begins a new paragraph.
INDENT = 2
# Length in characters from which on a line with half of the text is thought to have lost its line breaks.
LEAST_WHOLE = 500
# A line that programs put between the pages of an extracted book.
PAGE_MARK = re.compile(r"#{1,6}\s?[Pp]age \d{1,6}:?\s*")
# Length in characters up to which a line with a line of = or - below it is a heading.
LONGEST_UNDERLINED = 200
FENCE = re.compile(r"\s*(?:```|~~~)")
HASHES = re.compile(r"\s{0,3}(#{1,6})\s*(?!#)")
# A heading in a list item; a line that is numbered by itself, as in reStructuredText; where a link leads.
ITEM_HASHES = re.compile(r"((?:\(?\w{1,4}[.)、）]\s{1,9})?)(#{1,6})\s+(?=\S)")
AUTO_NUMBER = re.compile(r"(\s*)#\.\s+(?=\S)")
DEFINITION = re.compile(r"\s{0,3}\[[^\[\]^]{1,100}\]:\s*\S+")
# Elements of HTML in Markdown: tables, and those that begin a line.
TABLE_START, TABLE_END = re.compile(r"<table\b", re.IGNORECASE), re.compile(r"</table\s{0,9}>", re.IGNORECASE)
DEEPEST = 9  # level to which lists in HTML are indented
HTML_HEADINGS = {f"h{level}": level for level in range(1, 7)}
ELEMENT = re.compile(
    r"<(/?)(h[1-6]|li|ul|ol|p|div|section|article|dl|dt|dd|details|summary|center)\b[^<>]{0,500}>\s*", re.IGNORECASE
)
UNDERLINE = re.compile(r"\s{0,3}(=+|-+)\s*$")
RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*$")
PIPE_RULE = re.compile(r"\s*+\|?\s*+:?-++:?\s*+(?:\|\s*+:?-*+:?\s*+)++$")
# Bold words; their end may follow a space, which the rules of Markdown do not allow.
BOLD = re.compile(r"(\*\*\*?(?=\S)|(?<!\w)___?(?=[^\s_]))(.{1,2000}?)\1")
# What stands before the first mark of bold words.
BOLD_BEGINNING = re.compile(r"[^*_]{0,20}+(?=\*\*|__)")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Marks around words in Markdown, applied in this order: the pattern, and what is kept of each match. The end of a mark
# is looked for in the 2,000 characters after its beginning, else a text of nothing but beginnings takes too long.
INLINE = (
    (re.compile(r"<!--.{0,2000}?-->"), ""),
    (re.compile(r"<(s|del|strike)\b[^>]{0,300}>.{0,2000}?</\1\s{0,9}>|~~.{0,2000}?~~", re.IGNORECASE), ""),
    (BREAK, " "),
    (re.compile(r"\{%.{0,500}?%\}|\{\{.{0,500}?\}\}"), ""),
    (re.compile(r"</?[a-zA-Z][^<>]{0,300}>"), ""),
    (re.compile(r"\[\^[^\]]{1,20}\]"), ""),
    (re.compile(r"!\[[^\]]{0,1000}\]\([^()\n]*\)"), ""),
    (re.compile(r"\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)"), r"\1"),
    (re.compile(r"\[([^\[\]]{1,1000})\]\[[^\[\]]{0,100}\]"), r"\1"),
    (re.compile(r"\{:?\s*[.#][^{}]*\}"), ""),
    (BOLD, r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_]+?)(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)


def read_text(text: str) -> Reading:
    """The reading of plain text: one block per line, or per paragraph if the lines are hard-wrapped."""
    text = replace_controls(text)
    spans = [
        (match.start(), match.start() + len(match[0].rstrip()))
        for match in re.finditer(r"\S[^\r\n]*", text)
        if not PAGE_MARK.fullmatch(match[0])
    ]
    lines = [text[start:end] for start, end in spans]
    indents = list(_measure_indents(text, spans))
    blank = [
        _has_blank_line(text[before[1] : after[0]])
        or (indents[index + 1] >= indents[index] + INDENT and not is_block_start(lines[index]))
        for index, (before, after) in enumerate(itertools.pairwise(spans))
    ]
    characters = list(text)
    depths = _Depths()
    blocks: list[Block] = []
    lengths: list[int] = []  # of those that are longer than a block
    first = 0
    for index, is_joined in enumerate([*find_joins(lines, blank), False]):
        if is_joined:
            for position in range(spans[index][1], spans[index + 1][0]):
                characters[position] = " "
        elif index < len(spans):
            start, end = spans[first][0], spans[index][1]
            level = depths.find_depth(" " * indents[first] + lines[first])
            if level and (bullet := BULLET.match(lines[first])):
                start += bullet.end()
            kind = ITEM if level else PARAGRAPH
            for line in _split_line("".join(characters[start:end]), start, len(text)):
                parts = range(0, len(line[0]), LONGEST_BLOCK)
                blocks += [Block(line[0][at : at + LONGEST_BLOCK], line[1] + at, kind, level) for at in parts]
                lengths += [len(line[0])] if len(line[0]) > LONGEST_BLOCK else []
            first = index + 1
    return Reading("".join(characters), tuple(blocks), {}, tuple(report_long(lengths)), (0, len(blocks)))


def _has_blank_line(space: str) -> bool:
    """Whether an empty line stands between two lines; one beside the mark of a page does not count."""
    return "#" not in space and re.search(r"\n[^\S\n]*\r?\n", space) is not None


def _split_line(words: str, start: int, length: int) -> Iterator[tuple[str, int]]:
    """The lines of a text of this length that stands on one line, each with its position; another line as it is."""
    is_whole = len(words) >= LEAST_WHOLE and len(words) * 2 >= length
    cuts = sorted({0, *(find_inline_labels(words) if is_whole else ()), len(words)})
    for before, after in itertools.pairwise(cuts):
        yield words[before:after].rstrip(), start + before


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
    lines: list[Line] = []
    tables = 0
    for part, is_table in _split_tables(text):
        if is_table:
            numbered = ((line, line.table + tables if line.table else 0) for line in read_page(part)[0])
            rows = [replace(line, table=table, main=True) for line, table in numbered]
        else:
            rows = list(_read_parts(part, tables))
        tables = max((tables, *(line.table for line in rows)))
        lines += rows
    return lines, front


def _split_tables(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of Markdown, and whether each is a table in HTML."""
    position = 0
    while (start := TABLE_START.search(text, position)) and (end := TABLE_END.search(text, start.end())):
        yield text[position : start.start()], False
        yield text[start.start() : end.end()], True
        position = end.end()
    yield text[position:], False


def _are_rows(lines: Sequence[str]) -> bool:
    """Whether two lines are rows of a table that nobody wrote the rule below its head for: all cells have borders."""
    if len(lines) < 2 or not all(line.startswith("|") and line.rstrip().endswith("|") for line in lines):
        return False
    first, second = map(_split_cells, lines)
    return len(first) == len(second) >= 2


def _read_parts(text: str, tables: int) -> Iterator[Line]:
    """The lines of Markdown without tables in HTML; `tables` is the number of the last table before it."""
    raw = list(_number_lines(_split_elements(text).split("\n")))
    paragraph: list[str] = []
    index = 0
    while index < len(raw):
        line = raw[index]
        index += 1
        has_rule = "|" in line[1:] and index < len(raw) and PIPE_RULE.match(raw[index]) is not None
        if has_rule or _are_rows(raw[index - 1 : index + 1]):
            tables += 1
            ended_by = [make_row(_split_cells(line), tables)]
            index -= not has_rule
            while (index := index + 1) < len(raw) and "|" in raw[index]:
                if not PIPE_RULE.match(raw[index]):  # one below a second row of heads
                    ended_by.append(make_row(_split_cells(raw[index]), tables))
        elif (
            not PAGE_MARK.fullmatch(line)
            and (hashes := HASHES.match(line))
            and (words := line[hashes.end() :].rstrip().rstrip("#").rstrip())
        ):
            ended_by = [Line(_strip_marks(words), HEADING, len(hashes[1]))]
        elif (under := UNDERLINE.match(line)) and paragraph and 0 < len(paragraph[-1].strip()) <= LONGEST_UNDERLINED:
            ended_by = [Line(_strip_marks(paragraph.pop()), HEADING, 1 if "=" in under[1] else 2)]
        elif RULE.match(line) or FENCE.match(line) or PAGE_MARK.fullmatch(line) or DEFINITION.match(line):
            ended_by = []
        else:
            paragraph.append(re.sub(r"^\s{0,3}>\s?", "", line))
            continue
        yield from _read_paragraphs(paragraph)
        yield from ended_by
        paragraph = []
    yield from _read_paragraphs(paragraph)


def _split_elements(text: str) -> str:
    """Markdown in which the elements of HTML that begin a line do so: headings and list items by their marks."""
    depth = 0

    def write_mark(tag: re.Match[str]) -> str:
        nonlocal depth
        name, is_end = tag[2].lower(), bool(tag[1])
        if name in ("ul", "ol"):
            depth = max(depth - 1, 0) if is_end else depth + 1
        if is_end or name not in (*HTML_HEADINGS, "li"):
            return "\n\n"
        return f"\n{'    ' * min(max(depth - 1, 0), DEEPEST)}- " if name == "li" else f"\n{'#' * HTML_HEADINGS[name]} "

    return ELEMENT.sub(write_mark, text)


def _number_lines(raw: Iterable[str]) -> Iterator[str]:
    """The lines, those that are numbered by themselves ("#. Build") with their numbers."""
    counts: dict[str, int] = {}  # the last number by indentation
    for line in raw:
        if number := AUTO_NUMBER.match(line):
            counts[number[1]] = counts.get(number[1], 0) + 1
            yield f"{number[1]}{counts[number[1]]}. {line[number.end() :]}"
            continue
        if line.strip() and not line[:1].isspace():
            counts.clear()
        yield line


def _read_paragraphs(raw: Sequence[str]) -> Iterator[Line]:
    """The paragraphs and list items in raw lines."""
    lines = [line for line in raw if line.strip()]
    numbered = [index for index, line in enumerate(raw) if line.strip()]
    blank = [after - before > 1 for before, after in itertools.pairwise(numbered)]
    paragraph: list[str] = []
    depths = _Depths()
    for line, is_joined in zip(lines, [*find_joins(lines, blank), False], strict=True) if lines else ():
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
        column = measure_width(line[: len(line) - len(line.lstrip())].expandtabs(4))
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
    item = BULLET.match(raw)
    words = (raw[item.end() :] if item else raw).strip()
    if hashes := ITEM_HASHES.match(words):
        return Line(_strip_marks(hashes[1] + words[hashes.end() :].rstrip("#")), HEADING, len(hashes[2]))
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
