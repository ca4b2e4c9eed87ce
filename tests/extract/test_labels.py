from __future__ import annotations

import pytest

from extract.labels import STYLES, Style, read_labels


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_style_reads_its_own_example(style: Style) -> None:
    block = f"{style.example} Build a bridge"
    names = (f"{style.name} ", f"{style.name}, ")
    label = next(label for label in read_labels(block) if f"{label.style} ".startswith(names))
    assert label.text == style.example
    assert block[label.length :] == "Build a bridge"


@pytest.mark.parametrize(
    ("block", "text", "ordinal"),
    [
        ("36. Promote", "36.", 36),
        ("2.We will", "2.", 2),
        ("三十六、建设", "三十六、", 36),
        ("（十二）建设", "（十二）", 12),
        ("(VIII) Promoting", "(VIII)", 8),
        ("第十二章 总则", "第十二章", 12),
        ("1．建设", "1．", 1),
        ("⑳ last", "⑳", 20),
        ("Action 05: Map", "Action 05:", 5),
        ("  3) three", "3)", 3),
        ('"First - build a pier', "First -", 1),
        ("“三、建设码头", "三、", 3),
    ],
)
def test_a_label_gives_its_ordinal(block: str, text: str, ordinal: int) -> None:
    assert (text, ordinal) in {(label.text, label.ordinal) for label in read_labels(block)}


@pytest.mark.parametrize(
    "block", ["1-10月", "800 billion yuan", "2019 was", "I agree", "Mix. it", "一般来说", "(see below)", "", "..."]
)
def test_other_numbers_are_not_labels(block: str) -> None:
    assert read_labels(block) == ()
