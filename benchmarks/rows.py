"""How every benchmark prints what it measured: one line of JSON for each row, so that all can be put into one table.

A row is the cost of one piece of work, by policytasks and by others, in one unit: less is better. A fact is something
that is true of each of them, and is not compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

MARK = "row "


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of work, our cost, and the cost of each peer: None if a peer cannot do it or is not installed.

    `most` is the greatest allowed ratio of our cost to the peer's: 1 to be ahead of another program, less if the peer
    is an earlier run of ours.
    """

    what: str
    unit: str
    ours: float
    peers: Mapping[str, float | None]
    most: float = 1.0

    def list_better_peers(self) -> list[str]:
        """The peers that we are behind."""
        ratios = {name: self.compute_ratio(name) for name in self.peers}
        return [name for name, ratio in ratios.items() if ratio is not None and ratio > self.most]

    def compute_ratio(self, name: str) -> float | None:
        """Our cost divided by a peer's; None without a cost of the peer."""
        cost = self.peers.get(name)
        return self.ours / cost if cost else None


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about each program, in words or numbers that are not compared."""

    what: str
    values: Mapping[str, str] = field(default_factory=dict)


def report(*lines: Row | Fact) -> None:
    """Print rows and facts, each as a marked line of JSON."""
    for line in lines:
        print(MARK + json.dumps(asdict(line), ensure_ascii=False))


def parse_output(printed: str) -> tuple[str, Sequence[Row], Sequence[Fact]]:
    """The first line that a benchmark printed, which describes the measurement, its rows and its facts."""
    lines = printed.splitlines()
    records = [json.loads(line.removeprefix(MARK)) for line in lines if line.startswith(MARK)]
    rows = [Row(**record) for record in records if "ours" in record]
    facts = [Fact(**record) for record in records if "values" in record]
    return next((line for line in lines if line and not line.startswith(MARK)), ""), rows, facts
