"""The reading itself, top to bottom: the bytes of one capture in, one `Plan` out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from extract import claims
from extract.article import CARD_BLOCKS, LocatedArticle, add_issuers, find_article
from extract.bodies import find_bodies
from extract.citations import NamedDocument, collect_citations, find_named_documents
from extract.claims import Statement
from extract.inspection import inspect_article
from extract.levels import Choice, choose_tasks
from extract.lexicon import LEXICONS
from extract.lexicon.rows import Lexicon
from extract.outline import Item, join_lines, read_outline, split_lines
from extract.plan import Article, Inspection, Plan, Problem
from extract.reading import Block, Reading, read
from extract.reading.blocks import ROW
from extract.sentences import letters_of
from extract.tasks import read_tasks, words_of


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person says about an odd source where the reading would err; each may be None.

    selector: a CSS selector for the article in the page. tasks: the label style that holds the tasks, by its name in
    `labels.STYLES`. language: the code of the language.
    """

    selector: str | None = None
    tasks: str | None = None
    language: str | None = None


def read_plan(
    content: bytes, media_type: str, url: str, *, encoding: str | None = None, overrides: Overrides | None = None
) -> Plan:
    """Read the plan that a capture announces.

    `encoding` is the one that the server declared, or None. A text without a plan yields a Plan without tasks, whose
    problems say why; nothing is raised.
    """
    return extract_plan(open_capture(content, media_type, url, encoding=encoding, overrides=overrides))


@dataclass(frozen=True, slots=True)
class OpenedCapture:
    """A capture whose article is found, before anything in it is understood."""

    reading: Reading
    article: LocatedArticle
    lexicon: Lexicon
    overrides: Overrides

    def inspect(self, url: str) -> Inspection:
        """What can be told without reading the plan; `url` is the capture's own address."""
        return inspect_article(self.reading, self.article, url, self.lexicon)


def open_capture(
    content: bytes, media_type: str, url: str, *, encoding: str | None = None, overrides: Overrides | None = None
) -> OpenedCapture:
    """Find the article in a capture: half of the work of reading it. Arguments as for `read_plan`."""
    overrides = overrides or Overrides()
    reading = read(content, media_type, encoding, overrides.selector)
    lexicon = LEXICONS.get(overrides.language or "") or LEXICONS[detect_language(reading.text)]
    return OpenedCapture(reading, find_article(reading, url, lexicon), lexicon, overrides)


def extract_plan(opened: OpenedCapture) -> Plan:
    """Read the plan of a capture whose article is found; otherwise as `read_plan`."""
    reading, lexicon, overrides = opened.reading, opened.lexicon, opened.overrides
    front = opened.article
    front = replace(front, body=tuple(split_lines(list(join_lines(reading.text, front.body)))))
    items, problems = read_outline(front.body, lexicon)
    labelled = {item.block for item in items if item.is_labelled}
    prose = [block for index, block in enumerate(front.body) if index not in labelled and block.kind != ROW]
    statements = claims.find_statements([Block(front.title or "", 0), *prose], lexicon)
    named = find_named_documents([block for block in front.body if block.kind != ROW], lexicon)
    empty = [item for item in items if not letters_of(words_of(front.body, item))]
    problems += [Problem(f"label {item.label.text} has no words", front.body[item.block].start) for item in empty]
    article = _describe_article(front, named, lexicon)
    choice = choose_tasks(
        front.body,
        items,
        statements,
        lexicon,
        title=article.title or article.plan_title or "",
        style=overrides.tasks,
    )
    areas, tasks = read_tasks(reading.text, front.body, items, choice, lexicon)
    return Plan(
        article=article,
        areas=areas,
        tasks=tasks,
        bodies=find_bodies(prose, statements, lexicon) if tasks else (),
        claims=claims.check_statements(statements, sum(task.level == 1 for task in tasks), len(areas)) if tasks else (),
        citations=collect_citations(named, (front.title, *(document.title for document in named if document.is_plan))),
        problems=(
            *reading.problems,
            *problems,
            *(choice.problems if tasks else _explain_no_tasks(reading, items, statements, choice)),
        ),
        reasons=choice.reasons if tasks else (),
    )


def detect_language(text: str) -> str:
    """`zh` where at least a fifth of the letters are Han characters, else `en`."""
    han = len(re.findall(r"[\u4e00-\u9fff]", text))
    return "zh" if han and han * 5 >= sum(map(str.isalpha, text)) else "en"


def _describe_article(front: LocatedArticle, named: Sequence[NamedDocument], lexicon: Lexicon) -> Article:
    in_title = find_named_documents([Block(front.title, 0)] if front.title else [], lexicon)
    announced = lexicon.announcements.fullmatch(front.title or "")
    titles = [document.title for document in (*(one for one in named if one.is_plan), *in_title)]
    own = next(iter((*titles, announced["name"] if announced else None)), None)
    own = add_issuers(own, front.body[:CARD_BLOCKS], lexicon) if own else None
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


def _explain_no_tasks(
    reading: Reading, items: Sequence[Item], statements: Sequence[Statement], choice: Choice
) -> tuple[Problem, ...]:
    if choice.problems:
        return choice.problems
    if not reading.blocks:
        return () if reading.problems else (Problem("the document is empty", 0),)
    if not items:
        return (Problem("no task was found: nothing in the text is numbered", 0),)
    stated = "; ".join(statement.quote for statement in statements) or "none"
    return (
        Problem(
            f"no task was found: {len(items)} numbered lines or headings, none like a task (counts stated: {stated})",
            0,
        ),
    )
