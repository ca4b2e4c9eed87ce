"""`policytasks show`: one row, its sentence in its context, the capture that it came from, and its life."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cli.terminal import DONE, FAILED, add_home, home_of, say
from pipeline.change_line import format_change, mark

if TYPE_CHECKING:
    from pipeline.workspace import Workspace
    from publish.row_history import RowState
    from publish.shelf import Release

# So many lines of the text are shown before and after the row's own.
LINES_AROUND = 2
WIDTH = 400
SHOWN = ("label", "title", "kind", "level", "deadline", "deadline_stated", "deep_link")


def add(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("show", help="a task: its row, its sentence in context, its capture, its history")
    parser.add_argument("task_id", metavar="TASK_ID")
    add_home(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Show a task of whatever dataset has or had it."""
    from publish import shelf

    home, task_id = home_of(options), options.task_id
    for dataset_id in shelf.datasets(home.shelf):
        versions = shelf.versions(home.shelf, dataset_id)
        life = list(_life(task_id, versions)) if versions else []
        if life:
            _print(home, dataset_id, task_id, versions, life)
            return DONE
        for notice in shelf.notices(home.shelf, dataset_id):
            if any(row["row_id"] == task_id for row in notice.ids if row.get("table_name") == "tasks"):
                print(f"{task_id}  ({dataset_id}: it was in {notice.version}, which was withdrawn: {notice.reason})")
                return DONE
    say(f"{task_id}: no dataset on the shelf has or had a task of this id; see task_id in a release's tasks.csv")
    return FAILED


def _life(task_id: str, versions: list[Release]) -> Iterator[RowState]:
    from publish import shelf
    from publish.row_history import trace_row
    from transform.arrow_tables import align_columns

    def told() -> Iterator[Any]:
        for index, one in enumerate(versions):
            tables = shelf.read_tables(one, {"changes": None, "id_history": None})
            first = (
                index == 0 and task_id in shelf.read_tables(one, {"tasks": ["task_id"]})["tasks"]["task_id"].to_pylist()
            )
            history = align_columns("id_history", tables["id_history"])
            yield one.version, one.descriptor["created"], tables["changes"], history, first

    return trace_row(task_id, told())


def _print(home: Workspace, dataset_id: str, task_id: str, versions: list[Release], life: list[RowState]) -> None:
    from publish import shelf

    last = next((station for station in reversed(life) if station.is_present), None)
    if last is not None:
        published = next(one for one in versions if one.version == last.version)
        tables = shelf.read_tables(published)
        row = next((row for row in tables["tasks"].to_pylist() if row["task_id"] == task_id), None)
        now = published is versions[-1]
        print(f"{task_id}  ({dataset_id} {published.version}{'' if now else ', the last version that had it'})")
        if row is not None:
            _print_row(row, tables)
            _print_context(home, dataset_id, row, tables)
    print("\nversions")
    told = {station.version: station for station in life}
    known = shelf.releases(home.shelf, dataset_id)
    for number, one in known.items():
        if said := one.descriptor.get("withdrawn"):
            print(f"  {number:<8} {one.descriptor['created'][:10]}  withdrawn {said['at'][:10]}: {said['reason']}")
        elif number in told:
            first = number == versions[0].version
            earlier = "" if number == next(iter(known)) else " that stands"
            _print_station(task_id, told[number], f"in the first release{earlier}" if first else "unchanged")


def _print_row(row: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
    areas = {area["area_id"]: area for area in tables["areas"].to_pylist()}
    names = {body["body_id"]: body["name"] for body in tables["bodies"].to_pylist()}
    if area := areas.get(row["area_id"]):
        print(f"  area             {' '.join(filter(None, (area['label'], area['title'])))}")
    for name in SHOWN:
        if row[name] is not None:
            print(f"  {name:<16} {row[name]}")
    for one in tables["assignments"].to_pylist():
        if one["task_id"] == row["task_id"]:
            stated = "" if names[one["body_id"]] == one["stated_as"] else f" (“{one['stated_as']}”)"
            print(f"  {one['role']:<16} {names[one['body_id']]}{stated}")
    print(f"  text             {row['text']}")
    for one in tables["corrections"].to_pylist() if "corrections" in tables else ():
        if one["row_id"] == row["task_id"]:
            print(f"  corrected        {one['column_name']}: the source says “{one['stated']}” ({one['reason']})")


def _print_context(home: Workspace, dataset_id: str, row: Mapping[str, Any], tables: Mapping[str, Any]) -> None:
    from collect.archive import ArchiveError
    from pipeline.captures import make_evidence_reader

    document = next(one for one in tables["documents"].to_pylist() if one["document_id"] == row["document_id"])
    capture = next(one for one in tables["captures"].to_pylist() if one["capture_id"] == document["capture_id"])
    print(f"\nread from  {capture['url']}, fetched {capture['fetched_at']:%Y-%m-%d %H:%M} UTC")
    try:
        evidence = make_evidence_reader(home, dataset_id)(document, capture)
    except ArchiveError as error:
        print(f"           its words cannot be shown: {error}")
        return
    start, end, text = row["span_start"], row["span_end"], evidence.text
    print(f"           {evidence.file_name}, signs {start} to {end} of its text:")
    before = text[:start].splitlines()[-LINES_AROUND - 1 :] or [""]
    after = text[end:].splitlines()[: LINES_AROUND + 1] or [""]
    own = f"{before[-1]}{mark('mark', text[start:end])}{after[0]}"
    for line in [*before[:-1], own, *after[1:]]:
        if line.strip():
            print(f"           | {line if len(line) <= WIDTH or line is own else f'{line[:WIDTH]}…'}")


def _print_station(task_id: str, station: RowState, silent: str) -> None:
    """What a version says of a task; `silent` is what is told of one that says nothing."""
    from transform.changes import Change

    state = silent if station.is_present and station.is_unchanged else "" if station.is_present else "not in it"
    print(f"  {station.version:<8} {station.created[:10]}  {state}".rstrip())
    for row in station.changes:
        print(f"          {format_change(Change(**row)).replace(task_id, '', 1)}")
    for event in station.events:
        other = f" → {event['new_id']}" if event["new_id"] and event["new_id"] != event["old_id"] else ""
        print(f"            {event['old_id']}{other} {event['event']}: {event['reason']}")
