from __future__ import annotations

import pytest

from extract.citations import choose_plan_title, collect_citations, find_named_documents
from extract.lexicon import LEXICONS
from extract.reader import read_plan
from extract.reading import read


def list_citations(text: str, language: str = "en", title: str | None = None) -> list[tuple[str, str | None]]:
    named = find_named_documents(read(text.encode(), "text/plain").blocks, LEXICONS[language])
    return [(citation.title, citation.years) for citation in collect_citations(named, title)]


@pytest.mark.parametrize(
    ("text", "language", "documents"),
    [
        ("It implements the Coastal Development Plan.", "en", [("Coastal Development Plan", None)]),
        (
            "the Clean Water Act and Action Plan on Harbours (2018–2022)",
            "en",
            [("Clean Water Act", None), ("Action Plan on Harbours", "2018-2022")],
        ),
        (
            "the Guiding Opinions of the Central Office and the State Council on Building Towns, Towns Development Plan",
            "en",
            [
                ("Guiding Opinions of the Central Office and the State Council on Building Towns", None),
                ("Towns Development Plan", None),
            ],
        ),
        ('Among the "3+5" Series Cooperation Agreement signed', "en", [('"3+5" Series Cooperation Agreement', None)]),
        ("According to the Plan, the towns plan to plan.", "en", []),
        ("Our Privacy Statement", "en", []),
        (
            "落实《湖区发展规划纲要》和《行动计划（2018—2022年）》",
            "zh",
            [("湖区发展规划纲要", None), ("行动计划", "2018-2022")],
        ),
    ],
)
def test_documents_are_found_by_name(text: str, language: str, documents: list[tuple[str, str | None]]) -> None:
    assert list_citations(text, language) == documents


def test_the_plan_itself_is_not_cited() -> None:
    assert list_citations("the Joint Plan on Towns (hereinafter the Plan) follows the Joint Plan on Roads") == [
        ("Joint Plan on Roads", None)
    ]
    assert list_citations("the Joint Plan on Towns", title="Joint Plan on Towns to be carried out") == []


def test_a_document_named_twice_is_cited_once_with_its_years() -> None:
    assert list_citations("the Harbour Action Plan and later the Harbour Action Plan (2020-2022)") == [
        ("Harbour Action Plan", "2020-2022")
    ]


@pytest.mark.parametrize(
    ("title", "text", "language", "plan"),
    [
        ("北港市政府办公室关于印发《北港市码头方案》的通知", "", "zh", "北港市码头方案"),
        ("北港市政府办公室关于转发市交通局等四部门制订的《北港市码头方案》的通知", "", "zh", "北港市码头方案"),
        ("北港市政府关于印发支持码头若干政策和北港市码头提升计划（2022—2024年）的通知", "", "zh", "支持码头若干政策"),
        # What a text only follows or carries out is not the plan.
        ("北港市关于对接《寒地渔业协定》新规则的实施意见", "", "zh", None),
        (
            "北港市关于印发北港市对接《寒地渔业协定》（HGT）新规则方案的通知",
            "",
            "zh",
            "北港市对接《寒地渔业协定》（HGT）新规则方案",
        ),
        ("北港市贯彻落实《两湖合作协议》重点任务分工", "", "zh", None),
        ("北港市码头意见", "根据《省政府关于码头的意见》（以下简称《意见》），提出如下意见。", "zh", None),
        ("两市联合发布方案", "两市签署的《两湖合作方案》（以下简称《方案》）印发。", "zh", "两湖合作方案"),
        ("关于码头工作的函", "现将《北港市码头方案》印发给你们。根据《港口法》办理。", "zh", "北港市码头方案"),
        ("Harbour Towns to Share Ferries, Schools and a Flood Plan", "", "en", None),
        (
            "FACT SHEET: The Harbour Action Plan for Ports and Waterways",
            "",
            "en",
            "Harbour Action Plan for Ports and Waterways",
        ),
        ("Ministry Releases the National Harbour Action Plan", "", "en", "National Harbour Action Plan"),
    ],
)
def test_the_plan_is_told_from_what_the_text_only_cites(title: str, text: str, language: str, plan: str | None) -> None:
    blocks = read(text.encode(), "text/plain").blocks
    lexicon = LEXICONS[language]
    assert choose_plan_title(title, blocks, find_named_documents(blocks, lexicon), lexicon) == plan


TWO_PLANS = """北港市政府关于印发支持码头发展若干政策和北港市码头提升行动计划的通知

北政发〔2022〕3号

各区政府：

现将《支持码头发展若干政策》《北港市码头提升行动计划》印发给你们。

北港市政府

2022年5月6日

支持码头发展若干政策

为发展码头，制定本政策。

修建码头的，给予奖补。

修建航道的，给予奖补。

北港市码头提升行动计划

一、行动步骤

（一）修建码头。加固堤岸。（责任单位：市交通局）

（二）清理航道。每年清淤。（责任单位：市水务局）

（三）改造泊位。新建泊位。（责任单位：市交通局）
"""


def test_of_two_plans_in_one_notice_the_title_is_that_of_the_tasks() -> None:
    plan = read_plan(TWO_PLANS.encode(), "text/plain", "")
    assert plan.article.plan_title == "北港市码头提升行动计划"
    left_out = [problem for problem in plan.problems if "another plan is left out" in problem.message]
    assert [problem.message for problem in left_out] == ["another plan is left out: 支持码头发展若干政策"]
    assert TWO_PLANS[left_out[0].start :].startswith("支持码头发展若干政策\n")


def test_a_plan_of_its_own_is_not_left_out() -> None:
    text = TWO_PLANS.replace("支持码头发展若干政策和", "").replace("支持码头发展若干政策\n", "北港市码头\n")
    plan = read_plan(text.encode(), "text/plain", "")
    assert plan.article.plan_title == "北港市码头提升行动计划"
    assert not any("left out" in problem.message for problem in plan.problems)
