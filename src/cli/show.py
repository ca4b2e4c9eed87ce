"""Show a task: its row, its sentence in context, its capture, and the versions that had it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cli.selection import find_workspace
from cli.terminal import DONE, CommandError
from pipeline.change_line import format_change, mark

if TYPE_CHECKING:
    from pipeline.workspace import Workspace
    from publish.releases import DatasetReleases, Release
    from publish.row_history import RowState

# Lines of text that are shown before and after those of the task.
LINES_AROUND = 2
WIDTH = 400
SHOWN_COLUMNS = ("label", "title", "kind", "level", "deadline", "deadline_stated", "deep_link")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument("task_id", metavar="TASK_ID", help="id of a task, as in the tasks table")


def run_command(options: argparse.Namespace) -> int:
    """Print the task, from the dataset that has or had it."""
    from publish.releases import list_datasets, read_releases

    workspace, task_id = find_workspace(options), options.task_id
    for dataset_id in list_datasets(workspace.shelf):
        releases = read_releases(workspace.shelf, dataset_id)
        versions = releases.list_available()
        history = list(_read_history(task_id, versions)) if versions else []
        if history:
            _print_task(workspace, releases, task_id, history)
            return DONE
        for notice in releases.read_notices():
            if any((minted.table_name, minted.row_id) == ("tasks", task_id) for minted in notice.ids):
                print(f"{task_id}  ({dataset_id}: it was in {notice.version}, which was withdrawn: {notice.reason})")
                return DONE
    raise CommandError(
        "no published dataset has or had a task with this id", task_id, "see task_id in a release's tasks.csv"
    )


def _read_history(task_id: str, versions: list[Release]) -> Iterator[RowState]:
    from publish.row_history import follow_row
    from publish.tables import read_tables
    from transform.arrow_tables import align_columns

    def read_versions() -> Iterator[Any]:
        for index, published in enumerate(versions):
            tables = read_tables(published, {"changes": None, "id_history": None})
            first = (
                index == 0 and task_id in read_tables(published, {"tasks": ["task_id"]})["tasks"]["task_id"].to_pylist()
            )
            history = align_columns("id_history", tables["id_history"])
            yield published.version, published.descriptor.created, tables["changes"], history, first

    return follow_row(task_id, read_versions())


def _print_task(workspace: Workspace, releases: DatasetReleases, task_id: str, history: list[RowState]) -> None:
    from publish.tables import read_tables

    versions, dataset_id = releases.list_available(), releases.dataset_id
    last_state = next((state for state in reversed(history) if state.is_present), None)
    if last_state is not None:
        published = next(release for release in versions if release.version == last_state.version)
        tables = read_tables(published)
        row = next((row for row in tables["tasks"].to_pylist() if row["task_id"] == task_id), None)
        is_newest = published is versions[-1]
        print(f"{task_id}  ({dataset_id} {published.version}{'' if is_newest else ', the last version that had it'})")
        if row is not None:
            _print_row(row, tables)
            _print_context(workspace, releases, row, tables)
    print("\nversions")
    states = {state.version: state for state in history}
    for release in releases.read_all():
        number = release.version
        if withdrawal := release.descriptor.withdrawn:
            day = release.descriptor.created[:10]
            print(f"  {number:<8} {day}  withdrawn {withdrawal.at[:10]}: {withdrawal.reason}")
        elif number in states:
            first = number == versions[0].version
            earlier = "" if number == releases.versions[0] else " that stands"
            _print_state(task_id, states[number], f"in the first release{earlier}" if first else "unchanged")


def _print_row(row: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
    areas = {area["area_id"]: area for area in tables["areas"].to_pylist()}
    names = {body["body_id"]: body["name"] for body in tables["bodies"].to_pylist()}
    if area := areas.get(row["area_id"]):
        print(f"  area             {' '.join(filter(None, (area['label'], area['title'])))}")
    for name in SHOWN_COLUMNS:
        if row[name] is not None:
            print(f"  {name:<16} {row[name]}")
    for assignment in tables["assignments"].to_pylist():
        if assignment["task_id"] == row["task_id"]:
            stated = (
                "" if names[assignment["body_id"]] == assignment["stated_as"] else f" (“{assignment['stated_as']}”)"
            )
            print(f"  {assignment['role']:<16} {names[assignment['body_id']]}{stated}")
    print(f"  text             {row['text']}")
    for correction in tables["corrections"].to_pylist() if "corrections" in tables else ():
        if correction["row_id"] == row["task_id"]:
            name, stated, reason = correction["column_name"], correction["stated"], correction["reason"]
            print(f"  corrected        {name}: the source says “{stated}” ({reason})")


def _print_context(
    workspace: Workspace, releases: DatasetReleases, row: Mapping[str, Any], tables: Mapping[str, Any]
) -> None:
    from collect.archive import ArchiveError
    from pipeline.captures import make_evidence_reader
    from transform.arrow_tables import to_rows

    document = next(item for item in tables["documents"].to_pylist() if item["document_id"] == row["document_id"])
    capture = next(item for item in to_rows(tables["captures"]) if item["capture_id"] == document["capture_id"])
    print(f"\nread from  {capture['url']}, fetched {capture['fetched_at']:%Y-%m-%d %H:%M} UTC")
    try:
        evidence = make_evidence_reader(workspace, releases)(document, capture)
    except ArchiveError as error:
        print(f"           its text cannot be shown: {error}")
        return
    start, end, text = row["span_start"], row["span_end"], evidence.text
    print(f"           {evidence.file_name}, characters {start} to {end} of its text:")
    before = text[:start].splitlines()[-LINES_AROUND - 1 :] or [""]
    after = text[end:].splitlines()[: LINES_AROUND + 1] or [""]
    marked_line = f"{before[-1]}{mark('mark', text[start:end])}{after[0]}"
    for line in [*before[:-1], marked_line, *after[1:]]:
        if line.strip():
            print(f"           | {line if len(line) <= WIDTH or line is marked_line else f'{line[:WIDTH]}…'}")


def _print_state(task_id: str, state: RowState, unchanged_note: str) -> None:
    """Print what a version changed in a task, or `unchanged_note` if it changed nothing."""
    from transform.changes import Change

    note = unchanged_note if state.is_present and state.is_unchanged else "" if state.is_present else "not in it"
    print(f"  {state.version:<8} {state.created[:10]}  {note}".rstrip())
    for row in state.changes:
        print(f"          {format_change(Change(**row)).replace(task_id, '', 1)}")
    for event in state.events:
        other = f" → {event['new_id']}" if event["new_id"] and event["new_id"] != event["old_id"] else ""
        print(f"            {event['old_id']}{other} {event['event']}: {event['reason']}")
