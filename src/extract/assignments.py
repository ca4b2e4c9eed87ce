"""The text of one task in, its assignments out: the bodies as the text names them, each with its role.

A body that the text does not name is never added. Words that name no particular body ("and other departments") are
dropped.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace

from extract.lexicon.rows import LEAD, RESPONSIBLE, SUPPORT, Lexicon
from extract.plan import Assignment
from extract.sentences import shorten_spaces, shorten_to_heading

# Length in characters up to which a part of a list is the name of a body.
LONGEST_NAME = 90
# Length in characters of such a part with all that is dropped from it, word by word.
LONGEST_PART = 1_000
IN_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")
# Private-use characters that replace separators inside a name, where they do not separate bodies.
HIDDEN = str.maketrans({"、": "\ue000", ",": "\ue001", " ": "\ue002"})
SHOWN = str.maketrans({"\ue000": "、", "\ue001": ",", "\ue002": " "})


def read_assignments(text: str, lexicon: Lexicon, *, first_leads: bool) -> tuple[Assignment, ...]:
    """The assignments that a task's text states, each body and role once, in the order of the text.

    `first_leads` says that of several responsible bodies the first leads and the others support.
    """
    assignments: dict[tuple[str, str], Assignment] = {}
    for stated_role, names in _find_body_lists(shorten_spaces(text), lexicon):
        for index, name in enumerate(split_names(names, lexicon)):
            role = (SUPPORT if index else LEAD) if first_leads and stated_role == RESPONSIBLE else stated_role
            assignments.setdefault((name, role), Assignment(name, role, name))
    return resolve_leads(assignments.values())


def resolve_leads(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The assignments of a task; if some bodies support and none leads, the responsible ones lead."""
    stated = tuple(assignments)
    if {assignment.role for assignment in stated} != {RESPONSIBLE, SUPPORT}:
        return stated
    return tuple(
        replace(assignment, role=LEAD) if assignment.role == RESPONSIBLE else assignment for assignment in stated
    )


def strip_responsibility(title: str, lexicon: Lexicon) -> str:
    """A heading without the brackets at its end that state who is responsible."""
    for match in lexicon.responsibility.finditer(title):
        if match.end() == len(title):
            return title[: match.start()].rstrip(" 。.;；")
    return title


def _find_body_lists(text: str, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """The role and text of each list of bodies; a list that one row of the lexicon matches is not matched again."""
    taken: list[tuple[int, int]] = []  # disjoint, in the order of the text
    lists = []
    heading = shorten_to_heading(text)
    for row in lexicon.assignments:
        for match in row.pattern.finditer(heading if row.prominent else text):
            start, end = match.span("list")
            at = bisect_left(taken, (start, end))
            if all(end <= other[0] or other[1] <= start for other in taken[max(at - 1, 0) : at + 1]):
                taken.insert(at, (start, end))
                lists.append((start, row.role, match["list"]))
    yield from ((role, names) for _, role, names in sorted(lists))


def split_names(names: str, lexicon: Lexicon) -> Iterator[str]:
    """The bodies in a list such as "A, B and the C Office" or "A、B（C、D）等", as they are named there."""
    for pattern in (IN_BRACKETS, lexicon.long_names):  # what is inside brackets or a name does not separate bodies
        names = pattern.sub(lambda match: match[0].translate(HIDDEN), names)
    for part in lexicon.body_separators.split(names):
        if len(part) > LONGEST_PART:
            continue
        name, before = part.translate(SHOWN).strip(" \n\t\u3000.。"), None
        while name != before:
            name, before = _drop_closing_bracket(lexicon.name_fillers.sub("", name).strip()), name
        if 1 < len(name) <= LONGEST_NAME:
            yield name


def _drop_closing_bracket(name: str) -> str:
    """The name without a closing bracket at its end that has no opening one: it closes the whole list."""
    for opening, closing in ("()", "（）"):
        if name.endswith(closing) and opening not in name:
            return name.removesuffix(closing).rstrip(" .。")
    return name
