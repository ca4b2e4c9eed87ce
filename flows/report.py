"""What is on the shelf, for people: as lines of a terminal and as Markdown of a Prefect artifact."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from flows.corridor import Home, Outcome
from publish import shelf

MARKS = {True: "✓", False: "✗", None: "?"}


def shelf_lines(home: Home, outcome: Outcome) -> list[str]:
    """The outcome, and the newest version's tables, claims, place, and a line to read it with."""
    head = {
        "published": f"published {outcome.version}: {outcome.summary}",
        "unchanged": f"nothing changed; {outcome.version} stays the newest",
    }
    if outcome.done == "planned":
        return [
            f"{outcome.dataset_id}: would publish {outcome.version}: {outcome.summary} (dry run, nothing was written)"
        ]
    published, claims = _newest(home, outcome.dataset_id)
    folder = _from_here(home.shelf / outcome.dataset_id / "latest")
    python = _from_here(Path(sys.executable))
    rows = published.descriptor["rowCounts"]
    width = max(map(len, rows))
    tables = [f"{name:<{width}} {count:>6,} {'row' if count == 1 else 'rows'}" for name, count in rows.items()]
    return [
        f"{outcome.dataset_id}: {head[outcome.done]}",
        "",
        f"  version   {published.version}, published {published.descriptor['created']}",
        "  tables    " + "\n            ".join(tables),
        "  claims    " + ("\n            ".join(_claim(claim) for claim in claims) or "none stated"),
        f"  files     {folder}/ (each table as .csv and .parquet)",
        f"  read it   {python} -c \"import pandas; print(pandas.read_parquet('{folder}/tasks.parquet'))\"",
    ]


def markdown(home: Home, outcome: Outcome) -> str:
    """The same as a Markdown document."""
    if outcome.done == "planned":
        return "\n".join(shelf_lines(home, outcome))
    published, claims = _newest(home, outcome.dataset_id)
    lines = [
        f"# {published.descriptor['title']}",
        "",
        f"**{outcome.version}**, {outcome.done}: {outcome.summary}",
        "",
        "| table | rows |",
        "| --- | ---: |",
    ]
    lines += [f"| {name} | {count} |" for name, count in published.descriptor["rowCounts"].items()]
    lines += ["", "| claim | |", "| --- | --- |", *(f"| {_claim(claim)} | {claim['claim_id']} |" for claim in claims)]
    lines += ["", *(f"- {'✓' if check.passed else '✗'} {check.name}: {check.detail}" for check in outcome.checks)]
    lines += [f"- failed: {line}" for line in outcome.failures]
    changes = (published.folder / "CHANGES.md").read_text(encoding="utf-8")
    return "\n".join([*lines, "", "## What changed", "", *changes.splitlines()[2:]]) + "\n"


def _newest(home: Home, dataset_id: str) -> tuple[shelf.Published, list[dict[str, Any]]]:
    published = shelf.newest(home.shelf, dataset_id)
    if published is None:
        raise shelf.ShelfError(f"data/published/{dataset_id}/: holds no version; run policytasks publish {dataset_id}")
    return published, shelf.read_checks(published)["claims"]


def claim_line(quote: str, *, found: int | None, holds: bool | None) -> str:
    """A claim with its outcome."""
    seen = "nothing to count" if found is None else f"found {found}"
    return f"{MARKS[holds]} “{quote}” ({seen})"


def _from_here(path: Path) -> str:
    """The path as it is typed from the current folder."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _claim(claim: dict[str, Any]) -> str:
    return claim_line(claim["quote"], found=claim["found"], holds=claim["holds"])
