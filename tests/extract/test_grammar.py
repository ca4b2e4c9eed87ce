"""Generated outlines, written in any label style and any kind of document, are read back unchanged."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from extract.lexicon import LEXICONS
from extract.numerals import to_chinese, to_roman
from extract.outline import RANKS, read_outline
from extract.reading import read

# How each label style writes a number. Some styles go no further than 10 and raise an error beyond it.
WRITERS: dict[str, Callable[[int], str]] = {
    "part": lambda n: f"第{to_chinese(n)}部分 ",
    "chapter": lambda n: f"第{to_chinese(n)}章 ",
    "section": lambda n: f"第{to_chinese(n)}节 ",
    "article": lambda n: f"第{to_chinese(n)}条 ",
    "named": lambda n: f"Action {n:02}: ",
    "named theme": lambda n: f"Theme {to_roman(n)}. ",
    "named in Chinese": lambda n: f"任务{to_chinese(n)}：",
    "han": lambda n: f"{to_chinese(n)}、",
    "han in brackets": lambda n: f"（{to_chinese(n)}）",
    "han in half-width brackets": lambda n: f"({to_chinese(n)})",
    "enclosed han": lambda n: "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩"[n - 1],
    "roman in brackets": lambda n: f"({to_roman(n)}) ",
    "small roman in brackets": lambda n: f"({to_roman(n).lower()}) ",
    "letter in brackets": lambda n: f"({string.ascii_lowercase[n - 1]}) ",
    "digits in brackets": lambda n: f"（{n}）",
    "roman with a point": lambda n: f"{to_roman(n)}. ",
    "decimal": lambda n: f"7.{n} ",
    "decimal of three": lambda n: f"2.4.{n} ",
    "digits with a point": lambda n: f"{n}. ",
    "digits with a full-width point": lambda n: f"{n}．",
    "digits with a comma": lambda n: f"{n}、",
    "digits with a bracket": lambda n: f"{n}) ",
    "letter with a bracket": lambda n: f"{string.ascii_lowercase[n - 1]}) ",
    "letter with a point": lambda n: f"{string.ascii_uppercase[n - 1]}. ",
    "circled": lambda n: "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"[n - 1],
    "enclosed digits": lambda n: "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"[n - 1],
}
# Ways to write the same style, of which a document uses only one.
SAME_STYLE = {
    "named theme": "named",
    "han in half-width brackets": "han in brackets",
    "digits with a full-width point": "digits with a point",
    "digits with a comma": "digits with a point",
}
# Pairs that cannot be told apart by the line alone, and seldom by the sequence.
ALIKE = ({"small roman in brackets", "letter in brackets"}, {"roman with a point", "letter with a point"})
WORDS = st.sampled_from(["Build the pier", "Open a school", "建设环湖公路", "优化公交线路", "Plant trees by the lake"])


@dataclass(frozen=True)
class Outline:
    """Depth, number and words of each item, and the style of each depth."""

    styles: tuple[str, ...]
    items: tuple[tuple[int, int, str], ...]


@st.composite
def outlines(draw: st.DrawFn) -> Outline:
    depths = draw(st.integers(1, 3))
    styles = draw(st.lists(st.sampled_from(sorted(WRITERS)), min_size=depths, max_size=depths, unique=True))
    kinds = [SAME_STYLE.get(style, style) for style in styles]
    ranks = [RANKS.get(kind, 0) for kind in kinds if kind in RANKS]
    assume(ranks == sorted(ranks) and not any(kind in RANKS for kind in kinds[1:] if kinds[0] not in RANKS))
    assume(len(set(kinds)) == depths and not any(pair <= set(kinds) for pair in ALIKE))
    items: list[tuple[int, int, str]] = []
    counts = [0] * depths
    continues = [draw(st.booleans()) for _ in range(depths)]

    def add(depth: int) -> None:
        for _ in range(draw(st.integers(2, 4 if depth == 0 else 3))):
            counts[depth] += 1
            if counts[depth] > 10:
                return
            unique = string.ascii_uppercase[len(items) % 26] * (len(items) // 26 + 2)
            items.append((depth, counts[depth], f"{draw(WORDS)} {unique}"))
            if depth + 1 < depths:
                if not continues[depth + 1]:
                    counts[depth + 1] = 0
                add(depth + 1)

    add(0)
    return Outline(tuple(styles), tuple(items))


def lines_of(outline: Outline) -> list[str]:
    return [f"{WRITERS[outline.styles[depth]](number)}{words}" for depth, number, words in outline.items]


def as_text(outline: Outline) -> bytes:
    return "\n".join(lines_of(outline)).encode()


def as_markdown(outline: Outline) -> bytes:
    depths = (depth for depth, _, _ in outline.items)
    marks = ("#" * (depth + 2) + " " if depth + 1 < len(outline.styles) else "" for depth in depths)
    return "\n".join(f"{mark}{line}\n" for mark, line in zip(marks, lines_of(outline), strict=True)).encode()


def as_page(outline: Outline) -> bytes:
    return f"<html><body><div>{''.join(f'<p>{escape(line)}</p>' for line in lines_of(outline))}</div></body></html>".encode()


@pytest.mark.parametrize(
    ("write", "media_type"),
    [(as_text, "text/plain"), (as_markdown, "text/markdown"), (as_page, "text/html")],
    ids=["text", "markdown", "page"],
)
@given(outline=outlines())
@settings(deadline=None, max_examples=150)
def test_an_outline_is_read_back_as_it_was_written(
    write: Callable[[Outline], bytes], media_type: str, outline: Outline
) -> None:
    reading = read(write(outline), media_type)
    items, problems = read_outline(reading.blocks, LEXICONS["en"])
    read_back = [
        (item.depth, item.label.ordinal, reading.blocks[item.block].text[item.label.length :].strip()) for item in items
    ]
    assert read_back == list(outline.items)
    assert not problems


@pytest.mark.parametrize("style", sorted(WRITERS))
def test_each_style_counts_to_ten(style: str) -> None:
    outline = Outline((style,), tuple((0, number, "Build the pier") for number in range(1, 11)))
    items, problems = read_outline(read(as_text(outline), "text/plain").blocks, LEXICONS["en"])
    assert [item.label.ordinal for item in items] == list(range(1, 11))
    assert len({item.label.style for item in items}) == 1
    assert not problems
