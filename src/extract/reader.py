"""The bytes of one capture in, one `Plan` out: all steps of reading, from top to bottom.

This keeps the promise that nothing is wrong in silence: no bytes raise an error, and a capture without tasks yields a
plan whose problems say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from extract import claims
from extract.article import CARD_BLOCKS, LocatedArticle, add_issuers, find_article
from extract.bodies import find_bodies
from extract.choice import choose_tasks
from extract.citations import (
    NamedDocument,
    choose_among_plans,
    choose_plan_title,
    collect_citations,
    find_named_documents,
)
from extract.claims import Statement
from extract.deadlines import complete_days, find_dating
from extract.inspection import inspect_article
from extract.languages import detect_language, explain_language
from extract.lexicon import choose_lexicon
from extract.lexicon.rows import Lexicon
from extract.outline import Item, join_lines, read_outline, split_lines
from extract.plan import Article, Inspection, Plan, Problem
from extract.reading import read
from extract.reading.blocks import ROW, Block, Reading
from extract.sentences import reduce_to_letters
from extract.tasks import read_tasks, strip_label


@dataclass(frozen=True, slots=True)
class Overrides:
    """A source's settings that overrule what the reading finds; each may be None.

    `selector` is a CSS selector for the article in the page. `tasks` is the label style of the tasks, by its name in
    `labels.STYLES`. `language` is the code of the text's language.
    """

    selector: str | None = None
    tasks: str | None = None
    language: str | None = None


def read_plan(
    content: bytes, media_type: str, url: str, *, encoding: str | None = None, overrides: Overrides | None = None
) -> Plan:
    """The plan that a capture announces.

    `url` is the capture's address, "" if it has none; `encoding` is the one that the server declared, or None. A
    text without a plan yields a `Plan` without tasks, whose problems say why. No bytes raise an error.
    """
    return extract_plan(open_capture(content, media_type, url, encoding=encoding, overrides=overrides))


@dataclass(frozen=True, slots=True)
class OpenedCapture:
    """A capture whose article is located, but whose plan is not read.

    `language` is the code of its language; if it is one that is not read, the lexicon is another one's.
    """

    reading: Reading
    article: LocatedArticle
    language: str
    lexicon: Lexicon
    overrides: Overrides

    def inspect(self, url: str) -> Inspection:
        """What is known of the capture without reading its plan; `url` is the capture's own address."""
        return inspect_article(self.reading, self.article, url, self.lexicon)


def open_capture(
    content: bytes, media_type: str, url: str, *, encoding: str | None = None, overrides: Overrides | None = None
) -> OpenedCapture:
    """The capture with its article located, which is half of the work of reading it. Arguments as for `read_plan`."""
    overrides = overrides or Overrides()
    reading = read(content, media_type, encoding, overrides.selector)
    language = overrides.language or detect_language(reading.text, reading.meta.get("language"))
    lexicon = choose_lexicon(language, reading.text)
    return OpenedCapture(reading, find_article(reading, url, lexicon), language, lexicon, overrides)


@dataclass(frozen=True, slots=True)
class OutlinedArticle:
    """An article with its outline: its blocks, items and problems, the counts it states and the documents it names."""

    article: Article
    blocks: tuple[Block, ...]
    items: list[Item]
    problems: list[Problem]
    statements: Sequence[Statement]
    named: Sequence[NamedDocument]
    prose: list[Block]

    @property
    def title(self) -> str:
        """The title by which the text is judged: the article's, else the plan's, else none."""
        return self.article.title or self.article.plan_title or ""


def read_outlined_article(opened: OpenedCapture) -> OutlinedArticle:
    """The article of a capture with its outline, without a decision on which lines are tasks."""
    lexicon, stated = opened.lexicon, opened.article.stated
    body = tuple(split_lines(list(join_lines(opened.reading.text, opened.article.body))))
    items, problems = read_outline(body, lexicon)
    labelled = {item.block for item in items if item.is_labelled}
    prose = [block for index, block in enumerate(body) if index not in labelled and block.kind != ROW]
    statements = claims.find_statements(prose, lexicon, stated.title or "")
    named = find_named_documents([block for block in body if block.kind != ROW], lexicon)
    empty = [item for item in items if not reduce_to_letters(strip_label(body, item))]
    problems += [
        Problem(f"label {item.label.text} has no words", body[item.block].start) for item in empty if item.is_labelled
    ]
    plan_title = choose_plan_title(stated.title, body, named, lexicon)
    if plan_title:
        plan_title = add_issuers(plan_title, body[:CARD_BLOCKS], lexicon)
    article = replace(stated, plan_title=plan_title)
    return OutlinedArticle(article, body, items, problems, statements, named, prose)


def extract_plan(opened: OpenedCapture) -> Plan:
    """The plan of a capture whose article is located; otherwise as `read_plan`."""
    reading, lexicon = opened.reading, opened.lexicon
    if opened.language != lexicon.language:
        article = replace(opened.article.stated, language=opened.language)
        return Plan(article, (), (), (), (), (), (*reading.problems, explain_language(opened.language)), confidence=0.0)
    outlined = read_outlined_article(opened)
    article, body, statements = outlined.article, outlined.blocks, outlined.statements
    choice = choose_tasks(body, outlined.items, statements, lexicon, title=outlined.title, style=opened.overrides.tasks)
    areas, tasks = read_tasks(reading.text, body, choice, lexicon)
    plan_title, other_plans = choose_among_plans(article, body, [task.span.start for task in tasks], lexicon)
    article = replace(article, plan_title=plan_title)
    tasks, open_days = complete_days(tasks, find_dating(article, reading.text, lexicon), lexicon)
    doubts = choice.problems
    if not reading.blocks:
        doubts = () if reading.problems else (Problem("the document is empty", 0),)
    return Plan(
        article=article,
        areas=areas,
        tasks=tasks,
        bodies=find_bodies(outlined.prose, statements, lexicon) if tasks else (),
        claims=claims.check_statements(statements, areas, tasks) if tasks else (),
        citations=collect_citations(outlined.named, article.title),
        problems=(
            *reading.problems,
            *outlined.problems,
            *other_plans,
            *open_days,
            *doubts,
        ),
        reasons=choice.reasons,
        confidence=choice.confidence if reading.blocks else 0.0,  # of what cannot be read nothing is known
    )
