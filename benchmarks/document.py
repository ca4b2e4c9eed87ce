"""The document of all benchmarks: their output in, the Markdown of `docs/benchmarks.md` out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.reasons import REASONS
from benchmarks.rows import Fact, Row, parse_output

OURS, HEADING = "policytasks", "\n## "
INTRODUCTION = """\
# Benchmarks

Made by `make bench`; do not edit. Every number is a cost, so less is better. Behind each peer's cost stands ours
divided by it: below × 1, policytasks costs less. What stands in one row was measured in the same run, and all on the
same machine, so ratios carry over to other machines better than costs do.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A benchmark that was run: its file, what it is about, its command, what it printed, and why it failed.

    `when` says when that was, and of which commit.
    """

    file: str
    about: str
    command: str
    printed: str
    failed: str = ""
    when: str = ""


def write_document(machine: Mapping[str, str], sections: Sequence[Section]) -> str:
    """The whole document."""
    facts = "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in machine.items())])
    return "\n".join([INTRODUCTION, facts, *(text for section in sections for text in write_section(section))]) + "\n"


def replace_sections(there: str, made: str) -> str:
    """A document in which the sections of another one replace those with the same heading.

    Raises ValueError if they are from two machines.
    """
    (head, *blocks), (machine, *fresh) = there.split(HEADING), made.split(HEADING)
    if head != machine:
        raise ValueError("is of another machine, or of another form; make it whole, or name another with --to")
    new = {block.partition("\n")[0]: block for block in fresh}
    return HEADING.join([head, *(new.pop(block.partition("\n")[0], block) for block in blocks), *new.values()])


def write_section(section: Section) -> Iterator[str]:
    """The text of a section, in blocks."""
    measured, rows, facts = parse_output(section.printed)
    called = ", ".join(filter(None, (f"`{section.command}`", section.when)))
    yield f"{HEADING}{section.about}\n"
    yield f"{called}: {measured}" if measured else called
    if section.failed:
        yield f"\nNot measured: {section.failed}"
    if rows:
        yield "\n" + format_rows(section.file, rows)
    if facts:
        yield "\n" + format_facts(facts)


def format_rows(file: str, rows: Sequence[Row]) -> str:
    """A table with a row for each row, a column for each peer, and whether we are ahead or behind."""
    peers = list(dict.fromkeys(name for row in rows for name in row.peers))
    lines = [
        format_line(["", OURS, *peers, "policytasks is"]),
        format_line(["---", *["---:"] * (len(peers) + 1), "---"]),
    ]
    for row in rows:
        costs = [format_cost(row, name) for name in peers]
        lines.append(
            format_line([row.what, f"{format_number(row.ours)} {row.unit}", *costs, format_outcome(file, row)])
        )
    return "\n".join(lines)


def format_cost(row: Row, name: str) -> str:
    """A peer's cost, and ours divided by it."""
    cost, ratio = row.peers.get(name), row.compute_ratio(name)
    return "–" if cost is None or ratio is None else f"{format_number(cost)} {row.unit} (× {ratio:.2f})"


def format_outcome(file: str, row: Row) -> str:
    """Whether we are ahead or behind in a row, and why we are behind."""
    behind = row.list_better_peers()
    allowed = "" if row.most == 1 else f" (at most {row.most:.2f} was the aim)"
    if not behind:
        return f"ahead{allowed}"
    return f"behind {' and '.join(behind)}{allowed}: {REASONS.get((file, row.what), 'no reason is on record')}"


def list_unexplained(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """The rows in which we are behind and that have no reason."""
    return [
        (section.file, row.what)
        for section in sections
        for row in parse_output(section.printed)[1]
        if row.list_better_peers() and (section.file, row.what) not in REASONS
    ]


def format_facts(facts: Sequence[Fact]) -> str:
    """A table of facts about each program."""
    names = list(dict.fromkeys(name for fact in facts for name in fact.values))
    lines = [format_line(["", *names]), format_line(["---"] * (len(names) + 1))]
    lines += [format_line([fact.what, *(fact.values.get(name, "–") for name in names)]) for fact in facts]
    return "\n".join(lines)


def format_line(cells: Sequence[str]) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def format_number(cost: float) -> str:
    """A cost with three significant digits."""
    return f"{cost:,.0f}" if cost >= 100 else f"{cost:.3g}"
