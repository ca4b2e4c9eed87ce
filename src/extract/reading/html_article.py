"""A parsed page in, the element that holds its article out: the innermost one that still holds most of its prose."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

from extract.reading.blocks import normalise_space

# Elements that never hold text of an article.
BOILERPLATE = frozenset((
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "button", "select", "iframe",
    "svg", "figcaption", "object", "map", "canvas", "audio", "video", "dialog", "menu", "s", "del", "strike",
    "rt", "rp",
))  # fmt: skip
# Share (0 to 1) of an element's prose, in characters, from which on the child that holds it is the article's container.
DOMINANT = 0.7
# Share (0 to 1) of an element's prose from which on a sibling made like it is another section of the same article.
LEAST_SIBLING = 0.05
# Elements that are content: the article's container is never inside one of them.
CONTENT = frozenset(["p", "ol", "ul", "dl", "li", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"])
# Number of characters in a cell from which on its table arranges the page and holds no data.
LONGEST_CELL = 3_000
# A cell that holds nothing but the label of a list item, and the number of letters that such a label has at most.
LONGEST_LABEL = 6
LABEL_ALONE = re.compile(r"[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3}|[a-zA-Z])[)）.、．]{1,2}")


@dataclass
class Weights:
    """For each element the number of characters of its text, and of its prose, which is the text outside links.

    Elements in boilerplate weigh nothing.
    """

    text: dict[etree._Element | None, int] = field(default_factory=lambda: defaultdict(int))
    prose: dict[etree._Element | None, int] = field(default_factory=lambda: defaultdict(int))


def weigh_elements(root: etree._Element | None) -> Weights:
    """The weights of all elements below `root`, each visited once."""
    weights = Weights()
    if root is None:
        return weights
    above: list[tuple[int, int]] = []  # the weights so far of each open element's parent
    text = prose = 0
    events = etree.iterwalk(root, events=("start", "end"))
    for event, element in events:
        tag = element.tag
        if event == "start":
            above.append((text, prose))
            text = prose = 0
            if tag in BOILERPLATE:
                events.skip_subtree()
            elif words := element.text:
                text = prose = len(words.strip())
        else:
            prose = 0 if tag == "a" else prose
            weights.text[element], weights.prose[element] = text, prose
            before = above.pop()
            tail = len(words.strip()) if (words := element.tail) else 0
            text, prose = before[0] + text + tail, before[1] + prose + tail
    return weights


def find_main(body: etree._Element, weights: Weights) -> etree._Element:
    """The element that holds the article: the innermost one below the body that still holds most of the prose."""
    current = body
    marked = [element for element in body.iter("article", "main") if weights.prose[element] * 2 >= weights.prose[body]]
    if marked:
        current = marked[-1]
    while True:
        children = [child for child in current if isinstance(child.tag, str)]
        inner = max(children, key=lambda child: weights.prose[child], default=None)
        if inner is None or (inner.tag in CONTENT and not is_layout(inner, weights)):
            return current
        if weights.prose[inner] < DOMINANT * weights.prose[current] or _has_sibling_section(inner, children, weights):
            return current
        current = inner


def _has_sibling_section(inner: etree._Element, children: list[etree._Element], weights: Weights) -> bool:
    """Whether a sibling with text has the same tag, class and id, as sections of one article have."""
    kind = (inner.tag, inner.get("class"), inner.get("id"))
    return inner.tag not in ("td", "tr") and any(
        child is not inner
        and (child.tag, child.get("class"), child.get("id")) == kind
        and weights.prose[child] > LEAST_SIBLING * weights.prose[inner]
        for child in children
    )


def is_layout(table: etree._Element, weights: Weights) -> bool:
    """Whether a table arranges the page and holds no data.

    Such a table has one column, or a column of list labels, or a cell that holds a table or very much text.
    """
    if table.tag != "table":
        return False
    parts = [part for part in table if isinstance(part.tag, str)]
    rows = [row for part in parts for row in ([part] if part.tag == "tr" else part) if row.tag == "tr"]
    if sum(len(row) > 1 for row in rows) < 2:
        return True
    if all(len(row) == 2 and _is_label_alone(row[0], weights) for row in rows):
        return True
    cells = [cell for row in rows for cell in row if cell.tag in ("td", "th")]
    return any(weights.text[cell] > LONGEST_CELL or next(cell.iter("table"), None) is not None for cell in cells)


def _is_label_alone(cell: etree._Element, weights: Weights) -> bool:
    """Whether a cell holds nothing but a label; its text is put together only where it is as short."""
    is_short = weights.text[cell] <= LONGEST_LABEL
    return is_short and LABEL_ALONE.fullmatch(normalise_space("".join(cell.itertext()))) is not None
