"""A text's blocks in, the documents out that it names, and which of them is the plan itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extract.lexicon.rows import Lexicon, NameGrammar
from extract.plan import Citation
from extract.reading.blocks import Block
from extract.sentences import reduce_to_letters, shorten_spaces

# Length in characters within which a document's name has its head.
LONGEST_NAME = 400
# Number of names that the text gives to its own plan, at most; each is compared with every document.
MOST_OWN_TITLES = 30


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document's name in the text; `is_plan` if the text says that this document is its own plan."""

    title: str
    years: str | None
    is_plan: bool


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


def _find_in_text(text: str, lexicon: Lexicon) -> Iterator[NamedDocument]:
    text = shorten_spaces(text)
    for match in lexicon.document_name.finditer(text):
        groups = match.groupdict()
        years = groups.get("years") or groups.get("after")
        period = re.sub(r"\s*[-–—－至]+\s*", "-", years) if years else None
        is_plan = bool(lexicon.plan_references.match(text, match.end()))
        titles = _split_names(match["name"], lexicon.name_grammar) if lexicon.name_grammar else [match["name"]]
        for number, title in enumerate(titles, 1):
            is_last = number == len(titles)
            yield NamedDocument(title, period if is_last else None, is_plan and is_last)


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
