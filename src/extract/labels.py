"""The text of one block in, the labels out that it may begin with, by a table of label styles.

A style only says that a block may be labelled so. Whether it is, `outline` decides by the sequence of labels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extract.lexicon.traditional import add_variants
from extract.numerals import parse_chinese, parse_numeral, parse_roman

ZH = "[一二三四五六七八九十百零〇两]{1,7}"
ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
# The marks with which a quotation begins: a speech that is quoted has one before the label.
OPENING_QUOTES = '"“'
# Characters at the beginning of a block among which its label is; however many spaces follow, it ends before them.
LONGEST_LABEL = 120
ROMAN = "[IVXLC]{1,7}|[ivxlc]{1,7}|[Ⅰ-Ⅻⅰ-ⅻ]"


@dataclass(frozen=True, slots=True)
class Style:
    """A way to label: a pattern with the group `n` for the numeral, an example, and the numeral's kind.

    The kind is `roman`, `han`, `ordinal` or `letter` if the style has no other numerals, else `any`.
    """

    name: str
    pattern: re.Pattern[str]
    example: str
    numeral: str


@dataclass(frozen=True, slots=True)
class Label:
    """A label at the beginning of a block.

    `style` is the style's name, `ordinal` the number, `text` the label as the block has it. `length` is the number of
    characters that it takes, with the spaces around it.
    """

    style: str
    ordinal: int
    text: str
    length: int


def _make_style(name: str, pattern: str, example: str, numeral: str = "any") -> Style:
    return Style(name, re.compile(f"(?P<label>{add_variants(pattern)})"), example, numeral)


STYLES = (
    _make_style("part", rf"第(?P<n>{ZH}|\d{{1,3}})(?:部分|篇|编)[:：、]?", "第一部分"),
    _make_style("chapter", rf"第(?P<n>{ZH}|\d{{1,3}})章", "第一章"),
    _make_style("section", rf"第(?P<n>{ZH}|\d{{1,3}})节", "第一节"),
    _make_style("article", rf"第(?P<n>{ZH}|\d{{1,3}})条", "第一条"),
    _make_style(
        "named",
        r"(?P<word>(?i:(?:(?:Priority|Focus|Strategic|Key|Policy|National|Critical|Immediate|Core|Specific)\s+)?(?:Action|Task|Measure|Theme|Goal|Objective|Priority|Recommendation|Pillar|Step|Initiative|Commitment|Strategy|Part|Chapter|Section"
        r"|Sec\.|Article|Milestone|Mission|Proposal|Workstream|Area|Pledge|Deliverable|Outcome|Output|Point|Activity|Project|Programme|Program|Reform|Policy|Aim|Ambition|Direction|Enabler|Demand|Promise|Requirement|Challenge|Investment)))"
        r"\s+(?:No\.?\s*|#\s?)?(?P<n>\d{1,2}(?:\.\d{1,2}){1,3}|\d{1,3}|[IVX]{1,6}|[A-H](?=[:.)])|(?i:one|two|three|four|five|six|seven|eight|nine|ten)\b)"
        r"(?:\s*[.:)：](?![\w%])|\s*[–—-](?=\s)|(?=\s*$|\s+[A-Z0-9“\"'‘]))",
        "Action 05:",
    ),
    _make_style(
        "named in Chinese",
        rf"(?P<word>任务|行动|工程|举措|重点任务|措施|项目)(?P<n>{ZH}|\d{{1,3}})[:：、.．]",
        "任务一：",
    ),
    _make_style("ordinal in Chinese", rf"第(?P<n>{ZH})[，,、:：]", "第一，", "han"),
    _make_style("han with a verb", rf"(?P<n>{ZH})是(?!否)[，,:：]?", "一是", "han"),
    _make_style(
        "ordinal",
        r"(?P<n>First|Second|Third|Fourth|Fifth|Sixth|Seventh|Eighth|Ninth|Tenth)(?:ly)?(?:[,:：]|\s[–—-](?=\s))",
        "First,",
        "ordinal",
    ),
    _make_style("han", rf"(?P<n>{ZH})\s?(?:、|[．.](?!\d))", "一、", "han"),
    _make_style("han in brackets", rf"[(（]\s*(?P<n>{ZH})\s*[)）][、.．]?", "（一）", "han"),
    _make_style("enclosed han", r"(?P<n>[㈠-㈩])[、.．]?", "㈠"),
    _make_style("roman in brackets", rf"[(（](?P<n>{ROMAN})[)）][.．]?", "(IV)", "roman"),
    _make_style("letter in brackets", r"[(（](?P<n>[a-zA-Z])[)）][.．]?", "(a)", "letter"),
    _make_style("digits in brackets", r"[(（]\s*(?P<n>\d{1,3})\s*[)）][.．、]?", "（1）"),
    _make_style("digits in square brackets", r"[\[【]\s*(?P<n>\d{1,3})\s*[\]】]", "[1]"),
    _make_style("roman with a point", rf"(?P<n>{ROMAN})[.．、:：](?=\s|[^\x00-\x7f])", "IV.", "roman"),
    _make_style("letter and digits", r"[A-Z](?P<n>\d{1,2})(?:[.．:：)](?![\w%])|\s[–—-](?=\s))", "A1."),
    _make_style("decimal of four", r"(?P<n>\d{1,2}(?:[.．]\d{1,2}){3})[.．、:：]?(?![\d%.])(?=\s|[^\W\d])", "1.2.1.1"),
    _make_style(
        "decimal of three", r"(?P<n>\d{1,2}[.．]\d{1,2}[.．]\d{1,2})[.．、:：]?(?![\d%.])(?=\s|[^\W\d])", "1.2.1"
    ),
    _make_style(
        "decimal", r"(?P<n>\d{1,2}[.．]\d{1,2})[.．、:：]?(?![\d%.])(?=\s+[*_“\"]{0,3}[^\W\d]|[\u4e00-\u9fff])", "1.2"
    ),
    _make_style("digits with a point", r"(?P<n>\d{1,3})\s?(?:、|[.．:：](?!\d))", "1."),
    _make_style("digits with a bracket", r"(?P<n>\d{1,3})[)）]", "1)"),
    _make_style("digits with a dash", r"(?P<n>\d{1,3})\s[–—-](?=\s+[^\W\d])", "1 –"),
    _make_style("letter with a bracket", r"(?P<n>[a-zA-Z])[)）]", "a)", "letter"),
    _make_style("letter with a point", r"(?P<n>[a-zA-Z])[.．、](?=\s|[^\x00-\x7f])", "A.", "letter"),
    _make_style("circled", r"(?P<n>[①-⑳❶-❿➀-➉])[.．、]?", "①"),
    _make_style("bare digits", r"(?P<n>\d{1,2})(?=\s+[^\W\d_])", "1"),
    _make_style("enclosed digits", r"(?P<n>[⑴-⒇⒈-⒛])", "⑴"),
)


# The beginning of a line in any of these styles: most lines have none, and are asked for no more than this.
ANY_LABEL = re.compile("|".join(re.sub(r"\?P<\w+>", "?:", style.pattern.pattern) for style in STYLES))
LETTER, DOT = re.compile("[A-H]"), re.compile("[.．]")


def read_labels(block: str) -> tuple[Label, ...]:
    """Every label that a block may begin with, in the order of the table; empty if there is none."""
    words = block.lstrip().lstrip(OPENING_QUOTES).lstrip()
    head = words[:LONGEST_LABEL]
    if not ANY_LABEL.match(head):
        return ()
    return tuple(
        [
            Label(style, ordinal, text, len(block) - len(words[end:].lstrip()))
            for style, ordinal, text, end in _match_styles(head)
        ]
    )


@lru_cache(maxsize=32_768)
def _match_styles(head: str) -> tuple[tuple[str, int, str, int], ...]:
    """The style, ordinal, text and end of every label at the very beginning. A line is asked for several times."""
    matches = ((style, style.pattern.match(head)) for style in STYLES)
    return tuple(
        (_name_style(style, match), ordinal, match["label"].strip(), match.end())
        for style, match in matches
        if match and (ordinal := _parse_ordinal(match["n"], style.numeral))
    )


def _name_style(style: Style, match: re.Match[str]) -> str:
    """The name of a label's style; "Action 1" and "Theme 1" are different styles, as are "I." and "i."."""
    if "word" in match.re.groupindex:
        return f"{style.name} {match['word'].lower()}"
    is_small = style.numeral in ("roman", "letter") and match["n"].islower()
    return f"{style.name}, small" if is_small else style.name


def _parse_ordinal(numeral: str, kind: str) -> int | None:
    if kind == "roman":
        return parse_roman(numeral)
    if kind == "han":
        return parse_chinese(numeral)
    if kind == "ordinal":
        return ORDINALS.index(numeral) + 1
    if kind == "letter" or (kind == "any" and LETTER.fullmatch(numeral)):
        return ord(numeral.lower()) - ord("a") + 1
    if len(parts := DOT.split(numeral)) > 1:
        return int(parts[-1]) or None
    return parse_numeral(numeral)
