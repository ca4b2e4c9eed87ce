"""An article's blocks in, its outline out: the labelled items and headings, each with its depth and its parent.

A level is a run of labels of one style that counts up. Levels nest if one style begins inside another. Whether a
block is labelled is decided by the sequence and not by the single line: a lone "3." is not a label, and "(i)" is the
letter or the Roman numeral, whichever continues a count. Headings without a label belong to the outline too. A number
that is missing or repeated is reported as a problem.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from extract.labels import Label, read_labels
from extract.lexicon.rows import Lexicon
from extract.plan import Problem
from extract.reading.blocks import BOLD_LINE, HEADING, ROW, Block
from extract.sentences import reduce_to_letters

# Number of missing labels up to which a count goes on; a line after a larger gap does not belong to the count.
LARGEST_GAP = 3
# Number of consecutive lines, all repeated further down, from which on they are a table of contents.
FEWEST_IN_CONTENTS = 3
# Length in characters below which a line can be an entry of a table of contents.
LONGEST_ENTRY = 200
# Number of blocks from one entry to the next, at most.
ENTRY_DISTANCE = 2
# Length in characters up to which a line can open a box beside the text.
LONGEST_BOX_TITLE = 60
# Length in characters up to which a heading without a label can name a section.
LONGEST_TITLE = 200
# The end of a line in a table of contents: dots that lead to a page number.
LEADERS = re.compile(
    r"(?:(?<!\.)\.{4,}+|(?<!…)…{2,}+|(?<!·)·{4,}+|(?<!\. )(?:\. ){4,}+)\s*+\d*+\s*$"  # each run is looked at once
)
# The end of a sentence that brackets or a circled number follow; of a line that the next one continues; of a line that
# introduces the next; the number of a page at the end of an entry; the word and colon that a heading may begin with.
BEFORE_BRACKET = re.compile(r"(?<=[.。])\s*(?=[(（①])")
OPEN_END = re.compile(r"(?:[:：;；,，]|\b(?:and|or))\s*$")
INTRODUCES = re.compile(r"[:：;；,，]\s*$")
PAGE_NUMBER = re.compile(r"[\s.…·]*\d*$")
WORD_AND_COLON = re.compile(r"[^\W\d][\w-]{1,20}\s?[:：]\s*(?=\S)")
# Length in characters up to which the heading of a section can stand on one line with the section's first item.
LONGEST_INLINE_HEADING = 80
# Characters after that heading that are searched for a label.
INLINE_LABEL = 40
# Number of headings of one level that begin with the same word and a colon, from which on it is a label ("Principle:").
FEWEST_OF_A_WORD = 2
# The beginning of the style names of headings without a label; their level follows.
UNLABELLED = "heading"
# Styles that nest only in this order: a part is never inside a chapter.
RANKS = {"part": 1, "chapter": 2, "section": 3}
# The end of the style names of labels in headings, if those and the labels in plain lines count separately.
IN_HEADINGS = " in headings"


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled block or heading.

    `block` is its index among the blocks, `depth` counts from 0, and `parent` is the index of an earlier item, or None.
    A heading without a label has a label without text, whose style begins with `UNLABELLED`.
    """

    block: int
    label: Label
    depth: int
    parent: int | None

    @property
    def is_labelled(self) -> bool:
        """Whether the document labels it; False for a heading without a label."""
        return not self.label.style.startswith(UNLABELLED)


@dataclass(slots=True)
class _OpenLevel:
    """An open level: its style, the heading level of its blocks (0 for plain lines), the index of its last item."""

    style: str
    heading: int
    item: int


@dataclass(frozen=True, slots=True)
class _RestartedCount:
    """A count that restarted at 1: the index of the block where it did, and the last number before it."""

    start: int
    previous: int


@dataclass(slots=True)
class _State:
    """The outline so far.

    `open` are the open levels, the outermost first. `last` is the last number of each style, `headings` the number of
    headings without a label of each style.
    """

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    open: list[_OpenLevel] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)
    headings: Counter[str] = field(default_factory=Counter)


def read_outline(blocks: Sequence[Block], lexicon: Lexicon) -> tuple[list[Item], list[Problem]]:
    """The outline's items in the order of the text, and a problem for each label that is missing or repeated."""
    chosen = _choose_labels(blocks, lexicon)
    style_counts = Counter(label.style for _, label in chosen)
    state = _State()
    for index, label in chosen:
        block = blocks[index]
        if style_counts[label.style] > 1 or label.style.startswith(UNLABELLED):
            _add_item(state, index, label, block)
        elif block.kind == HEADING:  # the only label of its style, as where a text is a single chapter
            _add_item(state, index, replace(label, style=f"{UNLABELLED} {block.level}"), block)
    return state.items, state.problems


def split_lines(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, each split in two that holds a heading and its first item, such as "Sec. 2. Roads. (a) The …"."""
    for block in blocks:
        start = 0
        while (at := _find_second_label(block, start)) is not None:
            yield replace(block, text=block.text[start:at].rstrip(), start=block.start + start)
            start = at
        yield replace(block, text=block.text[start:], start=block.start + start) if start else block


def join_lines(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, with each label that stands alone on a line joined to the paragraph below it.

    `text` is the reading text that the blocks stand in.
    """
    lone_label: Block | None = None
    for block in blocks:
        if lone_label is not None:
            if block.kind not in (HEADING, ROW) and not read_labels(block.text):
                yield replace(lone_label, text=text[lone_label.start : block.end])
                lone_label = None
                continue
            yield lone_label
            lone_label = None
        if any(label.length == len(block.text) for label in read_labels(block.text)) and block.kind != ROW:
            lone_label = block
        else:
            yield block
    if lone_label is not None:
        yield lone_label


def iterate_ancestors(items: Sequence[Item], index: int) -> Iterator[int]:
    """The indexes of the items that an item lies in, from the innermost to the outermost."""
    parent = items[index].parent
    while parent is not None:
        yield parent
        parent = items[parent].parent


def _find_second_label(block: Block, start: int) -> int | None:
    """The position in a labelled line where another count begins, after a first sentence as short as a heading.

    The line is read from `start` on.
    """
    line = block.text[start : start + 3 * LONGEST_INLINE_HEADING + INLINE_LABEL]
    if block.kind == ROW or not (labels := read_labels(line[: 2 * LONGEST_INLINE_HEADING])):
        return None
    first = labels[0].length
    for end in BEFORE_BRACKET.finditer(line[first : first + LONGEST_INLINE_HEADING]):
        at = first + end.end()
        if any(label.ordinal == 1 for label in read_labels(line[at : at + INLINE_LABEL])) and at > first:
            return start + at
    return None


def _add_item(state: _State, index: int, label: Label, block: Block) -> None:
    """Add an item to the level that it continues, or to a new level inside the open ones."""
    level = block.level if block.kind == HEADING else 0
    depth = next((depth for depth, opened in enumerate(state.open) if opened.style == label.style), None)
    if depth is None:
        while state.open and RANKS.get(state.open[-1].style, 0) > RANKS.get(label.style, len(RANKS)):
            state.open.pop()
        while state.open and level and _is_ended_by(state.open[-1], level, label):
            state.open.pop()
        depth = len(state.open)
    else:
        _check_count(state, label, block)
    del state.open[depth:]
    if label.style.startswith(UNLABELLED):
        state.headings[label.style] += 1
        label = replace(label, ordinal=label.ordinal or state.headings[label.style])
    parent = state.open[-1].item if state.open else None
    state.items.append(Item(index, label, depth, parent))
    state.open.append(_OpenLevel(label.style, level, len(state.items) - 1))
    state.last[label.style] = label.ordinal


def _is_ended_by(open_level: _OpenLevel, level: int, label: Label) -> bool:
    """Whether a heading of a level ends an open level.

    It ends plain lines and headings of the same or a smaller size. A bold line, which nothing marks as a heading, ends
    only other bold lines, and only if it has no label.
    """
    if level == BOLD_LINE:
        return open_level.heading == BOLD_LINE and label.style.startswith(UNLABELLED)
    return open_level.heading == 0 or open_level.heading >= level


def _check_count(state: _State, label: Label, block: Block) -> None:
    """Report a problem unless a label continues its style's count or restarts it at 1."""
    expected = state.last.get(label.style, 0) + 1
    if label.style.startswith(UNLABELLED) or label.ordinal in (1, expected):
        return
    if label.ordinal < expected:
        message = f"label {label.text} is repeated"
    else:
        missing = ", ".join(map(str, range(expected, label.ordinal)))
        message = f"before {label.text} of the numbering is missing: {missing}"
    state.problems.append(Problem(message, block.start))


def _choose_labels(blocks: Sequence[Block], lexicon: Lexicon) -> list[tuple[int, Label]]:
    """The blocks of the outline by index, each with the label that continues or begins a count, or with a heading's."""
    counts = _Counts(blocks)
    in_contents = _find_contents(blocks, counts.options)
    words = _find_heading_words(blocks, counts.options)
    box_counts: dict[str, int] | None = None  # the last number of each style in the open box; None outside a box
    for index, block in enumerate(blocks):
        if index in in_contents or counts.is_sentence_continuation(index):
            continue
        if lexicon.boxes.match(block.text) and len(block.text) <= LONGEST_BOX_TITLE:
            box_counts = {}
            continue
        label = counts.choose_label(index)
        if label is not None and box_counts is not None and label.ordinal == box_counts.get(label.style, 0) + 1:
            box_counts[label.style] = label.ordinal
        elif label is not None:
            box_counts = None
            counts.take_label(index, label)
        elif block.kind == HEADING and box_counts is None and _is_title(block.text):
            counts.chosen.append((index, _label_heading(block, words)))
    return counts.chosen


class _Counts:
    """The state while blocks are read in order.

    `options` are the labels that each block may begin with, `last` is the last number of each style, `restarted` are
    the counts that restarted at 1, by style, and `chosen` are the blocks of the outline so far with their labels.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.options = [() if block.kind == ROW else read_labels(block.text) for block in blocks]
        self.separate_styles = _find_separate_styles(blocks, self.options)
        self.last: dict[str, int] = {}
        self.restarted: dict[str, _RestartedCount] = {}
        self.chosen: list[tuple[int, Label]] = []

    def choose_label(self, index: int) -> Label | None:
        """The label of a block that fits the counts best; None if none fits."""
        block = self.blocks[index]
        options = [_separate_heading_style(label, block, self.separate_styles) for label in self.options[index]]
        fitting = [
            label
            for label in options
            if _can_follow(label, self.last.get(label.style))
            and (label.style != "bare digits" or block.kind == HEADING)
        ]
        if fitting:
            return min(fitting, key=lambda label: (label.ordinal - 1 != self.last.get(label.style), label.ordinal != 1))
        return next((label for label in options if self._can_resume(label)), None)

    def take_label(self, index: int, label: Label) -> None:
        """Choose a label. If it resumes a count, the list that restarted the count is dropped as part of a task."""
        if self._can_resume(label) and not _can_follow(label, self.last.get(label.style)):
            start = self.restarted.pop(label.style).start
            while self.chosen and self.chosen[-1][0] >= start:
                self.chosen.pop()
        elif label.ordinal == 1 and self.last.get(label.style, 0) > 1:
            self.restarted[label.style] = _RestartedCount(index, self.last[label.style])
        for style in [style for style in self.restarted if style != label.style]:
            del self.restarted[style]  # another count began in between, so the earlier count cannot resume
        self.last[label.style] = label.ordinal
        self.chosen.append((index, label))

    def _can_resume(self, label: Label) -> bool:
        """Whether a label continues the count of its style from before it restarted at 1."""
        restart = self.restarted.get(label.style)
        return restart is not None and restart.previous < label.ordinal <= restart.previous + 1 + LARGEST_GAP

    def is_sentence_continuation(self, index: int) -> bool:
        """Whether a labelled line continues the sentence above it, such as "1. a pier," below "such as:"."""
        text = self.blocks[index].text
        counting = [label for label in self.options[index] if label.style in self.last]
        if not index or not any(text[label.length : label.length + 1].islower() for label in counting):
            return False
        return bool(OPEN_END.search(self.blocks[index - 1].text))


def _separate_heading_style(label: Label, block: Block, separate_styles: set[str]) -> Label:
    """The label of a block; in a heading with a style of its own if headings and plain lines count separately."""
    if label.style in separate_styles and block.kind == HEADING and block.level < BOLD_LINE:
        return replace(label, style=label.style + IN_HEADINGS)
    return label


def _find_separate_styles(blocks: Sequence[Block], options: Sequence[Sequence[Label]]) -> set[str]:
    """The styles whose labels count up in the headings alone, and do not together with the plain lines."""
    every, in_headings = defaultdict(list), defaultdict(list)
    for block, labels in zip(blocks, options, strict=True):
        for label in labels:
            every[label.style].append(label.ordinal)
            if block.kind == HEADING and block.level < BOLD_LINE:
                in_headings[label.style].append(label.ordinal)
    return {
        style
        for style, ordinals in in_headings.items()
        if 1 < len(ordinals) < len(every[style]) and _is_counting_up(ordinals) and not _is_counting_up(every[style])
    }


def _is_counting_up(ordinals: Sequence[int]) -> bool:
    return all(after in (1, before + 1) for before, after in itertools.pairwise(ordinals))


def _find_contents(blocks: Sequence[Block], options: Sequence[Sequence[Label]]) -> set[int]:
    """The indexes of the blocks of a table of contents.

    It is a run of labelled lines or headings that are all repeated further down, or of lines with dots to a page.
    """
    keys = {
        index: reduce_to_letters(PAGE_NUMBER.sub("", block.text))
        for index, block in enumerate(blocks)
        if (options[index] or block.kind == HEADING) and block.kind != ROW and len(block.text) < LONGEST_ENTRY
    }
    last_index = {key: index for index, key in keys.items()}
    contents = {index for index, block in enumerate(blocks) if LEADERS.search(block.text) and block.kind != ROW}
    run: list[int] = []
    for index, key in keys.items():
        is_repeated = last_index[key] > index and len(key) > 1
        if is_repeated and (not run or index - run[-1] <= ENTRY_DISTANCE):
            run.append(index)
            continue
        if len(run) >= FEWEST_IN_CONTENTS:
            contents.update(run)
        run = [index] if is_repeated else []
    return contents | set(run if len(run) >= FEWEST_IN_CONTENTS else ())


def _find_heading_words(blocks: Sequence[Block], options: Sequence[Sequence[Label]]) -> set[tuple[int, str]]:
    """The heading levels and words, with their colon, that begin several headings of that level and so are labels."""
    counts = Counter(
        (block.level, match[0])
        for block, labels in zip(blocks, options, strict=True)
        if block.kind == HEADING and not labels and (match := _match_word_before_colon(block.text))
    )
    return {key for key, count in counts.items() if count >= FEWEST_OF_A_WORD}


def _match_word_before_colon(text: str) -> re.Match[str] | None:
    return WORD_AND_COLON.match(text)


def _label_heading(block: Block, words: set[tuple[int, str]]) -> Label:
    """The label of a heading without a number: its word before a colon if `words` holds it, else empty."""
    match = _match_word_before_colon(block.text)
    length = match.end() if match and (block.level, match[0]) in words else 0
    return Label(f"{UNLABELLED} {block.level}", 0, block.text[:length].strip(), length)


def _is_title(text: str) -> bool:
    """Whether a heading without a label names a section, and does not introduce the next line, as with a colon."""
    return 1 < len(text) <= LONGEST_TITLE and not INTRODUCES.search(text)


def _can_follow(label: Label, last: int | None) -> bool:
    """Whether a label continues a count whose last number is `last`, or begins one."""
    if last is None or label.ordinal == 1:
        return True
    return last <= label.ordinal <= last + 1 + LARGEST_GAP
