"""What a reading yields: one `Plan`, with the position in the text of everything in it.

A position is a span `[start, end)` in Unicode code points of the reading text: for a plain text capture the decoded
capture itself, for other captures the article's text with one line per block. `reading_text[start:end]` is exactly
the text stored beside the span. This keeps the promise that a row leads back to its sentence.

Fields that are written out, as columns, as JSON or into the reading cache, keep their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the reading text, `[start, end)` in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """What the page states about itself and about the plan that it announces; None if it states nothing.

    `title` is the article's, `plan_title` the announced plan's. `language` is a code such as `en` or `zh`.
    """

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
    """A section that groups tasks.

    `ordinal` counts the areas of the plan from 1. `label` is quoted from the text, "" if there is none. `kind` is
    `core` or `safeguard`.
    """

    ordinal: int
    label: str
    title: str
    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """One body's part in a task: `role` is `lead`, `support` or `responsible`."""

    body: str
    role: str
    stated_as: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task, or a sub-task of an earlier task.

    `ordinal` is the number in the label. `area` and `parent` are indexes into the plan's areas and tasks. `level` is 1
    for a task and 2 for a sub-task. `deadline_stated` quotes the deadline; `deadline` is its day if it fixes one.
    `fragment` is the text directive that finds the task on the live page. `confidence` (0 to 1) is the probability that
    it is a task, None for a sub-task.
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
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation, team, office or party that the text names; `kind` says which of them."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A count that the text states about itself.

    `counted` is what it counts, such as `tasks`. `found` is the number that was counted in the text; None if the
    text does not allow a count, and then `holds` is None too.
    """

    quote: str
    counted: str
    stated: int
    found: int | None
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Citation:
    """A document that the text names; `years` is the period stated with it, such as `2018-2022`."""

    title: str
    years: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the reading is unsure of, and its position in the reading text in code points."""

    message: str
    start: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one capture yields.

    `reasons` say why these lines are the tasks. If there are no tasks, `problems` say why. `confidence` (0 to 1) is the
    probability that the tasks are right as a whole, or that there are none.
    """

    article: Article
    areas: tuple[Area, ...]
    tasks: tuple[Task, ...]
    bodies: tuple[Body, ...]
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    problems: tuple[Problem, ...]
    reasons: tuple[str, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is known of a capture without reading its plan.

    `article` is the SHA-256 of the article's words, in hexadecimal: equal where two captures differ only in
    boilerplate. `canonical` is the address that the page itself states, None if it states none. `wall` quotes the
    words by which a short page refuses access, None if there are none. `failure` says why the capture cannot be
    read, None if it can.
    """

    article: str
    canonical: str | None
    wall: str | None
    failure: str | None = None
