"""The result of a run, for people: as lines of a terminal, and as Markdown for Prefect's interface."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.text import shorten
from pipeline.change_line import MARKS, format_change
from pipeline.notify.incidents import INCIDENT_STATES
from pipeline.notify.messages import locate_page
from pipeline.run import RunResult
from pipeline.workspace import Workspace
from publish.records import ClaimCheck
from publish.releases import Release
from publish.source_status import SourceStatus

if TYPE_CHECKING:
    from pipeline.dry_run import Preview

MAX_LISTED, MAX_WIDTH = 8, 140


def describe_result(result: RunResult) -> list[str]:
    """The result as lines: tables, claims, sources and files of the newest version, or the preview of a dry run."""
    if not isinstance(result.release_or_preview, Release):
        return describe_preview(result, result.release_or_preview)
    release = result.release_or_preview
    headings = {
        "published": f"published {result.version}: {result.summary}",
        "unchanged": f"nothing changed; {result.version} stays the newest",
    }
    folder = _to_local_path(release.storage.address_of(f"{result.dataset_id}/latest"))
    python = _to_local_path(sys.executable)
    rows = release.descriptor.row_counts
    width = max(map(len, rows))
    return [
        f"{result.dataset_id}: {headings[result.status]}",
        "",
        *_format_sections(
            {
                "version": [f"{release.version}, published {release.descriptor.created}"],
                "tables": [f"{name:<{width}} {n:>6,} {'row' if n == 1 else 'rows'}" for name, n in rows.items()],
                "claims": [_format_claim_row(claim) for claim in release.read_checks().claims] or ["none stated"],
                "sources": _describe_sources(result),
                "changes": _list_changes(release) if result.status == "published" else [],
                "files": [f"{folder}/ (each table as .csv and .parquet)"],
                "read it": [f"{python} -c \"import pandas; print(pandas.read_parquet('{folder}/tasks.parquet'))\""],
            }
        ),
    ]


def describe_preview(result: RunResult, preview: Preview) -> list[str]:
    """What a run would do, as lines."""
    headings = {
        "planned": f"would publish {result.version}: {result.summary}",
        "refused": f"would not publish {result.version} ({result.summary}): a check does not hold",
        "unchanged": f"nothing would change; {result.version} stays the newest",
    }
    sections = {
        "fetch": _limit_lines(preview.fetched) or ["nothing, only the archive is read"],
        "read": _limit_lines(preview.read) or ["nothing new"],
        "change": preview.tables,
        "problem": result.failures,
        "example": [format_change(change).strip() for change in preview.examples],
    }
    return [
        f"{result.dataset_id}: {headings[result.status]} (dry run, nothing was written)",
        *_format_sections(sections),
    ]


def _format_sections(sections: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The lines of each section, with its title before the first."""
    for title, lines in sections.items():
        for index, line in enumerate(lines):
            yield f"  {'' if index else title:<10}{line}"


def _limit_lines(lines: Sequence[str], see: str = "") -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - MAX_LISTED
    return [*lines[:MAX_LISTED], *([f"… and {more:,} more{see}"] if more > 0 else [])]


def to_markdown(workspace: Workspace, result: RunResult) -> str:
    """The result as a Markdown document."""
    if not isinstance(result.release_or_preview, Release):
        return "\n\n".join(describe_preview(result, result.release_or_preview)) + "\n"
    release = result.release_or_preview
    lines = [
        f"# {release.descriptor.title}",
        "",
        f"**{result.version}**, {result.status}: {result.summary}",
        "",
        "| table | rows |",
        "| --- | ---: |",
        *(f"| {name} | {count} |" for name, count in release.descriptor.row_counts.items()),
        "",
        "| claim | |",
        "| --- | --- |",
        *(f"| {_format_claim_row(claim)} | {claim.claim_id} |" for claim in release.read_checks().claims),
        "",
        *(f"- {MARKS[check.passed]} {check.name}: {check.detail}" for check in result.checks),
        "",
        *(f"- failed: {line}" for line in result.failures),
        "",
        _format_link(workspace, result),
    ]
    return "\n".join(lines) + "\n"


def format_changes(workspace: Workspace, result: RunResult, release: Release) -> str:
    """What a version changed, and where its pages are, as a Markdown document."""
    return f"{release.read_file('CHANGES.md').decode()}\n{_format_link(workspace, result)}\n"


def format_failure(dataset_id: str, error: Exception) -> str:
    """A run that published nothing, as a Markdown document: what went wrong, and its fix."""
    what, _, fix = str(error).rpartition("; ")
    advice = f"**The fix:** {fix}\n\n" if what else ""
    return f"# {dataset_id}: not published\n\n**What:** {what or fix}\n\n{advice}The last good version stays.\n"


def to_source_rows(statuses: Sequence[SourceStatus]) -> list[dict[str, Any]]:
    """The sources as the rows of a table; those that need attention come first."""
    return [
        {
            "source": item.source_id,
            "state": item.state,
            "why": item.why,
            "last good": f"{item.last_good:%Y-%m-%d}" if item.last_good else "never",
            "address": item.url,
        }
        for item in sorted(statuses, key=lambda item: (item.state not in INCIDENT_STATES, item.source_id))
    ]


def summarise(result: RunResult) -> str:
    """How a run ended, in a few words."""
    words = {
        "published": f"published {result.version}",
        "unchanged": "nothing changed",
        "planned": f"would publish {result.version}",
        "refused": f"would not publish {result.version}",
    }
    affected = sum(item.state in INCIDENT_STATES for item in result.source_statuses)
    sources = f", {affected} source{' needs' if affected == 1 else 's need'} attention" if affected else ""
    return f"{words[result.status]}{sources}"


def _format_link(workspace: Workspace, result: RunResult) -> str:
    """A link to the version's pages or, if the shelf's address on the web is not known, their path."""
    words = f"The pages of {result.version}"
    page = locate_page(result.dataset_id, result.version, workspace.site)
    return f"[{words}]({page})" if "://" in page else f"{words}: `{page}`"


def _describe_sources(result: RunResult) -> list[str]:
    """How many sources are confirmed, and a line for each that is not."""
    stale = [f"{item.source_id} is {item.state}: {item.why}" for item in result.source_statuses if item.stale]
    total = len(result.source_statuses)
    return [f"{total - len(stale)} of {total} confirmed", *_limit_lines(stale, "; see policytasks status")]


def _list_changes(release: Release) -> list[str]:
    """The first lines of CHANGES.md, and where all are."""
    text = release.read_file("CHANGES.md").decode()
    listed = [shorten(line, MAX_WIDTH) for line in text.splitlines() if line.startswith("- ")]
    address = release.storage.address_of(f"{release.folder}/CHANGES.md")
    return [*listed[:MAX_LISTED], f"… all in {_to_local_path(address)}"]


def format_claim(quote: str, *, count: int | None, holds: bool | None) -> str:
    """A claim with its outcome."""
    seen = "nothing to count" if count is None else f"found {count}"
    return f"{MARKS[holds]} “{quote}” ({seen})"


def _to_local_path(address: str) -> str:
    """A path relative to the current folder if it is in it; a URL as it is."""
    return address.removeprefix(f"{Path.cwd()}/")


def _format_claim_row(claim: ClaimCheck) -> str:
    return format_claim(claim.quote, count=claim.computed, holds=claim.holds)
