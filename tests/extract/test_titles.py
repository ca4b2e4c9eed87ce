"""The title, wherever a document states it."""

from __future__ import annotations

import pytest

from extract.article import find_article
from extract.languages import detect_language
from extract.lexicon import LEXICONS
from extract.reading import read
from extract.titles import WEIGHTS, propose_titles

TASKS = "一、修建码头\n（一）加固堤岸。更换护栏。\n（二）清理航道。每年清淤一次。\n"


def read_title(text: str, media_type: str = "text/plain") -> str | None:
    reading = read(text.encode(), media_type)
    return find_article(reading, "", LEXICONS[detect_language(reading.text)]).stated.title


@pytest.mark.parametrize(
    ("head", "title"),
    [
        # A title over several lines, in a collection that numbers its documents and adds their days.
        (
            "7. 北港市人民政府办公室关于印发北港市码头安全\n管理工作方案的通知（2023 年4 月5 日）\n北政办〔2023〕7 号\n",
            "北港市人民政府办公室关于印发北港市码头安全管理工作方案的通知",
        ),
        ("3. 北港市码头安全十条措施（2023 年4 月1\n1 日）\n北安发〔2023〕8 号\n", "北港市码头安全十条措施"),
        (
            "中共北港市委\n北港市人民政府关于印发\n《2023 年北港市码\n头整治清单》的通知\n# Page 12:\n北发〔2023〕2 号\n",
            None,
        ),
        # Letterheads.
        (
            "北港市交通局\n文件\n北 港 市 财 政 局\n北交〔2022〕6 号\n关于加强码头收费管理的通知\n各区交通局：\n",
            "关于加强码头收费管理的通知",
        ),
        # The card's title, whose words are broken in the text.
        (
            "发文机关：北港市政府\n标　　题：北港市政府关于加强码头管理工作的意见\n\n北港市政府关于加强\n码头管理工作的意见\n北政〔2022〕6号\n",
            "北港市政府关于加强码头管理工作的意见",
        ),
        (
            "# 原件\n\n- id: 7\n- title: 北港市关于码头的意见\n- publish_date: 2022-05-17\n\n---\n\n北港市关于码头的意见\n",
            "北港市关于码头的意见",
        ),
        # Buttons and captions above the title; lines that go on with it.
        ("下载\n打印\n【字号：\n大\n中\n】\n2026年北港市码头整治方案\n来源：北港日报\n", "2026年北港市码头整治方案"),
        ("码头旧照。 北港日报记者 张三 摄\n北港市码头整治方案\n2026-02-02\n", "北港市码头整治方案"),
        ("北港市交通局2026 年度\n码头整治方案\n为整治码头，制定本方案。\n", "北港市交通局2026 年度码头整治方案"),
        ("附件1\n\n北港市码头整治方案\n（2026—2028年）\n", "北港市码头整治方案（2026—2028年）"),
        ("北港市码头整治方案\n（征求意见稿）\n", "北港市码头整治方案（征求意见稿）"),
        ("附件：北港市码头整治方案\n为整治码头，制定本方案。\n", "北港市码头整治方案"),
    ],
)
def test_official_titles_are_read_whole(head: str, title: str | None) -> None:
    expected = title or "中共北港市委北港市人民政府关于印发《2023 年北港市码头整治清单》的通知"
    read_one = read_title(head + TASKS)
    assert read_one is not None
    assert read_one.replace(" ", "") == expected.replace(" ", "")


def test_a_title_is_found_in_a_text_without_line_breaks() -> None:
    text = (
        "北港市交通局北港市林业局文件北交〔2022〕16号北港市交通局北港市林业局关于做好码头绿化工作的通知各区交通局、林业局:"
        + "为做好码头绿化，现就有关事项通知如下:一、加强领导。各区要加强领导。二、抓紧实施。各区要抓紧实施。" * 8
    )
    assert read_title(text) == "北港市交通局北港市林业局关于做好码头绿化工作的通知"


@pytest.mark.parametrize(
    ("page", "title"),
    [
        # The window's title without the site's name, also where a headline is only the name of a section.
        (
            "<title>Strategic Plan - College of Boats - University of Eastmouth | College of Boats</title>"
            "<h1>College of Boats</h1><h4>Beliefs</h4><p>We build.</p><h4>Mission</h4>",
            "Strategic Plan",
        ),
        (
            "<title>Harbour Strategies and Actions</title><h2>Approach</h2><p>x y z.</p><h2>Goals</h2><p>x.</p>",
            "Harbour Strategies and Actions",
        ),
        (
            "<title>码头观察报告</title><h1>0. 前言</h1><p>本报告观察码头。</p><h1>1. 法规</h1><p>法规散见各处。</p><h1>2. 结论</h1>",
            "码头观察报告",
        ),
        (
            "<title>北港市政府关于码头的意见_北港新闻网</title><p>北港市政府关于码头的意见</p><p>2022-05-09 来源：北港日报</p><p>各区政府：</p>",
            "北港市政府关于码头的意见",
        ),
        # Gaps in a headline are its own.
        ("<title>x</title><h1>第4轮减负推9项措施　共花250亿</h1><p>内容。</p>", "第4轮减负推9项措施 共花250亿"),
    ],
)
def test_the_title_of_a_page_is_not_that_of_its_site_or_of_a_section(page: str, title: str) -> None:
    assert read_title(page, "text/html") == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('---\ntitle: "FACT SHEET: Plan for Quays and\\_\\\n  Ferries"\n---\nText.\n', "FACT SHEET: Plan for Quays and Ferries"),
        ("---\ntitle: 'Fact Sheet: The Harbour\n  Plan'\n---\nText.\n", "Fact Sheet: The Harbour Plan"),
        ("---\ntitle: Questions: and Answers\n tags: [a\n---\n\n**Today we announce many immediate actions:**\n", "Questions: and Answers"),
        ("[<- Back](1.md) | [Contents](2.md)\n\n## Next Steps\n\n### Open Quays\n\n1. Build.\n\n### Open Ships\n\n2. Train.\n", "Next Steps"),
        ("# Source: harbour_strategy.pdf\n\nType: pdf\n\n# HM Government\n\n# National Harbour Strategy\n\n# Contents\n\n# Part 1\n", "National Harbour Strategy"),
        ("**Policy Brief**\n\n**Fish in the Bay by Season**\n\n**1. Objective**\n\nTo count fish.\n\n**2. Results**\n", "Policy Brief: Fish in the Bay by Season"),
        ("1. Build a quay.\n2. Build a pier.\n", None),
    ],
)  # fmt: skip
def test_the_title_of_markdown_is_its_authors(text: str, title: str | None) -> None:
    assert read_title(text, "text/markdown") == title


def test_the_subject_of_an_order_follows_its_kind_and_number() -> None:
    text = "EXECUTIVE ORDER\nNUMBER FORTY\nTO: HEADS OF AGENCIES\nRE: OPENING THE QUAYS OF THE BAY\nWHEREAS, quays are closed, they shall be opened.\n"
    assert read_title(text) == "EXECUTIVE ORDER NUMBER FORTY: OPENING THE QUAYS OF THE BAY"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("THE CITY OF BAYTOWN\nOFFICE OF THE MAYOR\nBAYTOWN, OHIO 10007\nEXECUTIVE ORDER NO. 5\nPROVIDING FOR OPEN QUAYS\nWHEREAS, quays are closed, they shall be opened.\n", "EXECUTIVE ORDER NO. 5: PROVIDING FOR OPEN QUAYS"),
        ("EXECUTIVE ORDER OF THE MAYOR\nNo. 2014-04\nBaytown Quay Policy\nWHEREAS, quays are closed, they shall be opened.\n", "EXECUTIVE ORDER OF THE MAYOR No. 2014-04: Baytown Quay Policy"),
        ("Executive Directive No. 3 Issue Date: December 18, 2013\nSubject: Open Quays\nQuays are closed; they shall be opened.\n", "Executive Directive No. 3: Open Quays"),
        ("Circular No. 5 of 2026\nOpening the Quays to Boats\n3 March 2026\nQuays are closed.\n", "Circular No. 5 of 2026: Opening the Quays to Boats"),
        ("MINISTRY OF BAYS\nNATIONAL QUAY STRATEGY\n2026-2030\nMarch 2026\nQuays are closed.\n", "NATIONAL QUAY STRATEGY 2026-2030"),
    ],
)  # fmt: skip
def test_the_title_of_an_order_stands_below_its_letterhead(text: str, title: str) -> None:
    assert read_title(text) == title


def test_the_window_does_not_name_a_file_or_a_host() -> None:
    page = "<title>quay plan_FINAL.docx</title><p>Address: Bay Road 4</p><h2>Strategic Plan 2026–2030 for the Bay</h2><p>We build quays for all.</p>"
    assert read_title(page, "text/html") == "Strategic Plan 2026–2030 for the Bay"
    page = "<title>Plan for the Bay 2026 - Bay.ca</title><h2>Vision</h2><p>We build quays for all.</p>"
    assert read_title(page, "text/html") == "Plan for the Bay 2026"


def test_the_evidence_for_each_title_is_weighed() -> None:
    reading = read(b"Plan for the Quays\n\nBy Ann Lee\n\n1. Build a quay.\n2. Build a pier.\n", "text/plain")
    titles = propose_titles(reading, {}, LEXICONS["en"])
    assert titles[0].text == "Plan for the Quays"
    assert {"first line", "above the day or byline", "names a plan"} <= titles[0].evidence.keys()
    assert titles[0].score == sum(WEIGHTS[kind] for kind in titles[0].evidence)
    assert max(titles, key=lambda title: title.score) is titles[0]


def test_a_cover_may_set_each_word_of_a_title_on_a_line() -> None:
    text = "###### RESILIENCE\n\n###### STRATEGY\n\n###### OF THE BAY TOWNS ALONE\n\n# VISION\n\n###### A\n\n###### B\n"
    assert read_title(text, "text/markdown") == "RESILIENCE STRATEGY"


def test_a_title_goes_on_with_a_line_in_small_letters() -> None:
    text = "# Steps for the Towns\n\n## as part of\n\n## the Third Bay Action Plan\n\n## September 2016\n\n## A\n"
    assert read_title(text, "text/markdown") == "Steps for the Towns as part of the Third Bay Action Plan"
