"""What a reading yields: one `Plan`, with the place in the text of everything in it.

Places are spans `[start, end)` in Unicode code points of the reading text: of a plain text capture that is the
decoded capture itself, of an HTML capture the article's text with one line a block. For every span
`reading_text[start:end]` is exactly the text that stands beside it, which keeps the promise that a row leads back
to its sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the reading text, `[start, end)` in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """What the page says about itself and about the plan that it announces."""

    title: str | None
    plan_title: str | None
    document_number: str | None
    issuers: tuple[str, ...]
    site: str | None
    byline: str | None
    credited_source: str | None
    published_date: date | None
    signed_date: date | None
    language: str


@dataclass(frozen=True, slots=True)
class Area:
    """A section that groups tasks. `label` is as the text has it, `kind` is `core` or `safeguard`."""

    ordinal: int
    label: str
    title: str
    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """One body's part in a task. `role` is `lead`, `support` or `responsible`."""

    body: str
    role: str
    stated_as: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task, or a sub-task of the task before it.

    `area` and `parent` are indexes into the plan's areas and tasks; `level` is 1 for a task and 2 for its sub-task.
    `fragment` is the text directive that finds the task on the live page.
    """

    ordinal: int
    label: str
    title: str
    text: str
    kind: str
    level: int
    area: int | None
    parent: int | None
    assignments: tuple[Assignment, ...]
    deadline: date | None
    deadline_stated: str | None
    span: Span
    fragment: str


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation, team, office or party that the text names."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A count that the text states about itself.

    `found` is what there is to count, None where the text offers nothing to count against; then `holds` is None too.
    """

    quote: str
    counted: str
    stated: int
    found: int | None
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Citation:
    """A document that the text names; `years` is the span of years stated with it, such as `2018-2022`."""

    title: str
    years: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the reading is unsure of, and where in the text that is."""

    message: str
    start: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one capture yields.

    `reasons` say why these lines are the tasks; where there are none, `problems` say why.
    """

    article: Article
    areas: tuple[Area, ...]
    tasks: tuple[Task, ...]
    bodies: tuple[Body, ...]
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    problems: tuple[Problem, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a first look tells.

    `article` is the SHA-256 of the article's words: equal where two captures differ in nothing but their furniture.
    `canonical` is the address that the page itself gives, None where it gives none. `wall` are the words by which a
    short page says that it lets nobody by.
    """

    article: str
    canonical: str | None
    wall: str | None
