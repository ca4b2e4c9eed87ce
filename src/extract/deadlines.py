"""The text of one task in, its one deadline out; and the days that only the document as a whole fixes.

Strict: a target ("by 2025 the share grows to …") is not a deadline. A day is never guessed: a deadline without a year
gets it from the document, and a day in numerals ("03/04/2026") its order, or it keeps its words alone.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from extract.lexicon.rows import Lexicon
from extract.numerals import CHINESE_DIGITS, parse_numeral
from extract.plan import Article, Problem, Task
from extract.sentences import SENTENCE_END, shorten_spaces

# Length in characters up to which the first sentence is only a heading, so that the second one is prominent too.
LONGEST_HEADING = 80
# Length in characters from which on a day in running text is that of a part of the task, and not of the task.
LONGEST_TASK = 600
# A day in numerals, of which the text has to show whether the day or the month comes first.
NUMERIC_DAY = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?![\d/])")
MONTHS_IN_QUARTER, MONTHS_IN_HALF = 3, 6
DIGITS_OF_YEAR = 4
# What is written for the digit 〇.
CIRCLES = re.compile(r"[○ＯO零]")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The words of a deadline, None if there is none, and its day if they fix one.

    The day of a month, quarter or year is its last day.
    """

    stated: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Dating:
    """What a document as a whole shows about the days in it.

    `year` is the one that days without a year belong to, and `earliest` the first day that such a day can be; None if
    the document shows none. `day_first` says whether a day in numerals begins with the day; None if nothing shows it.
    """

    year: int | None = None
    earliest: date | None = None
    day_first: bool | None = None


def read_deadline(text: str, lexicon: Lexicon, *, prose: str | None = None) -> Deadline:
    """The deadline that a text sets; empty if it sets none, or several, since none of those is that of the whole.

    `prose` is the text without its lists, whose items have deadlines of their own.
    """
    text, prose = (
        lexicon.field_openings.sub("\n", shorten_spaces(words)) for words in (text, text if prose is None else prose)
    )
    sentences = [part for part in SENTENCE_END.split(prose.strip()) if part]
    heading_alone = bool(sentences) and len(sentences[0]) <= LONGEST_HEADING
    prominent = " ".join(sentences[: 1 + heading_alone])
    is_long = len(text) > LONGEST_TASK
    for row in lexicon.deadlines:
        searched = prominent if row.prominent or (is_long and not row.field) else text
        stated = {" ".join(match["when"].split()) for match in row.pattern.finditer(searched)}
        if len(stated) == 1:
            (words,) = stated
            return Deadline(words, resolve_day(words, lexicon))
        if stated:
            break
    return Deadline()


def read_day(text: str, lexicon: Lexicon) -> date | None:
    """The first day that the text states in full, such as "December 31, 2020"; None if it states none."""
    matches = (match for style in lexicon.dates for match in style.finditer(text))
    return next((day for match in matches if (day := _make_day(match, lexicon, Dating()))), None)


def resolve_day(stated: str, lexicon: Lexicon, dating: Dating = Dating()) -> date | None:
    """The day that the words of a deadline fix, together with what the document shows; None if they fix none."""
    if numeric := NUMERIC_DAY.search(stated):
        return _make_numeric_day(numeric, day_first=dating.day_first)
    match = next((match for style in lexicon.deadline_days if (match := style.search(stated))), None)
    return _make_day(match, lexicon, dating) if match else None


def find_dating(article: Article, text: str, lexicon: Lexicon) -> Dating:
    """What a document shows about its days: the year in its title, else that of the day it was published on."""
    titles = (article.plan_title or "", article.title or "")
    years = next((stated for title in titles if (stated := set(lexicon.title_years.findall(title)))), set())
    published = article.published_date or article.signed_date
    in_numerals = [(int(match[1]), int(match[3])) for match in NUMERIC_DAY.finditer(text)]
    orders = {first > second for first, second in in_numerals if max(first, second) > 12 >= min(first, second)}
    day_first = orders.pop() if len(orders) == 1 else None
    if len(years) == 1:
        return Dating(int(years.pop()), None, day_first)
    return Dating(published.year if published else None, published, day_first)


def complete_days(
    tasks: Sequence[Task], dating: Dating, lexicon: Lexicon
) -> tuple[tuple[Task, ...], tuple[Problem, ...]]:
    """The tasks with the days that their deadlines' words fix only together with the document, and what stays open."""
    completed, problems = [], []
    for task in tasks:
        if task.deadline is None and task.deadline_stated:
            day = resolve_day(task.deadline_stated, lexicon, dating)
            if day is None and (numeric := NUMERIC_DAY.search(task.deadline_stated)):
                at = max(task.text.find(numeric[0]), 0)
                problems.append(Problem(f"{numeric[0]}: which number is the day is not shown", task.span.start + at))
            completed.append(replace(task, deadline=day))
        else:
            completed.append(task)
    return tuple(completed), tuple(problems)


def _make_numeric_day(numeric: re.Match[str], *, day_first: bool | None) -> date | None:
    """The day of a match of `NUMERIC_DAY`; None if it can be read in two ways."""
    first, second, year = int(numeric[1]), int(numeric[3]), int(numeric[4])
    days = (
        {(first, second), (second, first)} if day_first is None else {(first, second) if day_first else (second, first)}
    )
    possible = [day for day in (_build_day(year, month, number) for number, month in days) if day]
    return possible[0] if len(possible) == 1 else None


def _build_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _make_day(match: re.Match[str], lexicon: Lexicon, dating: Dating) -> date | None:
    """The day in the groups of a match: `y`, `m`, `d`, `end`, `q`, `h` and `next`; None if they do not fix one."""
    stated = {name: value for name, value in match.groupdict().items() if value}
    year = _read_number(stated["y"]) if "y" in stated else dating.year
    if year is None or not 0 < year < 9_999:
        return None
    year += "next" in stated
    month = _find_month(stated, lexicon)
    if month is None:
        return None
    day = _build_day(year, month, _read_number(stated["d"]) if "d" in stated else calendar.monthrange(year, month)[1])
    return None if day and "y" not in stated and dating.earliest and day < dating.earliest else day


def _read_number(digits: str) -> int:
    """The number of a year, month or day, in digits, in words or as Chinese years are written (二〇二六); 0 if none."""
    if digits.isdecimal():
        return int(digits)
    single = [CHINESE_DIGITS.get(digit) for digit in CIRCLES.sub("〇", digits)]
    if len(single) == DIGITS_OF_YEAR and None not in single:
        return int("".join(map(str, single)))
    return parse_numeral(digits) or 0


def _find_month(stated: dict[str, str], lexicon: Lexicon) -> int | None:
    """The last month of what the groups of a match state; None if they state none."""
    for name, months in (("q", MONTHS_IN_QUARTER), ("h", MONTHS_IN_HALF)):
        if name in stated:
            return months * lexicon.ordinals[stated[name].casefold()]
    name = stated.get("m", "").casefold()
    month = lexicon.months.get(name[:3], 0) or _read_number(name)
    if 1 <= month <= 12:
        return month
    return 12 if "end" in stated else None
