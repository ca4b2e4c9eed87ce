"""A page into lines: the article found, its headings, lists, tables and line breaks kept, the furniture left out.

The hot path walks lxml's tree, which parses a page in a thirtieth of the time that BeautifulSoup takes; a person
addresses a part of an odd page through BeautifulSoup's CSS selectors (`select`).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from lxml import etree, html

from extract.plan import Problem
from extract.reading.blocks import BOLD_LINE, HEADING, ITEM, PARAGRAPH, Line, make_row

# Elements that never hold an article's text.
BOILERPLATE = frozenset((
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "button", "select", "iframe",
    "svg", "figcaption", "object", "map", "canvas", "audio", "video", "dialog", "menu", "s", "del", "strike",
))  # fmt: skip
# Words in an element's class or id that say the same, for as long as it holds less than half of the page's text.
BOILERPLATE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|side-?bar|bread-?crumbs?|crumbs?|footer|foot|comments?|share|sharing|social|related|recommend"
    r"(?:ed|ation)?s?|adverts?|ads?|promo|cookies?|newsletter|pagination|pager|toolbar|copyright|skip-link|toc)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Elements that begin a line of their own.
BLOCKS = frozenset((
    "address", "article", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "form", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "li", "main", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BOLD = frozenset(["b", "strong"])
LONGEST_BOLD_LINE = 100
# Where a page keeps what it says about itself: our name for it, the naming attribute, the values it may have.
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
# A container is left for its child where that child holds this share of its prose.
DOMINANT = 0.7
# A sibling of the same kind with this share of its prose is a section beside it.
LEAST_SIBLING = 0.05
# Elements that are content themselves, so that the article is not looked for inside them.
CONTENT = frozenset(["p", "ol", "ul", "dl", "li", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"])
LONGEST_CELL = 3_000
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
SCRIPT = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>")
# The parser gives up on markup that nests deeper than some thousands of tags.
DEEPEST = 1_000
TOO_DEEP = "the markup nests too deep to be read as it is: only the lines of its text were"
# A cell that holds a list item's label and nothing else.
LABEL_ALONE = re.compile(r"[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3}|[a-zA-Z])[)）.、．]{1,2}")


@dataclass
class _Weights:
    """The weights of the elements: characters of text inside, and of those the ones in no link."""

    text: dict[etree._Element, int] = field(default_factory=dict)
    prose: dict[etree._Element, int] = field(default_factory=dict)


def read_page(markup: str) -> tuple[list[Line], dict[str, str], tuple[Problem, ...]]:
    """The lines of a page, those of the article marked as main, and what the page's head says about itself.

    Markup that nests deeper than the parser goes is read line by line without it, which is reported as a problem.
    """
    root = _parse(markup)
    page = _weigh(root) if root is not None else _Weights()
    problems: tuple[Problem, ...] = ()
    if not page.text.get(root) and markup.count("<") > DEEPEST and TAG.sub("", SCRIPT.sub("", markup)).strip():
        root = _parse(TAG.sub("<br>", SCRIPT.sub("", markup)))
        page = _weigh(root) if root is not None else _Weights()
        problems = (Problem(TOO_DEEP, 0),)
    if root is None:
        return [], {}, ()
    body = root if root.tag == "body" else next((child for child in root if child.tag == "body"), root)
    return list(_LineReader(page, body, _find_main(body, page)).read_lines()), _read_metadata(root), problems


def select_parts(markup: str, selector: str) -> str:
    """The parts of a page that a CSS selector addresses, as markup of their own; empty where it addresses nothing."""
    return "\n".join(str(part) for part in soup_of(markup).select(selector))


def soup_of(markup: str) -> BeautifulSoup:
    """A page as a person addresses its parts, by CSS selectors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)  # a page that begins as XML does is a page all the same
        return BeautifulSoup(markup, "lxml")


def _parse(markup: str) -> etree._Element | None:
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    content = markup.replace("\0", "\ufffd").encode("utf-8", "replace")
    try:
        return html.document_fromstring(content, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None  # nothing in it is an element or a word


def _weigh(root: etree._Element) -> _Weights:
    """Sum up the text below each element, children before their parents, in one walk."""
    page = _Weights()
    for element in reversed(list(root.iter())):
        tag = element.tag
        if not isinstance(tag, str) or tag in BOILERPLATE:
            page.text[element] = page.prose[element] = 0
            continue
        text = len((element.text or "").strip())
        prose = text
        for child in element:
            tail = len((child.tail or "").strip())
            text += page.text[child] + tail
            prose += page.prose[child] + tail
        page.text[element] = text
        page.prose[element] = 0 if tag == "a" else prose
    return page


def _find_main(body: etree._Element, page: _Weights) -> etree._Element:
    """The element that holds the article: from the body down for as long as one child holds most of the prose."""
    current = body
    marked = [element for element in body.iter("article", "main") if page.prose[element] * 2 >= page.prose[body]]
    if marked:
        current = marked[-1]
    while True:
        children = [child for child in current if isinstance(child.tag, str)]
        inner = max(children, key=lambda child: page.prose.get(child, 0), default=None)
        if inner is None or (inner.tag in CONTENT and not _is_layout(inner, page)):
            return current
        if page.prose[inner] < DOMINANT * page.prose[current] or _has_sibling_section(inner, children, page):
            return current
        current = inner


def _has_sibling_section(inner: etree._Element, children: list[etree._Element], page: _Weights) -> bool:
    """Whether a sibling with text is made like this one, as the sections of one article are."""
    kind = (inner.tag, inner.get("class"), inner.get("id"))
    return inner.tag not in ("td", "tr") and any(
        child is not inner
        and (child.tag, child.get("class"), child.get("id")) == kind
        and page.prose[child] > LEAST_SIBLING * page.prose[inner]
        for child in children
    )


def _is_layout(table: etree._Element, page: _Weights) -> bool:
    """Whether a table arranges the page and shows no data: one column, labels, tables inside, or cells like pages."""
    if table.tag != "table":
        return False
    rows = [one for part in table if isinstance(part.tag, str) for one in ([part] if part.tag == "tr" else part)]
    rows = [one for one in rows if one.tag == "tr"]
    if sum(len(one) > 1 for one in rows) < 2:
        return True
    if all(len(one) == 2 and LABEL_ALONE.fullmatch(_collapse_space("".join(one[0].itertext()))) for one in rows):
        return True
    cells = [cell for one in rows for cell in one if cell.tag in ("td", "th")]
    return any(page.text[cell] > LONGEST_CELL or next(cell.iter("table"), None) is not None for cell in cells)


class _LineReader:
    """One walk through the tree in the order of the text, without recursion."""

    def __init__(self, page: _Weights, body: etree._Element, main: etree._Element) -> None:
        self.page, self.body, self.main = page, body, main
        self.inside = main is body
        self.parts: list[str] = []
        self.bold = self.plain = 0
        self.bold_depth = self.items = 0
        self.heading = 0
        self.marker = ""
        self.tables = 0
        self.numbers: dict[etree._Element, int] = {}

    def read_lines(self) -> Iterator[Line]:
        events = etree.iterwalk(self.body, events=("start", "end"))
        skipped = None
        for event, element in events:
            tag = element.tag
            if event == "start":
                if tag in BLOCKS:
                    yield from self._end_line()
                is_table = tag == "table" and not _is_layout(element, self.page)
                if element is not self.body and (is_table or self._is_boilerplate(element, tag)):
                    if is_table:
                        yield from self._read_table(element)
                    skipped = element
                    events.skip_subtree()
                    continue
                self._open(element, tag)
                self._add_text(element.text)
            else:
                if element is not skipped:
                    if tag in BLOCKS:
                        yield from self._end_line()
                    self._close(element, tag)
                if element is not self.body:
                    self._add_text(element.tail)
        yield from self._end_line()

    def _is_boilerplate(self, element: etree._Element, tag: str) -> bool:
        if element is self.main:
            return False
        if tag == "header" and self.inside and self.main is not self.body:
            return False  # the article's own
        if tag in BOILERPLATE:
            return True
        if element.get("hidden") is not None or "display:none" in (element.get("style") or "").replace(" ", ""):
            return True
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        return bool(
            names != " "
            and self.page.text[element] * 2 < self.page.text[self.body]
            and not self._holds_main(element)
            and BOILERPLATE_NAMES.search(names)
        )

    def _holds_main(self, element: etree._Element) -> bool:
        return any(above is element for above in self.main.iterancestors())

    def _open(self, element: etree._Element, tag: str) -> None:
        if element is self.main:
            self.inside = True
        if tag in HEADINGS:
            self.heading = HEADINGS[tag]
        elif tag in BOLD:
            self.bold_depth += 1
        elif tag == "li":
            self.items += 1
            self.marker = self._number_item(element) or self.marker

    def _close(self, element: etree._Element, tag: str) -> None:
        if element is self.main:
            self.inside = False
        if tag in HEADINGS:
            self.heading = 0
        elif tag in BOLD:
            self.bold_depth -= 1
        elif tag == "li":
            self.items -= 1
            self.marker = ""

    def _add_text(self, text: str | None) -> None:
        if not text:
            return
        self.parts.append(text)
        if not text.isspace():
            if self.bold_depth:
                self.bold += 1
            else:
                self.plain += 1

    def _end_line(self) -> Iterator[Line]:
        text = _collapse_space("".join(self.parts))
        self.parts.clear()
        all_bold, self.bold, self.plain = bool(self.bold) and not self.plain, 0, 0
        if not text:
            return
        if self.heading:
            kind, level = HEADING, self.heading
        elif all_bold and len(text) <= LONGEST_BOLD_LINE:
            kind, level = HEADING, BOLD_LINE
        else:
            kind, level = (ITEM if self.items else PARAGRAPH), 0
        yield Line(self.marker + text, kind, level, main=self.inside)
        self.marker = ""

    def _number_item(self, item: etree._Element) -> str:
        """The label of a numbered list's item as a browser would show it."""
        parent = item.getparent()
        if parent is None or parent.tag != "ol":
            return ""
        number = _parse_integer(item.get("value"))
        if number is None:
            number = self.numbers.get(parent, _parse_integer(parent.get("start")) or 1)
        self.numbers[parent] = number + 1
        kind = parent.get("type") or "1"
        if kind in ("a", "A") and 1 <= number <= 26:
            return f"{chr(ord(kind) + number - 1)}. "
        return f"{number}. "

    def _read_table(self, table: etree._Element) -> Iterator[Line]:
        """A table's rows; a cell that spans rows or columns stands in each of them."""
        self.tables += 1
        spanning: dict[int, tuple[int, str]] = {}
        for line in table.iter("tr"):
            cells: list[str] = []
            for cell in line.iterchildren("td", "th"):
                _carry_cells(spanning, cells)
                text = "\n".join(_read_cell_lines(cell))
                for _ in range(min(_parse_integer(cell.get("colspan")) or 1, 50)):
                    rows = min(_parse_integer(cell.get("rowspan")) or 1, 500)
                    if rows > 1:
                        spanning[len(cells)] = (rows - 1, text)
                    cells.append(text)
            _carry_cells(spanning, cells)
            yield make_row(cells, self.tables, main=self.inside)


def _carry_cells(spanning: dict[int, tuple[int, str]], cells: list[str]) -> None:
    """Repeat the cells of earlier rows that reach into this one, up to the next free column."""
    while len(cells) in spanning:
        left, text = spanning.pop(len(cells))
        if left > 1:
            spanning[len(cells)] = (left - 1, text)
        cells.append(text)


def _read_cell_lines(cell: etree._Element) -> Iterator[str]:
    """The lines of a cell, without what is struck out."""
    parts: list[str] = []
    events = etree.iterwalk(cell, events=("start", "end"))
    for event, element in events:
        if element.tag in BLOCKS and (line := _collapse_space("".join(parts))):
            yield line
            parts.clear()
        if event == "start" and element.tag in BOILERPLATE:
            events.skip_subtree()
        elif event == "start" and element.text:
            parts.append(element.text)
        elif event == "end" and element is not cell and element.tail:
            parts.append(element.tail)
    if line := _collapse_space("".join(parts)):
        yield line


def _parse_integer(stated: str | None) -> int | None:
    match = re.fullmatch(r"-?[0-9]{1,6}", (stated or "").strip())
    return int(match[0]) if match else None


def _read_metadata(root: etree._Element) -> dict[str, str]:
    meta: dict[str, str] = {}
    stated = [(tag.get("property"), (tag.get("name") or "").lower(), tag.get("content")) for tag in root.iter("meta")]
    for name, attribute, values in META:
        for property_, name_, content in stated:
            if (property_ if attribute == "property" else name_) in values and content and content.strip():
                meta.setdefault(name, _collapse_space(content))
    for tag in ("h1", "title"):
        headline = next(root.iter(tag), None)
        text = _collapse_space(" ".join(headline.itertext())) if headline is not None else ""
        if text:
            meta.setdefault("headline" if tag == "h1" else "window", text)
    canonical = next((link.get("href") for link in root.iter("link") if link.get("rel") == "canonical"), None)
    if canonical and canonical.strip():
        meta["canonical"] = canonical.strip()
    return meta


def _collapse_space(text: str) -> str:
    return " ".join(text.split())
