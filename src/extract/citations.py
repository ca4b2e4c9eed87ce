"""The documents that a text names, and which of them is the plan itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extract.lexicon.rows import Lexicon, NameGrammar
from extract.plan import Citation
from extract.reading.blocks import Block
from extract.sentences import letters_of


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document's name in the text; `own` where the text says that it is the plan it speaks of."""

    title: str
    years: str | None
    is_plan: bool


def find_named_documents(blocks: Sequence[Block], lexicon: Lexicon) -> list[NamedDocument]:
    """Every document named in the blocks, in the text's order, repetitions included."""
    return [named for block in blocks for named in _find_in_text(block.text, lexicon)]


def collect_citations(named: Sequence[NamedDocument], own_titles: Sequence[str | None]) -> tuple[Citation, ...]:
    """The documents that are not the plan or the article itself, each once, with the years that any mention states."""
    own = {letters_of(title) for title in own_titles if title} | {
        letters_of(document.title) for document in named if document.is_plan
    }
    found: dict[str, Citation] = {}
    for document in named:
        key = letters_of(document.title)
        if any(key in title or title in key for title in own):
            continue
        known = found.get(key)
        if known is None or (known.years is None and document.years):
            found[key] = Citation(document.title, document.years)
    return tuple(found.values())


def _find_in_text(text: str, lexicon: Lexicon) -> Iterator[NamedDocument]:
    for match in lexicon.document_name.finditer(text):
        groups = match.groupdict()
        years = groups.get("years") or groups.get("after")
        span = re.sub(r"\s*[-–—－至]+\s*", "-", years) if years else None
        own = bool(lexicon.plan_references.match(text, match.end()))
        titles = _split_names(match["name"], lexicon.name_grammar) if lexicon.name_grammar else [match["name"]]
        for place, title in enumerate(titles, 1):
            last = place == len(titles)
            yield NamedDocument(title, span if last else None, own and last)


def _split_names(run: str, grammar: NameGrammar) -> list[str]:
    """A run of capitalised words as the names in it: it parts where an "and" stands before another document's head."""
    cuts = [0]
    for joint in grammar.joint.finditer(run):
        if _has_head(run[joint.end() :], grammar):
            cuts.extend((joint.start(), joint.end()))
    cuts.append(len(run))
    names = (grammar.opening.sub("", run[start:end], count=1) for start, end in zip(cuts[::2], cuts[1::2], strict=True))
    return [name for name in names if len(name.split()) > 1 and _has_head(name, grammar)]


def _has_head(name: str, grammar: NameGrammar) -> bool:
    """Whether the words before the first preposition (and before the next "and") name a kind of document."""
    head = grammar.preposition.split(grammar.opening.sub("", name, count=1), maxsplit=1)[0]
    return bool(grammar.heads.search(re.sub(r"[\"“][^\"”]*[\"”]", "", grammar.joint.split(head, maxsplit=1)[0])))
