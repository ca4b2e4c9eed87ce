from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collect.archive import read_bytes, read_captures
from extract.plan import Body, Plan
from extract.reader import read_plan
from extract.reading import read
from extract.reading.blocks import LONGEST_BLOCK
from extract.sentences import shorten_to_heading
from tests.conftest import CHECKOUT, FIXTURES

URL = "https://www.harbourtimes.example/harbour-towns/"


def read_fixture(name: str, media_type: str = "text/plain") -> Plan:
    return read_plan((FIXTURES / name).read_bytes(), media_type, URL)


def test_a_report_in_english_is_read_as_a_person_would() -> None:
    plan = read_fixture("harbour-towns.txt")
    assert [(area.label, area.title) for area in plan.areas] == [
        ("I.", "Sharing Ferries"),
        ("II.", "Sharing Schools"),
        ("III.", "Planning for Floods"),
    ]
    assert [task.ordinal for task in plan.tasks] == [1, 2, 3, 4, 5, 6, 7]
    assert [task.area for task in plan.tasks] == [0, 0, 1, 1, 1, 2, 2]
    assert plan.tasks[1].title == "Build a pier for night ferries"
    assert plan.tasks[1].text.endswith("It will be lit at night.")
    assert plan.tasks[6].text == "Raise the harbour walls by 1.5 metres."
    assert not any(task.assignments or task.deadline for task in plan.tasks)
    assert {claim.counted: claim.holds for claim in plan.claims} == {"tasks": True, "areas": True, "groups": True}
    assert not plan.problems


def test_what_the_article_says_about_itself_is_read() -> None:
    article = read_fixture("harbour-towns.txt").article
    assert article.title == "Harbour Towns to Share Ferries, Schools and a Flood Plan"
    assert article.plan_title == "Joint Plan on Deepening Cooperation of the Harbour Towns"
    assert (article.byline, article.credited_source) == ("Anna Lee", "The Harbour Gazette")
    assert (article.published_date, article.language) == (date(2021, 3, 4), "en")


def test_bodies_are_named_and_none_is_given_a_task_that_the_text_does_not_give_it() -> None:
    assert read_fixture("harbour-towns.txt").bodies == (
        Body("Northport", "party"),
        Body("Eastmouth", "party"),
        Body("Saltby", "party"),
        Body("standing office for harbour cooperation", "office"),
        Body("ferry working group", "team"),
        Body("school working group", "team"),
        Body("flood working group", "team"),
    )


def test_a_web_page_is_read_by_the_same_rules() -> None:
    plan = read_fixture("harbour-towns.html", "text/html")
    assert [area.title for area in plan.areas] == ["Sharing Ferries", "Sharing Schools"]
    assert [task.text for task in plan.tasks] == [
        "Run one timetable for all ferries.",
        "Build a pier for night ferries.\nIt will be lit & heated.",
        "Train teachers together.",
        "Reduce the fees for school buses.",
    ]
    assert (plan.article.site, plan.article.byline, plan.article.published_date) == (
        "Harbour Times",
        "Anna Lee",
        date(2021, 3, 4),
    )


def test_a_report_in_chinese_is_read_by_the_same_rules() -> None:
    plan = read_fixture("lakes-zh.txt")
    assert (plan.article.title, plan.article.plan_title) == ("湖区五市联合发布合作方案", "湖区一体化发展合作方案")
    assert (plan.article.credited_source, plan.article.published_date) == ("湖区日报", date(2022, 5, 9))
    assert [area.title for area in plan.areas] == ["推进交通互联", "加强生态共治"]
    assert [f"{task.label}{task.title}" for task in plan.tasks[:2]] == ["（一）建设环湖公路", "（二）优化公交线路"]
    assert plan.tasks[0].text == "建设环湖公路。加快建设环湖公路，打通断头路。"
    assert {(claim.counted, claim.stated, claim.holds) for claim in plan.claims} == {
        ("areas", 2, True),
        ("tasks", 5, True),
    }
    assert [citation.title for citation in plan.citations] == ["湖区发展规划纲要"]
    assert [body.name for body in plan.bodies] == ["东湖市", "西湖市", "南岭市", "湖区合作联席会议办公室"]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("harbour-towns.txt", "text/plain"), ("harbour-towns.html", "text/html"), ("lakes-zh.txt", "text/plain")],
)
def test_every_row_leads_back_to_its_sentence(name: str, media_type: str) -> None:
    plan = read_fixture(name, media_type)
    text = read((FIXTURES / name).read_bytes(), media_type).text
    assert all(text[task.span.start : task.span.end] == task.text for task in plan.tasks)
    assert all(text[area.span.start : area.span.end] == area.title for area in plan.areas)
    assert all(task.fragment.startswith("text=") for task in plan.tasks)


def test_the_committed_capture_is_read_whole() -> None:
    raw = CHECKOUT / "data" / "raw"
    (capture,) = read_captures(raw, "ichongqing-2019-roadmap")[:1]
    plan = read_plan(read_bytes(raw, capture), capture.media_type, capture.url)
    assert [task.ordinal for task in plan.tasks] == list(range(1, 37))
    assert [sum(task.area == index for task in plan.tasks) for index in range(9)] == [3, 5, 3, 3, 5, 8, 3, 4, 2]
    assert {(claim.counted, claim.stated) for claim in plan.claims if claim.holds} == {
        ("tasks", 36),
        ("areas", 9),
        ("teams", 6),
        ("roles", 3),
    }
    assert plan.article.byline == "Rui Hu"


def test_the_day_is_taken_from_the_address_where_the_page_states_none() -> None:
    plan = read_plan(
        b"The two tasks\n1. Build roads\n2. Build rails", "text/plain", "https://x.example/2021/03/04/roads/"
    )
    assert plan.article.published_date == date(2021, 3, 4)


def test_a_document_card_is_read() -> None:
    card = "标　　题：|湖区五市关于印发《湖区合作方案》的通知|发文机关：湖区办、水务厅|发文字号：|湖办〔2022〕3号|成文日期：2022年5月1日|发布日期：2022年5月9日"
    page = card + "|为落实部署，制定本方案。|一、建设环湖公路。（水务厅负责）|二、优化公交线路。（交通厅负责）"
    plan = read_plan(page.replace("|", "\n").encode(), "text/plain", URL)
    assert plan.article.title == "湖区五市关于印发《湖区合作方案》的通知"
    assert plan.article.plan_title == "湖区合作方案"
    assert (plan.article.issuers, plan.article.document_number) == (("湖区办", "水务厅"), "湖办〔2022〕3号")
    assert (plan.article.signed_date, plan.article.published_date) == (date(2022, 5, 1), date(2022, 5, 9))
    bodies = {task.title: task.assignments[0].body for task in plan.tasks}
    assert bodies == {"建设环湖公路": "水务厅", "优化公交线路": "交通厅"}


def test_sections_without_tasks_are_left_out() -> None:
    text = "一、总体要求\n（一）坚持改革。\n（二）推进开放。\n二、主要任务\n（一）建设公路。\n（二）优化公交。\n（三）开通列车。"
    plan = read_plan(text.encode(), "text/plain", URL)
    assert [area.title for area in plan.areas] == ["主要任务"]
    assert [task.title for task in plan.tasks] == ["建设公路", "优化公交", "开通列车"]


def test_sub_tasks_have_their_task_as_parent() -> None:
    text = (
        "# Action Plan for Roads and Rails\n\n## Action 1: Build roads by 2027\n\n(a) maps of all towns\n\n"
        "(b) stones for the towns\n\n## Action 2: Build rails by 2028\n\n(a) rails for the towns\n\n"
        "(b) wood for the towns\n\n## Action 3: Open schools by 2028\n"
    )
    plan = read_plan(text.encode(), "text/markdown", URL)
    assert [(task.level, task.parent, task.title) for task in plan.tasks] == [
        (1, None, "Build roads by 2027"),
        (2, 0, "maps of all towns"),
        (2, 0, "stones for the towns"),
        (1, None, "Build rails by 2028"),
        (2, 3, "rails for the towns"),
        (2, 3, "wood for the towns"),
        (1, None, "Open schools by 2028"),
    ]


def test_areas_that_secure_the_plan_are_marked() -> None:
    text = "一、重点任务\n（一）建设公路。\n（二）建设铁路。\n二、保障措施\n（三）加强组织领导。"
    plan = read_plan(text.encode(), "text/plain", URL)
    assert [area.kind for area in plan.areas] == ["core", "safeguard"]
    assert [(task.area, task.kind) for task in plan.tasks] == [(0, "core"), (0, "core"), (1, "safeguard")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the document is empty"),
        (" \n\n ", "the document is empty"),
        ("The towns met. Nothing was decided.", "no task was found"),
        ("Ten beaches\n1. The long one\n2. The short one\n3. The wet one", "another reading has 3 (“1. The long one”"),
    ],
)
def test_a_text_without_a_plan_yields_no_task_and_says_why(text: str, why: str) -> None:
    plan = read_plan(text.encode(), "text/plain", URL)
    assert plan.tasks == ()
    assert why in plan.problems[-1].message


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Build a bridge.", "Build a bridge"),
        ("Build a bridge. It is long.", "Build a bridge"),
        ("Build a 1.5 km bridge", "Build a 1.5 km bridge"),
        ("Build a bridge\nIt is long.", "Build a bridge"),
        ("建设公路。打通断头路。", "建设公路"),
        (
            "List the U.S. Government bodies of St. Ives, see No. A4. It is short.",
            "List the U.S. Government bodies of St. Ives, see No. A4",
        ),
        (
            "Work with John F. Kennedy High and Lake Co. Ltd. Others follow.",
            "Work with John F. Kennedy High and Lake Co. Ltd. Others follow",
        ),
        ("Trade with the U.K. The rest is open.", "Trade with the U.K"),
        ("Open parks, gardens, etc. In 2026 more follow.", "Open parks, gardens, etc"),
        ("Use clean fuels (e.g. Ethanol), i.e. Alcohol. More later.", "Use clean fuels (e.g. Ethanol), i.e. Alcohol"),
        ("Create a database; and", "Create a database"),
        ("Create a database, or", "Create a database"),
        ("Plant sand", "Plant sand"),
    ],
)
def test_the_title_is_the_heading_sentence(text: str, heading: str) -> None:
    assert shorten_to_heading(text) == heading


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<ol start=x>", "<li>", "<table><tr><td>", "</", "&#0;", "1. Build", "一、", "(i)", "36 tasks"]
    )
    | st.text(max_size=12)
    | st.sampled_from("\n\0\ufeff")
)


@given(MARKUP, st.sampled_from(["text/html", "text/plain"]), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
@settings(deadline=None)
def test_no_markup_raises_an_error(parts: list[str], media_type: str, encoding: str) -> None:
    content = "".join(parts).encode(encoding, errors="replace")
    plan = read_plan(content, media_type, URL, encoding=encoding)
    assert plan.tasks or plan.problems
    text = read(content, media_type, encoding).text
    assert all(text[task.span.start : task.span.end] == task.text for task in plan.tasks)


@given(st.binary(max_size=200), st.sampled_from(["text/html", "text/plain", "application/pdf"]))
@settings(deadline=None)
def test_no_bytes_raise_an_error(content: bytes, media_type: str) -> None:
    plan = read_plan(content, media_type, URL)
    assert plan.tasks or plan.problems


def test_a_label_without_words_is_a_problem_and_not_a_task() -> None:
    plan = read_plan(b"The plan\n1. Build roads\n2.\n3. Build rails", "text/plain", URL)
    assert [task.ordinal for task in plan.tasks] == [1, 3]
    assert "label 2. has no words" in [problem.message for problem in plan.problems]


def test_the_plan_after_its_notice_is_read() -> None:
    text = (
        "# Towns publish a plan for the lakes\n\n## 1. This notice is sent to all towns\n\n### Action Plan for the Lakes\n\n"
        "#### Roads and Piers\n\n## 1. Build the pier by June 2027\n\n## 2. Open the school by July 2027\n\n"
        "## 3. Plant the trees by May 2027\n"
    )
    plan = read_plan(text.encode(), "text/markdown", URL)
    assert [task.title.split(" by ")[0] for task in plan.tasks][-3:] == [
        "Build the pier",
        "Open the school",
        "Plant the trees",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "It will set up an office for " + "a" * 20_000 + "!",
        "九" * 50_000,
        "Plan " * 20_000,
        "1." * 20_000,
        "（" * 20_000,
        "Lead: " + "Roads and " * 1_000,
        "The " + "Secretary of " * 2_000,
        "由" + "市交通局、" * 2_000,
        "（" + "市局和" * 2_000,
        "关于" * 5_000,
    ],
)
def test_a_very_long_line_raises_no_error_and_drops_no_task_in_silence(line: str) -> None:
    plan = read_plan(f"A plan for all\n{line}\n1. Build roads\n2. Build rails".encode(), "text/plain", URL)
    assert plan.article.title == "A plan for all"
    messages = [problem.message for problem in plan.problems]
    is_held = any("no task was found" in message or "check the tasks" in message for message in messages)
    assert is_held or {"Build roads", "Build rails"} <= {task.title for task in plan.tasks}
    assert any("more than 20,000 characters" in message for message in messages) == (len(line) > LONGEST_BLOCK)


def test_many_equal_tasks_are_read() -> None:
    text = "\n".join(f"{number}. Build roads." for number in range(1, 1000))
    assert len(read_plan(text.encode(), "text/plain", URL).tasks) == 999


def test_a_field_above_a_task_is_not_its_area() -> None:
    fields = "牵头单位：区{}局\n完成时限：2025年{}月底\n"
    text = "河区2025年实事项目\n" + "".join(
        f"{label}、{words}\n{fields.format(office, month)}"
        for label, words, office, month in (
            ("一", "建设码头3座", "港务", 6),
            ("二", "改造老旧桥梁", "交通", 9),
            ("三", "培训船员200名", "人社", 12),
        )
    )
    plan = read_plan(text.encode(), "text/plain", URL)
    assert [task.title for task in plan.tasks] == ["建设码头3座", "改造老旧桥梁", "培训船员200名"]
    assert plan.areas == ()
    assert [str(task.deadline) for task in plan.tasks] == ["2025-06-30", "2025-09-30", "2025-12-31"]
