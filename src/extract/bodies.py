"""A text's blocks in, the bodies out that it names beside its tasks: those it founds, their parts, and the parties."""

from __future__ import annotations

from collections.abc import Sequence

from extract.claims import Statement
from extract.lexicon.rows import Lexicon
from extract.plan import Body
from extract.reading.blocks import Block


def find_bodies(blocks: Sequence[Block], statements: Sequence[Statement], lexicon: Lexicon) -> tuple[Body, ...]:
    """Each named body once: the parties first, then founded bodies, then the bodies that a stated count lists."""
    bodies = [
        Body(name.strip(), "party")
        for block in blocks
        for match in lexicon.parties.finditer(block.text)
        for name in lexicon.separators.split(match["list"])
        if name.strip()
    ]
    bodies += [
        Body(match["name"].strip(), lexicon.body_kinds[match["noun"].lower()])
        for block in blocks
        for match in lexicon.founded_bodies.finditer(block.text)
    ]
    for part in (part for statement in statements for part in statement.parts or ()):
        noun = next((noun for noun in lexicon.body_kinds if part.casefold().endswith(noun)), None)
        bodies += [Body(part, lexicon.body_kinds[noun])] if noun else []
    first: dict[str, Body] = {}
    for body in bodies:
        first.setdefault(body.name.casefold(), body)
    return tuple(first.values())
