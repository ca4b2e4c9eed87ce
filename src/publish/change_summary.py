"""What changed between two versions: a `changes` table in, a line such as "3 tasks reworded, 1 area renamed" out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from config.text import shorten
from transform.arrow_tables import match_values
from transform.changes import ADDED, REMOVED, Change
from transform.schema import TABLES

# The verb for a change of a column, by table and column; for all other columns it is "altered".
VERBS = {
    ("tasks", "text"): "reworded",
    ("tasks", "label"): "renumbered",
    ("tasks", "ordinal"): "renumbered",
    ("tasks", "area_id"): "moved",
    ("tasks", "parent_task_id"): "moved",
    ("tasks", "deadline"): "with another deadline",
    ("tasks", "deadline_stated"): "with another deadline",
    ("areas", "title"): "renamed",
    ("areas", "label"): "renumbered",
    ("areas", "ordinal"): "renumbered",
    ("bodies", "name"): "renamed",
}
ALTERED = "altered"
SINGULAR = {"bodies": "body"}
# Areas are named if tasks were added or removed under at most so many of them, and are at most so many.
MAX_AREAS = 3
MAX_ROWS = 500
TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """How many rows of a table changed in one way, such as "reworded".

    `areas` are the labels of the areas that added tasks are under, or removed ones were; empty if they are many.
    """

    table: str
    verb: str
    number: int
    areas: tuple[str, ...] = ()


def count_changes(changes: pa.Table, areas: pa.Table) -> Iterator[ChangeCount]:
    """The changes by table and verb, in the order of the summary. `areas` are those of the newer version."""
    for table, verb, number in _count_rows(changes):
        is_named = table == "tasks" and verb in (ADDED, REMOVED)
        yield ChangeCount(table, verb, number, _name_areas(changes, verb, areas) if is_named else ())


def summarise(changes: pa.Table, areas: pa.Table) -> str:
    """One line; empty if nothing changed. `areas` are those of the newer version."""
    parts: dict[str, list[str]] = {}
    for count in count_changes(changes, areas):
        where = f" {'under' if count.verb == ADDED else 'from'} {', '.join(count.areas)}" if count.areas else ""
        noun = f"{_choose_noun(count.table, count.number)} " if count.table not in parts else ""
        parts.setdefault(count.table, []).append(f"{count.number:,} {noun}{count.verb}{where}")
    return "; ".join(", ".join(pieces) for pieces in parts.values())


class Stretch(NamedTuple):
    """A part of a text: in both versions (`same`), only in the earlier (`gone`) or only in the later one (`new`)."""

    kind: str
    text: str


def split_stretches(before: str, after: str) -> Iterator[Stretch]:
    """The parts of a reworded text, compared word by word, in Chinese character by character."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Stretch("same", "".join(old[a:b]))
            continue
        for name, words in (("gone", old[a:b]), ("new", new[c:d])):
            if words:
                yield Stretch(name, "".join(words))


def quote_row(change: Change) -> str:
    """The text of a row that was added or removed, in one line; empty if the row has no text."""
    content = json.loads(change.after or change.before or "{}")
    text = next((content[name] for name in ("text", "title", "name", "quote", "stated_as") if content.get(name)), "")
    return shorten(" ".join(text.split()), 200)


def _count_rows(changes: pa.Table) -> Iterator[tuple[str, str, int]]:
    """Table, verb and number of rows for each kind of change, in the order of the summary."""
    columns = (changes[name].to_pylist() for name in ("table_name", "change", "column_name", "row_id"))
    rows: dict[tuple[str, str], set[str]] = {}
    for table, change, column, row_id in zip(*columns, strict=True):
        verb = VERBS.get((table, column), ALTERED) if change == ALTERED else change
        rows.setdefault((table, verb), set()).add(row_id)
    order = [*dict.fromkeys(VERBS.values()), ALTERED, ADDED, REMOVED]
    tables = ["tasks", "areas", *(name for name in TABLES if name not in ("tasks", "areas"))]
    for table, verb in sorted(rows, key=lambda pair: (tables.index(pair[0]), order.index(pair[1]))):
        yield table, verb, len(rows[table, verb])


def _name_areas(changes: pa.Table, verb: str, areas: pa.Table) -> tuple[str, ...]:
    """The labels of the areas under which tasks came, or from which they went; empty if they are many."""
    rows = changes.filter(
        pc.and_(match_values(changes["table_name"], ["tasks"]), match_values(changes["change"], [verb]))
    )
    if rows.num_rows > MAX_ROWS:
        return ()
    labels = dict(zip(areas["area_id"].to_pylist(), areas["label"].to_pylist(), strict=True))
    content: list[Mapping[str, str]] = [json.loads(row["after"] or row["before"]) for row in rows.to_pylist()]
    area_labels = dict.fromkeys(labels.get(row.get("area_id", "")) or "" for row in content)
    return () if "" in area_labels or len(area_labels) > MAX_AREAS else tuple(area_labels)


def _choose_noun(table: str, number: int) -> str:
    return SINGULAR.get(table, table.removesuffix("s")) if number == 1 else table
