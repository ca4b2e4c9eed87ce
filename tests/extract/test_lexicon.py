"""Each row of each lexicon table matches its case, and no row is without a case."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from extract.assignments import read_assignments
from extract.deadlines import read_day, read_deadline
from extract.lexicon import LEXICONS, en, zh
from extract.lexicon.rows import AREA, BODY, DEADLINE, LEAD, ORDINAL, OUTPUT, RESPONSIBLE, SUPPORT, TASK, Lexicon

EN, ZH = LEXICONS["en"], LEXICONS["zh"]
Bodies = list[tuple[str, str]]

# A task's text, and the bodies in it with their roles.
ASSIGNED: list[tuple[Lexicon, str, Bodies]] = [
    (ZH, "建设公路。（牵头单位：市交通局）", [("市交通局", LEAD)]),
    (ZH, "建设公路。牵头部门：市交通局、市财政局", [("市交通局", LEAD), ("市财政局", LEAD)]),
    (ZH, "建设公路。（配合单位：市财政局、各区政府）", [("市财政局", SUPPORT), ("各区政府", SUPPORT)]),
    (ZH, "建设公路。（责任单位：市交通局、市财政局等）", [("市交通局", RESPONSIBLE), ("市财政局", RESPONSIBLE)]),
    (ZH, "建设公路（责任单位：市交通局、市文化和旅游局）", [("市交通局", RESPONSIBLE), ("市文化和旅游局", RESPONSIBLE)]),
    (ZH, "建设公路。（市交通局牵头）", [("市交通局", LEAD)]),
    (ZH, "建设公路。（市交通局牵头，市财政局、各区政府配合）", [("市交通局", LEAD), ("市财政局", SUPPORT), ("各区政府", SUPPORT)]),
    (ZH, "建设公路。（市交通局牵头；市财政局等按职责分工负责）", [("市交通局", LEAD), ("市财政局", SUPPORT)]),
    (ZH, "建设公路。（市交通局、市财政局按职责分工负责）", [("市交通局", RESPONSIBLE), ("市财政局", RESPONSIBLE)]),
    (ZH, "建设公路（交通局、水务局等有关部门和单位按职责分工负责）", [("交通局", RESPONSIBLE), ("水务局", RESPONSIBLE)]),
    (ZH, "建设公路。（各省级人民政府，交通部（公路局、养护局）负责）", [("各省级人民政府", RESPONSIBLE), ("交通部（公路局、养护局）", RESPONSIBLE)]),
    (ZH, "建设公路。（市交通局、各有关部门和单位负责）", [("市交通局", RESPONSIBLE), ("各有关部门和单位", RESPONSIBLE)]),
    (ZH, "建设公路。（市委宣传部（市政府新闻办、市电影局）、市财政局等有关部门负责）", [("市委宣传部（市政府新闻办、市电影局）", RESPONSIBLE), ("市财政局", RESPONSIBLE)]),
    (ZH, "建设公路。（市交通局、市财政局）", [("市交通局", RESPONSIBLE), ("市财政局", RESPONSIBLE)]),
    (ZH, "建设公路，由市交通局牵头，市财政局等配合。", [("市交通局", LEAD), ("市财政局", SUPPORT)]),
    (ZH, "建设公路。由市交通局牵头，会同市财政局、人民银行西湖市分行推进落实。", [("市交通局", LEAD), ("市财政局", SUPPORT), ("人民银行西湖市分行", SUPPORT)]),
    (ZH, "建设公路。市交通局牵头，市财政局参与。", [("市交通局", LEAD), ("市财政局", SUPPORT)]),
    (ZH, "建设公路。充分发挥市公路工作领导小组牵头抓总作用，加快进度。", [("市公路工作领导小组", LEAD)]),
    (ZH, "建设公路。由市交通局负责，市财政局配合。", [("市交通局", LEAD), ("市财政局", SUPPORT)]),
    (ZH, "建设公路，由市公路公司结合进度负责实施。", [("市公路公司", RESPONSIBLE)]),
    (ZH, "公路200公里，市公路局负责设计。", [("市公路局", RESPONSIBLE)]),
    (ZH, "清查车辆\n市公安局交警支队要开展清查；市财政局要给予支持。", [("市公安局交警支队", LEAD), ("市财政局", LEAD)]),
    (ZH, "清查车辆\n区公安局交警部门要联合区农业局开展清查。", [("区公安局交警部门", LEAD), ("区农业局", SUPPORT)]),
    (ZH, "西湖大学公路研究院。负责设计公路。", [("西湖大学公路研究院", RESPONSIBLE)]),
    (ZH, "建设数据中心。", []),
    (ZH, "建设公路。学校内由教育部门负责的照旧。", []),
    (ZH, "规范培训。（学校内由教育部门负责，其他另定）", []),
    (EN, "Build roads.\nLead agency: Roads Office", [("Roads Office", LEAD)]),
    (EN, "Build roads.\n- Joint leads: DfT and GSA", [("DfT", LEAD), ("GSA", LEAD)]),
    (EN, "Build roads.\nAction owner – Roads Office", [("Roads Office", LEAD)]),
    (EN, "Build roads.\nLead Ministry/Agency: Roads Office, working with HM Treasury", [("Roads Office", LEAD), ("HM Treasury", SUPPORT)]),
    (EN, "Build roads.\nMain department: Roads Office", [("Roads Office", LEAD)]),
    (EN, "Build roads.\nDelivery partners: Roads Office, Town Works", [("Roads Office", RESPONSIBLE), ("Town Works", RESPONSIBLE)]),
    (EN, "Build roads.\nLed by: Roads Office and the Harbour Office", [("Roads Office", LEAD), ("Harbour Office", LEAD)]),
    (EN, "Build roads.\nSupporting agencies: Harbour Office, Treasury", [("Harbour Office", SUPPORT), ("Treasury", SUPPORT)]),
    (EN, "Build roads.\nLead: the Housing and Roads Board and Lake Police", [("Housing and Roads Board", LEAD), ("Lake Police", LEAD)]),
    (EN, "Build roads.\nLead: Department for Food, Farms and Rural Affairs, Treasury", [("Department for Food, Farms and Rural Affairs", LEAD), ("Treasury", LEAD)]),
    (EN, "Build roads.\nSupported by: Treasury", [("Treasury", SUPPORT)]),
    (EN, "Build roads.\nResponsible department: Roads Office", [("Roads Office", RESPONSIBLE)]),
    (EN, "Build roads. Led by the Roads Office through its bureau, open them.", [("Roads Office", LEAD)]),
    (EN, "Led by the Roads Office in coordination with the Treasury, build roads.", [("Roads Office", LEAD), ("Treasury", SUPPORT)]),
    (EN, "Build roads led by the Roads Office", [("Roads Office", LEAD)]),
    (EN, "Build roads in partnership with the Harbour Office", [("Harbour Office", SUPPORT)]),
    (EN, "The Secretary of Roads and Harbours shall build them.", [("Secretary of Roads and Harbours", LEAD)]),
    (EN, "Roads Office will build them.", [("Roads Office", LEAD)]),
    (EN, "Departments will build them.", []),
    (EN, "The committee recommends that the Roads Office, with others, amend them.", [("Roads Office", LEAD)]),
    (EN, "The committee recommends that the National Roads Plan be amended.", []),
    (EN, "Roads Office to build them by June 2026.", [("Roads Office", LEAD)]),
    (EN, "National Commission to End Dust", []),
    (EN, "Roads shall be overseen by the Roads Office and the Town Board, which report.", [("Roads Office", LEAD), ("Town Board", LEAD)]),
    (EN, "Harbour Department: build roads.", [("Harbour Department", LEAD)]),
    (EN, "Build roads. Jointly led by the Roads Office and the Treasury.", [("Roads Office", LEAD), ("Treasury", LEAD)]),
    (EN, "Build roads. Responsible: Roads Office (lead), Treasury, Town Works", [("Roads Office", LEAD), ("Treasury", SUPPORT), ("Town Works", SUPPORT)]),
    (EN, "Build roads. Responsible: Roads Office (lead); Treasury (support)", [("Roads Office", LEAD), ("Treasury", SUPPORT)]),
    (EN, "Build roads. Lead agency: Roads Office Supporting agencies: Treasury Timeline: 2026", [("Roads Office", LEAD), ("Treasury", SUPPORT)]),
    (EN, "Build roads. Supporting departments: Treasury; Town Works", [("Treasury", SUPPORT), ("Town Works", SUPPORT)]),
    (EN, "Build roads. Lead: DfT; Support: Treasury", [("DfT", LEAD), ("Treasury", SUPPORT)]),
    (EN, "Build roads. Agency responsible: Roads Office", [("Roads Office", RESPONSIBLE)]),
    (EN, "Build roads. Who: Roads Office. When: June 2026.", [("Roads Office", RESPONSIBLE)]),
    (EN, "The Ministry of Works and the Harbour School should build them.", [("Ministry of Works", LEAD), ("Harbour School", LEAD)]),
    (EN, "The Ministry of Works and Industry should build them.", [("Ministry of Works and Industry", LEAD)]),
    (EN, "The Ministry of Works and the Environment should build them.", [("Ministry of Works and the Environment", LEAD)]),
    (EN, "The Roads Office, Ofsted and the Treasury will build them.", [("Roads Office", LEAD), ("Ofsted", LEAD), ("Treasury", LEAD)]),
    (ZH, "建设公路。由市交通局牵头，会同市财政局组织实施。", [("市交通局", LEAD), ("市财政局", SUPPORT)]),
    (ZH, "市交通局会同市财政局建设公路。", [("市交通局", LEAD), ("市财政局", SUPPORT)]),
    (ZH, "市交通局负责建设公路，市财政局配合。", [("市交通局", LEAD), ("市财政局", SUPPORT)]),
    (ZH, "建设公路。（市交通局（牵头）、市财政局负责）", [("市交通局", LEAD), ("市财政局", SUPPORT)]),
    (ZH, "建设公路。责任部门：市交通局 市财政局", [("市交通局", RESPONSIBLE), ("市财政局", RESPONSIBLE)]),
    (ZH, "建设公路。责任单位:市交通局等市级各有关部门 完成时限:2025年6月底前", [("市交通局", RESPONSIBLE)]),
    (ZH, "建设公路。（市财政局等市直有关单位、各县区政府）", [("市财政局", RESPONSIBLE), ("各县区政府", RESPONSIBLE)]),
    (ZH, "建设公路。（责任单位：市财政局等和各县人民政府）", [("市财政局", RESPONSIBLE), ("各县人民政府", RESPONSIBLE)]),
    (ZH, "建设公路。（各有关部门及各市、县级政府负责）", [("各有关部门", RESPONSIBLE), ("各市、县级政府", RESPONSIBLE)]),
    (ZH, "建设公路。（各县〈市、区〉人民政府、市财政局负责）", [("各县〈市、区〉人民政府", RESPONSIBLE), ("市财政局", RESPONSIBLE)]),
    (ZH, "建设公路。（市财政局、各市公路整合牵头部门）", [("市财政局", RESPONSIBLE), ("各市公路整合牵头部门", RESPONSIBLE)]),
    (EN, "Build roads. The Harbour Office is a body in Northport.", []),
]  # fmt: skip
# A task's text, the words of its deadline and the day.
DUE: list[tuple[Lexicon, str, str | None, date | None]] = [
    (ZH, "建设公路。2025年6月底前完成。", "2025年6月底前", date(2025, 6, 30)),
    (ZH, "建设公路。于2025年6月3日前完成。", "2025年6月3日前", date(2025, 6, 3)),
    (ZH, "建设公路，6月底前建成。", "6月底前", None),
    (ZH, "每年6月底前巡查公路。", None, None),
    (ZH, "改造2000年底前建成的公路。", None, None),
    (ZH, "建设公路，2025年底前建成。", "2025年底前", date(2025, 12, 31)),
    (ZH, "制定细则，本方案印发之日起3个月内报送。", "本方案印发之日起3个月内", None),
    (ZH, "建设公路，2025年一季度前完成。", "2025年一季度前", date(2025, 3, 31)),
    (ZH, "建设公路，年底前完成。", "年底前", None),
    (ZH, "建设公路，2025年6月底完成。", "2025年6月底", date(2025, 6, 30)),
    (ZH, "于7月31日（星期五）下午下班前报送。", "7月31日（星期五）下午下班前", None),
    (ZH, "每年年底前巡查公路。", None, None),
    (ZH, "建设公路。（完成时限：2025年12月）", "2025年12月", date(2025, 12, 31)),
    (ZH, "到2025年，公路里程增长一倍。", None, None),
    (ZH, "2025年上半年完成公路建设。", "2025年上半年", date(2025, 6, 30)),
    (ZH, "2025年内建成公路。", "2025年内", date(2025, 12, 31)),
    (ZH, "公路年内完工。", "年内", None),
    (ZH, "公路2025年9月完成验收。", "2025年9月", date(2025, 9, 30)),
    (ZH, "公路3年内建成。", None, None),
    (ZH, "公路一年内建成。", None, None),
    (ZH, "2026年春节前修好公路。", "2026年春节前", None),
    (ZH, "建设公路。3月底前，制定方案。\n完成时限：2025年6月底前", "2025年6月底前", date(2025, 6, 30)),
    (ZH, "建设公路。进度要求：2025年6月底", "2025年6月底", date(2025, 6, 30)),
    (ZH, "建设公路。（完成时限：长期坚持）", None, None),
    (ZH, "2025年6月底前建设公路，2026年6月底前建设铁路。", None, None),
    (EN, "Build roads by June 2021. They are long.", "by June 2021", date(2021, 6, 30)),
    (EN, "Build roads by the end of June 2021", "by the end of June 2021", date(2021, 6, 30)),
    (EN, "Build roads by 3 June 2021", "by 3 June 2021", date(2021, 6, 3)),
    (EN, "Build roads no later than June 3, 2021", "no later than June 3, 2021", date(2021, 6, 3)),
    (EN, "Build roads by the end of 2021", "by the end of 2021", date(2021, 12, 31)),
    (EN, "Report. Within 90 days of the date of this order, build roads.", "Within 90 days of the date of this order", None),
    (EN, "Build roads by Q3 2026.", "by Q3 2026", date(2026, 9, 30)),
    (EN, "Build roads by summer 2026.", "by summer 2026", None),
    (EN, "Build roads by end-2027.", "by end-2027", date(2027, 12, 31)),
    (EN, "Build roads by end March 2027.", "by end March 2027", date(2027, 3, 31)),
    (EN, "Build roads by year-end 2027.", "by year-end 2027", date(2027, 12, 31)),
    (EN, "Build roads by FY26 Q2.", "by FY26 Q2", None),
    (EN, "Build roads by 2026/27.", "by 2026/27", None),
    (EN, "Build roads by 31/12/2026.", "by 31/12/2026", date(2026, 12, 31)),
    (EN, "Build roads by close of business on 1 May 2026.", "by close of business on 1 May 2026", date(2026, 5, 1)),
    (EN, "Build roads thirty (30) days from the date of this order.", "thirty (30) days from the date of this order", None),
    (EN, "Keep roads open for 30 days after the order.", None, None),
    (EN, "Build roads (Q3 2026)", "Q3 2026", date(2026, 9, 30)),
    (EN, "Build roads [Sept 2022]", "Sept 2022", date(2022, 9, 30)),
    (EN, "Act on the report of the Roads Office (June 2021)", None, None),
    (EN, "Build roads.\nDelivery date: March 2027", "March 2027", date(2027, 3, 31)),
    (EN, "Build roads by the end of the financial year.", "by the end of the financial year", None),
    (EN, "Build roads by the end of FY2026.", "by the end of FY2026", None),
    (EN, "Build roads no later than the end of Fiscal Year 2027.", "no later than the end of Fiscal Year 2027", None),
    (EN, "Within the next six months, build roads.", "Within the next six months", None),
    (EN, "In the next 3 months, the Roads Office should build them.", "In the next 3 months", None),
    (EN, "Build roads no later than one-hundred and twenty (120) calendar days from the date of this order.", "no later than one-hundred and twenty (120) calendar days from the date of this order", None),
    (EN, "Build roads by 31 March.", "by 31 March", None),
    (EN, "Build roads before the end of the year.", "before the end of the year", None),
    (EN, "Review the fees by 2028.", "by 2028", None),
    (EN, "Reduce the fees by 2028.", None, None),
    (EN, "Train 40 teachers by 2028.", None, None),
    (EN, "Build roads.\nDeadline: June 2021", "June 2021", date(2021, 6, 30)),
    (EN, "Build roads. They are long. By June 2021 they were dusty.", None, None),
    (EN, "Traffic grows by 20 percent until 2030", None, None),
]  # fmt: skip
# The head of a table's column, and what it holds.
HEADS: list[tuple[Lexicon, str, str]] = [
    (ZH, "市卫健委内牵头处室", ""),
    (ZH, "责任领导", ""),
    (ZH, "牵头单位", LEAD),
    (ZH, "配合单位", SUPPORT),
    (ZH, "责任单位", RESPONSIBLE),
    (ZH, "完成时限", DEADLINE),
    (ZH, "序号", ORDINAL),
    (ZH, "重点任务", TASK),
    (ZH, "任务类别", AREA),
    (EN, "Lead agency", LEAD),
    (EN, "Partners", SUPPORT),
    (EN, "Responsible Party", RESPONSIBLE),
    (EN, "Target Date", DEADLINE),
    (EN, "When we will do it", DEADLINE),
    (EN, "Term", DEADLINE),
    (EN, "Quarter", DEADLINE),
    (EN, "Milestone date", DEADLINE),
    (EN, "Assigned to", RESPONSIBLE),
    (EN, "Agency", BODY),
    (EN, "Milestone", OUTPUT),
    (EN, "Ref", ORDINAL),
    (EN, "Action", TASK),
    (EN, "Goal", AREA),
]
# Numbered lines in texts that are not plans.
NO_TASKS: list[tuple[Lexicon, str]] = [
    (ZH, "如何申请？"),
    (ZH, "请您携带证件"),
    (ZH, "主任：张三"),
    (EN, "How do I apply?"),
    (EN, "Use your own cup"),
    (EN, "The Supplier shall deliver"),
    (EN, "The mayor said no"),
]
DAYS: list[tuple[Lexicon, str]] = [
    (ZH, "2021年3月4日"),
    (ZH, "2021-03-04"),
    (ZH, "二〇二一年三月四日"),
    (ZH, "二○二一年三月四日"),
    (EN, "March 4, 2021"),
    (EN, "4th March 2021"),
    (EN, "Executed this 4th day of March, 2021"),
    (EN, "2021-03-04"),
    (EN, "3/4/2021"),
    (EN, "04.03.2021"),
]


@pytest.mark.parametrize(("lexicon", "text", "bodies"), ASSIGNED)
def test_a_body_is_named_as_the_text_names_it(lexicon: Lexicon, text: str, bodies: Bodies) -> None:
    assert [
        (assignment.body, assignment.role) for assignment in read_assignments(text, lexicon, first_leads=False)
    ] == bodies


@pytest.mark.parametrize(("lexicon", "text", "stated", "day"), DUE)
def test_a_deadline_is_strict(lexicon: Lexicon, text: str, stated: str | None, day: date | None) -> None:
    deadline = read_deadline(text, lexicon)
    assert (deadline.stated, deadline.day) == (stated, day)


@pytest.mark.parametrize(("lexicon", "text"), DAYS)
def test_a_day_is_read_however_it_is_written(lexicon: Lexicon, text: str) -> None:
    assert read_day(text, lexicon) == date(2021, 3, 4)


@pytest.mark.parametrize(("lexicon", "head", "holds"), HEADS)
def test_a_column_is_recognised_by_its_head(lexicon: Lexicon, head: str, holds: str) -> None:
    assert next(kind for kind, pattern in lexicon.columns.items() if pattern.fullmatch(head)) == holds


# A line with a counter or a time, and what is kept of it.
COUNTERS: list[tuple[Lexicon, str, str]] = [
    (EN, "Views: 1,234", ""),
    (EN, "Shares (17)", ""),
    (EN, "1.2k views", ""),
    (EN, "Anna Lee, 5 minutes ago", "Anna Lee,"),
    (EN, "Printed on Tuesday, 4 May 2021", ""),
    (EN, "Raise the views of the lake to 7 landings", "Raise the views of the lake to 7 landings"),
    (ZH, "阅读：1234次", ""),
    (ZH, "浏览量 5.6万", ""),
    (ZH, "3210次浏览", ""),
    (ZH, "来源：西湖日报 3小时前", "来源：西湖日报"),
    (ZH, "今天是2021年5月4日 星期二", ""),
    (ZH, "新建阅读站点20个", "新建阅读站点20个"),
]


@pytest.mark.parametrize(("lexicon", "line", "kept"), COUNTERS)
def test_counters_are_not_words_of_the_article(lexicon: Lexicon, line: str, kept: str) -> None:
    for counter in lexicon.counters:
        line = counter.sub(" ", line)
    assert line.strip() == kept


WALLS: list[tuple[Lexicon, str]] = [
    (EN, "Please verify you are a human."),
    (EN, "Solve the CAPTCHA to go on"),
    (EN, "Access Denied"),
    (EN, "We use cookies. Accept all cookies to continue."),
    (EN, "Enable JavaScript and cookies to continue"),
    (EN, "Log in to continue reading"),
    (ZH, "请完成安全验证后继续访问"),
    (ZH, "您的访问过于频繁，请稍后再试"),
    (ZH, "请先登录"),
    (ZH, "请启用 JavaScript 后重试"),
]


@pytest.mark.parametrize(("lexicon", "line"), WALLS)
def test_a_wall_is_recognised_by_what_it_says(lexicon: Lexicon, line: str) -> None:
    assert any(wall.search(line) for wall in lexicon.walls)


@pytest.mark.parametrize("lexicon", LEXICONS.values(), ids=LEXICONS)
def test_every_row_has_a_case(lexicon: Lexicon) -> None:
    tables = (
        ([row.pattern for row in lexicon.assignments], [case[:2] for case in ASSIGNED if case[2]]),
        ([row.pattern for row in lexicon.deadlines], [case[:2] for case in DUE if case[2]]),
        ([row.pattern for row in lexicon.exclusions], NO_TASKS),
        (lexicon.columns.values(), [case[:2] for case in HEADS]),
        (lexicon.dates, DAYS),
        (lexicon.counters, [case[:2] for case in COUNTERS]),
        (lexicon.walls, WALLS),
    )
    for patterns, cases in tables:
        for pattern in patterns:
            assert any(pattern.search(text) for language, text in cases if language is lexicon), pattern


@pytest.mark.parametrize("lexicon", LEXICONS.values(), ids=LEXICONS)
def test_every_expression_can_be_compiled(lexicon: Lexicon) -> None:
    grammar = lexicon.name_grammar
    assert [getattr(lexicon, field.name) for field in fields(lexicon)]
    assert grammar is None or [getattr(grammar, field.name) for field in fields(grammar)]


@pytest.mark.parametrize("verb", en.VERBS)
def test_every_english_verb_begins_a_task(verb: str) -> None:
    match = EN.actions.match(f"{verb.capitalize()} the roads")
    assert match
    assert match[0].casefold() == verb
    assert EN.actions.fullmatch(f"further {verb}")


@pytest.mark.parametrize(
    ("verb", "gerund"),
    [("achieve", "achieving"), ("cut", "cutting"), ("jog", None), ("see", None), ("keep", "keeping")],
)
def test_gerunds_are_formed_as_english_does(verb: str, gerund: str | None) -> None:
    assert bool(EN.actions.match(f"{gerund or verb} roads")) == (gerund is not None)


@pytest.mark.parametrize("verb", zh.VERBS)
def test_every_chinese_verb_begins_a_task(verb: str) -> None:
    assert ZH.actions.match(f"{verb}公路")


@pytest.mark.parametrize("adverb", zh.ADVERBS)
def test_every_chinese_adverb_may_stand_before_the_verb(adverb: str) -> None:
    match = ZH.actions.match(f"{adverb}建设公路")
    assert match
    assert match[0].startswith(adverb)


@pytest.mark.parametrize("text", ["We kept the roads", "Roads", "The roads were built", "Useful roads"])
def test_a_past_tense_or_another_word_is_not_an_action(text: str) -> None:
    assert not EN.actions.match(text)


@pytest.mark.parametrize(
    ("lexicon", "title"),
    [
        (ZH, "总体要求"), (ZH, "指导思想"), (ZH, "基本原则"), (ZH, "主要目标"), (ZH, "2021年工作回顾"), (ZH, "试点范围"), (ZH, "名词解释"),
        (ZH, "2022年经济社会发展总体要求和政策取向"), (ZH, "发展现状和形势"), (ZH, "重点发展产品"),
        (EN, "Introduction"), (EN, "A Review of Our Work in 2021"), (EN, "Overall Requirements and Policy Orientation for Growth in 2022"),
        (EN, "Guiding Principles"), (EN, "Preamble"), (EN, "Action Plan Categories"), (EN, "Conclusion"), (EN, "Looking Forward"), (EN, "Footnotes"),
    ],
)  # fmt: skip
def test_sections_without_tasks_are_recognised_by_their_titles(lexicon: Lexicon, title: str) -> None:
    assert lexicon.without_tasks.fullmatch(title)


@pytest.mark.parametrize(
    ("lexicon", "title"),
    [(ZH, "主要任务"), (ZH, "建设公路"), (ZH, "保障措施"), (ZH, "2022年政府工作任务"), (ZH, "工作进度"), (EN, "Major Tasks for 2022"), (EN, "Agency Actions")],
)  # fmt: skip
def test_sections_with_tasks_are_kept(lexicon: Lexicon, title: str) -> None:
    assert not lexicon.without_tasks.fullmatch(title)
