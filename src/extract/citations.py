"""A text's blocks in, the documents out that it names, and which of them is the plan itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extract.lexicon.rows import Lexicon, NameGrammar
from extract.plan import Article, Citation, Problem
from extract.reading.blocks import ITEM, ROW, Block
from extract.sentences import reduce_to_letters, shorten_spaces

# A name in its marks at the beginning or the end of what a notice announces; who made it, before the latter.
QUOTED = re.compile(r"[《〈<](.{2,200}?)[》〉>](?=$|[、和与及《]|[（(])")
QUOTED_END = re.compile(r"《([^《》]{2,200})》$")
MADE_BY = re.compile(r"[的于]《[^《》]{2,200}》$|(?:部门|单位)《[^《》]{2,200}》$")
# Length in characters from which on a line can be the title of one of several plans.
LEAST_TITLE = 6
# Length in characters within which a document's name has its head.
LONGEST_NAME = 400
# Number of names that the text gives to its own plan, at most; each is compared with every document.
MOST_OWN_TITLES = 30


# How much each kind of evidence counts for a named document being the plan (above 0) or against it.
WEIGHTS = {
    "announced in the title": 4.0,
    "named in the title": 1.5,
    "called the plan": 3.0,
    "announced in the text": 3.0,
    "heads a text": 1.0,
    "followed or carried out by the text": -4.0,
}
# Share (0 to 1) of a title that a name takes up which is all of it.
WHOLE = 0.8
# Number of blocks, from the first, among which the plan's heading can be; lengths in characters of what is read before
# and after a name.
FIRST_BLOCKS, BEFORE, AFTER = 30, 30, 90


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document's name in the text.

    `is_plan` if the text says that this document is its own plan, `is_announced` that it is issued with the text,
    `is_source` that the text follows it or carries it out.
    """

    title: str
    years: str | None
    is_plan: bool
    is_announced: bool = False
    is_source: bool = False


def find_named_documents(blocks: Sequence[Block], lexicon: Lexicon) -> list[NamedDocument]:
    """Every document named in the blocks, in the order of the text, with repetitions."""
    return [named for block in blocks for named in _find_in_text(block.text, lexicon)]


def collect_citations(named: Sequence[NamedDocument], title: str | None) -> tuple[Citation, ...]:
    """The documents that are neither the plan nor the article of that title, each once.

    Each has the years that any mention of it states.
    """
    own_titles = [*([title] if title else []), *(document.title for document in named if document.is_plan)]
    own_keys = list(dict.fromkeys(map(reduce_to_letters, own_titles)))[:MOST_OWN_TITLES]
    citations: dict[str, Citation] = {}
    for document in named:
        key = reduce_to_letters(document.title)
        if any(key in own_key or own_key in key for own_key in own_keys):
            continue
        earlier = citations.get(key)
        if earlier is None or (earlier.years is None and document.years):
            citations[key] = Citation(document.title, document.years)
    return tuple(citations.values())


def choose_plan_title(
    title: str | None, body: Sequence[Block], named: Sequence[NamedDocument], lexicon: Lexicon
) -> str | None:
    """The document with the most evidence of being the plan that an article of that title announces.

    None if no evidence speaks for any. `named` are the documents that the body names.
    """
    evidence: dict[str, dict[str, float]] = {}

    def add(name: str, kind: str) -> None:
        evidence.setdefault(name, {})[kind] = WEIGHTS[kind]

    if announced := _read_announced(title or "", lexicon):
        add(announced, "announced in the title")
    for name, kind in _find_in_title(title or "", lexicon):
        add(name, kind)
    for document in named:
        if document.is_plan and not document.is_source:
            add(document.title, "called the plan")
        if document.is_announced:
            add(document.title, "announced in the text")
    lines = {reduce_to_letters(block.text) for block in body[:FIRST_BLOCKS]}
    for name in evidence:
        if reduce_to_letters(name) in lines:
            add(name, "heads a text")
    best = max(evidence, key=lambda name: sum(evidence[name].values()), default=None)
    return best if best is not None and sum(evidence[best].values()) > 0 else None


def choose_among_plans(
    article: Article, body: Sequence[Block], starts: Sequence[int], lexicon: Lexicon
) -> tuple[str | None, tuple[Problem, ...]]:
    """The title of the plan that the tasks are of, and a problem for each other plan that the same notice announces.

    `starts` are the positions of the tasks. A plan begins at a line that is its title, if the notice's title holds it.
    If the tasks are of several plans, or the notice announces one, its title stays as it is.
    """
    announced = reduce_to_letters(article.title or "")
    heads = {
        block.start: (reduce_to_letters(block.text), block)
        for block in body
        if block.kind not in (ROW, ITEM)
        and LEAST_TITLE <= len(block.text) < LONGEST_NAME
        and lexicon.titles.fullmatch(block.text)
    }
    heads = {start: head for start, head in heads.items() if head[0] != announced and head[0] in announced}
    keys = {key for key, _ in heads.values()}
    if len(keys) < 2 or any(key in other for key in keys for other in keys - {key}):
        return article.plan_title, ()
    positions = sorted(heads)
    above = [bisect_right(positions, start) for start in starts]
    chosen = {heads[positions[count - 1]][0] if count else "" for count in above}
    if len(chosen) != 1 or "" in chosen:
        return article.plan_title, ()
    titles, (own,) = dict(heads.values()), chosen
    others = (block for key, block in titles.items() if key != own)
    return titles[own].text, tuple(Problem(f"another plan is left out: {block.text}", block.start) for block in others)


def _find_in_title(title: str, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """The documents that a title names, each with the kind of evidence that this is."""
    for document in _find_in_text(title, lexicon):
        # Where no marks show a name, only one that takes up the title is sure to be whole.
        is_whole = not lexicon.name_grammar or len(document.title) >= WHOLE * len(title)
        name = title if lexicon.name_grammar and is_whole else document.title
        if document.is_source:
            yield name, "followed or carried out by the text"
        elif is_whole:
            yield name, "named in the title"


def _read_announced(title: str, lexicon: Lexicon) -> str | None:
    """The document that a notice's title announces, without the marks around it; None if it announces none."""
    match = lexicon.announcements.fullmatch(title)
    if not match:
        return None
    name = match["name"].strip()
    if lexicon.name_grammar:
        documents = (document.title for document in _find_in_text(name, lexicon))
        return next((words for words in documents if reduce_to_letters(words) == reduce_to_letters(name)), None)
    quoted = QUOTED.match(name) or (QUOTED_END.search(name) if MADE_BY.search(name) else None)
    if quoted:
        return quoted[1]
    both = lexicon.two_documents.fullmatch(name)
    return both["first"] if both else name


def _find_in_text(text: str, lexicon: Lexicon) -> Iterator[NamedDocument]:
    text, grammar = shorten_spaces(text), lexicon.name_grammar
    for match in lexicon.document_name.finditer(text):
        titles = _split_names(match["name"], grammar) if grammar else [match["name"]]
        if not titles:
            continue
        groups = match.groupdict()
        years = groups.get("years") or groups.get("after")
        period = re.sub(r"\s*[-–—－至]+\s*", "-", years) if years else None
        before = text[max(0, match.start() - BEFORE) : match.start()]
        after = text[match.end() : match.end() + AFTER]
        for number, title in enumerate(titles, 1):
            rows_before = (lexicon.announced_before, lexicon.cited_before) if number == 1 else ()
            rows_after = (lexicon.announced_after, lexicon.cited_after) if number == len(titles) else ()
            has_before = [bool(row.search(before)) for row in rows_before] or [False, False]
            has_after = [bool(row.match(after)) for row in rows_after] or [False, False]
            yield NamedDocument(
                title,
                period if rows_after else None,
                is_plan=bool(rows_after) and bool(lexicon.plan_references.match(text, match.end())),
                is_announced=has_before[0] or has_after[0],
                is_source=has_before[1]
                or has_after[1]
                or (grammar is not None and bool(grammar.indefinite.match(title))),
            )


def _split_names(run: str, grammar: NameGrammar) -> list[str]:
    """The names in a run of capitalised words: it is split at each "and" before the head of another document's name."""
    cuts = [0]
    for joint in grammar.joint.finditer(run):
        if _has_head(run[joint.end() : joint.end() + LONGEST_NAME], grammar):
            cuts.extend((joint.start(), joint.end()))
    cuts.append(len(run))
    names = (grammar.opening.sub("", run[start:end], count=1) for start, end in zip(cuts[::2], cuts[1::2], strict=True))
    return [name for name in names if len(name.split()) > 1 and _has_head(name, grammar)]


def _has_head(name: str, grammar: NameGrammar) -> bool:
    """Whether the words before the first preposition or "and" name a kind of document."""
    head = grammar.preposition.split(grammar.opening.sub("", name, count=1), maxsplit=1)[0]
    return bool(grammar.heads.search(re.sub(r"[\"“][^\"”]*[\"”]", "", grammar.joint.split(head, maxsplit=1)[0])))
