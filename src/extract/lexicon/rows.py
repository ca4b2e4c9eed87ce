"""The shape of a language's rows. Every pattern is a regular expression; its named groups are said beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

TASKS, AREAS = "tasks", "areas"
LEAD, SUPPORT, RESPONSIBLE = "lead", "support", "responsible"
# What a column of a table can hold, besides the bodies of one of the roles.
TASK, DEADLINE, AREA, ORDINAL = "task", "deadline", "area", "ordinal"


@dataclass(frozen=True, slots=True)
class Unit:
    """A noun that counts parts of the outline, and which part it counts (`tasks` or `areas`)."""

    noun: str
    counts: str


@dataclass(frozen=True, slots=True)
class AssignmentStyle:
    """A way to say who has a task: a pattern with the group `list` (the bodies), and the role it gives them.

    A style with `prominent` counts only in a task's heading.
    """

    pattern: re.Pattern[str]
    role: str
    prominent: bool = False


@dataclass(frozen=True, slots=True)
class DateStyle:
    """A way to write a day: a pattern with the groups `y`, `m` and `d`."""

    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class DeadlineStyle:
    """A way to set a deadline: a pattern with the group `when`, the words of the deadline.

    `field` is a way that names what it states ("Deadline: …"), and so counts in a text of any length.

    The groups `y`, `m`, `d` and `end` (words for the end of the year or month), where the pattern has them, give the
    day. A style with `prominent` counts only in a task's heading and in the sentence after it.
    """

    pattern: re.Pattern[str]
    prominent: bool = False
    field: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """The words at the head of a table's column, and what it then holds: bodies of a role, a task, a deadline."""

    pattern: re.Pattern[str]
    holds: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What marks a text as no plan: a pattern for a task's heading, the share that it takes, and the reason."""

    pattern: re.Pattern[str]
    share: float
    reason: str


@dataclass(frozen=True, slots=True)
class NameGrammar:
    """How a run of capitalised words becomes documents' names.

    heads: the nouns of which one stands in the head of each document's name.
    preposition: what ends a name's head ("Opinions | of …").
    opening: words that begin a sentence rather than a name; anchored at the start by `^`.
    joint: what joins two names.
    """

    heads: re.Pattern[str]
    preposition: re.Pattern[str]
    opening: re.Pattern[str]
    joint: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A language's rows.

    language: its code, as in the tables.
    count: a count in running text; groups `n` (the number), `noun`, and the modifiers between them.
    units: nouns that count parts of the outline.
    listed: a count that is followed by the list of what it counts; groups `n`, `noun`, `how`, `list`.
    exhaustive: words in `how` that promise the whole list.
    separators: what stands between the parts of a list.
    singular: pairs of pattern and replacement that turn a counted noun into the one that a part of the list ends with.
    bylines: whole blocks; group `name`.
    credits: whole blocks that name the medium the article was taken from; group `name`.
    card: lines of a document card, "发文字号：…", by the field of the article that they fill; group `value`, which may
        be empty where the value stands in the next block.
    dates: ways to write a day; `months` gives the numbers of month names.
    ends: whole blocks after which nothing belongs to the article.
    actions: words that a task begins with.
    obligations: words within a heading by which somebody is to do something.
    no_area: headings that group nothing, since they only say that tasks or the text follow.
    plan_titles: headings that are the name of a plan, and no area where all tasks stand under it.
    boxes: lines that open a box beside the text, such as 专栏1.
    annexes: lines that open an annex.
    plans: words in a title that name a plan.
    no_plans: words in a title that name another kind of text.
    other_sections: titles of sections that other kinds of texts have, and plans have not.
    openers: whole lines that open a section of a speech, and so stand for its heading.
    exclusions: what marks a text as no plan.
    without_tasks: titles of sections that hold principles, goals or a review, and no tasks.
    responsibility: marks in a text that say who answers for it.
    assignments: ways to say who has a task, the most telling first.
    first_leads: the words by which a document says that the body named first leads.
    long_names: names of bodies that hold what otherwise stands between two of them.
    body_separators: what stands between the bodies of a list.
    nobody: what is dropped from a name, since it names nobody in particular.
    columns: the columns of tables, the most telling first.
    no_body: what stands in a column of bodies and names none.
    deadlines: ways to set a deadline, the most telling first.
    delivered: lines of a document's head that say on which day it was delivered, updated or passed.
    number: a document number that stands alone.
    day_alone: a day that stands alone, as at the end of a notice.
    safeguards: titles of areas that secure the plan rather than being part of it.
    body_kinds: the nouns that name a body, and the kind of body each names.
    founding: a body that the plan sets up; groups `name`, `noun`.
    parties: those who sign or agree; group `list`, whose parts are names.
    document_name: a document's name in running text; groups `name`, `years`.
    name_grammar: how such names part and which of them are documents; None where marks like 《》 say it all.
    letterheads: lines above a title that are none: who issues it, where in the site it stands.
    title_goes_on: the line of a title that stands below the line of those who issue it.
    issuers: what may stand before a title in full.
    announced: a notice's title; group `name`, the plan that it announces.
    counters: lines, or parts of a line, that count readers or tell the time, and so differ from one visit to the next.
    walls: what a page says that stands before the text and lets nobody by: a proof, a consent, a password is wanted.
    own_name: what follows the name of the plan itself, such as "(hereinafter the Plan)".
    """

    language: str
    count: re.Pattern[str]
    units: tuple[Unit, ...]
    listed: re.Pattern[str]
    exhaustive: re.Pattern[str]
    separators: re.Pattern[str]
    singular_endings: tuple[tuple[str, str], ...]
    bylines: tuple[re.Pattern[str], ...]
    credits: tuple[re.Pattern[str], ...]
    card: dict[str, re.Pattern[str]]
    dates: tuple[DateStyle, ...]
    months: dict[str, int]
    ends: tuple[re.Pattern[str], ...]
    actions: re.Pattern[str]
    obligations: re.Pattern[str]
    non_areas: re.Pattern[str]
    plan_titles: re.Pattern[str]
    boxes: re.Pattern[str]
    annexes: re.Pattern[str]
    plans: re.Pattern[str]
    other_texts: re.Pattern[str]
    other_sections: re.Pattern[str]
    openers: re.Pattern[str]
    exclusions: tuple[Exclusion, ...]
    without_tasks: re.Pattern[str]
    responsibility: re.Pattern[str]
    assignments: tuple[AssignmentStyle, ...]
    first_leads: re.Pattern[str]
    long_names: re.Pattern[str]
    body_separators: re.Pattern[str]
    name_fillers: re.Pattern[str]
    columns: tuple[Column, ...]
    empty_cells: re.Pattern[str]
    deadlines: tuple[DeadlineStyle, ...]
    delivery_lines: re.Pattern[str]
    document_numbers: re.Pattern[str]
    day_alone: re.Pattern[str]
    safeguards: re.Pattern[str]
    body_kinds: dict[str, str]
    founded_bodies: re.Pattern[str]
    parties: re.Pattern[str]
    document_name: re.Pattern[str]
    name_grammar: NameGrammar | None
    letterheads: re.Pattern[str]
    title_goes_on: re.Pattern[str]
    issuers: re.Pattern[str]
    announcements: re.Pattern[str]
    counters: tuple[re.Pattern[str], ...]
    walls: tuple[re.Pattern[str], ...]
    plan_references: re.Pattern[str]
