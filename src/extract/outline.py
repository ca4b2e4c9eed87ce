"""Blocks in, outline out: which blocks are labelled or headings, what counts up, and what lies inside what.

A level is a run of one label style that counts up; levels nest by where one style begins inside another. Whether a
block is labelled is decided by the sequence and not by the single line: a lone "3." is no label, and "(i)" is the
letter or the numeral that continues a count. A heading without a label is a part of the outline too.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from extract.labels import Label, labels_of
from extract.lexicon.rows import Lexicon
from extract.plan import Problem
from extract.reading.blocks import BOLD_LINE, HEADING, ROW, Block
from extract.sentences import letters_of

# A gap of this many numbers is a mistake of the text; a larger one means that the line does not belong to the count.
LARGEST_GAP = 3
# From this many lines on that all stand again further down, they are a table of contents.
FEWEST_IN_CONTENTS = 3
LONGEST_BOX_TITLE = 60
LEADERS = re.compile(r"(?:\.{4,}|…{2,}|·{4,}|(?:\. ){4,})\s*\d*\s*$")
# The heading of a section whose first item stands on the same line is no longer than this.
LONGEST_INLINE_HEADING = 80
# How often a word before a colon opens headings of one level for it to be their label, as "Principle:".
FEWEST_OF_A_WORD = 2
UNLABELLED = "heading"
# Styles of which one never lies in a later one.
RANKS = {"part": 1, "chapter": 2, "section": 3}
IN_HEADINGS = " in headings"


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled block or heading: its index among the blocks, its label, its depth from 0, and what it lies in.

    `parent` is the index of an item before it, or None. The label of a heading without one is empty, and its style
    begins with `UNLABELLED`.
    """

    block: int
    label: Label
    depth: int
    parent: int | None

    @property
    def is_labelled(self) -> bool:
        """Whether the document gives it a label of its own."""
        return not self.label.style.startswith(UNLABELLED)


@dataclass(slots=True)
class _OpenLevel:
    """A level that is open where the outline stands: its style, the level of its headings or 0, its last item."""

    style: str
    heading: int
    item: int


@dataclass(frozen=True, slots=True)
class _RestartedCount:
    """A count that began anew: the block where it did, and the number that its style had come to before."""

    start: int
    previous: int


@dataclass(slots=True)
class _State:
    """What the outline knows on its way down."""

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    open: list[_OpenLevel] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)
    headings: Counter[str] = field(default_factory=Counter)


def read_outline(blocks: Sequence[Block], lexicon: Lexicon) -> tuple[list[Item], list[Problem]]:
    """The outline's items in the text's order, and the places where a count is broken."""
    chosen = _choose_labels(blocks, lexicon)
    often = Counter(label.style for _, label in chosen)
    state = _State()
    for index, label in chosen:
        block = blocks[index]
        if often[label.style] > 1 or label.style.startswith(UNLABELLED):
            _add_item(state, index, label, block)
        elif block.kind == HEADING:  # a number that nothing counts on from, as the only chapter at hand has
            _add_item(state, index, replace(label, style=f"{UNLABELLED} {block.level}"), block)
    return state.items, state.problems


def split_lines(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, with those parted that hold a section's heading and its first item, as "Sec. 2. Roads. (a) The …"."""
    for block in blocks:
        at = _find_second_label(block)
        if at is None:
            yield block
        else:
            yield replace(block, text=block.text[:at].rstrip())
            yield from split_lines([replace(block, text=block.text[at:], start=block.start + at)])


def join_lines(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, with a label that stands on a line of its own joined to the paragraph below it."""
    waiting: Block | None = None
    for block in blocks:
        if waiting is not None:
            if block.kind not in (HEADING, ROW) and not labels_of(block.text):
                yield replace(waiting, text=text[waiting.start : block.end])
                waiting = None
                continue
            yield waiting
            waiting = None
        if any(label.length == len(block.text) for label in labels_of(block.text)) and block.kind != ROW:
            waiting = block
        else:
            yield block
    if waiting is not None:
        yield waiting


def _find_second_label(block: Block) -> int | None:
    """Where in a labelled line another count begins, after a first sentence as short as a heading."""
    if block.kind == ROW or not (labels := labels_of(block.text[: 2 * LONGEST_INLINE_HEADING])):
        return None
    for end in re.finditer(
        r"(?<=[.。])\s*(?=[(（①])", block.text[labels[0].length : labels[0].length + LONGEST_INLINE_HEADING]
    ):
        at = labels[0].length + end.end()
        if any(label.ordinal == 1 for label in labels_of(block.text[at : at + 40])) and at > labels[0].length:
            return at
    return None


def _add_item(state: _State, index: int, label: Label, block: Block) -> None:
    """Put one item under the level that it continues, or into a new level of its own."""
    level = block.level if block.kind == HEADING else 0
    depth = next((depth for depth, one in enumerate(state.open) if one.style == label.style), None)
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
    """Whether a heading of that level ends an open level: a smaller heading always, and plain lines below one."""
    if level == BOLD_LINE:
        return open_level.heading == BOLD_LINE and label.style.startswith(UNLABELLED)
    return open_level.heading == 0 or open_level.heading >= level


def _check_count(state: _State, label: Label, block: Block) -> None:
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
    """For each block the label that continues or begins a count, or its being a heading."""
    counts = _Counts(blocks)
    in_contents = _find_contents(blocks, counts.options)
    words = _find_heading_words(blocks, counts.options)
    boxed: dict[str, int] | None = None
    for index, block in enumerate(blocks):
        if index in in_contents or counts.is_sentence_continuation(index):
            continue
        if lexicon.boxes.match(block.text) and len(block.text) <= LONGEST_BOX_TITLE:
            boxed = {}
            continue
        label = counts.choose_label(index)
        if label is not None and boxed is not None and _is_in_box(label, boxed):
            boxed[label.style] = label.ordinal
        elif label is not None:
            boxed = None
            counts.take_label(index, label)
        elif block.kind == HEADING and boxed is None and _is_title(block.text):
            counts.chosen.append((index, _label_heading(block, words)))
    return counts.chosen


class _Counts:
    """The counts that are open while the blocks are walked through, and what was chosen so far."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.options = [() if block.kind == ROW else labels_of(block.text) for block in blocks]
        self.separate_styles = _find_separate_styles(blocks, self.options)
        self.last: dict[str, int] = {}
        self.restarted: dict[str, _RestartedCount] = {}
        self.chosen: list[tuple[int, Label]] = []

    def choose_label(self, index: int) -> Label | None:
        """The label of a block that fits a count best, or None."""
        block = self.blocks[index]
        named = [_separate_heading_style(label, block, self.separate_styles) for label in self.options[index]]
        fitting = [
            label
            for label in named
            if _can_follow(label, self.last.get(label.style))
            and (label.style != "bare digits" or block.kind == HEADING)
        ]
        if fitting:
            return min(fitting, key=lambda one: (one.ordinal - 1 != self.last.get(one.style), one.ordinal != 1))
        return next((label for label in named if self._can_resume(label)), None)

    def take_label(self, index: int, label: Label) -> None:
        """Let a label count on; a list within a task that it shows to be over is no part of the outline."""
        if self._can_resume(label) and not _can_follow(label, self.last.get(label.style)):
            begun = self.restarted.pop(label.style).start
            while self.chosen and self.chosen[-1][0] >= begun:
                self.chosen.pop()
        elif label.ordinal == 1 and self.last.get(label.style, 0) > 1:
            self.restarted[label.style] = _RestartedCount(index, self.last[label.style])
        for style in [style for style in self.restarted if style != label.style]:
            del self.restarted[style]  # another count began in between: what was counted before it is over
        self.last[label.style] = label.ordinal
        self.chosen.append((index, label))

    def _can_resume(self, label: Label) -> bool:
        """Whether a label goes on with a count from before the list that began anew at 1."""
        run = self.restarted.get(label.style)
        return run is not None and run.previous < label.ordinal <= run.previous + 1 + LARGEST_GAP

    def is_sentence_continuation(self, index: int) -> bool:
        """Whether a labelled line goes on with the sentence above, as "such as: 1. a pier," in a style that counts."""
        text = self.blocks[index].text
        counting = [label for label in self.options[index] if label.style in self.last]
        if not index or not any(text[label.length : label.length + 1].islower() for label in counting):
            return False
        return bool(re.search(r"(?:[:：;；,，]|\b(?:and|or))\s*$", self.blocks[index - 1].text))


def _separate_heading_style(label: Label, block: Block, apart: set[str]) -> Label:
    """The label, of a style of its own where headings and plain lines count apart in one style."""
    if label.style in apart and block.kind == HEADING and block.level < BOLD_LINE:
        return replace(label, style=label.style + IN_HEADINGS)
    return label


def _is_in_box(label: Label, boxed: dict[str, int]) -> bool:
    """Whether a label counts inside a box and does not continue what was counted before it."""
    return label.ordinal == boxed.get(label.style, 0) + 1


def _find_separate_styles(blocks: Sequence[Block], options: Sequence[Sequence[Label]]) -> set[str]:
    """The styles in which the headings count up for themselves, and with the plain lines between them do not."""
    every, headed = defaultdict(list), defaultdict(list)
    for block, labels in zip(blocks, options, strict=True):
        for label in labels:
            every[label.style].append(label.ordinal)
            if block.kind == HEADING and block.level < BOLD_LINE:
                headed[label.style].append(label.ordinal)
    return {
        style
        for style, ordinals in headed.items()
        if 1 < len(ordinals) < len(every[style]) and _is_counting_up(ordinals) and not _is_counting_up(every[style])
    }


def _is_counting_up(ordinals: Sequence[int]) -> bool:
    return all(after in (1, before + 1) for before, after in itertools.pairwise(ordinals))


def _find_contents(blocks: Sequence[Block], options: Sequence[Sequence[Label]]) -> set[int]:
    """The blocks of a table of contents: a run of labelled lines or headings that all stand again further down."""
    keys = {
        index: letters_of(re.sub(r"[\s.…·]*\d*$", "", block.text))
        for index, block in enumerate(blocks)
        if (options[index] or block.kind == HEADING) and block.kind != ROW and len(block.text) < 200
    }
    final = {key: index for index, key in keys.items()}
    found = {index for index, block in enumerate(blocks) if LEADERS.search(block.text) and block.kind != ROW}
    run: list[int] = []
    for index, key in keys.items():
        again = final[key] > index and len(key) > 1
        if again and (not run or index - run[-1] <= 2):
            run.append(index)
            continue
        if len(run) >= FEWEST_IN_CONTENTS:
            found.update(run)
        run = [index] if again else []
    return found | set(run if len(run) >= FEWEST_IN_CONTENTS else ())


def _find_heading_words(blocks: Sequence[Block], options: Sequence[Sequence[Label]]) -> set[tuple[int, str]]:
    """The words that open many headings of one level before a colon, and so are their label."""
    often = Counter(
        (block.level, match[0])
        for block, labels in zip(blocks, options, strict=True)
        if block.kind == HEADING and not labels and (match := _match_word_before_colon(block.text))
    )
    return {key for key, count in often.items() if count >= FEWEST_OF_A_WORD}


def _match_word_before_colon(text: str) -> re.Match[str] | None:
    return re.match(r"[^\W\d][\w-]{1,20}\s?[:：]\s*(?=\S)", text)


def _label_heading(block: Block, words: set[tuple[int, str]]) -> Label:
    match = _match_word_before_colon(block.text)
    length = match.end() if match and (block.level, match[0]) in words else 0
    return Label(f"{UNLABELLED} {block.level}", 0, block.text[:length].strip(), length)


def _is_title(text: str) -> bool:
    """Whether a heading without a label names a section: it is no line that leads over to what follows."""
    return 1 < len(text) <= 200 and not re.search(r"[:：;；,，]\s*$", text)


def _can_follow(label: Label, last: int | None) -> bool:
    if last is None or label.ordinal == 1:
        return True
    return last <= label.ordinal <= last + 1 + LARGEST_GAP
