"""Who a task's own words give it to: the bodies, as named, and the part of each.

Comes in: the text of one task, and whether the document says that the body named first leads. A body that the text
does not name is never added, and words that stand for nobody in particular ("and other departments") are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from extract.lexicon.rows import LEAD, RESPONSIBLE, SUPPORT, Lexicon
from extract.plan import Assignment
from extract.sentences import heading_of

LONGEST_NAME = 90
IN_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")
# Signs that stand in for separators where they part no bodies.
HIDDEN = str.maketrans({"、": "\ue000", ",": "\ue001", " ": "\ue002"})
SHOWN = str.maketrans({"\ue000": "、", "\ue001": ",", "\ue002": " "})


def is_first_named_lead(text: str, lexicon: Lexicon) -> bool:
    """Whether the document says somewhere that the body named first leads."""
    return bool(lexicon.first_leads.search(text))


def read_assignments(text: str, lexicon: Lexicon, *, first_leads: bool) -> tuple[Assignment, ...]:
    """The assignments that a task's text states, each body and role once, in the text's order."""
    found: dict[tuple[str, str], Assignment] = {}
    for role, stated in _find_body_lists(text, lexicon):
        for place, name in enumerate(split_names(stated, lexicon)):
            part = (SUPPORT if place else LEAD) if first_leads and role == RESPONSIBLE else role
            found.setdefault((name, part), Assignment(name, part, name))
    return resolve_leads(found.values())


def resolve_leads(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The assignments of a task; where some support and none leads, those who are responsible lead."""
    all_of_them = tuple(assignments)
    if {one.role for one in all_of_them} != {RESPONSIBLE, SUPPORT}:
        return all_of_them
    return tuple(replace(one, role=LEAD) if one.role == RESPONSIBLE else one for one in all_of_them)


def strip_responsibility(title: str, lexicon: Lexicon) -> str:
    """A heading without the parenthesis at its end that says who is responsible."""
    for match in lexicon.responsibility.finditer(title):
        if match.end() == len(title):
            return title[: match.start()].rstrip(" 。.;；")
    return title


def _find_body_lists(text: str, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """Each stretch of text that lists bodies, with their role; what one row has read, the next leaves alone."""
    taken: list[tuple[int, int]] = []
    found = []
    heading = heading_of(text)
    for row in lexicon.assignments:
        for match in row.pattern.finditer(heading if row.prominent else text):
            start, end = match.span("list")
            if not any(start < other_end and other_start < end for other_start, other_end in taken):
                taken.append((start, end))
                found.append((start, row.role, match["list"]))
    yield from ((role, stated) for _, role, stated in sorted(found))


def split_names(stated: str, lexicon: Lexicon) -> Iterator[str]:
    """The bodies of a list such as "A, B and the C Office" or "A、B（C、D）等", as they are named there."""
    for part in lexicon.body_separators.split(_hide_separators(stated, lexicon)):
        name, before = part.translate(SHOWN).strip(" \n\t\u3000.。"), None
        while name != before:
            name, before = _drop_closing_bracket(lexicon.name_fillers.sub("", name).strip()), name
        if 1 < len(name) <= LONGEST_NAME:
            yield name


def _drop_closing_bracket(name: str) -> str:
    """The name without a bracket at its end that opens nowhere in it: it closes the whole list."""
    for opening, closing in ("()", "（）"):
        if name.endswith(closing) and opening not in name:
            return name.removesuffix(closing).rstrip(" .。")
    return name


def _hide_separators(stated: str, lexicon: Lexicon) -> str:
    """The list with the separators inside brackets and long names hidden, since they part no bodies."""
    for pattern in (IN_BRACKETS, lexicon.long_names):
        stated = pattern.sub(lambda match: match[0].translate(HIDDEN), stated)
    return stated
