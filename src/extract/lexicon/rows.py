"""The shape of a lexicon: the words and patterns of one language that the reading uses.

Every pattern is a regular expression; its named groups are listed beside it. A pattern for whole lines, titles or cells
has to match all of it; any other is searched in a text, or matched at its beginning where that is stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TASKS, AREAS = "tasks", "areas"
LEAD, SUPPORT, RESPONSIBLE = "lead", "support", "responsible"
# Kinds of content of a table's column, besides the bodies of one of the roles.
TASK, DEADLINE, AREA, ORDINAL = "task", "deadline", "area", "ordinal"


@dataclass(frozen=True, slots=True)
class Unit:
    """A noun for parts of the outline, and which part a count of it counts (`tasks` or `areas`)."""

    noun: str
    counts: str


@dataclass(frozen=True, slots=True)
class AssignmentStyle:
    """A phrase that assigns a task: a pattern with the group `list` (the bodies), and the role that it gives them.

    A style with `prominent` applies only to a task's heading.
    """

    pattern: re.Pattern[str]
    role: str
    prominent: bool = False


@dataclass(frozen=True, slots=True)
class DateStyle:
    """A form of a written day: a pattern with the groups `y`, `m` and `d`."""

    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class DeadlineStyle:
    """A phrase that sets a deadline: a pattern with the group `when`, the words of the deadline.

    The groups `y`, `m`, `d` and `end` (words for the end of the year or month), where the pattern has them, give the
    day. A style with `prominent` applies only to a task's heading and to the sentence after it. A style with `field`
    names what it states ("Deadline: …"), and so applies to a text of any length.
    """

    pattern: re.Pattern[str]
    prominent: bool = False
    field: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of tables, recognised by its whole head.

    `holds` is what it contains: bodies of a role, a task, a deadline, an area, a number; "" where it is not read.
    """

    pattern: re.Pattern[str]
    holds: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What shows that a text is not a plan: `pattern` matches at least this `share` (0 to 1) of the chosen lines.

    `reason` is the published reason, with `{share}` for the share that was measured.
    """

    pattern: re.Pattern[str]
    share: float
    reason: str


@dataclass(frozen=True, slots=True)
class NameGrammar:
    """How a run of capitalised words is split into the names of documents.

    heads: nouns for kinds of documents; the head of each name holds one of them.
    preposition: what ends the head of a name ("Opinions | of …").
    opening: words that begin a sentence and not a name; anchored at the start by `^`.
    joint: what joins two names.
    """

    heads: re.Pattern[str]
    preposition: re.Pattern[str]
    opening: re.Pattern[str]
    joint: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words and patterns of one language; lists of ways to say something begin with the most reliable one.

    language: the language's code, as published.
    count: a count in running text; groups `n` (the number), `noun`, and the modifiers between them.
    units: nouns for parts of the outline.
    listed: a count followed by a list of what it counts; groups `n`, `noun`, `how`, `list`.
    exhaustive: words in `how` that promise a complete list.
    separators: what separates the parts of a list.
    singular_endings: pairs of pattern and replacement that turn a counted noun into its singular.
    bylines: whole lines that name the author; group `name`.
    credits: whole lines that name the medium the article was taken from; group `name`.
    card: whole lines of a document card ("发文字号：…"), by the field of the article that they fill; group `value`,
        which may be empty where the value is on the next line.
    dates: ways to write a day.
    months: the number of each month, by the first three letters of its name in lower case.
    ends: whole lines after which nothing belongs to the article.
    actions: the words that a task begins with, matched at the beginning.
    obligations: words within a heading that oblige somebody.
    non_areas: whole headings that group nothing: they only say that tasks or the text follow.
    plan_titles: whole titles that are the name of a plan; such a heading is not an area where it holds all tasks.
    boxes: the beginning of a line that opens a box beside the text, such as 专栏1.
    annexes: whole lines that open an annex.
    plans: words in a title that name a plan.
    other_texts: words in a title that name another kind of text.
    other_sections: whole titles of sections that plans do not have.
    openers: whole lines that open a section of a speech and so serve as its heading.
    exclusions: what shows that a text is not a plan.
    without_tasks: whole titles of sections that hold principles, goals or a review, and no tasks.
    responsibility: words or brackets in a text that state who is responsible.
    assignments: ways to assign a task to bodies.
    first_leads: the words by which a document states that the body named first leads.
    long_names: names of bodies that contain a separator.
    body_separators: what separates the bodies of a list.
    name_fillers: what is dropped from a name, since it names no particular body.
    columns: the columns of tables.
    empty_cells: whole cells in a column of bodies that name none.
    deadlines: ways to set a deadline.
    delivery_lines: the beginning of a line that states when a document was delivered, updated or passed.
    document_numbers: whole lines that are a document number.
    day_alone: whole lines that are a day, as at the end of a notice.
    safeguards: words in the title of an area that secures the plan and is not part of its subject.
    body_kinds: the nouns that name a body, each with its kind.
    founded_bodies: a body that the plan founds; groups `name`, `noun`.
    parties: those who sign or agree; group `list`, whose parts are names.
    document_name: a document's name in running text; groups `name`, `years`.
    name_grammar: how such names are split and which of them are documents; None where marks such as 《》 show it.
    letterheads: whole lines above a title that are not titles: an issuer, a path within the site.
    title_goes_on: the whole second line of a title whose first line names the issuers.
    issuers: all that may stand before a title on its line.
    announcements: the whole title of a notice; group `name`, the plan that it announces.
    counters: parts of a line that count readers or tell the time, and so differ from one visit to the next.
    walls: what a page says that refuses access: it asks for a proof, a consent or a password.
    plan_references: what follows the name of the text's own plan, such as "(hereinafter the Plan)".
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
