"""How every benchmark says what it measured, so that one table can be made of all: a line of JSON a row, among others.

A row is one thing that was done by policytasks and by others, as costs in one unit: less is better. A fact is something
that each of them is known for, and is not judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

MARK = "row "


@dataclass(frozen=True, slots=True)
class Row:
    """What was done, what it cost us, and what it cost each peer: None where a peer cannot do it, or was not there.

    `most` is how much of the peer's cost ours may be: 1 to be ahead of another program, less where our own earlier
    run is what is compared with.
    """

    what: str
    unit: str
    ours: float
    peers: Mapping[str, float | None]
    most: float = 1.0

    def behind(self) -> list[str]:
        """Those peers that we are behind of."""
        ratios = {name: self.ratio(name) for name in self.peers}
        return [name for name, ratio in ratios.items() if ratio is not None and ratio > self.most]

    def ratio(self, name: str) -> float | None:
        """Our cost divided by a peer's."""
        cost = self.peers.get(name)
        return self.ours / cost if cost else None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true of each, in words or numbers that nobody judges."""

    what: str
    said: Mapping[str, str] = field(default_factory=dict)


def say(*told: Row | Fact) -> None:
    """Print rows and facts for the table."""
    for one in told:
        print(MARK + json.dumps(asdict(one), ensure_ascii=False))


def heard(printed: str) -> tuple[str, Sequence[Row], Sequence[Fact]]:
    """What a benchmark printed: its first line, which says what was measured, its rows, and its facts."""
    lines = printed.splitlines()
    told = [json.loads(line.removeprefix(MARK)) for line in lines if line.startswith(MARK)]
    rows = [Row(**one) for one in told if "ours" in one]
    facts = [Fact(**one) for one in told if "said" in one]
    return next((line for line in lines if line and not line.startswith(MARK)), ""), rows, facts
