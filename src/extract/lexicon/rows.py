"""The shape of a lexicon: the words and patterns of one language that the reading uses.

Patterns are written as regular expressions; their named groups are listed beside them. A pattern for whole lines,
titles or cells has to match all of it; any other is searched in a text, or matched at its beginning if that is
stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

TASKS, AREAS = "tasks", "areas"
LEAD, SUPPORT, RESPONSIBLE = "lead", "support", "responsible"
# Kinds of content of a table's column, besides the bodies of one of the roles.
TASK, DEADLINE, AREA, ORDINAL = "task", "deadline", "area", "ordinal"
# What a task yields: its column holds the tasks where no other does.
OUTPUT = "output"
# A kind of body: its column holds those responsible where another one holds deadlines.
BODY = "body"


class Regex:
    """A field that is written as a regular expression and read as its pattern.

    It is compiled when it is first read: to compile all of them would make every start of a program slower. From then
    on Python finds the pattern among the row's attributes, and asks this no more.
    """

    if TYPE_CHECKING:

        def __set__(self, row: object, written: str) -> None: ...

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, row: Row, owner: type) -> re.Pattern[str]:
        if row is None:
            raise AttributeError(self.name)  # a dataclass takes this for a field without a default
        pattern = vars(row)[self.name] = re.compile(row.written[self.name])
        return pattern


class Row:
    """A row with fields that are regular expressions; `written` holds these as they are written."""

    written: dict[str, str]

    def __post_init__(self) -> None:
        names = [name for name in vars(self) if isinstance(vars(type(self)).get(name), Regex)]
        vars(self)["written"] = {name: vars(self).pop(name) for name in names}


def compile_all(*written: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of regular expressions."""
    return tuple(map(re.compile, written))


def compile_table(written: dict[str, str]) -> dict[str, re.Pattern[str]]:
    """The patterns of regular expressions, by what they stand for."""
    return {name: re.compile(regex) for name, regex in written.items()}


@dataclass(frozen=True)
class AssignmentStyle(Row):
    """A phrase that gives a task's bodies a role: a pattern with the group `list` (the bodies).

    A style with `prominent` applies only to a task's heading.
    """

    role: str
    pattern: Regex = Regex()
    prominent: bool = False


@dataclass(frozen=True)
class RoleWords(Row):
    """Words that give the bodies beside them a role: as a field before them ("牵头单位："), or as a predicate after them.

    The role "" is that of a field whose content is not read, such as a telephone number. Words that are `weak` give a
    role only to names that are like those of bodies, or in a clause that gives other bodies a role.
    """

    role: str
    pattern: Regex = Regex()
    weak: bool = False


@dataclass(frozen=True)
class DeadlineStyle(Row):
    """A phrase that sets a deadline: a pattern with the group `when`, the words of the deadline.

    A style with `prominent` applies only to a task's heading and to the sentence after it. A style with `field`
    names what it states ("Deadline: …"), and so applies to a text of any length.
    """

    pattern: Regex = Regex()
    prominent: bool = False
    field: bool = False


@dataclass(frozen=True)
class Exclusion(Row):
    """What shows that a text is not a plan: `pattern` matches at least this `share` (0 to 1) of the chosen lines.

    `reason` is the published reason, with `{share}` for the share that was measured.
    """

    share: float
    reason: str
    pattern: Regex = Regex()


@dataclass(frozen=True, kw_only=True)
class NameGrammar(Row):
    """How a run of capitalised words is split into the names of documents."""

    heads: Regex = Regex()  # nouns for kinds of documents; the head of each name holds one of them
    preposition: Regex = Regex()  # what ends the head of a name ("Opinions | of …")
    opening: Regex = Regex()  # words that begin a sentence and not a name, matched at the beginning
    joint: Regex = Regex()  # what joins two names
    indefinite: Regex = Regex()  # the beginning of a name that names no particular document


@dataclass(frozen=True, kw_only=True)
class Lexicon(Row):
    """The words and patterns of one language; lists of ways to say something begin with the most reliable one."""

    language: str  # the language's code, as published
    count: Regex = Regex()  # a count in running text; groups `n` (the number), `noun`, and the modifiers between them
    units: dict[str, str]  # nouns for parts of the outline, each with what a count of it counts: `TASKS` or `AREAS`
    own_counts: Regex = Regex()  # the words before a count, up to it, by which a text says what the whole of it holds
    listings: Regex = Regex()  # the words before a count, up to it, by which a text announces a list
    inexact: Regex = Regex()  # the words before a number, up to it, that make it inexact
    subset_openings: Regex = Regex()  # words by which a sentence divides a count into smaller ones
    subsets: Regex = Regex()  # one of these; groups `n`, `name`
    listed: Regex = Regex()  # a count followed by a list of what it counts; groups `n`, `noun`, `how`, `list`
    exhaustive: Regex = Regex()  # words in `how` that promise a complete list
    separators: Regex = Regex()  # what separates the parts of a list
    singular_endings: tuple[tuple[str, str], ...]  # how a counted noun becomes its singular: pattern, replacement
    bylines: Regex = Regex()  # whole lines that name the author; group `name`
    credits: Regex = Regex()  # whole lines that name the medium the article was taken from; group `name`
    # whole lines of a document card ("发文字号：…"), by the field of the article that they fill; group `value`, which may
    # be empty if the value is on the next line
    card: dict[str, re.Pattern[str]]
    dates: tuple[re.Pattern[str], ...]  # ways to write a day, each with a digit
    months: dict[str, int]  # the number of each month, by the first three letters of its name in lower case
    ends: Regex = Regex()  # whole lines after which nothing belongs to the article
    actions: Regex = Regex()  # the words that a task begins with, matched at the beginning
    obligations: Regex = Regex()  # words within a heading that oblige somebody
    non_areas: Regex = Regex()  # whole headings that group nothing: they only say that tasks or the text follow
    plan_titles: Regex = Regex()  # whole titles that name a plan; such a heading is not an area if it holds all tasks
    boxes: Regex = Regex()  # the beginning of a line that opens a box beside the text, such as 专栏1
    annexes: Regex = Regex()  # whole lines that open an annex
    plans: Regex = Regex()  # words in a title that name a plan
    other_texts: Regex = Regex()  # words in a title that name another kind of text
    other_sections: Regex = Regex()  # whole titles of sections that plans do not have
    openers: Regex = Regex()  # whole lines that open a section of a speech and so serve as its heading
    exclusions: tuple[Exclusion, ...]  # what shows that a text is not a plan
    without_tasks: Regex = Regex()  # whole titles of sections that hold principles, goals or a review, and no tasks
    task_nouns: Regex = Regex()  # words in a heading or before a list which say that what is to be done follows
    goal_nouns: Regex = Regex()  # words there which say that goals, reasons or a review follow
    introductions: Regex = Regex()  # words before a list that oblige somebody to what it lists
    past: Regex = Regex()  # the beginning of a line that reports what has been done
    deadline_words: Regex = Regex()  # words that set a deadline, whatever day it is
    responsibility: Regex = Regex()  # words or brackets in a text that state who is responsible
    assignments: tuple[AssignmentStyle, ...]  # ways to assign a task to bodies
    # fields of a clause about responsibility, matched at its beginning; the last one is any other field
    role_fields: tuple[RoleWords, ...] = ()
    fields_in_run: Regex = Regex()  # the position of such a field behind a name, with nothing between them
    role_predicates: tuple[RoleWords, ...] = ()  # what ends a list of bodies in such a clause, searched at its end
    role_marks: tuple[RoleWords, ...] = ()  # marks behind a name that state its role, searched at its end
    field_openings: Regex = Regex()  # the space before a field that stands in the middle of a line
    bare_body: Regex = Regex()  # whole names, as the text writes them, that are like those of bodies
    speakers: Regex = Regex()  # words by which the authors promise something, or call for it
    law_words: Regex = Regex()  # words of laws, contracts and rules
    advice: Regex = Regex()  # words that tell the reader what to do
    states: Regex = Regex()  # verbs of sentences that say how something is
    beside_body: Regex = Regex()  # whole names that are those of bodies where they stand beside one
    subject_verbs: Regex = Regex()  # what stands behind the subject of a sentence, and obliges it to do the task
    beside_subject: Regex = Regex()  # what stands between the subject and that verb, and is no part of the subject
    first_leads: Regex = Regex()  # the words by which a document states that the body named first leads
    leads_before_comma: Regex = Regex()  # those by which it states that the bodies before the first comma lead
    together: Regex = Regex()  # what stands between a leading body and those that support it
    long_names: Regex = Regex()  # names of bodies that contain a separator
    body_separators: Regex = Regex()  # what separates the bodies of a list
    name_fillers: Regex = Regex()  # what is dropped from a name, since it names no particular body
    # whole heads of tables' columns, by what the column holds: bodies of a role, a task, a deadline, an area, a number;
    # "" if it is not read
    columns: dict[str, re.Pattern[str]]
    empty_cells: Regex = Regex()  # whole cells in a column of bodies that name none
    deadlines: tuple[DeadlineStyle, ...]  # ways to set a deadline
    # ways to state its day: groups `y`, `m`, `d`, `end` (of the month or year), `q` (quarter), `h` (half), `next` (year)
    deadline_days: tuple[re.Pattern[str], ...]
    ordinals: dict[str, int]  # the numbers of quarters and halves, in lower case
    title_years: Regex = Regex()  # a year in a title which is that of the whole document
    delivery_lines: Regex = Regex()  # the beginning of a line that states when a document was delivered or passed
    document_numbers: Regex = Regex()  # whole lines that are a document number
    day_alone: Regex = Regex()  # whole lines that are a day, as at the end of a notice
    safeguards: Regex = Regex()  # words in the title of an area that secures the plan and is not part of its subject
    body_kinds: dict[str, str]  # the nouns that name a body, each with its kind
    founded_bodies: Regex = Regex()  # a body that the plan founds; groups `name`, `noun`
    parties: Regex = Regex()  # those who sign or agree; group `list`, whose parts are names
    document_name: Regex = Regex()  # a document's name in running text; groups `name`, `years`
    name_grammar: NameGrammar | None  # how such names are split; None if marks such as 《》 show them
    letterheads: Regex = Regex()  # whole lines above a title that are not titles: an issuer, a path within the site
    buttons: Regex = Regex()  # whole lines that are buttons of a page or captions of pictures, and none of the text
    titles: Regex = Regex()  # whole titles of official documents, by their last word
    open_titles: Regex = Regex()  # whole beginnings of titles that cannot be all of a title
    title_goes_on: Regex = Regex()  # the whole second line of a title
    title_ends: Regex = Regex()  # whole lines that end the title above them: its years, its state
    title_heads: Regex = Regex()  # what is written before a title and is not part of it, matched at the beginning
    title_tails: Regex = Regex()  # the day or number in brackets behind a title, searched at the end
    inline_titles: Regex = Regex()  # a title in a text that has no line breaks; group `title`
    inline_heads: Regex = Regex()  # the beginning of such a text: its letterhead; groups `issuers`, `number`
    kinds_alone: Regex = Regex()  # whole lines that name the kind of a text, with its number, above what it is about
    issuer_names: Regex = Regex()  # the whole name of a body that issues documents
    title_issuers: Regex = Regex()  # the beginning of a title that names its issuers; groups `issuers`, `others`
    letterhead_ends: Regex = Regex()  # what a letterhead adds to the issuers' names, searched at the end
    month_alone: Regex = Regex()  # whole lines that state the month of publication; groups `y`, `m`
    imprints: Regex = Regex()  # the beginning of a line that states when a document was published, at its end
    addressees: Regex = Regex()  # whole lines that say to whom a text is written
    issuers: Regex = Regex()  # all that may stand before a title on its line
    announcements: Regex = Regex()  # the whole title of a notice; group `name`, the plan that it announces
    two_documents: Regex = Regex()  # the names of two documents that one notice announces; group `first`
    announced_before: Regex = Regex()  # what stands before the name of a document issued with the text, at its end
    announced_after: Regex = Regex()  # what stands after such a name, at the beginning
    cited_before: Regex = Regex()  # what stands before the name of a document that the text follows, at its end
    cited_after: Regex = Regex()  # what stands after such a name, at the beginning
    counters: tuple[
        re.Pattern[str], ...
    ]  # parts of a line that count readers or tell the time, and differ between visits
    walls: tuple[
        re.Pattern[str], ...
    ]  # what a page that refuses access says: it asks for a proof, a consent or a password
    plan_references: Regex = Regex()  # what follows the name of the text's own plan, such as "(hereinafter the Plan)"
