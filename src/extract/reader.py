"""The reading itself, top to bottom: the bytes of one capture in, one `Plan` out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extract import claims
from extract.article import Front, find_article
from extract.assignments import first_named_leads, read_assignments, without_responsibility
from extract.bodies import find_bodies
from extract.citations import Named, citations, find_named_documents
from extract.claims import Statement
from extract.fragment import directive
from extract.levels import Levels, choose_levels, heading, with_tasks
from extract.lexicon import LEXICONS
from extract.lexicon.rows import Lexicon
from extract.outline import Item, read_outline
from extract.plan import Area, Article, Plan, Problem, Span, Task
from extract.reading import Block, Reading, read
from extract.sentences import heading_of, letters_of


def read_plan(
    content: bytes, media_type: str, url: str, *, encoding: str | None = None, language: str | None = None
) -> Plan:
    """Read the plan that a capture announces.

    `encoding` is the one that the server declared, `language` the one that the source is known to be in; both may
    be None. A text without a plan yields a Plan without tasks, whose problems say why; nothing is raised.
    """
    reading = read(content, media_type, encoding)
    lexicon = LEXICONS.get(language or "") or LEXICONS[language_of(reading.text)]
    front = find_article(reading, url, lexicon)
    items, problems = read_outline(front.body)
    labelled = {item.block for item in items}
    prose = [block for index, block in enumerate(front.body) if index not in labelled]
    statements = claims.find_statements(prose, lexicon)
    kept = with_tasks(front.body, items, lexicon)
    levels = choose_levels(front.body, kept, statements, lexicon)
    named = find_named_documents(front.body, lexicon)
    empty = [item for item in kept if not letters_of(heading(front.body, item))]
    problems += [Problem(f"label {item.label.text} has no words", front.body[item.block].start) for item in empty]
    kept = [item for item in kept if letters_of(heading(front.body, item))]
    areas, tasks = _rows(front.body, kept, levels, reading.text, lexicon) if levels else ((), ())
    return Plan(
        article=_article(front, named, lexicon),
        areas=areas,
        tasks=tasks,
        bodies=find_bodies(prose, statements, lexicon) if tasks else (),
        claims=claims.check(statements, sum(task.level == 1 for task in tasks), len(areas)) if tasks else (),
        citations=citations(named, (front.title, *(document.title for document in named if document.own))),
        problems=(*reading.problems, *problems, *(() if tasks else _why_none(reading, items, statements))),
        reasons=levels.reasons if levels else (),
    )


def language_of(text: str) -> str:
    """`zh` where at least a fifth of the letters are Han characters, else `en`."""
    han = len(re.findall(r"[\u4e00-\u9fff]", text))
    return "zh" if han and han * 5 >= sum(map(str.isalpha, text)) else "en"


def _article(front: Front, named: Sequence[Named], lexicon: Lexicon) -> Article:
    in_title = find_named_documents([Block(front.title, 0)] if front.title else [], lexicon)
    own = next((document.title for document in (*(one for one in named if one.own), *in_title)), None)
    return Article(
        title=front.title,
        plan_title=own,
        document_number=front.document_number,
        issuers=front.issuers,
        site=front.site,
        byline=front.byline,
        credited_source=front.credited_source,
        published_date=front.published_date,
        signed_date=front.signed_date,
        language=lexicon.language,
    )


def _rows(
    blocks: Sequence[Block],
    items: Sequence[Item],
    levels: Levels,
    text: str,
    lexicon: Lexicon,
) -> tuple[tuple[Area, ...], tuple[Task, ...]]:
    areas: list[Area] = []
    tasks: list[Task] = []
    parent: int | None = None
    first_leads = first_named_leads(text, lexicon)
    for item in items:
        block = blocks[item.block]
        start = block.start + item.label.length
        if item.depth == levels.areas:
            title = block.text[item.label.length :].strip()
            kind = "safeguard" if lexicon.safeguards.search(title) else "core"
            areas.append(Area(len(areas) + 1, item.label.text, title, kind, Span(start, block.end)))
            parent = None
        elif item.depth >= levels.tasks:
            level = 1 if item.depth == levels.tasks else 2
            if level == 2 and parent is None:
                continue
            task = _task(text, item, Span(start, blocks[item.end - 1].end), level)
            area = len(areas) - 1 if areas else None
            kind = areas[-1].kind if areas else "core"
            tasks.append(
                replace(
                    task,
                    title=without_responsibility(task.title, lexicon),
                    area=area,
                    kind=kind,
                    parent=parent if level == 2 else None,
                    assignments=read_assignments(task.text, lexicon, first_leads=first_leads),
                )
            )
            parent = len(tasks) - 1 if level == 1 else parent
    return tuple(areas), tuple(tasks)


def _task(text: str, item: Item, span: Span, level: int) -> Task:
    stated = text[span.start : span.end]
    return Task(
        ordinal=item.label.ordinal,
        label=item.label.text,
        title=heading_of(stated),
        text=stated,
        kind="core",
        level=level,
        area=None,
        parent=None,
        assignments=(),
        deadline=None,
        deadline_stated=None,
        span=span,
        fragment=directive(text, span.start, span.end),
    )


def _why_none(reading: Reading, items: Sequence[Item], statements: Sequence[Statement]) -> tuple[Problem, ...]:
    if not reading.blocks:
        return (Problem("the document is empty", 0),)
    if not items:
        return (Problem("no task was found: nothing in the text is numbered", 0),)
    stated = "; ".join(statement.quote for statement in statements) or "none"
    return (
        Problem(
            f"no task was found: {len(items)} numbered lines, none like a task (counts stated: {stated})",
            0,
        ),
    )
