"""Letters in, runs of words out: which letters stand in one line, and where a space belongs between them.

Letters stand in one line if they stand on one base, whatever their fonts. Many programs print no spaces, or print them
anywhere: where a gap is wide enough for the letters beside it, there is one.
"""

from __future__ import annotations

import itertools
import re
import statistics
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extract.reading.pdf_letters import Font, Letter

# As multiples of the letter size: how far the bases of one line may differ; the gap between two words, beyond the
# usual gap between the line's letters; the same beside a Chinese character; the gap at which a run of words ends.
SAME_BASE, WORD_GAP, HAN_GAP, RUN_GAP = 0.2, 0.17, 0.7, 0.75
# Size of a raised or lowered letter, as a multiple of its neighbour's, at most; how far it may stand above or below, as
# a multiple of its own; the number of letters together, and of lines near by that it may belong to.
SMALL_LETTER, RAISED, LONGEST_RAISED, MOST_HOSTS = 0.8, 0.9, 8, 200
# Number of pieces on a page up to which bullets and raised letters are looked for; a page of small print has 2,000.
MOST_PIECES = 6_000
# Ratio of two letters' sizes from which on they are no letters of one run.
SAME_SIZE = 1.5
# Length in characters of a bullet or label that stands before its line; how far it may stand from it and how much
# higher or lower, and how far a label stands from what is before it, as multiples of its size.
LONGEST_MARK, MARK_GAP, MARK_BASE, LABEL_CLEAR = 6, 3.5, 0.6, 3.0
LABEL = re.compile(r"[•▪●◦○■□➢❖·‣⁃∙◆◇▶►▸➤➔✓✔★☆–—\ue000-\uf8ff\ufffd-]|[(（]?[\w.]{1,5}[)）.、:]")
HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
NOTE_MARK = re.compile(r"[\d*†‡,\s]{1,5}")
# Units that are written with a raised number; any other raised number refers to a note.
UNIT = re.compile(r"(?:^|[\s\d(/])(?:[kcmd]?m|ft|mi|CO|NO|[A-Z])$")


@dataclass(slots=True)
class Run:
    """Words that stand side by side in a line, from `left` to `right`, on `base`.

    `size` is that of most of its letters, in points. `styled` says that all of it is bold or italic, `starts_styled`
    and `ends_styled` that its first and last letter are. `ink` is the colour of all its letters. `mark` is the text of
    its first letters if these stand in a font of their own, and `fonts` are the fonts of the first letter and of what
    follows the mark.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    styled: bool = False
    starts_styled: bool = False
    ends_styled: bool = False
    ink: str | None = None
    mark: str = ""
    fonts: tuple[Font, ...] = ()

    @property
    def top(self) -> float:
        """The upper edge of its letters."""
        return self.base - 0.8 * self.size

    @property
    def bottom(self) -> float:
        """The lower edge of its letters."""
        return self.base + 0.2 * self.size


def make_runs(letters: Sequence[Letter]) -> list[Run]:
    """The runs of words that letters form, from top to bottom and from left to right."""
    pieces = [piece for line in _group_by_base(letters) for piece in _split_at_gaps(line)]
    if len(pieces) <= MOST_PIECES:
        pieces = _attach_marks(_attach_raised(pieces))
    return [run for piece in pieces if (run := _make_run(piece)) is not None]


def _group_by_base(letters: Sequence[Letter]) -> list[list[Letter]]:
    """The letters of about one size that stand on one base, from left to right."""
    lines: list[list[Letter]] = []
    near: list[list[Letter]] = []  # those that the next letter may belong to
    for letter in sorted(letters, key=lambda letter: letter.base):
        near = [line for line in near if letter.base - line[0].base <= SAME_BASE * line[0].size]
        line = next((line for line in near if _is_in_line(letter, line[0])), None)
        if line is None:
            line = []
            lines.append(line)
            near.append(line)
        line.append(letter)
    return [sorted(line, key=lambda letter: letter.left) for line in lines]


def _is_in_line(letter: Letter, other: Letter) -> bool:
    smaller, larger = sorted((letter.size, other.size))
    return larger <= SAME_SIZE * smaller and letter.base - other.base <= SAME_BASE * smaller


def _split_at_gaps(line: Sequence[Letter]) -> Iterator[list[Letter]]:
    """The parts of a line between wide gaps; spaces at their ends are left out."""
    piece: list[Letter] = []
    for letter in line:
        if letter.text.isspace() and not piece:
            continue
        if piece and not letter.text.isspace():
            before = next(other for other in reversed(piece) if not other.text.isspace())
            if letter.left - before.right > RUN_GAP * max(letter.size, before.size):
                yield piece
                piece = []
        piece.append(letter)
    if piece:
        yield piece


def _attach_raised(pieces: Sequence[list[Letter]]) -> list[list[Letter]]:
    """The pieces, with raised and lowered small ones as parts of those beside them; references to notes left out."""
    hosts = sorted(pieces, key=lambda piece: piece[0].base)
    bases = [piece[0].base for piece in hosts]
    attached = set[int]()
    for piece in pieces:
        host = _find_host(piece[0], hosts, bases) if len(piece) <= LONGEST_RAISED else None
        if host is None or id(host) in attached:
            continue
        attached.add(id(piece))
        before = "".join(letter.text for letter in host if letter.right <= piece[0].left + piece[0].size)[-4:]
        is_note = piece[0].base < host[0].base and _is_note_mark(piece, before)
        host += [replace(letter, text="", base=host[0].base) for letter in piece] if is_note else piece
        host.sort(key=lambda letter: letter.left)
    return [piece for piece in pieces if id(piece) not in attached]


def _find_host(first: Letter, hosts: Sequence[list[Letter]], bases: Sequence[float]) -> list[Letter] | None:
    """The piece that a raised or lowered letter belongs to: it stands within the piece or at its end."""
    reach = RAISED * first.size
    start = bisect_left(bases, first.base - reach)
    for host in hosts[start : start + MOST_HOSTS]:
        if host[0].base > first.base + reach:
            return None
        slack = 0.3 * host[0].size
        if first.size <= SMALL_LETTER * host[0].size and host[0].left < first.left <= host[-1].right + slack:
            return host
    return None


def _is_note_mark(piece: Sequence[Letter], before: str) -> bool:
    """Whether a raised piece refers to a note: a number, but not one that belongs to the unit before it."""
    return bool(NOTE_MARK.fullmatch("".join(letter.text for letter in piece))) and not UNIT.search(before)


def _attach_marks(pieces: list[list[Letter]]) -> list[list[Letter]]:
    """The pieces, with the bullets and labels that begin a line as the beginning of the piece to their right.

    A bullet in a font of its own may stand higher or lower than its line.
    """
    by_base = sorted(pieces, key=lambda piece: piece[0].base)
    bases = [piece[0].base for piece in by_base]
    attached = set[int]()
    for piece in by_base:
        text = "".join(letter.text for letter in piece).strip()
        if len(text) > LONGEST_MARK or not text:
            continue
        size = piece[0].size
        start = bisect_left(bases, piece[0].base - MARK_BASE * size)
        beside = [
            other
            for other in by_base[start : start + MOST_HOSTS]
            if abs(other[0].base - piece[0].base) <= MARK_BASE * size
            and other is not piece
            and id(other) not in attached
        ]
        right = [other for other in beside if 0 < other[0].left - piece[-1].right <= MARK_GAP * size]
        if not right:
            continue
        host = min(right, key=lambda other: (other[0].left, abs(other[0].base - piece[0].base)))
        if LABEL.fullmatch(text):
            clear = LABEL_CLEAR
        elif len(text) <= 2 and not text.isdigit() and piece[0].font != host[0].font:
            clear = RUN_GAP
        else:
            continue
        if not any(0 <= piece[0].left - other[-1].right <= clear * size for other in beside):
            attached.add(id(piece))
            gap = Letter(" ", piece[-1].right, host[0].left, host[0].base, size, piece[-1].font)
            host[:0] = [*(replace(letter, base=host[0].base) for letter in piece), gap]
    return [piece for piece in pieces if id(piece) not in attached]


def _make_run(letters: Sequence[Letter]) -> Run | None:
    """A run of words; None if it holds only spaces."""
    words = _join_letters(letters)
    visible = [letter for letter in letters if not letter.text.isspace()]
    if not visible or not words:
        return None
    size = Counter(round(letter.size, 1) for letter in visible).most_common(1)[0][0]
    base = Counter(round(letter.base, 1) for letter in visible).most_common(1)[0][0]
    first = visible[0].font
    mark = list(itertools.takewhile(lambda letter: letter.font == first, visible))
    rest = visible[len(mark)].font if len(mark) < len(visible) else None
    return Run(
        words,
        visible[0].left,
        max(letter.right for letter in visible),
        base,
        size,
        styled=all(letter.font.bold or letter.font.italic for letter in visible),
        starts_styled=first.bold or first.italic,
        ends_styled=visible[-1].font.bold or visible[-1].font.italic,
        ink=first.ink if all(letter.font.ink == first.ink for letter in visible) else None,
        mark="".join(letter.text for letter in mark) if rest and len(mark) <= 2 else "",
        fonts=(first, rest) if rest else (first,),
    )


def _join_letters(letters: Sequence[Letter]) -> str:
    """The words of a run: its letters, with single spaces where there are spaces or gaps as wide."""
    gaps = [
        (after.left - before.right) / max(before.size, after.size, 0.1)
        for before, after in itertools.pairwise(letters)
        if not before.text.isspace() and not after.text.isspace()
    ]
    usual = max(0.0, statistics.median(gaps)) if len(gaps) > 3 else 0.0
    if usual > WORD_GAP and not any(letter.text.isspace() for letter in letters):
        usual = min(usual, 0.5)
    else:
        usual = min(usual, WORD_GAP)
    parts = [letters[0].text]
    for before, after in itertools.pairwise(letters):
        gap = (after.left - before.right) / max(before.size, after.size, 0.1)
        wide = HAN_GAP if HAN.match(after.text) or HAN.match(before.text[-1:]) else WORD_GAP
        if gap > usual + wide and not before.text.isspace() and not after.text.isspace():
            parts.append(" ")
        parts.append(after.text)
    return " ".join("".join(parts).split())
