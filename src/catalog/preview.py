"""The picture that is shown where somebody shares a page: a title and a few numbers in, the bytes of a PNG out.

Messengers and social networks ask for a picture at a full address, so there are pictures only where the site's address
is known. One serves both languages. Letters are those of Pillow's own font, so that the same title gives the same
bytes on every machine with the same Pillow; it has little beyond ASCII, no Chinese above all. A title with a sign that
it lacks is not drawn, in whole or in part: the dataset's id stands in its place, and the page's own words beside the
picture carry the title.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from catalog.pages import Page, key_of, made_with
from catalog.rendering import HERE
from catalog.view import count_rows
from publish.release_index import ReleaseEntry

if TYPE_CHECKING:
    from PIL import Image, ImageDraw
    from PIL.ImageFont import FreeTypeFont

NAME = "preview.png"
WIDTH, HEIGHT = 1200, 630
LEFT, RIGHT = 96, WIDTH - 72
TITLE_TOP, TITLE_SIZE, TITLE_LEADING, MOST_LINES = 196, 68, 86, 3
FACTS_TOP, FACT_GAP = 500, 50
# More than three lines never show.
MOST_SIGNS = 400
CUT = "…"
# Signs that the font lacks, and what a typewriter has for them.
PLAIN = str.maketrans({"–": "-", "—": "-", "‑": "-"})
# No letter, so that every font draws it as its sign for what it has not.
NO_LETTER = "\U0010ffff"
TICK = "#ffcf5a"

# What each number counts, and the number.
Facts = Sequence[tuple[str, str]]


def preview_page(name: str, title: str, instead: str, facts: Facts) -> Page:
    """The picture as a page of that name below the root; it is made anew where a word or number of it changes."""
    key = key_of(made_with(), version("pillow"), title, instead, facts)
    return Page(name, key, partial(picture, title, instead, facts))


def counted(entries: Sequence[ReleaseEntry]) -> list[tuple[str, str]]:
    """When the newest of some versions was published, and how many plans, areas and tasks they have together."""
    totals: Counter[str] = Counter()
    for entry in entries:
        totals.update(dict(count_rows(entry)))
    newest = max((str(entry["published_at"])[:10] for entry in entries), default="")
    published = [("published", newest)] if newest else []
    return [*published, *(number_of("plans" if name == "documents" else name, n) for name, n in totals.items())]


def number_of(things: str, count: int) -> tuple[str, str]:
    """A number and the word for what it counts, which is given for many."""
    return things.removesuffix("s") if count == 1 else things, f"{count:,}"


def picture(title: str, instead: str, facts: Facts) -> bytes:
    """Draw a title, cut where three lines do not hold it, above a row of numbers.

    `instead` stands in place of a title that the font cannot write out.
    """
    from PIL import Image, ImageDraw  # only the pages of a site with an address need it

    colours = _colours()
    image = Image.new("RGB", (WIDTH, HEIGHT), colours["bg"])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 23, HEIGHT), fill=colours["accent"])
    image.paste(_icon(colours), (LEFT, 72))
    draw.text((LEFT + 80, 78), "policytasks", fill=colours["fg"], font=_font(40), stroke_width=0.6)
    large = _font(TITLE_SIZE)
    words = _plain(title)
    shown = words if _can_write(large, words) else instead
    for row, line in enumerate(_lines(large, shown)):
        at = (LEFT, TITLE_TOP + row * TITLE_LEADING)
        draw.text(at, line, fill=colours["fg"], font=large, stroke_width=0.8)
    _put_facts(draw, facts, colours)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)  # noqa: S101 (it is, of Pillow with FreeType, as on the index)
    return found


def _colours() -> dict[str, str]:
    """The pages' own colours for light, by their names."""
    light = (HERE / "assets" / "style.css").read_text(encoding="utf-8").partition("@media")[0]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light))


def _plain(title: str) -> str:
    return " ".join(title.split())[:MOST_SIGNS].translate(PLAIN)


def _can_write(font: FreeTypeFont, text: str) -> bool:
    lacking = bytes(font.getmask(NO_LETTER))
    return bool(text) and all(sign == " " or bytes(font.getmask(sign)) != lacking for sign in set(text))


def _lines(font: FreeTypeFont, text: str) -> list[str]:
    """The text in as many lines as there may be, broken between words, within one where it alone is too long."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < MOST_LINES:
        line = _fitting(font, rest)
        lines.append(line.strip())
        rest = rest[len(line) :].lstrip()
    if rest:
        last = lines[-1]
        while font.getlength(last + CUT) > RIGHT - LEFT:
            last = last[:-1]
        lines[-1] = last.rstrip(" ,;:.-") + CUT
    return lines


def _fitting(font: FreeTypeFont, text: str) -> str:
    """As much of the beginning of a text as one line holds."""
    end = len(text)
    while font.getlength(text[:end]) > RIGHT - LEFT:
        end -= 1
    if end == len(text):
        return text
    space = text.rfind(" ", 0, end + 1)
    return text[: space if space > 0 else end]


def _put_facts(draw: ImageDraw.ImageDraw, facts: Facts, colours: dict[str, str]) -> None:
    """Each number above the word for what it counts, side by side under a rule."""
    large, small = _font(40), _font(26)
    draw.line((LEFT, FACTS_TOP - 24, RIGHT, FACTS_TOP - 24), fill=colours["line"], width=2)
    left = float(LEFT)
    for word, number in facts:
        draw.text((left, FACTS_TOP), number, fill=colours["accent"], font=large, stroke_width=0.6)
        draw.text((left, FACTS_TOP + 54), word, fill=colours["muted"], font=small)
        left += max(large.getlength(number), small.getlength(word)) + FACT_GAP


def _icon(colours: dict[str, str]) -> Image.Image:
    """The site's icon, drawn four times as large as shown so that its edges come out smooth."""
    from PIL import Image, ImageDraw

    unit, shown = 8, 64
    image = Image.new("RGB", (32 * unit, 32 * unit), colours["bg"])
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, 32 * unit - 1, 32 * unit - 1), 7 * unit, fill=colours["accent"])
    for right, down in ((18, 10), (18, 16), (14, 22)):
        draw.line((8 * unit, down * unit, right * unit, down * unit), fill="#ffffff", width=3 * unit)
    tick = [(x * unit, y * unit) for x, y in ((19, 21), (22, 24), (27, 17))]
    draw.line(tick, fill=TICK, width=3 * unit, joint="curve")
    return image.resize((shown, shown), Image.Resampling.LANCZOS)
