"""A text's blocks in, the bodies out that it names beside its tasks: those it founds, their parts, and the parties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extract.claims import Statement
from extract.lexicon.rows import Lexicon
from extract.plan import Body
from extract.reading.blocks import Block


def find_bodies(blocks: Sequence[Block], statements: Sequence[Statement], lexicon: Lexicon) -> tuple[Body, ...]:
    """Each named body once: the parties first, then founded bodies, then the bodies that a stated count lists."""
    bodies: dict[str, Body] = {}
    for body in (
        *_find_parties(blocks, lexicon),
        *_find_founded_bodies(blocks, lexicon),
        *_find_listed_bodies(statements, lexicon),
    ):
        bodies.setdefault(body.name.casefold(), body)
    return tuple(bodies.values())


def _find_parties(blocks: Sequence[Block], lexicon: Lexicon) -> Iterator[Body]:
    for block in blocks:
        for match in lexicon.parties.finditer(block.text):
            yield from (Body(name.strip(), "party") for name in lexicon.separators.split(match["list"]) if name.strip())


def _find_founded_bodies(blocks: Sequence[Block], lexicon: Lexicon) -> Iterator[Body]:
    for block in blocks:
        for match in lexicon.founded_bodies.finditer(block.text):
            yield Body(match["name"].strip(), lexicon.body_kinds[match["noun"].lower()])


def _find_listed_bodies(statements: Sequence[Statement], lexicon: Lexicon) -> Iterator[Body]:
    for statement in statements:
        for part in statement.parts or ():
            noun = next((noun for noun in lexicon.body_kinds if part.casefold().endswith(noun)), None)
            if noun:
                yield Body(part, lexicon.body_kinds[noun])
