"""The markup of a page in, lines out: the article with its headings, lists, tables and line breaks, no boilerplate.

Pages are parsed by lxml, in a thirtieth of the time that BeautifulSoup takes. BeautifulSoup is used only for the CSS
selectors that a source's settings may hold (`select_parts`). Markup that cannot be read as it is is reported as a
problem; none of its text is dropped.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from lxml import etree

from extract.labels import LONGEST_LABEL, read_labels
from extract.numerals import write_chinese, write_roman
from extract.plan import Problem
from extract.reading.blocks import (
    HEADING,
    Line,
    Repetition,
    add_label,
    make_row,
    measure_lead,
    normalise_space,
    read_bullet,
)
from extract.reading.breaks import split_at_breaks
from extract.reading.html_article import BOILERPLATE, Weights, find_main, is_layout, weigh_elements

# Words in an element's class or id that mark boilerplate, unless the element holds half of the page's text or more.
BOILERPLATE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|side-?bar|bread-?crumbs?|crumbs?|footer|foot|comments?|share|sharing|social|related|recommend"
    r"(?:ed|ation)?s?|adverts?|ads?|promo|cookies?|newsletter|pagination|pager|toolbar|copyright|skip-link|toc)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Elements that begin a new line.
BLOCKS = frozenset((
    "address", "article", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "form", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "li", "main", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
BREAKS = BLOCKS | {"br"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BOLD = frozenset(["b", "strong"])
# The ends of sentences after which a bold label begins a line.
SENTENCE_ENDS = frozenset(".。:：;；!！?？")
# A line break among the pieces of a line; other white space is layout.
LINE_BREAK = "\v"
# What a `style` says of text that is not shown, or struck.
HIDDEN = re.compile(
    r"display\s*:\s*none|mso-hide\s*:\s*all|text-decoration[\w-]*\s*:[^;]*line-through",
    re.IGNORECASE,
)
# The depth that Word states for a list item, as in "mso-list:l0 level2 lfo1"; how a list is numbered by its `style`.
WORD_LIST = re.compile(r"mso-list\s*:\s*l\d+ level(\d)", re.IGNORECASE)
LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]+)", re.IGNORECASE)
# Where a page describes itself in `meta` elements: our name, the attribute that names the element, its values there.
META = (
    ("title", "property", ("og:title",)),
    ("title", "name", ("articletitle", "title")),
    ("site", "property", ("og:site_name",)),
    ("site", "name", ("sitename",)),
    ("published", "property", ("article:published_time",)),
    ("published", "name", ("pubdate", "publishdate", "dc.date", "dcterms.date", "dcterms.issued", "date")),
    ("byline", "name", ("author",)),
    ("source", "name", ("contentsource",)),
)
# Number of columns and of rows that a cell may span at most; larger numbers are mistakes or attacks.
MOST_COLUMNS, MOST_ROWS = 50, 500
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
SCRIPT = re.compile(r"(?i)<(/?)(script|style|head)\b")
# Number of tags up to which a page is parsed; each takes some 230 bytes of memory. Large pages have 10,000. What is
# made of the lines of the text takes far more, however they were read: some 10,000 bytes for each paragraph, so that
# one of more than 120,000 paragraphs ends at the limit of memory.
MOST_TAGS = 1_000_000
TOO_MANY = f"the markup has more than {MOST_TAGS:,} tags and is not read as it is: only the lines of its text were"
# Number of tags up to which a selector is applied: BeautifulSoup takes some 2,000 bytes for each. And number of
# characters up to which its parts are read.
MOST_SELECTABLE_TAGS, MOST_SELECTED = 200_000, 50_000_000
TOO_MANY_TO_SELECT = (
    f"the markup has more than {MOST_SELECTABLE_TAGS:,} tags: `selector` is not applied, and nothing of it was read"
)
TOO_MUCH_SELECTED = f"what `selector` matches has more than {MOST_SELECTED:,} characters: nothing of it was read"
# The parser ends at some 2,000 levels; nothing that follows is in its tree.
TOO_DEEP = "the markup nests too deep to be read as it is: only the lines of its text were"


def read_page(markup: str) -> tuple[list[Line], dict[str, str], tuple[Problem, ...]]:
    """The lines of a page, those of the article marked as main; what its head states; the problems.

    Markup that nests deeper than the parser allows, or has too many tags, is read line by line without its tags, with a
    problem that says so.
    """
    problems = tuple[Problem, ...]()
    if markup.count("<") > MOST_TAGS:
        return list(_read_words(markup)), {}, (Problem(TOO_MANY, 0),)
    root, is_whole = _parse(markup)
    if not is_whole:
        root, _ = _parse(TAG.sub("<br>", _drop_scripts(markup)))
        problems = (Problem(TOO_DEEP, 0),)
    weights = weigh_elements(root)
    if root is None:
        return [], {}, ()
    body = root if root.tag == "body" else next((child for child in root if child.tag == "body"), root)
    reader = _LineReader(weights, body, find_main(body, weights))
    reader.read_lines()
    return reader.lines, _read_metadata(root), (*problems, *reader.repetition.list_problems())


def _read_words(markup: str) -> Iterator[Line]:
    """The text between the tags of a page, each piece as a line."""
    for piece in TAG.sub("\n", _drop_scripts(markup)).split("\n"):
        if text := normalise_space(unescape(piece)):
            yield Line(text)


def _drop_scripts(markup: str) -> str:
    """The markup without its scripts, styles and head; one that does not end stays."""
    tags = list(SCRIPT.finditer(markup))
    ends: dict[str, int] = {}  # the index in `tags` of the next end of each element, from the back
    following: list[int | None] = []
    for index, tag in reversed(list(enumerate(tags))):
        name = tag[2].lower()
        following.append(ends.get(name))
        if tag[1]:
            ends[name] = index
    following.reverse()
    parts, position = [], 0
    for tag, end in zip(tags, following, strict=True):
        if not tag[1] and end is not None and tag.start() >= position:
            parts.append(markup[position : tag.start()])
            close = markup.find(">", tags[end].end())
            position = close + 1 if close >= 0 else len(markup)
    return "".join((*parts, markup[position:]))


def select_parts(markup: str, selector: str) -> tuple[str, tuple[Problem, ...]]:
    """The markup of the elements that a CSS selector matches, empty if it matches none; and the problems.

    Nothing is selected beyond the limits. How long a selector takes, which a person wrote, has no limit here.
    """
    if markup.count("<") > MOST_SELECTABLE_TAGS:
        return "", (Problem(TOO_MANY_TO_SELECT, 0),)
    parts, size = list[str](), 0
    for element in parse_leniently(markup).select(selector):
        parts.append(str(element))
        size += len(parts[-1])
        if size > MOST_SELECTED:  # elements within elements, each of which is matched
            return "", (Problem(TOO_MUCH_SELECTED, 0),)
    return "\n".join(parts), ()


def parse_leniently(markup: str) -> BeautifulSoup:
    """A page as a BeautifulSoup, which CSS selectors can be applied to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)  # XHTML pages begin with an XML declaration
        return BeautifulSoup(markup, "lxml")


def _parse(markup: str) -> tuple[etree._Element | None, bool]:
    """The tree of a page, and whether the parser came to its end."""
    # The parser of `lxml.html` would call Python for each element.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(markup.replace("\0", "\ufffd").encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        root = None  # the page has no element and no word
    return root, not any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log)


class _LineReader:
    """Reads the tree in the order of the text, without recursion; `lines` are those read so far.

    `parts` are the pieces of text of the current line, each with whether it is bold; a line break is a piece. `bold`
    holds the open bold elements; `items` counts the open list items, `level` is that of a paragraph which Word made a
    list item; `heading` is the level of the open heading or 0, `pre` counts the open elements that keep line breaks.
    `marker` is the label of a list item that waits for its text, `is_item_open` says whether one waits. `numbers` holds
    the next number of each list. `repetition` holds spanning cells to their limit.
    """

    def __init__(self, weights: Weights, body: etree._Element, main: etree._Element) -> None:
        self.weights, self.body, self.main = weights, body, main
        self.above_main = set(main.iterancestors())
        self.inside = main is body
        self.lines: list[Line] = []
        self.parts: list[tuple[str, bool]] = []
        self.bold: set[etree._Element] = set()
        self.items = self.level = self.heading = self.pre = 0
        self.marker = ""
        self.is_item_open = False
        self.tables = 0
        self.numbers: dict[etree._Element, int] = {}
        self.repetition = Repetition()

    def read_lines(self) -> None:
        """Read the lines of the body in the order of the text."""
        events = etree.iterwalk(self.body, events=("start", "end"))
        skipped = None
        for event, element in events:
            tag = element.tag
            if event == "start":
                if tag in BLOCKS and self.parts:
                    self._end_line()
                if element is self.body or self._is_walked(element, tag):
                    self._follow_start(element, tag)
                    if text := element.text:
                        self._add_text(text)
                else:
                    skipped = element
                    events.skip_subtree()
            else:
                if element is not skipped:
                    if tag in BLOCKS and self.parts:
                        self._end_line()
                    self._follow_end(element, tag)
                if element is not self.body and (text := element.tail):
                    self._add_text(text)
        self._end_line()

    def _is_walked(self, element: etree._Element, tag: str) -> bool:
        """Whether the lines in an element are to be read one by one; a table is read here as a whole."""
        if tag == "table" and not _is_hidden(element) and not is_layout(element, self.weights):
            self._read_table(element)
            return False
        return not self._is_boilerplate(element, tag)

    def _is_boilerplate(self, element: etree._Element, tag: str) -> bool:
        if element is self.main:
            return False
        if tag == "header" and self.inside and self.main is not self.body:
            return False  # the article's own header
        if tag in BOILERPLATE or _is_hidden(element):
            return True
        group, name = element.get("class"), element.get("id")
        return bool(
            (group or name)
            and self.weights.text[element] * 2 < self.weights.text[self.body]
            and BOILERPLATE_NAMES.search(f"{group or ''} {name or ''}")
            and element not in self.above_main
        )

    def _follow_start(self, element: etree._Element, tag: str) -> None:
        """Follow the beginning of an element."""
        if element is self.main:
            self.inside = True
        if tag in BOLD:
            if self.parts and self._is_line_start(element):
                self.parts.append((LINE_BREAK, False))
            self.bold.add(element)
        elif tag == "br":
            self.parts.append((LINE_BREAK, False))
        elif tag == "li":
            self.items += 1
            self.is_item_open = True
            self.marker = self._number_item(element) or self.marker
        elif tag in HEADINGS:
            self.heading = HEADINGS[tag]
        elif tag == "pre":
            self.pre += 1
        elif tag == "p" and (depth := WORD_LIST.search(element.get("style") or "")):
            self.level = int(depth[1])

    def _is_line_start(self, element: etree._Element) -> bool:
        """Whether bold words begin with a label where the sentence before has ended, as if a line began there."""
        before = self.parts[-1][0].rstrip()
        words = "".join(element.itertext()).strip()[:LONGEST_LABEL]
        return before[-1:] in SENTENCE_ENDS and any(label.length < len(words) for label in read_labels(words))

    def _follow_end(self, element: etree._Element, tag: str) -> None:
        """Follow the end of an element."""
        if element is self.main:
            self.inside = False
        if tag in BOLD:
            self.bold.discard(element)
        elif tag == "li":
            self.items -= 1
            self.is_item_open = False
            self.marker = ""
        elif tag in HEADINGS:
            self.heading = 0
        elif tag == "pre":
            self.pre -= 1
        elif tag == "p":
            self.level = 0

    def _add_text(self, text: str) -> None:
        if self.pre:
            text = text.replace("\n", LINE_BREAK)
        self.parts.append((text, bool(self.bold)))

    def _end_line(self) -> None:
        """Add the lines of the pieces: one, or several where line breaks part sentences, labels or titles."""
        parts, self.parts = self.parts, []
        text = "".join([part for part, _ in parts])
        if LINE_BREAK not in text:
            if text := normalise_space(text):
                self._add_line(text, parts)
            return
        for pieces in split_at_breaks(parts, LINE_BREAK, is_title=self.heading > 0):
            self._add_line(normalise_space("".join([part for part, _ in pieces])), pieces)

    def _add_line(self, text: str, pieces: list[tuple[str, bool]]) -> None:
        if self.heading:
            self.lines.append(Line(self.marker + text, HEADING, self.heading, main=self.inside))
        else:
            is_bold = any(is_bold and not words.isspace() for words, is_bold in pieces)
            item = self.level or (self.items if self.is_item_open else 0)
            line = read_bullet(text, lead=measure_lead(pieces) if is_bold else 0, item=item)
            line = add_label(line, self.marker)
            self.lines.append(line if self.inside else replace(line, main=False))
        self.marker, self.is_item_open, self.level = "", False, 0

    def _number_item(self, item: etree._Element) -> str:
        """The label of a list item as a browser shows it; "" if the list is not numbered."""
        parent = item.getparent()
        if parent is None or parent.tag != "ol":
            return ""
        is_reversed = parent.get("reversed") is not None
        number = _parse_integer(item.get("value"))
        if number is None:
            number = self.numbers.get(parent)
        if number is None:
            number = _parse_integer(parent.get("start"))
        if number is None:
            number = len(parent) if is_reversed else 1
        self.numbers[parent] = number - 1 if is_reversed else number + 1
        style = LIST_STYLE.search(item.get("style") or "") or LIST_STYLE.search(parent.get("style") or "")
        kind = style[1].lower() if style else item.get("type") or parent.get("type") or "1"
        return "" if kind == "none" else MARKERS.get(kind, write_decimal)(number)

    def _read_table(self, table: etree._Element) -> None:
        """The rows of a table; a cell that spans rows or columns is repeated in each of them."""
        self.tables += 1
        spanning: dict[int, tuple[int, str]] = {}
        for line in table.iter("tr"):
            if _is_hidden(line) or _is_hidden(line.getparent()):
                continue
            cells: list[str] = []
            for cell in line.iterchildren("td", "th"):
                if _is_hidden(cell):
                    continue
                self._carry_cells(spanning, cells)
                text = "\n".join(self._read_cell_lines(cell))
                columns = min(_parse_integer(cell.get("colspan")) or 1, MOST_COLUMNS)
                rows = min(_parse_integer(cell.get("rowspan")) or 1, MOST_ROWS)
                for column in range(len(cells), len(cells) + columns if rows > 1 else 0):
                    spanning[column] = (rows - 1, text)
                cells += [text, *self.repetition.repeat(text, columns - 1)][: max(columns, 0)]
            self._carry_cells(spanning, cells)
            self.lines.append(make_row(cells, self.tables, main=self.inside))

    def _read_cell_lines(self, cell: etree._Element) -> Iterator[str]:
        """The lines of a table cell, without deleted and hidden text."""
        if not len(cell):
            yield from filter(None, (normalise_space(cell.text or ""),))
            return
        parts: list[str] = []
        events = etree.iterwalk(cell, events=("start", "end"))
        for event, element in events:
            if element.tag in BREAKS and (line := normalise_space("".join(parts))):
                yield line
                parts.clear()
            if event == "start" and element is not cell and (element.tag in BOILERPLATE or _is_hidden(element)):
                events.skip_subtree()
            elif event == "start":
                if element.tag == "li":
                    parts.append(self._number_item(element))
                if element.text:
                    parts.append(element.text)
            if event == "end" and element is not cell and element.tail:
                parts.append(element.tail)
        if line := normalise_space("".join(parts)):
            yield line

    def _carry_cells(self, spanning: dict[int, tuple[int, str]], cells: list[str]) -> None:
        """Append the cells of earlier rows that span into this one, up to the next free column."""
        while len(cells) in spanning:
            left, text = spanning.pop(len(cells))
            if left > 1 and self.repetition.left >= 0:
                spanning[len(cells)] = (left - 1, text)
            cells += self.repetition.repeat(text, 1)


def _is_hidden(element: etree._Element) -> bool:
    """Whether an element says of itself that it is not shown."""
    style = element.get("style")
    return element.get("hidden") is not None or (style is not None and HIDDEN.search(style) is not None)


def write_decimal(number: int) -> str:
    """The label of a list item in digits."""
    return f"{number}. "


def write_letters(number: int) -> str:
    """The label of a list item in small letters (26 is z, 27 is aa), or in digits where there is none."""
    letters, left = "", number
    while left > 0:
        left, letter = divmod(left - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return f"{letters or number}. "


def write_small_roman(number: int) -> str:
    """The label of a list item as a small Roman numeral, or in digits where there is none."""
    return f"{write_roman(number).lower()}. "


# How a browser writes the label of a list item, by the type of its list: the attribute's, and those of styles.
MARKERS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("a", "lower-alpha", "lower-latin"), write_letters),
    **dict.fromkeys(("A", "upper-alpha", "upper-latin"), lambda number: write_letters(number).upper()),
    **dict.fromkeys(("i", "lower-roman"), write_small_roman),
    **dict.fromkeys(("I", "upper-roman"), lambda number: write_small_roman(number).upper()),
    "decimal-leading-zero": lambda number: f"{number:02}. ",
    **dict.fromkeys(
        ("cjk-ideographic", "simp-chinese-informal", "trad-chinese-informal"),
        lambda number: f"{write_chinese(number)}、",
    ),
}


def _parse_integer(text: str | None) -> int | None:
    match = re.fullmatch(r"-?[0-9]{1,6}", text.strip()) if text else None
    return int(match[0]) if match else None


def _read_metadata(root: etree._Element) -> dict[str, str]:
    """What the page's head states, by our names (`META`), with `headline` (`h1`), `window`, `canonical`, `language`."""
    meta: dict[str, str] = {}
    stated = [(tag.get("property"), (tag.get("name") or "").lower(), tag.get("content")) for tag in root.iter("meta")]
    for name, attribute, values in META:
        for property_, name_, content in stated:
            if (property_ if attribute == "property" else name_) in values and content and content.strip():
                meta.setdefault(name, normalise_space(content))
    for tag in ("h1", "title"):
        headline = next(root.iter(tag), None)
        text = normalise_space(" ".join(headline.itertext())) if headline is not None else ""
        if text:
            meta.setdefault("headline" if tag == "h1" else "window", text)
    canonical = next((link.get("href") for link in root.iter("link") if link.get("rel") == "canonical"), None)
    if canonical and canonical.strip():
        meta["canonical"] = canonical.strip()
    if language := root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"):
        meta["language"] = language
    return meta
