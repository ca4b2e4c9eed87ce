"""The outcome of a run, for people: as lines of a terminal, and as Markdown for Prefect's interface."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.text import shorten
from pipeline.change_line import MARKS, format_change
from pipeline.notify.incidents import INCIDENT_STATES
from pipeline.notify.messages import locate_page
from pipeline.run import Outcome
from pipeline.workspace import Workspace
from publish.records import ClaimCheck
from publish.releases import Release, read_releases
from publish.source_status import SourceStatus
from publish.storage.backend import ShelfError

if TYPE_CHECKING:
    from pipeline.dry_run import Preview

MAX_LISTED, MAX_WIDTH = 8, 140


def describe_outcome(workspace: Workspace, outcome: Outcome) -> list[str]:
    """The outcome, the newest version's tables, claims and sources, and where its files are, as lines."""
    headings = {
        "published": f"published {outcome.version}: {outcome.summary}",
        "unchanged": f"nothing changed; {outcome.version} stays the newest",
    }
    if outcome.preview is not None:
        return describe_preview(outcome, outcome.preview)
    published, claims = _read_newest(workspace, outcome.dataset_id)
    folder = _to_local_path(workspace.shelf.address_of(f"{outcome.dataset_id}/latest"))
    python = _to_local_path(sys.executable)
    rows = published.descriptor.row_counts
    width = max(map(len, rows))
    tables = [f"{name:<{width}} {count:>6,} {'row' if count == 1 else 'rows'}" for name, count in rows.items()]
    return [
        f"{outcome.dataset_id}: {headings[outcome.status]}",
        "",
        f"  version   {published.version}, published {published.descriptor.created}",
        "  tables    " + "\n            ".join(tables),
        "  claims    " + ("\n            ".join(_format_claim_row(claim) for claim in claims) or "none stated"),
        "  sources   " + "\n            ".join(_describe_sources(outcome)),
        *(["  changes   " + "\n            ".join(_list_changes(published))] if outcome.status == "published" else []),
        f"  files     {folder}/ (each table as .csv and .parquet)",
        f"  read it   {python} -c \"import pandas; print(pandas.read_parquet('{folder}/tasks.parquet'))\"",
    ]


def describe_preview(outcome: Outcome, preview: Preview) -> list[str]:
    """What a run would do, as lines."""
    headings = {
        "planned": f"would publish {outcome.version}: {outcome.summary}",
        "refused": f"would not publish {outcome.version} ({outcome.summary}): a check does not hold",
        "unchanged": f"nothing would change; {outcome.version} stays the newest",
    }
    sections = {
        "fetch": _limit_lines(preview.fetched) if preview.fetched else ["nothing, only the archive is read"],
        "read": _limit_lines(preview.read) if preview.read else ["nothing new"],
        "change": [
            f"{item.table_name}: {item.added:,} added, {item.removed:,} removed, {item.altered:,} altered"
            for item in preview.tables
        ],
        "problem": list(outcome.failures),
        "example": [format_change(change).strip() for change in preview.examples],
    }
    return [
        f"{outcome.dataset_id}: {headings[outcome.status]} (dry run, nothing was written)",
        *(
            f"  {title if first else '':<10}{line}"
            for title, lines in sections.items()
            for first, line in ((index == 0, line) for index, line in enumerate(lines))
        ),
    ]


def _limit_lines(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MAX_LISTED
    return [*lines[:MAX_LISTED], *([f"… and {more:,} more"] if more > 0 else [])]


def to_markdown(workspace: Workspace, outcome: Outcome) -> str:
    """The outcome as a Markdown document."""
    if outcome.preview is not None:
        return "\n\n".join(describe_preview(outcome, outcome.preview)) + "\n"
    published, claims = _read_newest(workspace, outcome.dataset_id)
    lines = [
        f"# {published.descriptor.title}",
        "",
        f"**{outcome.version}**, {outcome.status}: {outcome.summary}",
        "",
        "| table | rows |",
        "| --- | ---: |",
    ]
    lines += [f"| {name} | {count} |" for name, count in published.descriptor.row_counts.items()]
    lines += [
        "",
        "| claim | |",
        "| --- | --- |",
        *(f"| {_format_claim_row(claim)} | {claim.claim_id} |" for claim in claims),
    ]
    lines += ["", *(f"- {'✓' if check.passed else '✗'} {check.name}: {check.detail}" for check in outcome.checks)]
    lines += ["", *(f"- failed: {line}" for line in outcome.failures)]
    page = locate_page(outcome.dataset_id, outcome.version, workspace.site)
    return "\n".join([*lines, "", _to_link(page, f"The pages of {outcome.version}")]) + "\n"


def format_changes(workspace: Workspace, outcome: Outcome) -> str:
    """What a version changed, and where its pages are, as a Markdown document."""
    published, _ = _read_newest(workspace, outcome.dataset_id)
    text = published.read_file("CHANGES.md").decode()
    page = locate_page(outcome.dataset_id, outcome.version, workspace.site)
    return f"{text}\n{_to_link(page, f'The pages of {outcome.version}')}\n"


def format_failure(dataset_id: str, error: Exception) -> str:
    """A run that published nothing, as a Markdown document: what went wrong, and its fix."""
    what, _, fix = str(error).rpartition("; ")
    return "\n".join(
        [
            f"# {dataset_id}: not published",
            "",
            f"**What:** {what or fix}",
            "",
            *([f"**The fix:** {fix}", ""] if what else []),
            "The last good version stays.",
            "",
        ]
    )


def to_source_rows(statuses: Sequence[SourceStatus]) -> list[dict[str, Any]]:
    """The sources as the rows of a table; those that need attention come first."""
    rows = [
        {
            "source": item.source_id,
            "state": item.state,
            "why": item.why,
            "last good": _format_day(item.last_good),
            "address": item.url,
        }
        for item in statuses
    ]
    return sorted(rows, key=lambda row: (row["state"] in ("active", "retired"), row["source"]))


def summarise(outcome: Outcome) -> str:
    """How a run ended, in a few words."""
    words = {
        "published": f"published {outcome.version}",
        "unchanged": "nothing changed",
        "planned": f"would publish {outcome.version}",
        "refused": f"would not publish {outcome.version}",
    }
    affected = sum(item.state in INCIDENT_STATES for item in outcome.source_statuses)
    sources = f", {affected} source{' needs' if affected == 1 else 's need'} attention" if affected else ""
    return f"{words[outcome.status]}{sources}"


def _to_link(address: str, words: str) -> str:
    """A link or, where the shelf's address on the web is not known, the path."""
    return f"[{words}]({address})" if "://" in address else f"{words}: `{address}`"


def _describe_sources(outcome: Outcome) -> list[str]:
    """How many sources are confirmed, and a line for each that is not."""
    fine = sum(not item.stale for item in outcome.source_statuses)
    stale = [f"{item.source_id} is {item.state}: {item.why}" for item in outcome.source_statuses if item.stale]
    more = [f"… and {len(stale) - MAX_LISTED} more; see policytasks status"] if len(stale) > MAX_LISTED else []
    return [f"{fine} of {len(outcome.source_statuses)} confirmed", *stale[:MAX_LISTED], *more]


def _list_changes(published: Release) -> list[str]:
    """The first lines of CHANGES.md, and where all are."""
    text = published.read_file("CHANGES.md").decode()
    listed = [line for line in text.splitlines() if line.startswith("- ")]
    shown = [shorten(line, MAX_WIDTH) for line in listed[:MAX_LISTED]]
    return [*shown, f"… all in {_to_local_path(published.storage.address_of(f'{published.folder}/CHANGES.md'))}"]


def _format_day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "never"


def _read_newest(workspace: Workspace, dataset_id: str) -> tuple[Release, tuple[ClaimCheck, ...]]:
    published = read_releases(workspace.shelf, dataset_id).find_newest()
    if published is None:
        where = workspace.shelf.describe(dataset_id)
        raise ShelfError("holds no version", f"{where}/", f"run policytasks publish {dataset_id}")
    return published, published.read_checks().claims


def format_claim(quote: str, *, count: int | None, holds: bool | None) -> str:
    """A claim with its outcome."""
    seen = "nothing to count" if count is None else f"found {count}"
    return f"{MARKS[holds]} “{quote}” ({seen})"


def _to_local_path(address: str) -> str:
    """A path relative to the current folder where it is in it; a URL as it is."""
    return address.removeprefix(f"{Path.cwd()}/")


def _format_claim_row(claim: ClaimCheck) -> str:
    return format_claim(claim.quote, count=claim.computed, holds=claim.holds)
