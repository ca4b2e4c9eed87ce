"""Blocks in, outline out: which blocks are labelled, at which depth, and what counts up.

A level is a run of one label style that counts up; levels nest by where one style begins inside another. Whether a
block is labelled is decided by the sequence and not by the single line: a lone "3." is no label, and "(i)" is the
letter or the numeral that continues a count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from extract.labels import Label, labels_of
from extract.plan import Problem
from extract.reading import Block

# A gap of this many numbers is a mistake of the text; a larger one means that the line does not belong to the count.
LARGEST_GAP = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled block: its index among the blocks, where its own text ends, its label, and its depth from 0.

    `end` is the index of the next labelled block, or the number of blocks.
    """

    block: int
    end: int
    label: Label
    depth: int


def read_outline(blocks: Sequence[Block]) -> tuple[list[Item], list[Problem]]:
    """The labelled blocks in the text's order, and the places where a count is broken."""
    chosen = _choose(blocks)
    often = Counter(label.style for _, label in chosen)
    items: list[Item] = []
    problems: list[Problem] = []
    open_styles: list[str] = []
    last: dict[str, int] = {}
    for index, label in chosen:
        if often[label.style] < 2:
            continue
        if label.style in open_styles:
            del open_styles[open_styles.index(label.style) + 1 :]
        else:
            open_styles.append(label.style)
        expected = last.get(label.style, 0) + 1
        if label.ordinal not in (1, expected) and label.style in last:
            problems.append(Problem(_broken(label, expected), blocks[index].start))
        last[label.style] = label.ordinal
        items.append(Item(index, len(blocks), label, len(open_styles) - 1))
    ends = [item.block for item in items[1:]] + [len(blocks)]
    return [replace(item, end=end) for item, end in zip(items, ends, strict=True)] if items else [], problems


def _choose(blocks: Sequence[Block]) -> list[tuple[int, Label]]:
    """For each block the label that continues or begins a count, where one does."""
    last: dict[str, int] = {}
    chosen = []
    for index, block in enumerate(blocks):
        options = [label for label in labels_of(block.text) if _fits(label, last.get(label.style))]
        if options:
            label = min(options, key=lambda option: (option.ordinal - 1 != last.get(option.style), option.ordinal != 1))
            last[label.style] = label.ordinal
            chosen.append((index, label))
    return chosen


def _fits(label: Label, last: int | None) -> bool:
    if last is None or label.ordinal == 1:
        return True
    return last <= label.ordinal <= last + 1 + LARGEST_GAP


def _broken(label: Label, expected: int) -> str:
    if label.ordinal < expected:
        return f"label {label.text} is repeated"
    missing = ", ".join(map(str, range(expected, label.ordinal)))
    return f"before {label.text} of the numbering is missing: {missing}"
