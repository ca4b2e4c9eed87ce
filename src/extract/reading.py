"""The bytes of a capture in, one stream of blocks out, whatever they were written in.

From here on there is one path for all kinds of documents. A block is a line of plain text, or a block-level element
of HTML; its span is its place in the reading text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from extract.plan import Problem

# Elements that never hold an article's text.
FURNITURE = (
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "header",
    "footer",
    "aside",
    "button",
    "select",
    "iframe",
    "svg",
    "figure",
)
# Elements that begin a line of their own.
BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
MEDIA_TYPES = {
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
}
# Media types that servers give to pages they know nothing of.
UNTOLD = ("text/plain", "application/octet-stream")
MARKDOWN = re.compile(r"(?P<hashes>#{1,6})?\s*(?P<bold>\*\*)?\s*(?P<words>.*?)\s*(?(bold)\*\*)\s*#*")
HTML_BEGINS = rb"(?i)\s*<(?:!doctype|html|head|body|div|p)\b"
# Where a page keeps what it says about itself: our name for it, the element, its naming attribute, the value.
META = (
    ("title", "meta", "property", "og:title"),
    ("site", "meta", "property", "og:site_name"),
    ("published", "meta", "property", "article:published_time"),
    ("published", "meta", "name", "PubDate"),
    ("published", "meta", "name", "publishdate"),
    ("byline", "meta", "name", "author"),
    ("byline", "meta", "name", "Author"),
    ("source", "meta", "name", "ContentSource"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A line or block-level element: its text, and where in the reading text that text begins."""

    text: str
    start: int
    heading: bool = False

    @property
    def end(self) -> int:
        """Where the block's text ends in the reading text."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading text, its blocks without the empty ones, and what an HTML page's head says about it."""

    text: str
    blocks: tuple[Block, ...]
    meta: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read(content: bytes, media_type: str, encoding: str | None = None) -> Reading:
    """Turn a capture into a stream of blocks.

    `encoding` is the one that the server declared; it is believed only where the bytes agree. What cannot be decoded
    is replaced by U+FFFD and reported as a problem.
    """
    text, problems = decode(content, encoding)
    if media_type in UNTOLD and re.match(HTML_BEGINS, content[:512]):
        media_type = "text/html"
    if media_type in ("text/html", "application/xhtml+xml"):
        return _read_html(text, problems)
    if media_type == "text/markdown":
        return Reading(text, tuple(_markdown_lines(text)), {}, problems)
    return Reading(text, tuple(_lines(text)), {}, problems)


def media_type_of(name: str, content: bytes) -> str:
    """The media type of a file: by its name's ending, else by how it begins."""
    ending = name.rpartition(".")[2].lower()
    if ending in MEDIA_TYPES:
        return MEDIA_TYPES[ending]
    return (
        "text/html"
        if re.match(rb"\s*<(?:!doctype|html|head|body|div|p)\b", content[:512], re.IGNORECASE)
        else "text/plain"
    )


def decode(content: bytes, declared: str | None = None) -> tuple[str, tuple[Problem, ...]]:
    """Decode bytes: a byte-order mark decides, then UTF-8 where it is valid, then what is declared, then GB 18030.

    UTF-8 goes first since text in another encoding is almost never valid UTF-8, while declarations are often wrong.
    """
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _decoded(content, codec)
    in_page = re.search(rb"<meta[^>]{0,200}?charset=[\"']?([\w-]+)", content[:4096], re.IGNORECASE)
    stated = [declared or "", in_page[1].decode() if in_page else ""]
    for name in ("utf-8", *filter(None, stated), "gb18030"):
        try:
            text = content.decode("gb18030" if name.lower() in ("gb2312", "gbk") else name)
            text.encode()  # some of Python's codecs are no encodings of text, and let half characters through
        except (ValueError, LookupError):
            continue
        return text, ()
    return _decoded(content, "utf-8")


def _decoded(content: bytes, codec: str) -> tuple[str, tuple[Problem, ...]]:
    text = content.decode(codec, errors="replace")
    lost = text.find("\ufffd")
    problems = (
        (Problem(f"{text.count(chr(0xFFFD))} characters could not be decoded as {codec}", lost),) if lost >= 0 else ()
    )
    return text, problems


def _lines(text: str) -> Iterator[Block]:
    for match in re.finditer(r"\S[^\r\n]*", text):
        yield Block(match[0].rstrip(), match.start())


def _markdown_lines(text: str) -> Iterator[Block]:
    """The lines of Markdown without the marks of headings and of lines that are bold from end to end."""
    for block in _lines(text):
        marked = MARKDOWN.fullmatch(block.text)
        if marked is None or not marked["words"]:
            yield block
        elif not set(block.text) <= set("-*_=#> "):
            heading = bool(marked["hashes"])
            yield Block(marked["words"], block.start + marked.start("words"), heading)


def _read_html(markup: str, problems: tuple[Problem, ...]) -> Reading:
    soup = BeautifulSoup(markup, "lxml")
    meta = _meta(soup)
    headline = soup.find("h1") or soup.find("title")
    if headline and headline.get_text(strip=True):
        meta.setdefault("title", _flat(headline.get_text(" ")))
    for tag in soup(FURNITURE):
        tag.decompose()
    articles = soup.find_all(["article", "main"])
    root = max(articles, key=lambda tag: len(tag.get_text()), default=soup.body or soup)
    blocks, position = [], 0
    for text, heading in _html_lines(root):
        blocks.append(Block(text, position, heading))
        position += len(text) + 1
    return Reading("\n".join(block.text for block in blocks), tuple(blocks), meta, problems)


def _meta(soup: BeautifulSoup) -> dict[str, str]:
    meta: dict[str, str] = {}
    for name, element, attribute, value in META:
        tag = soup.find(element, attrs={attribute: value})
        content = tag.get("content") if isinstance(tag, Tag) else None
        if isinstance(content, str) and content.strip():
            meta.setdefault(name, _flat(content))
    return meta


def _html_lines(root: Tag) -> Iterator[tuple[str, bool]]:
    """The text of the page line by line; a numbered list's items get the labels that a browser would show."""
    parts: list[str] = []
    marker, heading = "", False
    numbers: dict[int, int] = {}
    for node in root.descendants:
        opened = node if isinstance(node, Tag) and node.name in BLOCKS else None
        if opened or _ends_block(node):
            if line := _flat("".join(parts)):
                yield marker + line, heading
                marker = ""
            parts, heading = [], False
        if opened:
            marker, heading = _marker(opened, numbers) or marker, opened.name in HEADINGS
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            parts.append(str(node))
    if line := _flat("".join(parts)):
        yield marker + line, heading


def _ends_block(node: PageElement) -> bool:
    """Whether a block-level element was closed just before this node."""
    before = node.previous_sibling
    return isinstance(before, Tag) and before.name in BLOCKS


def _marker(tag: Tag, numbers: dict[int, int]) -> str:
    """The number of a numbered list's item, as a browser would show it; `numbers` counts on for each list."""
    if tag.name != "li" or not tag.parent or tag.parent.name != "ol":
        return ""
    stated = re.fullmatch(r"-?[0-9]{1,6}", str(tag.parent.get("start") or "1").strip())
    number = numbers.get(id(tag.parent), int(stated[0]) if stated else 1)
    numbers[id(tag.parent)] = number + 1
    return f"{number}. "


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
