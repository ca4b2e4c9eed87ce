"""The data of the benchmark of releases: generated tasks and plans, half in English, half in Chinese."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache, partial
from urllib.parse import quote

import pyarrow as pa

from config.models import Dataset, Source
from extract.plan import Area, Article, Assignment, Body, Citation, Claim, Inspection, Plan, Span, Task
from pipeline.read.cache import CachedReading, ReadingCache
from transform.identity import make_slug
from transform.models import AnnouncedDocument
from transform.schema import TABLES, build_arrow_schema

VERBS = (
    ("Build", "Renew", "Open", "Widen", "Extend", "Repair", "Light"),
    ("新建", "改造", "开放", "拓宽", "延伸", "修缮", "点亮"),
)
THINGS = (
    ("landings", "boat houses", "reed beds", "foot paths", "bridges", "wells", "schools", "markets", "towers"),
    ("码头", "船坞", "芦苇湿地", "步行道", "桥梁", "水井", "学校", "集市", "灯塔"),
)
PARTS = (
    (
        *("so that", "each village", "behind the", '"long" dam', "can be reached", "by boat", "in any weather", "and"),
        *("publish", "once a year", "how many people", "use them,", "share", "what was learned", "with all towns"),
        *("around the lake,", "before winter", "without", "new roads", "where", "the water", "is deep", "at low cost"),
    ),
    (
        *("沿湖", "每个村庄", "“长堤”以外", "无论晴雨", "乘船", "到达", "夜间照明", "方便老人", "每年公布", "使用人数"),
        *(
            "听取意见",
            "第三方评估",
            "作为依据",
            "安排资金",
            "总结经验",
            "共同分享",
            "统一标准",
            "推动",
            "协同发展",
            "，",
        ),
        *("入冬以前", "不再新建道路", "水深之处", "降低成本", "全湖区", "逐步", "完善", "机制", "、"),
    ),
)
TOWNS = tuple(f"{name}lake" for name in ("East", "West", "Up", "Low", "Mid", "Old", "New", "Far", "Bright", "Dark"))
OFFICES = ("Port", "Roads", "Schools", "Forest", "Water", "Health", "Trade", "Culture", "Land", "Statistics")
BUREAUS = ("港务局", "交通局", "教育局", "林业局", "水务局", "卫健委", "商务局", "文旅局", "自然资源局", "统计局")
BODIES = (
    tuple(f"{town} {office} Office" for town in TOWNS for office in OFFICES),
    tuple(f"{place}湖市{bureau}" for place in "东西南北中上下大小新" for bureau in BUREAUS),
)
AREAS, TASKS_AN_AREA, TASKS_IN_TABLE = 9, 4, 100
# Number of bodies that a document names; each task names three of them.
BODIES_NAMED = 30
ROLES = ("lead", "support", "support")
URL = "https://lakes.example/plan"


def make_dataset() -> Dataset:
    """The dataset of all generated documents."""
    return Dataset(id="lakes", title="Plans of the lakes", licence="CC0-1.0", sources=(Source(id="lakes", url=URL),))


def format_document_id(number: int) -> str:
    """A document's id."""
    return f"plan-{number:05d}"


@cache
def make_sentences(chinese: int) -> tuple[str, ...]:
    """So many sentences that no page of a file has one of them twice."""
    draw, joint, count = random.Random(2019 + chinese), *(("", 20) if chinese else (" ", 6))  # noqa: S311
    return tuple(joint.join(draw.choices(PARTS[chinese], k=count)) for _ in range(20_000))


def make_wording(number: int, chinese: int) -> tuple[str, str]:
    """A task's heading and text; no two numbers have the same."""
    drawn = number * 2_654_435_761 % 2**32
    verb, thing, sentence = (
        words[drawn // step % len(words)]
        for words, step in ((VERBS[chinese], 1), (THINGS[chinese], 7), (make_sentences(chinese), 63))
    )
    title = f"{verb}{thing}，共{number}处" if chinese else f"{verb} {thing} at {number} places"
    title = f"+ {title}" if number % 5_000 == 0 else title  # a spreadsheet would run it as a formula
    return title, f"{title}。{sentence}。" if chinese else f"{title}. This is to be done {sentence}."


def make_task_table(documents: int) -> pa.Table:
    """A table of tasks, as in a release."""
    numbers = range(documents * TASKS_IN_TABLE)
    inside = [number % TASKS_IN_TABLE + 1 for number in numbers]
    ids = [format_document_id(number // TASKS_IN_TABLE) for number in numbers]
    titles, texts = zip(*(make_wording(number, number // TASKS_IN_TABLE % 2) for number in numbers), strict=True)
    due = [date(2020 + number % 10, 12, 31) if number % 4 == 0 else None for number in numbers]
    columns = {
        "task_id": [f"{document}/t{place:02d}" for document, place in zip(ids, inside, strict=True)],
        "document_id": ids,
        "area_id": [f"{document}/a{place // 12 + 1:02d}" for document, place in zip(ids, inside, strict=True)],
        "parent_task_id": [None] * len(numbers),
        "level": [1] * len(numbers),
        "ordinal": inside,
        "label": [f"{place}." for place in inside],
        "title": titles,
        "text": texts,
        "kind": ["core" if place < 90 else "safeguard" for place in inside],
        "deadline": due,
        "deadline_stated": [day and f"by the end of {day.year}" for day in due],
        "span_start": [place * 200 for place in inside],
        "span_end": [place * 200 + len(text) for place, text in zip(inside, texts, strict=True)],
        "deep_link": [f"{URL}/{document}#:~:text={quote(title)}" for document, title in zip(ids, titles, strict=True)],
    }
    return pa.table(columns, schema=build_arrow_schema(TABLES["tasks"]))


def make_plan(number: int) -> Plan:
    """The plan of a document, as `extract` returns it."""
    chinese, count = number % 2, AREAS * TASKS_AN_AREA
    signed = date(2015 + number % 9, 1 + number % 12, 1)
    title = f"第{number}号湖区发展规划" if chinese else f"Plan {number} for the Lakes"
    issuer = BODIES[chinese][number % len(BODIES[chinese])]
    tasks = tuple(make_task(number, place) for place in range(count))
    areas = ((index, make_wording(number + index, chinese)[0]) for index in range(AREAS))
    return Plan(
        article=Article(
            title, title, None, (issuer,), "Lakes Today", None, None, signed, signed, ("en", "zh")[chinese]
        ),
        areas=tuple(Area(index + 1, f"({index + 1})", words, "core", Span(0, len(words))) for index, words in areas),
        tasks=tasks,
        bodies=(Body(issuer, "party"),),
        claims=(Claim(f"{count} tasks", "tasks", count, count, True), Claim("9 areas", "areas", AREAS, AREAS, True)),  # noqa: FBT003
        citations=(Citation(f"{title} (draft)", f"{signed.year}-{signed.year + 5}"),),
        problems=(),
        reasons=("its labels are in one order",),
    )


def make_task(number: int, place: int) -> Task:
    """A task of a document, with the bodies that have it."""
    title, text = make_wording(number * 100 + place, number % 2)
    named = [BODIES[number % 2][(number * 7 + (place * 3 + body) % BODIES_NAMED) % 100] for body in range(len(ROLES))]
    due = date(2020 + place % 10, 12, 31) if place % 4 == 0 else None
    return Task(
        *(place + 1, f"{place + 1}.", title, text, "core", 1, place // TASKS_AN_AREA, None),
        tuple(Assignment(name, role, name) for name, role in zip(named, ROLES, strict=True)),
        *(due, due and f"by the end of {due.year}", Span(place * 200, place * 200 + len(text)), f"text={quote(title)}"),
    )


def replace_words(plan: Plan) -> Plan:
    """The plan with one task in other words, and one task more, which its claim counts too."""
    tasks = list(plan.tasks)
    tasks[4] = replace(tasks[4], text=f"{tasks[4].text} It is to be lit at night.")
    last = len(tasks) + 1
    more = "Plant reeds wherever a pier was taken away."
    tasks.append(replace(tasks[-1], ordinal=last, label=f"{last}.", title=more[:-1], text=more))
    claims = (replace(plan.claims[0], stated=last, found=last), *plan.claims[1:])
    return replace(plan, tasks=tuple(tasks), claims=claims)


def list_expected_changes(number: int) -> Iterator[tuple[str, str, str, str]]:
    """What the reworded plan of a document changes."""
    document = format_document_id(number)
    yield "tasks", f"{document}/t05", "altered", "text"
    yield "tasks", f"{document}/t37", "added", "*"
    yield "documents", document, "altered", "task_count"
    yield from (("claims", f"{document}/claim-tasks", "altered", column) for column in ("stated", "found"))
    for assignment in make_task(number, AREAS * TASKS_AN_AREA - 1).assignments:
        yield "assignments", f"{document}/t37 {make_slug(assignment.body)} {assignment.role}", "added", "*"


def announce_documents(memory: ReadingCache, documents: int, others: Mapping[int, str]) -> list[AnnouncedDocument]:
    """The announced documents; a plan is looked up in the reading cache when it is needed.

    `others` gives the keys of those plans that are not the document's first.
    """
    announced = []
    for number in range(documents):
        key, document = others.get(number, f"plan-{number}"), format_document_id(number)
        digest = hashlib.sha256(key.encode()).hexdigest()
        announced.append(
            AnnouncedDocument(
                source_id=document,
                url=f"{URL}/{document}",
                capture_url=f"{URL}/{document}",
                capture_id=digest,
                fetched_at=datetime(2021, 3, 4, tzinfo=UTC),
                media_type="text/html",
                encoding="utf-8",
                byte_count=40_000,
                reading_id=digest,
                read=partial(recall, memory, key),
            )
        )
    return announced


def remember(memory: ReadingCache, key: str, plan: Plan) -> None:
    """Put a plan into the reading cache."""
    memory.put(key, CachedReading(Inspection("", None, None), len(plan.tasks), plan))


def recall(memory: ReadingCache, key: str) -> Plan:
    """A plan from the reading cache. Raises RuntimeError if it is not there."""
    reading = memory.get(key, with_plan=True)
    if reading is None or reading.plan is None:
        raise RuntimeError(f"{key}: is not in the memory of readings")
    return reading.plan
