"""The bytes of a PDF in, its pages out: letters and ruled lines with their positions. pdfminer interprets the pages.

Positions are in points, from the upper left corner of the page as it is shown. A page that is damaged does not end the
reading of the others.
"""

from __future__ import annotations

import io
import itertools
import logging
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdffont import PDFFont, PDFType3Font, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import decode_text

from extract.reading.characters import normalise_characters
from extract.reading.pdf_limits import Budget

# Number of pages, and of ruled lines on a page, that are read. The longest plans have 1,000 pages.
MOST_PAGES, MOST_RULES = 3_000, 20_000
# Thickness in points up to which a filled area is a ruled line.
THICKEST_RULE = 3.0
# Length in points from which on a line is a ruled line, and by which its ends may differ across it.
SHORTEST_RULE, SLANT = 4.0, 1.0
# Length of a string from which on it may be printed again as a shadow, how far from it, as a multiple of the letter
# size, and how many earlier strings are looked at.
SHORTEST_SHADOW, SHADOW, MOST_SHADOWS = 2, 0.4, 20
# A letter that has no known character.
UNKNOWN = "\ufffd"
# Weight of a font's descriptor from which on it is bold; the flags that say bold and italic.
BOLD_WEIGHT, BOLD_FLAG, ITALIC_FLAG = 600, 1 << 18, 1 << 6
BOLD_NAME = re.compile(r"bold|black|heavy|semibold|simhei|heiti|xiaobiaosong|xbs", re.IGNORECASE)
ITALIC_NAME = re.compile(r"italic|oblique", re.IGNORECASE)
# Fonts whose letters are pictures: what they extract as has no meaning.
PICTURE_NAME = re.compile(r"wingdings|webdings|dingbats|symbol|marlett|(?<![a-z])icon", re.IGNORECASE)
_Box = tuple[float, float, float, float]
logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns of every unusual font; the text is read all the same


@dataclass(frozen=True, slots=True)
class Font:
    """A font: its name, and how its letters look. `pictures` says that its letters are bullets and other pictures.

    `ink` is the colour in which it is printed, as the page names it.
    """

    name: str
    bold: bool = False
    italic: bool = False
    pictures: bool = False
    ink: str = ""


@dataclass(slots=True)
class Letter:
    """A letter, or several that one glyph shows: from `left` to `right`, standing on `base`."""

    text: str
    left: float
    right: float
    base: float
    size: float
    font: Font


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruled line, upright or level: at `at`, from `start` to `end`."""

    upright: bool
    at: float
    start: float
    end: float


@dataclass(slots=True)
class Page:
    """A page, counted from 0: its letters and ruled lines. `turned` are the letters left out as they are not level."""

    number: int
    width: float
    height: float
    letters: list[Letter] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    turned: int = 0


def open_pdf(content: bytes) -> tuple[PDFDocument, str | None]:
    """A PDF, and the title that its properties state. Raises what the library raises on damaged bytes."""
    document = PDFDocument(PDFParser(io.BytesIO(content)))
    title = resolve1(document.info[0].get("Title")) if document.info else None
    return document, normalise_characters(decode_text(title)) if isinstance(title, bytes) else None


def extract_pages(document: PDFDocument, budget: Budget) -> Iterator[Page]:
    """The pages of a PDF. `budget` records what is not read: the pages after a limit, or a damaged page."""
    resources = PDFResourceManager()
    fonts: dict[int, _Glyphs] = {}
    pages = PDFPage.create_pages(document)
    number = 0
    while True:
        try:
            content = next(pages)
        except StopIteration:
            return
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 — on damaged bytes the library raises errors of any kind
            if not budget.reasons:
                budget.refuse(f"the list of its pages is damaged ({_describe_error(error)})")
            return
        if number == MOST_PAGES:
            budget.refuse(f"it has more than {MOST_PAGES:,} pages")
            return
        page = _read_page(content, _Collector(resources, number, budget, fonts), budget)
        if budget.reasons:  # the library may have gone on without what was refused
            return
        number = budget.pages_read = number + 1
        yield page


def _read_page(content: PDFPage, device: _Collector, budget: Budget) -> Page:
    """A page; of a damaged one the letters before the damage, and `budget` has a note that names it."""
    budget.begin_page()
    reason = ""
    try:
        PDFPageInterpreter(device.rsrcmgr, device).process_page(content)
    except MemoryError:  # the worker's limit, which is its business
        raise
    except Exception as error:  # noqa: BLE001 — as above
        reason = _describe_error(error)
    if (reason or budget.damaged_streams) and not budget.reasons:
        words = reason or "a part of it cannot be unpacked"
        budget.record_note(f"page {device.number + 1} of the PDF is damaged and not read whole: {words}")
    return device.finish_page()


def _describe_error(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__


def _describe_font(font: PDFFont) -> Font:
    """How a font's letters look, by its name and descriptor."""
    name = str(getattr(font, "fontname", "") or getattr(font, "basefont", ""))
    name = name.split("+", 1)[-1] if re.match(r"[A-Z]{6}\+", name) else name
    weight = resolve1(font.descriptor.get("FontWeight"))
    bold = (
        bool(BOLD_NAME.search(name))
        or bool(font.flags & BOLD_FLAG)
        or (isinstance(weight, int | float) and weight >= BOLD_WEIGHT)
    )
    italic = bool(ITALIC_NAME.search(name)) or bool(font.flags & ITALIC_FLAG)
    return Font(name, bold, italic, bool(PICTURE_NAME.search(name)))


@dataclass(slots=True)
class _Glyphs:
    """What the letters of a font are, by their codes: the text and the width, as a multiple of the letter size."""

    font: PDFFont
    look: Font
    scale: float
    by_ink: dict[object, Font] = field(default_factory=dict)
    by_code: dict[int, tuple[str, float]] = field(default_factory=dict)

    def describe(self, ink: object) -> Font:
        """How the letters look in a colour."""
        try:
            font = self.by_ink.get(ink)
        except TypeError:  # a damaged colour
            return self.look
        if font is None:
            font = self.by_ink[ink] = replace(self.look, ink=str(ink)[:80])
        return font

    def read_glyph(self, code: int) -> tuple[str, float]:
        """The text and width of a letter."""
        glyph = self.by_code.get(code)
        if glyph is None:
            try:
                text = normalise_characters(str(self.font.to_unichr(code)))
            except PDFUnicodeNotDefined:
                text = UNKNOWN
            glyph = self.by_code[code] = (text, self.font.char_width(code))
        return glyph


def _measure_font(font: PDFFont) -> float:
    """The height of a font's letters, as a multiple of its size: 1 but for fonts that are drawn in their own units."""
    if not isinstance(font, PDFType3Font):
        return 1.0
    height = abs(font.matrix[3]) * abs(font.bbox[3] - font.bbox[1])
    return height if height > 0 else 1.0


class _Collector(PDFTextDevice):
    """Collects the letters and ruled lines of a page while the page is interpreted.

    `_placed` are the letters by where they stand, so that a letter that is printed twice, to look bold, is kept once.
    `_hidden` counts the open marks of running heads and feet.
    """

    def __init__(self, resources: PDFResourceManager, number: int, budget: Budget, fonts: dict[int, _Glyphs]) -> None:
        super().__init__(resources)
        self.number, self._budget, self._fonts = number, budget, fonts
        # letters as text, origin, direction along the line, size, font
        self._raw: list[tuple[str, float, float, float, float, float, Font]] = []
        self._rules: list[tuple[float, float, float, float]] = []
        self._panels: list[tuple[float, float, float, float]] = []
        self._strings: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._tags: list[bool] = []
        self._box = (0.0, 0.0, 612.0, 792.0)

    # what the interpreter calls

    def begin_page(self, page: PDFPage, ctm: Sequence[float]) -> None:
        """Note the box of the page that is shown."""
        x0, y0, x1, y1 = _find_common_box(page.cropbox, page.mediabox)
        (left, low), (right, high) = _apply(ctm, x0, y0), _apply(ctm, x1, y1)
        self._box = (min(left, right), min(low, high), max(left, right), max(low, high))

    def begin_tag(self, tag: PSLiteral, props: Any = None) -> None:
        """Note whether what follows is marked as a running head or foot."""
        kind = resolve1(props.get("Type")) if isinstance(props, dict) else None
        self._tags.append(str(tag.name) == "Artifact" and isinstance(kind, PSLiteral) and kind.name == "Pagination")

    def end_tag(self) -> None:
        """Note the end of a mark."""
        if self._tags:
            self._tags.pop()

    def paint_path(self, state: Any, stroke: bool, fill: bool, evenodd: bool, path: Sequence[Any]) -> None:  # noqa: ARG002, FBT001 — the interpreter's call
        """Keep the ruled lines of a path."""
        if (not stroke and not fill) or self.ctm is None:
            return
        for points in _split_path(path):
            placed = [_apply(self.ctm, x, y) for x, y in points]
            if stroke:
                for (x0, y0), (x1, y1) in itertools.pairwise(placed):
                    self._add_rule(x0, y0, x1, y1)
            elif len(placed) in {4, 5}:
                self._add_panel(placed)

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        """Keep the letters of a string, unless it is printed again beside itself, as a shadow."""
        start = len(self._raw)
        super().render_string(textstate, seq, ncs, graphicstate)
        text = "".join(letter[0] for letter in self._raw[start:]).strip()
        if len(text) < SHORTEST_SHADOW:
            return
        _, x, y, _, _, size, _ = self._raw[start]
        for other_x, other_y in self._strings[text][-MOST_SHADOWS:]:
            if abs(x - other_x) <= SHADOW * size and abs(y - other_y) <= SHADOW * size:
                del self._raw[start:]
                return
        self._strings[text].append((x, y))

    def render_char(  # noqa: PLR0917 — the interpreter's call
        self,
        matrix: Sequence[float],
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,  # noqa: ARG002
        graphicstate: Any,
    ) -> float:
        """Keep a letter; its advance."""
        glyphs = self._fonts.get(id(font))
        if glyphs is None:
            glyphs = self._fonts[id(font)] = _Glyphs(font, _describe_font(font), _measure_font(font))
        text, width = glyphs.read_glyph(cid)
        advance = width * fontsize * scaling
        if text and not any(self._tags):
            a, b, c, d, x, y = matrix
            size = abs(fontsize) * glyphs.scale * math.hypot(c, d)
            font_in_ink = glyphs.describe(graphicstate.ncolor)
            along = advance if not font.is_vertical() else abs(fontsize)
            self._raw.append((text, x + c * rise, y + d * rise, a * along, b * along, size, font_in_ink))
        return advance

    def _add_rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if max(abs(x1 - x0), abs(y1 - y0)) >= SHORTEST_RULE and min(abs(x1 - x0), abs(y1 - y0)) <= SLANT:
            if len(self._rules) < MOST_RULES:
                self._rules.append((x0, y0, x1, y1))
            else:
                self._budget.record_note(f"ruled lines above the {MOST_RULES:,}th of a page are left out")

    def _add_panel(self, points: Sequence[tuple[float, float]]) -> None:
        """Keep a filled area: a thin one is a ruled line."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
        if x1 - x0 <= THICKEST_RULE:
            self._add_rule((x0 + x1) / 2, y0, (x0 + x1) / 2, y1)
        elif y1 - y0 <= THICKEST_RULE:
            self._add_rule(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)
        elif len(self._panels) < MOST_RULES:
            self._panels.append((x0, y0, x1, y1))

    # what the page yields

    def finish_page(self) -> Page:
        """The page, turned so that most of its letters are level."""
        turns = Counter(_find_turn(across, up) for _, _, _, across, up, _, _ in self._raw)
        turn = turns.most_common(1)[0][0] if turns else 0
        x0, y0, x1, y1 = self._box
        width, height = (x1 - x0, y1 - y0) if turn in {0, 2} else (y1 - y0, x1 - x0)
        page = Page(self.number, width, height)
        page.turned = sum(count for other, count in turns.items() if other != turn)
        page.letters = list(self._place_letters(turn if turn >= 0 else 0, page))
        for ax, ay, bx, by in (*self._rules, *_list_shared_edges(self._panels)):
            (left, top), (right, bottom) = self._convert_point(turn, ax, ay), self._convert_point(turn, bx, by)
            upright = abs(right - left) < abs(bottom - top)
            at, ends = ((left + right) / 2, (top, bottom)) if upright else ((top + bottom) / 2, (left, right))
            if all(map(math.isfinite, (at, *ends))):
                page.rules.append(Rule(upright, at, min(ends), max(ends)))
        return page

    def _place_letters(self, turn: int, page: Page) -> Iterator[Letter]:
        placed: set[tuple[str, float, int, int]] = set()
        for text, x, y, across, up, size, font in self._raw:
            if not all(map(math.isfinite, (x, y, across, up, size))):
                self._budget.record_note("letters that stand nowhere on their page are left out")
                continue
            if size <= 0 or _find_turn(across, up) != turn:
                continue
            left, base = self._convert_point(turn, x, y)
            right = left + math.hypot(across, up)
            if right < 0 or left > page.width or not -1 < base < page.height + size:
                continue  # cut off by the page's edge
            if not text.isspace():
                grid = size / 8
                keys = [(text, size, int(left / grid + half), int(base / grid + half)) for half in (0.0, 0.5)]
                if any(key in placed for key in keys):
                    continue
                placed.update(keys)
            yield Letter(text, left, right, base, size, font)

    def _convert_point(self, turn: int, x: float, y: float) -> tuple[float, float]:
        """A point's distance from the left and upper edge of the page, turned by so many quarters."""
        x0, y0, x1, y1 = self._box
        return ((x - x0, y1 - y), (y - y0, x - x0), (x1 - x, y - y0), (y1 - y, x1 - x))[turn]


def _find_turn(across: float, up: float) -> int:
    """By how many quarters, counter-clockwise, a line of letters is turned; -1 for anything between."""
    if abs(up) <= 0.2 * abs(across) or across == up == 0:
        return 0 if across >= 0 else 2
    if abs(across) <= 0.2 * abs(up):
        return 1 if up > 0 else 3
    return -1


def _apply(matrix: Sequence[float], x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _find_common_box(box: Sequence[float], limits: Sequence[float]) -> tuple[float, float, float, float]:
    """The part of a box within another; the other where they do not meet."""
    x0, x1 = max(min(box[0], box[2]), min(limits[0], limits[2])), min(max(box[0], box[2]), max(limits[0], limits[2]))
    y0, y1 = max(min(box[1], box[3]), min(limits[1], limits[3])), min(max(box[1], box[3]), max(limits[1], limits[3]))
    if x1 > x0 and y1 > y0:
        return x0, y0, x1, y1
    return min(limits[0], limits[2]), min(limits[1], limits[3]), max(limits[0], limits[2]), max(limits[1], limits[3])


def _split_path(path: Sequence[Any]) -> Iterator[list[tuple[float, float]]]:
    """The points of each part of a path that has no curves; a closed part ends where it began."""
    points: list[tuple[float, float]] = []
    straight = True
    for step in path:
        if step[0] == "m":
            if straight and len(points) > 1:
                yield points
            points, straight = [(step[1], step[2])], True
        elif step[0] == "l":
            points.append((step[1], step[2]))
        elif step[0] == "h" and points:
            points.append(points[0])
        else:
            straight = False
    if straight and len(points) > 1:
        yield points


def _list_shared_edges(
    panels: Sequence[tuple[float, float, float, float]],
) -> Iterator[tuple[float, float, float, float]]:
    """The edges of filled areas that meet others along a whole edge, as the shaded cells of a table do."""
    sides: list[list[tuple[object, ...]]] = []
    for x0, y0, x1, y1 in panels:
        x_start, y_start, x_end, y_end = (round(at / 2) for at in (x0, y0, x1, y1))
        upright, level = (y_start, y_end), (x_start, x_end)
        sides.append([("x", x_start, *upright), ("x", x_end, *upright), ("y", y_start, *level), ("y", y_end, *level)])
    counts = Counter(key for keys in sides for key in keys)
    for (x0, y0, x1, y1), keys in zip(panels, sides, strict=True):
        if any(counts[key] > 1 for key in keys):
            yield from ((x0, y0, x0, y1), (x1, y0, x1, y1), (x0, y0, x1, y0), (x0, y1, x1, y1))
