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
HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
NOTE_MARK = re.compile(r"[\d*†‡,\s]{1,5}")
# Units that are written with a raised number; any other raised number refers to a note.
UNIT = re.compile(r"(?:^|[\s\d(/])(?:[kcmd]?m|ft|mi|CO|NO|[A-Z])$")


@dataclass(slots=True)
class Run:
    """Words that stand side by side in a line, from `left` to `right`, on `base`.

    `size` is that of most of its letters, in points. `bold` and `styled` say that all of it is bold, or bold or
    italic; `starts_bold` that its first word is. `mark` is the text of its first letters if these stand in a font of
    their own, and `fonts` are the fonts of the mark and of the rest.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    styled: bool = False
    starts_bold: bool = False
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


def form_runs(letters: Sequence[Letter]) -> list[Run]:
    """The runs of words that letters form, from top to bottom and from left to right."""
    pieces = [piece for line in _group_by_base(letters) for piece in _split_at_gaps(line)]
    return [run for piece in _attach_raised(pieces) if (run := _make_run(piece)) is not None]


def _group_by_base(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """The letters that stand on one base, from left to right."""
    line: list[Letter] = []
    for letter in sorted(letters, key=lambda letter: letter.base):
        if line and letter.base - line[0].base > SAME_BASE * min(letter.size, line[0].size):
            yield sorted(line, key=lambda letter: letter.left)
            line = []
        line.append(letter)
    if line:
        yield sorted(line, key=lambda letter: letter.left)


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
    sizes = Counter(round(letter.size, 1) for piece in pieces for letter in piece)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    small = [len(piece) <= LONGEST_RAISED and piece[0].size <= SMALL_LETTER * usual for piece in pieces]
    kept = [piece for piece, is_small in zip(pieces, small, strict=True) if not is_small]
    hosts = sorted(kept, key=lambda piece: piece[0].base)
    bases = [piece[0].base for piece in hosts]
    for piece in itertools.compress(pieces, small):
        host = _find_host(piece[0], hosts, bases)
        if host is None:
            kept.append(piece)
            continue
        before = "".join(letter.text for letter in host if letter.right <= piece[0].left + piece[0].size)[-4:]
        is_note = piece[0].base < host[0].base and _is_note_mark(piece, before)
        host += [replace(letter, text="", base=host[0].base) for letter in piece] if is_note else piece
        host.sort(key=lambda letter: letter.left)
    return kept


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


def _make_run(letters: Sequence[Letter]) -> Run | None:
    """A run of words; None if it holds only spaces."""
    words = _join_letters(letters)
    visible = [letter for letter in letters if not letter.text.isspace()]
    if not visible or not words:
        return None
    size = Counter(round(letter.size, 1) for letter in visible).most_common(1)[0][0]
    base = Counter(round(letter.base, 1) for letter in visible).most_common(1)[0][0]
    first = visible[0].font
    mark = list(itertools.takewhile(lambda letter: letter.font is first, visible))
    rest = visible[len(mark)].font if len(mark) < len(visible) else None
    return Run(
        words,
        visible[0].left,
        max(letter.right for letter in visible),
        base,
        size,
        styled=all(letter.font.bold or letter.font.italic for letter in visible),
        starts_bold=first.bold,
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
