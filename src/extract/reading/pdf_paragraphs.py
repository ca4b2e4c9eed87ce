"""Printed lines of a PDF in, its paragraphs, headings and list items out.

A paragraph may continue in the next column or on the next page. It ends where a label or bullet begins a line, where
the lines stand further apart than usual, and where the first word of the next line would have fitted on a line.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from extract.labels import read_labels
from extract.reading.blocks import BOLD_LINE, HEADING, ITEM, PARAGRAPH, Line
from extract.reading.pdf_boilerplate import LARGER
from extract.reading.pdf_layout import Printed
from extract.reading.pdf_letters import Font
from extract.sentences import HAN, needs_space

# Distance between two lines of one paragraph, as a multiple of the usual distance; the usual one, as a multiple of the
# letter size, if the document does not show it, and the least that is usual.
LINE_SPACING, USUAL_SPACING, LEAST_SPACING = 1.25, 1.3, 1.1
# Distance from the text's right edge, as a multiple of the letter size, from which on a line with a full stop ends its
# paragraph; and what may be left over where the next line's first word did not fit.
SHORT_LINE, LEFT_OVER = 6, 2.0
# Length in characters up to which a line in larger letters, and one in bold or italic, is a heading.
LONGEST_HEADING, LONGEST_STYLED_LINE = 300, 120
# Ratio of two letter sizes above which they are of one level.
NEARLY_SAME = 0.94
# Points by which the sizes of letters of one paragraph may differ.
SAME_SIZE = 0.3
# Number of lines from which on a block may be narrower than its column, and the share (0 to 1) of them that are full.
LEAST_BLOCK, FULL_LINES = 4, 0.8
# Number of lines on which a font is a bullet's, if it has no other letters.
LEAST_MARKS = 3
# A letter of the private use areas, or one that has no known character, is a picture.
BULLET = re.compile(r"[•▪●◦○■□➢❖·‣⁃∙◆◇▶►▸➤➔✓✔★☆\ue000-\uf8ff\ufffdo](?=\s)\s*|[•▪●◦■➢❖\ue000-\uf8ff](?=[^\W\d_])")
DASH = re.compile(r"[-–—*»](?=\s)\s+")
SENTENCE_END = re.compile(r"[.。：:；;!?！？]['\"”’)）]?\s*$")


@dataclass(frozen=True, slots=True)
class Style:
    """What the lines of a document have in common.

    `body` is the letter size of the running text, in points, `levels` has the heading level of each larger size, and
    `spacing` the usual distance between two lines of a size, as a multiple of it. `words` are the words of the
    document in lower case, `bullet_fonts` the fonts that hold only bullets.
    """

    body: float
    levels: dict[float, int]
    spacing: dict[float, float]
    words: frozenset[str]
    bullet_fonts: frozenset[Font]

    def measure_bullet(self, line: Printed) -> int:
        """The length of the bullet with which a line begins, with the spaces after it; 0 if there is none."""
        if line.mark and line.mark_font in self.bullet_fonts and len(line.text) > len(line.mark):
            return len(line.text) - len(line.text[len(line.mark) :].lstrip())
        bullet = BULLET.match(line.text) or DASH.match(line.text)
        return bullet.end() if bullet and bullet.end() < len(line.text) else 0


def find_body_size(lines: Iterable[Printed]) -> float:
    """The letter size of most of the text, in points."""
    characters = Counter[float]()
    for line in lines:
        characters[line.size] += len(line.text)
    return characters.most_common(1)[0][0]


def describe_style(lines: Sequence[Printed], body: float, fonts: Counter[Font]) -> Style:
    """What the lines of a document have in common; `fonts` counts the letters of each font."""
    return Style(
        body,
        _rank_sizes(line.size for line in lines if line.size > LARGER * body),
        _measure_spacing(lines),
        frozenset(word for line in lines for word in re.findall(r"[a-z]+(?:-[a-z]+)*+", line.text.casefold())),
        _find_bullet_fonts(lines, fonts),
    )


def _rank_sizes(sizes: Iterable[float]) -> dict[float, int]:
    """The heading level of each letter size, from 1 for the largest to 6; sizes that are nearly the same share one.

    Where there are more sizes than levels, the largest share level 1: those of a cover.
    """
    groups: list[list[float]] = []
    for size in sorted(set(sizes), reverse=True):
        if groups and size >= NEARLY_SAME * groups[-1][0]:
            groups[-1].append(size)
        else:
            groups.append([size])
    surplus = max(len(groups) - 6, 0)
    return {size: max(level - surplus, 1) for level, group in enumerate(groups, 1) for size in group}


def _measure_spacing(lines: Iterable[Printed]) -> dict[float, float]:
    """The usual distance between two lines, as a multiple of the letter size, for each letter size."""
    distances: dict[float, Counter[float]] = defaultdict(Counter)
    for before, line in itertools.pairwise(lines):
        distance = line.base - before.base
        if before.column == line.column and before.size == line.size and 0.8 * line.size < distance < 3 * line.size:
            distances[line.size][round(distance / line.size, 1)] += 1
    return {size: counts.most_common(1)[0][0] for size, counts in distances.items()}


def _find_bullet_fonts(lines: Iterable[Printed], fonts: Counter[Font]) -> frozenset[Font]:
    """The fonts of bullets: of pictures, or with nothing but the same mark at the beginning of several lines."""
    marks: dict[Font, Counter[str]] = defaultdict(Counter)
    for line in lines:
        if line.mark and line.mark_font:
            marks[line.mark_font][line.mark] += 1
    return frozenset(font for font, texts in marks.items() if font.pictures or _are_bullets(texts, fonts[font]))


def _are_bullets(texts: Counter[str], letters: int) -> bool:
    """Whether marks are bullets, if their font has so many letters in all; the same label on each line is none."""
    text, count = texts.most_common(1)[0]
    is_alone = len(texts) == 1 and count >= LEAST_MARKS and letters == count * len(text)
    return is_alone and not text[0].isdigit() and not read_labels(f"{text} a")


def join_lines(lines: Iterable[Printed], style: Style) -> Iterator[Line]:
    """The paragraphs, headings and list items that printed lines make."""
    paragraph: list[Printed] = []
    for line in _find_block_edges(list(lines), style):
        if paragraph and not _is_continuation(paragraph, line, style):
            yield _make_line(paragraph, style)
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield _make_line(paragraph, style)


def _find_block_edges(lines: Sequence[Printed], style: Style) -> Iterator[Printed]:
    """The lines, with the right edge of their own block where that is narrower than their column.

    Beside a picture lines are shorter. They are running text if most of them end where the next word did not fit.
    """
    starts = [
        index for index in range(len(lines)) if index == 0 or not _is_close(lines[index - 1], lines[index], style)
    ]
    for start, end in itertools.pairwise([*starts, len(lines)]):
        block = lines[start:end]
        edge = max(line.right for line in block)
        full = sum(
            edge - line.right <= _measure_first_word(after) + LEFT_OVER * line.size
            for line, after in itertools.pairwise(block)
        )
        is_text = len(block) >= LEAST_BLOCK and full >= FULL_LINES * (len(block) - 1)
        yield from (replace(line, edge=min(line.edge, edge)) for line in block) if is_text else block


def _is_close(before: Printed, line: Printed, style: Style) -> bool:
    """Whether a line stands as close below another as lines of one paragraph do."""
    usual = max(style.spacing.get(line.size, USUAL_SPACING), LEAST_SPACING)
    if line.size > LARGER * style.body:  # headings one below the other
        usual = min(usual, USUAL_SPACING)
    return (
        abs(line.size - before.size) <= SAME_SIZE
        and line.page == before.page
        and 0 < line.base - before.base <= LINE_SPACING * usual * line.size
    )


def _is_continuation(paragraph: Sequence[Printed], line: Printed, style: Style) -> bool:
    """Whether a printed line continues a paragraph or heading."""
    before = paragraph[-1]
    is_end = bool(SENTENCE_END.search(before.text))
    if not _is_alike(before, line, is_end=is_end):
        return False
    if line.page == before.page and line.base > before.base and not _is_close(before, line, style):
        return False
    if BULLET.match(line.text) or (line.mark and line.mark_font in style.bullet_fonts):
        return False
    if read_labels(line.text) and (is_end or not _is_hanging(paragraph, line)):
        return False
    if is_end and _starts_after_end(paragraph, line):
        return False
    if line.size > LARGER * style.body:  # headings may be centred, and broken anywhere
        return before.ends_styled == line.starts_styled
    if before.edge - before.right > _measure_first_word(line) + LEFT_OVER * line.size:
        return False
    left = min((other.left for other in paragraph[1:] if other.column == line.column), default=math.inf)
    return not (left + line.size < line.left and paragraph[0].left - 1 < line.left)


def _is_alike(before: Printed, line: Printed, *, is_end: bool) -> bool:
    """Whether two lines look as those of one paragraph do; within a sentence the letters may change between words."""
    if abs(line.size - before.size) > SAME_SIZE:
        return False
    if before.ink and line.ink and before.ink != line.ink:
        return False
    return before.styled == line.styled or (not is_end and before.ends_styled == line.starts_styled)


def _is_hanging(paragraph: Sequence[Printed], line: Printed) -> bool:
    """Whether a line is indented more than the first of its paragraph, which ends at the right edge."""
    before = paragraph[-1]
    is_full = before.edge - before.right <= SHORT_LINE * line.size
    return is_full and line.left > paragraph[0].left + line.size / 2 and line.page == before.page


def _starts_after_end(paragraph: Sequence[Printed], line: Printed) -> bool:
    """Whether a line starts a paragraph, if the one before it ends with a full stop.

    It does where that line is short (less is enough at the end of a column), where it is indented as the first one of
    the paragraph, where it begins with a dash, and where it alone begins in bold or italic.
    """
    before, first = paragraph[-1], paragraph[0]
    is_indented = line.left > line.margin + line.size and abs(line.left - first.left) < line.size / 2
    longest_rest = SHORT_LINE if line.column == before.column else LEFT_OVER
    return (
        before.edge - before.right > longest_rest * line.size
        or (is_indented and len(paragraph) == 1)
        or bool(DASH.match(line.text))
        or (line.starts_styled and not before.ends_styled)
    )


def _measure_first_word(line: Printed) -> float:
    """The width in points of what did not fit on the line before: a word, or a Chinese character."""
    word = line.text.split(maxsplit=1)[0]
    characters = 1 if re.match(HAN, word) else len(word)
    return (line.right - line.left) * characters / len(line.text)


def _make_line(lines: Sequence[Printed], style: Style) -> Line:
    """Printed lines of one paragraph as a line."""
    first = lines[0]
    bullet = style.measure_bullet(first)
    text = join_texts((line.text for line in lines), style.words)[bullet:]
    if first.size > LARGER * style.body and len(text) <= LONGEST_HEADING:
        return Line(text, HEADING, style.levels[first.size])
    if all(line.styled for line in lines) and len(text) <= LONGEST_STYLED_LINE and not bullet:
        return Line(text, HEADING, BOLD_LINE)
    return Line(text, ITEM if bullet else PARAGRAPH)


def join_texts(texts: Iterable[str], words: frozenset[str] = frozenset()) -> str:
    """Lines of one paragraph as one. A hyphen at the end of a line is kept if it belongs to the word."""
    joined: list[str] = []
    for text in texts:
        before = joined[-1] if joined else ""
        end, start = re.search(r"([a-z]+)([-\xad])$", before[-40:]), re.match(r"[a-z]+", text)
        if end and start:
            if end[2] == "\xad" or _is_divided(end[1], start[0], words):
                joined[-1] = before[:-1]
            joined.append(text)
        else:
            joined += [" ", text] if before and needs_space(before, text) else [text]
    return "".join(joined).replace("\xad", "")


def _is_divided(start: str, end: str, words: frozenset[str]) -> bool:
    """Whether a hyphen only divides a word at the end of a line, judged by the other words of the document."""
    return start + end in words or (f"{start}-{end}" not in words and not (start in words and end in words))


def join_cell(lines: Sequence[Printed]) -> str:
    """The text of a table's cell, with a line for each paragraph."""
    edge = max((line.right for line in lines), default=0.0)
    paragraphs: list[list[str]] = []
    for before, line in zip([None, *lines], lines, strict=False):
        bullet = BULLET.match(line.text)
        text = line.text[bullet.end() :] if bullet else line.text
        if before is None or bullet or read_labels(line.text) or _is_cell_end(before, line, edge):
            paragraphs.append([text])
        else:
            paragraphs[-1].append(text)
    return "\n".join(map(join_texts, paragraphs))


def _is_cell_end(before: Printed, line: Printed, edge: float) -> bool:
    return bool(SENTENCE_END.search(before.text)) and edge - before.right > _measure_first_word(line) + line.size
