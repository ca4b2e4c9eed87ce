"""The bodies that issue a document."""

from __future__ import annotations

import pytest

from extract.issuers import split_issuers
from extract.lexicon import LEXICONS
from extract.reader import read_plan

TASKS = "一、修建码头\n（一）加固堤岸。更换护栏。\n（二）清理航道。每年清淤一次。\n"


@pytest.mark.parametrize(
    ("text", "issuers"),
    [
        (f"北港市政府关于修建码头的意见\n各区政府：\n{TASKS}", ["北港市政府"]),
        # All who sign, the title's short form of one of them left out.
        (
            f"北港市交通局等3部门关于修建码头的通知\n各区政府：\n{TASKS}北港市交通局\n北港市财政局\n北港市水务局\n2022年7月10日\n",
            ["北港市交通局", "北港市财政局", "北港市水务局"],
        ),
        # A letterhead, set wide.
        (f"北 港 市 交 通 局\n北交〔2022〕9号\n关于修建码头的通知\n各区政府：\n{TASKS}", ["北港市交通局"]),
        # The card overrules all.
        (f"发文机关：北港市委、北港市政府\n标题：关于修建码头的通知\n{TASKS}", ["北港市委", "北港市政府"]),
        # Who publishes a page has not issued what another signs.
        (f"北港市政府关于修建码头的意见\n发布机构: 北港市交通局\n各区政府：\n{TASKS}", ["北港市政府"]),
        (f"北港市码头整治方案\n为整治码头，制定本方案。\n{TASKS}", []),
    ],
)
def test_issuers_are_named_by_title_signature_or_letterhead(text: str, issuers: list[str]) -> None:
    assert list(read_plan(text.encode(), "text/plain", "").article.issuers) == issuers


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("北港市交通局北港市财政局文件", ["北港市交通局", "北港市财政局"]),
        ("中共北港市委办公室北港市人民政府办公室", ["中共北港市委办公室", "北港市人民政府办公室"]),
        ("北港市交通局 北港市财政局", ["北港市交通局", "北港市财政局"]),
        ("各区交通局", []),
        ("为加强管理，北港市交通局", []),
        ("", []),
    ],
)
def test_names_are_split(line: str, names: list[str]) -> None:
    assert list(split_issuers(line, LEXICONS["zh"])) == names
