"""The label that a block begins with, if any: a table of label styles, each giving an ordinal.

A style only says that a block could be labelled so; whether it is, is decided in `outline` by the sequence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extract.numerals import chinese, parse, roman

ZH = "[一二三四五六七八九十百零〇两]{1,7}"
ROMAN = "[IVXLC]+|[ivxlc]+"


@dataclass(frozen=True, slots=True)
class Style:
    """A way to label: a pattern with the group `n`, the kind of numeral in it, and an example."""

    name: str
    pattern: re.Pattern[str]
    numeral: str
    example: str


@dataclass(frozen=True, slots=True)
class Label:
    """A label at the head of a block: `text` as it stands there, and how many characters it takes with what follows."""

    style: str
    ordinal: int
    text: str
    length: int


def _style(name: str, pattern: str, numeral: str, example: str) -> Style:
    return Style(name, re.compile(rf"\s*(?P<label>{pattern})\s*"), numeral, example)


STYLES = (
    _style("chapter", rf"第(?P<n>{ZH}|\d{{1,3}})章", "any", "第一章"),
    _style("section", rf"第(?P<n>{ZH}|\d{{1,3}})节", "any", "第一节"),
    _style(
        "named",
        r"(?:Action|Task|Measure|Theme|Goal|Objective|Priority|Recommendation|Pillar|Step)\s+0*(?P<n>\d{1,3})[.:]?(?!\d)",
        "digits",
        "Action 05:",
    ),
    _style("han", rf"(?P<n>{ZH})、", "han", "一、"),
    _style("han in brackets", rf"[(（](?P<n>{ZH})[)）]", "han", "（一）"),
    _style("roman in brackets", rf"[(（](?P<n>{ROMAN})[)）]", "roman", "(IV)"),
    _style("letter in brackets", r"[(（](?P<n>[a-zA-Z])[)）]", "letter", "(a)"),
    _style("digits in brackets", r"[(（](?P<n>\d{1,3})[)）]", "digits", "（1）"),
    _style("roman with a point", rf"(?P<n>{ROMAN})[.．、](?=\s|[^\x00-\x7f])", "roman", "IV."),
    _style("decimal", r"(?P<n>\d{1,2}(?:\.\d{1,2})+)\.?(?=\s)", "decimal", "1.2"),
    _style("digits with a point", r"(?P<n>\d{1,3})[.．、](?!\d)", "digits", "1."),
    _style("digits with a bracket", r"(?P<n>\d{1,3})[)）]", "digits", "1)"),
    _style("letter with a bracket", r"(?P<n>[a-z])[)）]", "letter", "a)"),
    _style("circled", r"(?P<n>[①-⑳])", "digits", "①"),
)


def labels_of(block: str) -> tuple[Label, ...]:
    """Every label that the block could begin with, in the table's order; empty where there is none."""
    found = []
    for style in STYLES:
        match = style.pattern.match(block)
        ordinal = _ordinal(match["n"], style.numeral) if match else None
        if match and ordinal:
            found.append(Label(style.name, ordinal, match["label"], match.end()))
    return tuple(found)


def _ordinal(numeral: str, kind: str) -> int | None:
    if kind == "roman":
        return roman(numeral)
    if kind == "han":
        return chinese(numeral)
    if kind == "letter":
        return ord(numeral.lower()) - ord("a") + 1
    if kind == "decimal":
        return int(numeral.rpartition(".")[2]) or None
    return parse(numeral)
