"""Chinese in traditional characters is read as the same text in simplified ones, and keeps its own characters."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from extract.lexicon import LEXICONS, choose_lexicon
from extract.lexicon.traditional import FORMS, add_variants, is_traditional
from extract.reader import read_plan
from extract.reading import choose_media_type
from tests.conftest import FIXTURES

PLANS = sorted(path for path in (FIXTURES / "plans").glob("zh-*") if path.suffix not in (".json", ".expected"))
TO_TRADITIONAL = {ord(simplified): forms[1] for simplified, forms in FORMS.items()}


def describe(text: str, name: str) -> dict[str, Any]:
    """What is read in a document, but for the words that explain it."""
    content = text.encode()
    plan = asdict(read_plan(content, choose_media_type(name, content), ""))
    return {key: value for key, value in plan.items() if key not in ("reasons", "problems")}


@pytest.mark.parametrize("path", [each for each in PLANS if ".expected" not in each.name], ids=lambda path: path.name)
def test_a_plan_in_traditional_characters_is_read_like_the_same_in_simplified_ones(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    simplified = describe(text, path.name)
    expected = json.dumps(simplified, ensure_ascii=False, default=str).translate(TO_TRADITIONAL)
    traditional = describe(text.translate(TO_TRADITIONAL), path.name)
    for task in (*traditional["tasks"], *(expected_plan := json.loads(expected))["tasks"]):
        del task["fragment"]  # which holds escapes
    assert json.loads(json.dumps(traditional, ensure_ascii=False, default=str)) == expected_plan


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("任务", "任務"),
        ("[任务]{2}", "任務"),
        (r"[^务\]]+", "任"),
        (r"\[务\]", "[務]"),
        ("(?:发|台)展", "髮展"),
        ("(?<=发)展?", "發"),
    ],
)
def test_a_pattern_matches_both_scripts(pattern: str, text: str) -> None:
    both = re.compile(add_variants(pattern))
    assert both.search(text)
    assert re.search(pattern, "任务[务]发展") is None or both.search("任务[务]发展")
    assert not re.compile(add_variants(r"^[^务\]]$")).search("務")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("市府今日公布六項措施", True),
        ("市政府今天公布六项措施", False),
        ("三月一日", False),
        ("", False),
        ("《著作权法》实施后，里程碑", False),  # traditional forms that simplified texts have too
        ("香港特別行政區政府公布《北部都會區行動綱領》，简称《纲》", True),
    ],
)
def test_the_script_is_that_of_most_distinct_characters(text: str, expected: bool) -> None:
    assert is_traditional(text) is expected
    assert (choose_lexicon("zh", text) is LEXICONS["zh"]) is not expected
    assert choose_lexicon("en", text) is LEXICONS["en"]


def test_words_of_taiwan_and_hong_kong_are_read() -> None:
    text = """青湖市綠色運輸推動計畫
一、前言
近年車輛增加，空氣品質下降。
二、推動措施
（一）建置公車專用道。沿湖岸佈設三條路線。
（二）汰換老舊機車。補助電動車輛。
（三）研議停車收費。檢討現行費率。
（四）辦理交通教育。
"""
    plan = read_plan(text.encode(), "text/plain", "")
    assert [task.title for task in plan.tasks] == ["建置公車專用道", "汰換老舊機車", "研議停車收費", "辦理交通教育"]
    traditional = choose_lexicon("zh", text)
    for role, heads in {
        "deadline": ("辦理期程", "預定完成日期"),
        "responsible": ("權責機關", "執行機關"),
        "lead": ("主辦機關",),
    }.items():
        assert all(traditional.columns[role].fullmatch(head) for head in heads)


def test_no_character_stands_in_the_table_twice() -> None:
    assert len(FORMS) > 2000
    assert all(len(forms) > 1 and len(set(forms)) == len(forms) for forms in FORMS.values())
