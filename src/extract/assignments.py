"""The text of one task in, its assignments out: the bodies as the text names them, each with its role.

Bodies stand in clauses about responsibility, in brackets or on lines of their own ("A牵头，B负责", "牵头单位：A"), and
in phrases ("Led by A", "The A will …"). A body that the text does not name is never added. Words that name no
particular body ("and other departments") are dropped.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from extract.deadlines import LONGEST_HEADING
from extract.lexicon.rows import LEAD, RESPONSIBLE, SUPPORT, Lexicon, RoleWords
from extract.plan import Assignment
from extract.sentences import SENTENCE_END, shorten_spaces, unwrap_lines

# Length in characters up to which a part of a list is the name of a body.
LONGEST_NAME = 90
# Length in characters of such a part with all that is dropped from it, word by word.
LONGEST_PART = 1_000
# Length in characters up to which brackets hold a clause about responsibility.
LONGEST_CLAUSE = 2_000
OPENING, CLOSING = "（(【［〔[", "）)】］〕]"
IN_BRACKETS = re.compile(r"[（(〔\[][^（）()〔〕\[\]]*[)）〕\]]|〈[^〈〉\n]*〉|“[^“”\n]*”")
# Private-use characters that replace separators inside a name, where they do not separate bodies.
SEPARATORS = "、，,；;。：:和及与 "
HIDDEN = str.maketrans({separator: chr(0xE000 + at) for at, separator in enumerate(SEPARATORS)})
SHOWN = str.maketrans({chr(0xE000 + at): separator for at, separator in enumerate(SEPARATORS)})
# What stands in brackets behind the name of a sentence's subject.
BEHIND_NAME = re.compile(r"\s*\([^()]*\)")
# A part of a clause up to the next mark, and a sentence with the marks inside it.
PIECE = re.compile(r"[^，,；;。\n]+")
# A line break inside a sentence goes on with a list where a mark stands beside it.
SENTENCE = re.compile(r"(?:[^。\n]|(?<=、)\n|\n(?=、))+")
SPACE_BEFORE_FIELD = re.compile(r"(?<!\s)\s++(?=[\u4e00-\u9fff]{2,16}[:：])")  # a run of spaces is looked at once
# The end of a line that only names a field, whose content stands on the next one.
EMPTY_LINE_END = re.compile(r"([:：])(\s*+)(?=[\u4e00-\u9fff]{2})")
LINE_BREAK = re.compile(r"[^\S\n]*+\n\s*+")


@dataclass(frozen=True, slots=True)
class BodyList:
    """A list of bodies in a text: their role, and the words of the list.

    `part` counts the lists that share one field or predicate, from 0: a comma stands between them.
    """

    role: str
    names: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """What a text states about responsibility from `start` to `end`: the lists of bodies there, in its order."""

    start: int
    end: int
    lists: tuple[BodyList, ...]


def read_assignments(
    text: str, lexicon: Lexicon, *, first_leads: bool, leads_before_comma: bool = False, is_heading: bool = False
) -> tuple[Assignment, ...]:
    """The assignments that a task's text states, each body and role once, in the order of the text.

    Phrases count only in a text without a clause about responsibility. `first_leads` says that of several responsible
    bodies the first leads and the others support, `leads_before_comma` that those before the first comma do, and
    `is_heading` that the text heads a section, so that it has no phrases about one task.
    """
    text = lexicon.field_openings.sub("\n", shorten_spaces(text))
    in_brackets = _find_clauses_in_brackets(text, lexicon)
    text = _remove_clauses(text, in_brackets)
    fields = _find_fields(text, lexicon)
    phrases = [] if in_brackets or fields or is_heading else _find_phrases(text, lexicon)
    stated: list[tuple[int, Assignment]] = []
    for clauses in (*([clause] for clause in in_brackets), fields, phrases):
        assignments: list[tuple[int, Assignment]] = []
        for clause in clauses:
            lists: Iterable[BodyList] = clause.lists
            if first_leads or leads_before_comma:
                lists = _apply_rule(clause.lists, lexicon, first=first_leads)
            assignments += [(clause.start, new) for body_list in lists for new in _read_list(body_list, lexicon)]
        resolved = resolve_leads(assignment for _, assignment in assignments)
        stated += [(start, new) for (start, _), new in zip(assignments, resolved, strict=True)]
    stated.sort(key=lambda row: row[0])
    return _resolve_clauses({(new.body, new.role): new for _, new in stated}.values())


def read_lead_in(text: str, lexicon: Lexicon) -> tuple[Assignment, ...]:
    """The assignments of what follows a line such as "The Harbour Office shall:"; none for any other line."""
    sentences = (
        [text[begin:end] for begin, end in _iterate_sentences(text)] if text.rstrip().endswith((":", "：")) else []
    )
    subject, _ = _find_subject(sentences[-1], lexicon) if sentences else (None, 0)
    return tuple(new for body_list in subject.lists for new in _read_list(body_list, lexicon)) if subject else ()


def resolve_leads(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The assignments of one clause: responsible bodies support those that lead, and lead those that support."""
    stated = tuple(assignments)
    roles = {assignment.role for assignment in stated}
    role = SUPPORT if LEAD in roles else LEAD if SUPPORT in roles else RESPONSIBLE
    leads = {assignment.body for assignment in stated if assignment.role == LEAD}
    return tuple(
        replace(assignment, role=LEAD if assignment.body in leads else role)
        if assignment.role == RESPONSIBLE
        else assignment
        for assignment in stated
    )


def strip_responsibility(title: str, lexicon: Lexicon) -> str:
    """A heading without the brackets at its end that state who is responsible."""
    start, end = next(reversed(_find_brackets(title)), (max(map(title.rfind, OPENING)), len(title)))
    if start > 0 and end >= len(title) - 1 and _read_clause(title[start + 1 : end], lexicon):
        return title[:start].rstrip(" 。.;；")
    for match in lexicon.responsibility.finditer(title):
        if match.end() == len(title):
            return title[: match.start()].rstrip(" 。.;；")
    return title


def _resolve_clauses(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The assignments of a task; where one clause has a leading body, the only bodies of another one lead too."""
    stated = tuple(assignments)
    if {assignment.role for assignment in stated} <= {RESPONSIBLE}:
        return stated
    leads = {assignment.body for assignment in stated if assignment.role == LEAD}
    return tuple(
        replace(assignment, role=LEAD) if assignment.role == RESPONSIBLE else assignment
        for assignment in stated
        if assignment.role != RESPONSIBLE or assignment.body not in leads
    )


def _apply_rule(lists: Sequence[BodyList], lexicon: Lexicon, *, first: bool) -> Iterator[BodyList]:
    """The lists of a clause by the document's rule: the first body leads, or those before the first comma."""
    is_parted = any(body_list.part for body_list in lists)
    for body_list in lists:
        if body_list.role != RESPONSIBLE or not (first or is_parted):
            yield body_list
        elif body_list.part:
            yield replace(body_list, role=SUPPORT)
        elif not first:
            yield replace(body_list, role=LEAD)
        else:
            words = body_list.names
            names = lexicon.body_separators.split(IN_BRACKETS.sub(_replace_separators, words), maxsplit=1)
            yield replace(body_list, role=LEAD, names=words[: len(names[0])])
            yield replace(body_list, role=SUPPORT, names=words[len(names[0]) :])


def _read_list(body_list: BodyList, lexicon: Lexicon) -> Iterator[Assignment]:
    """The assignments of one list of a clause: who is named as together with others leads them."""
    parts = lexicon.together.split(body_list.names, maxsplit=1)
    roles = (LEAD if len(parts) > 1 and body_list.role == RESPONSIBLE else body_list.role, SUPPORT)
    for role, part in zip(roles, parts, strict=False):
        yield from read_names(part, role, lexicon)


def read_names(names: str, role: str, lexicon: Lexicon) -> Iterator[Assignment]:
    """The assignments of a list of bodies in a role; a mark behind a name ("A (lead), B") states another one.

    Where a mark says who leads, those who are only named beside support.
    """
    marked = list(_split_marked_names(names, lexicon))
    is_led = role == RESPONSIBLE and any(mark == LEAD for _, mark in marked)
    for name, mark in marked:
        yield Assignment(name, mark or (SUPPORT if is_led else role), name)


def _find_brackets(text: str) -> list[tuple[int, int]]:
    """The positions of each outermost pair of brackets; one that has no other half is left out."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for at, character in enumerate(text):
        if character in OPENING:
            opened.append(at)
        elif character in CLOSING and opened:
            start = opened.pop()
            while pairs and pairs[-1][0] > start:
                pairs.pop()
            pairs.append((start, at))
    return pairs


def _find_clauses_in_brackets(text: str, lexicon: Lexicon) -> list[Clause]:
    """The clauses about responsibility in brackets."""
    clauses = []
    for start, end in _find_brackets(text) if lexicon.role_fields else ():
        if end - start <= LONGEST_CLAUSE:
            # A line is broken inside brackets, but does not end there.
            words = LINE_BREAK.sub("", _separate_fields(text[start + 1 : end], lexicon))
            if lists := _read_clause(words, lexicon):
                clauses.append(Clause(start, end + 1, lists))
    return clauses


def _find_fields(text: str, lexicon: Lexicon) -> list[Clause]:
    """The clauses about responsibility that are fields on lines or in sentences of their own ("牵头单位：A")."""
    text = EMPTY_LINE_END.sub(lambda match: match[1] + " " * len(match[2]), text)
    sentences = SENTENCE.finditer(IN_BRACKETS.sub(_replace_separators, text)) if lexicon.role_fields else ()
    clauses = [
        Clause(*match.span(), _read_clause(_separate_fields(match[0], lexicon), lexicon, in_brackets=False))
        for match in sentences
    ]
    return [clause for clause in clauses if clause.lists]


def _separate_fields(clause: str, lexicon: Lexicon) -> str:
    """The clause with a mark before each field that is known by its name, where a space or nothing stands."""

    def separate(space: re.Match[str]) -> str:
        is_field = any(row.pattern.match(clause, space.end()) for row in lexicon.role_fields[:-1])
        return "；" if is_field else space[0]

    return lexicon.fields_in_run.sub("；", SPACE_BEFORE_FIELD.sub(separate, clause))


def _remove_clauses(text: str, clauses: Sequence[Clause]) -> str:
    """The text with spaces where clauses stand."""
    if not clauses:
        return text
    characters = list(text)
    for clause in clauses:
        characters[clause.start : clause.end] = " " * (clause.end - clause.start)
    return "".join(characters)


def _read_clause(clause: str, lexicon: Lexicon, *, in_brackets: bool = True) -> tuple[BodyList, ...]:
    """The lists of bodies in a clause; none if it is not about responsibility.

    In brackets a list ends with a predicate ("A、B负责"), and fields and predicates may follow each other.
    """
    lists: list[BodyList] = []
    pending: list[str] = []
    role: str | None = None  # that of the field that is open
    part = 0
    clause = IN_BRACKETS.sub(_replace_separators, clause)
    for piece in PIECE.finditer(clause):
        words = piece[0]
        if field := _find_first(lexicon.role_fields, words):
            (row, match), part, pending = field, 0, []
            if role := row.role:
                lists.append(BodyList(role, words[match.end() :]))
        elif role is not None:
            if not in_brackets and clause[piece.start() - 1] in "；;\n":
                role = None
            elif role:
                part += 1
                lists.append(BodyList(role, words, part))
        elif in_brackets and (predicate := _find_first(lexicon.role_predicates, words)):
            row, match = predicate
            pending.append(words[: match.start()])
            if not row.weak or lists or _are_bodies(pending, lexicon):
                lists += [BodyList(row.role, names, index) for index, names in enumerate(pending)]
            pending = []
        else:
            pending.append(words)
    return tuple(lists)


def _are_bodies(lists: Iterable[str], lexicon: Lexicon) -> bool:
    """Whether all names of lists are like those of bodies."""
    names = [name for words in lists for name in split_names(words, lexicon)]
    return bool(names) and all(map(lexicon.bare_body.fullmatch, names))


def _find_first(rows: Iterable[RoleWords], words: str) -> tuple[RoleWords, re.Match[str]] | None:
    """The row that matches first in words, and its match; None if none does."""
    matches = [(row, match) for row in rows if (match := row.pattern.search(words))]
    return min(matches, key=lambda row_match: row_match[1].start(), default=None)


def _replace_separators(match: re.Match[str]) -> str:
    """What a pattern matched, with its separators hidden."""
    return match[0].translate(HIDDEN)


def _find_phrases(text: str, lexicon: Lexicon) -> list[Clause]:
    """The lists of bodies in phrases; a list that one row of the lexicon matches is not matched again."""
    subject, prominent = _find_subject(text, lexicon)
    clauses = [subject] if subject else []
    taken = [(clause.start, clause.end) for clause in clauses]  # disjoint, in the order of the text
    for row in lexicon.assignments:
        for match in row.pattern.finditer(text, 0, prominent if row.prominent else len(text)):
            start, end = match.span("list")
            at = bisect_left(taken, (start, end))
            if all(end <= other[0] or other[1] <= start for other in taken[max(at - 1, 0) : at + 1]):
                taken.insert(at, (start, end))
                names = BEHIND_NAME.sub("", match["list"]) if row.prominent else match["list"]
                clauses.append(Clause(start, end, (BodyList(row.role, names),)))
    return clauses


def _find_subject(text: str, lexicon: Lexicon) -> tuple[Clause | None, int]:
    """The bodies that a task's heading, or the sentence after it, obliges as its subject; and where it ends."""
    heading_end = 0
    for begin, end in islice(_iterate_sentences(text), 2):
        heading_end = heading_end or end
        verb = lexicon.subject_verbs.search(text, begin, end)
        head = text[begin : verb.start()] if verb else ""
        if len(head) > LONGEST_PART:
            break
        for pattern in (IN_BRACKETS, lexicon.long_names):
            head = pattern.sub(_replace_separators, head)
        for start in (0, *(match.end() for match in re.finditer(r",\s+", head))):
            words = lexicon.beside_subject.split(head[start:], maxsplit=1)[0].strip(" ,")
            parts = [part.translate(SHOWN).strip() for part in lexicon.body_separators.split(words)]
            if words and _are_subjects(parts, lexicon):
                at = begin + start
                return Clause(at, at + len(words), (BodyList(LEAD, BEHIND_NAME.sub("", words)),)), end
        if end - begin > LONGEST_HEADING:
            break
    return None, heading_end


def _are_subjects(names: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether names are those of bodies; beside one of them, a name may be of one word."""
    are_bodies = [lexicon.bare_body.fullmatch(name) is not None for name in names]
    return any(are_bodies) and all(
        is_body or lexicon.beside_body.fullmatch(name) for is_body, name in zip(are_bodies, names, strict=True)
    )


def _iterate_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence of a text begins and ends."""
    begin = len(text) - len(text.lstrip())
    for match in SENTENCE_END.finditer(text, begin):
        if match.start() > begin:
            yield begin, match.start()
        begin = match.end()
    if begin < len(text):
        yield begin, len(text)


def split_names(names: str, lexicon: Lexicon) -> Iterator[str]:
    """The bodies in a list such as "A, B and the C Office" or "A、B（C、D）等", as they are named there."""
    yield from (name for name, _ in _split_marked_names(names, lexicon))


def _split_marked_names(names: str, lexicon: Lexicon) -> Iterator[tuple[str, str | None]]:
    """The bodies in a list, each with the role that a mark behind its name states."""
    for pattern in (IN_BRACKETS, lexicon.long_names):  # what is inside brackets or a name does not separate bodies
        names = pattern.sub(_replace_separators, names)
    for part in lexicon.body_separators.split(names):
        if len(part) > LONGEST_PART:
            continue
        name, before = unwrap_lines(part.translate(SHOWN).strip(" \n\t\u3000.。")), None
        marked = _find_first(lexicon.role_marks, name)
        name = name[: marked[1].start()] if marked else name
        while name != before:
            name, before = _drop_closing_bracket(lexicon.name_fillers.sub("", name).strip()), name
        if 1 < len(name) <= LONGEST_NAME:
            yield name, marked[0].role if marked else None


def _drop_closing_bracket(name: str) -> str:
    """The name without a closing bracket at its end that has no opening one: it closes the whole list."""
    for opening, closing in ("()", "（）"):
        if name.endswith(closing) and opening not in name:
            return name.removesuffix(closing).rstrip(" .。")
    return name
